//! Search: an index in a file of its own, derived from the desk's rows and the journal.
//!
//! The indexer thread follows the journal by a cursor that it stores together with what it indexed, so after a crash it
//! goes on where it was. Whoever asks waits until the index has what was committed before they asked.

mod find;
mod follow;
mod index;
mod rank;
mod terms;

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
        mpsc::{SyncSender, sync_channel},
    },
    thread::JoinHandle,
    time::Duration,
};

use plugboard_domain::Seq;
use plugboard_store::StoreError;
use tokio::sync::watch;

pub(crate) use find::{contacts_with, conversations_with, find};

use crate::{
    SqliteStore,
    fault::{Outcome, unavailable},
};

/// Longest wait for the index to catch up; then what it has is the answer.
const CATCH_UP_MAX: Duration = Duration::from_secs(2);

/// Signals that may wait; they carry no data, so one is enough.
const SIGNALS_MAX: usize = 1;

/// Counts how often the index was made; readers attach each making anew.
#[derive(Clone, Debug, Default)]
pub(crate) struct Generation(Arc<AtomicU64>);

impl Generation {
    /// The present making.
    pub(crate) fn now(&self) -> u64 {
        self.0.load(Ordering::Acquire)
    }

    fn next(&self) {
        self.0.fetch_add(1, Ordering::AcqRel);
    }
}

/// What the indexer reads when it is woken.
#[derive(Debug, Default)]
struct Goal {
    /// The newest position that was committed.
    head: AtomicU64,
    /// Somebody waits until the index reaches this position.
    wanted: AtomicU64,
    /// The store is closed.
    stop: AtomicBool,
}

/// The writer's end.
#[derive(Clone)]
pub(crate) struct Wake {
    signal: SyncSender<()>,
    goal: Arc<Goal>,
}

impl Wake {
    /// Something was committed; there is time to let more come.
    pub(crate) fn committed(&self, head: Seq) {
        self.goal.head.store(head, Ordering::Release);
        self.ring();
    }

    /// Somebody waits for what was committed up to this position.
    fn wanted(&self, head: Seq) {
        self.goal.wanted.fetch_max(head, Ordering::AcqRel);
        self.ring();
    }

    fn stop(&self) {
        self.goal.stop.store(true, Ordering::Release);
        self.ring();
    }

    fn ring(&self) {
        // Full means that it will look.
        let _ = self.signal.try_send(());
    }
}

/// The askers' end.
pub(crate) struct Search {
    wake: Option<Wake>,
    indexed: watch::Receiver<Seq>,
    generation: Generation,
}

impl Search {
    /// Of a desk that is only looked at: nobody indexes here.
    pub(crate) fn idle() -> Self {
        Self {
            wake: None,
            indexed: watch::channel(0).1,
            generation: Generation::default(),
        }
    }

    /// Counts the makings of the index.
    pub(crate) fn generation(&self) -> Generation {
        self.generation.clone()
    }

    /// Up to where the index reaches.
    pub(crate) fn reached(&self) -> Seq {
        *self.indexed.borrow()
    }

    async fn wait_for(&self, head: Seq) {
        let Some(wake) = &self.wake else { return };
        if self.reached() >= head {
            return;
        }
        wake.wanted(head);
        let mut indexed = self.indexed.clone();
        let reached = indexed.wait_for(|reached| *reached >= head);
        if tokio::time::timeout(CATCH_UP_MAX, reached).await.is_err() {
            tracing::warn!(
                head,
                reached = self.reached(),
                "the search index is behind; answering with what it has"
            );
        }
    }
}

impl SqliteStore {
    /// Waits until the index has what was committed before now.
    pub(crate) async fn indexed(&self) -> Result<(), StoreError> {
        let head = self.writer.as_ref().map_or(0, crate::writer::Writer::head);
        self.search.wait_for(head).await;
        Ok(())
    }
}

/// The indexer thread.
pub(crate) struct Indexer {
    wake: Option<Wake>,
    indexed: watch::Receiver<Seq>,
    generation: Generation,
    thread: Option<JoinHandle<()>>,
}

impl Indexer {
    /// Starts the thread. It opens the index itself, so that a damaged one delays nobody.
    pub(crate) fn start(desk: &Path, index: &Path) -> Outcome<Self> {
        let (signal, woken) = sync_channel(SIGNALS_MAX);
        let goal = Arc::new(Goal::default());
        let (reached, indexed) = watch::channel(0);
        let generation = Generation::default();
        let follower = follow::Follower::new(
            desk.to_owned(),
            index.to_owned(),
            generation.clone(),
            reached,
            Arc::clone(&goal),
        );
        let thread = std::thread::Builder::new()
            .name("store-search".into())
            .spawn(move || follower.run(&woken))
            .map_err(|error| unavailable("starting the search thread", error))?;
        Ok(Self {
            wake: Some(Wake { signal, goal }),
            indexed,
            generation,
            thread: Some(thread),
        })
    }

    /// The writer's end.
    pub(crate) fn wake(&self) -> Wake {
        self.wake.clone().expect("only dropping takes it")
    }

    /// The askers' end.
    pub(crate) fn search(&self) -> Search {
        Search {
            wake: self.wake.clone(),
            indexed: self.indexed.clone(),
            generation: self.generation.clone(),
        }
    }
}

impl Drop for Indexer {
    fn drop(&mut self) {
        if let Some(wake) = self.wake.take() {
            wake.stop();
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
