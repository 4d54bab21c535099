//! The look at every table of a desk whose last process did not close it.
//!
//! SQLite takes back what a crash left unfinished; it cannot know what a failing disk did meanwhile. Reading every page of
//! a large desk takes minutes, so this happens beside the work, table by table.

use std::{fs, path::Path};

use plugboard_store::StoreError;
use rusqlite::Connection;

use crate::{SqliteStore, connect, fault::Outcome, store::database};

/// Findings for each table; a damaged one has many, and one is enough to act on.
const FINDINGS_MAX: usize = 5;

/// True when a process had the desk open and ended without closing it: a closed desk leaves no log of writes behind.
pub(crate) fn ended_abruptly(dir: &Path) -> bool {
    let mut log = database(dir).into_os_string();
    log.push("-wal");
    fs::metadata(log).is_ok_and(|found| found.len() > 0)
}

impl SqliteStore {
    /// True when the process that had this desk before was killed, or lost power.
    pub fn ended_abruptly(&self) -> bool {
        self.ended_abruptly
    }

    /// Reads every table and index and says in words what is damaged; empty when all is well. Runs beside the work, on a
    /// connection of its own; between two tables it asks whether to go on.
    ///
    /// # Errors
    /// When the file cannot be read at all.
    pub async fn check_tables(
        &self,
        go_on: impl Fn() -> bool + Send + 'static,
    ) -> Result<Vec<String>, StoreError> {
        let path = database(&self.dir);
        let work = move || {
            let connection = connect::reader(&path)?;
            let mut damaged = Vec::new();
            for table in tables(&connection)? {
                if !go_on() {
                    break;
                }
                check_table(&connection, &table, &mut damaged);
            }
            Ok::<_, StoreError>(damaged)
        };
        tokio::task::spawn_blocking(work)
            .await
            .map_err(|error| StoreError::Unavailable(format!("checking the tables: {error}")))?
    }
}

fn tables(connection: &Connection) -> Outcome<Vec<String>> {
    let mut statement =
        connection.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")?;
    let names = statement.query_map([], |row| row.get(0))?;
    Ok(names.collect::<Result<_, _>>()?)
}

/// A table whose check itself fails is damaged, too, and the others are still looked at.
fn check_table(connection: &Connection, table: &str, damaged: &mut Vec<String>) {
    let found = || -> Outcome<Vec<String>> {
        let quoted = table.replace('\'', "''");
        let mut statement = connection.prepare(&format!("PRAGMA integrity_check('{quoted}')"))?;
        let lines = statement.query_map([], |row| row.get(0))?;
        Ok(lines.take(FINDINGS_MAX).collect::<Result<_, _>>()?)
    };
    match found() {
        Ok(lines) => damaged.extend(
            lines
                .into_iter()
                .filter(|line| line != "ok")
                .map(|line| format!("{table}: {line}")),
        ),
        Err(error) => damaged.push(format!("{table}: {}", StoreError::from(error))),
    }
}
