//! Follows the journal for everybody: one task reads each event once, joins its rows once, encodes it once.

use std::{
    sync::{PoisonError, RwLock},
    time::Duration,
};

use plugboard_domain::Seq;
use plugboard_engine::Engine;
use plugboard_store::StoreError;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tracing::error;

use super::{
    bells::Bells,
    encode::{Encoded, encode},
    facts::Facts,
    ring::{Chunk, Ring, Stretch},
};

/// Events read at once. At ten thousand a second this is fifty milliseconds of them.
pub(super) const READ_MAX: usize = 512;

/// Events encoded at the start, so that clients who come back after a restart find them in the ring.
const WARM_EVENTS: Seq = 2_048;

/// How long to wait after the store failed.
const PAUSE: Duration = Duration::from_millis(250);

/// The newest stretch of the journal, and the signal that there is more.
pub(super) struct Feed {
    /// Leaf data: no await and no encoding happens under this lock, only pushes and clones of pointers.
    ring: RwLock<Ring>,
    head: watch::Sender<Seq>,
}

impl Feed {
    /// A feed that begins shortly before the newest position.
    pub(super) fn before(head: Seq) -> Self {
        let start = head.saturating_sub(WARM_EVENTS);
        Self {
            ring: RwLock::new(Ring::after(start)),
            head: watch::Sender::new(start),
        }
    }

    /// The newest position that can be read here; a signal when it changes.
    pub(super) fn head(&self) -> watch::Receiver<Seq> {
        self.head.subscribe()
    }

    /// What comes after a position.
    pub(super) fn read(&self, position: Seq) -> Stretch {
        let ring = self.ring.read().unwrap_or_else(PoisonError::into_inner);
        ring.read(position)
    }

    /// Goes on after a position, without what was before: retention took it away.
    fn skip_to(&self, position: Seq) {
        let mut ring = self.ring.write().unwrap_or_else(PoisonError::into_inner);
        *ring = Ring::after(position);
        drop(ring);
        self.head.send_replace(position);
    }

    fn push(&self, chunk: Chunk) {
        let mut ring = self.ring.write().unwrap_or_else(PoisonError::into_inner);
        ring.push(chunk);
        let head = ring.head();
        drop(ring);
        self.head.send_replace(head);
    }
}

/// Follows the journal until `stop`.
pub(super) async fn run(
    engine: Engine,
    feed: std::sync::Arc<Feed>,
    bells: std::sync::Arc<Bells>,
    stop: CancellationToken,
) {
    let mut committed = engine.head();
    let mut position = *feed.head.borrow();
    let mut facts = Facts::default();
    loop {
        let head = *committed.borrow_and_update();
        while position < head {
            let step = step(&engine, &feed, &bells, &mut facts, position);
            let stepped = tokio::select! {
                () = stop.cancelled() => return,
                stepped = step => stepped,
            };
            match stepped {
                Ok(reached) => position = reached,
                Err(error) => {
                    error!(%error, "live: the journal could not be read");
                    tokio::time::sleep(PAUSE).await;
                    break;
                }
            }
        }
        let behind = position < *committed.borrow();
        tokio::select! {
            () = stop.cancelled() => return,
            () = std::future::ready(()), if behind => {}
            changed = committed.changed() => if changed.is_err() { return },
        }
    }
}

/// Takes the next stretch in; returns the position reached.
async fn step(
    engine: &Engine,
    feed: &Feed,
    bells: &Bells,
    facts: &mut Facts,
    position: Seq,
) -> Result<Seq, StoreError> {
    let events = engine.store().read_since(position, READ_MAX).await?;
    if events.first().map(|first| first.seq) != Some(position + 1) {
        let horizon = engine.store().journal_horizon().await?;
        if horizon > position {
            feed.skip_to(horizon);
            return Ok(horizon);
        }
    }
    let Some(last) = events.last().map(|recorded| recorded.seq) else {
        // Committed, but not visible to this reader yet.
        tokio::time::sleep(Duration::from_millis(1)).await;
        return Ok(position);
    };
    let Encoded { chunk, visitors } = encode(engine, facts, &events).await?;
    feed.push(chunk);
    for (inbox, contact) in visitors {
        bells.ring(inbox, contact);
    }
    Ok(last)
}
