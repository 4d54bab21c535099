//! What was wrong with a mail, and is not any more.

/// Something that had to be guessed or repaired. A mail with problems is still a message.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Problem {
    /// The bytes had no headers at all; everything was taken as text.
    NoHeaders,
    /// There is nobody in `From`.
    NoSender,
    /// A text said nothing, or something wrong, about its charset; this one was used.
    CharsetGuessed {
        /// What the mail said; empty when it said nothing.
        declared: String,
        /// What was used.
        used: &'static str,
    },
    /// Some bytes of a text are in no charset; they show as U+FFFD.
    CharsetBroken,
    /// A header held bytes that mail may not hold; they were decoded by a guess.
    RawHeader,
    /// Base64, quoted-printable or uuencode were damaged; what could be read was kept.
    TransferBroken,
    /// A multipart never ended, or its boundary was never seen.
    MultipartBroken,
    /// More parts than [`crate::PARTS_MAX`]; the rest is one file.
    TooManyParts,
    /// More headers than [`crate::HEADERS_MAX`]; the rest was left in the source.
    TooManyHeaders,
    /// A `winmail.dat` could not be opened; it stays as a file.
    WinmailBroken,
    /// A text was longer than anybody reads: its beginning is the text, all of it is a file.
    TooLong,
}

impl Problem {
    /// The name of this kind of problem: for counting, and for languages.
    pub fn key(&self) -> &'static str {
        match self {
            Self::NoHeaders => "no_headers",
            Self::NoSender => "no_sender",
            Self::CharsetGuessed { .. } => "charset_guessed",
            Self::CharsetBroken => "charset_broken",
            Self::RawHeader => "raw_header",
            Self::TransferBroken => "transfer_broken",
            Self::MultipartBroken => "multipart_broken",
            Self::TooManyParts => "too_many_parts",
            Self::TooManyHeaders => "too_many_headers",
            Self::WinmailBroken => "winmail_broken",
            Self::TooLong => "too_long",
        }
    }
}

/// Problems of one mail that are noted: more tell nobody more.
const PROBLEMS_MAX: usize = 50;

/// Notes a problem once.
pub(crate) fn note(problems: &mut Vec<Problem>, problem: Problem) {
    if problems.len() < PROBLEMS_MAX && !problems.contains(&problem) {
        problems.push(problem);
    }
}
