//! What plugins keep, where answers go, and what providers call things.

use plugboard_domain::{
    Timestamp,
    contact::{Address, IdentityKind},
    ids::{ConversationId, InboxId, MessageId, OutboxId},
    plugin::{PluginSpace, PluginUsage, PluginValue},
};
use plugboard_store::{ExternalRef, ReplyTo, Said};
use rusqlite::{Connection, OptionalExtension, params};
use uuid::Uuid;

use crate::{
    codec::{count, instant, parse, seq},
    fault::{Outcome, corrupt},
    load,
};

/// Where answers in a conversation go: where the contact last wrote from, or where they began.
pub(super) fn reply_to(connection: &Connection, id: ConversationId) -> Outcome<ReplyTo> {
    let found: Option<(Uuid, Option<String>)> = connection
        .prepare_cached("SELECT identity_id, thread_key FROM reply_to WHERE conversation_id = ?1")?
        .query_row([id.0], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let (identity, thread_key) = if let Some((identity, thread_key)) = found {
        (Some(identity), thread_key)
    } else {
        let state = load::conversation(connection, id)?;
        (state.and_then(|it| it.identity_id).map(|id| id.0), None)
    };
    let address = identity
        .map(|id| address(connection, id))
        .transpose()?
        .flatten();
    Ok(ReplyTo {
        address,
        thread_key,
    })
}

fn address(connection: &Connection, identity: Uuid) -> Outcome<Option<Address>> {
    let found: Option<(String, String, String)> = connection
        .prepare_cached("SELECT kind, scope, value FROM identity WHERE id = ?1")?
        .query_row([identity], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })
        .optional()?;
    found
        .map(|(kind, scope, value)| {
            let kind: IdentityKind = serde_json::from_value(kind.into())
                .map_err(|why| corrupt("identity", identity, why))?;
            Ok(Address { kind, scope, value })
        })
        .transpose()
}

/// What is known of a message by a provider's id of it.
pub(crate) fn external(
    connection: &Connection,
    inbox: InboxId,
    external_id: &str,
) -> Outcome<Option<ExternalRef>> {
    let found: Option<(Option<Uuid>, Option<String>)> = connection
        .prepare_cached(
            "SELECT message_id, early FROM external_ref WHERE inbox_id = ?1 AND external_id = ?2",
        )?
        .query_row(params![inbox.0, external_id], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .optional()?;
    Ok(match found {
        Some((Some(id), _)) => Some(ExternalRef::Message(MessageId(id))),
        Some((None, Some(early))) => Some(ExternalRef::Early(parse(
            "external_ref",
            external_id,
            &early,
        )?)),
        Some((None, None)) | None => None,
    })
}

/// What a message says now.
pub(crate) fn said(connection: &Connection, id: MessageId) -> Outcome<Option<Said>> {
    Ok(connection
        .prepare_cached("SELECT text, taken_back_at IS NOT NULL FROM message WHERE id = ?1")?
        .query_row([id.0], |row| {
            Ok(Said {
                text: row.get(0)?,
                taken_back: row.get(1)?,
            })
        })
        .optional()?)
}

/// The newest conversation whose answers go into a provider's thread.
pub(crate) fn thread(
    connection: &Connection,
    inbox: InboxId,
    key: &str,
) -> Outcome<Option<ConversationId>> {
    Ok(connection
        .prepare_cached(
            "SELECT conversation_id FROM reply_to WHERE inbox_id = ?1 AND thread_key = ?2
             ORDER BY conversation_id DESC LIMIT 1",
        )?
        .query_row(params![inbox.0, key], |row| row.get(0).map(ConversationId))
        .optional()?)
}

/// A value whose time is not over.
pub(crate) fn value(
    connection: &Connection,
    space: &PluginSpace,
    key: &str,
    now: Timestamp,
) -> Outcome<Option<PluginValue>> {
    let found: Option<(Vec<u8>, Option<i64>)> = connection
        .prepare_cached(
            "SELECT value, expires_at FROM plugin_value
             WHERE plugin = ?1 AND account = ?2 AND key = ?3 AND (expires_at IS NULL OR expires_at > ?4)",
        )?
        .query_row(
            params![space.plugin, space.account, key, now.as_microsecond()],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .optional()?;
    found
        .map(|(bytes, expires_at)| {
            let expires_at = expires_at
                .map(|at| instant("plugin_value", key, at))
                .transpose()?;
            Ok(PluginValue { bytes, expires_at })
        })
        .transpose()
}

/// What a plugin keeps, without what is over.
pub(crate) fn usage(
    connection: &Connection,
    space: &PluginSpace,
    now: Timestamp,
) -> Outcome<PluginUsage> {
    let of = params![space.plugin, space.account];
    let pair = |row: &rusqlite::Row<'_>| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?));
    let (keys, bytes) = connection
        .prepare_cached("SELECT keys, bytes FROM plugin_usage WHERE plugin = ?1 AND account = ?2")?
        .query_row(of, pair)
        .optional()?
        .unwrap_or_default();
    let (over, freed) = connection
        .prepare_cached(
            "SELECT count(*), coalesce(sum(length(CAST(key AS BLOB)) + length(value)), 0) FROM plugin_value
             WHERE expires_at <= ?3 AND plugin = ?1 AND account = ?2",
        )?
        .query_row(
            params![space.plugin, space.account, now.as_microsecond()],
            pair,
        )?;
    let timers: i64 = connection
        .prepare_cached("SELECT count(*) FROM outbox WHERE plugin = ?1")?
        .query_row([&space.plugin], |row| row.get(0))?;
    Ok(PluginUsage {
        keys: seq(keys - over),
        bytes: seq(bytes - freed),
        timers: seq(timers),
    })
}

/// Keys with a prefix, in order.
pub(super) fn keys(
    connection: &Connection,
    space: &PluginSpace,
    prefix: &str,
    after: Option<&str>,
    limit: usize,
    now: Timestamp,
) -> Outcome<Vec<String>> {
    // Keys are compared as bytes, so those with a prefix are neighbours; the end is where one is found without it.
    let mut statement = connection.prepare_cached(
        "SELECT key FROM plugin_value
         WHERE plugin = ?1 AND account = ?2 AND key >= ?3 AND key > ?4 AND substr(key, 1, length(?3)) = ?3
           AND (expires_at IS NULL OR expires_at > ?5)
         ORDER BY key LIMIT ?6",
    )?;
    Ok(statement
        .query_map(
            params![
                space.plugin,
                space.account,
                prefix,
                after.unwrap_or_default(),
                now.as_microsecond(),
                count(limit),
            ],
            |row| row.get(0),
        )?
        .collect::<Result<_, _>>()?)
}

/// What belongs to a piece of outside work.
pub(super) fn outbox_body(connection: &Connection, id: OutboxId) -> Outcome<Option<Vec<u8>>> {
    Ok(connection
        .prepare_cached("SELECT body FROM outbox_body WHERE outbox_id = ?1")?
        .query_row([id.0], |row| row.get(0))
        .optional()?)
}

/// What a message said before, oldest first.
pub(super) fn earlier_texts(
    connection: &Connection,
    id: MessageId,
) -> Outcome<Vec<(String, Timestamp)>> {
    let mut statement = connection.prepare_cached(
        "SELECT text, until FROM message_before WHERE message_id = ?1 ORDER BY rowid",
    )?;
    let mut rows = statement.query([id.0])?;
    let mut texts = Vec::new();
    while let Some(row) = rows.next()? {
        texts.push((row.get(0)?, instant("message_before", id, row.get(1)?)?));
    }
    Ok(texts)
}
