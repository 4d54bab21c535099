//! RTP packets (RFC 3550, section 5.1), and telling them from what shares their port (RFC 5761, RFC 7983).

/// What a datagram is, by its first bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Sound or a digit.
    Rtp,
    /// A report about a stream.
    Rtcp,
    /// Finding a way through address translation.
    Stun,
    /// The keys of a browser's stream.
    Dtls,
    /// Nothing that belongs on this port.
    Other,
}

/// Bytes of the head that every packet has.
const HEAD: usize = 12;

/// What a datagram is.
pub fn kind(datagram: &[u8]) -> Kind {
    match (datagram.first(), datagram.get(1)) {
        (Some(0..=3), _) => Kind::Stun,
        (Some(20..=63), _) => Kind::Dtls,
        (Some(128..=191), Some(192..=223)) => Kind::Rtcp,
        (Some(128..=191), Some(_)) => Kind::Rtp,
        _ => Kind::Other,
    }
}

/// A packet that cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// It ends inside its head.
    #[error("it ends inside its head")]
    Short,
    /// Not version 2.
    #[error("it is of version {0}, not 2")]
    Version(u8),
    /// It says that more of its end is padding than there is.
    #[error("its padding is longer than what it carries")]
    Padding,
}

/// One packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Packet<'a> {
    /// The first of something after a silence.
    pub marker: bool,
    /// What the payload is; 0 to 127.
    pub payload_type: u8,
    /// Counts packets, and begins again after 65,535.
    pub sequence: u16,
    /// Counts samples, and begins again after 2^32.
    pub timestamp: u32,
    /// Whose stream it is.
    pub ssrc: u32,
    /// The sound.
    pub payload: &'a [u8],
}

impl<'a> Packet<'a> {
    /// Reads a datagram. Contributors and header extensions are passed over.
    pub fn parse(datagram: &'a [u8]) -> Result<Self, Malformed> {
        let (head, rest) = datagram
            .split_first_chunk::<HEAD>()
            .ok_or(Malformed::Short)?;
        let version = head[0] >> 6;
        if version != 2 {
            return Err(Malformed::Version(version));
        }
        let contributors = usize::from(head[0] & 0x0F) * 4;
        let mut payload = rest.get(contributors..).ok_or(Malformed::Short)?;
        if head[0] & 0x10 != 0 {
            let (extension, rest) = payload.split_first_chunk::<4>().ok_or(Malformed::Short)?;
            let words = u16::from_be_bytes([extension[2], extension[3]]);
            payload = rest.get(usize::from(words) * 4..).ok_or(Malformed::Short)?;
        }
        if head[0] & 0x20 != 0 {
            let padding = usize::from(*payload.last().ok_or(Malformed::Padding)?);
            let kept = payload.len().checked_sub(padding);
            payload = match kept {
                Some(kept) if padding > 0 => &payload[..kept],
                _ => return Err(Malformed::Padding),
            };
        }
        Ok(Self {
            marker: head[1] & 0x80 != 0,
            payload_type: head[1] & 0x7F,
            sequence: u16::from_be_bytes([head[2], head[3]]),
            timestamp: u32::from_be_bytes([head[4], head[5], head[6], head[7]]),
            ssrc: u32::from_be_bytes([head[8], head[9], head[10], head[11]]),
            payload,
        })
    }

    /// The packet as a datagram.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut datagram = Vec::with_capacity(HEAD + self.payload.len());
        let marker = if self.marker { 0x80 } else { 0 };
        datagram.extend([0x80, marker | (self.payload_type & 0x7F)]);
        datagram.extend(self.sequence.to_be_bytes());
        datagram.extend(self.timestamp.to_be_bytes());
        datagram.extend(self.ssrc.to_be_bytes());
        datagram.extend(self.payload);
        datagram
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Kind, Malformed, Packet, kind};

    #[test]
    fn contributors_extensions_and_padding_are_no_sound() {
        let mut datagram = vec![0xB1, 0x80, 0, 7, 0, 0, 0, 160, 1, 2, 3, 4];
        datagram.extend([9; 4]);
        datagram.extend([0xBE, 0xDE, 0, 1, 8, 8, 8, 8]);
        datagram.extend([1, 2, 3, 0, 2]);
        let packet = Packet::parse(&datagram).unwrap();
        assert_eq!(packet.payload, [1, 2, 3]);
        let told = (packet.marker, packet.payload_type, packet.sequence);
        assert_eq!(told, (true, 0, 7));
        assert_eq!((packet.timestamp, packet.ssrc), (160, 0x0102_0304));
    }

    #[test]
    fn what_is_cut_off_or_lies_is_refused() {
        assert_eq!(Packet::parse(&[0x80; 11]), Err(Malformed::Short));
        assert_eq!(Packet::parse(&[0x40; 12]), Err(Malformed::Version(1)));
        assert_eq!(Packet::parse(&[0x8F; 40]), Err(Malformed::Short));
        let padded = |last| [&[0xA0; 12][..], &[0, last]].concat();
        assert_eq!(Packet::parse(&padded(3)), Err(Malformed::Padding));
        assert_eq!(Packet::parse(&padded(0)), Err(Malformed::Padding));
        assert_eq!(Packet::parse(&padded(2)).unwrap().payload, [0_u8; 0]);
    }

    #[test]
    fn one_port_tells_its_guests_apart() {
        let first = |bytes: &[u8]| kind(bytes);
        assert_eq!(first(&[0, 1]), Kind::Stun);
        assert_eq!(first(&[22, 254]), Kind::Dtls);
        assert_eq!(first(&[0x80, 0]), Kind::Rtp);
        assert_eq!(first(&[0x80, 0x80]), Kind::Rtp);
        assert_eq!(first(&[0x80, 200]), Kind::Rtcp);
        assert_eq!(first(b"INVITE"), Kind::Other);
        assert_eq!(first(&[]), Kind::Other);
    }

    proptest! {
        #[test]
        fn anything_can_be_read(datagram in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = kind(&datagram);
            if let Ok(packet) = Packet::parse(&datagram) {
                prop_assert!(packet.payload.len() <= datagram.len());
            }
        }

        #[test]
        fn what_is_written_is_read(
            marker: bool, payload_type in 0_u8..128, sequence: u16, timestamp: u32, ssrc: u32,
            payload in proptest::collection::vec(any::<u8>(), 0..320),
        ) {
            let packet = Packet { marker, payload_type, sequence, timestamp, ssrc, payload: &payload };
            let datagram = packet.to_bytes();
            prop_assert_eq!(Packet::parse(&datagram), Ok(packet));
        }
    }
}
