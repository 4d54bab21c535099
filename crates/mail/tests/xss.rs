//! HTML that wants to run or to fetch: the table in `tests/fixtures/mail/xss`, cleaned.
//!
//! What is left is read by html5ever's own parser, as a browser reads it, and not by ours: every element, attribute and
//! address in it must be harmless. A browser looks at the same table in `tests/browser`.

use std::{cell::RefCell, path::Path};

use html5ever::{
    tendril::StrTendril,
    tokenizer::{
        BufferQueue, Tag, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts,
    },
};
use plugboard_mail::{Inline, Remote, clean, trim_html};
use proptest::prelude::*;
use serde::Deserialize;

/// Fewer than this would not be the table any more.
const VECTORS_MIN: usize = 80;

#[derive(Deserialize)]
struct Table {
    vector: Vec<Vector>,
}

#[derive(Deserialize)]
struct Vector {
    name: String,
    html: String,
}

fn table() -> Vec<Vector> {
    let path =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/mail/xss/vectors.toml");
    let table: Table =
        toml::from_str(&std::fs::read_to_string(path).expect("the table is beside us"))
            .expect("the table is beside us");
    table.vector
}

/// Collects what tags of HTML could do.
struct Inspector(RefCell<Vec<String>>);

impl TokenSink for Inspector {
    type Handle = ();

    fn process_token(&self, token: Token, _line: u64) -> TokenSinkResult<()> {
        match token {
            Token::TagToken(tag) if tag.kind == TagKind::StartTag => self.inspect(&tag),
            Token::CommentToken(text) => self.0.borrow_mut().push(format!("a comment: {text}")),
            Token::DoctypeToken(_) => self.0.borrow_mut().push("a declaration".into()),
            _ => {}
        }
        TokenSinkResult::Continue
    }
}

const HARMFUL: &[&str] = &[
    "script",
    "style",
    "iframe",
    "frame",
    "frameset",
    "object",
    "embed",
    "applet",
    "link",
    "meta",
    "base",
    "svg",
    "math",
    "form",
    "input",
    "button",
    "select",
    "textarea",
    "video",
    "audio",
    "source",
    "track",
    "template",
    "noscript",
    "title",
    "xmp",
    "plaintext",
    "noembed",
    "noframes",
    "image",
    "portal",
    "marquee",
    "map",
    "area",
    "picture",
    "dialog",
];

impl Inspector {
    fn inspect(&self, tag: &Tag) {
        let mut found = self.0.borrow_mut();
        let name = &*tag.name;
        if HARMFUL.contains(&name) || name.contains([':', '-']) {
            found.push(format!("an element {name}"));
        }
        for attr in &tag.attrs {
            let key = attr.name.local.to_lowercase();
            let value: String = attr
                .value
                .to_lowercase()
                .chars()
                .filter(|it| *it > ' ')
                .collect();
            let fine = match key.as_str() {
                "href" => ["http://", "https://", "mailto:", "tel:"]
                    .iter()
                    .any(|it| value.starts_with(it)),
                "src" => {
                    value.starts_with("/parts/") || value.starts_with("data:image/png;base64,")
                }
                "style" => ![
                    "url",
                    "expression",
                    "import",
                    "position",
                    "\\",
                    "behavior",
                    "binding",
                    "image(",
                    "@",
                    "var(",
                ]
                .iter()
                .any(|it| value.contains(it)),
                _ => {
                    !key.starts_with("on")
                        && ![
                            "srcset",
                            "background",
                            "action",
                            "formaction",
                            "ping",
                            "poster",
                            "data",
                            "cite",
                            "srcdoc",
                            "usemap",
                            "name",
                            "xlink:href",
                            "lowsrc",
                            "dynsrc",
                        ]
                        .contains(&key.as_str())
                }
            };
            if !fine {
                found.push(format!("an attribute {key}={value:?} of {name}"));
            }
        }
    }
}

fn harm_in(html: &str) -> Vec<String> {
    let queue = BufferQueue::default();
    queue.push_back(StrTendril::from_slice(html));
    let tokenizer = Tokenizer::new(
        Inspector(RefCell::new(Vec::new())),
        TokenizerOpts::default(),
    );
    let _ = tokenizer.feed(&queue);
    tokenizer.end();
    tokenizer.sink.0.take()
}

fn cleaned(html: &str) -> String {
    let part = |id: &str| (id == "one@x").then(|| "/parts/1".to_owned());
    let inline = Inline {
        part: &part,
        remote: Remote::Blocked,
    };
    clean(html, &inline).html
}

#[test]
fn nothing_that_runs_or_fetches_gets_through() {
    let table = table();
    assert!(table.len() >= VECTORS_MIN, "{} vectors", table.len());
    let mut through = Vec::new();
    for vector in &table {
        let clean = cleaned(&vector.html);
        let trimmed = trim_html(&clean).visible;
        for html in [&clean, &trimmed] {
            let harm = harm_in(html);
            if !harm.is_empty() {
                through.push(format!("{}: {harm:?}\n  {html}", vector.name));
            }
        }
        // Cleaning what is clean changes nothing that matters.
        if !harm_in(&cleaned(&clean)).is_empty() {
            through.push(format!("{}, cleaned twice", vector.name));
        }
    }
    assert!(through.is_empty(), "{}", through.join("\n"));
}

#[test]
fn the_inspector_sees_harm() {
    for html in [
        "<img src=x onerror=a>",
        "<script>",
        "<a href=javascript:x>",
        "<p style='background:url(x)'>",
        "<svg>",
    ] {
        assert!(!harm_in(html).is_empty(), "{html}");
    }
}

proptest! {
    #[test]
    fn vectors_in_pieces_and_put_together_do_not_get_through(
        pieces in proptest::collection::vec((0_usize..1_000, 0_usize..200, 0_usize..200), 1..6),
    ) {
        let table = table();
        let html: String = pieces
            .iter()
            .map(|(at, from, length)| {
                let chars: Vec<char> = table[at % table.len()].html.chars().collect();
                let from = from % chars.len();
                chars[from..(from + length).min(chars.len())].iter().collect::<String>()
            })
            .collect();
        let clean = cleaned(&html);
        prop_assert_eq!(harm_in(&clean), Vec::<String>::new(), "{} from {}", clean, html);
        let trimmed = trim_html(&clean).visible;
        prop_assert_eq!(harm_in(&trimmed), Vec::<String>::new(), "{}", trimmed);
    }
}
