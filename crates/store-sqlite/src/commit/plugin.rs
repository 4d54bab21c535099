//! What plugins keep, and what belongs to outside work.

use plugboard_domain::{
    Timestamp,
    ids::OutboxId,
    plugin::{PluginSpace, PluginValue},
};
use rusqlite::{Transaction, params};

use crate::fault::Outcome;

/// Values whose time is over that go with one that changes; more end than change only in a burst.
const SWEPT: i64 = 16;

/// Keeps a value, or takes it away.
pub(super) fn save_value(
    batch: &Transaction<'_>,
    space: &PluginSpace,
    key: &str,
    value: Option<&PluginValue>,
    at: Timestamp,
) -> Outcome<()> {
    let PluginSpace { plugin, account } = space;
    match value {
        Some(value) => {
            batch
                .prepare_cached(
                    "INSERT INTO plugin_value (plugin, account, key, value, expires_at) VALUES (?1, ?2, ?3, ?4, ?5)
                     ON CONFLICT (plugin, account, key) DO UPDATE SET
                       value = excluded.value, expires_at = excluded.expires_at",
                )?
                .execute(params![
                    plugin,
                    account,
                    key,
                    value.bytes,
                    value.expires_at.map(Timestamp::as_microsecond),
                ])?;
        }
        None => {
            batch
                .prepare_cached(
                    "DELETE FROM plugin_value WHERE plugin = ?1 AND account = ?2 AND key = ?3",
                )?
                .execute(params![plugin, account, key])?;
        }
    }
    batch
        .prepare_cached(
            "DELETE FROM plugin_value WHERE rowid IN
               (SELECT rowid FROM plugin_value WHERE expires_at <= ?1 LIMIT ?2)",
        )?
        .execute(params![at.as_microsecond(), SWEPT])?;
    Ok(())
}

/// The plugin is gone, and everything with it.
pub(super) fn forget(batch: &Transaction<'_>, plugin: &str) -> Outcome<()> {
    for sql in [
        "DELETE FROM plugin_value WHERE plugin = ?1",
        "DELETE FROM plugin_usage WHERE plugin = ?1",
        "DELETE FROM outbox_body WHERE outbox_id IN (SELECT id FROM outbox WHERE plugin = ?1)",
        "DELETE FROM outbox WHERE plugin = ?1",
        // Events that it could not take. Dead work is little, so reading each entry costs less than an index.
        "DELETE FROM outbox WHERE state = 2 AND entry ->> '$.job.job' = 'hook_event' AND entry ->> '$.job.plugin' = ?1",
    ] {
        batch.prepare_cached(sql)?.execute([plugin])?;
    }
    Ok(())
}

/// Keeps what belongs to a piece of outside work.
pub(super) fn save_body(batch: &Transaction<'_>, id: OutboxId, body: &[u8]) -> Outcome<()> {
    batch
        .prepare_cached("INSERT OR REPLACE INTO outbox_body (outbox_id, body) VALUES (?1, ?2)")?
        .execute(params![id.0, body])?;
    Ok(())
}

/// Outside work is over, and what belongs to it.
pub(super) fn outbox_gone(batch: &Transaction<'_>, id: OutboxId) -> Outcome<()> {
    for sql in [
        "DELETE FROM outbox WHERE id = ?1",
        "DELETE FROM outbox_body WHERE outbox_id = ?1",
    ] {
        batch.prepare_cached(sql)?.execute([id.0])?;
    }
    Ok(())
}
