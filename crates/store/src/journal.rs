//! Reading what happened.

use plugboard_domain::{Recorded, Seq, Timestamp};

use crate::StoreError;

/// The journal, by position.
#[async_trait::async_trait]
pub trait JournalStore: Send + Sync {
    /// Events after `since`, in order, at most `limit` of them.
    async fn read_since(&self, since: Seq, limit: usize) -> Result<Vec<Recorded>, StoreError>;

    /// The newest position as readers see it; 0 when the journal is empty.
    async fn journal_head(&self) -> Result<Seq, StoreError>;

    /// Positions up to this one were removed by retention; 0 when none were.
    async fn journal_horizon(&self) -> Result<Seq, StoreError>;

    /// Retention: takes away the oldest events, those recorded before `before`, at most `limit` of them in one short
    /// transaction, so that commits do not wait for long. Never one that pending outside work, a reader with a cursor or
    /// something derived from the journal still has to read, nor any after it. Answers how many went; fewer than `limit` when that was all for now.
    async fn prune_journal(&self, before: Timestamp, limit: usize) -> Result<usize, StoreError>;
}
