//! Checkpoints copy what the WAL holds into the database file. They sync that file, so they run on a thread of their own.
//!
//! A checkpoint beside a busy writer is never complete, and only a complete one lets the WAL start over. So once the bulk
//! is copied, the writer copies the little that was added meanwhile itself, between two commits.

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicI64, Ordering},
        mpsc::{Receiver, SyncSender, sync_channel},
    },
    thread::JoinHandle,
};

use rusqlite::{Connection, wal::CheckpointMode};

use crate::{
    connect,
    fault::{Outcome, unavailable},
};

/// WAL pages between checkpoints: 16 MiB. More makes the start after a crash slower, less syncs the database more often.
const EVERY_PAGES: i64 = 4_096;

/// The writer's end.
pub(crate) struct Checkpointer {
    shared: Arc<Shared>,
    wake: Option<SyncSender<()>>,
    thread: Option<JoinHandle<()>>,
    last_pages: i64,
    next_at_pages: i64,
}

#[derive(Default)]
struct Shared {
    /// Length of the WAL after the last commit.
    pages: AtomicI64,
    /// The bulk is copied; the writer shall copy the rest.
    rest: AtomicBool,
}

impl Checkpointer {
    /// Starts the thread, and counts the WAL pages of the writer's commits.
    pub(crate) fn start(writer: &mut Connection, path: &Path) -> Outcome<Self> {
        let shared = Arc::new(Shared::default());
        let counted = Arc::clone(&shared);
        writer.wal_hook(Some(
            move |_: &mut rusqlite::hooks::Wal, pages: std::ffi::c_int| {
                counted.pages.store(i64::from(pages), Ordering::Relaxed);
                Ok(())
            },
        ))?;
        let connection = connect::checkpointer(path)?;
        let (wake, woken) = sync_channel(1);
        let seen = Arc::clone(&shared);
        let thread = std::thread::Builder::new()
            .name("store-checkpoint".into())
            .spawn(move || run(&connection, &woken, &seen))
            .map_err(|error| unavailable("starting the checkpoint thread", error))?;
        Ok(Self {
            shared,
            wake: Some(wake),
            thread: Some(thread),
            last_pages: 0,
            next_at_pages: EVERY_PAGES,
        })
    }

    /// Called by the writer between commits.
    pub(crate) fn after_commit(&mut self, writer: &Connection) {
        if self.shared.rest.swap(false, Ordering::Relaxed) {
            copy(writer);
        }
        let pages = self.shared.pages.load(Ordering::Relaxed);
        if pages < self.last_pages {
            // The WAL started over.
            self.next_at_pages = EVERY_PAGES;
        }
        self.last_pages = pages;
        if pages >= self.next_at_pages {
            self.next_at_pages = pages + EVERY_PAGES;
            if let Some(wake) = &self.wake {
                // Full means that it was woken already.
                let _ = wake.try_send(());
            }
        }
    }
}

impl Drop for Checkpointer {
    fn drop(&mut self) {
        drop(self.wake.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn run(connection: &Connection, woken: &Receiver<()>, shared: &Shared) {
    while woken.recv().is_ok() {
        copy(connection);
        shared.rest.store(true, Ordering::Relaxed);
    }
}

/// Copies as much as can be copied without waiting for anybody. Failure is not fatal: the WAL keeps what it has.
fn copy(connection: &Connection) {
    if let Err(error) = connection.wal_checkpoint_v2(Some("main"), CheckpointMode::PASSIVE) {
        tracing::warn!(%error, "a checkpoint failed; the write-ahead log grows until one succeeds");
    }
}
