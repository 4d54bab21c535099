//! HTML of strangers, made fit to show.
//!
//! Twice: first everything is rewritten from its tokens, with what is allowed and nothing else, pictures and links as the
//! caller wants them; then ammonia, over a real parser, has the last word. It is shown in a sandboxed frame besides.

use std::{
    collections::{HashMap, HashSet},
    sync::LazyLock,
};

use ammonia::{Builder, UrlRelative};

use super::{
    links::{self, Link},
    style,
    tokens::{self, Piece, is_void},
    write,
};

/// Deepest element that is kept; the text of deeper ones stays. More costs browsers more than it shows.
const DEPTH_MAX: usize = 200;

/// Links that are judged.
const LINKS_MAX: usize = 2_000;

/// Longest `data:` picture that stays in the text.
const DATA_MAX: usize = 2 * 1024 * 1024;

/// Elements that stay.
const TAGS: &[&str] = &[
    "a",
    "abbr",
    "address",
    "article",
    "b",
    "bdi",
    "bdo",
    "big",
    "blockquote",
    "br",
    "caption",
    "center",
    "cite",
    "code",
    "col",
    "colgroup",
    "dd",
    "del",
    "details",
    "dfn",
    "div",
    "dl",
    "dt",
    "em",
    "figcaption",
    "figure",
    "font",
    "footer",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "header",
    "hr",
    "i",
    "img",
    "ins",
    "kbd",
    "li",
    "main",
    "mark",
    "ol",
    "p",
    "pre",
    "q",
    "rp",
    "rt",
    "ruby",
    "s",
    "samp",
    "section",
    "small",
    "span",
    "strike",
    "strong",
    "sub",
    "summary",
    "sup",
    "table",
    "tbody",
    "td",
    "tfoot",
    "th",
    "thead",
    "time",
    "tr",
    "tt",
    "u",
    "ul",
    "var",
    "wbr",
];

/// Attributes that stay on any element.
const ATTRS: &[&str] = &[
    "align", "bgcolor", "class", "dir", "height", "id", "lang", "style", "title", "valign", "width",
];

/// Attributes that stay on some.
const ATTRS_OF: &[(&str, &[&str])] = &[
    ("a", &["href", "rel", "target"]),
    ("blockquote", &["type"]),
    ("col", &["span"]),
    ("colgroup", &["span"]),
    ("font", &["color", "face", "size"]),
    ("hr", &["color", "noshade", "size"]),
    ("img", &["alt", "border", "hspace", "src", "vspace"]),
    ("li", &["value"]),
    ("ol", &["start", "type", "reversed"]),
    ("table", &["border", "cellpadding", "cellspacing"]),
    ("td", &["colspan", "nowrap", "rowspan"]),
    ("th", &["colspan", "nowrap", "rowspan"]),
    ("ul", &["type"]),
];

/// Elements whose content is no text.
const DROPPED: &[&str] = &[
    "script", "style", "title", "iframe", "noembed", "noframes", "xmp", "template",
];

/// What becomes of pictures.
pub struct Inline<'a> {
    /// The address from which a part of the mail is shown; asked with its `Content-ID`, or with its `Content-Location`.
    pub part: &'a dyn Fn(&str) -> Option<String>,
    /// Pictures that are elsewhere.
    pub remote: Remote<'a>,
}

/// What becomes of pictures that are elsewhere.
#[derive(Clone, Copy)]
pub enum Remote<'a> {
    /// They stay out: nothing leaves.
    Blocked,
    /// They are fetched from the address that this gives for theirs, which is the desk's own proxy.
    Through(&'a dyn Fn(&str) -> Option<String>),
}

/// HTML that is fit to show.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Clean {
    /// The HTML: the content of a body, without scripts, forms and frames, and with nothing that is fetched from elsewhere.
    pub html: String,
    /// Pictures that are elsewhere, whether they are shown or stay out.
    pub remote_images: u32,
    /// Its links, in order.
    pub links: Vec<Link>,
}

/// Makes HTML fit to show.
pub fn clean(html: &str, inline: &Inline) -> Clean {
    let mut writer = Writer {
        inline,
        out: String::with_capacity(html.len()),
        stack: Vec::new(),
        dropping: None,
        link: None,
        found: Clean::default(),
    };
    tokens::each(html, |piece| writer.take(piece));
    writer.shut_to(0);
    let mut found = writer.found;
    found.html = SANITISER.clean(&writer.out).to_string();
    found
}

static SANITISER: LazyLock<Builder<'static>> = LazyLock::new(|| {
    let mut builder = Builder::empty();
    let of: HashMap<&str, HashSet<&str>> = ATTRS_OF
        .iter()
        .map(|(tag, attrs)| (*tag, attrs.iter().copied().collect()))
        .collect();
    builder
        .tags(TAGS.iter().copied().collect())
        .generic_attributes(ATTRS.iter().copied().collect())
        .tag_attributes(of)
        .clean_content_tags(["script", "style"].into_iter().collect())
        .url_schemes(
            ["http", "https", "mailto", "tel", "data"]
                .into_iter()
                .collect(),
        )
        .url_relative(UrlRelative::PassThrough)
        .link_rel(None)
        .strip_comments(true);
    builder
});

struct Writer<'a> {
    inline: &'a Inline<'a>,
    out: String,
    stack: Vec<String>,
    /// The element whose content is left out.
    dropping: Option<String>,
    /// The link that is open: where it leads, and the text so far.
    link: Option<(url::Url, String)>,
    found: Clean,
}

impl Writer<'_> {
    fn take(&mut self, piece: Piece) {
        if let Some(name) = &self.dropping {
            if matches!(&piece, Piece::Close(it) if it == name) {
                self.dropping = None;
            }
            return;
        }
        match piece {
            Piece::Text(text) => {
                if let Some((_, shown)) = &mut self.link {
                    shown.push_str(&text);
                }
                write::text(&text, &mut self.out);
            }
            Piece::Open { name, attrs } => self.open(&name, &attrs),
            Piece::Close(name) => self.close(&renamed(&name)),
        }
    }

    fn open(&mut self, name: &str, attrs: &[(String, String)]) {
        if DROPPED.contains(&name) {
            self.dropping = Some(name.to_owned());
            return;
        }
        let background = attrs
            .iter()
            .any(|(key, value)| key == "background" && is_remote(value));
        self.found.remote_images += u32::from(background);
        let own = renamed(name);
        if !TAGS.contains(&own.as_str()) || (self.stack.len() >= DEPTH_MAX && !is_void(&own)) {
            return;
        }
        self.imply_ends(&own);
        let mut kept = self.attrs(&own, attrs);
        match name {
            // Marks of QQ, which is no element: what is below is quoted.
            "includetail" => kept.push(("class".to_owned(), "includetail".to_owned())),
            "img" => self.picture(attrs, &mut kept),
            "a" => self.begin_link(attrs, &mut kept),
            _ => {}
        }
        write::open(&own, &kept, &mut self.out);
        if !is_void(&own) {
            self.stack.push(own);
        }
    }

    fn close(&mut self, name: &str) {
        if let Some(depth) = self.stack.iter().rposition(|it| it == name) {
            self.shut_to(depth);
        }
    }

    fn shut_to(&mut self, depth: usize) {
        while self.stack.len() > depth {
            let Some(name) = self.stack.pop() else { return };
            let link = if name == "a" { self.end_link() } else { None };
            write::close(&name, &mut self.out);
            if let Some(host) = link {
                self.show_host(&host);
            }
        }
    }

    /// Paragraphs, items and cells end where the next begins.
    fn imply_ends(&mut self, name: &str) {
        let (ends, barriers): (&[&str], &[&str]) = match name {
            "p" | "div" | "table" | "ul" | "ol" | "blockquote" | "h1" | "h2" | "h3" | "h4"
            | "h5" | "h6" | "pre" | "hr" => (
                &["p"],
                &[
                    "div",
                    "td",
                    "th",
                    "li",
                    "blockquote",
                    "table",
                    "section",
                    "article",
                ],
            ),
            "li" => (&["li"], &["ul", "ol", "table", "div"]),
            "tr" => (&["tr"], &["table"]),
            "td" | "th" => (&["td", "th"], &["table", "tr"]),
            "tbody" | "thead" | "tfoot" => (&["tbody", "thead", "tfoot"], &["table"]),
            "dt" | "dd" => (&["dt", "dd"], &["dl"]),
            "a" => (&["a"], &["table"]),
            _ => return,
        };
        for depth in (0..self.stack.len()).rev() {
            let open = self.stack[depth].as_str();
            if ends.contains(&open) {
                return self.shut_to(depth);
            }
            if barriers.contains(&open) {
                return;
            }
        }
    }

    /// The attributes that stay, without those that lead somewhere.
    fn attrs(&mut self, name: &str, attrs: &[(String, String)]) -> Vec<(String, String)> {
        let own = ATTRS_OF
            .iter()
            .find(|it| it.0 == name)
            .map(|it| it.1)
            .unwrap_or_default();
        let mut kept = Vec::new();
        for (key, value) in attrs {
            let leads = matches!(key.as_str(), "href" | "src" | "rel" | "target");
            if leads || !(ATTRS.contains(&key.as_str()) || own.contains(&key.as_str())) {
                continue;
            }
            let value = match key.as_str() {
                "style" => {
                    let (style, remote) = style::clean(value);
                    self.found.remote_images += remote;
                    style
                }
                "class" | "id" => value
                    .chars()
                    .filter(|it| it.is_ascii_alphanumeric() || "-_ ".contains(*it))
                    .take(200)
                    .collect(),
                _ => value.chars().take(1_000).collect(),
            };
            if !value.is_empty() {
                kept.push((key.clone(), value));
            }
        }
        kept
    }

    fn picture(&mut self, attrs: &[(String, String)], kept: &mut Vec<(String, String)>) {
        let of = |name: &str| {
            attrs
                .iter()
                .find(|it| it.0 == name)
                .map(|it| it.1.trim())
                .filter(|it| !it.is_empty())
        };
        let source = of("src").or_else(|| of("srcset").and_then(|it| it.split([' ', ',']).next()));
        let Some(source) = source else { return };
        let reference = super::reference(source);
        let id = reference.strip_prefix("cid:");
        let own = (self.inline.part)(id.unwrap_or(&reference));
        let src = if let Some(own) = own {
            Some(own)
        } else if is_picture_in_text(source) {
            Some(source.to_owned())
        } else if is_remote(source) {
            self.found.remote_images += 1;
            match self.inline.remote {
                Remote::Blocked => None,
                Remote::Through(proxy) => proxy(&absolute(source)),
            }
        } else {
            None
        };
        if let Some(src) = src {
            kept.push(("src".to_owned(), src));
        } else {
            kept.retain(|it| it.0 != "class");
            kept.push(("class".to_owned(), "blocked-image".to_owned()));
        }
    }

    fn begin_link(&mut self, attrs: &[(String, String)], kept: &mut Vec<(String, String)>) {
        let href = attrs
            .iter()
            .find(|it| it.0 == "href")
            .and_then(|it| links::target(&it.1));
        let Some(url) = href else { return };
        kept.retain(|it| it.0 != "title");
        kept.push(("href".to_owned(), url.as_str().to_owned()));
        kept.push(("title".to_owned(), links::judge("", &url).host));
        kept.push(("rel".to_owned(), "noopener noreferrer nofollow".to_owned()));
        kept.push(("target".to_owned(), "_blank".to_owned()));
        kept.retain(|it| !it.1.is_empty());
        self.link = Some((url, String::new()));
    }

    /// Judges the link that ends; its host where it lies.
    fn end_link(&mut self) -> Option<String> {
        let (url, text) = self.link.take()?;
        let link = links::judge(text.trim(), &url);
        let host = (link.deceptive && !link.host.is_empty()).then(|| link.host.clone());
        if self.found.links.len() < LINKS_MAX {
            self.found.links.push(link);
        }
        host
    }

    /// Behind a link that lies stands where it leads.
    fn show_host(&mut self, host: &str) {
        self.out.push_str("<span class=\"deceptive-link\"> [");
        write::text(host, &mut self.out);
        self.out.push_str("]</span>");
    }
}

/// Elements that are shown as another.
fn renamed(name: &str) -> String {
    match name {
        "includetail" | "body" | "nav" | "aside" | "form" | "fieldset" => "div",
        other => other,
    }
    .to_owned()
}

/// Whether an address is fetched from elsewhere.
fn is_remote(address: &str) -> bool {
    let lower = address.trim().to_ascii_lowercase();
    lower.starts_with("http:") || lower.starts_with("https:") || lower.starts_with("//")
}

fn absolute(address: &str) -> String {
    let address: String = address
        .trim()
        .chars()
        .filter(|it| !it.is_control())
        .collect();
    if address.starts_with("//") {
        format!("https:{address}")
    } else {
        address
    }
}

/// Whether a picture is in its own address, and is of dots: one of lines could do more than show.
fn is_picture_in_text(address: &str) -> bool {
    let lower = address.get(..40).unwrap_or(address).to_ascii_lowercase();
    address.len() <= DATA_MAX
        && ["png", "gif", "jpeg", "jpg", "webp", "bmp"]
            .iter()
            .any(|it| lower.starts_with(&format!("data:image/{it};base64,")))
        && address
            .bytes()
            .skip(11)
            .all(|it| it.is_ascii_alphanumeric() || b"+/=;,\r\n ".contains(&it))
}
