//! Messages in a stream of bytes (TCP): where one ends (RFC 3261, section 18.3).

use crate::message::MESSAGE_MAX;

/// A stream that cannot be followed any more: the connection is to be closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the stream carries no messages")]
pub struct Lost;

/// What came of a stream so far.
#[derive(Clone, Debug, Default)]
pub struct Framing {
    bytes: Vec<u8>,
}

impl Framing {
    /// Takes bytes in.
    pub fn push(&mut self, bytes: &[u8]) {
        self.bytes.extend(bytes);
    }

    /// The next message, when it is there as a whole.
    pub fn message(&mut self) -> Result<Option<Vec<u8>>, Lost> {
        // Line breaks between messages keep a connection open.
        let blank = self
            .bytes
            .iter()
            .take_while(|it| matches!(it, b'\r' | b'\n'));
        let blank = blank.count();
        self.bytes.drain(..blank);
        let mark = b"\r\n\r\n";
        let Some(head) = self.bytes.windows(4).position(|it| it == mark) else {
            return if self.bytes.len() > MESSAGE_MAX {
                Err(Lost)
            } else {
                Ok(None)
            };
        };
        let length = length(&self.bytes[..head]).ok_or(Lost)?;
        let whole = head + mark.len() + length;
        if whole > MESSAGE_MAX {
            return Err(Lost);
        }
        if self.bytes.len() < whole {
            return Ok(None);
        }
        Ok(Some(self.bytes.drain(..whole).collect()))
    }
}

/// What a head says of its body; nothing said is none, and what makes no sense is `None`.
fn length(head: &[u8]) -> Option<usize> {
    let head = String::from_utf8_lossy(head);
    let said = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        let name = name.trim();
        let named = name.eq_ignore_ascii_case("Content-Length") || name.eq_ignore_ascii_case("l");
        named.then(|| value.trim().to_owned())
    });
    match said {
        None => Some(0),
        Some(value) => value.parse().ok().filter(|it| *it <= MESSAGE_MAX),
    }
}

#[cfg(test)]
mod tests {
    use super::{Framing, Lost};

    #[test]
    fn messages_are_found_however_the_stream_is_cut() {
        let stream = b"\r\n\r\nA sip:x SIP/2.0\r\nl: 3\r\n\r\nabcB sip:y SIP/2.0\r\nX: 1\r\n\r\n";
        for step in 1..20 {
            let (mut framing, mut found) = (Framing::default(), Vec::new());
            for part in stream.chunks(step) {
                framing.push(part);
                while let Some(message) = framing.message().unwrap() {
                    found.push(message);
                }
            }
            assert_eq!(found.len(), 2, "{step}");
            assert!(found[0].ends_with(b"abc") && found[1].starts_with(b"B "));
        }
    }

    #[test]
    fn a_stream_without_an_end_is_given_up() {
        let mut framing = Framing::default();
        framing.push(&vec![b'a'; 70_000]);
        assert_eq!(framing.message(), Err(Lost));
        for length in ["-1", "x", "999999999999999999999", "70000"] {
            let mut framing = Framing::default();
            framing.push(format!("A b SIP/2.0\r\nContent-Length: {length}\r\n\r\n").as_bytes());
            assert_eq!(framing.message(), Err(Lost), "{length}");
        }
    }
}
