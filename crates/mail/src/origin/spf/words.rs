//! Names in records that depend on the mail (RFC 7208 §7).

use std::{fmt::Write, net::IpAddr};

use super::Path;

/// Longest name.
const NAME_MAX: usize = 253;

/// The name with what depends on the mail put in; nothing when it makes no sense.
pub(super) fn expand(text: &str, path: &Path, domain: &str) -> Option<String> {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('%') {
        out.push_str(before);
        let next = after.chars().next()?;
        rest = &after[next.len_utf8()..];
        match next {
            '%' => out.push('%'),
            '_' => out.push(' '),
            '-' => out.push_str("%20"),
            '{' => {
                let (inside, behind) = rest.split_once('}')?;
                out.push_str(&word(inside, path, domain)?);
                rest = behind;
            }
            _ => return None,
        }
    }
    out.push_str(rest);
    // What is too long loses its beginning, a whole part at a time.
    while out.len() > NAME_MAX {
        out = out.split_once('.')?.1.to_owned();
    }
    Some(out)
}

/// What one macro stands for: a letter, how many parts, whether backwards, and what parts it.
fn word(inside: &str, path: &Path, domain: &str) -> Option<String> {
    let letter = inside.chars().next()?.to_ascii_lowercase();
    let how = inside.get(1..)?;
    let digits = how.bytes().take_while(u8::is_ascii_digit).count();
    let keep = match &how[..digits] {
        "" => usize::MAX,
        number => number.parse().ok().filter(|it| *it > 0)?,
    };
    let how = &how[digits..];
    let (backwards, marks) = match how.strip_prefix(['r', 'R']) {
        Some(marks) => (true, marks),
        None => (false, how),
    };
    if !marks.bytes().all(|it| b".-+,/_=".contains(&it)) {
        return None;
    }
    let (local, host) = path
        .sender
        .rsplit_once('@')
        .unwrap_or(("postmaster", &path.helo));
    let value = match letter {
        's' => format!("{local}@{host}"),
        'l' => local.to_owned(),
        'o' => host.to_owned(),
        'd' => domain.to_owned(),
        'h' => path.helo.clone(),
        'i' => address(path.client),
        'v' => if path.client.is_ipv4() {
            "in-addr"
        } else {
            "ip6"
        }
        .to_owned(),
        'p' => "unknown".to_owned(),
        _ => return None,
    };
    let marks = if marks.is_empty() { "." } else { marks };
    let mut parts: Vec<&str> = value.split(|it| marks.contains(it)).collect();
    if backwards {
        parts.reverse();
    }
    let from = parts.len().saturating_sub(keep);
    Some(parts[from..].join("."))
}

/// An address as names have it: with dots, those of the new kind digit by digit.
fn address(ip: IpAddr) -> String {
    match ip {
        IpAddr::V4(ip) => ip.to_string(),
        IpAddr::V6(ip) => {
            let mut out = String::with_capacity(64);
            for byte in ip.octets() {
                write!(out, "{:x}.{:x}.", byte >> 4, byte & 15).expect("a text takes anything");
            }
            out.pop();
            out
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_the_standard_come_out_as_it_says() {
        let path = Path {
            client: IpAddr::from([192, 0, 2, 3]),
            helo: "mx.example.org".into(),
            sender: "strong-bad@email.example.com".into(),
        };
        for (text, expect) in [
            ("%{s}", "strong-bad@email.example.com"),
            ("%{d4}", "email.example.com"),
            ("%{d1}", "com"),
            ("%{dr}", "com.example.email"),
            ("%{d2r}", "example.email"),
            ("%{lr-}", "bad.strong"),
            (
                "%{ir}.%{v}._spf.%{d2}",
                "3.2.0.192.in-addr._spf.example.com",
            ),
            ("%{lr-}.lp._spf.%{d2}", "bad.strong.lp._spf.example.com"),
        ] {
            let found = expand(text, &path, "email.example.com");
            assert_eq!(found.as_deref(), Some(expect), "{text}");
        }
        for wrong in ["%", "%x", "%{", "%{}", "%{q}", "%{d0}", "%{d!}"] {
            assert_eq!(expand(wrong, &path, "a.example"), None, "{wrong}");
        }
        let six = Path {
            client: "2001:db8::cb01".parse().unwrap(),
            ..path
        };
        let found = expand("%{ir}.%{v}", &six, "a.example").unwrap();
        assert!(
            found.starts_with("1.0.b.c.0.") && found.ends_with(".1.0.0.2.ip6"),
            "{found}"
        );
    }
}
