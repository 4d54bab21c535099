//! `winmail.dat` (TNEF, MS-OXTNEF): what Outlook puts files into that it sends to the wrong people.

use crate::{
    charset::{self, Expected},
    mail::Part,
    problem::Problem,
};

/// The first four bytes.
const SIGNATURE: u32 = 0x223e_9f78;

/// Files of one `winmail.dat` that are kept.
const FILES_MAX: usize = 1_000;

/// What was in a `winmail.dat`.
#[derive(Debug, Default)]
pub(crate) struct Opened {
    pub(crate) files: Vec<Part>,
    /// The text, where there is one.
    pub(crate) text: String,
    /// The HTML, where there is one.
    pub(crate) html: Option<String>,
}

/// Whether a part is a `winmail.dat`, whatever it is called.
pub(crate) fn is_tnef(part: &Part) -> bool {
    let typed = matches!(
        part.content_type.as_str(),
        "application/ms-tnef" | "application/vnd.ms-tnef"
    );
    let named =
        part.name.eq_ignore_ascii_case("winmail.dat") || part.name.eq_ignore_ascii_case("win.dat");
    (typed || named) && part.bytes.starts_with(&SIGNATURE.to_le_bytes())
}

/// Reads bytes from the front.
struct Bytes<'a>(&'a [u8]);

impl<'a> Bytes<'a> {
    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (front, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(front)
    }

    fn number(&mut self) -> Option<u32> {
        self.take(4)?.try_into().ok().map(u32::from_le_bytes)
    }

    fn short(&mut self) -> Option<u16> {
        self.take(2)?.try_into().ok().map(u16::from_le_bytes)
    }

    fn length(&mut self) -> Option<usize> {
        usize::try_from(self.number()?).ok()
    }

    /// Bytes with their length before them, and what fills the last four.
    fn sized(&mut self) -> Option<&'a [u8]> {
        let length = self.length()?;
        let data = self.take(length)?;
        self.take((4 - length % 4) % 4).or(Some(&[]))?;
        Some(data)
    }
}

/// What is in a `winmail.dat`; nothing where it is none, or damaged before anything was found.
pub(crate) fn open(
    bytes: &[u8],
    default: Expected<'_>,
    problems: &mut Vec<Problem>,
) -> Option<Opened> {
    let mut rest = Bytes(bytes);
    if rest.number()? != SIGNATURE {
        return None;
    }
    rest.short()?;
    let mut opened = Opened::default();
    let mut page = String::new();
    while let Some((level, tag, data)) = attribute(&mut rest) {
        match (level, tag & 0xffff) {
            (_, 0x9007) => {
                page = data
                    .first_chunk()
                    .map(|it| format!("windows-{}", u32::from_le_bytes(*it)))
                    .unwrap_or_default();
            }
            (1, 0x800c) => opened.text = text(data, &page, default, problems),
            (1, 0x9003) => body(data, &page, default, &mut opened, problems),
            (2, 0x9002) if opened.files.len() < FILES_MAX => opened.files.push(Part::default()),
            (2, _) => {
                if let Some(file) = opened.files.last_mut() {
                    describe(file, tag & 0xffff, data, &page, default, problems);
                }
            }
            _ => {}
        }
    }
    opened.files.retain(|it| !it.bytes.is_empty());
    (!opened.files.is_empty() || !opened.text.is_empty() || opened.html.is_some()).then_some(opened)
}

fn attribute<'a>(rest: &mut Bytes<'a>) -> Option<(u8, u32, &'a [u8])> {
    let level = *rest.take(1)?.first()?;
    let tag = rest.number()?;
    let length = rest.length()?;
    let data = rest.take(length)?;
    // A checksum, which nobody checks: a damaged file is still worth more than none.
    rest.short().or(Some(0))?;
    Some((level, tag, data))
}

/// What an attribute says of a file.
fn describe(
    file: &mut Part,
    tag: u32,
    data: &[u8],
    page: &str,
    default: Expected<'_>,
    problems: &mut Vec<Problem>,
) {
    match tag {
        0x8010 if file.name.is_empty() => file.name = text(data, page, default, problems),
        0x800f => file.bytes = data.to_vec(),
        0x9005 => {
            for (id, value) in properties(data) {
                match (id, value) {
                    (0x3707, Value::Unicode(name)) => file.name = name,
                    (0x3707, Value::Bytes(name)) => file.name = text(name, page, default, problems),
                    (0x370e, Value::Unicode(kind)) => file.content_type = kind.to_ascii_lowercase(),
                    (0x370e, Value::Bytes(kind)) => {
                        file.content_type =
                            text(kind, "", Expected::Anything, problems).to_ascii_lowercase();
                    }
                    (0x3712, Value::Unicode(id)) => file.content_id = Some(id),
                    (0x3712, Value::Bytes(id)) => {
                        file.content_id = Some(text(id, page, default, problems));
                    }
                    (0x3701, Value::Bytes(data)) if file.bytes.is_empty() => {
                        file.bytes = data.to_vec();
                    }
                    _ => {}
                }
            }
        }
        _ => {}
    }
}

/// The text of the mail, which some put here and nowhere else.
fn body(
    data: &[u8],
    page: &str,
    default: Expected<'_>,
    opened: &mut Opened,
    problems: &mut Vec<Problem>,
) {
    for (id, value) in properties(data) {
        match (id, value) {
            (0x1000, Value::Unicode(text)) => opened.text = text,
            (0x1000, Value::Bytes(bytes)) if opened.text.is_empty() => {
                opened.text = text(bytes, page, default, problems);
            }
            (0x1013, Value::Unicode(html)) => opened.html = Some(html),
            (0x1013, Value::Bytes(bytes)) => opened.html = Some(text(bytes, "", default, problems)),
            _ => {}
        }
    }
}

enum Value<'a> {
    Unicode(String),
    Bytes(&'a [u8]),
    Number,
}

/// The properties of MAPI that are texts or bytes. What is damaged ends the list.
fn properties(data: &[u8]) -> Vec<(u16, Value<'_>)> {
    let mut found = Vec::new();
    let mut rest = Bytes(data);
    let count = rest.number().unwrap_or_default();
    for _ in 0..count {
        let Some(property) = property(&mut rest) else {
            break;
        };
        found.push(property);
    }
    found
}

fn property<'a>(rest: &mut Bytes<'a>) -> Option<(u16, Value<'a>)> {
    let kind = rest.short()?;
    let id = rest.short()?;
    if id >= 0x8000 {
        // Named: an identifier of its own, and a number or a name.
        rest.take(16)?;
        if rest.number()? == 0 {
            rest.number()?;
        } else {
            rest.sized()?;
        }
    }
    let many = kind & 0x1000 != 0;
    let fixed = match kind & 0x0fff {
        0x0002 | 0x0003 | 0x0004 | 0x000a | 0x000b => Some(4),
        0x0005..=0x0007 | 0x0014 | 0x0040 => Some(8),
        0x0048 => Some(16),
        _ => None,
    };
    let count = if many || fixed.is_none() {
        rest.number()?
    } else {
        1
    };
    let mut last = None;
    for _ in 0..count {
        match fixed {
            Some(length) => {
                rest.take(length)?;
            }
            None => last = Some(rest.sized()?),
        }
    }
    let value = match (last, kind & 0x0fff) {
        (None, _) => Value::Number,
        (Some(bytes), 0x001f) => Value::Unicode(wide(bytes)),
        // The first 16 bytes of an object say what it is.
        (Some(bytes), 0x000d) => Value::Bytes(bytes.get(16..).unwrap_or_default()),
        (Some(bytes), _) => Value::Bytes(bytes),
    };
    Some((id, value))
}

fn wide(bytes: &[u8]) -> String {
    let units: Vec<u16> = bytes
        .chunks_exact(2)
        .map(|it| u16::from_le_bytes([it[0], it[1]]))
        .collect();
    String::from_utf16_lossy(&units)
        .trim_end_matches('\0')
        .to_owned()
}

fn text(bytes: &[u8], page: &str, default: Expected<'_>, problems: &mut Vec<Problem>) -> String {
    let bytes = match bytes.iter().rposition(|it| *it != 0) {
        Some(last) => &bytes[..=last],
        None => &[],
    };
    charset::read(bytes, page, default, problems)
}
