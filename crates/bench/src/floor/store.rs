//! The floor's tables and its two statements.

use std::{path::Path, time::Duration};

use anyhow::Result;
use rusqlite::{Connection, OptionalExtension as _, Transaction, params};

/// One table for messages with three indexes, one for conversations with their counters.
const SCHEMA: &str = "
    CREATE TABLE IF NOT EXISTS conversations (
        id INTEGER PRIMARY KEY, message_count INTEGER NOT NULL, last_seq INTEGER NOT NULL);
    CREATE TABLE IF NOT EXISTS messages (
        seq INTEGER PRIMARY KEY, id TEXT NOT NULL, conversation_id INTEGER NOT NULL,
        client_id TEXT NOT NULL, text TEXT NOT NULL);
    CREATE UNIQUE INDEX IF NOT EXISTS messages_id ON messages (id);
    CREATE UNIQUE INDEX IF NOT EXISTS messages_client ON messages (conversation_id, client_id);
    CREATE INDEX IF NOT EXISTS messages_page ON messages (conversation_id, seq);
";

/// Statements of one connection, kept prepared.
const STATEMENTS_KEPT: usize = 16;

/// File inside the data folder.
const FILE: &str = "floor.db";

/// The database, writable.
pub(super) struct Store {
    connection: Connection,
}

/// A stored message, as the API shows it.
#[derive(Clone, Debug)]
pub(super) struct Stored {
    pub(super) seq: i64,
    pub(super) id: String,
    pub(super) conversation: i64,
    pub(super) text: String,
}

impl Store {
    /// Opens or creates it: WAL, and `synchronous=FULL` unless the comparison run asks otherwise.
    pub(super) fn open(data: &Path) -> Result<Self> {
        let connection = connect(data)?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        let synchronous = std::env::var("FLOOR_SYNCHRONOUS").unwrap_or("FULL".to_owned());
        connection.pragma_update(None, "synchronous", synchronous)?;
        connection.pragma_update(None, "journal_size_limit", 64 * 1024 * 1024)?;
        connection.execute_batch(SCHEMA)?;
        Ok(Self { connection })
    }

    /// Highest sequence number.
    pub(super) fn head(&self) -> Result<i64> {
        let sql = "SELECT coalesce(max(seq), 0) FROM messages";
        Ok(self.connection.query_row(sql, [], |row| row.get(0))?)
    }

    /// Begins the transaction that a whole batch shares.
    pub(super) fn begin(&mut self) -> Result<Transaction<'_>> {
        let behavior = rusqlite::TransactionBehavior::Immediate;
        Ok(self.connection.transaction_with_behavior(behavior)?)
    }
}

/// Inserts a message, or finds the one with the same client id.
pub(super) fn insert(
    transaction: &Transaction<'_>,
    seq: i64,
    conversation: i64,
    client_id: &str,
    text: &str,
) -> Result<(Stored, bool)> {
    let id = format!("m{seq:012}");
    let inserted = transaction
        .prepare_cached(
            "INSERT INTO messages (seq, id, conversation_id, client_id, text)
             VALUES ($1, $2, $3, $4, $5) ON CONFLICT (conversation_id, client_id) DO NOTHING",
        )?
        .execute(params![seq, id, conversation, client_id, text])?;
    if inserted == 0 {
        let row = transaction
            .prepare_cached(
                "SELECT seq, id, conversation_id, text FROM messages
                 WHERE conversation_id = $1 AND client_id = $2",
            )?
            .query_row(params![conversation, client_id], read)
            .optional()?;
        let stored = row.ok_or_else(|| anyhow::anyhow!("conflict without a row"))?;
        return Ok((stored, false));
    }
    transaction
        .prepare_cached(
            "INSERT INTO conversations (id, message_count, last_seq) VALUES ($1, 1, $2)
             ON CONFLICT (id) DO UPDATE SET message_count = message_count + 1, last_seq = $2",
        )?
        .execute(params![conversation, seq])?;
    let stored = Stored {
        seq,
        id,
        conversation,
        text: text.to_owned(),
    };
    Ok((stored, true))
}

/// Messages after `since`, of one conversation or of all.
pub(super) fn page(
    data: &Path,
    conversation: Option<i64>,
    since: i64,
    limit: i64,
) -> Result<Vec<Stored>> {
    let connection = connect(data)?;
    let mut statement = connection.prepare(
        "SELECT seq, id, conversation_id, text FROM messages
         WHERE seq > $1 AND ($2 IS NULL OR conversation_id = $2) ORDER BY seq LIMIT $3",
    )?;
    let rows = statement.query_map(params![since, conversation, limit], read)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Messages counted by the conversation's own row.
pub(super) fn message_count(data: &Path, conversation: i64) -> Result<Option<i64>> {
    let sql = "SELECT message_count FROM conversations WHERE id = $1";
    let row = connect(data)?.query_row(sql, [conversation], |row| row.get(0));
    Ok(row.optional()?)
}

fn connect(data: &Path) -> Result<Connection> {
    let connection = Connection::open(data.join(FILE))?;
    connection.busy_timeout(Duration::from_secs(5))?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS_KEPT);
    Ok(connection)
}

fn read(row: &rusqlite::Row<'_>) -> rusqlite::Result<Stored> {
    Ok(Stored {
        seq: row.get(0)?,
        id: row.get(1)?,
        conversation: row.get(2)?,
        text: row.get(3)?,
    })
}
