//! Mail as bytes and as facts: no IO, no clock, no chance.
//!
//! - [`decode()`] reads a mail. It is total: whatever the bytes, there is a [`Mail`] that can be read, and what had to be
//!   guessed or repaired is in [`Mail::problems`].
//! - [`Auto`] says whether a machine wrote it, and [`report()`] what a bounce says.
//! - [`thread::place`] decides which conversation it belongs to, and why.
//! - [`clean()`] makes its HTML fit to show; [`trim_text`] and [`trim_html`] leave out what it quotes.
//! - [`authentication()`] reads what a trusted server found of its origin, a [`Check`] finds it out (SPF, DKIM, DMARC), and
//!   [`warnings()`] says how far to trust it.
//! - [`compose()`] writes one.
//!
//! Invariants: nothing here panics, whatever the input; nothing recurses as deep as the input does; memory is a small
//! multiple of the input; the HTML of a [`Mail`] is not clean.

mod auto;
mod calendar;
mod charset;
mod compose;
mod content;
mod decode;
mod header;
mod html;
mod mail;
mod mime;
mod origin;
mod plain;
mod problem;
mod report;
pub mod thread;
mod tnef;
mod trim;
mod warning;

pub use auto::Auto;
pub use compose::{Automatic, File, Language, Outgoing, Quote, compose, sendable};
pub use decode::decode;
pub use html::{
    clean::{Clean, Inline, Remote, clean},
    links::Link,
    text::text as text_of_html,
};
pub use mail::{Header, Mail, Mailbox, Part};
pub use origin::{
    Answer, Authentication, Check, Path, Question, Record, Signature, Txt, Verdict, authentication,
    dkim, dkim_questions, is_stated, own_server, registered, stated_spf,
};
pub use problem::Problem;
pub use report::{Fate, Outcome, Report, report};
pub use trim::{Trimmed, trim_html, trim_text};
pub use warning::{Circle, Warning, WarningKind, is_dangerous, warnings};

/// Parts that are told apart: more than any client sends, few enough to keep. The rest of such a mail is one file.
pub const PARTS_MAX: usize = 25_000;

/// Headers that are kept; a mail that went round the world has a hundred.
pub const HEADERS_MAX: usize = 2_000;

/// Bytes of one header that are looked at: a list of two thousand recipients fits.
pub const HEADER_MAX: usize = 256 * 1024;

/// Bytes of plain text that become the text of a message; a longer one is a file, and its beginning the text.
pub const TEXT_MAX: usize = 2 * 1024 * 1024;

/// The same for HTML, which may carry its pictures in itself.
pub const HTML_MAX: usize = 8 * 1024 * 1024;

/// How mails of a mailbox are read.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Options {
    /// The charset of texts that do not say theirs, where the bytes leave a choice: a label such as `gb18030`.
    pub default_charset: Option<String>,
    /// Everything is read in this charset, whatever is said of it and however unlikely: a person saw that it was read wrongly.
    pub charset: Option<String>,
    /// How many mails within mails are opened to find something to read.
    pub(crate) depth: u8,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            default_charset: None,
            charset: None,
            depth: 2,
        }
    }
}

impl Options {
    /// Options with a default charset.
    #[must_use]
    pub fn with_charset(label: impl Into<String>) -> Self {
        Self {
            default_charset: Some(label.into()),
            ..Self::default()
        }
    }

    /// The same, reading everything in one charset; `None` when nothing is known of it.
    #[must_use]
    pub fn in_charset(self, label: &str) -> Option<Self> {
        charset::is_known(label).then(|| Self {
            charset: Some(label.to_owned()),
            ..self
        })
    }

    fn expected(&self) -> charset::Expected<'_> {
        match (&self.charset, &self.default_charset) {
            (Some(label), _) => charset::Expected::Always(label),
            (None, Some(label)) => charset::Expected::Usually(label),
            (None, None) => charset::Expected::Anything,
        }
    }
}
