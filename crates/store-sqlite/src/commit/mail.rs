//! What is known of mails, and up to where mailboxes were read.

use plugboard_domain::{
    Timestamp,
    ids::{InboxId, MessageId},
    mail::{FolderCursor, Mail, MailRef, MailSender, UidFate},
};
use plugboard_store::Write;
use rusqlite::{Transaction, params};

use crate::{codec::json, fault::Outcome};

/// Stores one of the writes about mail.
pub(super) fn store(batch: &Transaction<'_>, write: &Write) -> Outcome<()> {
    match write {
        Write::Mail(it) => save(batch, it),
        Write::MailId {
            inbox_id,
            rfc_id,
            means,
        } => save_id(batch, *inbox_id, rfc_id, means),
        Write::MailSeen {
            inbox_id,
            fingerprint,
            message_id,
            at,
        } => save_seen(batch, *inbox_id, fingerprint, *message_id, *at),
        Write::MailSender {
            inbox_id,
            address,
            sender,
        } => save_sender(batch, *inbox_id, address, sender),
        Write::MailFolder {
            inbox_id,
            folder,
            cursor,
        } => save_folder(batch, *inbox_id, folder, *cursor),
        Write::MailUid {
            inbox_id,
            folder,
            uid_validity,
            uid,
            fate,
        } => save_uid(batch, *inbox_id, folder, (*uid_validity, *uid), *fate),
        _ => unreachable!("the other writes are stored by the caller"),
    }
}

fn save(batch: &Transaction<'_>, mail: &Mail) -> Outcome<()> {
    let sender = mail.from.as_ref().filter(|_| mail.recipients.is_empty());
    let sender = sender.map(|it| it.address.to_lowercase());
    batch
        .prepare_cached(
            "INSERT INTO mail (message_id, inbox_id, sender, topic, at, facts) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
             ON CONFLICT (message_id) DO UPDATE SET facts = excluded.facts",
        )?
        .execute(params![
            mail.message_id.0,
            mail.inbox_id.0,
            sender.unwrap_or_default(),
            mail.topic,
            mail.date.map_or(0, Timestamp::as_microsecond),
            json(mail),
        ])?;
    Ok(())
}

fn save_id(batch: &Transaction<'_>, inbox: InboxId, rfc_id: &str, means: &MailRef) -> Outcome<()> {
    batch
        .prepare_cached(
            "INSERT INTO mail_id (inbox_id, rfc_id, conversation_id, message_id) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (inbox_id, rfc_id) DO UPDATE SET
               conversation_id = excluded.conversation_id, message_id = excluded.message_id",
        )?
        .execute(params![
            inbox.0,
            rfc_id,
            means.conversation_id.0,
            means.message_id.map(|id| id.0)
        ])?;
    Ok(())
}

fn save_seen(
    batch: &Transaction<'_>,
    inbox: InboxId,
    fingerprint: &str,
    message: Option<MessageId>,
    at: Timestamp,
) -> Outcome<()> {
    batch
        .prepare_cached(
            "INSERT INTO mail_seen (inbox_id, fingerprint, message_id, at) VALUES (?1, ?2, ?3, ?4)",
        )?
        .execute(params![
            inbox.0,
            fingerprint,
            message.map(|id| id.0),
            at.as_microsecond()
        ])?;
    Ok(())
}

fn save_sender(
    batch: &Transaction<'_>,
    inbox: InboxId,
    address: &str,
    sender: &MailSender,
) -> Outcome<()> {
    batch
        .prepare_cached(
            "INSERT INTO mail_sender (inbox_id, address, state) VALUES (?1, ?2, ?3)
             ON CONFLICT (inbox_id, address) DO UPDATE SET state = excluded.state",
        )?
        .execute(params![inbox.0, address, json(sender)])?;
    Ok(())
}

fn save_folder(
    batch: &Transaction<'_>,
    inbox: InboxId,
    folder: &str,
    cursor: FolderCursor,
) -> Outcome<()> {
    batch
        .prepare_cached(
            "INSERT INTO mail_folder (inbox_id, folder, uid_validity, last_uid) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (inbox_id, folder) DO UPDATE SET
               uid_validity = excluded.uid_validity, last_uid = excluded.last_uid",
        )?
        .execute(params![inbox.0, folder, cursor.uid_validity, cursor.last_uid])?;
    // What the cursor has passed needs no row of its own, nor what was counted in another way.
    batch
        .prepare_cached(
            r#"DELETE FROM mail_uid WHERE inbox_id = ?1 AND folder = ?2
             AND (uid_validity <> ?3 OR (uid <= ?4 AND fate IN ('"taken"', '"skipped"')))"#,
        )?
        .execute(params![
            inbox.0,
            folder,
            cursor.uid_validity,
            cursor.last_uid
        ])?;
    Ok(())
}

fn save_uid(
    batch: &Transaction<'_>,
    inbox: InboxId,
    folder: &str,
    (uid_validity, uid): (u32, u32),
    fate: UidFate,
) -> Outcome<()> {
    batch
        .prepare_cached(
            "INSERT INTO mail_uid (inbox_id, folder, uid_validity, uid, fate) VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT (inbox_id, folder, uid_validity, uid) DO UPDATE SET fate = excluded.fate",
        )?
        .execute(params![inbox.0, folder, uid_validity, uid, json(&fate)])?;
    Ok(())
}
