//! Hosts: what a permission names, and where a request goes.

use std::{collections::BTreeMap, fmt};

use thiserror::Error;
use url::{Host, Url};

/// Where a request goes: scheme, host and port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// `https`, `http`, `wss` or `ws`.
    pub scheme: String,
    /// Host, lower case; IPv6 in brackets.
    pub host: String,
    /// Port.
    pub port: u16,
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}:{}", self.scheme, self.host, self.port)
    }
}

/// An address that no request goes to.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum TargetError {
    /// Not an address at all.
    #[error("is no address: {0}")]
    Malformed(String),
    /// Neither HTTP nor a socket.
    #[error("the scheme {0:?} is not possible")]
    Scheme(String),
    /// A name or password in front of the host, or a placeholder in it: it would hide where the request goes.
    #[error("nothing may stand in front of the host, and no placeholder in it")]
    Disguised,
}

impl Target {
    /// Reads the part of an address that grants are about.
    pub fn parse(address: &str) -> Result<Self, TargetError> {
        let url = Url::parse(address).map_err(|error| TargetError::Malformed(error.to_string()))?;
        let scheme = url.scheme();
        if !["https", "http", "wss", "ws"].contains(&scheme) {
            return Err(TargetError::Scheme(scheme.to_owned()));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(TargetError::Disguised);
        }
        let authority = address.split_once("://").map_or("", |(_, rest)| rest);
        let authority = authority
            .split(['/', '?', '#', '\\'])
            .next()
            .unwrap_or_default();
        if authority.contains(['{', '}']) {
            return Err(TargetError::Disguised);
        }
        let host = url
            .host()
            .ok_or_else(|| TargetError::Malformed("no host".to_owned()))?;
        let host = match host {
            Host::Domain(name) => name.trim_end_matches('.').to_ascii_lowercase(),
            Host::Ipv4(address) => address.to_string(),
            Host::Ipv6(address) => format!("[{address}]"),
        };
        if host.is_empty() {
            return Err(TargetError::Malformed("no host".to_owned()));
        }
        Ok(Self {
            port: url.port_or_known_default().unwrap_or(443),
            scheme: scheme.to_owned(),
            host,
        })
    }

    /// `https` for sockets too: what matters is whether the way is encrypted.
    fn is_encrypted(&self) -> bool {
        matches!(self.scheme.as_str(), "https" | "wss")
    }
}

/// What a permission names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HostPattern {
    /// This host and port.
    Exact {
        /// Whether the way is encrypted.
        encrypted: bool,
        /// Host.
        host: String,
        /// Port.
        port: u16,
    },
    /// Any name below this one, encrypted, port 443.
    Below(String),
    /// The address in this setting.
    Setting(String),
}

impl HostPattern {
    /// Reads a pattern, or says what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        if let Some(name) = text.strip_prefix('{').and_then(|it| it.strip_suffix('}')) {
            return if name.is_empty() || name.contains(['{', '}']) {
                Err("names no setting".to_owned())
            } else {
                Ok(Self::Setting(name.to_owned()))
            };
        }
        if let Some(parent) = text.strip_prefix("*.") {
            let plain =
                |it: char| it.is_ascii_lowercase() || it.is_ascii_digit() || "-.".contains(it);
            // `*.com` would be half of the internet.
            return if parent.contains('.') && parent.chars().all(plain) && !parent.starts_with('.')
            {
                Ok(Self::Below(parent.to_owned()))
            } else {
                Err(format!("{text:?} must be *. and a name with a dot in it"))
            };
        }
        let address = if text.contains("://") {
            text.to_owned()
        } else {
            format!("https://{text}")
        };
        let path = address.split_once("://").map_or("", |(_, rest)| rest);
        if path.contains(['/', '?', '#', '*']) {
            return Err(format!("{text:?} must be a host, without a path"));
        }
        let target = Target::parse(&address).map_err(|error| format!("{text:?} {error}"))?;
        Ok(Self::Exact {
            encrypted: target.is_encrypted(),
            host: target.host,
            port: target.port,
        })
    }

    /// The setting that it points to.
    pub fn setting(&self) -> Option<&str> {
        match self {
            Self::Setting(name) => Some(name),
            _ => None,
        }
    }

    /// Whether a request goes there.
    pub fn matches(&self, target: &Target, settings: &BTreeMap<String, String>) -> bool {
        match self {
            Self::Exact {
                encrypted,
                host,
                port,
            } => {
                target.is_encrypted() == *encrypted && target.host == *host && target.port == *port
            }
            Self::Below(parent) => {
                target.is_encrypted()
                    && target.port == 443
                    && target
                        .host
                        .strip_suffix(parent.as_str())
                        .is_some_and(|it| it.len() > 1 && it.ends_with('.'))
            }
            Self::Setting(name) => settings
                .get(name)
                .and_then(|address| Target::parse(address).ok())
                .is_some_and(|granted| {
                    granted.is_encrypted() == target.is_encrypted()
                        && granted.host == target.host
                        && granted.port == target.port
                }),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::{HostPattern, Target};

    fn matches(pattern: &str, address: &str) -> bool {
        let settings = BTreeMap::from([
            ("shop".to_owned(), "https://shop.example.com/wp/".to_owned()),
            ("empty".to_owned(), String::new()),
        ]);
        let Ok(target) = Target::parse(address) else {
            return false;
        };
        HostPattern::parse(pattern)
            .unwrap()
            .matches(&target, &settings)
    }

    #[test]
    fn a_host_means_this_scheme_this_name_and_this_port() {
        assert!(matches(
            "api.example.com",
            "https://api.example.com/bot{{secret:token}}/send"
        ));
        assert!(matches("api.example.com", "https://API.Example.com./x"));
        assert!(matches("api.example.com", "wss://api.example.com/stream"));
        assert!(matches(
            "api.example.com:8443",
            "https://api.example.com:8443/"
        ));
        assert!(matches("http://127.0.0.1:9000", "http://127.0.0.1:9000/x"));
        assert!(matches(
            "{shop}",
            "https://shop.example.com/wp-json/wc/v3/orders"
        ));
        for refused in [
            "http://api.example.com/",
            "https://api.example.com:8443/",
            "https://api.example.com.evil.net/",
            "https://evil.net/api.example.com",
            "https://api.example.com@evil.net/",
            "https://evil.net#api.example.com",
            "https://evil.net\\.api.example.com",
            "https://{{secret:x}}.example.com/",
            "ftp://api.example.com/",
            "api.example.com",
        ] {
            assert!(!matches("api.example.com", refused), "{refused}");
        }
        assert!(!matches("{shop}", "http://shop.example.com/"));
        assert!(!matches("{empty}", "https://shop.example.com/"));
        assert!(!matches("{absent}", "https://shop.example.com/"));
    }

    #[test]
    fn a_star_means_names_below_and_not_the_name_itself() {
        assert!(matches("*.example.com", "https://a.example.com/"));
        assert!(matches("*.example.com", "https://a.b.example.com/"));
        assert!(!matches("*.example.com", "https://example.com/"));
        assert!(!matches("*.example.com", "https://badexample.com/"));
        assert!(!matches("*.example.com", "https://a.example.com:444/"));
        for wrong in [
            "*.com",
            "*",
            "*.*.com",
            "a/b",
            "{}",
            "https://",
            "user@host.com",
        ] {
            assert!(HostPattern::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn numbers_in_disguise_are_the_number() {
        let target = Target::parse("http://0x7f.1/").unwrap();
        assert_eq!(target.host, "127.0.0.1");
        let target = Target::parse("https://[::ffff:127.0.0.1]/").unwrap();
        assert_eq!(target.host, "[::ffff:127.0.0.1]");
    }
}
