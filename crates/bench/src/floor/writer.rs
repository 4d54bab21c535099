//! The floor's writer thread: takes what is waiting, commits it as one, acknowledges, then publishes.

use std::{
    sync::mpsc::{Receiver, SyncSender, sync_channel},
    time::{Duration, Instant},
};

use anyhow::Result;
use tokio::sync::oneshot;

use super::{
    hub::Hub,
    store::{Store, Stored, insert},
};

/// Commands waiting for the writer; beyond it the caller is told to come back.
const QUEUE_MAX: usize = 8192;

/// Commands in one transaction.
const BATCH_MAX: usize = 512;

/// A batch of this size says that more are on the way, and that a short wait will pay.
const BUSY_BATCH: usize = 64;

/// Longest wait for a fuller batch.
const WAIT_MAX: Duration = Duration::from_millis(1);

/// One message to store.
pub(super) struct Command {
    pub(super) conversation: i64,
    pub(super) client_id: String,
    pub(super) text: String,
    /// Answered after the commit: the message, and whether it is new.
    pub(super) done: oneshot::Sender<(Stored, bool)>,
}

/// Starts the thread; it ends when every sender is gone.
pub(super) fn start(store: Store, hub: Hub) -> SyncSender<Command> {
    let (sender, receiver) = sync_channel(QUEUE_MAX);
    std::thread::spawn(move || {
        if let Err(error) = run(store, &hub, &receiver) {
            eprintln!("floor writer: {error:#}");
            std::process::exit(1);
        }
    });
    sender
}

fn run(mut store: Store, hub: &Hub, receiver: &Receiver<Command>) -> Result<()> {
    let grouped = std::env::var("FLOOR_GROUP").as_deref() != Ok("off");
    let batch_max = if grouped { BATCH_MAX } else { 1 };
    let mut head = store.head()?;
    let mut batch = Vec::with_capacity(batch_max);
    let mut previous = 0;
    while let Ok(first) = receiver.recv() {
        batch.push(first);
        fill(&mut batch, receiver, batch_max, previous);
        previous = batch.len();
        let mut done = Vec::with_capacity(batch.len());
        let transaction = store.begin()?;
        for command in batch.drain(..) {
            let (stored, new) = insert(
                &transaction,
                head + 1,
                command.conversation,
                &command.client_id,
                &command.text,
            )?;
            head += i64::from(new);
            done.push((command.done, stored, new));
        }
        transaction.commit()?;
        let fresh = done.iter().filter(|(_, _, new)| *new);
        let frames: Vec<_> = fresh.map(|(_, stored, _)| stored.clone()).collect();
        for (caller, stored, new) in done {
            // The caller may have hung up; its message is stored all the same.
            let _ = caller.send((stored, new));
        }
        hub.publish(&frames);
    }
    Ok(())
}

fn fill(batch: &mut Vec<Command>, receiver: &Receiver<Command>, batch_max: usize, previous: usize) {
    batch.extend(receiver.try_iter().take(batch_max - batch.len()));
    if previous < BUSY_BATCH {
        return;
    }
    let until = Instant::now() + WAIT_MAX;
    while batch.len() < batch_max {
        let left = until.saturating_duration_since(Instant::now());
        match receiver.recv_timeout(left) {
            Ok(command) => batch.push(command),
            Err(_) => return,
        }
    }
}
