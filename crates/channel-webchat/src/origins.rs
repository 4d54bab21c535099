//! Which pages may open the widget.

/// Origins such as `https://shop.example`, `https://*.shop.example` (any host below it) or `http://localhost:3000`;
/// empty lets every page in. `null` is what sandboxed pages and some apps call themselves.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origins(Vec<String>);

/// Most origins of one inbox: they all go into one header.
const ORIGINS_MAX: usize = 50;

impl Origins {
    /// Checks and normalises a list. The error says which entry is wrong and what it should be.
    pub fn parse<'a>(entries: impl IntoIterator<Item = &'a str>) -> Result<Self, String> {
        let mut origins = Vec::new();
        for entry in entries {
            origins.push(normal(entry).ok_or_else(|| {
                format!("{entry:?} is not an origin: write a scheme and a host, such as https://shop.example")
            })?);
        }
        origins.sort();
        origins.dedup();
        if origins.len() > ORIGINS_MAX {
            return Err(format!("at most {ORIGINS_MAX} origins"));
        }
        Ok(Self(origins))
    }

    /// True when every page may.
    pub fn is_anywhere(&self) -> bool {
        self.0.is_empty()
    }

    /// True when pages of this origin may open the widget.
    pub fn allow(&self, origin: &str) -> bool {
        let Some(origin) = normal(origin) else {
            return self.is_anywhere();
        };
        self.is_anywhere() || self.0.iter().any(|allowed| matches(allowed, &origin))
    }

    /// The directive that tells browsers the same about frames. Pages of the desk's own host may always.
    pub fn frame_ancestors(&self) -> String {
        if self.is_anywhere() {
            return "frame-ancestors *".into();
        }
        let mut directive = "frame-ancestors 'self'".to_owned();
        for origin in self.0.iter().filter(|origin| *origin != "null") {
            directive.push(' ');
            directive.push_str(origin);
        }
        directive
    }

    /// As they are stored.
    pub fn as_slice(&self) -> &[String] {
        &self.0
    }
}

fn matches(allowed: &str, origin: &str) -> bool {
    match allowed.split_once("://*.") {
        None => allowed == origin,
        Some((scheme, below)) => origin
            .strip_prefix(scheme)
            .and_then(|rest| rest.strip_prefix("://"))
            .and_then(|host| host.strip_suffix(below))
            .is_some_and(|label| label.len() > 1 && label.ends_with('.')),
    }
}

/// Lower case, without a slash at the end and without the port that the scheme has anyway; `None` when it is no origin.
fn normal(text: &str) -> Option<String> {
    let text = text.trim().trim_end_matches('/').to_ascii_lowercase();
    if text == "null" {
        return Some(text);
    }
    let (scheme, authority) = text.split_once("://")?;
    let default_port = match scheme {
        "https" => ":443",
        "http" => ":80",
        _ => return None,
    };
    let authority = authority.strip_suffix(default_port).unwrap_or(authority);
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !host.contains(':') || host.ends_with(']') => (host, Some(port)),
        _ => (authority, None),
    };
    let name = host.strip_prefix("*.").unwrap_or(host);
    let is_name = !name.is_empty()
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b".-_".contains(&byte));
    let is_v6 = name.len() > 2
        && name.starts_with('[')
        && name.ends_with(']')
        && name[1..name.len() - 1]
            .bytes()
            .all(|byte| byte.is_ascii_hexdigit() || b":.".contains(&byte));
    if !is_name && !is_v6 {
        return None;
    }
    if port.is_some_and(|port| port.parse::<u16>().is_err()) {
        return None;
    }
    Some(format!("{scheme}://{authority}"))
}

#[cfg(test)]
mod tests {
    use super::Origins;

    #[test]
    fn only_listed_pages_are_let_in() {
        let origins = Origins::parse([
            "https://Shop.example/",
            "https://*.brand.example",
            "http://localhost:3000",
            "https://plain.example:443",
        ])
        .unwrap();
        for origin in [
            "https://shop.example",
            "https://shop.example:443",
            "https://www.brand.example",
            "https://a.b.brand.example",
            "http://localhost:3000",
            "https://plain.example",
        ] {
            assert!(origins.allow(origin), "{origin}");
        }
        for origin in [
            "http://shop.example",
            "https://shop.example.evil.example",
            "https://evilshop.example",
            "https://brand.example",
            "https://evilbrand.example",
            "https://.brand.example",
            "http://localhost",
            "http://localhost:30000",
            "null",
            "",
            "https://shop.example@evil.example",
        ] {
            assert!(!origins.allow(origin), "{origin}");
        }
    }

    #[test]
    fn an_empty_list_lets_everybody_in() {
        let origins = Origins::default();
        assert!(origins.allow("https://anything.example"));
        assert_eq!(origins.frame_ancestors(), "frame-ancestors *");
    }

    #[test]
    fn browsers_are_told_the_same() {
        let origins = Origins::parse(["https://*.a.example", "null", "http://[::1]:8080"]).unwrap();
        assert_eq!(
            origins.frame_ancestors(),
            "frame-ancestors 'self' http://[::1]:8080 https://*.a.example"
        );
    }

    #[test]
    fn what_could_break_out_of_a_header_is_no_origin() {
        for nonsense in [
            "shop.example",
            "https://",
            "https://*",
            "*",
            "ftp://shop.example",
            "https://shop.example/path",
            "https://a b",
            "https://a;script-src *",
            "https://a\r\nx: y",
            "https://a:99999",
            "https://*.*.a",
        ] {
            assert!(Origins::parse([nonsense]).is_err(), "{nonsense:?}");
        }
    }
}
