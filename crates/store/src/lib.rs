//! What the desk needs from a database, and nothing about how it is done.
//!
//! Four things to know:
//! - [`WriteStore::load`] answers everything that a batch of commands has to know, in one round trip;
//! - [`WriteStore::commit`] stores changed rows, events and outbox work of a batch in one durable transaction;
//! - [`JournalStore`] reads what happened, by position;
//! - [`ReadStore`] answers what is: lists, threads, search. Readers never wait for the writer.
//!
//! Not found is `None`; a row that makes no sense is [`StoreError::Corrupt`]. Only the engine's writer task calls
//! [`WriteStore`], and there is one such task for each database.
//!
//! To add a store: implement the traits in a crate of its own and run the story in `plugboard-test-kit` on it.

mod calls;
mod commit;
mod cursor;
mod facts;
mod journal;
mod read;
pub mod tokens;

use std::sync::Arc;

pub use calls::{CallFilter, CallRow, CallStand, CallView};
pub use commit::{Commit, MessageRow, Write};
pub use cursor::{Cursor, Paged};
pub use facts::{ExternalRef, Facts, Key, MessageHead, Said, Scheduled};
pub use journal::JournalStore;
pub use read::*;

use plugboard_domain::{Seq, desk::Desk};

/// The database could not do what was asked.
#[derive(Clone, Debug, thiserror::Error)]
pub enum StoreError {
    /// Cannot be reached, is full, or is locked by somebody else. Trying again can help.
    #[error("the store is unavailable: {0}")]
    Unavailable(String),
    /// A row breaks a uniqueness that the writer should have checked: a bug, or a second writer.
    #[error("the store refused a conflicting row: {0}")]
    Conflict(String),
    /// A row cannot be understood: the file was damaged, or a newer version wrote it.
    #[error("row {row} of {table} makes no sense: {why}")]
    Corrupt {
        /// The table.
        table: &'static str,
        /// The row's key.
        row: String,
        /// What is wrong with it.
        why: String,
    },
}

/// The write side. Only the engine's writer task calls it.
#[async_trait::async_trait]
pub trait WriteStore: Send + Sync {
    /// The whole configuration, as last committed.
    async fn load_desk(&self) -> Result<Desk, StoreError>;

    /// The newest position of the journal; 0 when it is empty.
    async fn head(&self) -> Result<Seq, StoreError>;

    /// Answers what a batch of commands has to know. Every key is answered: what does not exist is answered as absent.
    async fn load(&self, keys: Vec<Key>) -> Result<Facts, StoreError>;

    /// Stores a batch, durably and whole, or not at all. Events continue the journal without a gap.
    async fn commit(&self, commit: Commit) -> Result<(), StoreError>;
}

/// Everything that a store does.
pub trait Store: WriteStore + JournalStore + ReadStore {}

impl<T: WriteStore + JournalStore + ReadStore> Store for T {}

/// A store shared by the parts of a process.
pub type SharedStore = Arc<dyn Store>;
