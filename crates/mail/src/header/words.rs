//! Encoded words (RFC 2047), as they are and not only as they should be.
//!
//! Senders cut a character of two or three bytes in the middle and put its halves into two words. So neighbours of one
//! charset are joined as bytes before any is decoded.

use base64::Engine;

use crate::{
    charset::{self, Expected},
    mime::transfer::{hex, lenient_base64},
    problem::Problem,
};

/// Longest encoded word that is looked for. RFC 2047 has 75 letters; some clients make one of a whole subject.
const WORD_MAX: usize = 8 * 1024;

/// A word that was found.
struct Word<'a> {
    charset: &'a str,
    bytes: Vec<u8>,
}

/// A text with its encoded words decoded.
pub(crate) fn decode(text: &str, default: Expected<'_>, problems: &mut Vec<Problem>) -> String {
    if !text.contains("=?") {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    let mut open: Option<Word> = None;
    let mut rest = text;
    while !rest.is_empty() {
        let at = rest.find("=?").unwrap_or(rest.len());
        let (before, candidate) = rest.split_at(at);
        let word = (!candidate.is_empty()).then(|| parse(candidate)).flatten();
        let blank = before.trim().is_empty();
        if !blank || word.is_none() {
            flush(&mut open, &mut out, default, problems);
            out.push_str(before);
        } else if open.is_none() {
            out.push_str(before);
        }
        match word {
            Some((word, length)) => {
                match &mut open {
                    Some(last) if last.charset.eq_ignore_ascii_case(word.charset) => {
                        last.bytes.extend_from_slice(&word.bytes);
                    }
                    _ => {
                        flush(&mut open, &mut out, default, problems);
                        open = Some(word);
                    }
                }
                rest = &candidate[length..];
            }
            None if candidate.is_empty() => break,
            None => {
                out.push_str("=?");
                rest = &candidate[2..];
            }
        }
    }
    flush(&mut open, &mut out, default, problems);
    out
}

fn flush(
    open: &mut Option<Word<'_>>,
    out: &mut String,
    default: Expected<'_>,
    problems: &mut Vec<Problem>,
) {
    if let Some(word) = open.take() {
        let text = charset::read(&word.bytes, word.charset, default, problems);
        // A line break inside a word would be a new line in a subject, or worse in a header of ours.
        out.extend(
            text.chars()
                .map(|it| if it.is_control() { ' ' } else { it }),
        );
    }
}

/// How long the encoded word at the start of `text` is.
pub(crate) fn length(text: &str) -> Option<usize> {
    parse(text).map(|(_, length)| length)
}

/// The encoded word that `text` begins with, and its length.
fn parse(text: &str) -> Option<(Word<'_>, usize)> {
    let inner = text.strip_prefix("=?")?;
    let (charset, inner) = inner.split_once('?')?;
    if charset.is_empty() || charset.len() > 60 || charset.contains(char::is_whitespace) {
        return None;
    }
    // RFC 2231 adds a language behind an asterisk.
    let name = charset.split('*').next().unwrap_or(charset);
    let (encoding, inner) = inner.split_once('?')?;
    let start = text.len() - inner.len();
    let stop = inner[..inner.floor_char_boundary(WORD_MAX)].find("?=")?;
    let content = &inner[..stop];
    if content.contains("=?") && encoding.eq_ignore_ascii_case("b") {
        return None;
    }
    let bytes = match encoding {
        "B" | "b" => {
            let tight: Vec<u8> = content
                .bytes()
                .filter(|it| !it.is_ascii_whitespace())
                .collect();
            base64::engine::general_purpose::STANDARD
                .decode(&tight)
                .unwrap_or_else(|_| lenient_base64(&tight).0)
        }
        "Q" | "q" => quoted(content.as_bytes()),
        _ => return None,
    };
    let word = Word {
        charset: name,
        bytes,
    };
    Some((word, start + stop + 2))
}

fn quoted(content: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(content.len());
    let mut at = 0;
    while at < content.len() {
        match content[at] {
            b'_' => out.push(b' '),
            b'=' => {
                if let Some(byte) = content.get(at + 1..at + 3).and_then(hex) {
                    out.push(byte);
                    at += 2;
                } else {
                    out.push(b'=');
                }
            }
            other => out.push(other),
        }
        at += 1;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expect: &str) {
        assert_eq!(
            decode(text, Expected::Anything, &mut Vec::new()),
            expect,
            "{text}"
        );
    }

    #[test]
    fn a_character_cut_between_two_words_is_whole_again() {
        check("=?utf-8?B?5L2g5aU=?= =?UTF-8?B?vQ==?=", "你好");
        check("=?gb2312?Q?=C4=E3=BA?= =?gb2312?Q?=C3?=", "你好");
    }

    #[test]
    fn words_are_found_where_they_should_not_be() {
        check("Re: =?utf-8?Q?caf=C3=A9?=, ok", "Re: café, ok");
        check("=?utf-8?B?5L2g?==?utf-8?B?5aW9?=", "你好");
        check("=?utf-8*zh?B?5L2g?= =?gbk?B?usM=?=", "你好");
        check("=?utf-8?Q?a b?=", "a b");
        check("a =? b ?= =?x", "a =? b ?= =?x");
    }

    #[test]
    fn a_word_never_adds_a_line() {
        check("=?utf-8?Q?a=0D=0ABcc:_b?=", "a  Bcc: b");
    }
}
