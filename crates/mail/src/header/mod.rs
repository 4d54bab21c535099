//! Headers: where they are, what they say.

pub(crate) mod address;
pub(crate) mod date;
pub(crate) mod fields;
pub(crate) mod ids;
pub(crate) mod params;
pub(crate) mod words;

use crate::{
    charset::{self, Expected},
    problem::{Problem, note},
};

/// The value of a header as text: unfolded, raw bytes decoded by a guess, encoded words still as they are.
pub(crate) fn plain(raw: &[u8], default: Expected<'_>, problems: &mut Vec<Problem>) -> String {
    let mut line = Vec::with_capacity(raw.len());
    for byte in raw {
        match byte {
            b'\r' | b'\n' | 0 => {}
            b'\t' => line.push(b' '),
            other => line.push(*other),
        }
    }
    let line = line.trim_ascii();
    if line.is_ascii() && !line.contains(&0x1b) {
        return String::from_utf8_lossy(line).into_owned();
    }
    // UTF-8 in headers is legal by now (RFC 6532).
    if std::str::from_utf8(line).is_err() {
        note(problems, Problem::RawHeader);
    }
    charset::read(line, "", default, &mut Vec::new())
}
