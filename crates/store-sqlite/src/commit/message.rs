//! Messages, scheduled replies, drafts and files.

use plugboard_domain::{
    Timestamp,
    command::StoredFile,
    ids::{AgentId, AttachmentId, ConversationId, MessageId},
    message::{Delivery, MessageKind},
};
use plugboard_store::{MessageRow, Scheduled, StoreError};
use rusqlite::{Transaction, params};

use crate::{
    codec::{actor_columns, json, kind_column, list, position},
    fault::Outcome,
};

/// Stores a new message.
pub(super) fn insert(batch: &Transaction<'_>, row: &MessageRow) -> Outcome<()> {
    let (author_kind, author_id) = actor_columns(&row.author);
    batch
        .prepare_cached(
            "INSERT INTO message (seq, id, conversation_id, shown_in, kind, author_kind, author_id, text, attachments,
               delivery, client_id, dedup_key, at)
             VALUES (?1, ?2, ?3, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
        )?
        .execute(params![
            position(row.seq),
            row.id.0,
            row.conversation_id.0,
            kind_column(row.kind),
            author_kind,
            author_id,
            row.text,
            list(&row.attachments),
            row.delivery.as_ref().map(json),
            row.client_id,
            row.dedup_key,
            row.at.as_microsecond(),
        ])?;
    for attachment in &row.attachments {
        batch
            .prepare_cached("INSERT OR IGNORE INTO attachment_use (attachment_id, conversation_id) VALUES (?1, ?2)")?
            .execute(params![attachment.0, row.conversation_id.0])?;
    }
    Ok(())
}

/// Stores a message's new fate.
pub(super) fn deliver(batch: &Transaction<'_>, id: MessageId, delivery: &Delivery) -> Outcome<()> {
    let changed = batch
        .prepare_cached("UPDATE message SET delivery = ?2 WHERE id = ?1")?
        .execute(params![id.0, json(delivery)])?;
    if changed == 0 {
        return Err(StoreError::Conflict(format!(
            "a delivery of message {id}, which does not exist"
        ))
        .into());
    }
    Ok(())
}

/// Shows what was written in some conversations in another one. What is still shown where it was written is found by the
/// thread's index, the rest by the index of moved messages.
pub(super) fn move_thread(
    batch: &Transaction<'_>,
    from: &[ConversationId],
    to: ConversationId,
) -> Outcome<()> {
    for from in from {
        batch
            .prepare_cached(
                "UPDATE message SET shown_in = ?2 WHERE conversation_id = ?1 AND shown_in <> conversation_id",
            )?
            .execute(params![from.0, to.0])?;
        batch
            .prepare_cached(
                "UPDATE message SET shown_in = ?2 WHERE shown_in = ?1 AND conversation_id = ?1",
            )?
            .execute(params![from.0, to.0])?;
    }
    Ok(())
}

/// Keeps the content of a reply that waits for its time.
pub(super) fn schedule(
    batch: &Transaction<'_>,
    id: MessageId,
    conversation: ConversationId,
    it: &Scheduled,
) -> Outcome<()> {
    batch
        .prepare_cached(
            "INSERT OR REPLACE INTO scheduled
               (message_id, conversation_id, text, attachments, client_id, dedup_key, mail)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        )?
        .execute(params![
            id.0,
            conversation.0,
            it.text,
            list(&it.attachments),
            it.client_id,
            it.dedup_key,
            it.mail.as_ref().map(json),
        ])?;
    Ok(())
}

/// A scheduled reply was sent or cancelled.
pub(super) fn unschedule(batch: &Transaction<'_>, id: MessageId) -> Outcome<()> {
    batch
        .prepare_cached("DELETE FROM scheduled WHERE message_id = ?1")?
        .execute([id.0])?;
    Ok(())
}

/// Keeps what an agent has typed; nothing typed is no draft.
pub(super) fn save_draft(
    batch: &Transaction<'_>,
    conversation: ConversationId,
    agent: AgentId,
    kind: MessageKind,
    text: &str,
    at: Timestamp,
) -> Outcome<()> {
    if text.is_empty() {
        batch
            .prepare_cached(
                "DELETE FROM draft WHERE conversation_id = ?1 AND agent_id = ?2 AND kind = ?3",
            )?
            .execute(params![conversation.0, agent.0, kind_column(kind)])?;
        return Ok(());
    }
    batch
        .prepare_cached(
            "INSERT OR REPLACE INTO draft (conversation_id, agent_id, kind, text, at) VALUES (?1, ?2, ?3, ?4, ?5)",
        )?
        .execute(params![conversation.0, agent.0, kind_column(kind), text, at.as_microsecond()])?;
    Ok(())
}

/// Stores the facts of an uploaded file.
pub(super) fn save_attachment(
    batch: &Transaction<'_>,
    file: &StoredFile,
    at: Timestamp,
) -> Outcome<()> {
    let (owner_kind, owner_id) = actor_columns(&file.owner);
    batch
        .prepare_cached(
            "INSERT INTO attachment (id, owner_kind, owner_id, sha256, name, content_type, size, at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        )?
        .execute(params![
            file.id.0,
            owner_kind,
            owner_id,
            file.sha256,
            file.name,
            file.content_type,
            position(file.size),
            at.as_microsecond(),
        ])?;
    Ok(())
}

/// A file is called something else now.
pub(super) fn rename_file(batch: &Transaction<'_>, id: AttachmentId, name: &str) -> Outcome<()> {
    batch
        .prepare_cached("UPDATE attachment SET name = ?2 WHERE id = ?1")?
        .execute(params![id.0, name])?;
    Ok(())
}
