//! What an IMAP server says (RFC 3501), read leniently and within bounds: unknown words are skipped, never an error.

/// Lists inside lists. A body structure is deeper only in attacks, and we ask for none.
const DEPTH_MAX: usize = 30;

/// A word of an answer.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Token {
    /// A bare word, with what it has in brackets.
    Atom(String),
    /// Quoted, or counted.
    Text(Vec<u8>),
    /// In parentheses.
    List(Vec<Token>),
}

impl Token {
    /// The word, as text.
    pub(crate) fn text(&self) -> Option<String> {
        match self {
            Self::Atom(it) => Some(it.clone()),
            Self::Text(it) => Some(String::from_utf8_lossy(it).into_owned()),
            Self::List(_) => None,
        }
    }

    /// The word, as a number.
    pub(crate) fn number<T: std::str::FromStr>(&self) -> Option<T> {
        match self {
            Self::Atom(it) => it.parse().ok(),
            _ => None,
        }
    }

    fn is(&self, word: &str) -> bool {
        matches!(self, Self::Atom(it) if it.eq_ignore_ascii_case(word))
    }
}

/// A piece of an answer as it came: text of a line, or counted bytes.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Piece {
    Line(Vec<u8>),
    Counted(Vec<u8>),
}

/// The count at the end of a line, `{123}`: so many bytes follow.
pub(crate) fn count_at_end(line: &[u8]) -> Option<u64> {
    let inner = line.strip_suffix(b"}")?;
    let from = inner.iter().rposition(|it| *it == b'{')?;
    let digits = inner[from + 1..]
        .strip_suffix(b"+")
        .unwrap_or(&inner[from + 1..]);
    if digits.is_empty() || digits.len() > 10 {
        return None;
    }
    std::str::from_utf8(digits).ok()?.parse().ok()
}

/// The words of an answer. What is left open is closed at its end.
pub(crate) fn tokens(pieces: Vec<Piece>) -> Vec<Token> {
    let mut stack: Vec<Vec<Token>> = vec![Vec::new()];
    let last = pieces.len().saturating_sub(1);
    for (at, piece) in pieces.into_iter().enumerate() {
        match piece {
            Piece::Counted(bytes) => push(&mut stack, Token::Text(bytes)),
            Piece::Line(line) => {
                let mut line = line.as_slice();
                if at < last && count_at_end(line).is_some() {
                    let from = line.iter().rposition(|it| *it == b'{').unwrap_or(0);
                    line = &line[..from];
                }
                words(line, &mut stack);
            }
        }
    }
    while stack.len() > 1 {
        close(&mut stack);
    }
    stack.pop().unwrap_or_default()
}

fn push(stack: &mut [Vec<Token>], token: Token) {
    if let Some(list) = stack.last_mut() {
        list.push(token);
    }
}

fn close(stack: &mut Vec<Vec<Token>>) {
    if stack.len() > 1
        && let Some(list) = stack.pop()
    {
        push(stack, Token::List(list));
    }
}

fn words(line: &[u8], stack: &mut Vec<Vec<Token>>) {
    let mut rest = line;
    while let Some((&first, after)) = rest.split_first() {
        match first {
            b' ' | b'\t' => rest = after,
            b'(' => {
                if stack.len() <= DEPTH_MAX {
                    stack.push(Vec::new());
                }
                rest = after;
            }
            b')' => {
                close(stack);
                rest = after;
            }
            b'"' => {
                let (text, after) = quoted(after);
                push(stack, Token::Text(text));
                rest = after;
            }
            _ => {
                let end = atom_end(rest);
                let word = String::from_utf8_lossy(&rest[..end]).into_owned();
                push(stack, Token::Atom(word));
                rest = &rest[end..];
            }
        }
    }
}

fn quoted(text: &[u8]) -> (Vec<u8>, &[u8]) {
    let mut out = Vec::new();
    let mut at = 0;
    while at < text.len() {
        match text[at] {
            b'"' => return (out, &text[at + 1..]),
            b'\\' if at + 1 < text.len() => {
                out.push(text[at + 1]);
                at += 2;
            }
            other => {
                out.push(other);
                at += 1;
            }
        }
    }
    (out, &[])
}

/// Where a bare word ends. What is in brackets belongs to it: `BODY[HEADER.FIELDS (DATE)]`.
fn atom_end(text: &[u8]) -> usize {
    let mut inside = false;
    for (at, byte) in text.iter().enumerate() {
        match byte {
            b'[' => inside = true,
            b']' => inside = false,
            b' ' | b'(' | b')' | b'"' if !inside && at > 0 => return at,
            _ => {}
        }
    }
    text.len()
}

/// What a server tells of a mail in answer to FETCH.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Fetched {
    pub(crate) uid: Option<u32>,
    pub(crate) size: Option<u64>,
    pub(crate) internal_date: Option<String>,
    pub(crate) body: Option<Vec<u8>>,
}

/// Reads `* 5 FETCH (...)`; `None` for anything else.
pub(crate) fn fetched(tokens: Vec<Token>) -> Option<Fetched> {
    let mut words = tokens.into_iter();
    if !words.next()?.is("*") {
        return None;
    }
    words.next()?.number::<u32>()?;
    if !words.next()?.is("FETCH") {
        return None;
    }
    let Token::List(items) = words.next()? else {
        return None;
    };
    let mut found = Fetched::default();
    let mut items = items.into_iter();
    while let Some(name) = items.next() {
        let Token::Atom(name) = name else { continue };
        let name = name.to_ascii_uppercase();
        let Some(value) = items.next() else { break };
        match name.as_str() {
            "UID" => found.uid = value.number(),
            "RFC822.SIZE" => found.size = value.number(),
            "INTERNALDATE" => found.internal_date = value.text(),
            _ if name.starts_with("BODY[") => {
                found.body = match value {
                    Token::Text(bytes) => Some(bytes),
                    _ => None,
                };
            }
            _ => {}
        }
    }
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(text: &str) -> Vec<Piece> {
        vec![Piece::Line(text.as_bytes().to_vec())]
    }

    #[test]
    fn answer_with_a_counted_body_is_read() {
        let pieces = vec![
            Piece::Line(b"* 12 FETCH (FLAGS (\\Seen) UID 7 RFC822.SIZE 5 BODY[] {5}".to_vec()),
            Piece::Counted(b"a)\r\n(".to_vec()),
            Piece::Line(b" INTERNALDATE \"01-Jan-2026 00:00:00 +0800\")".to_vec()),
        ];
        let found = fetched(tokens(pieces)).unwrap();
        assert_eq!((found.uid, found.size), (Some(7), Some(5)));
        assert_eq!(found.body.as_deref(), Some(&b"a)\r\n("[..]));
        assert!(found.internal_date.unwrap().starts_with("01-Jan"));
    }

    #[test]
    fn what_is_no_fetch_is_none_and_what_is_broken_is_closed() {
        for text in [
            "* 3 EXISTS",
            "* SEARCH 1 2",
            "",
            ")))",
            "* 1 FETCH",
            "((((",
            "* x FETCH (UID 1)",
        ] {
            assert_eq!(fetched(tokens(line(text))), None, "{text}");
        }
        let open = fetched(tokens(line("* 1 FETCH (UID 9 BODY[] NIL"))).unwrap();
        assert_eq!((open.uid, open.body), (Some(9), None));
        let deep = "(".repeat(10_000);
        assert_eq!(tokens(line(&deep)).len(), 1);
    }

    #[test]
    fn count_is_at_the_end_of_a_line_only() {
        assert_eq!(count_at_end(b"BODY[] {42}"), Some(42));
        assert_eq!(count_at_end(b"BODY[] {42+}"), Some(42));
        assert_eq!(count_at_end(b"{42} OK"), None);
        assert_eq!(count_at_end(b"{99999999999999}"), None);
        assert_eq!(count_at_end(b"{}"), None);
    }

    #[test]
    fn quotes_and_escapes_are_taken_off() {
        let found = tokens(line(r#"* LIST (\Sent) "." "a \"b\" c" (x [y z])"#));
        assert_eq!(found[4].text().unwrap(), "a \"b\" c");
        assert_eq!(
            found[5],
            Token::List(vec![Token::Atom("x".into()), Token::Atom("[y z]".into())])
        );
    }
}
