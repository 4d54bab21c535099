//! Where links lead, and whether they say so.

use url::Url;

use crate::warning::mixes_alphabets;

/// A link of a mail.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Link {
    /// What it shows.
    pub text: String,
    /// Where it leads.
    pub url: String,
    /// The host that it leads to, as a reader would read it.
    pub host: String,
    /// Whether it shows another host than it leads to, or hides where it leads.
    pub deceptive: bool,
    /// Whether its host is written in letters outside of ASCII.
    pub punycode: bool,
}

/// The address that a link may lead to; nothing where it may lead nowhere.
pub(crate) fn target(href: &str) -> Option<Url> {
    let clean: String = href.trim().chars().filter(|it| !it.is_control()).collect();
    let clean = if clean.starts_with("//") {
        format!("https:{clean}")
    } else {
        clean
    };
    let bare = clean.split(['/', '?', '#']).next().unwrap_or_default();
    let url = match Url::parse(&clean) {
        Ok(url) => url,
        // `www.example.com/a`, without its scheme.
        Err(_)
            if bare.contains('.')
                && !bare.contains(':')
                && !clean.starts_with(['.', '/', '#', '?']) =>
        {
            Url::parse(&format!("http://{clean}")).ok()?
        }
        Err(_) => return None,
    };
    matches!(url.scheme(), "http" | "https" | "mailto" | "tel").then_some(url)
}

/// What there is to know of a link.
pub(crate) fn judge(text: &str, url: &Url) -> Link {
    let ascii = url.host_str().unwrap_or_default();
    let (host, _) = idna::domain_to_unicode(ascii);
    let shown = shown_host(text);
    let other = shown.is_some_and(|it| !same_owner(&it, ascii)) && !ascii.is_empty();
    let hidden = matches!(url.scheme(), "http" | "https")
        && (!url.username().is_empty() || mixes_alphabets(&host));
    Link {
        text: text.chars().take(200).collect(),
        url: url.as_str().chars().take(2_000).collect(),
        punycode: ascii.split('.').any(|it| it.starts_with("xn--")),
        host,
        deceptive: other || hidden,
    }
}

/// The host that a text shows, if it is nothing but an address.
fn shown_host(text: &str) -> Option<String> {
    let text = text
        .trim()
        .trim_matches(['<', '>', '(', ')', '"', '\u{300c}', '\u{300d}']);
    if text.contains(char::is_whitespace) || text.contains('@') && !text.contains("://") {
        return None;
    }
    let lower = text.to_lowercase();
    let rest = lower
        .strip_prefix("https://")
        .or_else(|| lower.strip_prefix("http://"));
    let bare = rest.unwrap_or(&lower).split(['/', '?', '#', ':']).next()?;
    let bare = bare.rsplit('@').next()?.trim_end_matches('.');
    let labels: Vec<&str> = bare.split('.').collect();
    let last = labels.last()?;
    let is_host = labels.len() >= 2
        && labels
            .iter()
            .all(|it| !it.is_empty() && it.chars().all(|it| it.is_alphanumeric() || it == '-'))
        && (rest.is_some() || lower.starts_with("www.") || COMMON.contains(last));
    is_host.then(|| bare.to_owned())
}

/// Endings by which a bare word is known to be a host, and not a file or a sentence.
const COMMON: &[&str] = &[
    "com", "net", "org", "cn", "hk", "tw", "jp", "de", "uk", "eu", "io", "co", "info", "biz",
    "top", "shop", "site", "edu", "gov",
];

/// Whether both hosts are most likely of one owner.
fn same_owner(shown: &str, actual: &str) -> bool {
    let shown = idna::domain_to_ascii(shown).unwrap_or_else(|_| shown.to_owned());
    let (shown, actual) = (
        shown.trim_start_matches("www."),
        actual.trim_start_matches("www."),
    );
    shown == actual
        || actual.ends_with(&format!(".{shown}"))
        || shown.ends_with(&format!(".{actual}"))
        || owner(shown) == owner(actual)
}

fn owner(host: &str) -> Vec<&str> {
    let labels: Vec<&str> = host.rsplit('.').collect();
    let double = labels.len() > 2
        && labels[0].len() == 2
        && ["com", "co", "net", "org", "gov", "edu"].contains(&labels[1]);
    labels
        .into_iter()
        .take(if double { 3 } else { 2 })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_that_lie_are_known() {
        for (text, href, expect) in [
            ("https://bank.com", "https://evil.example/", true),
            ("www.bank.com/login", "https://bank.com.evil.example/", true),
            ("bank.com", "https://login.bank.com/", false),
            ("click here", "https://evil.example/", false),
            ("https://bank.com", "https://bank.com@evil.example/", true),
            ("报价单.pdf", "https://x.example/", false),
            ("bank.com", "https://b\u{430}nk.com/", true),
            ("a.b@bank.com", "mailto:a.b@bank.com", false),
        ] {
            let url = target(href).expect("a link");
            assert_eq!(judge(text, &url).deceptive, expect, "{text} {href}");
        }
    }

    #[test]
    fn only_addresses_that_open_pages_mails_and_calls_lead_somewhere() {
        for href in [
            "javascript:alert(1)",
            " java\nscript:alert(1)",
            "data:text/html,x",
            "file:///etc/passwd",
            "vbscript:x",
            "/a",
            "#a",
        ] {
            assert_eq!(target(href), None, "{href}");
        }
        for href in [
            "http://a.example",
            "//a.example/x",
            "mailto:a@b",
            "tel:+86",
            "www.a.example/x",
        ] {
            assert!(target(href).is_some(), "{href}");
        }
    }
}
