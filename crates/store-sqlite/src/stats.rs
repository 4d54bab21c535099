//! Numbers about the store itself.

use std::fs;

use plugboard_domain::Seq;
use plugboard_store::{JournalStore, StoreError};

use crate::{SqliteStore, store};

/// Sizes and positions, for metrics and `plugboard doctor`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// The newest position of the journal.
    pub head: Seq,
    /// Positions up to this one were removed by retention.
    pub horizon: Seq,
    /// Up to where search has indexed; 0 when the desk is only looked at.
    pub search_reached: Seq,
    /// Size of the desk's file.
    pub database_bytes: u64,
    /// Size of its write-ahead log.
    pub wal_bytes: u64,
    /// Size of the search index.
    pub search_bytes: u64,
}

impl SqliteStore {
    /// Sizes and positions now. Cheap.
    pub async fn stats(&self) -> Result<Stats, StoreError> {
        let size = |name: &str| fs::metadata(self.dir.join(name)).map_or(0, |file| file.len());
        Ok(Stats {
            head: self.journal_head().await?,
            horizon: self.journal_horizon().await?,
            search_reached: self.search.reached(),
            database_bytes: fs::metadata(store::database(&self.dir)).map_or(0, |file| file.len()),
            wal_bytes: size("plugboard.db-wal"),
            search_bytes: size("search.db"),
        })
    }
}
