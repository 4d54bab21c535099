//! Recordings: two channels of 16-bit samples in a WAV file (RIFF, 1991), written while the call lasts. The caller is left, the
//! desk is right. Each packet lies where its time says, so that both sides fit together and gaps are silence.
//!
//! The file is whole at every moment but for two lengths in its head, which are written at the end; [`repaired`] tells them for a
//! file whose writer died.

use crate::RATE;

/// Bytes of the head.
pub const HEAD: usize = 44;

/// Bytes of one moment: two samples.
const MOMENT: u32 = 4;

/// Samples that are held back for the side that is late: 300 ms, which is later than a packet that is still worth hearing. What is
/// held back is lost when the process dies.
const HELD: u64 = RATE as u64 * 3 / 10;

/// Samples that one side may be ahead of what was written. Beyond it a timestamp is a lie or begins anew.
const AHEAD_MAX: u64 = 10 * RATE as u64;

/// Whose sound it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The caller: left.
    Caller,
    /// Agents, music and prompts: right.
    Desk,
}

/// The head of a file with so many bytes of sound. While the length is not known, 0 is written.
pub fn head(sound_bytes: u32) -> [u8; HEAD] {
    let mut head = [0; HEAD];
    let mut at = 0;
    let mut put = |bytes: &[u8]| {
        head[at..at + bytes.len()].copy_from_slice(bytes);
        at += bytes.len();
    };
    put(b"RIFF");
    put(&sound_bytes.saturating_add(36).to_le_bytes());
    put(b"WAVEfmt ");
    put(&16_u32.to_le_bytes());
    // Plain samples, two channels.
    put(&1_u16.to_le_bytes());
    put(&2_u16.to_le_bytes());
    put(&RATE.to_le_bytes());
    put(&(RATE * MOMENT).to_le_bytes());
    put(&4_u16.to_le_bytes());
    put(&16_u16.to_le_bytes());
    put(b"data");
    put(&sound_bytes.to_le_bytes());
    head
}

/// What is right for a file of this many bytes whose writer died: its head, and how long it is when a half-written moment is cut
/// off. `None` when not even the head was written.
pub fn repaired(file_bytes: u64) -> Option<([u8; HEAD], u64)> {
    let sound = file_bytes.checked_sub(HEAD as u64)?;
    let sound = sound - sound % u64::from(MOMENT);
    // A WAV file ends at 4 GiB: 37 hours.
    let told = u32::try_from(sound).unwrap_or(u32::MAX - 36 - 3);
    Some((head(told), HEAD as u64 + sound))
}

/// Puts both sides together.
#[derive(Clone, Debug, Default)]
pub struct Recorder {
    /// Moments that were given out to be written.
    written: u64,
    /// Moments after those, as left and right.
    held: Vec<[i16; 2]>,
    /// Moments from here on are silent: card data is being told.
    paused: bool,
}

impl Recorder {
    /// Sound of one side that began so many samples after the recording did. What comes too late, or lies too far ahead, is
    /// left out; true when it was taken.
    pub fn put(&mut self, side: Side, at: u64, samples: &[i16]) -> bool {
        let end = at.saturating_add(samples.len() as u64);
        if end <= self.written || end > self.written + AHEAD_MAX {
            return false;
        }
        if self.paused {
            return true;
        }
        let late = self.written.saturating_sub(at);
        let skip = usize::try_from(late).unwrap_or(usize::MAX);
        let begin = usize::try_from(at.saturating_sub(self.written)).unwrap_or(usize::MAX);
        let taken = samples.get(skip..).unwrap_or_default();
        let needed = begin + taken.len();
        if self.held.len() < needed {
            self.held.resize(needed, [0; 2]);
        }
        let channel = match side {
            Side::Caller => 0,
            Side::Desk => 1,
        };
        for (moment, sample) in self.held[begin..].iter_mut().zip(taken) {
            moment[channel] = *sample;
        }
        true
    }

    /// From now on nothing is recorded, or it is again. Time goes on meanwhile.
    pub fn pause(&mut self, paused: bool) {
        self.paused = paused;
    }

    /// What can be written when so many samples have passed since the beginning: all but the last moment, since a packet may
    /// still come.
    pub fn due(&mut self, now: u64) -> Vec<u8> {
        self.give(now.saturating_sub(HELD))
    }

    /// All that is left, when the call ended after so many samples.
    pub fn rest(&mut self, now: u64) -> Vec<u8> {
        self.give(now.min(self.written + AHEAD_MAX))
    }

    fn give(&mut self, until: u64) -> Vec<u8> {
        let Ok(count) = usize::try_from(until.saturating_sub(self.written)) else {
            return Vec::new();
        };
        if self.held.len() < count {
            self.held.resize(count, [0; 2]);
        }
        self.written += count as u64;
        let given = self.held.drain(..count).flatten();
        given.flat_map(i16::to_le_bytes).collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{AHEAD_MAX, HEAD, HELD, Recorder, Side, head, repaired};
    use crate::FRAME;

    fn moments(bytes: &[u8]) -> Vec<[i16; 2]> {
        let moment = |it: &[u8]| {
            [
                i16::from_le_bytes([it[0], it[1]]),
                i16::from_le_bytes([it[2], it[3]]),
            ]
        };
        bytes.chunks_exact(4).map(moment).collect()
    }

    #[test]
    fn both_sides_lie_where_their_time_says_and_gaps_are_silence() {
        let mut recorder = Recorder::default();
        assert!(recorder.put(Side::Caller, 0, &[1; FRAME]));
        assert!(recorder.put(Side::Desk, 80, &[2; FRAME]));
        assert!(recorder.put(Side::Caller, 400, &[3; FRAME]));
        let all = moments(&recorder.rest(600));
        assert_eq!(all.len(), 600);
        assert_eq!([all[0], all[79], all[80]], [[1, 0], [1, 0], [1, 2]]);
        assert_eq!([all[160], all[239], all[240]], [[0, 2], [0, 2], [0, 0]]);
        assert_eq!([all[399], all[400], all[560]], [[0, 0], [3, 0], [0, 0]]);
    }

    #[test]
    fn what_comes_after_its_time_was_written_is_left_out_and_the_rest_of_it_is_kept() {
        let mut recorder = Recorder::default();
        assert_eq!(recorder.due(HELD), [0_u8; 0]);
        assert_eq!(moments(&recorder.due(HELD + 100)).len(), 100);
        assert!(!recorder.put(Side::Caller, 0, &[5; 100]));
        assert!(recorder.put(Side::Caller, 60, &[5; FRAME]));
        assert!(!recorder.put(Side::Caller, AHEAD_MAX + 100, &[5; FRAME]));
        assert!(!recorder.put(Side::Caller, u64::MAX, &[5; FRAME]));
        let rest = moments(&recorder.rest(300));
        let heard = rest.iter().filter(|it| **it == [5, 0]).count();
        assert_eq!((rest.len(), heard), (200, 120));
    }

    #[test]
    fn a_card_number_is_not_in_it() {
        let mut recorder = Recorder::default();
        recorder.put(Side::Caller, 0, &[1; FRAME]);
        recorder.pause(true);
        assert!(recorder.put(Side::Caller, 160, &[9; FRAME]));
        recorder.pause(false);
        recorder.put(Side::Caller, 320, &[1; FRAME]);
        let all = moments(&recorder.rest(480));
        assert!(all.iter().all(|it| it[0] != 9));
        assert_eq!((all[0], all[200], all[330]), ([1, 0], [0, 0], [1, 0]));
    }

    #[test]
    fn a_file_whose_writer_died_gets_its_lengths() {
        let (mended, length) = repaired(HEAD as u64 + 1_003).unwrap();
        assert_eq!(length, HEAD as u64 + 1_000);
        assert_eq!(mended, head(1_000));
        assert_eq!(u32::from_le_bytes(mended[4..8].try_into().unwrap()), 1_036);
        assert_eq!(
            u32::from_le_bytes(mended[40..44].try_into().unwrap()),
            1_000
        );
        assert_eq!(repaired(20), None);
        assert!(repaired(u64::MAX).is_some());
    }

    proptest! {
        #[test]
        fn it_is_as_long_as_the_call_and_holds_a_bounded_part_of_it(
            packets in proptest::collection::vec((any::<bool>(), 0_u64..200_000, 0_usize..400), 0..80),
        ) {
            let mut recorder = Recorder::default();
            let (mut written, mut now) = (0, 0);
            for (caller, at, length) in packets {
                let side = if caller { Side::Caller } else { Side::Desk };
                recorder.put(side, at, &vec![1; length]);
                now += 160;
                written += recorder.due(now).len() as u64;
                prop_assert!(recorder.held.len() as u64 <= AHEAD_MAX);
            }
            written += recorder.rest(now).len() as u64;
            prop_assert_eq!(written, now * 4);
        }
    }
}
