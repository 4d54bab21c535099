//! Opening connections: what every one of them is told before it is used.

use std::{path::Path, time::Duration};

use rusqlite::{Connection, OpenFlags, config::DbConfig};

use crate::{Durability, fault::Outcome};

/// How long a connection waits for another one's lock. Only the writer and checkpoints ever hold one for more than a moment.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// The WAL is kept at up to this size instead of being cut at every checkpoint: overwriting a file is several times
/// cheaper to sync than growing one.
const WAL_BYTES_KEPT: i64 = 64 * 1024 * 1024;

/// Page cache of the writer, in KiB.
const WRITER_CACHE_KIB: i64 = 32 * 1024;

/// Page cache of each reader, in KiB; the operating system's cache stands behind it.
const READER_CACHE_KIB: i64 = 8 * 1024;

/// Page cache of the indexer, in KiB.
const INDEXER_CACHE_KIB: i64 = 8 * 1024;

/// The connection that changes the desk.
pub(crate) fn writer(path: &Path, durability: Durability) -> Outcome<Connection> {
    let connection = open(
        path,
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE,
    )?;
    let synchronous = match durability {
        Durability::Full => "FULL",
        Durability::Normal => "NORMAL",
    };
    write_ahead(&connection, synchronous)?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "cache_size", -WRITER_CACHE_KIB)?;
    // Checkpoints are the checkpointer's: see `checkpoint.rs`.
    connection.pragma_update(None, "wal_autocheckpoint", 0)?;
    connection.set_prepared_statement_cache_capacity(128);
    Ok(connection)
}

/// The connection that changes the search index, which can be made again.
pub(crate) fn indexer(path: &Path) -> Outcome<Connection> {
    let connection = open(
        path,
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE,
    )?;
    write_ahead(&connection, "NORMAL")?;
    connection.pragma_update(None, "cache_size", -INDEXER_CACHE_KIB)?;
    Ok(connection)
}

/// A connection that changes nothing.
pub(crate) fn reader(path: &Path) -> Outcome<Connection> {
    // Not SQLITE_OPEN_READ_ONLY: reading a WAL database takes a place in its shared memory.
    let connection = open(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    connection.pragma_update(None, "query_only", true)?;
    connection.pragma_update(None, "cache_size", -READER_CACHE_KIB)?;
    connection.set_prepared_statement_cache_capacity(96);
    Ok(connection)
}

fn open(path: &Path, flags: OpenFlags) -> Outcome<Connection> {
    let connection = Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    // Otherwise a statement is prepared anew for every value of a LIMIT, which costs more than most of them take.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    rusqlite::vtab::array::load_module(&connection)?;
    Ok(connection)
}

fn write_ahead(connection: &Connection, synchronous: &str) -> Outcome<()> {
    connection.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(()))?;
    connection.pragma_update(None, "synchronous", synchronous)?;
    connection.pragma_update_and_check(None, "journal_size_limit", WAL_BYTES_KEPT, |_| Ok(()))?;
    Ok(())
}

/// The connection that checkpoints.
pub(crate) fn checkpointer(path: &Path) -> Outcome<Connection> {
    let connection = open(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    // Copies go straight from file to file; a small cache is enough.
    connection.pragma_update(None, "cache_size", -1024)?;
    Ok(connection)
}
