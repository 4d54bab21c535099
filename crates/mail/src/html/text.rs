//! The text of HTML, as a reader sees it.

use super::tokens::{self, Piece};

/// Deepest quote that is marked: beyond it nobody counts.
const QUOTE_MAX: usize = 8;

/// Text so far.
#[derive(Default)]
struct Writer {
    out: String,
    /// Whether a blank is due before the next word.
    blank: bool,
    /// Whether nothing but a mark of quoting is on the line.
    fresh: bool,
    quotes: usize,
    pre: usize,
    /// What is being left out, and how many of its kind are open inside.
    hidden: Option<(String, usize)>,
    items: Vec<Option<u32>>,
    cells: usize,
    /// Whether what is hidden is shown, but for scripts and styles.
    shows_all: bool,
}

/// The text of `html`: blocks on lines of their own, quotes marked with `>`, no scripts, no hidden texts.
pub fn text(html: &str) -> String {
    let mut writer = Writer::new(false);
    tokens::each(html, |piece| writer.take(piece));
    if writer.hidden.is_some() {
        // Something hidden never ended: better to show too much than to hide a mail.
        writer = Writer::new(true);
        tokens::each(html, |piece| writer.take(piece));
    }
    tidy(&writer.out)
}

impl Writer {
    fn new(shows_all: bool) -> Self {
        Self {
            fresh: true,
            shows_all,
            ..Self::default()
        }
    }

    fn take(&mut self, piece: Piece) {
        if self.skips(&piece) {
            return;
        }
        match &piece {
            Piece::Text(text) => self.text(text),
            Piece::Open { name, .. } => self.open(name, &piece),
            Piece::Close(name) => self.close(name),
        }
    }

    /// Whether the piece is inside of something that is not shown.
    fn skips(&mut self, piece: &Piece) -> bool {
        if let Some((name, depth)) = &mut self.hidden {
            match piece {
                Piece::Open { name: it, .. } if it == name => *depth += 1,
                Piece::Close(it) if it == name => *depth -= 1,
                _ => {}
            }
            if *depth == 0 {
                self.hidden = None;
            }
            return true;
        }
        let Piece::Open { name, .. } = piece else {
            return false;
        };
        let never = matches!(
            name.as_str(),
            "script" | "style" | "title" | "template" | "select" | "noembed" | "iframe"
        );
        let always = matches!(name.as_str(), "script" | "style" | "title");
        if always
            || (!self.shows_all && never)
            || (!self.shows_all && !tokens::is_void(name) && is_hidden(piece))
        {
            self.hidden = Some((name.clone(), 1));
            return true;
        }
        false
    }

    fn open(&mut self, name: &str, piece: &Piece) {
        match name {
            "br" => self.newline(),
            "img" => {
                if let Some(alt) = piece.attr("alt").filter(|it| it.chars().count() <= 80) {
                    self.text(alt);
                }
            }
            "hr" => {
                self.block();
                self.text("----------");
                self.block();
            }
            "pre" => {
                self.block();
                self.pre += 1;
            }
            "blockquote" => {
                self.block();
                self.quotes += 1;
            }
            "ul" => {
                self.block();
                self.items.push(None);
            }
            "ol" => {
                self.block();
                self.items.push(Some(0));
            }
            "li" => {
                self.block();
                match self.items.last_mut() {
                    Some(Some(number)) => {
                        *number += 1;
                        let mark = format!("{number}. ");
                        self.word(&mark);
                    }
                    _ => self.word("- "),
                }
            }
            "tr" => {
                self.block();
                self.cells = 0;
            }
            "td" | "th" => {
                if self.cells > 0 && !self.fresh {
                    self.blank = true;
                }
                self.cells += 1;
            }
            "p" if !is_tight(piece) => self.paragraph(),
            _ if is_block(name) => self.block(),
            _ => {}
        }
    }

    fn close(&mut self, name: &str) {
        match name {
            "pre" => {
                self.pre = self.pre.saturating_sub(1);
                self.block();
            }
            "blockquote" => {
                self.block();
                self.quotes = self.quotes.saturating_sub(1);
            }
            "ul" | "ol" => {
                self.items.pop();
                self.block();
            }
            "td" | "th" => {}
            "p" => self.block(),
            _ if is_block(name) => self.block(),
            _ => {}
        }
    }

    fn text(&mut self, text: &str) {
        if self.pre > 0 {
            for (at, line) in text.split('\n').enumerate() {
                if at > 0 {
                    self.newline();
                }
                if !line.is_empty() {
                    self.word(line);
                }
            }
            return;
        }
        for it in text.chars() {
            match it {
                ' ' | '\t' | '\n' | '\r' | '\u{c}' => self.blank = true,
                // Marks that show nothing; senders of bulk mail write them by the hundred.
                '\u{200b}' | '\u{200c}' | '\u{feff}' | '\u{ad}' | '\u{34f}' | '\0' => {}
                '\u{a0}' => self.word(" "),
                other => {
                    let mut buffer = [0; 4];
                    self.word(other.encode_utf8(&mut buffer));
                }
            }
        }
    }

    fn word(&mut self, word: &str) {
        if self.fresh {
            for _ in 0..self.quotes.min(QUOTE_MAX) {
                self.out.push_str("> ");
            }
            self.fresh = false;
        } else if self.blank {
            self.out.push(' ');
        }
        self.blank = false;
        self.out.push_str(word);
    }

    fn newline(&mut self) {
        if self.fresh && self.quotes > 0 {
            for _ in 0..self.quotes.min(QUOTE_MAX) {
                self.out.push('>');
            }
        }
        self.out.push('\n');
        self.fresh = true;
        self.blank = false;
    }

    fn block(&mut self) {
        if !self.fresh {
            self.newline();
        }
        self.blank = false;
    }

    fn paragraph(&mut self) {
        self.block();
        if !self.out.is_empty() && !self.out.ends_with("\n\n") {
            self.newline();
        }
    }
}

/// Paragraphs of Outlook are lines.
fn is_tight(piece: &Piece) -> bool {
    piece
        .attr("class")
        .is_some_and(|it| it.contains("MsoNormal") || it.contains("MsoPlainText"))
        || piece.attr("style").is_some_and(|it| {
            let style: String = it.to_ascii_lowercase().split_whitespace().collect();
            style.contains("margin:0")
        })
}

/// Whether a tag hides what is inside: what mailings write for previews, and what nobody sees is no text.
pub(crate) fn is_hidden(piece: &Piece) -> bool {
    if piece.attr("hidden").is_some() {
        return true;
    }
    piece.attr("style").is_some_and(|it| {
        let style: String = it.to_ascii_lowercase().split_whitespace().collect();
        style.contains("display:none") || style.contains("visibility:hidden")
    })
}

fn is_block(name: &str) -> bool {
    matches!(
        name,
        "address"
            | "article"
            | "aside"
            | "body"
            | "center"
            | "dd"
            | "details"
            | "dir"
            | "div"
            | "dl"
            | "dt"
            | "fieldset"
            | "figure"
            | "figcaption"
            | "footer"
            | "form"
            | "h1"
            | "h2"
            | "h3"
            | "h4"
            | "h5"
            | "h6"
            | "header"
            | "html"
            | "legend"
            | "main"
            | "menu"
            | "nav"
            | "section"
            | "summary"
            | "table"
            | "tbody"
            | "thead"
            | "tfoot"
            | "caption"
            | "tr"
            | "ul"
            | "ol"
            | "li"
    )
}

/// No blanks at ends of lines, no more than one empty line in a row, none at the ends.
fn tidy(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut empty = 0;
    for line in text.lines() {
        let line = line.trim_end();
        if line.is_empty() {
            empty += 1;
            continue;
        }
        if !out.is_empty() {
            out.push('\n');
            if empty > 0 {
                out.push('\n');
            }
        }
        empty = 0;
        out.push_str(line);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(html: &str, expect: &str) {
        assert_eq!(text(html), expect, "{html}");
    }

    #[test]
    fn text_of_html_reads_as_it_looks() {
        check(
            "<div>a</div><div><br></div><div>b &amp; c</div>",
            "a\n\nb & c",
        );
        check("<p>a</p><p>b</p>", "a\n\nb");
        check(
            "<p class=MsoNormal>a</p><p class=MsoNormal>b<o:p></o:p></p>",
            "a\nb",
        );
        check(
            "<style>x{}</style><script>1<2</script>你好<br>世界",
            "你好\n世界",
        );
        check(
            "<blockquote>a<blockquote>b</blockquote></blockquote>c",
            "> a\n> > b\nc",
        );
        check("<ul><li>a<li>b</ul><ol><li>c</ol>", "- a\n- b\n1. c");
        check(
            "<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>",
            "a b\nc",
        );
        check("<div style='DISPLAY: none'>x<div>y</div></div>z", "z");
        check("<pre>a\n  b</pre>", "a\n  b");
        check("a&nbsp;&nbsp;b\u{200b}", "a  b");
    }
}
