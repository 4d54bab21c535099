//! What is new in an answer: without what it quotes, and without the signature. For the view only; nothing is taken from
//! the mail, and whoever reads can always see all of it.
//!
//! Text and HTML are judged by the same rules, line by line. When in doubt nothing is cut: an answer between quoted lines
//! stays where it is, and a mail that is passed on is not history but content.

mod cut;
mod html;
mod line;

pub use html::trim_html;

use line::{Class, Line};

/// An answer without what it quotes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trimmed {
    /// What is new. All of it, if nothing was cut.
    pub visible: String,
    /// Whether something was cut.
    pub has_quoted: bool,
}

/// Lines that are looked at: a mail with more is no answer.
const LINES_MAX: usize = 20_000;

/// What is new in a plain text.
pub fn trim_text(text: &str) -> Trimmed {
    let raw: Vec<&str> = text.split('\n').collect();
    let whole = || Trimmed {
        visible: text.to_owned(),
        has_quoted: false,
    };
    if raw.len() > LINES_MAX {
        return whole();
    }
    let lines: Vec<Line> = raw
        .iter()
        .enumerate()
        .map(|(at, it)| Line {
            text: (*it).to_owned(),
            class: line::classify(it),
            start: at,
        })
        .collect();
    let Some(at) = cut::find(&lines) else {
        return whole();
    };
    Trimmed {
        visible: raw[..lines[at].start].join("\n").trim_end().to_owned(),
        has_quoted: true,
    }
}

/// Whether a line says something of its own.
fn says(line: &Line) -> bool {
    matches!(line.class, Class::Text | Class::Header)
}
