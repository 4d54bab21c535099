//! The sending side of a stream. It owns sequence, timestamp and source, so that what plays can change — queue music, an
//! agent, hold music, a prompt — and the one who listens hears one unbroken stream. Phones that see a stream jump drop it.

use crate::{
    digits::{self, Digit},
    rtcp::Sent,
    rtp::Packet,
};

/// A stream to one peer.
#[derive(Clone, Debug)]
pub struct Outlet {
    ssrc: u32,
    sequence: u16,
    timestamp: u32,
    payload_type: u8,
    /// The next packet is the first after a silence.
    fresh: bool,
    packets: u32,
    bytes: u32,
}

impl Outlet {
    /// A stream that begins at numbers which the caller drew: a peer must not guess them (RFC 3550, section 5.1).
    pub fn new(ssrc: u32, sequence: u16, timestamp: u32, payload_type: u8) -> Self {
        Self {
            ssrc,
            sequence,
            timestamp,
            payload_type,
            fresh: true,
            packets: 0,
            bytes: 0,
        }
    }

    /// Another codec from now on: the other side was asked again. The stream stays the same.
    pub fn speak(&mut self, payload_type: u8) {
        self.payload_type = payload_type;
    }

    /// What was said so far.
    pub fn sent(&self) -> Sent {
        Sent {
            source: self.ssrc,
            packets: self.packets,
            bytes: self.bytes,
            timestamp: self.timestamp,
        }
    }

    /// A payload of G.711, as the datagram that carries it. A byte is a sample, so its length is the time it takes.
    pub fn frame(&mut self, payload: &[u8]) -> Vec<u8> {
        let datagram = self.packet(self.payload_type, self.fresh, payload);
        self.fresh = false;
        self.pass(payload.len());
        datagram
    }

    /// Time in which nothing is sent. Time goes on for the listener.
    pub fn pause(&mut self, samples: usize) {
        self.pass(samples);
        self.fresh = true;
    }

    /// A digit, as the datagrams that say it: one for each 20 ms, with `payload_type` as it was agreed. All have the time at
    /// which it began (RFC 4733, section 2.5.1.2); the stream goes on behind it.
    pub fn digit(&mut self, payload_type: u8, digit: Digit, samples: u16) -> Vec<Vec<u8>> {
        let said = digits::packets(digit, samples);
        let datagrams = said
            .iter()
            .enumerate()
            .map(|(at, payload)| self.packet(payload_type, at == 0, payload))
            .collect();
        self.pass(usize::from(samples));
        self.fresh = true;
        datagrams
    }

    fn packet(&mut self, payload_type: u8, marker: bool, payload: &[u8]) -> Vec<u8> {
        let packet = Packet {
            marker,
            payload_type,
            sequence: self.sequence,
            timestamp: self.timestamp,
            ssrc: self.ssrc,
            payload,
        };
        self.sequence = self.sequence.wrapping_add(1);
        let bytes = u32::try_from(payload.len()).unwrap_or_default();
        self.packets = self.packets.wrapping_add(1);
        self.bytes = self.bytes.wrapping_add(bytes);
        packet.to_bytes()
    }

    #[expect(
        clippy::cast_possible_truncation,
        reason = "the timestamp counts samples modulo 2^32"
    )]
    fn pass(&mut self, samples: usize) {
        self.timestamp = self.timestamp.wrapping_add(samples as u32);
    }
}

#[cfg(test)]
mod tests {
    use super::Outlet;
    use crate::{FRAME, digits::Digit, rtp::Packet};

    #[test]
    fn a_listener_hears_one_stream_whatever_plays() {
        let mut outlet = Outlet::new(7, u16::MAX - 1, u32::MAX - 200, 0);
        let mut heard = Vec::new();
        heard.push(outlet.frame(&[1; FRAME]));
        heard.push(outlet.frame(&[2; FRAME]));
        outlet.speak(8);
        heard.push(outlet.frame(&[3; FRAME]));
        outlet.pause(3 * FRAME);
        heard.push(outlet.frame(&[4; FRAME]));
        let packets: Vec<_> = heard.iter().map(|it| Packet::parse(it).unwrap()).collect();
        for pair in packets.windows(2) {
            assert_eq!(pair[1].sequence, pair[0].sequence.wrapping_add(1));
            assert_eq!(pair[1].ssrc, pair[0].ssrc);
        }
        let passed = |at: usize| packets[at].timestamp.wrapping_sub(packets[0].timestamp);
        assert_eq!([passed(1), passed(2), passed(3)], [160, 320, 960]);
        let marked: Vec<_> = packets.iter().map(|it| it.marker).collect();
        assert_eq!(marked, [true, false, false, true]);
        let spoken: Vec<_> = packets.iter().map(|it| it.payload_type).collect();
        assert_eq!(spoken, [0, 0, 8, 8]);
    }

    #[test]
    fn a_digit_has_one_time_and_the_stream_goes_on_behind_it() {
        let mut outlet = Outlet::new(7, 10, 1_000, 8);
        let said = outlet.digit(101, Digit::of('5').unwrap(), 800);
        let packets: Vec<_> = said.iter().map(|it| Packet::parse(it).unwrap()).collect();
        assert!(
            packets
                .iter()
                .all(|it| it.timestamp == 1_000 && it.payload_type == 101)
        );
        assert!(packets[0].marker && !packets[1].marker);
        let next = outlet.frame(&[0; FRAME]);
        let next = Packet::parse(&next).unwrap();
        assert_eq!(next.timestamp, 1_800);
        assert_eq!(usize::from(next.sequence), 10 + packets.len());
    }
}
