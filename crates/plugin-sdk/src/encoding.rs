//! Bytes as text, and the text of URLs and forms.

use base64::{Engine as _, prelude::BASE64_STANDARD};

/// Base64 with padding.
pub fn base64(bytes: &[u8]) -> String {
    BASE64_STANDARD.encode(bytes)
}

/// The bytes of base64 with padding; none when it is something else.
pub fn from_base64(text: &str) -> Option<Vec<u8>> {
    BASE64_STANDARD.decode(text).ok()
}

/// Lower-case hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    let digit = |n: u8| char::from_digit(u32::from(n), 16).expect("four bits are a digit");
    bytes
        .iter()
        .flat_map(|byte| [digit(byte >> 4), digit(byte & 15)])
        .collect()
}

/// The bytes of hexadecimal, upper or lower case; none when it is something else.
pub fn from_hex(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u8>> = text
        .chars()
        .map(|c| c.to_digit(16).and_then(|d| u8::try_from(d).ok()))
        .collect();
    let digits = digits?;
    (digits.len() % 2 == 0).then(|| digits.chunks(2).map(|p| p[0] << 4 | p[1]).collect())
}

/// Text as part of a URL: everything but letters, digits and `-._~` is percent-encoded.
pub fn percent(text: &str) -> String {
    use std::fmt::Write as _;
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            write!(out, "%{byte:02X}").expect("a string takes all text");
        }
    }
    out
}

/// The text of a part of a query or form: `+` is a space. Bytes that are not UTF-8 become `U+FFFD`.
pub fn from_percent(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let escaped = (bytes[at] == b'%')
            .then(|| text.get(at + 1..at + 3).and_then(from_hex))
            .flatten();
        match (escaped, bytes[at]) {
            (Some(byte), _) => {
                out.extend(byte);
                at += 2;
            }
            (None, b'+') => out.push(b' '),
            (None, byte) => out.push(byte),
        }
        at += 1;
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// `a=1&b=2` as pairs, decoded, in order.
pub fn pairs(query: &str) -> Vec<(String, String)> {
    query
        .split('&')
        .filter(|part| !part.is_empty())
        .map(|part| {
            let (key, value) = part.split_once('=').unwrap_or((part, ""));
            (from_percent(key), from_percent(value))
        })
        .collect()
}

/// Pairs as `a=1&b=2`.
pub fn query(pairs: &[(&str, &str)]) -> String {
    let parts: Vec<String> = pairs
        .iter()
        .map(|(key, value)| format!("{}={}", percent(key), percent(value)))
        .collect();
    parts.join("&")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_survives_the_way_there_and_back() {
        let text = "a b&c=\u{4f60}%+~";
        assert_eq!(from_percent(&percent(text)), text);
        assert_eq!(from_hex(&hex(text.as_bytes())).unwrap(), text.as_bytes());
        assert_eq!(
            from_base64(&base64(text.as_bytes())).unwrap(),
            text.as_bytes()
        );
        assert_eq!(
            pairs(&query(&[("k", text), ("l", "")])),
            [
                ("k".to_owned(), text.to_owned()),
                ("l".to_owned(), String::new())
            ]
        );
    }

    #[test]
    fn what_is_not_an_escape_stays() {
        assert_eq!(from_percent("100%"), "100%");
        assert_eq!(from_percent("%zz+1%2"), "%zz 1%2");
        assert_eq!(from_percent("%\u{4f60}"), "%\u{4f60}");
        assert_eq!(from_hex("abc"), None);
        assert_eq!(from_hex("0g"), None);
        assert_eq!(from_hex("0aFF"), Some(vec![10, 255]));
    }
}
