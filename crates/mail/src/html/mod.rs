//! HTML of mails: its tags, its text.

pub(crate) mod clean;
pub(crate) mod links;
mod style;
pub(crate) mod text;
pub(crate) mod tokens;
pub(crate) mod write;

/// An address in HTML as it can be compared: without blanks; what a `cid:` names without its escapes.
pub(crate) fn reference(value: &str) -> String {
    let value = value.trim();
    match value.get(..4).filter(|it| it.eq_ignore_ascii_case("cid:")) {
        Some(_) => format!("cid:{}", unescape(value[4..].trim())),
        None => value.to_owned(),
    }
}

/// The addresses in `url(...)` of a style.
pub(crate) fn urls_of_style(style: &str) -> Vec<String> {
    let mut found = Vec::new();
    let lower = style.to_ascii_lowercase();
    let mut at = 0;
    while let Some(next) = lower[at..].find("url(") {
        let start = at + next + 4;
        let stop = lower[start..]
            .find(')')
            .map_or(style.len(), |it| start + it);
        found.push(reference(
            style[start..stop].trim().trim_matches(['"', '\'']),
        ));
        at = stop;
    }
    found
}

fn unescape(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        if bytes[at] == b'%'
            && let Some(byte) = bytes
                .get(at + 1..at + 3)
                .and_then(crate::mime::transfer::hex)
        {
            out.push(byte);
            at += 3;
        } else {
            out.push(bytes[at]);
            at += 1;
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}
