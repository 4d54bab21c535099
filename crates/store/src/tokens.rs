//! Search tokens: one tokenizer for every store, for indexing and for asking.
//!
//! Runs of Chinese, Japanese and Korean become overlapping bigrams, and the last character of a run stands alone as well;
//! so any stretch of two or more characters is a phrase of tokens, and a single character is a prefix. Everything else
//! becomes lower-case words of letters and digits.

/// The tokens of a text, in order, for the index.
pub fn index(text: &str) -> String {
    let mut out = String::with_capacity(text.len() * 2);
    for run in runs(text) {
        match run {
            Run::Word(word) => {
                part(&mut out);
                out.push_str(&word);
            }
            Run::Cjk(chars) => {
                for (at, first) in chars.iter().enumerate() {
                    part(&mut out);
                    out.push(*first);
                    out.extend(chars.get(at + 1));
                }
            }
        }
    }
    out
}

/// What a query asks of the index: every term has to occur.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Term {
    /// These tokens, one after the other.
    Phrase(Vec<String>),
    /// A token that starts like this.
    Prefix(String),
}

/// The terms of a query. The last Latin word is a prefix, since people search while they type.
pub fn query(text: &str) -> Vec<Term> {
    let runs: Vec<Run> = runs(text).collect();
    let last = runs.len().saturating_sub(1);
    runs.into_iter()
        .enumerate()
        .map(|(at, run)| match run {
            Run::Word(word) if at == last => Term::Prefix(word),
            Run::Word(word) => Term::Phrase(vec![word]),
            Run::Cjk(chars) if chars.len() == 1 => Term::Prefix(chars.into_iter().collect()),
            Run::Cjk(chars) => {
                Term::Phrase(chars.windows(2).map(|pair| pair.iter().collect()).collect())
            }
        })
        .collect()
}

/// The stretches of `text` that the query matches, as byte ranges in order and apart: for highlighting.
pub fn matches(text: &str, query: &str) -> Vec<std::ops::Range<usize>> {
    let mut found = Vec::new();
    // Lower-casing can change lengths, so the comparison goes character by character over the original.
    let chars: Vec<(usize, char)> = text.char_indices().collect();
    for run in runs(query) {
        let (needle, cjk): (Vec<char>, bool) = match run {
            Run::Word(word) => (word.chars().collect(), false),
            Run::Cjk(chars) => (chars, true),
        };
        let mut at = 0;
        while at + needle.len() <= chars.len() {
            let starts_word =
                cjk || at == 0 || !is_word(chars[at - 1].1) || is_cjk(chars[at - 1].1);
            if starts_word
                && needle
                    .iter()
                    .zip(&chars[at..])
                    .all(|(want, (_, have))| folds_to(*have, *want))
            {
                let end = chars
                    .get(at + needle.len())
                    .map_or(text.len(), |(byte, _)| *byte);
                found.push(chars[at].0..end);
                at += needle.len();
            } else {
                at += 1;
            }
        }
    }
    found.sort_by_key(|range| range.start);
    found.dedup_by(|next, before| {
        let overlaps = next.start < before.end;
        if overlaps {
            before.end = before.end.max(next.end);
        }
        overlaps
    });
    found
}

enum Run {
    Word(String),
    Cjk(Vec<char>),
}

fn runs(text: &str) -> impl Iterator<Item = Run> + '_ {
    let mut chars = text.chars().peekable();
    std::iter::from_fn(move || {
        loop {
            let first = *chars.peek()?;
            if is_cjk(first) {
                let mut run = Vec::new();
                while let Some(next) = chars.next_if(|next| is_cjk(*next)) {
                    run.push(next);
                }
                return Some(Run::Cjk(run));
            }
            if is_word(first) {
                let mut word = String::new();
                while let Some(next) = chars.next_if(|next| is_word(*next) && !is_cjk(*next)) {
                    word.extend(next.to_lowercase());
                }
                return Some(Run::Word(word));
            }
            chars.next();
        }
    })
}

fn part(out: &mut String) {
    if !out.is_empty() {
        out.push(' ');
    }
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric()
}

fn folds_to(have: char, want: char) -> bool {
    have == want || have.to_lowercase().eq(std::iter::once(want))
}

/// True for the scripts that are written without spaces: Han, kana, hangul.
fn is_cjk(c: char) -> bool {
    matches!(u32::from(c),
        0x3005..=0x3007 | 0x3040..=0x30FF | 0x31F0..=0x31FF | 0x3400..=0x4DBF | 0x4E00..=0x9FFF
        | 0xAC00..=0xD7AF | 0xF900..=0xFAFF | 0x1100..=0x11FF | 0x20000..=0x3134F)
}

#[cfg(test)]
mod tests {
    use super::{Term, index, matches, query};

    #[test]
    fn chinese_becomes_bigrams_and_a_last_single() {
        assert_eq!(index("我要退款"), "我要 要退 退款 款");
        assert_eq!(
            index("iPhone15手机壳!TB-2026"),
            "iphone15 手机 机壳 壳 tb 2026"
        );
    }

    #[test]
    fn a_query_asks_for_phrases_and_prefixes() {
        assert_eq!(query("退款"), [Term::Phrase(vec!["退款".into()])]);
        assert_eq!(
            query("要退款"),
            [Term::Phrase(vec!["要退".into(), "退款".into()])]
        );
        assert_eq!(query("退"), [Term::Prefix("退".into())]);
        assert_eq!(
            query("Order hel"),
            [
                Term::Phrase(vec!["order".into()]),
                Term::Prefix("hel".into())
            ]
        );
        assert_eq!(query("  ?!"), []);
    }

    #[test]
    fn matches_are_found_in_the_original_spelling() {
        let text = "请问 Refund 退款流程,REFUNDS?";
        let hits: Vec<_> = matches(text, "refund 退款")
            .into_iter()
            .map(|range| &text[range])
            .collect();
        assert_eq!(hits, ["Refund", "退款", "REFUND"]);
    }
}
