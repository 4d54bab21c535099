//! Schema versions, and the checks that a database has to pass before it is used.
//!
//! To change the schema: add a numbered file to `migrations/` and to [`MIGRATIONS`]; a released one never changes.

use plugboard_store::StoreError;
use rusqlite::{Connection, TransactionBehavior};

use crate::{
    codec::count,
    fault::{Outcome, corrupt},
};

/// Every schema change, in order; the position of one is its version.
const MIGRATIONS: &[&str] = &[
    include_str!("../migrations/0001_init.sql"),
    include_str!("../migrations/0002_policies.sql"),
    include_str!("../migrations/0003_plugin_storage.sql"),
    include_str!("../migrations/0004_contact_tags.sql"),
    include_str!("../migrations/0005_mail.sql"),
    include_str!("../migrations/0006_scheduled_mail.sql"),
    include_str!("../migrations/0007_calls.sql"),
    include_str!("../migrations/0008_scheduled_index.sql"),
    include_str!("../migrations/0009_callbacks.sql"),
];

/// Marks the file as ours: "Plug".
const APPLICATION_ID: i32 = 0x506C_7567;

/// Positions looked at on opening: more would make opening slower, and damage there is found by `check`.
const TAIL_CHECKED: i64 = 1_000;

/// Brings the schema up to date.
pub(crate) fn run(connection: &mut Connection) -> Outcome<()> {
    let done = check_version(connection)?;
    for (version, sql) in MIGRATIONS.iter().enumerate().skip(done) {
        let step = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        step.execute_batch(sql)?;
        step.pragma_update(None, "user_version", count(version + 1))?;
        step.pragma_update(None, "application_id", APPLICATION_ID)?;
        step.commit()?;
    }
    Ok(())
}

/// The version of the schema, which is not newer than this program.
pub(crate) fn check_version(connection: &Connection) -> Outcome<usize> {
    let pragma = |name| connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
    let version = pragma("user_version")?;
    if version > 0 && pragma("application_id")? != i64::from(APPLICATION_ID) {
        return Err(corrupt(
            "database",
            "application_id",
            "this is a database of another program",
        )
        .into());
    }
    let known = MIGRATIONS.len();
    match usize::try_from(version) {
        Ok(version) if version <= known => Ok(version),
        _ => {
            let why =
                format!("a newer Plugboard wrote it: schema {version}, and this one knows {known}");
            Err(corrupt("database", "schema", why).into())
        }
    }
}

/// Checks that cost the same on every database: the counter and the end of the journal agree.
pub(crate) fn check_tail(connection: &Connection) -> Outcome<()> {
    let head = meta(connection, "head")?;
    let horizon = meta(connection, "horizon")?;
    let from = horizon.max(head - TAIL_CHECKED);
    let (rows, newest): (i64, Option<i64>) = connection.query_row(
        "SELECT count(*), max(seq) FROM journal WHERE seq > ?1",
        [from],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?;
    if newest.unwrap_or(from) == head && rows == head - from {
        return Ok(());
    }
    let why = format!(
        "the counter says {head}, but of the events after {from} there are {rows} up to {newest:?}"
    );
    Err(corrupt("journal", head, why).into())
}

/// A number among the facts about the database itself.
pub(crate) fn meta(connection: &Connection, key: &'static str) -> Result<i64, StoreError> {
    connection
        .prepare_cached("SELECT value FROM meta WHERE key = ?1")
        .and_then(|mut statement| statement.query_row([key], |row| row.get(0)))
        .map_err(|why| corrupt("meta", key, why))
}
