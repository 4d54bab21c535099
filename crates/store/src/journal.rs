//! Reading what happened.

use plugboard_domain::{Recorded, Seq};

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
}
