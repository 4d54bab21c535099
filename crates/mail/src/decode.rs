//! Bytes to a mail. Total: whatever the bytes, there is a mail.

use crate::{
    HEADER_MAX, Options, auto,
    charset::Expected,
    content,
    header::{address, date, ids, plain, words},
    mail::{Header, Mail, Mailbox},
    mime::tree::{self, Tree},
    problem::{Problem, note},
};

/// Longest subject that is kept: beyond it nobody reads.
const SUBJECT_MAX: usize = 1_000;

/// Reads a mail. Never fails and never panics: what is wrong with the bytes is in [`Mail::problems`].
pub fn decode(raw: &[u8], options: &Options) -> Mail {
    let mut mail = Mail::default();
    let default = options.expected();
    let tree = tree::read(raw, default, &mut mail.problems);
    headers(raw, &tree, default, &mut mail);
    content::fill(raw, &tree, options, &mut mail);
    mail.auto = auto::classify(&mail);
    mail
}

fn headers(raw: &[u8], tree: &Tree, default: Expected<'_>, mail: &mut Mail) {
    if tree.headers.list.is_empty() {
        note(&mut mail.problems, Problem::NoHeaders);
    }
    if tree.headers.too_many {
        note(&mut mail.problems, Problem::TooManyHeaders);
    }
    let mut problems = std::mem::take(&mut mail.problems);
    for field in &tree.headers.list {
        let name = String::from_utf8_lossy(&raw[field.name.clone()]).into_owned();
        let end = field.value.end.min(field.value.start + HEADER_MAX);
        let value = plain(&raw[field.value.start..end], default, &mut problems);
        structured(mail, &name, &value, default, &mut problems);
        let value = if value.contains("=?") {
            words::decode(&value, default, &mut problems)
        } else {
            value
        };
        mail.headers.push(Header { name, value });
    }
    mail.references = ids::bounded(std::mem::take(&mut mail.references));
    mail.in_reply_to = ids::bounded(std::mem::take(&mut mail.in_reply_to));
    mail.from = mail.from.take().or_else(|| mail.sender.clone());
    if mail.from.is_none() {
        note(&mut problems, Problem::NoSender);
    }
    mail.problems = problems;
}

/// Keeps what a header says in the place that is made for it.
fn structured(
    mail: &mut Mail,
    name: &str,
    value: &str,
    default: Expected<'_>,
    problems: &mut Vec<Problem>,
) {
    let mut mailboxes = || address::list(value, default, problems);
    match name.to_ascii_lowercase().as_str() {
        "from" if mail.from.is_none() => mail.from = first(mailboxes()),
        "sender" if mail.sender.is_none() => mail.sender = first(mailboxes()),
        "reply-to" => mail.reply_to.extend(mailboxes()),
        "to" => mail.to.extend(mailboxes()),
        "cc" => mail.cc.extend(mailboxes()),
        "bcc" => mail.bcc.extend(mailboxes()),
        "return-path" if mail.return_path.is_none() => {
            let bare = value.trim().trim_matches(['<', '>']).trim();
            mail.return_path = Some(bare.to_owned());
        }
        "message-id" if mail.message_id.is_none() => mail.message_id = ids::one(value),
        "in-reply-to" => mail.in_reply_to.extend(ids::list(value)),
        "references" => mail.references.extend(ids::list(value)),
        "date" if mail.date.is_none() => mail.date = date::parse(value),
        "subject" if mail.subject.is_empty() => {
            mail.subject = subject(&words::decode(value, default, problems));
        }
        _ => {}
    }
}

/// The first with an address; a name alone is better than nobody.
fn first(mailboxes: Vec<Mailbox>) -> Option<Mailbox> {
    let at = mailboxes
        .iter()
        .position(|it| it.address.contains('@'))
        .unwrap_or(0);
    mailboxes.into_iter().nth(at)
}

fn subject(text: &str) -> String {
    let text: String = text
        .chars()
        .map(|it| if it.is_control() { ' ' } else { it })
        .take(SUBJECT_MAX)
        .collect();
    text.trim().to_owned()
}
