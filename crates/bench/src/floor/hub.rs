//! The floor's fan-out: frames encoded once, kept in order, read by each socket from where it stands.

use std::{
    collections::VecDeque,
    sync::{Arc, RwLock},
};

use axum::extract::ws::Utf8Bytes;
use serde_json::json;
use tokio::sync::watch;

use super::store::Stored;

/// Frames kept for sockets that lag or resume; about 150 MB at worst, in a process that lives for minutes.
const FRAMES_MAX: usize = 262_144;

/// Handle to the ring of frames.
#[derive(Clone)]
pub(super) struct Hub {
    /// Written by the writer after each commit, read by sockets; never held across an await.
    ring: Arc<RwLock<Ring>>,
    head: watch::Sender<i64>,
}

struct Ring {
    /// Sequence number of the first frame.
    first: i64,
    frames: VecDeque<Utf8Bytes>,
}

impl Hub {
    /// An empty ring that continues after `head`.
    pub(super) fn new(head: i64) -> Self {
        let ring = Ring {
            first: head + 1,
            frames: VecDeque::new(),
        };
        Self {
            ring: Arc::new(RwLock::new(ring)),
            head: watch::Sender::new(head),
        }
    }

    /// Encodes and keeps the frames of a committed batch, then wakes the sockets.
    pub(super) fn publish(&self, batch: &[Stored]) {
        let Some(last) = batch.last() else { return };
        let frames: Vec<_> = batch.iter().map(encode).collect();
        let mut ring = self.ring.write().expect("nothing panics with the lock");
        ring.frames.extend(frames);
        let excess = ring.frames.len().saturating_sub(FRAMES_MAX);
        ring.frames.drain(..excess);
        ring.first += i64::try_from(excess).expect("far below 2^63");
        drop(ring);
        self.head.send_replace(last.seq);
    }

    /// Highest published sequence number, and news of it.
    pub(super) fn follow(&self) -> watch::Receiver<i64> {
        self.head.subscribe()
    }

    /// At most `limit` frames after `since`, or nothing when they are no longer kept.
    pub(super) fn after(&self, since: i64, limit: usize) -> Option<Vec<Utf8Bytes>> {
        let ring = self.ring.read().expect("nothing panics with the lock");
        let skip = usize::try_from(since + 1 - ring.first).ok()?;
        Some(ring.frames.iter().skip(skip).take(limit).cloned().collect())
    }
}

fn encode(stored: &Stored) -> Utf8Bytes {
    let frame = json!({
        "type": "event", "seq": stored.seq, "kind": "message.created",
        "conversation_id": stored.conversation.to_string(),
        "data": { "message": { "id": stored.id, "kind": "inbound", "text": stored.text } },
    });
    frame.to_string().into()
}
