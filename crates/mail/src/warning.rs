//! What a reader should know before trusting a mail.

use std::collections::BTreeSet;

use crate::{Authentication, Mail, Verdict, html::links::Link};

/// A reason for care.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// What it is.
    pub kind: WarningKind,
    /// What it is about: an address, a host, or a file; empty where there is nothing to name.
    pub detail: String,
}

/// What can be wrong with a mail, gravest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum WarningKind {
    /// Its sender's domain says that mail like this is not from it.
    Spoofed,
    /// Its sender's name is that of an agent or a shop, or another address.
    Impersonation,
    /// Its sender's domain looks like one that is known, and is another.
    LookAlike,
    /// A link shows one host and leads to another.
    DeceptiveLink,
    /// A file in it can run.
    DangerousFile,
    /// Answers would go to another domain than it came from.
    ReplyToDiffers,
    /// Its origin was checked, and nothing proves the address that it names.
    Unverified,
    /// This address has never written before.
    FirstTimeSender,
}

impl WarningKind {
    /// The name for storage and languages.
    pub fn key(self) -> &'static str {
        match self {
            Self::Spoofed => "spoofed",
            Self::Impersonation => "impersonation",
            Self::LookAlike => "look_alike",
            Self::DeceptiveLink => "deceptive_link",
            Self::DangerousFile => "dangerous_file",
            Self::ReplyToDiffers => "reply_to_differs",
            Self::Unverified => "unverified",
            Self::FirstTimeSender => "first_time_sender",
        }
    }
}

/// Whom the desk knows.
#[derive(Clone, Debug, Default)]
pub struct Circle {
    /// Names of agents and shops.
    pub names: Vec<String>,
    /// Addresses of the desk and of its agents.
    pub addresses: Vec<String>,
    /// Hosts that others may want to look like: the desk's own, and those of regular customers.
    pub hosts: Vec<String>,
    /// Whether the sender has written before.
    pub knows_sender: bool,
}

/// Endings of files that run, or open something that does.
const DANGEROUS: &[&str] = &[
    "exe", "scr", "com", "pif", "bat", "cmd", "msi", "msp", "cpl", "dll", "js", "jse", "vbs",
    "vbe", "wsf", "wsh", "hta", "ps1", "psm1", "jar", "lnk", "reg", "inf", "scf", "url", "iso",
    "img", "vhd", "vhdx", "apk", "app", "dmg", "pkg", "docm", "xlsm", "pptm", "dotm", "xltm",
    "xlam", "one", "html", "htm", "xhtml", "mht", "mhtml", "svg", "chm", "swf",
];

/// What to warn of, gravest first. `links` are those of [`crate::Clean`].
pub fn warnings(
    mail: &Mail,
    origin: &Authentication,
    circle: &Circle,
    links: &[Link],
) -> Vec<Warning> {
    let mut found: Vec<Warning> = Vec::new();
    let mut warn = |kind, detail: &str| {
        let detail: String = detail.chars().take(200).collect();
        let warning = Warning { kind, detail };
        if !found.contains(&warning) {
            found.push(warning);
        }
    };
    let (name, address, host) = mail
        .from
        .as_ref()
        .map(|it| (it.name.as_str(), it.address.as_str(), it.host()))
        .unwrap_or_default();
    let own = circle
        .addresses
        .iter()
        .any(|it| it.eq_ignore_ascii_case(address));
    let own_host = circle.addresses.iter().any(|it| {
        it.rsplit('@')
            .next()
            .is_some_and(|it| it.eq_ignore_ascii_case(host))
    });
    let unproven = origin.checked_by.is_some() && !origin.verified && !origin.signed;
    if (origin.dmarc == Verdict::Fail && origin.enforced) || (unproven && own_host) {
        warn(WarningKind::Spoofed, host);
    } else if unproven {
        warn(WarningKind::Unverified, address);
    }
    if !own && impersonates(name, address, circle) {
        warn(WarningKind::Impersonation, name);
    }
    if let Some(known) = looks_like(host, &circle.hosts) {
        warn(WarningKind::LookAlike, &format!("{host} ≠ {known}"));
    }
    for link in links.iter().filter(|it| it.deceptive) {
        warn(WarningKind::DeceptiveLink, &link.host);
    }
    for part in mail.parts.iter().filter(|it| is_dangerous(&it.name)) {
        warn(WarningKind::DangerousFile, &part.name);
    }
    for other in &mail.reply_to {
        if !other.host().is_empty() && organisation(other.host()) != organisation(host) {
            warn(WarningKind::ReplyToDiffers, &other.address);
        }
    }
    if !circle.knows_sender {
        warn(WarningKind::FirstTimeSender, address);
    }
    found.sort_by_key(|it| it.kind);
    found
}

/// Whether a file of this name can run when it is opened.
pub fn is_dangerous(name: &str) -> bool {
    let ending = name
        .trim_end_matches(['.', ' '])
        .rsplit_once('.')
        .map(|it| it.1.to_lowercase());
    ending.is_some_and(|it| DANGEROUS.contains(&it.as_str()))
}

/// Whether a display name pretends: to be one of us, or another address.
fn impersonates(name: &str, address: &str, circle: &Circle) -> bool {
    let plain = |text: &str| -> String {
        skeleton(text)
            .chars()
            .filter(|it| it.is_alphanumeric())
            .collect()
    };
    let own = plain(name);
    let is_name = own.chars().count() >= 2 && circle.names.iter().any(|it| plain(it) == own);
    let written = name
        .split(|it: char| it.is_whitespace() || "<>()\"'，,;".contains(it))
        .find(|it| {
            it.split_once('@')
                .is_some_and(|(local, host)| !local.is_empty() && host.contains('.'))
        });
    is_name || written.is_some_and(|it| !it.eq_ignore_ascii_case(address))
}

/// The known host that `host` looks like without being it, or below it.
fn looks_like<'a>(host: &str, known: &'a [String]) -> Option<&'a str> {
    let host = host.to_lowercase();
    let is_known = |it: &str| host == it || host.ends_with(&format!(".{it}"));
    if host.is_empty() || known.iter().any(|it| is_known(&it.to_lowercase())) {
        return None;
    }
    let shape = skeleton(&idna::domain_to_unicode(&host).0);
    known.iter().map(String::as_str).find(|it| {
        let other = skeleton(&it.to_lowercase());
        let (own_label, other_label) = (label(&shape), label(&other));
        shape == other
            // shop-example.com, shop.example.com.evil.net: the known name in another place.
            || (other_label.len() >= 5 && own_label != other_label && one_apart(own_label, other_label))
            || (other.len() >= 8 && shape.contains(&other))
            || (other_label.len() >= 6 && own_label.len() > other_label.len() && own_label.split('-').any(|it| it == other_label))
    })
}

/// The part of a host that its owner chose.
fn label(host: &str) -> &str {
    organisation_of(host).split('.').next().unwrap_or(host)
}

fn organisation(host: &str) -> String {
    organisation_of(&host.to_lowercase()).to_owned()
}

/// The part of a host that is bought: two labels, or three where the second is a common one. Without the list of all
/// suffixes this errs towards not warning.
fn organisation_of(host: &str) -> &str {
    let labels: Vec<&str> = host.rsplit('.').collect();
    let shared = ["com", "co", "net", "org", "gov", "edu", "ac", "or", "ne"];
    let keep = if labels.len() > 2 && labels[0].len() == 2 && shared.contains(&labels[1]) {
        3
    } else {
        2
    };
    let length: usize = labels.iter().take(keep).map(|it| it.len() + 1).sum();
    &host[host.len().saturating_sub(length.saturating_sub(1))..]
}

/// Letters as the eye takes them: what looks alike is alike.
fn skeleton(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for it in text.to_lowercase().chars() {
        out.push(match it {
            'а' | 'α' | 'ɑ' | 'à' | 'á' | 'â' | 'ä' | 'å' | 'ā' => 'a',
            'ь' | 'Ь' => 'b',
            'с' | 'ϲ' | 'ç' => 'c',
            'ԁ' => 'd',
            'е' | 'ё' | 'è' | 'é' | 'ê' | 'ë' | 'ē' => 'e',
            'ɡ' => 'g',
            'һ' => 'h',
            'і' | 'ı' | 'ï' | 'í' | 'ì' | 'ι' | 'l' | '1' | '|' | 'ӏ' | 'ⅼ' => 'i',
            'ј' => 'j',
            'κ' | 'к' => 'k',
            'м' => 'm',
            'п' | 'ո' | 'ñ' => 'n',
            'о' | 'ο' | 'ö' | 'ó' | 'ò' | 'ø' | '0' | 'օ' => 'o',
            'р' | 'ρ' => 'p',
            'ѕ' | '5' => 's',
            'т' | 'τ' => 't',
            'υ' | 'ü' | 'ú' | 'ս' => 'u',
            'ν' | 'ѵ' => 'v',
            'ѡ' | 'ω' => 'w',
            'х' | 'χ' => 'x',
            'у' | 'γ' | 'ý' => 'y',
            other => other,
        });
    }
    out.replace("rn", "m").replace("vv", "w").replace("ci", "d")
}

/// Whether two words differ by one letter that was changed, added, left out, or swapped with its neighbour.
fn one_apart(a: &str, b: &str) -> bool {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let prefix = a.iter().zip(&b).take_while(|(a, b)| a == b).count();
    let (rest_a, rest_b) = (&a[prefix..], &b[prefix..]);
    let same = |a: &[char], b: &[char]| a == b;
    match (rest_a, rest_b) {
        ([_, a @ ..], [_, b @ ..]) if same(a, b) => true,
        ([_, a @ ..], b) if same(a, b) => true,
        (a, [_, b @ ..]) if same(a, b) => true,
        ([a1, a2, a @ ..], [b1, b2, b @ ..]) => a1 == b2 && a2 == b1 && same(a, b),
        _ => false,
    }
}

/// Whether letters of more than one alphabet that look alike are mixed in one label, as no honest name does.
pub(crate) fn mixes_alphabets(host: &str) -> bool {
    host.split('.').any(|label| {
        let scripts: BTreeSet<u8> = label
            .chars()
            .filter_map(|it| match it {
                'a'..='z' | 'A'..='Z' => Some(0),
                '\u{370}'..='\u{3ff}' => Some(1),
                '\u{400}'..='\u{52f}' => Some(2),
                '\u{530}'..='\u{58f}' => Some(3),
                _ => None,
            })
            .collect();
        scripts.len() > 1
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Options, decode};

    fn circle() -> Circle {
        Circle {
            names: vec!["Li Wei".into(), "小店客服".into()],
            addresses: vec!["help@shop-of-li.example".into()],
            hosts: vec![
                "shop-of-li.example".into(),
                "taobao.com".into(),
                "customer.example".into(),
            ],
            knows_sender: true,
        }
    }

    fn check(headers: &str, expect: &[(&str, &str)]) {
        let mail = decode(format!("{headers}\n\nx").as_bytes(), &Options::default());
        let found = warnings(&mail, &Authentication::default(), &circle(), &[]);
        let found: Vec<(&str, &str)> = found
            .iter()
            .map(|it| (it.kind.key(), it.detail.as_str()))
            .collect();
        assert_eq!(found, expect, "{headers}");
    }

    #[test]
    fn who_pretends_is_named() {
        check(
            "From: Li Wei <wei@customer.example>",
            &[("impersonation", "Li Wei")],
        );
        check(
            "From: =?utf-8?B?5bCP5bqX5a6i5pyN?= <x@customer.example>",
            &[("impersonation", "小店客服")],
        );
        check(
            "From: \"help@shop-of-li.example\" <x@customer.example>",
            &[("impersonation", "help@shop-of-li.example")],
        );
        check("From: Li Wei <help@shop-of-li.example>", &[]);
        check(
            "From: x@taoba0.com",
            &[("look_alike", "taoba0.com ≠ taobao.com")],
        );
        check(
            "From: x@ta0bao.com",
            &[("look_alike", "ta0bao.com ≠ taobao.com")],
        );
        check(
            "From: x@xn--tobao-3ve.com",
            &[("look_alike", "xn--tobao-3ve.com ≠ taobao.com")],
        );
        check(
            "From: x@taobao-service.com",
            &[("look_alike", "taobao-service.com ≠ taobao.com")],
        );
        check("From: x@mail.taobao.com", &[]);
        check("From: x@other.example", &[]);
        check("From: x@a.example.com\nReply-To: y@mail.example.com", &[]);
        check(
            "From: x@a.example\nReply-To: y@evil.test",
            &[("reply_to_differs", "y@evil.test")],
        );
    }

    #[test]
    fn an_own_address_that_nothing_proves_is_spoofed() {
        let mail = decode(b"From: help@shop-of-li.example\n\n", &Options::default());
        let origin = Authentication {
            checked_by: Some("mx".into()),
            ..Authentication::default()
        };
        let found = warnings(&mail, &origin, &circle(), &[]);
        assert_eq!(found[0].kind, WarningKind::Spoofed);
    }

    #[test]
    fn files_that_run_are_dangerous() {
        for (name, expect) in [
            ("a.pdf", false),
            ("a.pdf.exe", true),
            ("a.EXE. ", true),
            ("发票.js", true),
            ("exe", false),
        ] {
            assert_eq!(is_dangerous(name), expect, "{name}");
        }
    }
}
