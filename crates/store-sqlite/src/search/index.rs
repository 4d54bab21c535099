//! The index file: three full-text tables without content, and how far each is.
//!
//! Row numbers are those of the desk (a message's position, a contact's and a conversation's `n`), so they are in the order
//! of time and the newest matches come first without sorting. Texts are tokenised by [`plugboard_store::tokens`]; FTS5's
//! `ascii` tokenizer only splits them at spaces, since it leaves everything beyond ASCII alone.

use std::{fs, io::ErrorKind, path::Path};

use plugboard_domain::Seq;
use rusqlite::{Connection, OptionalExtension, params};

use crate::{
    codec::{position, seq},
    connect,
    fault::{Fault, Outcome, unavailable},
};

/// Changes whenever tokens or documents change; an index of another version is made again.
const VERSION: i64 = 2;

const SCHEMA: &str = "
CREATE TABLE place (key TEXT PRIMARY KEY, value ANY NOT NULL) STRICT, WITHOUT ROWID;
CREATE VIRTUAL TABLE message_words USING fts5(
    words, content='', contentless_delete=1, prefix='1', tokenize='ascii');
CREATE VIRTUAL TABLE contact_words USING fts5(
    words, content='', contentless_delete=1, prefix='1', tokenize='ascii');
CREATE VIRTUAL TABLE conversation_words USING fts5(
    words, content='', contentless_delete=1, prefix='1', tokenize='ascii');
";

/// How the table of messages, the only one that grows under load, is written: what one transaction adds fits into memory,
/// so that it becomes one segment (by default every mebibyte becomes one), and eight segments are merged at once instead
/// of four, so that a word is copied less often on its way to the oldest segment. Each segment is one more place to look.
const TUNING: &str = "
INSERT INTO message_words (message_words, rank) VALUES ('hashsize', 8388608);
INSERT INTO message_words (message_words, rank) VALUES ('automerge', 8);
";

/// How far the index is. Contacts and conversations that existed when it was begun are gone through by row number;
/// whatever changes later is found in the journal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Places {
    /// Messages up to this position are in.
    pub(super) messages: Seq,
    /// The journal was followed up to this position for contacts and conversations.
    pub(super) journal: Seq,
    /// Contacts up to this row number were gone through.
    pub(super) contacts: i64,
    /// Conversations up to this row number were gone through.
    pub(super) conversations: i64,
}

impl Places {
    /// Up to where everything is in.
    pub(super) fn reached(&self) -> Seq {
        self.messages.min(self.journal)
    }
}

/// The index and how far it is.
pub(super) struct Index {
    pub(super) connection: Connection,
    pub(super) places: Places,
}

impl Index {
    /// Opens the index, or says `None` when it is not one of this version and desk.
    pub(super) fn open(path: &Path, mark: &Mark) -> Outcome<Option<Self>> {
        if !path.exists() {
            return Ok(None);
        }
        let connection = connect::indexer(path)?;
        let has_places: Option<i64> = connection
            .query_row(
                "SELECT 1 FROM sqlite_schema WHERE name = 'place'",
                [],
                |row| row.get(0),
            )
            .optional()?;
        if has_places.is_none() {
            return Ok(None);
        }
        let number = |key: &str| -> Outcome<i64> {
            Ok(connection
                .query_row("SELECT value FROM place WHERE key = ?1", [key], |row| {
                    row.get(0)
                })
                .optional()?
                .unwrap_or(0))
        };
        let instance: Option<Vec<u8>> = connection
            .query_row(
                "SELECT value FROM place WHERE key = 'instance'",
                [],
                |row| row.get(0),
            )
            .optional()?;
        let places = Places {
            messages: seq(number("messages")?),
            journal: seq(number("journal")?),
            contacts: number("contacts")?,
            conversations: number("conversations")?,
        };
        let ours = number("version")? == VERSION && instance.as_deref() == Some(&mark.instance);
        // A desk that was restored from a copy has another past than the index remembers.
        let same_past =
            places.messages.max(places.journal) <= mark.head && places.journal >= mark.horizon;
        if !(ours && same_past) {
            return Ok(None);
        }
        connection.execute_batch(TUNING)?;
        Ok(Some(Self { connection, places }))
    }

    /// Makes a new, empty index in place of what there is.
    pub(super) fn create(path: &Path, mark: &Mark) -> Outcome<Self> {
        remove(path)?;
        let connection = connect::indexer(path)?;
        connection.execute_batch(SCHEMA)?;
        connection.execute_batch(TUNING)?;
        let mut index = Self {
            connection,
            places: Places {
                journal: mark.head,
                ..Places::default()
            },
        };
        index.write(|connection, _| {
            let mut set = connection.prepare("INSERT INTO place (key, value) VALUES (?1, ?2)")?;
            set.execute(params!["version", VERSION])?;
            set.execute(params!["instance", mark.instance])?;
            Ok(())
        })?;
        Ok(index)
    }

    /// Changes documents and places in one transaction.
    pub(super) fn write(
        &mut self,
        change: impl FnOnce(&Connection, &mut Places) -> Outcome<()>,
    ) -> Outcome<()> {
        let mut places = self.places;
        let batch = self.connection.transaction()?;
        change(&batch, &mut places)?;
        {
            let mut set = batch
                .prepare_cached("INSERT OR REPLACE INTO place (key, value) VALUES (?1, ?2)")?;
            set.execute(params!["messages", position(places.messages)])?;
            set.execute(params!["journal", position(places.journal)])?;
            set.execute(params!["contacts", places.contacts])?;
            set.execute(params!["conversations", places.conversations])?;
        }
        batch.commit()?;
        self.places = places;
        Ok(())
    }
}

/// What an index has to fit to.
pub(super) struct Mark {
    /// Which desk.
    pub(super) instance: Vec<u8>,
    /// The newest position of its journal.
    pub(super) head: Seq,
    /// What its journal no longer has.
    pub(super) horizon: Seq,
}

/// Readers that still have the files open keep reading what they were.
fn remove(path: &Path) -> Outcome<()> {
    for ending in ["", "-wal", "-shm", "-journal"] {
        let mut name = path.as_os_str().to_owned();
        name.push(ending);
        match fs::remove_file(&name) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                return Err(Fault::Store(unavailable(
                    "removing the search index",
                    error,
                )));
            }
            _ => {}
        }
    }
    Ok(())
}
