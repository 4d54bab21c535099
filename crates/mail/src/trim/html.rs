//! The same for HTML: its lines are found, judged as text, and it is cut where the first that goes begins.

use super::{
    LINES_MAX, Trimmed, cut,
    line::{self, Class, Line},
};
use crate::html::{
    text::is_hidden,
    tokens::{self, Piece, is_void},
    write,
};

/// Classes and ids of elements that hold what is quoted: of Gmail, Thunderbird, Yahoo, Proton, Outlook, QQ, `NetEase`.
const CONTAINERS: &[&str] = &[
    "gmail_quote",
    "gmail_quote_container",
    "gmail_extra",
    "yahoo_quoted",
    "protonmail_quote",
    "isreplycontent",
    "includetail",
    "mail-editor-reference-message-container",
    "ms-outlook-mobile-reference-message",
    "ntes-mail-quote",
    "moz-cite-prefix",
    "zmail_extra",
    "tutanota_quote",
    "reply_quote",
    "qmail_quote",
];

/// Ids of elements from which on everything is quoted.
const FROM_HERE: &[&str] = &[
    "divrplyfwdmsg",
    "appendonsend",
    "stopspelling",
    "mail-editor-reference-message",
];

/// Finds the lines of HTML.
struct Reader {
    lines: Vec<Line>,
    text: String,
    /// The piece at which the line that is being read begins.
    start: usize,
    stack: Vec<(String, Mark, bool)>,
    /// How many of the open elements keep ends of lines.
    written: usize,
    /// How many of the open elements are of each mark.
    sure: usize,
    unsure: usize,
    hidden: usize,
    /// Whether an element from which on all is quoted was met.
    splits: bool,
}

/// What an element says of what is in it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mark {
    Nothing,
    Sure,
    Unsure,
    Hidden,
}

/// What is new in the HTML of [`crate::Clean`]. The result is as clean and as balanced as what was given.
pub fn trim_html(html: &str) -> Trimmed {
    let pieces = lines_apart(tokens::all(html));
    let whole = || Trimmed {
        visible: html.to_owned(),
        has_quoted: false,
    };
    let mut reader = Reader {
        lines: Vec::new(),
        text: String::new(),
        start: 0,
        stack: Vec::new(),
        sure: 0,
        unsure: 0,
        hidden: 0,
        written: 0,
        splits: false,
    };
    for (at, piece) in pieces.iter().enumerate() {
        reader.take(at, piece);
    }
    reader.flush(pieces.len());
    if reader.lines.len() > LINES_MAX {
        return whole();
    }
    let Some(at) = cut::find(&reader.lines) else {
        return whole();
    };
    Trimmed {
        visible: written(&pieces[..reader.lines[at].start]),
        has_quoted: true,
    }
}

impl Reader {
    fn take(&mut self, at: usize, piece: &Piece) {
        match piece {
            Piece::Text(text) => {
                if self.hidden == 0 {
                    self.text.push_str(text);
                }
                if self.written > 0 && text.ends_with('\n') {
                    self.flush(at + 1);
                }
            }
            Piece::Open { name, .. } => {
                let mark = self.mark(name, piece);
                if ends_line(name) || mark != Mark::Nothing || self.splits {
                    self.flush(if name == "br" { at + 1 } else { at });
                }
                if name == "hr" {
                    self.text.push_str("----");
                    self.flush(at + 1);
                }
                if name == "img" && self.hidden == 0 {
                    // A picture says something, even if nobody can tell what.
                    self.text.push('\u{fffc}');
                }
                if !is_void(name) {
                    let written = keeps_lines(piece);
                    self.written += usize::from(written);
                    self.count(mark, true);
                    self.stack.push((name.clone(), mark, written));
                }
            }
            Piece::Close(name) => {
                let Some((_, mark, written)) = self.stack.pop() else {
                    return;
                };
                self.written -= usize::from(written);
                if ends_line(name) || mark != Mark::Nothing {
                    self.flush(at + 1);
                }
                self.count(mark, false);
            }
        }
    }

    fn count(&mut self, mark: Mark, opens: bool) {
        let counter = match mark {
            Mark::Nothing => return,
            Mark::Sure => &mut self.sure,
            Mark::Unsure => &mut self.unsure,
            Mark::Hidden => &mut self.hidden,
        };
        *counter = if opens {
            *counter + 1
        } else {
            counter.saturating_sub(1)
        };
    }

    fn mark(&mut self, name: &str, piece: &Piece) -> Mark {
        if is_hidden(piece) {
            return Mark::Hidden;
        }
        let names = [piece.attr("class"), piece.attr("id")];
        let named = |list: &[&str]| {
            names
                .iter()
                .flatten()
                .flat_map(|it| it.split(' '))
                .map(|it| it.trim_start_matches("x_").to_ascii_lowercase())
                .any(|it| list.contains(&it.as_str()))
        };
        if named(FROM_HERE) || is_head_of_outlook(name, piece) {
            self.splits = true;
        }
        if named(CONTAINERS) {
            return Mark::Sure;
        }
        match (name, piece.attr("type")) {
            ("blockquote", Some(kind)) if kind.eq_ignore_ascii_case("cite") => Mark::Sure,
            ("blockquote", _) => Mark::Unsure,
            _ => Mark::Nothing,
        }
    }

    /// Ends a line; the next begins at a piece.
    fn flush(&mut self, next: usize) {
        let text: String = std::mem::take(&mut self.text);
        let text = text.replace(['\u{a0}', '\u{200b}', '\u{feff}'], " ");
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let mut class = line::classify(&text);
        // `-- ` lost its blank; a line of a table of headers may be cells.
        if class != Class::Empty && class != Class::Forward {
            if self.sure > 0 {
                class = Class::Quote { sure: true };
            } else if self.unsure > 0 {
                class = Class::Quote { sure: false };
            }
        }
        self.lines.push(Line {
            text,
            class,
            start: self.start,
        });
        if std::mem::take(&mut self.splits) {
            self.lines.push(Line {
                text: String::new(),
                class: Class::Splitter,
                start: next,
            });
        }
        self.start = next;
    }
}

/// Whether ends of lines in an element are ends of lines.
fn keeps_lines(piece: &Piece) -> bool {
    let Piece::Open { name, .. } = piece else {
        return false;
    };
    name == "pre"
        || piece.attr("style").is_some_and(|it| {
            let style: String = it.to_ascii_lowercase().split_whitespace().collect();
            style.contains("white-space:pre")
        })
}

/// Texts of several lines as one piece for each, so that they can be cut between them.
fn lines_apart(pieces: Vec<Piece>) -> Vec<Piece> {
    if !pieces.iter().any(keeps_lines) {
        return pieces;
    }
    let mut out = Vec::with_capacity(pieces.len());
    for piece in pieces {
        match piece {
            Piece::Text(text) if text.contains('\n') => {
                out.extend(
                    text.split_inclusive('\n')
                        .map(|it| Piece::Text(it.to_owned())),
                );
            }
            other => out.push(other),
        }
    }
    out
}

/// The line above a quoted mail in Outlook: a box with nothing but an upper border.
fn is_head_of_outlook(name: &str, piece: &Piece) -> bool {
    name == "div"
        && piece.attr("style").is_some_and(|it| {
            let style: String = it.to_ascii_lowercase().split_whitespace().collect();
            let border = [
                "border-top:solid#e1e1e11.0pt",
                "border-top:solid#b5c4df1.0pt",
                "border-top:1pxsolid#e1e1e1",
            ];
            border.iter().any(|it| style.contains(it)) && style.contains("padding:3.0pt")
        })
}

fn ends_line(name: &str) -> bool {
    matches!(
        name,
        "address"
            | "article"
            | "blockquote"
            | "br"
            | "center"
            | "dd"
            | "div"
            | "dl"
            | "dt"
            | "footer"
            | "h1"
            | "h2"
            | "h3"
            | "h4"
            | "h5"
            | "h6"
            | "header"
            | "hr"
            | "li"
            | "main"
            | "ol"
            | "p"
            | "pre"
            | "section"
            | "table"
            | "tr"
            | "ul"
    )
}

/// Pieces as HTML, with everything closed that is open at their end.
fn written(pieces: &[Piece]) -> String {
    let mut out = String::new();
    let mut stack: Vec<&str> = Vec::new();
    for piece in pieces {
        match piece {
            Piece::Text(text) => write::text(text, &mut out),
            Piece::Open { name, attrs } => {
                write::open(name, attrs, &mut out);
                if !is_void(name) {
                    stack.push(name);
                }
            }
            Piece::Close(name) => {
                stack.pop();
                write::close(name, &mut out);
            }
        }
    }
    for name in stack.iter().rev() {
        write::close(name, &mut out);
    }
    out
}
