//! Frames in order and in time, from packets that come in any order at any time. Used only where sound is decoded: recordings
//! and mixing. What is passed on between two legs is not held up by it.

use std::collections::BTreeMap;

/// Fewest frames that are held back.
const DEPTH_MIN: usize = 2;

/// Most frames that are held back: 200 ms. A conversation with more is worse than one with gaps.
const DEPTH_MAX: usize = 10;

/// Frames that are kept at most: a second. Who is further ahead than that has begun anew.
const KEPT_MAX: usize = 50;

/// Frames in a row without trouble after which one less is held back.
const CALM: u32 = 500;

/// What to play for the next 20 ms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Slot {
    /// This.
    Frame(Vec<u8>),
    /// Nothing: it did not come, and what follows did.
    Lost,
    /// Nothing: no more has come yet.
    Waiting,
}

/// The buffer of one stream.
#[derive(Clone, Debug, Default)]
pub struct Jitter {
    frames: BTreeMap<u64, Vec<u8>>,
    /// The next to be played; `None` until enough has come to begin.
    next: Option<u64>,
    /// The newest that came, counted without an end.
    newest: Option<u64>,
    extra: usize,
    calm: u32,
}

impl Jitter {
    /// Takes a packet in.
    pub fn push(&mut self, sequence: u16, payload: Vec<u8>) {
        let at = self.place(sequence);
        if self.next.is_some_and(|next| at < next) {
            // Too late: its time has passed. More is held back from now on.
            self.extra = (self.extra + 1).min(DEPTH_MAX - DEPTH_MIN);
            self.calm = 0;
            return;
        }
        self.newest = self.newest.max(Some(at));
        self.frames.insert(at, payload);
        let first = self.frames.first_key_value().map(|(first, _)| *first);
        if self.frames.len() > KEPT_MAX || self.reaches(first) > KEPT_MAX {
            self.begin_at_newest();
        }
    }

    /// What to play now; asked for once each 20 ms.
    pub fn pop(&mut self) -> Slot {
        let next = match self.next {
            Some(next) => next,
            None => match self.frames.first_key_value() {
                Some((first, _)) if self.frames.len() >= self.depth() => *first,
                _ => return Slot::Waiting,
            },
        };
        if self.frames.is_empty() {
            // It ran dry: it begins again when enough has come.
            self.next = None;
            return Slot::Waiting;
        }
        self.next = Some(next + 1);
        self.calm += 1;
        if self.calm >= CALM && self.extra > 0 {
            self.extra -= 1;
            self.calm = 0;
        }
        self.frames.remove(&next).map_or(Slot::Lost, Slot::Frame)
    }

    /// Frames that are held back now.
    pub fn depth(&self) -> usize {
        DEPTH_MIN + self.extra
    }

    /// A sequence number counted without an end: the place nearest to the newest.
    fn place(&self, sequence: u16) -> u64 {
        // Begins high enough that something earlier than the first has a place, too.
        let Some(newest) = self.newest else {
            return (1 << 16) + u64::from(sequence);
        };
        let low = newest & 0xFFFF;
        let ahead = u64::from(sequence).wrapping_sub(low) & 0xFFFF;
        if ahead < 0x8000 {
            newest + ahead
        } else {
            (newest + ahead).saturating_sub(0x1_0000)
        }
    }

    fn reaches(&self, first: Option<u64>) -> usize {
        let from = self.next.or(first).or(self.newest).unwrap_or_default();
        let newest = self.newest.unwrap_or_default();
        usize::try_from(newest.saturating_sub(from)).unwrap_or(usize::MAX)
    }

    fn begin_at_newest(&mut self) {
        let newest = self.newest.unwrap_or_default();
        self.frames.retain(|at, _| *at == newest);
        self.next = None;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{DEPTH_MAX, Jitter, KEPT_MAX, Slot};

    fn frame(of: u8) -> Slot {
        Slot::Frame(vec![of])
    }

    #[test]
    fn what_comes_in_the_wrong_order_is_played_in_the_right_one() {
        let mut jitter = Jitter::default();
        assert_eq!(jitter.pop(), Slot::Waiting);
        for sequence in [u16::MAX, 1, 0, 2] {
            jitter.push(sequence, vec![u8::try_from(sequence & 0xFF).unwrap()]);
        }
        let played: Vec<_> = (0..5).map(|_| jitter.pop()).collect();
        assert_eq!(
            played,
            [frame(255), frame(0), frame(1), frame(2), Slot::Waiting]
        );
    }

    #[test]
    fn what_is_lost_leaves_a_gap_of_its_length() {
        let mut jitter = Jitter::default();
        for sequence in [5, 6, 8] {
            jitter.push(sequence, vec![u8::try_from(sequence).unwrap()]);
        }
        let played: Vec<_> = (0..4).map(|_| jitter.pop()).collect();
        assert_eq!(played, [frame(5), frame(6), Slot::Lost, frame(8)]);
    }

    #[test]
    fn who_comes_late_makes_it_hold_back_more_and_calm_makes_it_less() {
        let mut jitter = Jitter::default();
        for sequence in 0..4 {
            jitter.push(sequence, vec![0]);
        }
        (0..3).for_each(|_| drop(jitter.pop()));
        let before = jitter.depth();
        jitter.push(1, vec![0]);
        assert_eq!(jitter.depth(), before + 1);
        for sequence in 4..1_100 {
            jitter.push(sequence, vec![0]);
            jitter.pop();
        }
        assert_eq!(jitter.depth(), before);
        (0..100).for_each(|_| jitter.push(5, vec![0]));
        assert_eq!(jitter.depth(), DEPTH_MAX);
    }

    #[test]
    fn a_sender_that_begins_anew_is_followed() {
        let mut jitter = Jitter::default();
        for sequence in 0..3 {
            jitter.push(sequence, vec![1]);
        }
        assert_eq!(jitter.pop(), frame(1));
        for sequence in 20_000..20_004 {
            jitter.push(sequence, vec![2]);
        }
        assert_eq!(jitter.pop(), frame(2));
    }

    proptest! {
        #[test]
        fn it_holds_a_second_at_most_and_plays_each_packet_at_most_once(
            arrivals in proptest::collection::vec((any::<u16>(), any::<bool>()), 0..400),
        ) {
            let mut jitter = Jitter::default();
            let mut played = 0;
            for (sequence, pop) in &arrivals {
                jitter.push(*sequence, vec![0]);
                prop_assert!(jitter.frames.len() <= KEPT_MAX);
                if *pop && matches!(jitter.pop(), Slot::Frame(_)) {
                    played += 1;
                }
            }
            prop_assert!(played <= arrivals.len());
        }

        /// Up to four packets out of place, none lost: all are played, in order.
        #[test]
        fn a_stream_that_is_shaken_is_whole(shakes in proptest::collection::vec(0_usize..3, 60..120), start: u16) {
            let count = shakes.len();
            let mut order: Vec<usize> = (0..count).collect();
            order.sort_by_key(|at| (at + shakes[*at], *at));
            let mut jitter = Jitter::default();
            let mut played = Vec::new();
            for (arrived, at) in order.iter().enumerate() {
                let sequence = start.wrapping_add(u16::try_from(*at).unwrap());
                jitter.push(sequence, vec![u8::try_from(*at).unwrap()]);
                // It begins when three more have come than it waits for: the shaking is over before it plays.
                if arrived >= 6 {
                    played.push(jitter.pop());
                }
            }
            played.extend((0..6).map(|_| jitter.pop()));
            let whole: Vec<_> = (0..count).map(|at| frame(u8::try_from(at).unwrap())).collect();
            prop_assert_eq!(played, whole);
        }
    }
}
