//! How good a match is.
//!
//! Matches of one query compete by how much of the text they are and by how new it is. Time is added, not multiplied by an
//! age: a score never changes while the clock goes on, so pages stay where they are.

use plugboard_domain::Timestamp;
use plugboard_store::{FoundKind, tokens};

/// A match that is newer by this many seconds weighs as much as one that is better by a factor of e: 30 days.
const RECENCY_SECS: f64 = 30.0 * 86_400.0;

/// Saturation of repeated words and weight of length, as BM25 has them.
const SATURATION: f64 = 1.2;
const LENGTH_WEIGHT: f64 = 0.75;

/// A usual message, in bytes.
const USUAL_BYTES: f64 = 120.0;

/// Characters of the stretch that a result shows.
const WINDOW_CHARS: usize = 160;

/// Of those, characters before the first match.
const LEAD_CHARS: usize = 40;

/// The score; greater is better.
pub(super) fn score(kind: FoundKind, text: &str, query: &str, at: Timestamp) -> f64 {
    // A stretch of the text can match where the words of the query are apart; then it counts as one match.
    let matches = small(tokens::matches(text, query).len().max(1));
    let length = small(text.len()) / USUAL_BYTES;
    let norm = SATURATION * (1.0 - LENGTH_WEIGHT + LENGTH_WEIGHT * length);
    let words = (matches * (SATURATION + 1.0) / (matches + norm)).ln();
    // People who search a name or a label want that, not every message that mentions it.
    let kind = match kind {
        FoundKind::Contact => 3.0,
        FoundKind::Conversation => 1.5,
        FoundKind::Message => 0.0,
    };
    words + kind + at.duration_since(Timestamp::UNIX_EPOCH).as_secs_f64() / RECENCY_SECS
}

fn small(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

/// The stretch of a text around its first match, with an ellipsis where it was cut.
pub(super) fn window(text: &str, query: &str) -> String {
    let first = tokens::matches(text, query)
        .first()
        .map_or(0, |range| range.start);
    let start = text[..first]
        .char_indices()
        .rev()
        .take(LEAD_CHARS)
        .last()
        .map_or(first, |(at, _)| at);
    let rest = &text[start..];
    let end = rest
        .char_indices()
        .nth(WINDOW_CHARS)
        .map_or(rest.len(), |(at, _)| at);
    let before = if start > 0 { "…" } else { "" };
    let after = if end < rest.len() { "…" } else { "" };
    format!("{before}{}{after}", rest[..end].replace(['\n', '\r'], " "))
}

#[cfg(test)]
mod tests {
    use super::window;

    #[test]
    fn a_window_shows_the_first_match_and_says_where_it_was_cut() {
        assert_eq!(window("我要退款", "退款"), "我要退款");
        let long = format!("{}退款{}", "前".repeat(300), "后".repeat(300));
        let shown = window(&long, "退款");
        assert!(shown.starts_with("…前") && shown.contains("退款") && shown.ends_with("后…"));
        assert_eq!(shown.chars().count(), 162);
        assert_eq!(window("", "退款"), "");
    }
}
