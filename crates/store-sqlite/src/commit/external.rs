//! Where answers go, what providers call messages, and what contacts did to theirs.

use std::time::Duration;

use plugboard_domain::{
    Timestamp,
    ids::{ConversationId, IdentityId, InboxId, MessageId},
    message::Amendment,
};
use plugboard_store::{ExternalRef, StoreError};
use rusqlite::{Transaction, params};

use crate::{codec::json, fault::Outcome};

/// How long a report waits for the message that it is about. The provider's answer is seconds behind it, or was lost.
const EARLY_KEPT: Duration = Duration::from_hours(24);

/// Reports that are forgotten with one that comes; more come than go only in a burst.
const EARLY_SWEPT: i64 = 16;

/// Keeps where answers in a conversation go.
pub(super) fn reply_to(
    batch: &Transaction<'_>,
    conversation: ConversationId,
    inbox: InboxId,
    identity: IdentityId,
    thread_key: Option<&str>,
) -> Outcome<()> {
    batch
        .prepare_cached(
            "INSERT INTO reply_to (conversation_id, inbox_id, identity_id, thread_key) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (conversation_id) DO UPDATE SET
               inbox_id = excluded.inbox_id, identity_id = excluded.identity_id,
               thread_key = coalesce(excluded.thread_key, thread_key)",
        )?
        .execute(params![conversation.0, inbox.0, identity.0, thread_key])?;
    Ok(())
}

/// Keeps what a provider calls a message.
pub(super) fn reference(
    batch: &Transaction<'_>,
    inbox: InboxId,
    external_id: &str,
    known: &ExternalRef,
    at: Timestamp,
) -> Outcome<()> {
    let (message, early) = match known {
        ExternalRef::Message(id) => (Some(id.0), None),
        ExternalRef::Early(fate) => (None, Some(json(fate))),
    };
    batch
        .prepare_cached(
            "INSERT OR REPLACE INTO external_ref (inbox_id, external_id, message_id, early, at)
             VALUES (?1, ?2, ?3, ?4, ?5)",
        )?
        .execute(params![
            inbox.0,
            external_id,
            message,
            early,
            at.as_microsecond()
        ])?;
    if early.is_some() {
        let before = (at - EARLY_KEPT).as_microsecond();
        batch
            .prepare_cached(
                "DELETE FROM external_ref WHERE (inbox_id, external_id) IN
                   (SELECT inbox_id, external_id FROM external_ref WHERE message_id IS NULL AND at < ?1 LIMIT ?2)",
            )?
            .execute(params![before, EARLY_SWEPT])?;
    }
    Ok(())
}

/// A message says something else now. What it said is kept.
pub(super) fn amend(
    batch: &Transaction<'_>,
    id: MessageId,
    amendment: &Amendment,
    at: Timestamp,
) -> Outcome<()> {
    let now = at.as_microsecond();
    batch
        .prepare_cached(
            "INSERT INTO message_before (message_id, until, text) SELECT id, ?2, text FROM message WHERE id = ?1",
        )?
        .execute(params![id.0, now])?;
    let (text, edited, taken_back) = match amendment {
        Amendment::Edited { text } => (text.as_str(), Some(now), None),
        Amendment::TakenBack => ("", None, Some(now)),
        // Nobody changed anything: readers see no mark.
        Amendment::ReadAgain { text } => (text.as_str(), None, None),
    };
    let changed = batch
        .prepare_cached(
            "UPDATE message SET text = ?2, edited_at = coalesce(?3, edited_at),
               taken_back_at = coalesce(?4, taken_back_at) WHERE id = ?1",
        )?
        .execute(params![id.0, text, edited, taken_back])?;
    if changed == 0 {
        return Err(StoreError::Conflict(format!(
            "a change of message {id}, which does not exist"
        ))
        .into());
    }
    Ok(())
}
