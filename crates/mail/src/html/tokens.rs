//! HTML as a stream of tags and texts: no tree, so depth costs nothing.

use std::cell::RefCell;

use html5ever::{
    tendril::StrTendril,
    tokenizer::{
        BufferQueue, Tag, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts,
        states::RawKind,
    },
};

/// A piece of HTML.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Piece {
    /// A tag that opens, or stands alone.
    Open {
        name: String,
        attrs: Vec<(String, String)>,
    },
    /// A tag that closes.
    Close(String),
    /// Text with its entities resolved.
    Text(String),
}

impl Piece {
    /// The value of an attribute of a tag.
    pub(crate) fn attr(&self, name: &str) -> Option<&str> {
        match self {
            Self::Open { attrs, .. } => attrs
                .iter()
                .find(|(key, _)| key == name)
                .map(|(_, value)| value.as_str()),
            _ => None,
        }
    }
}

/// Elements that have no end tag.
pub(crate) fn is_void(name: &str) -> bool {
    matches!(
        name,
        "area"
            | "base"
            | "br"
            | "col"
            | "embed"
            | "hr"
            | "img"
            | "input"
            | "link"
            | "meta"
            | "param"
            | "source"
            | "track"
            | "wbr"
    )
}

struct Sink<F>(RefCell<F>);

impl<F: FnMut(Piece)> TokenSink for Sink<F> {
    type Handle = ();

    fn process_token(&self, token: Token, _line: u64) -> TokenSinkResult<()> {
        match token {
            Token::TagToken(tag) => {
                let raw = raw_content(&tag);
                (self.0.borrow_mut())(piece(tag));
                if let Some(kind) = raw {
                    return TokenSinkResult::RawData(kind);
                }
            }
            Token::CharacterTokens(text) => (self.0.borrow_mut())(Piece::Text(text.to_string())),
            _ => {}
        }
        TokenSinkResult::Continue
    }
}

/// Calls `each` with every piece of `html`, in order. Comments and declarations are left out.
pub(crate) fn each(html: &str, each: impl FnMut(Piece)) {
    let queue = BufferQueue::default();
    queue.push_back(StrTendril::from_slice(html));
    let tokenizer = Tokenizer::new(Sink(RefCell::new(each)), TokenizerOpts::default());
    // A sink that never asks to stop is fed once.
    let _ = tokenizer.feed(&queue);
    tokenizer.end();
}

/// The pieces of `html`.
pub(crate) fn all(html: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    each(html, |it| pieces.push(it));
    pieces
}

fn piece(tag: Tag) -> Piece {
    let name = tag.name.to_string();
    match tag.kind {
        TagKind::EndTag => Piece::Close(name),
        TagKind::StartTag => Piece::Open {
            name,
            attrs: tag
                .attrs
                .iter()
                .map(|it| (it.name.local.to_string(), it.value.to_string()))
                .collect(),
        },
    }
}

/// How browsers read what is inside: not as tags.
fn raw_content(tag: &Tag) -> Option<RawKind> {
    if tag.kind != TagKind::StartTag {
        return None;
    }
    match &*tag.name {
        "title" | "textarea" => Some(RawKind::Rcdata),
        "style" | "xmp" | "iframe" | "noembed" | "noframes" => Some(RawKind::Rawtext),
        "script" => Some(RawKind::ScriptData),
        _ => None,
    }
}
