//! What is known of mails, and up to where mailboxes were read.

use std::collections::BTreeMap;

use plugboard_domain::{
    Timestamp,
    ids::{ConversationId, InboxId, MessageId},
    mail::{FolderCursor, Mail, MailRef, MailSeen, MailSender, UidFate},
};
use plugboard_store::{Facts, Key};
use rusqlite::{Connection, OptionalExtension, params};
use uuid::Uuid;

use crate::{
    codec::{count, parse},
    fault::Outcome,
};

/// Answers keys about mail.
pub(crate) fn facts(connection: &Connection, key: Key, facts: &mut Facts) -> Outcome<()> {
    match key {
        Key::Mail(id) => {
            facts.mails.insert(id, one(connection, id)?);
        }
        Key::MailSeen(inbox, fingerprint) => {
            let found = seen(connection, inbox, &fingerprint)?;
            facts.mails_seen.insert((inbox, fingerprint), found);
        }
        Key::MailId(inbox, rfc_id) => {
            let found = id(connection, inbox, &rfc_id)?;
            facts.mail_ids.insert((inbox, rfc_id), found);
        }
        Key::MailSender(inbox, address) => {
            let found = sender(connection, inbox, &address)?;
            facts.mail_senders.insert((inbox, address), found);
        }
        Key::MailFolder(inbox, name) => {
            let found = folder(connection, inbox, &name)?;
            facts.mail_folders.insert((inbox, name), found);
        }
        Key::MailUid(inbox, name, validity, uid) => {
            let found = fate(connection, inbox, &name, validity, uid)?;
            facts.mail_uids.insert((inbox, name, validity, uid), found);
        }
        _ => unreachable!("the other keys are answered by the caller"),
    }
    Ok(())
}

fn one(connection: &Connection, id: MessageId) -> Outcome<Option<Mail>> {
    let text: Option<String> = connection
        .prepare_cached("SELECT facts FROM mail WHERE message_id = ?1")?
        .query_row([id.0], |row| row.get(0))
        .optional()?;
    text.map(|text| parse("mail", id, &text)).transpose()
}

/// Mails by message.
pub(super) fn by_message(connection: &Connection, ids: &[MessageId]) -> Outcome<Vec<Mail>> {
    let mut mails = Vec::with_capacity(ids.len());
    for id in ids {
        mails.extend(one(connection, *id)?);
    }
    Ok(mails)
}

/// Mails that are shown in a conversation, newest first.
pub(super) fn thread(
    connection: &Connection,
    id: ConversationId,
    limit: usize,
) -> Outcome<Vec<Mail>> {
    let mut statement = connection.prepare_cached(
        "SELECT mail.message_id, facts FROM message JOIN mail ON mail.message_id = message.id
         WHERE shown_in = ?1 ORDER BY seq DESC LIMIT ?2",
    )?;
    let mut rows = statement.query(params![id.0, count(limit)])?;
    let mut mails = Vec::new();
    while let Some(row) = rows.next()? {
        let message: Uuid = row.get(0)?;
        mails.push(parse("mail", message, &row.get::<_, String>(1)?)?);
    }
    Ok(mails)
}

/// Mails of an inbox, oldest first.
pub(super) fn of_inbox(
    connection: &Connection,
    inbox: InboxId,
    after: Option<MessageId>,
    limit: usize,
) -> Outcome<Vec<Mail>> {
    let mut statement = connection.prepare_cached(
        "SELECT message_id, facts FROM mail WHERE inbox_id = ?1 AND message_id > ?2 ORDER BY message_id LIMIT ?3",
    )?;
    let after = after.map_or(Uuid::nil(), |it| it.0);
    let mut rows = statement.query(params![inbox.0, after, count(limit)])?;
    let mut mails = Vec::new();
    while let Some(row) = rows.next()? {
        let message: Uuid = row.get(0)?;
        mails.push(parse("mail", message, &row.get::<_, String>(1)?)?);
    }
    Ok(mails)
}

/// The subject of the newest mail of a conversation that has one.
pub(super) fn subject(connection: &Connection, id: ConversationId) -> Outcome<Option<String>> {
    Ok(connection
        .prepare_cached(
            "SELECT facts ->> '$.subject' FROM message JOIN mail ON mail.message_id = message.id
             WHERE shown_in = ?1 AND facts ->> '$.subject' <> '' ORDER BY seq DESC LIMIT 1",
        )?
        .query_row([id.0], |row| row.get(0))
        .optional()?)
}

fn id(connection: &Connection, inbox: InboxId, rfc_id: &str) -> Outcome<Option<MailRef>> {
    Ok(connection
        .prepare_cached(
            "SELECT conversation_id, message_id FROM mail_id WHERE inbox_id = ?1 AND rfc_id = ?2",
        )?
        .query_row(params![inbox.0, rfc_id], |row| {
            Ok(MailRef {
                conversation_id: ConversationId(row.get(0)?),
                message_id: row.get::<_, Option<Uuid>>(1)?.map(MessageId),
            })
        })
        .optional()?)
}

/// What `Message-ID`s mean in an inbox.
pub(super) fn ids(
    connection: &Connection,
    inbox: InboxId,
    ids: Vec<String>,
) -> Outcome<BTreeMap<String, MailRef>> {
    let mut known = BTreeMap::new();
    for rfc_id in ids {
        if let Some(means) = id(connection, inbox, &rfc_id)? {
            known.insert(rfc_id, means);
        }
    }
    Ok(known)
}

/// The newest conversation in which an address wrote about a topic.
pub(super) fn topic(
    connection: &Connection,
    inbox: InboxId,
    address: &str,
    topic: &str,
    since: Timestamp,
) -> Outcome<Option<ConversationId>> {
    Ok(connection
        .prepare_cached(
            "SELECT shown_in FROM mail JOIN message ON message.id = mail.message_id
             WHERE mail.inbox_id = ?1 AND sender = ?2 AND topic = ?3 AND topic <> '' AND mail.at >= ?4
             ORDER BY mail.at DESC LIMIT 1",
        )?
        .query_row(
            params![inbox.0, address, topic, since.as_microsecond()],
            |row| row.get(0).map(ConversationId),
        )
        .optional()?)
}

/// Whether an inbox has seen a mail, and as which message.
pub(super) fn seen(
    connection: &Connection,
    inbox: InboxId,
    fingerprint: &str,
) -> Outcome<Option<MailSeen>> {
    Ok(connection
        .prepare_cached(
            "SELECT message_id FROM mail_seen WHERE inbox_id = ?1 AND fingerprint = ?2",
        )?
        .query_row(params![inbox.0, fingerprint], |row| {
            Ok(MailSeen {
                message_id: row.get::<_, Option<Uuid>>(0)?.map(MessageId),
            })
        })
        .optional()?)
}

fn sender(connection: &Connection, inbox: InboxId, address: &str) -> Outcome<Option<MailSender>> {
    let text: Option<String> = connection
        .prepare_cached("SELECT state FROM mail_sender WHERE inbox_id = ?1 AND address = ?2")?
        .query_row(params![inbox.0, address], |row| row.get(0))
        .optional()?;
    text.map(|text| parse("mail_sender", inbox, &text))
        .transpose()
}

/// Up to where a folder was read.
pub(super) fn folder(
    connection: &Connection,
    inbox: InboxId,
    name: &str,
) -> Outcome<Option<FolderCursor>> {
    Ok(connection
        .prepare_cached(
            "SELECT uid_validity, last_uid FROM mail_folder WHERE inbox_id = ?1 AND folder = ?2",
        )?
        .query_row(params![inbox.0, name], |row| {
            Ok(FolderCursor {
                uid_validity: row.get(0)?,
                last_uid: row.get(1)?,
            })
        })
        .optional()?)
}

fn fate(
    connection: &Connection,
    inbox: InboxId,
    name: &str,
    validity: u32,
    uid: u32,
) -> Outcome<Option<UidFate>> {
    let text: Option<String> = connection
        .prepare_cached(
            "SELECT fate FROM mail_uid WHERE inbox_id = ?1 AND folder = ?2 AND uid_validity = ?3 AND uid = ?4",
        )?
        .query_row(params![inbox.0, name, validity, uid], |row| row.get(0))
        .optional()?;
    text.map(|text| parse("mail_uid", inbox, &text)).transpose()
}

/// Mails in a folder that are accounted for beside its cursor.
pub(super) fn fates(
    connection: &Connection,
    inbox: InboxId,
    name: &str,
    validity: u32,
) -> Outcome<BTreeMap<u32, UidFate>> {
    let mut statement = connection.prepare_cached(
        "SELECT uid, fate FROM mail_uid WHERE inbox_id = ?1 AND folder = ?2 AND uid_validity = ?3",
    )?;
    let mut rows = statement.query(params![inbox.0, name, validity])?;
    let mut fates = BTreeMap::new();
    while let Some(row) = rows.next()? {
        let fate = parse("mail_uid", inbox, &row.get::<_, String>(1)?)?;
        fates.insert(row.get(0)?, fate);
    }
    Ok(fates)
}
