//! Keeps phone numbers and mail addresses from plugins that may read texts but not addresses: each is a token in the text
//! that the plugin sees, and the token is the address again in what the plugin sends.

use sha2::{Digest, Sha256};

/// What kind of address a token stands for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Phone,
    Email,
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Self::Phone => "phone",
            Self::Email => "email",
        }
    }
}

/// The text with tokens in place of addresses. The same address is the same token everywhere in the desk, so that a token
/// can be put back without remembering it, and tells nothing of the address.
pub(crate) fn mask(text: &str) -> String {
    let mut masked = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((start, end, kind)) = next_address(rest) {
        masked.push_str(&rest[..start]);
        masked.push_str(&token(kind, &rest[start..end]));
        rest = &rest[end..];
    }
    masked.push_str(rest);
    masked
}

/// The text with addresses in place of their tokens, as far as they occur in one of the sources: what the plugin was shown.
pub(crate) fn unmask<'a>(text: &str, sources: impl IntoIterator<Item = &'a str>) -> String {
    if !text.contains('⟦') {
        return text.to_owned();
    }
    let mut unmasked = text.to_owned();
    for source in sources {
        let mut rest = source;
        while let Some((start, end, kind)) = next_address(rest) {
            let address = &rest[start..end];
            unmasked = unmasked.replace(&token(kind, address), address);
            rest = &rest[end..];
        }
    }
    unmasked
}

fn token(kind: Kind, address: &str) -> String {
    let digest = Sha256::digest(format!("plugboard:{}:{address}", kind.name()));
    let mut hex = String::with_capacity(8);
    for byte in digest.iter().take(4) {
        use std::fmt::Write;
        let _ = write!(hex, "{byte:02x}");
    }
    format!("⟦{}:{hex}⟧", kind.name())
}

/// The first address in the text: where it begins, where it ends, what it is.
fn next_address(text: &str) -> Option<(usize, usize, Kind)> {
    let phone = next_phone(text).map(|(start, end)| (start, end, Kind::Phone));
    let email = next_email(text).map(|(start, end)| (start, end, Kind::Email));
    match (phone, email) {
        (Some(phone), Some(email)) => Some(if email.0 <= phone.1 && email.1 > phone.0 {
            // Digits inside of a mail address are part of it.
            email
        } else if phone.0 < email.0 {
            phone
        } else {
            email
        }),
        (phone, email) => phone.or(email),
    }
}

/// Seven to fifteen digits that belong together, with an optional plus sign and single spaces or hyphens between them.
fn next_phone(text: &str) -> Option<(usize, usize)> {
    const DIGITS_MIN: usize = 7;
    const DIGITS_MAX: usize = 19;
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        if !bytes[at].is_ascii_digit() {
            at += 1;
            continue;
        }
        let (mut end, mut digits, mut i) = (at, 0, at);
        while i < bytes.len() {
            if bytes[i].is_ascii_digit() {
                digits += 1;
                i += 1;
                end = i;
            } else if matches!(bytes[i], b' ' | b'-')
                && bytes.get(i + 1).is_some_and(u8::is_ascii_digit)
            {
                i += 1;
            } else {
                break;
            }
        }
        let letter_before = at > 0 && bytes[at - 1].is_ascii_alphabetic();
        if (DIGITS_MIN..=DIGITS_MAX).contains(&digits) && !letter_before {
            let plus = at > 0 && bytes[at - 1] == b'+';
            return Some((at - usize::from(plus), end));
        }
        at = end.max(at + 1);
    }
    None
}

fn next_email(text: &str) -> Option<(usize, usize)> {
    let bytes = text.as_bytes();
    let local = |it: u8| it.is_ascii_alphanumeric() || b"._%+-".contains(&it);
    let host = |it: u8| it.is_ascii_alphanumeric() || b".-".contains(&it);
    let mut from = 0;
    while let Some(found) = text.get(from..)?.find('@') {
        let at = from + found;
        let start = bytes[..at]
            .iter()
            .rposition(|it| !local(*it))
            .map_or(0, |it| it + 1);
        let length = bytes[at + 1..].iter().take_while(|it| host(**it)).count();
        let mut end = at + 1 + length;
        while end > at && bytes[end - 1] == b'.' {
            end -= 1;
        }
        if start < at && text[at + 1..end].contains('.') {
            return Some((start, end));
        }
        from = at + 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_become_tokens_and_come_back() {
        let text = "我的电话13800138000，邮箱 li.lei+1@mail.example.com。订单 A20261122 三件";
        let masked = mask(text);
        assert!(!masked.contains("13800138000"), "{masked}");
        assert!(!masked.contains("example.com"), "{masked}");
        assert!(masked.contains("A20261122"), "{masked}");
        assert_eq!(unmask(&masked, [text]), text);
        assert_eq!(unmask(&masked, ["something else"]), masked);
    }

    #[test]
    fn short_numbers_and_prices_stay() {
        for text in ["99 元", "2026-11", "1234", "x@y", "", "🙂@", "a@b."] {
            assert_eq!(mask(text), text);
        }
    }

    #[test]
    fn numbers_with_signs_and_spaces_are_numbers() {
        for text in [
            "+49 171 1234567",
            "010-12345678",
            "400-820-8820",
            "18877771111-123",
        ] {
            assert!(mask(text).starts_with("⟦phone:"), "{}", mask(text));
        }
    }
}
