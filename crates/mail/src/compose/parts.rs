//! Bodies and files in their parts.

use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use sha2::{Digest, Sha256};

use super::{File, lines};

/// Longest line of a body that is sent as it is.
const LINE: usize = 900;

/// Letters of a line of base64 (RFC 2045 §6.8).
const BASE64_LINE: usize = 76;

/// Writes parts into parts.
pub(super) struct Writer<'a> {
    pub(super) out: String,
    seed: &'a str,
    boundaries: u32,
}

impl<'a> Writer<'a> {
    /// A writer whose boundaries follow from the id of the mail: the same mail is the same bytes.
    pub(super) fn new(seed: &'a str) -> Self {
        Self {
            out: String::new(),
            seed,
            boundaries: 0,
        }
    }

    /// All of a mail's content: `mixed` around `related` around `alternative`, each only where there is something in it.
    pub(super) fn mail(&mut self, text: &str, html: Option<&str>, files: &[File]) {
        let shown = |it: &&File| html.is_some() && it.content_id.is_some();
        let inline: Vec<&File> = files.iter().filter(shown).collect();
        let attached: Vec<&File> = files.iter().filter(|it| !shown(it)).collect();
        if attached.is_empty() {
            return self.related(text, html, &inline);
        }
        let boundary = self.open("mixed", text, html);
        self.next(&boundary);
        self.related(text, html, &inline);
        for file in attached {
            self.next(&boundary);
            self.file(file, false);
        }
        self.close(&boundary);
    }

    fn related(&mut self, text: &str, html: Option<&str>, inline: &[&File]) {
        if inline.is_empty() {
            return self.alternative(text, html);
        }
        let boundary = self.open("related", text, html);
        self.next(&boundary);
        self.alternative(text, html);
        for file in inline {
            self.next(&boundary);
            self.file(file, true);
        }
        self.close(&boundary);
    }

    fn alternative(&mut self, text: &str, html: Option<&str>) {
        let Some(html) = html else {
            return self.body("plain", text);
        };
        let boundary = self.open("alternative", text, Some(html));
        self.next(&boundary);
        self.body("plain", text);
        self.next(&boundary);
        self.body("html", html);
        self.close(&boundary);
    }

    /// Begins a multipart with a boundary that is in none of the texts.
    fn open(&mut self, kind: &str, text: &str, html: Option<&str>) -> String {
        let boundary = loop {
            self.boundaries += 1;
            let digest = Sha256::digest(format!("{}/{}", self.seed, self.boundaries));
            let boundary = format!("=_{}", URL_SAFE_NO_PAD.encode(&digest[..18]));
            if !text.contains(&boundary) && !html.is_some_and(|it| it.contains(&boundary)) {
                break boundary;
            }
        };
        let extra = if kind == "related" {
            "; type=\"multipart/alternative\""
        } else {
            ""
        };
        self.out.push_str(
            &[
                "Content-Type: multipart/",
                kind,
                extra,
                ";\r\n boundary=\"",
                &boundary,
                "\"\r\n\r\n",
            ]
            .concat(),
        );
        boundary
    }

    fn next(&mut self, boundary: &str) {
        self.out.push_str(&["--", boundary, "\r\n"].concat());
    }

    fn close(&mut self, boundary: &str) {
        self.out.push_str(&["--", boundary, "--\r\n"].concat());
    }

    fn body(&mut self, kind: &str, text: &str) {
        let plain =
            text.is_ascii() && text.lines().all(|it| it.len() <= LINE) && !text.contains('\0');
        let (charset, transfer) = if plain {
            ("us-ascii", "7bit")
        } else {
            ("utf-8", "base64")
        };
        self.out.push_str(
            &[
                "Content-Type: text/",
                kind,
                "; charset=",
                charset,
                "\r\nContent-Transfer-Encoding: ",
                transfer,
                "\r\n\r\n",
            ]
            .concat(),
        );
        let text = text
            .replace("\r\n", "\n")
            .replace('\r', "\n")
            .replace('\n', "\r\n");
        if plain {
            self.out.push_str(&text);
            if !text.ends_with("\r\n") {
                self.out.push_str("\r\n");
            }
        } else {
            self.base64(text.as_bytes());
        }
    }

    fn file(&mut self, file: &File, inline: bool) {
        self.out.push_str("Content-Type: ");
        self.out.push_str(media_type(&file.content_type));
        lines::file_name("name", &file.name, &mut self.out);
        self.out.push_str("\r\nContent-Disposition: ");
        self.out
            .push_str(if inline { "inline" } else { "attachment" });
        lines::file_name("filename", &file.name, &mut self.out);
        self.out
            .push_str("\r\nContent-Transfer-Encoding: base64\r\n");
        lines::ids("Content-ID", file.content_id.as_slice(), &mut self.out);
        self.out.push_str("\r\n");
        self.base64(&file.bytes);
    }

    fn base64(&mut self, bytes: &[u8]) {
        // Three bytes are four letters; a line at a time, so that a large file is in memory once.
        for line in bytes.chunks(BASE64_LINE / 4 * 3) {
            STANDARD.encode_string(line, &mut self.out);
            self.out.push_str("\r\n");
        }
    }
}

/// A media type that is one. A mail in base64 must not be called a mail (RFC 2046 §5.2.1).
fn media_type(text: &str) -> &str {
    let token = |it: &str| {
        !it.is_empty()
            && it
                .bytes()
                .all(|it| it.is_ascii_alphanumeric() || b"!#$&-^_.+".contains(&it))
    };
    let text = text.split(';').next().unwrap_or_default().trim();
    match text.split_once('/') {
        Some((main, sub))
            if token(main) && token(sub) && main != "message" && main != "multipart" =>
        {
            text
        }
        _ => "application/octet-stream",
    }
}
