//! `type/subtype; name=value` (RFC 2045), with parameters of RFC 2231 and of those who never read it.

use super::words;
use crate::{
    charset::{self, Expected},
    mime::transfer::hex,
    problem::Problem,
};

/// A value with parameters.
#[derive(Clone, Debug, Default)]
pub(crate) struct Value {
    /// What stands before the first semicolon, in lower case.
    pub(crate) main: String,
    params: Vec<(String, String)>,
}

impl Value {
    /// The parameter as text: continuations joined, charset and encoded words decoded.
    pub(crate) fn param(
        &self,
        name: &str,
        default: Expected<'_>,
        problems: &mut Vec<Problem>,
    ) -> Option<String> {
        if let Some(text) = self.extended(name, default, problems) {
            return Some(text);
        }
        let plain = self.plain(name)?;
        if plain.contains("=?") {
            return Some(words::decode(plain, default, problems));
        }
        Some(percent(plain).unwrap_or_else(|| plain.to_owned()))
    }

    /// The parameter as it stands.
    pub(crate) fn plain(&self, name: &str) -> Option<&str> {
        self.params
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    /// `name*`, `name*0*`, `name*1`, ... (RFC 2231).
    fn extended(
        &self,
        name: &str,
        default: Expected<'_>,
        problems: &mut Vec<Problem>,
    ) -> Option<String> {
        let mut pieces: Vec<(u32, bool, &str)> = Vec::new();
        for (key, value) in &self.params {
            let Some(rest) = key.strip_prefix(name).and_then(|it| it.strip_prefix('*')) else {
                continue;
            };
            let encoded = rest.is_empty() || rest.ends_with('*');
            let number = rest.trim_end_matches('*');
            let number = if number.is_empty() {
                0
            } else {
                number.parse().ok()?
            };
            pieces.push((number, encoded, value));
        }
        pieces.sort_by_key(|it| it.0);
        let (_, first_encoded, first) = *pieces.first()?;
        let mut label = "";
        let mut bytes = Vec::new();
        for (at, (_, encoded, value)) in pieces.iter().enumerate() {
            let mut value = *value;
            if at == 0 && first_encoded {
                let mut marks = first.splitn(3, '\'');
                if let (Some(charset), Some(_), Some(rest)) =
                    (marks.next(), marks.next(), marks.next())
                {
                    label = charset;
                    value = rest;
                }
            }
            if *encoded {
                unescape(value.as_bytes(), &mut bytes);
            } else {
                bytes.extend_from_slice(value.as_bytes());
            }
        }
        let text = charset::read(&bytes, label, default, problems);
        // Some put encoded words into continuations.
        Some(words::decode(&text, default, problems))
    }
}

/// Reads a value and its parameters.
pub(crate) fn parse(text: &str) -> Value {
    let mut pieces = split(text);
    let first = if pieces.is_empty() {
        String::new()
    } else {
        pieces.remove(0)
    };
    let first = first.trim();
    // Some forget the semicolon behind the type.
    let (main, forgotten) = first.split_once([' ', '(']).unwrap_or((first, ""));
    let main = main.trim().to_ascii_lowercase();
    if forgotten.contains('=') {
        pieces.insert(0, forgotten.to_owned());
    }
    let params = pieces
        .iter()
        .filter_map(|piece| {
            let (name, value) = piece.split_once('=')?;
            let name = name.trim().to_ascii_lowercase();
            Some((name, unquote(value.trim())))
        })
        .collect();
    Value { main, params }
}

/// The pieces between semicolons that are outside of quotes.
fn split(text: &str) -> Vec<String> {
    let mut pieces = vec![String::new()];
    let (mut quoted, mut escaped) = (false, false);
    for it in text.chars() {
        let last = pieces.len() - 1;
        match it {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            ';' if !quoted => {
                pieces.push(String::new());
                continue;
            }
            _ => {}
        }
        pieces[last].push(it);
    }
    pieces
}

fn unquote(value: &str) -> String {
    let Some(inner) = value.strip_prefix('"') else {
        return value.to_owned();
    };
    let mut out = String::with_capacity(inner.len());
    let mut escaped = false;
    for it in inner.chars() {
        match it {
            // A backslash before anything else than these is the path of a file, as some clients send it.
            '"' | '\\' if escaped => {
                out.push(it);
                escaped = false;
            }
            _ if escaped => {
                out.push('\\');
                out.push(it);
                escaped = false;
            }
            '\\' => escaped = true,
            '"' => break,
            other => out.push(other),
        }
    }
    out
}

/// Percent signs in an ordinary parameter are a guess: only a result that is not ASCII proves it.
fn percent(text: &str) -> Option<String> {
    if !text.contains('%') {
        return None;
    }
    let mut bytes = Vec::with_capacity(text.len());
    unescape(text.as_bytes(), &mut bytes);
    String::from_utf8(bytes)
        .ok()
        .filter(|it| !it.is_ascii() && text.is_ascii())
}

fn unescape(text: &[u8], into: &mut Vec<u8>) {
    let mut at = 0;
    while at < text.len() {
        if text[at] == b'%'
            && let Some(byte) = text.get(at + 1..at + 3).and_then(hex)
        {
            into.push(byte);
            at += 3;
        } else {
            into.push(text[at]);
            at += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expect: &str) {
        let found = parse(text).param("filename", Expected::Anything, &mut Vec::new());
        assert_eq!(found.as_deref(), Some(expect), "{text}");
    }

    #[test]
    fn file_names_are_read_however_they_are_written() {
        check("attachment; filename=\"a;b.pdf\"", "a;b.pdf");
        check("attachment; filename=my file.pdf", "my file.pdf");
        check("attachment; filename*=utf-8''%E4%BD%A0.pdf", "你.pdf");
        check("attachment; filename*=GBK''%C4%E3%BA%C3.pdf", "你好.pdf");
        check(
            "attachment; filename*0*=utf-8''%E4%BD; filename*1*=%A0; filename*2=.pdf",
            "你.pdf",
        );
        check(
            "attachment; filename=\"=?gb2312?B?xOO6ww==?=.pdf\"",
            "你好.pdf",
        );
        check("attachment; filename=\"%E4%BD%A0.pdf\"", "你.pdf");
        check("attachment; filename=\"100%25.pdf\"", "100%25.pdf");
        check(
            "attachment; filename=\"a.pdf\"; filename*=utf-8''%E4%BD%A0.pdf",
            "你.pdf",
        );
    }
}
