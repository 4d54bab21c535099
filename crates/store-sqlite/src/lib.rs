//! The embedded store: everything that the desk keeps, in one directory.
//!
//! Three things to know:
//! - [`SqliteStore`] is all of [`plugboard_store::Store`]: one thread writes, a few connections read beside it;
//! - `plugboard.db` is the desk, durable at every commit; `search.db` is derived from it and made again when it is
//!   missing, damaged or of another version; `secret.key` opens the secrets in the desk, and belongs in a different
//!   place than its backups;
//! - [`Report`] is what `plugboard doctor` prints, [`Stats`] is what metrics show.
//!
//! To add a column or a table: a numbered file in `migrations/`, a line in `migrate.rs`, the write in `commit/`, the
//! query in `read/`, and a step in the story of `plugboard-test-kit`, which other stores run too.
//!
//! Invariants: only the writer thread writes the desk; only the indexer thread writes the search index; SQL is nowhere
//! else; no blocking call runs on a runtime thread; a commit is whole and durable or did not happen.

mod backup;
mod check;
mod checkpoint;
mod codec;
mod commit;
mod connect;
mod fault;
mod integrity;
mod load;
mod migrate;
mod prune;
mod read;
mod readers;
mod search;
mod secret;
mod stats;
mod store;
mod tail;
mod writer;

pub use check::Report;
pub use stats::Stats;
pub use store::{Durability, Options, SqliteStore};
