//! What a record of SPF says, word by word.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::Spf;

/// Longest record, in bytes, and most terms of one.
const LENGTH_MAX: usize = 4_096;
const TERMS_MAX: usize = 200;

/// A term.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Term<'a> {
    Directive(Spf, Mechanism<'a>),
    Redirect(&'a str),
    /// Nothing that decides.
    Other,
}

/// What a directive is about. Networks come as their bits, of the old kind of addresses and of the new.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Mechanism<'a> {
    All,
    Include(&'a str),
    A(Option<&'a str>, (u8, u8)),
    Mx(Option<&'a str>, (u8, u8)),
    Ptr,
    Ip(IpAddr, u8),
    Exists(&'a str),
}

/// True for a text that is a record of SPF.
pub(super) fn is(text: &str) -> bool {
    let first = text.split(' ').next().unwrap_or_default();
    first.eq_ignore_ascii_case("v=spf1")
}

/// The terms; nothing when one of them makes no sense.
pub(super) fn terms(record: &str) -> Option<Vec<Term<'_>>> {
    if record.len() > LENGTH_MAX {
        return None;
    }
    let terms: Option<Vec<_>> = record
        .split_ascii_whitespace()
        .skip(1)
        .take(TERMS_MAX + 1)
        .map(term)
        .collect();
    terms.filter(|it| it.len() <= TERMS_MAX)
}

fn term(text: &str) -> Option<Term<'_>> {
    if let Some((name, value)) = text.split_once('=')
        && name
            .bytes()
            .all(|it| it.is_ascii_alphanumeric() || b"-_.".contains(&it))
    {
        return Some(if name.eq_ignore_ascii_case("redirect") {
            Term::Redirect(value)
        } else {
            Term::Other
        });
    }
    let (outcome, text) = match text.as_bytes().first()? {
        b'+' => (Spf::Pass, &text[1..]),
        b'-' => (Spf::Fail, &text[1..]),
        b'~' => (Spf::SoftFail, &text[1..]),
        b'?' => (Spf::Neutral, &text[1..]),
        _ => (Spf::Pass, text),
    };
    let end = text.find([':', '/']).unwrap_or(text.len());
    let (name, rest) = text.split_at(end);
    let value = rest.strip_prefix(':');
    let mechanism = match name.to_ascii_lowercase().as_str() {
        "all" if rest.is_empty() => Mechanism::All,
        "include" => Mechanism::Include(value?),
        "exists" => Mechanism::Exists(value?),
        "ptr" => Mechanism::Ptr,
        "a" => with_bits(rest).map(|(of, bits)| Mechanism::A(of, bits))?,
        "mx" => with_bits(rest).map(|(of, bits)| Mechanism::Mx(of, bits))?,
        "ip4" => {
            let (ip, bits) = value?.split_once('/').unwrap_or((value?, "32"));
            let ip: Ipv4Addr = ip.parse().ok()?;
            Mechanism::Ip(ip.into(), number(bits, 32)?)
        }
        "ip6" => {
            let (ip, bits) = value?.split_once('/').unwrap_or((value?, "128"));
            let ip: Ipv6Addr = ip.parse().ok()?;
            Mechanism::Ip(ip.into(), number(bits, 128)?)
        }
        _ => return None,
    };
    Some(Term::Directive(outcome, mechanism))
}

/// `:host/24//64`.
fn with_bits(rest: &str) -> Option<(Option<&str>, (u8, u8))> {
    let (rest, six) = match rest.rsplit_once("//") {
        Some((rest, bits)) => (rest, number(bits, 128)?),
        None => (rest, 128),
    };
    let (rest, four) = match rest.rsplit_once('/') {
        Some((rest, bits)) if bits.bytes().all(|it| it.is_ascii_digit()) => {
            (rest, number(bits, 32)?)
        }
        _ => (rest, 32),
    };
    let host = match rest.strip_prefix(':') {
        Some("") => return None,
        host => host,
    };
    Some((host, (four, six)))
}

fn number(text: &str, max: u8) -> Option<u8> {
    text.parse().ok().filter(|it| *it <= max)
}
