//! G.711 (ITU-T G.711, 1988): one byte a sample, on a curve that keeps quiet sounds apart.

/// Which of the two curves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Law {
    /// µ-law, `PCMU`: North America and Japan.
    Mu,
    /// A-law, `PCMA`: everywhere else, China included.
    A,
}

/// Added before the logarithm is taken, so that the smallest step has a leading bit (µ-law).
const BIAS: i32 = 0x84;

/// The loudest sample that µ-law can say.
const CLIP: i32 = 32_635;

/// Alternate bits are turned over on the line, so that silence has edges (A-law).
const TURNED: u8 = 0x55;

impl Law {
    /// Its payload type in RTP (RFC 3551, table 4).
    pub const fn payload_type(self) -> u8 {
        match self {
            Self::Mu => 0,
            Self::A => 8,
        }
    }

    /// The law of a payload type.
    pub const fn of(payload_type: u8) -> Option<Self> {
        match payload_type {
            0 => Some(Self::Mu),
            8 => Some(Self::A),
            _ => None,
        }
    }

    /// Its name in SDP.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Mu => "PCMU",
            Self::A => "PCMA",
        }
    }

    /// The byte of silence.
    pub const fn silence(self) -> u8 {
        match self {
            Self::Mu => 0xFF,
            Self::A => 0xD5,
        }
    }

    /// A sample as a byte.
    pub fn encode(self, sample: i16) -> u8 {
        match self {
            Self::Mu => mu(sample),
            Self::A => a(sample),
        }
    }

    /// A byte as a sample.
    pub fn decode(self, byte: u8) -> i16 {
        let table = match self {
            Self::Mu => &MU,
            Self::A => &A,
        };
        table[usize::from(byte)]
    }

    /// A payload as samples.
    pub fn samples(self, payload: &[u8]) -> impl Iterator<Item = i16> {
        payload.iter().map(move |byte| self.decode(*byte))
    }

    /// Samples as a payload.
    pub fn payload(self, samples: &[i16]) -> Vec<u8> {
        samples.iter().map(|sample| self.encode(*sample)).collect()
    }

    /// A payload of this law in another one.
    pub fn translate(self, payload: &[u8], into: Self) -> Vec<u8> {
        if self == into {
            return payload.to_vec();
        }
        self.samples(payload)
            .map(|sample| into.encode(sample))
            .collect()
    }
}

static MU: [i16; 256] = table(true);
static A: [i16; 256] = table(false);

#[expect(
    clippy::cast_possible_truncation,
    reason = "an index below 256, and samples below 2^15"
)]
const fn table(mu: bool) -> [i16; 256] {
    let mut table = [0; 256];
    let mut at = 0;
    while at < 256 {
        let byte = at as u8;
        table[at] = (if mu { from_mu(byte) } else { from_a(byte) }) as i16;
        at += 1;
    }
    table
}

const fn from_mu(byte: u8) -> i32 {
    let said = !byte;
    let size = ((((said & 0x0F) as i32) << 3) + BIAS) << ((said & 0x70) >> 4);
    if said & 0x80 == 0 {
        size - BIAS
    } else {
        BIAS - size
    }
}

const fn from_a(byte: u8) -> i32 {
    let said = byte ^ TURNED;
    let segment = (said & 0x70) >> 4;
    let step = (said & 0x0F) as i32;
    let size = match segment {
        0 => (step << 4) + 8,
        _ => ((step << 4) + 0x108) << (segment - 1),
    };
    if said & 0x80 == 0 { -size } else { size }
}

fn mu(sample: i16) -> u8 {
    let sign = if sample < 0 { 0x80 } else { 0 };
    let size = i32::from(sample).abs().min(CLIP) + BIAS;
    // The leading bit is bit 7 at least, because of the bias, and bit 14 at most.
    let segment = size.ilog2() - 7;
    let step = (size >> (segment + 3)) & 0x0F;
    !(sign | low(segment << 4) | low(step.unsigned_abs()))
}

fn a(sample: i16) -> u8 {
    let (sign, size) = match u32::try_from(sample) {
        Ok(size) => (0x80, size >> 4),
        Err(_) => (0, u32::from((!sample).unsigned_abs()) >> 4),
    };
    let segment = if size > 15 { size.ilog2() - 3 } else { 0 };
    let step = if segment > 1 {
        size >> (segment - 1)
    } else {
        size
    } & 0x0F;
    (sign | low(segment << 4) | low(step)) ^ TURNED
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "three bits of a segment and four of a step"
)]
fn low(bits: u32) -> u8 {
    bits as u8
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::Law;

    #[test]
    fn the_ends_and_the_middle_are_those_of_the_standard() {
        for (law, byte, sample) in [
            (Law::Mu, 0xFF, 0),
            (Law::Mu, 0x80, 32_124),
            (Law::Mu, 0x00, -32_124),
            (Law::Mu, 0xF0, 120),
            (Law::A, 0xD5, 8),
            (Law::A, 0x55, -8),
            (Law::A, 0xAA, 32_256),
            (Law::A, 0x2A, -32_256),
            (Law::A, 0xC5, 264),
        ] {
            assert_eq!(law.decode(byte), sample, "{law:?} {byte:#x}");
            assert_eq!(law.encode(sample), byte, "{law:?} {sample}");
        }
        assert_eq!(Law::Mu.encode(i16::MIN), 0x00);
        assert_eq!(Law::A.encode(i16::MIN), 0x2A);
        assert_eq!(Law::Mu.encode(0), Law::Mu.silence());
        assert_eq!(Law::A.encode(0), Law::A.silence());
    }

    #[test]
    fn what_was_said_once_is_said_the_same_again() {
        for law in [Law::Mu, Law::A] {
            for byte in 0..=u8::MAX {
                // µ-law has a zero below zero, which is zero.
                let same = if (law, byte) == (Law::Mu, 0x7F) {
                    0xFF
                } else {
                    byte
                };
                assert_eq!(law.encode(law.decode(byte)), same, "{law:?} {byte:#x}");
            }
        }
    }

    proptest! {
        #[test]
        fn nothing_is_further_off_than_half_a_step(sample: i16) {
            for law in [Law::Mu, Law::A] {
                let heard = i32::from(law.decode(law.encode(sample)));
                let off = (heard - i32::from(sample)).abs();
                // A step is a sixteenth of the segment; the last segment of µ-law is cut.
                let most = (i32::from(sample).abs() + 132) / 32 + 8;
                let most = if i32::from(sample).abs() > 32_124 { 644 } else { most };
                prop_assert!(off <= most, "{law:?} {sample} {heard}");
            }
        }

        #[test]
        fn louder_is_never_quieter(one: i16, other: i16) {
            let (low, high) = (one.min(other), one.max(other));
            for law in [Law::Mu, Law::A] {
                prop_assert!(law.decode(law.encode(low)) <= law.decode(law.encode(high)));
            }
        }
    }
}
