//! Lists of mailboxes (RFC 5322), and what senders make of them.

use super::words;
use crate::{
    charset::Expected,
    mail::{Mailbox, tidy_address},
    problem::Problem,
};

/// How many mailboxes of one header are kept: a mail to more is a list mail whoever wrote it.
const MAILBOXES_MAX: usize = 2_000;

/// What has been read of the mailbox at hand.
#[derive(Default)]
struct Open {
    phrase: String,
    comment: String,
    angle: Option<String>,
}

/// The mailboxes of a header. Groups are flattened.
pub(crate) fn list(text: &str, default: Expected<'_>, problems: &mut Vec<Problem>) -> Vec<Mailbox> {
    let mut found = Vec::new();
    let mut open = Open::default();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        if found.len() >= MAILBOXES_MAX {
            break;
        }
        if first == '='
            && let Some(length) = words::length(rest)
        {
            open.phrase.push_str(&rest[..length]);
            rest = &rest[length..];
            continue;
        }
        rest = &rest[first.len_utf8()..];
        match first {
            '"' => rest = quoted(rest, &mut open.phrase),
            '(' => rest = comment(rest, &mut open.comment),
            '<' => {
                let stop = rest.find(['>', ',', ';']).unwrap_or(rest.len());
                let address = &rest[..stop];
                rest = rest[stop..].strip_prefix('>').unwrap_or(&rest[stop..]);
                if open.angle.as_ref().is_none_or(|it| !it.contains('@')) {
                    open.angle = Some(address.to_owned());
                }
            }
            ',' | ';' => finish(&mut open, &mut found, default, problems),
            // The name of a group; its members follow. Behind an address it is a part of the name.
            ':' if open.angle.is_none() && !open.phrase.contains('@') => open.phrase.clear(),
            other => open.phrase.push(other),
        }
    }
    finish(&mut open, &mut found, default, problems);
    found
}

fn finish(
    open: &mut Open,
    found: &mut Vec<Mailbox>,
    default: Expected<'_>,
    problems: &mut Vec<Problem>,
) {
    let open = std::mem::take(open);
    let phrase = open.phrase.trim();
    let (name, address) = match &open.angle {
        Some(angle) => (phrase.to_owned(), strip_route(angle)),
        None if phrase.contains('@') && !phrase.contains("=?") => {
            // `Name a@b` without brackets: the word with the sign is the address.
            let address = phrase
                .split_whitespace()
                .find(|it| it.contains('@'))
                .unwrap_or(phrase);
            (phrase.replace(address, ""), address.to_owned())
        }
        None => {
            let decoded = words::decode(phrase, default, problems);
            match decoded
                .rsplit_once(['<', ' '])
                .or(Some(("", decoded.as_str())))
            {
                // Some clients encode name and address as one word.
                Some((name, address)) if address.contains('@') => {
                    (name.to_owned(), address.trim_end_matches('>').to_owned())
                }
                _ => (phrase.to_owned(), String::new()),
            }
        }
    };
    let mut name = words::decode(name.trim(), default, problems);
    if name.trim().is_empty() {
        name = words::decode(open.comment.trim(), default, problems);
    }
    let name = tidy_name(&name);
    let address = tidy_address(address.trim().trim_matches(['\'', '"', '<', '>']));
    let address: String = address.chars().filter(|it| !it.is_whitespace()).collect();
    if !name.is_empty() || !address.is_empty() {
        found.push(Mailbox { name, address });
    }
}

fn tidy_name(name: &str) -> String {
    let name: String = name
        .chars()
        .filter(|it| !it.is_control())
        .collect::<String>();
    let name = name.trim();
    let bare = name
        .strip_prefix(['"', '\''])
        .and_then(|it| it.strip_suffix(['"', '\'']))
        .unwrap_or(name);
    bare.trim().chars().take(200).collect()
}

/// `@relay:box@host` is an address of the last century.
fn strip_route(angle: &str) -> String {
    let angle = angle.trim();
    let angle = angle.strip_prefix("mailto:").unwrap_or(angle);
    match angle.split_once(':') {
        Some((route, address)) if route.starts_with('@') => address.to_owned(),
        _ => angle.to_owned(),
    }
}

fn quoted<'a>(text: &'a str, into: &mut String) -> &'a str {
    let mut escaped = false;
    for (at, it) in text.char_indices() {
        match it {
            _ if escaped => {
                into.push(it);
                escaped = false;
            }
            '\\' => escaped = true,
            '"' => return &text[at + 1..],
            other => into.push(other),
        }
    }
    ""
}

fn comment<'a>(text: &'a str, into: &mut String) -> &'a str {
    let (mut depth, mut escaped) = (1_usize, false);
    for (at, it) in text.char_indices() {
        match it {
            _ if escaped => {
                into.push(it);
                escaped = false;
            }
            '\\' => escaped = true,
            '(' => {
                depth += 1;
                into.push(it);
            }
            ')' => {
                depth -= 1;
                if depth == 0 {
                    return &text[at + 1..];
                }
                into.push(it);
            }
            other => into.push(other),
        }
    }
    ""
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expect: &[(&str, &str)]) {
        let found = list(text, Expected::Anything, &mut Vec::new());
        let found: Vec<(&str, &str)> = found
            .iter()
            .map(|it| (it.name.as_str(), it.address.as_str()))
            .collect();
        assert_eq!(found, expect, "{text}");
    }

    #[test]
    fn mailboxes_are_read_as_written_and_as_meant() {
        check("a@B.Example", &[("", "a@b.example")]);
        check(
            "\"Li, Wei\" <li@x.cn>, b@y.cn (Bob)",
            &[("Li, Wei", "li@x.cn"), ("Bob", "b@y.cn")],
        );
        check("=?utf-8?B?5byg5LiJ?= <z@x.cn>", &[("张三", "z@x.cn")]);
        check("\"=?utf-8?B?5byg5LiJ?=\" <z@x.cn>", &[("张三", "z@x.cn")]);
        check("=?utf-8?Q?Smith,_John?= <j@x>", &[("Smith, John", "j@x")]);
        check(
            "Friends: a@x, b@x;, c@x",
            &[("", "a@x"), ("", "b@x"), ("", "c@x")],
        );
        check("a@x; b@x", &[("", "a@x"), ("", "b@x")]);
        check("undisclosed-recipients:;", &[]);
        check("<@relay.example:a@x>", &[("", "a@x")]);
        check("张三 z@x.cn", &[("张三", "z@x.cn")]);
        check("\"open <a@x>", &[("open", "a@x")]);
    }
}
