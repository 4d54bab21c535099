//! Websocket frames as RFC 6455 §5.2 lays them out: just enough to read a server's and to write a client's.

use bytes::{Buf, Bytes, BytesMut};

use super::ClientError;

/// Longest frame taken from a server, in bytes: far above any of ours, far below a memory problem.
const FRAME_BYTES_MAX: u64 = 16 * 1024 * 1024;

/// The bit that says that a mask follows the length.
const MASKED: u8 = 0x80;

/// What a frame is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opcode {
    /// More of the message before.
    Continuation,
    /// UTF-8 text.
    Text,
    /// Bytes.
    Binary,
    /// The other side is leaving.
    Close,
    /// The other side asks for a pong.
    Ping,
    /// The answer to a ping.
    Pong,
}

impl Opcode {
    fn from_bits(bits: u8) -> Result<Self, ClientError> {
        Ok(match bits {
            0x0 => Self::Continuation,
            0x1 => Self::Text,
            0x2 => Self::Binary,
            0x8 => Self::Close,
            0x9 => Self::Ping,
            0xA => Self::Pong,
            _ => return Err(ClientError::Protocol("unknown opcode")),
        })
    }

    fn bits(self) -> u8 {
        match self {
            Self::Continuation => 0x0,
            Self::Text => 0x1,
            Self::Binary => 0x2,
            Self::Close => 0x8,
            Self::Ping => 0x9,
            Self::Pong => 0xA,
        }
    }
}

/// One frame from a server.
#[derive(Debug, PartialEq, Eq)]
pub struct Frame {
    /// What it is.
    pub opcode: Opcode,
    /// Whether its message ends here.
    pub last: bool,
    /// What it carries.
    pub payload: Bytes,
}

/// Takes the first frame off `buffer`, or nothing while it is not whole.
pub fn decode_frame(buffer: &mut BytesMut) -> Result<Option<Frame>, ClientError> {
    let [first, second, ..] = buffer[..] else {
        return Ok(None);
    };
    if second & MASKED != 0 {
        return Err(ClientError::Protocol("a server must not mask"));
    }
    let (head, length) = match second {
        126 if buffer.len() >= 4 => (4, u64::from(u16::from_be_bytes([buffer[2], buffer[3]]))),
        127 if buffer.len() >= 10 => (10, (&buffer[2..10]).get_u64()),
        126 | 127 => return Ok(None),
        short => (2, u64::from(short)),
    };
    if length > FRAME_BYTES_MAX {
        return Err(ClientError::Protocol("frame too long"));
    }
    let length = usize::try_from(length).map_err(|_| ClientError::Protocol("frame too long"))?;
    if buffer.len() < head + length {
        return Ok(None);
    }
    buffer.advance(head);
    Ok(Some(Frame {
        opcode: Opcode::from_bits(first & 0x0F)?,
        last: first & 0x80 != 0,
        payload: buffer.split_to(length).freeze(),
    }))
}

/// Encodes a client's frame, whole. The mask is zero: it guards proxies, and there is none between us and 127.0.0.1.
pub fn encode_frame(opcode: Opcode, payload: &[u8]) -> Vec<u8> {
    let mut frame = Vec::with_capacity(payload.len() + 14);
    frame.push(0x80 | opcode.bits());
    match payload.len() {
        short @ 0..=125 => frame.push(MASKED | u8::try_from(short).expect("at most 125")),
        middle @ 126..=0xFFFF => {
            frame.push(MASKED | 0x7E);
            let length = u16::try_from(middle).expect("at most 65,535");
            frame.extend_from_slice(&length.to_be_bytes());
        }
        long => {
            frame.push(MASKED | 0x7F);
            frame.extend_from_slice(&(long as u64).to_be_bytes());
        }
    }
    frame.extend_from_slice(&[0; 4]);
    frame.extend_from_slice(payload);
    frame
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_is_taken_once_it_is_whole() {
        let mut buffer = BytesMut::from(&[0x81, 0x03, b'a', b'b'][..]);
        assert_eq!(decode_frame(&mut buffer).unwrap(), None);
        buffer.extend_from_slice(b"c\x89\x00");
        let text = decode_frame(&mut buffer).unwrap().unwrap();
        assert_eq!(
            (text.opcode, &text.payload[..]),
            (Opcode::Text, &b"abc"[..])
        );
        let ping = decode_frame(&mut buffer).unwrap().unwrap();
        assert_eq!((ping.opcode, ping.last), (Opcode::Ping, true));
        assert!(buffer.is_empty());
    }

    #[test]
    fn each_length_form_is_written_as_the_rfc_says() {
        assert_eq!(encode_frame(Opcode::Text, &[0; 125])[1], MASKED | 0x7D);
        assert_eq!(
            encode_frame(Opcode::Text, &[0; 126])[1..4],
            [MASKED | 0x7E, 0, 126]
        );
        assert_eq!(
            encode_frame(Opcode::Text, &vec![0; 65_536])[1],
            MASKED | 0x7F
        );
    }

    #[test]
    fn a_masked_frame_from_a_server_is_refused() {
        let mut buffer = BytesMut::from(&[0x81, 0x80, 0, 0, 0, 0][..]);
        assert!(decode_frame(&mut buffer).is_err());
    }
}
