//! The newest stretch of the journal, encoded once and shared by every connection.
//!
//! It is a cache of the journal and nothing more: a connection that needs what is not here any more reads the store.

use std::{collections::VecDeque, sync::Arc};

use axum::extract::ws::Utf8Bytes;
use plugboard_domain::{Seq, ids::AgentId};

use super::sight::{Route, Sight};

/// Most events kept: at a thousand a second, a minute for connections to come back in.
const EVENTS_MAX: usize = 65_536;

/// Most bytes kept, whatever the number of events.
const BYTES_MAX: usize = 64 * 1024 * 1024;

/// What an entry takes beside its frames, in bytes.
const ENTRY_BYTES: usize = 160;

/// One event, ready to be sent.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) seq: Seq,
    pub(super) route: Route,
    /// An agent whose sign-in this event may have ended.
    pub(super) shut_out: Option<AgentId>,
    /// The frame.
    pub(super) full: Utf8Bytes,
    /// The frame for those who see addresses masked, when that differs.
    pub(super) masked: Option<Utf8Bytes>,
}

impl Entry {
    /// The frame for this pair of eyes; `None` when it is not theirs to see.
    pub(super) fn frame(&self, sight: &Sight) -> Option<&Utf8Bytes> {
        let frame = match &self.masked {
            Some(masked) if !sight.unmasked() => masked,
            _ => &self.full,
        };
        sight.sees(&self.route).then_some(frame)
    }

    fn bytes(&self) -> usize {
        ENTRY_BYTES + self.full.len() + self.masked.as_ref().map_or(0, |masked| masked.len())
    }
}

/// Adjoining events, in order: what was read from the journal at once.
#[derive(Debug, Default)]
pub(super) struct Chunk(Vec<Entry>);

impl Chunk {
    pub(super) fn new(entries: Vec<Entry>) -> Self {
        Self(entries)
    }

    /// The entries after a position.
    pub(super) fn after(&self, position: Seq) -> &[Entry] {
        let from = self.0.partition_point(|entry| entry.seq <= position);
        &self.0[from..]
    }

    pub(super) fn last(&self) -> Option<Seq> {
        self.0.last().map(|entry| entry.seq)
    }

    fn bytes(&self) -> usize {
        self.0.iter().map(Entry::bytes).sum()
    }
}

/// What a connection at a position finds.
pub(super) enum Stretch {
    /// There is nothing new.
    UpToDate,
    /// The next events; those up to the position are to be skipped.
    Chunk(Arc<Chunk>),
    /// The position is older than the ring.
    Behind,
}

/// The ring.
#[derive(Debug)]
pub(super) struct Ring {
    chunks: VecDeque<Arc<Chunk>>,
    /// Positions up to this one are not here (any more).
    base: Seq,
    head: Seq,
    events: usize,
    bytes: usize,
}

impl Ring {
    /// An empty ring that will go on after a position.
    pub(super) fn after(position: Seq) -> Self {
        Self {
            chunks: VecDeque::new(),
            base: position,
            head: position,
            events: 0,
            bytes: 0,
        }
    }

    /// The newest position.
    pub(super) fn head(&self) -> Seq {
        self.head
    }

    /// Adds what came next, and lets go of the oldest.
    pub(super) fn push(&mut self, chunk: Chunk) {
        let Some(last) = chunk.last() else { return };
        debug_assert!(self.head < last, "the journal only goes forward");
        self.head = last;
        self.events += chunk.0.len();
        self.bytes += chunk.bytes();
        self.chunks.push_back(Arc::new(chunk));
        while self.events > EVENTS_MAX || self.bytes > BYTES_MAX {
            let Some(oldest) = self.chunks.pop_front() else {
                return;
            };
            self.events -= oldest.0.len();
            self.bytes -= oldest.bytes();
            self.base = oldest.last().unwrap_or(self.base);
        }
    }

    /// What comes after a position.
    pub(super) fn read(&self, position: Seq) -> Stretch {
        if position >= self.head {
            return Stretch::UpToDate;
        }
        if position < self.base {
            return Stretch::Behind;
        }
        let at = self
            .chunks
            .partition_point(|chunk| chunk.last().is_some_and(|last| last <= position));
        match self.chunks.get(at) {
            Some(chunk) => Stretch::Chunk(chunk.clone()),
            None => Stretch::Behind,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chunk(seqs: std::ops::RangeInclusive<Seq>, frame_bytes: usize) -> Chunk {
        let full = Utf8Bytes::from("x".repeat(frame_bytes));
        Chunk::new(
            seqs.map(|seq| Entry {
                seq,
                route: Route::Everybody,
                shut_out: None,
                full: full.clone(),
                masked: None,
            })
            .collect(),
        )
    }

    fn found(ring: &Ring, position: Seq) -> Option<Vec<Seq>> {
        match ring.read(position) {
            Stretch::UpToDate => Some(vec![]),
            Stretch::Behind => None,
            Stretch::Chunk(chunk) => Some(chunk.after(position).iter().map(|it| it.seq).collect()),
        }
    }

    #[test]
    fn a_reader_goes_from_chunk_to_chunk() {
        let mut ring = Ring::after(10);
        ring.push(chunk(11..=12, 1));
        ring.push(chunk(13..=13, 1));
        ring.push(Chunk::default());
        assert_eq!(found(&ring, 9), None);
        assert_eq!(found(&ring, 10), Some(vec![11, 12]));
        assert_eq!(found(&ring, 11), Some(vec![12]));
        assert_eq!(found(&ring, 12), Some(vec![13]));
        assert_eq!(found(&ring, 13), Some(vec![]));
        assert_eq!(found(&ring, 99), Some(vec![]));
    }

    #[test]
    fn the_ring_is_bounded_by_number_and_by_bytes() {
        let mut ring = Ring::after(0);
        for at in 0..140 {
            ring.push(chunk(at * 500 + 1..=at * 500 + 500, 1));
        }
        assert!(ring.events <= EVENTS_MAX && ring.events > EVENTS_MAX - 500);
        assert_eq!(ring.base, 70_000 - ring.events as Seq);
        assert!(matches!(ring.read(ring.base), Stretch::Chunk(_)));
        assert!(matches!(ring.read(ring.base - 1), Stretch::Behind));

        let mut ring = Ring::after(0);
        for seq in 1..=80 {
            ring.push(chunk(seq..=seq, 1024 * 1024));
        }
        assert!(ring.bytes <= BYTES_MAX);
        assert_eq!(ring.events, 63);
        assert_eq!(ring.head(), 80);
    }
}
