//! What a domain asks for about mail in its name (DMARC), and which domains are one owner's.
//!
//! The owner is found by walking up the names and asking each for a record, as the present standard does (RFC 9989 §4.10).
//! The walk ends at the name that can be registered, by the list of public suffixes: whoever gives names to others, and has a
//! record of its own without saying that it is a suffix, would otherwise be the owner of all of them.

use super::{
    names::{Answer, Names, Pending, Record},
    tags::{Tags, tags},
};

/// Names that are asked on the way up. Longer ones go on from their last seven parts.
const STEPS_MAX: usize = 8;

/// What is known of the domain that a mail says it is from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Domain {
    /// The domain of its owner.
    pub(super) organisation: String,
    /// What it asks for, when it asks for anything.
    pub(super) policy: Option<Policy>,
    /// True when somebody on the way up did not answer.
    pub(super) unknown: bool,
}

/// What a domain asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Policy {
    /// Mail that fails is to be set aside or refused.
    pub(super) strict: bool,
    /// Signatures must be of the very domain.
    pub(super) exact_dkim: bool,
    /// Senders must be of the very domain.
    pub(super) exact_spf: bool,
}

/// Asks a domain, and those above it.
pub(super) fn domain(names: &mut Names, host: &str) -> Result<Domain, Pending> {
    let mut answers = Vec::new();
    let mut pending = false;
    for name in way_up(host) {
        match names.ask(Record::Txt, &format!("_dmarc.{name}")) {
            Ok(answer) => answers.push((name, answer)),
            // All of them are asked for at once.
            Err(Pending) => pending = true,
        }
    }
    if pending {
        return Err(Pending);
    }
    let unknown = answers.iter().any(|it| it.1 == Answer::Failed);
    let records: Vec<(&str, Tags)> = answers
        .iter()
        .filter_map(|(name, answer)| Some((*name, record(answer)?)))
        .collect();
    let psd = |tags: &Tags, what: &str| tags.get("psd").is_some_and(|it| it == what);
    let mut organisation = host;
    for (name, tags) in &records {
        if psd(tags, "n") {
            organisation = name;
            break;
        }
        if psd(tags, "y") && *name != host {
            organisation = below(host, name);
            break;
        }
        // A public suffix is nobody's.
        if name.len() >= owned(host).len() {
            organisation = name;
        }
    }
    let find = |name: &str| records.iter().find(|it| it.0 == name).map(|it| &it.1);
    let of_suffix = || records.iter().find(|it| psd(&it.1, "y")).map(|it| &it.1);
    let above = || find(organisation).or_else(of_suffix);
    let policy = match find(host) {
        Some(tags) => Some(policy(tags, tags.get("p"))),
        None => above().map(|tags| policy(tags, tags.get("sp").or(tags.get("p")))),
    };
    Ok(Domain {
        organisation: organisation.to_owned(),
        policy,
        unknown,
    })
}

/// Whether what was proven is of whom a mail says it is from.
pub(super) fn aligned(
    names: &mut Names,
    from: &str,
    of: &Domain,
    proven: &str,
    exact: bool,
) -> Result<bool, Pending> {
    if proven == from {
        return Ok(true);
    }
    if exact || !could_be(of, proven) {
        return Ok(false);
    }
    if proven == of.organisation {
        return Ok(true);
    }
    Ok(domain(names, proven)?.organisation == of.organisation)
}

/// Whether a name can be of the same owner at all.
pub(super) fn could_be(of: &Domain, name: &str) -> bool {
    super::stated::is_within(name, &of.organisation)
}

fn policy(tags: &Tags, asked: Option<&String>) -> Policy {
    let is = |name: &str, value: &str| {
        tags.get(name)
            .is_some_and(|it| it.eq_ignore_ascii_case(value))
    };
    let asked = asked.map(|it| it.to_ascii_lowercase()).unwrap_or_default();
    Policy {
        // Who only tries it out is one step less strict (`t=y`).
        strict: asked == "reject" || (asked == "quarantine" && !is("t", "y")),
        exact_dkim: is("adkim", "s"),
        exact_spf: is("aspf", "s"),
    }
}

/// The record among the texts, if there is one and one only.
fn record(answer: &Answer) -> Option<Tags> {
    let Answer::Texts(texts) = answer else {
        return None;
    };
    let is = |text: &&String| {
        let first = text.split(';').next().unwrap_or_default();
        first
            .split_once('=')
            .is_some_and(|(name, value)| name.trim() == "v" && value.trim() == "DMARC1")
    };
    let mut found = texts.iter().filter(is);
    match (found.next(), found.next()) {
        (Some(text), None) => Some(tags(text)),
        _ => None,
    }
}

/// The domain and those above it, up to the one that was registered, and the suffix that it was registered under, which can
/// ask for something on behalf of all its names.
fn way_up(host: &str) -> Vec<&str> {
    let owned = owned(host);
    let mut names = vec![host];
    let mut left = host;
    while let Some((_, above)) = left.split_once('.') {
        if left.len() == owned.len() {
            names.push(above);
            break;
        }
        left = above;
        if left.split('.').count() < STEPS_MAX {
            names.push(left);
        }
    }
    names
}

/// The part of a name that its owner registered, by the list of public suffixes; all of a name that is a suffix itself.
fn owned(host: &str) -> &str {
    match psl::suffix_str(host) {
        Some(suffix) if suffix.len() < host.len() => below(host, suffix),
        Some(_) => host,
        // Nobody listed the last part: it is a suffix then.
        None => host
            .rsplit_once('.')
            .map_or(host, |(_, last)| below(host, last)),
    }
}

/// The part of a name that its owner registered, for whoever groups names by owner; the name itself when it is a suffix.
pub fn registered(name: &str) -> &str {
    owned(name.trim_end_matches('.'))
}

/// The name one part below a suffix, on the way to a host.
fn below<'a>(host: &'a str, suffix: &str) -> &'a str {
    let before = host.len().saturating_sub(suffix.len() + 1);
    let from = host[..before].rfind('.').map_or(0, |at| at + 1);
    &host[from..]
}
