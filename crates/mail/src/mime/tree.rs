//! Parts in parts, found in one pass without recursion: a mail of twenty thousand nested parts costs no stack.
//!
//! mail-parser, which the corpus of our tests comes from, nests what it read as deep as the mail does; a mail of a
//! megabyte then ends the process. Here a tree is a list, and a mail within a mail stays a file until it is asked for.

use std::{collections::HashMap, ops::Range};

use super::transfer::Transfer;
use crate::{
    PARTS_MAX,
    charset::Expected,
    header::{fields, fields::Fields, params, params::Value, plain},
    problem::{Problem, note},
};

/// Lines in which a boundary is looked for that nobody named.
const GUESS_LINES: usize = 20;

/// One part: its headers, and where its content is.
#[derive(Clone, Debug, Default)]
pub(crate) struct Entity {
    pub(crate) parent: Option<usize>,
    pub(crate) body: Range<usize>,
    pub(crate) kind: Value,
    pub(crate) disposition: Value,
    pub(crate) transfer: Transfer,
    pub(crate) id: Option<String>,
    pub(crate) location: Option<String>,
    /// Whether the part says what it is.
    pub(crate) typed: bool,
}

impl Entity {
    pub(crate) fn is_multipart(&self) -> bool {
        self.kind.main.starts_with("multipart/")
    }
}

/// A mail as parts. The first is the mail itself.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tree {
    pub(crate) headers: Fields,
    pub(crate) entities: Vec<Entity>,
}

/// The multiparts that are open at a place of the mail.
#[derive(Default)]
struct Open {
    /// Entity and boundary, outermost first.
    stack: Vec<(usize, Vec<u8>)>,
    /// The innermost multipart of each boundary.
    by_boundary: HashMap<Vec<u8>, usize>,
}

impl Open {
    fn push(&mut self, entity: usize, boundary: Vec<u8>) {
        self.by_boundary.insert(boundary.clone(), self.stack.len());
        self.stack.push((entity, boundary));
    }

    fn shut_to(&mut self, depth: usize) {
        while self.stack.len() > depth {
            if let Some((_, boundary)) = self.stack.pop()
                && self.by_boundary.get(&boundary) == Some(&self.stack.len())
            {
                self.by_boundary.remove(&boundary);
            }
        }
    }

    /// Which open multipart this line delimits, and whether it ends it.
    fn delimits(&self, line: &[u8]) -> Option<(usize, bool)> {
        let line = line.strip_prefix(b"--")?.trim_ascii_end();
        if let Some(depth) = self.by_boundary.get(line) {
            return Some((*depth, false));
        }
        let inner = line.strip_suffix(b"--")?;
        self.by_boundary.get(inner).map(|depth| (*depth, true))
    }
}

/// Reads the structure of a mail.
pub(crate) fn read(raw: &[u8], default: Expected<'_>, problems: &mut Vec<Problem>) -> Tree {
    let headers = fields::read(raw, 0, raw.len());
    let mut tree = Tree {
        entities: vec![entity(raw, &headers, None, default, problems)],
        headers,
    };
    let mut open = Open::default();
    let mut at = tree.headers.body;
    // The part whose body is being read.
    let mut current = Some(0);
    tree.entities[0].body = at..raw.len();
    enter(raw, &mut tree, &mut open, &mut current);
    while at < raw.len() {
        let (range, next) = fields::line(raw, at, raw.len());
        let Some((depth, ends)) = (raw[range.clone()].starts_with(b"--"))
            .then(|| open.delimits(&raw[range.clone()]))
            .flatten()
        else {
            at = next;
            continue;
        };
        if let Some(leaf) = current.take() {
            tree.entities[leaf].body.end = before_line_end(raw, tree.entities[leaf].body.start, at);
        }
        if open.stack.len() > depth + 1 {
            note(problems, Problem::MultipartBroken);
        }
        let parent = open.stack[depth].0;
        open.shut_to(if ends { depth } else { depth + 1 });
        if ends {
            at = next;
            continue;
        }
        if tree.entities.len() >= PARTS_MAX {
            note(problems, Problem::TooManyParts);
            rest(&mut tree, parent, next..raw.len());
            return tree;
        }
        at = begin(raw, next, parent, &mut tree, &open, default, problems);
        current = Some(tree.entities.len() - 1);
        enter(raw, &mut tree, &mut open, &mut current);
    }
    if !open.stack.is_empty() {
        note(problems, Problem::MultipartBroken);
    }
    tree
}

/// Reads the headers of a part; its body begins where this returns.
fn begin(
    raw: &[u8],
    at: usize,
    parent: usize,
    tree: &mut Tree,
    open: &Open,
    default: Expected<'_>,
    problems: &mut Vec<Problem>,
) -> usize {
    // Headers end at the next delimiter even if no empty line does: a part may be nothing but headers.
    let mut stop = at;
    while stop < raw.len() {
        let (range, next) = fields::line(raw, stop, raw.len());
        if range.is_empty() {
            stop = next;
            break;
        }
        if raw[range.clone()].starts_with(b"--") && open.delimits(&raw[range]).is_some() {
            break;
        }
        stop = next;
    }
    let fields = fields::read(raw, at, stop);
    let mut part = entity(raw, &fields, Some(parent), default, problems);
    if !part.typed && tree.entities[parent].kind.main == "multipart/digest" {
        part.kind = params::parse("message/rfc822");
    }
    part.body = fields.body..raw.len();
    tree.entities.push(part);
    fields.body
}

/// A part that has a boundary is open from here on.
fn enter(raw: &[u8], tree: &mut Tree, open: &mut Open, current: &mut Option<usize>) {
    let Some(at) = *current else { return };
    let part = &tree.entities[at];
    if !part.is_multipart() {
        return;
    }
    let named = part.kind.plain("boundary").filter(|it| !it.is_empty());
    let boundary = match named {
        Some(boundary) => Some(boundary.trim_end().as_bytes().to_vec()),
        None => guess_boundary(&raw[part.body.clone()]),
    };
    if let Some(boundary) = boundary {
        open.push(at, boundary);
        *current = None;
    }
}

/// The boundary of a part that forgot to name it: its first line that begins like one.
fn guess_boundary(body: &[u8]) -> Option<Vec<u8>> {
    let line = body
        .split(|it| *it == b'\n')
        .take(GUESS_LINES)
        .find_map(|it| it.strip_prefix(b"--"))?;
    let line = line.trim_ascii_end();
    (!line.is_empty() && line.len() <= 70 && line.iter().all(u8::is_ascii_graphic))
        .then(|| line.to_vec())
}

/// What is left of a mail that has too many parts, as one.
fn rest(tree: &mut Tree, parent: usize, body: Range<usize>) {
    let mut part = Entity {
        parent: Some(parent),
        body,
        typed: true,
        ..Entity::default()
    };
    "application/octet-stream".clone_into(&mut part.kind.main);
    part.disposition = params::parse("attachment; filename=\"rest-of-mail.bin\"");
    tree.entities.push(part);
}

fn entity(
    raw: &[u8],
    fields: &Fields,
    parent: Option<usize>,
    default: Expected<'_>,
    problems: &mut Vec<Problem>,
) -> Entity {
    let mut value = |name: &str| {
        let field = fields
            .list
            .iter()
            .find(|it| raw[it.name.clone()].eq_ignore_ascii_case(name.as_bytes()))?;
        Some(plain(&raw[field.value.clone()], default, problems))
    };
    let kind = value("content-type").map(|it| params::parse(&it));
    let kind = kind.filter(|it| it.main.contains('/') || it.main == "text");
    let typed = kind.is_some();
    let kind = kind.unwrap_or_else(|| params::parse("text/plain"));
    Entity {
        parent,
        body: 0..0,
        kind,
        disposition: value("content-disposition")
            .map(|it| params::parse(&it))
            .unwrap_or_default(),
        transfer: value("content-transfer-encoding")
            .map(|it| Transfer::of(&it))
            .unwrap_or_default(),
        id: value("content-id")
            .map(|it| it.trim_matches(['<', '>', ' ']).to_owned())
            .filter(|it| !it.is_empty()),
        location: value("content-location")
            .map(|it| it.replace(' ', ""))
            .filter(|it| !it.is_empty()),
        typed,
    }
}

/// The end of the line before a delimiter belongs to the delimiter.
fn before_line_end(raw: &[u8], start: usize, at: usize) -> usize {
    let mut end = at.max(start);
    if end > start && raw[end - 1] == b'\n' {
        end -= 1;
        if end > start && raw[end - 1] == b'\r' {
            end -= 1;
        }
    }
    end
}
