//! Digits as events (RFC 4733): what a caller types, said in packets of their own instead of in tones.

use crate::FRAME;

/// A key of a telephone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Digit(u8);

/// The keys, in the order of their codes (RFC 4733, table 3).
const KEYS: &[u8; 16] = b"0123456789*#ABCD";

/// The end of a digit is said this often, since a packet may be lost (section 2.5.1.4).
const ENDS: usize = 3;

/// Loudness that is written, in dB below full: what phones use.
const VOLUME: u8 = 10;

/// A longer one is said in several segments (section 2.5.1.3).
const SEGMENT: u16 = u16::MAX;

impl Digit {
    /// The key with this name.
    pub fn of(key: char) -> Option<Self> {
        let key = u8::try_from(key.to_ascii_uppercase()).ok()?;
        let at = KEYS.iter().position(|it| *it == key)?;
        u8::try_from(at).ok().map(Self)
    }

    /// Its name.
    pub fn key(self) -> char {
        char::from(KEYS[usize::from(self.0)])
    }
}

/// The payloads that say a digit of this length: one each 20 ms, and its end three times.
pub fn packets(digit: Digit, samples: u16) -> Vec<[u8; 4]> {
    let payload = |end: bool, so_far: u16| {
        let [high, low] = so_far.to_be_bytes();
        let flags = if end { 0x80 } else { 0 };
        [digit.0, flags | VOLUME, high, low]
    };
    let running = (1..).map(|at: u16| at.saturating_mul(160));
    let mut said: Vec<_> = running
        .take_while(|so_far| *so_far < samples)
        .map(|so_far| payload(false, so_far))
        .collect();
    said.extend([payload(true, samples); ENDS]);
    said
}

/// Listens to the events of one stream and tells each digit once, at its first packet that arrives.
#[derive(Clone, Debug, Default)]
pub struct Listener {
    last: Option<Event>,
    source: Option<u32>,
}

#[derive(Clone, Copy, Debug)]
struct Event {
    code: u8,
    began: u32,
    lasts: u16,
}

impl Listener {
    /// The same of a stream that may be another than before (its SSRC): its time says nothing of the time of the other.
    pub fn hear_from(&mut self, source: u32, timestamp: u32, payload: &[u8]) -> Option<Digit> {
        if self.source.replace(source) != Some(source) {
            self.last = None;
        }
        self.hear(timestamp, payload)
    }

    /// Takes the payload of an event packet in; the digit, when it is one that was not told yet. Anything else (tones of fax
    /// machines, flashes, what is cut off) is passed over.
    pub fn hear(&mut self, timestamp: u32, payload: &[u8]) -> Option<Digit> {
        let (&[code, _, high, low], _) = payload.split_first_chunk::<4>()?;
        if usize::from(code) >= KEYS.len() {
            return None;
        }
        let lasts = u16::from_be_bytes([high, low]);
        let event = Event {
            code,
            began: timestamp,
            lasts,
        };
        let known = self.last.is_some_and(|last| event.repeats(last));
        match &mut self.last {
            // The same, heard again or for longer. What is said late of an older one changes nothing.
            Some(last) if known => {
                if last.began == timestamp {
                    last.lasts = last.lasts.max(lasts);
                } else if event.goes_on(*last) {
                    *last = event;
                }
                None
            }
            _ => {
                self.last = Some(event);
                Some(Digit(code))
            }
        }
    }
}

impl Event {
    fn repeats(self, last: Self) -> bool {
        let later = self.began.wrapping_sub(last.began);
        let older = later > u32::MAX / 2;
        later == 0 || older || self.goes_on(last)
    }

    /// The next segment of one that is longer than a packet can say.
    fn goes_on(self, last: Self) -> bool {
        let later = self.began.wrapping_sub(last.began);
        self.code == last.code && last.lasts == SEGMENT && later == u32::from(SEGMENT)
    }
}

/// Samples of a digit that every exchange hears: 100 ms.
pub const DIGIT_SAMPLES: u16 = 5 * FRAME_SAMPLES;

#[expect(clippy::cast_possible_truncation, reason = "160")]
const FRAME_SAMPLES: u16 = FRAME as u16;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{DIGIT_SAMPLES, Digit, Listener, packets};

    fn digit(key: char) -> Digit {
        Digit::of(key).unwrap()
    }

    #[test]
    fn every_key_has_its_name() {
        for key in "0123456789*#ABCD".chars() {
            assert_eq!(digit(key).key(), key);
        }
        assert_eq!(digit('a').key(), 'A');
        assert_eq!(Digit::of('x'), None);
        assert_eq!(Digit::of('五'), None);
    }

    #[test]
    fn a_digit_is_said_every_twenty_milliseconds_and_its_end_three_times() {
        let said = packets(digit('#'), DIGIT_SAMPLES);
        let lengths: Vec<_> = said
            .iter()
            .map(|it| u16::from_be_bytes([it[2], it[3]]))
            .collect();
        assert_eq!(lengths, [160, 320, 480, 640, 800, 800, 800]);
        let ends: Vec<_> = said.iter().map(|it| it[1] & 0x80 != 0).collect();
        assert_eq!(ends, [false, false, false, false, true, true, true]);
        assert!(said.iter().all(|it| it[0] == 11));
        assert_eq!(packets(digit('1'), u16::MAX).len(), 409 + 3);
    }

    #[test]
    fn the_same_key_twice_is_two_digits_and_a_late_packet_is_none() {
        let mut listener = Listener::default();
        let said = packets(digit('7'), DIGIT_SAMPLES);
        let mut heard = Vec::new();
        for began in [1_000, 3_000] {
            heard.extend(said.iter().filter_map(|it| listener.hear(began, it)));
        }
        assert_eq!(heard, [digit('7'), digit('7')]);
        assert_eq!(listener.hear(1_000, &said[6]), None);
        assert_eq!(listener.hear(4_000, &[200, 0, 0, 0]), None);
        assert_eq!(listener.hear(4_000, &[1, 0]), None);
    }

    #[test]
    fn another_stream_has_another_time() {
        let mut listener = Listener::default();
        let said = packets(digit('7'), DIGIT_SAMPLES);
        let mut hear = |source, began| {
            let heard = said.iter();
            heard
                .filter_map(|it| listener.hear_from(source, began, it))
                .count()
        };
        assert_eq!(hear(1, 5_000_000), 1);
        assert_eq!(hear(1, 5_000_000), 0, "again");
        // The peer was asked to send from elsewhere, and begins its time anew.
        assert_eq!(hear(2, 1_000), 1);
        assert_eq!(hear(2, 3_000), 1);
    }

    #[test]
    fn a_key_held_down_for_ten_seconds_is_one_digit() {
        let mut listener = Listener::default();
        let first = [3, 10, 0xFF, 0xFF];
        assert_eq!(listener.hear(50, &first), Some(digit('3')));
        assert_eq!(listener.hear(50 + 0xFFFF, &[3, 10, 0, 160]), None);
        assert_eq!(listener.hear(50 + 0xFFFF, &[3, 0x8A, 1, 0]), None);
        assert_eq!(
            listener.hear(50 + 2 * 0xFFFF, &[3, 10, 0, 160]),
            Some(digit('3'))
        );
    }

    proptest! {
        /// Whatever is lost of them, if one packet of each arrives.
        #[test]
        fn digits_survive_loss_and_repetition(
            typed in proptest::collection::vec((0_usize..16, any::<[bool; 7]>()), 1..40),
            start: u32,
        ) {
            let mut listener = Listener::default();
            let (mut said, mut heard) = (Vec::new(), Vec::new());
            for (at, (key, kept)) in typed.iter().enumerate() {
                let one = digit(char::from(super::KEYS[*key]));
                let began = start.wrapping_add(u32::try_from(at).unwrap() * 1_600);
                let packets = packets(one, DIGIT_SAMPLES);
                let kept: Vec<_> = packets.iter().zip(kept).filter(|(_, kept)| **kept).collect();
                if !kept.is_empty() {
                    said.push(one);
                }
                heard.extend(kept.iter().filter_map(|(packet, _)| listener.hear(began, *packet)));
            }
            prop_assert_eq!(heard, said);
        }
    }
}
