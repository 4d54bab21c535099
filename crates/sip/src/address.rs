//! Who and where: addresses, numbers, ways (RFC 3261, sections 19.1 and 20).

/// What follows an address, as `;name=value`.
pub type Params = Vec<(String, Option<String>)>;

/// An address: `sip:` or `tel:` (RFC 3966).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Uri {
    /// In small letters.
    pub scheme: String,
    /// The number or name in front of the host, decoded.
    pub user: Option<String>,
    /// The machine; empty for `tel:`.
    pub host: String,
    /// Its port, where one is said.
    pub port: Option<u16>,
    /// What is said besides.
    pub params: Params,
}

impl Uri {
    /// Reads an address; `None` when it is none that telephones use.
    pub fn parse(text: &str) -> Option<Self> {
        let (scheme, rest) = text.trim().split_once(':')?;
        let scheme = scheme.to_ascii_lowercase();
        match scheme.as_str() {
            "tel" => {
                let (number, params) = cut(rest, ';');
                Some(Self {
                    scheme,
                    user: Some(decoded(number)).filter(|it| !it.is_empty()),
                    host: String::new(),
                    port: None,
                    params: params.map(self::params).unwrap_or_default(),
                })
            }
            "sip" | "sips" => {
                let (user, place) = match rest.split_once('@') {
                    Some((user, place)) => (Some(user), place),
                    None => (None, rest),
                };
                let (place, params) = cut(cut(place, '?').0, ';');
                let (host, port) = host(place)?;
                // A password, and what is said of a number, are no part of it.
                let name = |user: &str| decoded(cut(cut(user, ';').0, ':').0);
                Some(Self {
                    scheme,
                    user: user.map(name).filter(|it| !it.is_empty()),
                    host,
                    port,
                    params: params.map(self::params).unwrap_or_default(),
                })
            }
            _ => None,
        }
    }
}

/// An address with the name of somebody.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NameAddr {
    /// What is shown.
    pub name: Option<String>,
    /// Who.
    pub uri: Uri,
    /// The address as it came.
    pub text: String,
    /// What is said besides: the tag.
    pub params: Params,
}

impl NameAddr {
    /// Reads `"Name" <address>;tag=x`, or the address alone.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let (name, rest) = name(text);
        let (address, params) = match rest.strip_prefix('<') {
            Some(rest) => rest.split_once('>')?,
            // Without brackets, what follows belongs to the header and not to the address.
            None => match rest.find(';') {
                Some(at) => rest.split_at(at),
                None => (rest, ""),
            },
        };
        Some(Self {
            name,
            uri: Uri::parse(address)?,
            text: address.trim().to_owned(),
            params: self::params(params),
        })
    }

    /// What tells this side of a call from others.
    pub fn tag(&self) -> Option<&str> {
        param(&self.params, "tag")
    }
}

/// Where a message came through.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Via {
    /// Who sent it, as it says: machine and port.
    pub host: String,
    /// The port that it says.
    pub port: Option<u16>,
    /// Branch, `received` and `rport`.
    pub params: Params,
}

impl Via {
    /// Reads one way.
    pub fn parse(text: &str) -> Option<Self> {
        let (protocol, rest) = text.trim().split_once(char::is_whitespace)?;
        let known = protocol
            .get(..8)
            .is_some_and(|it| it.eq_ignore_ascii_case("SIP/2.0/"));
        if !known {
            return None;
        }
        let (place, params) = cut(rest, ';');
        let (host, port) = host(place)?;
        Some(Self {
            host,
            port,
            params: params.map(self::params).unwrap_or_default(),
        })
    }

    /// The name of the transaction.
    pub fn branch(&self) -> Option<&str> {
        param(&self.params, "branch")
    }
}

/// A parameter that has a value.
pub fn param<'a>(params: &'a Params, name: &str) -> Option<&'a str> {
    let mut found = params
        .iter()
        .filter(|(it, _)| it.eq_ignore_ascii_case(name));
    found.next()?.1.as_deref()
}

/// Reads `a=b;c;d="e"`.
pub fn params(text: &str) -> Params {
    let mut quoted = false;
    let parts = text.split(move |letter| {
        quoted ^= letter == '"';
        letter == ';' && !quoted
    });
    let parts = parts.map(str::trim).filter(|it| !it.is_empty());
    let part = |it: &str| match it.split_once('=') {
        Some((name, value)) => {
            let value = value.trim().trim_matches('"').to_owned();
            (name.trim().to_owned(), Some(value))
        }
        None => (it.to_owned(), None),
    };
    parts.map(part).collect()
}

fn cut(text: &str, at: char) -> (&str, Option<&str>) {
    match text.split_once(at) {
        Some((before, after)) => (before, Some(after)),
        None => (text, None),
    }
}

/// Machine and port; `None` when the port is none, or the machine has letters that no machine has.
fn host(text: &str) -> Option<(String, Option<u16>)> {
    let text = text.trim();
    let (host, port) = match text.strip_prefix('[') {
        Some(rest) => {
            let (inside, port) = rest.split_once(']')?;
            (format!("[{inside}]"), port.trim().strip_prefix(':'))
        }
        None => match text.split_once(':') {
            Some((host, port)) => (host.trim().to_owned(), Some(port)),
            None => (text.to_owned(), None),
        },
    };
    let good = |it: char| it.is_ascii_alphanumeric() || "-._[]:%".contains(it);
    if host.is_empty() || !host.chars().all(good) {
        return None;
    }
    let port = match port {
        Some(port) => Some(port.trim().parse().ok()?),
        None => None,
    };
    Some((host.to_ascii_lowercase(), port))
}

fn name(text: &str) -> (Option<String>, &str) {
    if let Some(rest) = text.strip_prefix('"') {
        let mut name = String::new();
        let mut letters = rest.char_indices();
        while let Some((at, letter)) = letters.next() {
            match letter {
                '"' => return (some(name), rest[at + 1..].trim_start()),
                '\\' => name.extend(letters.next().map(|(_, it)| it)),
                _ => name.push(letter),
            }
        }
        return (None, text);
    }
    match text.find('<') {
        Some(at) => (some(text[..at].trim().to_owned()), &text[at..]),
        None => (None, text),
    }
}

fn some(name: String) -> Option<String> {
    Some(name).filter(|it| !it.trim().is_empty())
}

/// Without `%41` for `A`.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, tail)) = rest.split_first() {
        let escaped = tail
            .get(..2)
            .filter(|_| first == b'%')
            .and_then(|it| std::str::from_utf8(it).ok())
            .and_then(|it| u8::from_str_radix(it, 16).ok());
        bytes.push(escaped.unwrap_or(first));
        rest = if escaped.is_some() { &tail[2..] } else { tail };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{NameAddr, Uri, Via, param};

    #[test]
    fn numbers_are_found_in_whatever_way_they_are_said() {
        let user = |text: &str| Uri::parse(text).unwrap().user.unwrap();
        assert_eq!(
            user("sip:+8613800138000@198.51.100.7:5060;user=phone"),
            "+8613800138000"
        );
        assert_eq!(user("sip:0571%2D8888;npdi=yes:secret@host"), "0571-8888");
        assert_eq!(
            user("tel:+86-138-0013-8000;phone-context=x"),
            "+86-138-0013-8000"
        );
        assert_eq!(Uri::parse("sip:host").unwrap().user, None);
        assert_eq!(
            Uri::parse("sip:a@[2001:db8::1]:5062").unwrap().port,
            Some(5062)
        );
        for bad in ["http://a", "sip:", "sip:a@ho st", "sip:a@b:port", "a@b"] {
            assert_eq!(Uri::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn names_and_tags_are_told_from_addresses() {
        let parsed = NameAddr::parse("\"Li \\\"L\\\" Lei\" <sip:138@h;x=1>;tag=t9").unwrap();
        assert_eq!(parsed.name.as_deref(), Some("Li \"L\" Lei"));
        assert_eq!(
            (parsed.tag(), parsed.text.as_str()),
            (Some("t9"), "sip:138@h;x=1")
        );
        let bare = NameAddr::parse("sip:138@h;tag=t9").unwrap();
        assert_eq!((bare.tag(), bare.text.as_str()), (Some("t9"), "sip:138@h"));
        assert_eq!(
            NameAddr::parse("Li <sip:a@h>").unwrap().name.as_deref(),
            Some("Li")
        );
        assert_eq!(NameAddr::parse("\"Li <sip:a@h>"), None);
    }

    #[test]
    fn ways_are_read() {
        let via = Via::parse("SIP/2.0/UDP 198.51.100.7:5070;branch=z9hG4bKx;rport").unwrap();
        assert_eq!((via.host.as_str(), via.port), ("198.51.100.7", Some(5070)));
        assert_eq!(via.branch(), Some("z9hG4bKx"));
        assert_eq!(param(&via.params, "rport"), None);
        assert_eq!(Via::parse("SIP/3.0/UDP a"), None);
    }

    proptest! {
        #[test]
        fn anything_can_be_read(text in ".{0,80}") {
            let _ = (Uri::parse(&text), NameAddr::parse(&text), Via::parse(&text));
            let _ = NameAddr::parse(&format!("\"{text}<sip:{text}@{text};{text}"));
        }
    }
}
