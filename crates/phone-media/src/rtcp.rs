//! Reports about streams (RTCP, RFC 3550, section 6): how much of one arrives and how evenly, told to who sends it.

use crate::RATE;

/// How often reports are sent, in samples: five seconds (section 6.2).
pub const EVERY: u64 = 5 * RATE as u64;

/// A sequence number that is further off than this is of a stream that begins anew (appendix A.1).
const JUMP: u16 = 3_000;

const SENDER: u8 = 200;
const RECEIVER: u8 = 201;
const DESCRIPTION: u8 = 202;

/// How a stream arrived.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Quality {
    /// Packets that arrived.
    pub received: u64,
    /// Packets that did not.
    pub lost: u64,
    /// How unevenly they came (appendix A.8), in microseconds.
    pub jitter_us: u32,
}

/// Measures a stream while it arrives.
#[derive(Clone, Debug, Default)]
pub struct Reception {
    source: u32,
    /// The numbers of the first packet and of the highest, counted on beyond 65,535.
    first: Option<u32>,
    highest: u32,
    /// Packets that were sent before the stream began anew.
    before: u64,
    received: u64,
    /// Sixteen times the jitter, in samples.
    jitter: u32,
    transit: Option<u32>,
    /// What was expected and received at the last report.
    reported: (u64, u64),
}

impl Reception {
    /// A packet arrived. `timestamp` is that of its sound, and nothing where it has no own time, as digits; `now` is when it
    /// arrived, in samples.
    pub fn hear(&mut self, source: u32, sequence: u16, timestamp: Option<u32>, now: u64) {
        self.received += 1;
        let known = self.first.filter(|_| source == self.source);
        let step = sequence.wrapping_sub(low(self.highest));
        let back = step.wrapping_neg();
        match known {
            Some(_) if step < JUMP => self.highest = self.highest.wrapping_add(u32::from(step)),
            // Late, or again.
            Some(_) if back < JUMP => {}
            _ => {
                self.before = self.expected();
                self.source = source;
                self.first = Some(u32::from(sequence));
                self.highest = u32::from(sequence);
                self.transit = None;
            }
        }
        let Some(timestamp) = timestamp else { return };
        // Modulo 2^32, as timestamps are.
        let transit = wrapped(now).wrapping_sub(timestamp);
        if let Some(before) = self.transit.replace(transit) {
            let off = transit.wrapping_sub(before);
            let off = off.min(off.wrapping_neg()).min(RATE);
            self.jitter = self.jitter + off - ((self.jitter + 8) >> 4);
        }
    }

    fn expected(&self) -> u64 {
        let this = self
            .first
            .map_or(0, |first| u64::from(self.highest.wrapping_sub(first)) + 1);
        self.before + this
    }

    /// How it arrived so far.
    pub fn quality(&self) -> Quality {
        Quality {
            received: self.received,
            lost: self.expected().saturating_sub(self.received),
            jitter_us: (self.jitter >> 4) * (1_000_000 / RATE),
        }
    }

    /// What is told of it: the block of a report. `heard` is the last report of who sends it, if there was one.
    fn block(&mut self, heard: Option<Heard>, now: u64) -> Option<[u8; 24]> {
        self.first?;
        let (expected, received) = (self.expected(), self.received);
        let (was_expected, was_received) = self.reported;
        self.reported = (expected, received);
        let due = expected.saturating_sub(was_expected);
        let lost_now = due.saturating_sub(received.saturating_sub(was_received));
        let share = (lost_now * 256).checked_div(due).unwrap_or(0).min(255);
        let share = u8::try_from(share).unwrap_or(u8::MAX);
        let lost = self.quality().lost.min(0x7F_FFFF);
        let [_, a, b, c] = wrapped(lost).to_be_bytes();
        let (last, since) = heard.map_or((0, 0), |it| {
            // In units of 1/65536 seconds.
            let since = now.saturating_sub(it.at) * 65_536 / u64::from(RATE);
            (it.stamp, wrapped(since))
        });
        let mut block = [0; 24];
        block[..4].copy_from_slice(&self.source.to_be_bytes());
        block[4..8].copy_from_slice(&[share, a, b, c]);
        block[8..12].copy_from_slice(&self.highest.to_be_bytes());
        block[12..16].copy_from_slice(&(self.jitter >> 4).to_be_bytes());
        block[16..20].copy_from_slice(&last.to_be_bytes());
        block[20..24].copy_from_slice(&since.to_be_bytes());
        Some(block)
    }
}

/// What this side has sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sent {
    /// Its stream.
    pub source: u32,
    /// Packets.
    pub packets: u32,
    /// Bytes of sound.
    pub bytes: u32,
    /// The time of the stream now.
    pub timestamp: u32,
}

/// The last report of the other side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Heard {
    /// The middle of its time stamp, which is told back.
    pub stamp: u32,
    /// When it came, in samples.
    pub at: u64,
}

/// A report of what was sent and of what arrived. `clock` is the time as NTP counts it: seconds since 1900, and parts of them.
pub fn report(
    sent: Sent,
    clock: u64,
    reception: &mut Reception,
    heard: Option<Heard>,
    now: u64,
) -> Vec<u8> {
    let block = reception.block(heard, now);
    let blocks = u8::from(block.is_some());
    let mut report = Vec::with_capacity(80);
    let words = u16::from(blocks) * 6;
    if sent.packets > 0 {
        head(&mut report, blocks, SENDER, words + 6);
        report.extend(sent.source.to_be_bytes());
        report.extend(clock.to_be_bytes());
        report.extend(sent.timestamp.to_be_bytes());
        report.extend(sent.packets.to_be_bytes());
        report.extend(sent.bytes.to_be_bytes());
    } else {
        head(&mut report, blocks, RECEIVER, words + 1);
        report.extend(sent.source.to_be_bytes());
    }
    report.extend(block.into_iter().flatten());
    // A name has to be told with each (section 6.1). It tells nothing: eight letters of the stream's number, and an end that fills up.
    head(&mut report, 1, DESCRIPTION, 4);
    report.extend(sent.source.to_be_bytes());
    report.extend([1, 8]);
    report.extend(format!("{:08x}", sent.source).bytes());
    report.extend([0, 0]);
    report
}

fn head(report: &mut Vec<u8>, count: u8, kind: u8, words: u16) {
    report.extend([0x80 | count, kind]);
    report.extend(words.to_be_bytes());
}

/// Reads the report of a sender among whatever came: the middle of its time stamp. Anything else is passed over.
pub fn stamp(datagram: &[u8]) -> Option<u32> {
    let mut rest = datagram;
    while let Some((&[flags, kind, high, low], behind)) = rest.split_first_chunk::<4>() {
        if flags >> 6 != 2 {
            return None;
        }
        let bytes = usize::from(u16::from_be_bytes([high, low])) * 4;
        let part = behind.get(..bytes)?;
        if kind == SENDER {
            let stamp = part.get(6..10)?;
            return Some(u32::from_be_bytes([stamp[0], stamp[1], stamp[2], stamp[3]]));
        }
        rest = &behind[bytes..];
    }
    None
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "counts modulo 2^32, as the format does"
)]
fn wrapped(count: u64) -> u32 {
    count as u32
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "counts modulo 2^16, as the format does"
)]
fn low(count: u32) -> u16 {
    count as u16
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Heard, Quality, Reception, Sent, report, stamp};

    fn hear(reception: &mut Reception, packets: impl Iterator<Item = (u16, u64)>) {
        for (at, (sequence, now)) in packets.enumerate() {
            let timestamp = u32::try_from(at).unwrap() * 160;
            reception.hear(7, sequence, Some(timestamp), now);
        }
    }

    #[test]
    fn what_arrives_whole_and_even_has_no_loss_and_no_jitter() {
        let mut reception = Reception::default();
        let packets = (0..1_000_u16).map(|at| (at.wrapping_add(65_000), u64::from(at) * 160));
        hear(&mut reception, packets);
        let whole = Quality {
            received: 1_000,
            lost: 0,
            jitter_us: 0,
        };
        assert_eq!(reception.quality(), whole);
    }

    #[test]
    fn what_is_lost_is_counted_and_what_comes_late_is_not_lost() {
        let mut reception = Reception::default();
        for sequence in (10..110).filter(|it| it % 10 != 5) {
            reception.hear(7, sequence, None, 0);
        }
        assert_eq!(reception.quality().lost, 10);
        reception.hear(7, 15, None, 0);
        assert_eq!(reception.quality().lost, 9);
        // Another stream: what was lost of the one before stays lost.
        reception.hear(8, 40_000, None, 0);
        assert_eq!(reception.quality().lost, 9);
        reception.hear(8, 40_002, None, 0);
        assert_eq!(reception.quality().lost, 10);
    }

    #[test]
    fn packets_that_come_unevenly_have_the_jitter_of_the_standard() {
        let mut reception = Reception::default();
        // Each second packet is 10 ms late: the mean goes to 10 ms.
        let packets = (0..400_u16).map(|at| {
            let late = if at % 2 == 0 { 0 } else { 80 };
            (at, u64::from(at) * 160 + late)
        });
        hear(&mut reception, packets);
        let jitter = reception.quality().jitter_us;
        assert!((9_000..=10_000).contains(&jitter), "{jitter} us");
    }

    #[test]
    fn a_report_says_what_was_sent_and_what_arrived() {
        let mut reception = Reception::default();
        for sequence in [1, 2, 4] {
            reception.hear(0xABCD, sequence, None, 0);
        }
        let sent = Sent {
            source: 0x0102_0304,
            packets: 5,
            bytes: 800,
            timestamp: 900,
        };
        let clock = 0x1111_2222_3333_4444;
        let heard = Heard { stamp: 77, at: 0 };
        let said = report(sent, clock, &mut reception, Some(heard), 8_000);
        assert_eq!(said[..4], [0x81, 200, 0, 12]);
        assert_eq!(said.len(), 52 + 20);
        assert_eq!(said[4..8], [1, 2, 3, 4]);
        assert_eq!(stamp(&said), Some(0x2222_3333));
        let block = &said[28..52];
        assert_eq!(block[..4], 0xABCD_u32.to_be_bytes());
        assert_eq!(block[4..8], [64, 0, 0, 1], "one of four, and one in all");
        assert_eq!(block[8..12], 4_u32.to_be_bytes());
        assert_eq!(block[16..20], 77_u32.to_be_bytes());
        assert_eq!(block[20..24], 65_536_u32.to_be_bytes(), "a second ago");
        assert_eq!(said[52..56], [0x81, 202, 0, 4]);
        assert_eq!(said[60..70], *b"\x01\x0801020304");
        // Who has sent nothing, and heard nobody.
        let silent = Sent { packets: 0, ..sent };
        let said = report(silent, clock, &mut Reception::default(), None, 0);
        assert_eq!(said[..4], [0x80, 201, 0, 1]);
        assert_eq!(stamp(&said), None);
    }

    proptest! {
        #[test]
        fn anything_can_be_read(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = stamp(&bytes);
        }

        #[test]
        fn any_stream_can_be_measured(
            packets in proptest::collection::vec((0_u32..3, any::<u16>(), any::<u32>(), any::<u32>()), 1..200),
        ) {
            let mut reception = Reception::default();
            for (source, sequence, timestamp, now) in packets {
                reception.hear(source, sequence, Some(timestamp), u64::from(now));
                let said = report(Sent::default(), 0, &mut reception, None, u64::from(now));
                prop_assert_eq!(said.len() % 4, 0);
            }
        }
    }
}
