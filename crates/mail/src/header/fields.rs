//! Which bytes are which header.

use std::ops::Range;

use crate::HEADERS_MAX;

/// One header: where its name and its value are.
#[derive(Clone, Debug)]
pub(crate) struct Field {
    pub(crate) name: Range<usize>,
    pub(crate) value: Range<usize>,
}

/// The headers of a part, and where its body begins.
#[derive(Clone, Debug, Default)]
pub(crate) struct Fields {
    pub(crate) list: Vec<Field>,
    pub(crate) body: usize,
    pub(crate) too_many: bool,
}

/// Names that nothing but a header begins with: they tell a broken line among headers from the first line of a text.
const TELLING: &[&str] = &[
    "content-type",
    "content-transfer-encoding",
    "content-disposition",
    "mime-version",
    "from",
    "to",
    "cc",
    "date",
    "message-id",
    "received",
    "subject",
    "reply-to",
    "return-path",
    "x-mailer",
    "in-reply-to",
    "references",
];

/// How many lines are looked ahead for a header behind a broken line.
const LOOK_AHEAD: usize = 20;

/// Reads the headers that begin at `start`; nothing at or behind `end` belongs to them.
pub(crate) fn read(raw: &[u8], start: usize, end: usize) -> Fields {
    let mut found = Fields {
        body: end,
        ..Fields::default()
    };
    let mut at = start;
    while at < end {
        let (line, next) = line(raw, at, end);
        let content = &raw[line.clone()];
        if content.is_empty() {
            found.body = next;
            return found;
        }
        let folded = matches!(content[0], b' ' | b'\t');
        if folded && content.trim_ascii().is_empty() && ends_headers(raw, next, end) {
            // A line of blanks where the empty line should be.
            found.body = next;
            return found;
        }
        if folded && !found.list.is_empty() {
            if let Some(last) = found.list.last_mut() {
                last.value.end = line.end;
            }
        } else if let Some(colon) = colon(content) {
            if found.list.len() < HEADERS_MAX {
                let name = line.start..line.start + content[..colon].trim_ascii_end().len();
                found.list.push(Field {
                    name,
                    value: line.start + colon + 1..line.end,
                });
            } else {
                found.too_many = true;
            }
        } else if at == start && (content.starts_with(b"From ") || content.starts_with(b">From ")) {
            // The first line of an mbox.
        } else if headers_follow(raw, next, end) {
            if let Some(last) = found.list.last_mut() {
                last.value.end = line.end;
            }
        } else {
            found.body = at;
            return found;
        }
        at = next;
    }
    found
}

/// The line at `at` without its end, and where the next begins.
pub(crate) fn line(raw: &[u8], at: usize, end: usize) -> (Range<usize>, usize) {
    let stop = memchr(b'\n', &raw[at..end]).map_or(end, |it| at + it);
    let next = (stop + 1).min(end);
    let mut last = stop;
    while last > at && raw[last - 1] == b'\r' {
        last -= 1;
    }
    (at..last, next)
}

fn memchr(byte: u8, bytes: &[u8]) -> Option<usize> {
    bytes.iter().position(|it| *it == byte)
}

/// Where the colon is, if the line begins with a name and a colon.
fn colon(line: &[u8]) -> Option<usize> {
    let colon = line.iter().position(|it| *it == b':')?;
    let name = line[..colon].trim_ascii_end();
    let fine = !name.is_empty()
        && name.len() <= 100
        && name
            .iter()
            .all(|it| it.is_ascii_graphic() && *it != b'<' && *it != b'"');
    fine.then_some(colon)
}

/// Whether what follows a line of blanks is no header any more.
fn ends_headers(raw: &[u8], at: usize, end: usize) -> bool {
    if at >= end {
        return true;
    }
    let (range, _) = line(raw, at, end);
    let content = &raw[range];
    !(content.starts_with(b" ") || content.starts_with(b"\t")) && colon(content).is_none()
}

fn headers_follow(raw: &[u8], mut at: usize, end: usize) -> bool {
    for _ in 0..LOOK_AHEAD {
        if at >= end {
            return false;
        }
        let (range, next) = line(raw, at, end);
        let content = &raw[range];
        if content.is_empty() {
            return false;
        }
        if let Some(colon) = colon(content) {
            let name =
                String::from_utf8_lossy(content[..colon].trim_ascii_end()).to_ascii_lowercase();
            if TELLING.contains(&name.as_str()) {
                return true;
            }
        }
        at = next;
    }
    false
}
