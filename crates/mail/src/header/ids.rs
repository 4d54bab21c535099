//! Message identifiers, with all that clients do to them.

use std::collections::HashSet;

/// How many identifiers of `References` are kept: the first, which is the root, and the newest.
const IDS_MAX: usize = 200;

/// Longest identifier: a line of mail has no more (RFC 5322 §2.1.1).
const ID_MAX: usize = 998;

/// The identifiers in a header, in order, each once.
pub(crate) fn list(text: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let mut seen = HashSet::new();
    let mut rest = text;
    while let Some(at) = rest.find('<') {
        let inner = &rest[at + 1..];
        let stop = inner.find(['>', '<']).unwrap_or(inner.len());
        push(&mut found, &mut seen, &inner[..stop]);
        rest = inner[stop..].strip_prefix('>').unwrap_or(&inner[stop..]);
    }
    if found.is_empty() {
        for word in text.split(|it: char| it.is_whitespace() || it == ',') {
            if word.contains('@') {
                push(&mut found, &mut seen, word);
            }
        }
    }
    bounded(found)
}

/// The first, which is the root, and the newest.
pub(crate) fn bounded(mut ids: Vec<String>) -> Vec<String> {
    if ids.len() > IDS_MAX {
        let newest = ids.split_off(ids.len() - (IDS_MAX - 1));
        ids.truncate(1);
        ids.extend(newest);
    }
    ids
}

/// The one identifier of a `Message-ID`, even where it has no brackets.
pub(crate) fn one(text: &str) -> Option<String> {
    list(text).into_iter().next().or_else(|| {
        let bare = tidy(text.trim_matches(['<', '>', ' ']));
        (!bare.is_empty()).then_some(bare)
    })
}

fn push(found: &mut Vec<String>, seen: &mut HashSet<String>, id: &str) {
    let id = tidy(id);
    if !id.is_empty() && seen.insert(id.clone()) {
        found.push(id);
    }
}

/// Folding puts blanks into identifiers; none has any.
fn tidy(id: &str) -> String {
    id.chars()
        .filter(|it| !it.is_whitespace() && !it.is_control())
        .take(ID_MAX)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_survive_folding_missing_brackets_and_noise() {
        assert_eq!(list("<a@x> <b@x>\t<a@x>"), ["a@x", "b@x"]);
        assert_eq!(list("a@x, b@x"), ["a@x", "b@x"]);
        assert_eq!(list("<a @x>"), ["a@x"]);
        assert_eq!(list("<a@x <b@x>"), ["a@x", "b@x"]);
        assert_eq!(list("Your message of Monday <a@x>"), ["a@x"]);
        assert_eq!(one("no-at-sign"), Some("no-at-sign".to_owned()));
        assert_eq!(one(" "), None);
        let many: String = (0..500).fold(String::new(), |text, it| text + &format!("<{it}@x> "));
        let kept = list(&many);
        assert_eq!(
            (kept.len(), kept[0].as_str(), kept[199].as_str()),
            (200, "0@x", "499@x")
        );
    }
}
