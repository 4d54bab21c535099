//! Reports about mails that were sent (RFC 3464), and those that follow no rule.

mod free;

use crate::{
    Auto, Mail,
    charset::Expected,
    header::{fields, ids, plain},
};

pub(crate) use free::subject_is_of_bounce;

/// How many recipients of one report are kept.
const RECIPIENTS_MAX: usize = 500;

/// What a report says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// `Message-ID` of the mail that it is about, without brackets.
    pub original: Option<String>,
    /// What became of it, for each recipient that the report names.
    pub recipients: Vec<Fate>,
}

/// What became of a mail for one recipient.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fate {
    /// The address; empty where the report hides it.
    pub address: String,
    /// What happened.
    pub outcome: Outcome,
    /// The status of RFC 3463, `5.1.1`; empty where the report gives none.
    pub status: String,
    /// What a mail server said, on one line.
    pub diagnostic: String,
}

/// What happened to a mail.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// It did not arrive and will not.
    #[default]
    Failed,
    /// Not yet; a mail server goes on trying.
    Delayed,
    /// It arrived in the recipient's mailbox.
    Delivered,
    /// It went on to a system that does not report.
    Relayed,
    /// It was shown to the recipient.
    Displayed,
    /// The recipient calls it spam.
    Complaint,
}

impl Outcome {
    /// The name for storage and languages.
    pub fn key(self) -> &'static str {
        match self {
            Self::Failed => "failed",
            Self::Delayed => "delayed",
            Self::Delivered => "delivered",
            Self::Relayed => "relayed",
            Self::Displayed => "displayed",
            Self::Complaint => "complaint",
        }
    }
}

/// The report that a mail is; nothing where it is none.
pub fn report(mail: &Mail) -> Option<Report> {
    if mail.auto != Auto::Bounce {
        return None;
    }
    let mut recipients = Vec::new();
    let mut original = None;
    for part in &mail.parts {
        match part.content_type.as_str() {
            "message/delivery-status" | "message/global-delivery-status" => {
                delivery(&part.bytes, &mut recipients);
            }
            "message/disposition-notification" => {
                let (fate, id) = disposition(&part.bytes);
                recipients.extend(fate);
                original = original.or(id);
            }
            "message/feedback-report" => recipients.push(complaint(&part.bytes)),
            "message/rfc822"
            | "text/rfc822-headers"
            | "message/global"
            | "message/global-headers"
            | "message/rfc822-headers" => original = original.or_else(|| id_of(&part.bytes)),
            _ => {}
        }
    }
    if recipients.is_empty() {
        recipients = free::recipients(mail);
    }
    recipients.truncate(RECIPIENTS_MAX);
    let original = original
        .or_else(|| free::original(&mail.text))
        .or_else(|| mail.in_reply_to.first().cloned())
        .or_else(|| mail.references.last().cloned());
    Some(Report {
        original,
        recipients,
    })
}

/// The groups of fields of a report, one after the other.
fn groups(bytes: &[u8]) -> Vec<Vec<(String, String)>> {
    let mut groups = Vec::new();
    let mut at = 0;
    while at < bytes.len() && groups.len() <= RECIPIENTS_MAX {
        let found = fields::read(bytes, at, bytes.len());
        let group: Vec<(String, String)> = found
            .list
            .iter()
            .map(|it| {
                let name = String::from_utf8_lossy(&bytes[it.name.clone()]).to_ascii_lowercase();
                let end = it.value.end.min(it.value.start + 4_000);
                (
                    name,
                    plain(
                        &bytes[it.value.start..end],
                        Expected::Anything,
                        &mut Vec::new(),
                    ),
                )
            })
            .collect();
        if !group.is_empty() {
            groups.push(group);
        }
        // A line that is no field ends nothing: what follows it may be one.
        at = if found.body > at {
            found.body
        } else {
            fields::line(bytes, at, bytes.len()).1
        };
    }
    groups
}

fn field<'a>(group: &'a [(String, String)], name: &str) -> Option<&'a str> {
    group.iter().find(|it| it.0 == name).map(|it| it.1.as_str())
}

fn delivery(bytes: &[u8], into: &mut Vec<Fate>) {
    for group in groups(bytes) {
        let address = [
            "original-recipient",
            "final-recipient",
            "x-actual-recipient",
        ]
        .iter()
        .filter_map(|it| field(&group, it))
        .map(typed)
        .find(|it| it.contains('@'));
        let action = field(&group, "action").map(|it| it.trim().to_ascii_lowercase());
        if address.is_none() && action.is_none() {
            continue;
        }
        let status = field(&group, "status")
            .and_then(free::status)
            .or_else(|| field(&group, "diagnostic-code").and_then(free::status))
            .unwrap_or_default();
        into.push(Fate {
            address: address.unwrap_or_default(),
            outcome: outcome(action.as_deref().unwrap_or_default(), &status),
            status,
            diagnostic: field(&group, "diagnostic-code")
                .map(typed)
                .unwrap_or_default(),
        });
    }
}

fn outcome(action: &str, status: &str) -> Outcome {
    match action {
        "delayed" => Outcome::Delayed,
        "delivered" => Outcome::Delivered,
        "relayed" | "expanded" => Outcome::Relayed,
        "failed" => Outcome::Failed,
        _ => match status.bytes().next() {
            Some(b'2') => Outcome::Delivered,
            Some(b'4') => Outcome::Delayed,
            _ => Outcome::Failed,
        },
    }
}

/// `rfc822; a@b` without its type.
fn typed(value: &str) -> String {
    let value = value.split_once(';').map_or(value, |it| it.1);
    value
        .trim()
        .trim_matches(['<', '>'])
        .chars()
        .take(500)
        .collect()
}

/// A receipt of reading (RFC 8098).
fn disposition(bytes: &[u8]) -> (Option<Fate>, Option<String>) {
    let groups = groups(bytes);
    let all: Vec<(String, String)> = groups.into_iter().flatten().collect();
    let read =
        field(&all, "disposition").is_some_and(|it| it.to_ascii_lowercase().contains("displayed"));
    let fate = read.then(|| Fate {
        address: field(&all, "final-recipient")
            .map(typed)
            .unwrap_or_default(),
        outcome: Outcome::Displayed,
        ..Fate::default()
    });
    (fate, field(&all, "original-message-id").and_then(ids::one))
}

/// A report of abuse (RFC 5965).
fn complaint(bytes: &[u8]) -> Fate {
    let all: Vec<(String, String)> = groups(bytes).into_iter().flatten().collect();
    Fate {
        address: field(&all, "original-rcpt-to")
            .map(typed)
            .unwrap_or_default(),
        outcome: Outcome::Complaint,
        diagnostic: field(&all, "feedback-type").unwrap_or_default().to_owned(),
        ..Fate::default()
    }
}

/// The `Message-ID` of a mail, or of its headers.
fn id_of(bytes: &[u8]) -> Option<String> {
    let found = fields::read(bytes, 0, bytes.len());
    let field = found
        .list
        .iter()
        .find(|it| bytes[it.name.clone()].eq_ignore_ascii_case(b"message-id"))?;
    ids::one(&plain(
        &bytes[field.value.clone()],
        Expected::Anything,
        &mut Vec::new(),
    ))
}
