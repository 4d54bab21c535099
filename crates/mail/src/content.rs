//! Which parts are the text, and which are files.

use std::{borrow::Cow, collections::HashSet};

use crate::{
    HTML_MAX, Options, TEXT_MAX, calendar,
    charset::{self, Expected},
    header::{fields, plain, words},
    html::{text::text as text_of_html, tokens},
    mail::{Mail, Part},
    mime::{
        name,
        transfer::{Transfer, uu},
        tree::{Entity, Tree},
    },
    plain as plain_text,
    problem::{Problem, note},
    tnef,
};

/// Files that are taken out of one text.
const PACKED_MAX: usize = 100;

/// How a leaf is used.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Use {
    Plain,
    Html,
    File,
    /// Another form of a text that is shown already.
    Nothing,
}

/// One text in its forms.
#[derive(Default)]
struct Block {
    alternative: Option<usize>,
    plain: Vec<usize>,
    html: Vec<usize>,
}

/// Puts the content of a mail into its place.
pub(crate) fn fill(raw: &[u8], tree: &Tree, options: &Options, mail: &mut Mail) {
    let mut uses = uses(tree);
    if !uses
        .iter()
        .any(|(_, it)| matches!(it, Use::Plain | Use::Html))
    {
        promote(tree, &mut uses);
    }
    let blocks = blocks(tree, &uses);
    let mut reader = Reader {
        raw,
        tree,
        default: options.expected(),
        mail,
    };
    let (text, html) = reader.texts(&blocks);
    for (at, usage) in &uses {
        if *usage == Use::File {
            reader.file(*at);
        }
    }
    mail.text = text;
    mail.html = html;
    unwrap_winmail(mail, options);
    if mail.text.is_empty() {
        mail.text = stand_in(mail, options);
    }
    mark_inline(mail);
}

/// What each leaf is used for.
fn uses(tree: &Tree) -> Vec<(usize, Use)> {
    let mut parents = vec![false; tree.entities.len()];
    for parent in tree.entities.iter().filter_map(|it| it.parent) {
        parents[parent] = true;
    }
    let leaves = tree
        .entities
        .iter()
        .enumerate()
        .filter(|(at, _)| !parents[*at]);
    leaves
        .map(|(at, entity)| (at, use_of(tree, entity)))
        .collect()
}

fn use_of(tree: &Tree, entity: &Entity) -> Use {
    let in_alternative = entity
        .parent
        .is_some_and(|it| tree.entities[it].kind.main == "multipart/alternative");
    let is_file = entity.disposition.main == "attachment"
        || entity.disposition.plain("filename").is_some()
        || entity.disposition.plain("filename*").is_some()
        || entity.disposition.plain("filename*0").is_some()
        || entity.disposition.plain("filename*0*").is_some()
        || (entity.kind.plain("name").is_some() && !in_alternative && entity.parent.is_some());
    match entity.kind.main.as_str() {
        // A multipart that has no parts is whatever is written in it.
        kind if kind.starts_with("multipart/") => {
            if entity.body.is_empty() {
                Use::Nothing
            } else {
                Use::Plain
            }
        }
        "text/plain" | "text" | "text/" if !is_file => Use::Plain,
        "text/html" | "application/xhtml+xml" if !is_file => Use::Html,
        "text/x-amp-html" | "text/watch-html" | "text/enriched" | "text/richtext"
            if in_alternative =>
        {
            Use::Nothing
        }
        _ => Use::File,
    }
}

/// Where everything says that it is a file, the first that can be read is the text.
fn promote(tree: &Tree, uses: &mut [(usize, Use)]) {
    let first = uses.iter_mut().find(|(at, _)| {
        let entity = &tree.entities[*at];
        let shown = entity.disposition.main != "attachment";
        shown
            && matches!(
                entity.kind.main.as_str(),
                "text/plain" | "text/html" | "text/enriched" | "text/richtext" | "text"
            )
    });
    if let Some((at, usage)) = first {
        let html = tree.entities[*at].kind.main != "text/plain";
        *usage = if html { Use::Html } else { Use::Plain };
    }
}

/// Texts in order; the forms of one alternative are one.
fn blocks(tree: &Tree, uses: &[(usize, Use)]) -> Vec<Block> {
    let mut alternative: Vec<Option<usize>> = Vec::with_capacity(tree.entities.len());
    for entity in &tree.entities {
        let own = entity.parent.and_then(|parent| {
            alternative[parent].or_else(|| {
                (tree.entities[parent].kind.main == "multipart/alternative").then_some(parent)
            })
        });
        alternative.push(own);
    }
    let mut blocks: Vec<Block> = Vec::new();
    for (at, usage) in uses {
        if !matches!(usage, Use::Plain | Use::Html) {
            continue;
        }
        let inside = alternative[*at];
        if inside.is_none() || blocks.last().is_none_or(|it| it.alternative != inside) {
            blocks.push(Block {
                alternative: inside,
                ..Block::default()
            });
        }
        if let Some(block) = blocks.last_mut() {
            let form = if *usage == Use::Plain {
                &mut block.plain
            } else {
                &mut block.html
            };
            form.push(*at);
        }
    }
    blocks
}

struct Reader<'a> {
    raw: &'a [u8],
    tree: &'a Tree,
    default: Expected<'a>,
    mail: &'a mut Mail,
}

impl<'a> Reader<'a> {
    /// The text and the HTML of all blocks.
    fn texts(&mut self, blocks: &[Block]) -> (String, Option<String>) {
        let mut text = String::new();
        let mut html: Option<String> = None;
        for block in blocks {
            let written = self.forms(&block.plain, false);
            let marked = self.forms(&block.html, true);
            let readable = if written.trim().is_empty() && !marked.is_empty() {
                text_of_html(&marked)
            } else {
                written
            };
            if !marked.is_empty() || html.is_some() {
                let before = html.get_or_insert_with(|| escape(&text));
                if marked.is_empty() {
                    before.push_str(&escape(&readable));
                } else {
                    before.push_str(&marked);
                }
            }
            append(&mut text, &readable);
        }
        let text = text
            .trim_end()
            .trim_start_matches(['\n', '\r', '\u{feff}'])
            .to_owned();
        (text, html)
    }

    /// The texts of some leaves, one after the other.
    fn forms(&mut self, leaves: &[usize], html: bool) -> String {
        let mut joined = String::new();
        for at in leaves {
            let entity = &self.tree.entities[*at];
            let label = entity.kind.plain("charset").unwrap_or_default();
            let mut bytes = self.bytes(entity);
            let limit = if html { HTML_MAX } else { TEXT_MAX };
            if bytes.len() > limit {
                note(&mut self.mail.problems, Problem::TooLong);
                self.keep(entity, bytes.clone().into_owned());
                bytes = match bytes {
                    Cow::Borrowed(all) => Cow::Borrowed(&all[..limit]),
                    Cow::Owned(mut all) => {
                        all.truncate(limit);
                        Cow::Owned(all)
                    }
                };
            }
            let label = if html && label.is_empty() {
                Cow::Owned(meta(&bytes))
            } else {
                Cow::Borrowed(label)
            };
            let mut text = charset::read(&bytes, &label, self.default, &mut self.mail.problems);
            drop(bytes);
            if !html {
                text = self.plain(entity, text);
            }
            append(&mut joined, &text);
        }
        joined
    }

    /// A plain text: what is packed into it becomes a file, what was wrapped for terminals flows again.
    fn plain(&mut self, entity: &Entity, text: String) -> String {
        let flowed = entity
            .kind
            .plain("format")
            .is_some_and(|it| it.eq_ignore_ascii_case("flowed"));
        let joins = entity
            .kind
            .plain("delsp")
            .is_some_and(|it| it.eq_ignore_ascii_case("yes"));
        let mut text = plain_text::tidy(&text);
        if flowed {
            text = plain_text::unwrap(&text, joins);
        }
        if text.contains("begin ") {
            let (rest, files) = packed(&text);
            for (name, bytes) in files {
                self.push(Part {
                    name,
                    content_type: "application/octet-stream".to_owned(),
                    bytes,
                    ..Part::default()
                });
            }
            text = rest;
        }
        text
    }

    fn bytes(&mut self, entity: &Entity) -> Cow<'a, [u8]> {
        let body = &self.raw[entity.body.clone()];
        // What is in a multipart that has no parts was never packed as a whole.
        let transfer = if entity.is_multipart() {
            Transfer::Plain
        } else {
            entity.transfer
        };
        transfer.unpack(body, &mut self.mail.problems)
    }

    fn file(&mut self, at: usize) {
        let entity = &self.tree.entities[at];
        let bytes = self.bytes(entity).into_owned();
        self.keep(entity, bytes);
    }

    /// Keeps a part as a file.
    fn keep(&mut self, entity: &Entity, bytes: Vec<u8>) {
        let problems = &mut self.mail.problems;
        let mut given = entity
            .disposition
            .param("filename", self.default, problems)
            .or_else(|| entity.kind.param("name", self.default, problems));
        if given.is_none() && entity.kind.main == "message/rfc822" {
            given = subject_of(&bytes, self.default)
                .map(|it| format!("{}.eml", it.replace(['/', '\\'], "_")));
        }
        self.push(Part {
            name: given.unwrap_or_default(),
            content_type: entity.kind.main.clone(),
            content_id: entity.id.clone(),
            location: entity.location.clone(),
            inline: false,
            bytes,
        });
    }

    fn push(&mut self, mut part: Part) {
        if !part.content_type.contains('/') {
            "application/octet-stream".clone_into(&mut part.content_type);
        }
        let number = self.mail.parts.len() + 1;
        part.name = name::tidy(Some(&part.name), &part.content_type, number);
        self.mail.parts.push(part);
    }
}

/// Puts what is in a `winmail.dat` in its place.
fn unwrap_winmail(mail: &mut Mail, options: &Options) {
    let default = options.expected();
    let mut parts = Vec::with_capacity(mail.parts.len());
    for part in std::mem::take(&mut mail.parts) {
        if !tnef::is_tnef(&part) {
            parts.push(part);
            continue;
        }
        let Some(opened) = tnef::open(&part.bytes, default, &mut mail.problems) else {
            note(&mut mail.problems, Problem::WinmailBroken);
            parts.push(part);
            continue;
        };
        if mail.text.is_empty() && mail.html.is_none() {
            let html = opened.html.filter(|it| it.len() <= HTML_MAX);
            mail.text = plain_text::tidy(&opened.text)
                .trim()
                .chars()
                .take(TEXT_MAX)
                .collect();
            if let Some(html) = html {
                if mail.text.is_empty() {
                    mail.text = text_of_html(&html);
                }
                mail.html = Some(html);
            }
        }
        for mut file in opened.files {
            if !file.content_type.contains('/') {
                "application/octet-stream".clone_into(&mut file.content_type);
            }
            file.name = name::tidy(Some(&file.name), &file.content_type, parts.len() + 1);
            parts.push(file);
        }
    }
    mail.parts = parts;
}

/// The charset that HTML itself names.
fn meta(html: &[u8]) -> String {
    let head = String::from_utf8_lossy(&html[..html.len().min(2_048)]).to_ascii_lowercase();
    let Some((_, rest)) = head.split_once("charset=") else {
        return String::new();
    };
    rest.trim_start_matches(['"', '\'', ' '])
        .chars()
        .take_while(|it| it.is_ascii_alphanumeric() || matches!(it, '-' | '_' | ':'))
        .collect()
}

/// Files that were packed into a text as in the days before MIME, and the text without them.
fn packed(text: &str) -> (String, Vec<(String, Vec<u8>)>) {
    let mut out = String::with_capacity(text.len());
    let mut files = Vec::new();
    let mut rest = text;
    while files.len() < PACKED_MAX {
        let Some(start) = packed_at(rest) else { break };
        let Some(length) = rest[start..].find("\nend").map(|it| it + 4) else {
            break;
        };
        let Some(file) = uu(&rest.as_bytes()[start..start + length]) else {
            break;
        };
        out.push_str(&rest[..start]);
        files.push(file);
        rest = &rest[start + length..];
    }
    out.push_str(rest);
    (out, files)
}

/// Where a line says that a packed file begins: `begin 644 name`.
fn packed_at(text: &str) -> Option<usize> {
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let mut words = line.trim_end().splitn(3, ' ');
        let (begin, mode, name) = (words.next(), words.next(), words.next());
        let fits =
            |it: &str| (3..=4).contains(&it.len()) && it.bytes().all(|it| it.is_ascii_digit());
        if begin == Some("begin") && mode.is_some_and(fits) && name.is_some_and(|it| !it.is_empty())
        {
            return Some(at);
        }
        at += line.len();
    }
    None
}

fn append(text: &mut String, more: &str) {
    if more.trim().is_empty() {
        return;
    }
    if !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
    text.push_str(more);
}

fn escape(text: &str) -> String {
    if text.trim().is_empty() {
        return String::new();
    }
    let text = text
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;");
    format!("<pre style=\"white-space:pre-wrap;font-family:inherit\">{text}</pre>")
}

/// The subject of a mail that is in a mail.
fn subject_of(bytes: &[u8], default: Expected<'_>) -> Option<String> {
    let found = fields::read(bytes, 0, bytes.len());
    let field = found
        .list
        .iter()
        .find(|it| bytes[it.name.clone()].eq_ignore_ascii_case(b"subject"))?;
    let end = field.value.end.min(field.value.start + 2_000);
    let value = plain(&bytes[field.value.start..end], default, &mut Vec::new());
    let subject = words::decode(&value, default, &mut Vec::new());
    (!subject.trim().is_empty()).then(|| subject.trim().to_owned())
}

/// What to read where nothing was written: an invitation, or the mail that was forwarded.
fn stand_in(mail: &Mail, options: &Options) -> String {
    for part in &mail.parts {
        let text = match part.content_type.as_str() {
            "text/calendar" | "application/ics" => calendar::summary(&charset::read(
                &part.bytes,
                "",
                Expected::Anything,
                &mut Vec::new(),
            )),
            "message/rfc822" | "message/global"
                if options.depth > 0 && part.bytes.len() <= TEXT_MAX =>
            {
                let inner = Options {
                    depth: options.depth - 1,
                    ..options.clone()
                };
                let forwarded = crate::decode(&part.bytes, &inner);
                Some(
                    format!("{}\n\n{}", forwarded.subject, forwarded.text)
                        .trim()
                        .to_owned(),
                )
            }
            _ => None,
        };
        if let Some(text) = text.filter(|it| !it.is_empty()) {
            return text;
        }
    }
    String::new()
}

/// A part is shown in the HTML if the HTML names it; all others are attachments, whatever they say of themselves.
fn mark_inline(mail: &mut Mail) {
    let Some(html) = &mail.html else { return };
    let mut named: HashSet<String> = HashSet::new();
    tokens::each(html, |piece| {
        if let tokens::Piece::Open { attrs, .. } = piece {
            for (name, value) in attrs {
                match name.as_str() {
                    "src" | "background" | "href" | "data" | "srcset" => {
                        named.insert(crate::html::reference(&value));
                    }
                    "style" => named.extend(crate::html::urls_of_style(&value)),
                    _ => {}
                }
            }
        }
    });
    for part in &mut mail.parts {
        let by_id = part
            .content_id
            .as_ref()
            .is_some_and(|it| named.contains(&format!("cid:{it}")));
        let by_place = part
            .location
            .as_ref()
            .is_some_and(|it| named.contains(it.as_str()));
        part.inline = by_id || by_place;
    }
}
