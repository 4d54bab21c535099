//! The one thread that changes the database. Callers hand it work over a bounded channel and await the answer.

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    thread::JoinHandle,
};

use plugboard_domain::{Seq, Timestamp};
use plugboard_store::{Commit, StoreError};
use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot};

use crate::{
    checkpoint::Checkpointer,
    codec::seq,
    commit,
    fault::{Outcome, unavailable},
    migrate::meta,
    prune,
    search::Wake,
    secret::Vault,
    tail::Tail,
};

/// The engine's writer task asks one thing at a time; the console and tests may come on top.
const WAITING_MAX: usize = 16;

type Job = Box<dyn FnOnce(&mut Owned) + Send>;

/// The handle to the thread.
pub(crate) struct Writer {
    jobs: Option<mpsc::Sender<Job>>,
    thread: Option<JoinHandle<()>>,
    head: Arc<AtomicU64>,
    tail: Arc<Tail>,
}

/// What the thread owns.
struct Owned {
    connection: Connection,
    vault: Arc<Vault>,
    checkpointer: Checkpointer,
    indexer: Option<Wake>,
    head: Arc<AtomicU64>,
    tail: Arc<Tail>,
}

impl Writer {
    /// Starts the thread on a connection whose schema is up to date.
    pub(crate) fn start(
        mut connection: Connection,
        path: &Path,
        vault: Arc<Vault>,
        indexer: Option<Wake>,
    ) -> Outcome<Self> {
        let head = Arc::new(AtomicU64::new(seq(meta(&connection, "head")?)));
        let tail = Arc::new(Tail::default());
        let checkpointer = Checkpointer::start(&mut connection, path)?;
        let mut owned = Owned {
            connection,
            vault,
            checkpointer,
            indexer,
            head: Arc::clone(&head),
            tail: Arc::clone(&tail),
        };
        let (jobs, mut waiting) = mpsc::channel::<Job>(WAITING_MAX);
        let run = move || {
            while let Some(job) = waiting.blocking_recv() {
                job(&mut owned);
                owned.checkpointer.after_commit(&owned.connection);
            }
        };
        let thread = std::thread::Builder::new()
            .name("store-writer".into())
            .spawn(run)
            .map_err(|error| unavailable("starting the writer thread", error))?;
        Ok(Self {
            jobs: Some(jobs),
            thread: Some(thread),
            head,
            tail,
        })
    }

    /// The newest position that readers see.
    pub(crate) fn head(&self) -> Seq {
        self.head.load(Ordering::Acquire)
    }

    /// The newest events.
    pub(crate) fn tail(&self) -> &Tail {
        &self.tail
    }

    /// Reads on the writer's connection.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Connection) -> Outcome<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.call(move |owned| read(&owned.connection)).await
    }

    /// Stores a batch.
    pub(crate) async fn commit(&self, commit: Commit) -> Result<(), StoreError> {
        self.call(move |owned| owned.commit(commit)).await
    }

    /// Takes old events away.
    pub(crate) async fn prune(
        &self,
        before: Timestamp,
        up_to: Seq,
        limit: usize,
    ) -> Result<usize, StoreError> {
        self.call(move |owned| owned.prune(before, up_to, limit))
            .await
    }

    async fn call<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Owned) -> Outcome<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        let gone = || StoreError::Unavailable("the writer has stopped".into());
        let (answer, answered) = oneshot::channel();
        let job: Job = Box::new(move |owned| {
            // Nobody waits any more when the caller was cancelled; the work is done all the same.
            let _ = answer.send(work(owned).map_err(StoreError::from));
        });
        self.jobs
            .as_ref()
            .ok_or_else(gone)?
            .send(job)
            .await
            .map_err(|_| gone())?;
        answered.await.map_err(|_| gone())?
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        drop(self.jobs.take());
        if let Some(thread) = self.thread.take() {
            // A panic there was answered to its caller already.
            let _ = thread.join();
        }
    }
}

impl Owned {
    fn commit(&mut self, commit: Commit) -> Outcome<()> {
        let head = commit::run(&mut self.connection, &self.vault, &commit)?;
        // Before the head moves: who hears of it finds them there.
        self.tail.push(commit.events);
        self.head.store(head, Ordering::Release);
        if let Some(indexer) = &self.indexer {
            indexer.committed(head);
        }
        Ok(())
    }

    fn prune(&mut self, before: Timestamp, up_to: Seq, limit: usize) -> Outcome<usize> {
        let gone = prune::run(&mut self.connection, before, up_to, limit)?;
        if gone > 0 {
            self.tail.forget();
        }
        Ok(gone)
    }
}
