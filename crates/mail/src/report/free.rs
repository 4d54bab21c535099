//! Reports in free text: of Exim, Exchange, qmail, QQ, `NetEase`, and of whoever else wrote his own.

use super::{Fate, Outcome};
use crate::{Mail, header::ids};

/// Beginnings of subjects of bounces, in lower case: of Postfix, Exim, Exchange, `qmail`, Sendmail, QQ, `NetEase`.
const SUBJECTS: &[&str] = &[
    "undelivered mail returned to sender",
    "mail delivery failed",
    "mail delivery failure",
    "delivery status notification",
    "undeliverable:",
    "undeliverable mail",
    "undelivered:",
    "failure notice",
    "returned mail",
    "delivery failure",
    "delivery has failed",
    "delayed mail",
    "warning: message",
    "warning: could not send message",
    "mail system error",
    "message delivery failure",
    "non-deliverable",
    "来自qq.com的退信",
    "系统退信",
    "退信",
    "未送达",
    "无法送达",
    "無法傳遞",
    "无法传递",
    "邮件未能送达",
    "投递失败",
];

/// Words of a delay, in lower case.
const DELAYS: &[&str] = &[
    "delayed",
    "will be retried",
    "will continue to be attempted",
    "has not yet been delivered",
    "has not been delivered yet",
    "could not send message for past",
    "still being retried",
    "no action is required on your part",
    "延迟",
    "将继续尝试",
    "稍后重试",
];

/// Words that begin the copy of what was sent.
const COPIES: &[&str] = &[
    "this is a copy of the message",
    "this is a copy of your message",
    "below this line is a copy of the message",
    "the original message was received",
    "original message headers",
    "--- original message",
    "original message -----",
    "-原邮件",
    "- 原邮件",
    "-原始邮件",
    "- 原始邮件",
];

/// Addresses of one text that are looked at.
const ADDRESSES_MAX: usize = 50;

/// Whether only a bounce has such a subject.
pub(crate) fn subject_is_of_bounce(subject: &str) -> bool {
    let subject = subject.trim().to_lowercase();
    SUBJECTS.iter().any(|it| subject.starts_with(it))
}

/// Who a bounce in free text says did not get the mail.
pub(super) fn recipients(mail: &Mail) -> Vec<Fate> {
    let text = own_words(&mail.text);
    let lower = format!("{}\n{}", mail.subject, text).to_lowercase();
    let status = status(text).unwrap_or_default();
    let delayed = status.starts_with('4')
        || (!status.starts_with('5') && DELAYS.iter().any(|it| lower.contains(it)));
    let outcome = if delayed {
        Outcome::Delayed
    } else {
        Outcome::Failed
    };
    let ours: Vec<String> = mail
        .recipients()
        .chain(&mail.from)
        .map(|it| it.address.to_lowercase())
        .collect();
    let named = mail
        .headers_of("x-failed-recipients")
        .flat_map(|it| it.split(','))
        .map(|it| it.trim().to_owned())
        .filter(|it| it.contains('@'));
    let mut addresses: Vec<String> = named.collect();
    if addresses.is_empty() {
        addresses = addresses_in(text);
        addresses.retain(|it| !ours.contains(&it.to_lowercase()) && !crate::auto::is_daemon(it));
        // The first is whom it is about; more are only of a report that lists them at the beginning of lines.
        if let Some(first) = addresses.first().cloned() {
            addresses.retain(|it| *it == first || starts_line(text, it));
        }
    }
    addresses
        .into_iter()
        .map(|address| Fate {
            diagnostic: diagnostic(text, &address),
            address,
            outcome,
            status: status.clone(),
        })
        .collect()
}

/// The `Message-ID` that a text quotes.
pub(super) fn original(text: &str) -> Option<String> {
    let lower = text.to_ascii_lowercase();
    let at = lower.find("message-id:")?;
    let rest = text.get(at + "message-id:".len()..)?;
    let line = rest.trim_start().lines().next()?;
    ids::one(line).filter(|it| it.contains('@'))
}

/// The status of RFC 3463 in a text; from the code of SMTP where there is only that.
pub(super) fn status(text: &str) -> Option<String> {
    let words = || text.split(|it: char| !(it.is_ascii_alphanumeric() || it == '.' || it == '-'));
    let enhanced = words().flat_map(|it| it.split('-')).find(|word| {
        let word = word.trim_end_matches('.');
        let pieces: Vec<&str> = word.split('.').collect();
        pieces.len() == 3
            && matches!(pieces[0], "2" | "4" | "5")
            && pieces[1..]
                .iter()
                .all(|it| (1..=3).contains(&it.len()) && it.bytes().all(|it| it.is_ascii_digit()))
    });
    if let Some(found) = enhanced {
        return Some(found.trim_end_matches('.').to_owned());
    }
    let code = words().find(|it| {
        it.len() == 3
            && it.starts_with(['4', '5'])
            && it.bytes().all(|it| it.is_ascii_digit())
            && it.as_bytes()[1] <= b'5'
    })?;
    Some(format!("{}.0.0", &code[..1]))
}

/// What the reporter wrote, without the copy of what we did.
fn own_words(text: &str) -> &str {
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let lower = line.to_lowercase();
        if COPIES.iter().any(|it| lower.contains(it)) {
            return &text[..at];
        }
        at += line.len();
    }
    text
}

fn addresses_in(text: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let fits =
        |it: char| it.is_ascii_alphanumeric() || matches!(it, '@' | '.' | '-' | '_' | '+' | '=');
    let lines = text
        .lines()
        .filter(|it| !it.to_ascii_lowercase().contains("message-id:"));
    for word in lines.flat_map(|it| it.split(|it: char| !fits(it))) {
        let word = word.trim_matches(['.', '-', '=']);
        let is_address = word.split_once('@').is_some_and(|(local, host)| {
            !local.is_empty() && host.contains('.') && !host.contains('@')
        });
        if is_address && !found.iter().any(|it| it.eq_ignore_ascii_case(word)) {
            found.push(word.to_owned());
            if found.len() == ADDRESSES_MAX {
                break;
            }
        }
    }
    found
}

fn starts_line(text: &str, address: &str) -> bool {
    text.lines().any(|it| {
        it.trim_start()
            .trim_start_matches(['<', '*', '-', ' '])
            .starts_with(address)
    })
}

/// What stands around the address that looks like the words of a server.
fn diagnostic(text: &str, address: &str) -> String {
    let telling = |line: &str| {
        let lower = line.to_lowercase();
        ["said:", "reason", "error", "原因", "拒", "不存在"]
            .iter()
            .any(|it| lower.contains(it))
    };
    let behind = text.find(address).map_or(text, |at| &text[at..]);
    let found = behind
        .lines()
        .find(|it| status(it).is_some())
        .or_else(|| behind.lines().find(|it| telling(it)))
        .or_else(|| text.lines().find(|it| status(it).is_some() || telling(it)));
    found.unwrap_or_default().trim().chars().take(500).collect()
}
