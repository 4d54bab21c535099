//! What kind of line a line is.

/// A line of a mail.
#[derive(Clone, Debug)]
pub(super) struct Line {
    pub(super) text: String,
    pub(super) class: Class,
    /// Where it begins: the number of a line, or of a piece of HTML.
    pub(super) start: usize,
}

/// The kind of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Class {
    Empty,
    /// Marked as quoted. `sure` is false where the mark may be the writer's own.
    Quote {
        sure: bool,
    },
    /// `From: ...` as clients put it above what they quote.
    Header,
    /// `-----Original Message-----`: what follows is quoted.
    Splitter,
    /// The same of a mail that is passed on: what follows is what it is about.
    Forward,
    /// A line of dashes or the like.
    Rule,
    /// `-- `: what follows is a signature.
    Mark,
    /// A line that a client adds below: `Sent from my iPhone`.
    Client,
    Text,
}

/// What stands between dashes above a quoted mail, in lower case.
const SPLITTERS: &[&str] = &[
    "original message",
    "original",
    "original email",
    "original mail",
    "reply message",
    "replied message",
    "原始邮件",
    "原邮件",
    "原始郵件",
    "回复的原邮件",
    "回覆的原始郵件",
    "回复的邮件",
    "邮件原文",
    "原始信息",
    "历史邮件",
    "ursprüngliche nachricht",
    "originalnachricht",
    "message d'origine",
    "mensaje original",
];

/// The same above one that is passed on.
const FORWARDS: &[&str] = &[
    "forwarded message",
    "forwarded mail",
    "forward message",
    "转发的邮件",
    "转发邮件信息",
    "转发邮件",
    "转发的郵件",
    "轉寄的郵件",
    "轉寄郵件",
    "被转发的邮件",
    "begin forwarded message:",
    "begin forwarded message",
    "开始转发的邮件:",
    "开始转发的邮件：",
    "開始轉寄郵件",
    "以下是转发的邮件",
    "weitergeleitete nachricht",
];

/// Names of headers as clients translate them, in lower case and without blanks; the first eight name the sender.
const HEADERS: &[&str] = &[
    "from",
    "发件人",
    "寄件者",
    "寄件人",
    "發件人",
    "von",
    "de",
    "發送者",
    "sent",
    "date",
    "to",
    "cc",
    "subject",
    "reply-to",
    "发送时间",
    "收件人",
    "抄送",
    "抄送人",
    "主题",
    "日期",
    "时间",
    "发送日期",
    "发件时间",
    "傳送時間",
    "寄件日期",
    "收件者",
    "副本",
    "主旨",
    "發送時間",
    "時間",
    "主題",
    "gesendet",
    "an",
    "betreff",
    "datum",
    "回复",
    "密送",
    "importance",
    "重要性",
    "附件",
    "attachments",
    "à",
    "objet",
    "envoyé",
];

/// How many of [`HEADERS`] name the sender.
const SENDERS: usize = 8;

/// Beginnings of lines that clients of telephones add, in lower case.
const CLIENTS: &[&str] = &[
    "sent from my ",
    "sent from mail for",
    "sent from outlook",
    "sent from yahoo mail",
    "get outlook for",
    "get bluemail",
    "发自我的",
    "發自我的",
    "从我的",
    "從我的",
    "来自我的",
    "發自 iphone",
    "发自 iphone",
    "发自新浪邮箱",
    "发自网易邮箱",
    "发自qq邮箱",
    "发自 outlook",
    "获取 outlook",
    "获取适用于",
    "從 windows 版郵件",
    "从 windows 版邮件",
    "发送自 windows",
    "發送自",
    "发送自我的",
    "使用网易邮箱大师",
    "由网易邮箱大师",
    "来自 outlook",
    "von meinem iphone gesendet",
    "发自飞书邮箱",
    "发自企业微信",
    "来自企业微信",
    "来自阿里邮箱",
];

/// Longest line that a client adds.
const CLIENT_MAX: usize = 60;

/// Longest line between dashes.
const SPLITTER_MAX: usize = 120;

/// What kind a line is, by itself.
pub(super) fn classify(line: &str) -> Class {
    let text = line.trim();
    if text.is_empty() {
        return Class::Empty;
    }
    if text.starts_with('>') || text.starts_with('＞') {
        return Class::Quote { sure: true };
    }
    if line == "-- " || text == "--" || text == "—" {
        return Class::Mark;
    }
    let lower = text.to_lowercase();
    if text.chars().count() <= SPLITTER_MAX {
        let bare = text.trim_matches(['-', '_', '=', '*', '—', '─', '－', ' ', '\u{3000}']);
        let dashed = bare.len() + 4 <= text.len();
        let bare = bare.trim_end_matches([':', '：']).to_lowercase();
        if bare.is_empty() && text.len() >= 4 {
            return Class::Rule;
        }
        if FORWARDS.contains(&bare.as_str()) {
            return Class::Forward;
        }
        if dashed && SPLITTERS.contains(&bare.as_str()) {
            return Class::Splitter;
        }
    }
    if text.chars().count() <= CLIENT_MAX && CLIENTS.iter().any(|it| lower.starts_with(it)) {
        return Class::Client;
    }
    if header(text).is_some() {
        Class::Header
    } else {
        Class::Text
    }
}

/// Which header a line is, if it is one.
pub(super) fn header(text: &str) -> Option<usize> {
    let text = text.trim_start_matches(['*', '|', ' ', '\u{3000}', '•']);
    let (at, _) = text
        .char_indices()
        .take(14)
        .find(|(_, it)| matches!(it, ':' | '：' | '|'))?;
    let name: String = text[..at]
        .chars()
        .filter(|it| !it.is_whitespace() && *it != '*')
        .collect::<String>()
        .to_lowercase();
    HEADERS.iter().position(|it| *it == name)
}

/// Whether a header names who sent a mail.
pub(super) fn names_sender(header: usize) -> bool {
    header < SENDERS
}

/// Whether a text is the line above a quote: who wrote it, and when. `sure` asks for a date and an address, or what
/// only a client writes.
pub(super) fn is_attribution(text: &str, sure: bool) -> bool {
    let text = text.trim();
    let length = text.chars().count();
    if !(6..=320).contains(&length) {
        return false;
    }
    let lower = text.to_lowercase();
    let ends = [
        "wrote:",
        "wrote：",
        "写道:",
        "写道：",
        "寫道:",
        "寫道：",
        "写道﹕",
        "寫道﹕",
        "schrieb:",
        "a écrit :",
        "a écrit:",
        "escribió:",
        "回复道：",
        "回复道:",
        "写到：",
        "寫到：",
    ];
    let named = ends.iter().any(|it| lower.ends_with(it))
        || (lower.contains(" schrieb ") && lower.ends_with(':'));
    if !named {
        return false;
    }
    let digits = text.chars().filter(char::is_ascii_digit).count();
    let dated = digits >= 4 || (text.contains('月') && text.contains('日'));
    let addressed = text.contains('@');
    let begins = ["on ", "at ", "在", "于", "於", "am ", "le ", "el "]
        .iter()
        .any(|it| lower.starts_with(it));
    if sure {
        (dated && (addressed || begins)) || (addressed && begins)
    } else {
        dated || addressed || begins
    }
}

/// Whether a line can be the beginning of an attribution that goes on in the next.
pub(super) fn begins_attribution(text: &str) -> bool {
    let lower = text.trim().to_lowercase();
    let begins = ["on ", "at ", "在", "于", "於", "am ", "le "]
        .iter()
        .any(|it| lower.starts_with(it));
    let digits = lower.chars().filter(char::is_ascii_digit).count();
    let dated = digits >= 4 || (lower.contains('月') && lower.contains('日'));
    (begins && (dated || lower.contains('@')))
        || (dated && (lower.contains('@') || lower.contains(" 于") || lower.contains('，')))
}
