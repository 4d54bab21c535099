//! Headers: folded, encoded, and without anything that could begin another.

use base64::{Engine, engine::general_purpose::STANDARD};

use super::sendable;
use crate::Mailbox;

/// Where lines are folded (RFC 5322 §2.1.1).
const LINE: usize = 76;

/// Bytes of text in one encoded word: with what is around it 75 letters at most (RFC 2047 §2).
const WORD: usize = 42;

/// Ids of a chain that are written: the first and the newest, as RFC 5322 §3.6.4 has it for long ones.
const CHAIN_MAX: usize = 60;

/// A header whose value is ours.
pub(super) fn raw(name: &str, value: &str, out: &mut String) {
    out.push_str(name);
    out.push_str(": ");
    out.push_str(value);
    out.push_str("\r\n");
}

/// A header of words.
pub(super) fn text(name: &str, value: &str, out: &mut String) {
    let value = one_line(value);
    out.push_str(name);
    out.push(':');
    let mut column = name.len() + 1;
    if value.is_ascii() && !value.contains("=?") && value.split(' ').all(|it| it.len() <= LINE) {
        for word in value.split(' ').filter(|it| !it.is_empty()) {
            push(word, &mut column, out);
        }
    } else {
        for word in encoded(&value) {
            push(&word, &mut column, out);
        }
    }
    out.push_str("\r\n");
}

/// A header of mailboxes; nothing when none of them can be sent to.
pub(super) fn mailboxes(name: &str, mailboxes: &[Mailbox], out: &mut String) {
    let written: Vec<Vec<String>> = mailboxes.iter().filter_map(mailbox).collect();
    if written.is_empty() {
        return;
    }
    out.push_str(name);
    out.push(':');
    let mut column = name.len() + 1;
    let last = written.len() - 1;
    for (at, mut words) in written.into_iter().enumerate() {
        if let Some(end) = words.last_mut().filter(|_| at < last) {
            end.push(',');
        }
        for word in words {
            push(&word, &mut column, out);
        }
    }
    out.push_str("\r\n");
}

/// A header of message ids.
pub(super) fn ids(name: &str, ids: &[String], out: &mut String) {
    let clean: Vec<String> = ids
        .iter()
        .map(|it| {
            it.chars()
                .filter(|it| it.is_ascii_graphic() && !matches!(it, '<' | '>'))
                .take(900)
                .collect()
        })
        .filter(|it: &String| !it.is_empty())
        .collect();
    if clean.is_empty() {
        return;
    }
    out.push_str(name);
    out.push(':');
    let mut column = name.len() + 1;
    let skipped = clean.len().saturating_sub(CHAIN_MAX);
    for (at, id) in clean.iter().enumerate() {
        if at == 0 || at > skipped {
            push(&format!("<{id}>"), &mut column, out);
        }
    }
    out.push_str("\r\n");
}

/// A parameter with a name of a file: for all, and for those who read RFC 2231.
pub(super) fn file_name(param: &str, name: &str, out: &mut String) {
    let name = one_line(name).replace(['"', '\\', '/'], "_");
    if name.is_ascii() {
        out.push_str(&[";\r\n ", param, "=\"", &name, "\""].concat());
        return;
    }
    if param == "name" {
        let words = encoded(&name).join("\r\n ");
        out.push_str(&[";\r\n ", param, "=\"", &words, "\""].concat());
        return;
    }
    let mut pieces = vec![String::new()];
    for it in name.chars() {
        let mut buffer = [0; 4];
        let escaped: String = it
            .encode_utf8(&mut buffer)
            .bytes()
            .map(|it| {
                if it.is_ascii_alphanumeric() || b"-._".contains(&it) {
                    char::from(it).to_string()
                } else {
                    format!("%{it:02X}")
                }
            })
            .collect();
        let last = pieces.len() - 1;
        if pieces[last].len() + escaped.len() > 54 {
            pieces.push(escaped);
        } else {
            pieces[last].push_str(&escaped);
        }
    }
    if let [piece] = pieces.as_slice() {
        out.push_str(&[";\r\n ", param, "*=utf-8''", piece].concat());
        return;
    }
    for (at, piece) in pieces.iter().enumerate() {
        let charset = if at == 0 { "utf-8''" } else { "" };
        out.push_str(&[";\r\n ", param, "*", &at.to_string(), "*=", charset, piece].concat());
    }
}

/// A name and an address, as words that lines may break between.
fn mailbox(mailbox: &Mailbox) -> Option<Vec<String>> {
    let address = sendable(&mailbox.address)?;
    let name = one_line(&mailbox.name);
    if name.is_empty() {
        return Some(vec![address]);
    }
    let mut words = if !name.is_ascii() || name.contains("=?") || name.len() > LINE - 4 {
        encoded(&name)
    } else if name
        .chars()
        .all(|it| it.is_ascii_alphanumeric() || " -_'".contains(it))
    {
        name.split(' ').map(str::to_owned).collect()
    } else {
        vec![format!(
            "\"{}\"",
            name.replace('\\', "\\\\").replace('"', "\\\"")
        )]
    };
    words.push(format!("<{address}>"));
    Some(words)
}

/// Encoded words, none of which cuts a character.
fn encoded(text: &str) -> Vec<String> {
    let mut pieces = vec![String::new()];
    for it in text.chars() {
        let last = pieces.len() - 1;
        if pieces[last].len() + it.len_utf8() > WORD {
            pieces.push(it.to_string());
        } else {
            pieces[last].push(it);
        }
    }
    pieces
        .iter()
        .map(|it| format!("=?utf-8?B?{}?=", STANDARD.encode(it)))
        .collect()
}

fn push(word: &str, column: &mut usize, out: &mut String) {
    // The first word stays beside its name: some servers lose a header that begins with an empty line.
    if *column + 1 + word.len() > LINE && out.ends_with(|it: char| it != ':') {
        out.push_str("\r\n");
        *column = 0;
    }
    out.push(' ');
    out.push_str(word);
    *column += 1 + word.len();
}

/// Without line ends, control characters and marks that turn text around.
fn one_line(text: &str) -> String {
    let clean: String = text
        .chars()
        .map(|it| {
            if it.is_control() || matches!(it, '\u{2028}' | '\u{2029}') {
                ' '
            } else {
                it
            }
        })
        .filter(|it| !matches!(it, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'))
        .collect();
    clean.split_whitespace().collect::<Vec<_>>().join(" ")
}
