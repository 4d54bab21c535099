//! Content-Transfer-Encoding, read however damaged it is.

use std::borrow::Cow;

use base64::{Engine, engine::general_purpose::STANDARD};

use crate::problem::{Problem, note};

/// How the bytes of a part were packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub(crate) enum Transfer {
    /// As they are.
    #[default]
    Plain,
    Base64,
    Quoted,
    Uu,
}

impl Transfer {
    pub(crate) fn of(text: &str) -> Self {
        let name = text.split([';', '(', ' ']).next().unwrap_or_default();
        match name.trim().trim_matches('"').to_ascii_lowercase().as_str() {
            "base64" | "base-64" | "b64" => Self::Base64,
            "quoted-printable" | "quotedprintable" | "quoted_printable" => Self::Quoted,
            "x-uuencode" | "uuencode" | "x-uue" | "uue" => Self::Uu,
            _ => Self::Plain,
        }
    }

    /// The bytes, unpacked.
    pub(crate) fn unpack<'a>(self, raw: &'a [u8], problems: &mut Vec<Problem>) -> Cow<'a, [u8]> {
        match self {
            Self::Plain => Cow::Borrowed(raw),
            Self::Base64 => Cow::Owned(base64(raw, problems)),
            Self::Quoted => Cow::Owned(quoted(raw)),
            Self::Uu => {
                if let Some((_, bytes)) = uu(raw) {
                    Cow::Owned(bytes)
                } else {
                    note(problems, Problem::TransferBroken);
                    Cow::Borrowed(raw)
                }
            }
        }
    }
}

/// The value of two hexadecimal digits.
pub(crate) fn hex(digits: &[u8]) -> Option<u8> {
    let value = |it: u8| {
        char::from(it)
            .to_digit(16)
            .and_then(|it| u8::try_from(it).ok())
    };
    match digits {
        [high, low] => Some(value(*high)? << 4 | value(*low)?),
        _ => None,
    }
}

fn base64(raw: &[u8], problems: &mut Vec<Problem>) -> Vec<u8> {
    let tight: Vec<u8> = raw
        .iter()
        .copied()
        .filter(|it| !it.is_ascii_whitespace())
        .collect();
    if let Ok(bytes) = STANDARD.decode(&tight) {
        return bytes;
    }
    let (bytes, foreign) = lenient_base64(&tight);
    // A text that only says that it is base64 is better shown as it is.
    if foreign * 4 > tight.len() {
        note(problems, Problem::TransferBroken);
        return raw.to_vec();
    }
    if foreign > 0 {
        note(problems, Problem::TransferBroken);
    }
    bytes
}

/// Base64 with whatever is none left out, padding in the middle, and no padding at the end.
pub(crate) fn lenient_base64(text: &[u8]) -> (Vec<u8>, usize) {
    let mut out = Vec::with_capacity(text.len() / 4 * 3 + 3);
    let (mut bits, mut count, mut foreign) = (0_u32, 0_u32, 0);
    for byte in text {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            b'=' => {
                // Whatever follows begins anew.
                (bits, count) = (0, 0);
                continue;
            }
            _ => {
                foreign += usize::from(!byte.is_ascii_whitespace());
                continue;
            }
        };
        bits = bits << 6 | u32::from(value);
        count += 6;
        if count >= 8 {
            count -= 8;
            out.push(u8::try_from(bits >> count & 0xff).unwrap_or_default());
        }
    }
    (out, foreign)
}

fn quoted(raw: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(raw.len());
    for line in raw.split_inclusive(|it| *it == b'\n') {
        let content = line.trim_ascii_end();
        let ended = line.ends_with(b"\n");
        let mut at = 0;
        let mut soft = false;
        while at < content.len() {
            if content[at] != b'=' {
                out.push(content[at]);
                at += 1;
            } else if let Some(byte) = content.get(at + 1..at + 3).and_then(hex) {
                out.push(byte);
                at += 3;
            } else if at + 1 == content.len() {
                soft = true;
                at += 1;
            } else {
                out.push(b'=');
                at += 1;
            }
        }
        if ended && !soft {
            if line.ends_with(b"\r\n") {
                out.push(b'\r');
            }
            out.push(b'\n');
        } else if !ended && !soft {
            // Blanks at the very end were in front of no line end: they are text.
            out.extend_from_slice(&line[content.len()..]);
        }
    }
    out
}

/// The name, and what is between `begin 644 name` and `end`.
pub(crate) fn uu(raw: &[u8]) -> Option<(String, Vec<u8>)> {
    let mut lines = raw.split(|it| *it == b'\n').map(<[u8]>::trim_ascii_end);
    let first = lines.find(|it| it.starts_with(b"begin "))?;
    let name = String::from_utf8_lossy(first);
    let name = name.splitn(3, ' ').nth(2).unwrap_or_default().to_owned();
    let mut out = Vec::with_capacity(raw.len() / 4 * 3);
    for line in lines {
        let Some((length, data)) = line.split_first() else {
            continue;
        };
        if line == b"end" {
            break;
        }
        let length = usize::from(length.wrapping_sub(0x20) & 0x3f);
        let start = out.len();
        for group in data.chunks(4) {
            let value = |at: usize| {
                u32::from(group.get(at).copied().unwrap_or(0x20).wrapping_sub(0x20) & 0x3f)
            };
            let bits = value(0) << 18 | value(1) << 12 | value(2) << 6 | value(3);
            out.extend_from_slice(&bits.to_be_bytes()[1..]);
        }
        out.truncate(start + length);
    }
    Some((name, out))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(transfer: Transfer, raw: &[u8], expect: &[u8]) {
        let found = transfer.unpack(raw, &mut Vec::new());
        assert_eq!(
            String::from_utf8_lossy(&found),
            String::from_utf8_lossy(expect)
        );
    }

    #[test]
    fn damaged_packing_gives_what_is_left() {
        check(Transfer::Base64, b"aGVs\r\nbG8=", b"hello");
        check(Transfer::Base64, b"aGVsbG8", b"hello");
        check(Transfer::Base64, b"aGVsbG8=aGVsbG8=", b"hellohello");
        check(Transfer::Base64, b"aGVs!bG8=", b"hello");
        check(
            Transfer::Base64,
            "你好，这不是编码".as_bytes(),
            "你好，这不是编码".as_bytes(),
        );
        check(Transfer::Quoted, b"a=3Db=\r\nc =20\r\n", b"a=bc  \r\n");
        check(Transfer::Quoted, b"100=% =zz end", b"100=% =zz end");
        check(Transfer::Quoted, b"a \t\r\nb", b"a\r\nb");
        check(Transfer::Uu, b"begin 644 a.txt\n#0V%T\n`\nend\n", b"Cat");
    }
}
