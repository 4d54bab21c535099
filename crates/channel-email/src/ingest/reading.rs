//! What the bytes of a mail say.

use plugboard_domain::{
    ids::AttachmentId,
    mail::{MailReport, RecipientState, ReportedFate},
    message::{ATTACHMENTS_MAX, TEXT_CHARS_MAX},
};
use plugboard_engine::Engine;
use plugboard_mail::{Check, Clean, Inline, Options, Outcome, Remote};
use sha2::{Digest, Sha256};

/// What the bytes of a mail say.
pub(super) struct Read {
    pub(super) mail: plugboard_mail::Mail,
    pub(super) fingerprint: String,
    pub(super) report: Option<plugboard_mail::Report>,
    /// Identifiers of its files, as many as a message has.
    pub(super) ids: Vec<AttachmentId>,
    pub(super) clean: Option<Clean>,
    /// What there is to find out about where it is from.
    pub(super) check: Option<Check>,
}

/// Reads a mail.
pub(super) fn read(raw: &[u8], options: &Options, engine: &Engine) -> Read {
    let mut mail = plugboard_mail::decode(raw, options);
    let ids: Vec<AttachmentId> = mail
        .parts
        .iter()
        .take(ATTACHMENTS_MAX)
        .map(|_| engine.mint())
        .collect();
    let known: Vec<_> = ids.iter().copied().map(Some).collect();
    let clean = cleaned(&mut mail, &known);
    Read {
        fingerprint: fingerprint(&mail, raw),
        report: plugboard_mail::report(&mail),
        ids,
        clean,
        mail,
        check: None,
    }
}

/// The HTML of a mail as it is kept: clean, its pictures shown from files of the message. Taken out of the mail.
pub(crate) fn cleaned(
    mail: &mut plugboard_mail::Mail,
    ids: &[Option<AttachmentId>],
) -> Option<Clean> {
    let html = mail.html.take()?;
    let part = |name: &str| {
        let is = |it: &plugboard_mail::Part| {
            it.content_id.as_deref() == Some(name) || it.location.as_deref() == Some(name)
        };
        let mut found = mail.parts.iter().zip(ids).filter(|it| is(it.0));
        let id = found.find_map(|it| *it.1);
        id.map(|id| format!("/api/v1/attachments/{id}"))
    };
    let inline = Inline {
        part: &part,
        remote: Remote::Blocked,
    };
    Some(plugboard_mail::clean(&html, &inline))
}

/// The same mail has the same one, wherever and however often it is found. `Message-ID` alone is not unique in reality.
fn fingerprint(mail: &plugboard_mail::Mail, raw: &[u8]) -> String {
    let mut hash = Sha256::new();
    let mut add = |part: &[u8]| {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    };
    add(mail.message_id.as_deref().unwrap_or_default().as_bytes());
    let from = mail.from.as_ref().map(|it| it.address.as_str());
    add(from.unwrap_or_default().as_bytes());
    add(mail.header("date").unwrap_or_default().as_bytes());
    // Without an id there is nothing that tells such mails apart but every byte of them.
    add(if mail.message_id.is_some() {
        body_of(raw)
    } else {
        raw
    });
    plugboard_blob::Digest::from(<[u8; 32]>::from(hash.finalize())).to_string()
}

/// What is behind the headers, without the line ends at its end, which servers add and take away.
fn body_of(raw: &[u8]) -> &[u8] {
    let blank = raw
        .windows(2)
        .position(|it| it == b"\n\n")
        .map(|at| at + 2)
        .into_iter()
        .chain(
            raw.windows(4)
                .position(|it| it == b"\r\n\r\n")
                .map(|at| at + 4),
        )
        .min();
    let body = &raw[blank.unwrap_or(raw.len())..];
    let end = body.iter().rposition(|it| !b"\r\n".contains(it));
    &body[..end.map_or(0, |at| at + 1)]
}

/// The text of the message: never empty unless files speak for it.
pub(crate) fn text(mail: &plugboard_mail::Mail, has_files: bool) -> String {
    let text: String = mail
        .text
        .chars()
        .filter(|it| *it != '\0')
        .take(TEXT_CHARS_MAX)
        .collect();
    if !text.trim().is_empty() || has_files {
        return text;
    }
    let subject: String = mail.subject.chars().filter(|it| *it != '\0').collect();
    if subject.trim().is_empty() {
        "\u{2014}".to_owned()
    } else {
        subject
    }
}

/// A report in the desk's words.
pub(super) fn translate(mail: &plugboard_mail::Mail, report: plugboard_mail::Report) -> MailReport {
    let answered = mail.in_reply_to.iter().chain(mail.references.iter().rev());
    let fates = report.recipients.into_iter().filter_map(|it| {
        let state = match it.outcome {
            Outcome::Failed => RecipientState::Failed,
            Outcome::Delayed => RecipientState::Deferred,
            Outcome::Delivered | Outcome::Relayed => RecipientState::Sent,
            Outcome::Displayed | Outcome::Complaint => return None,
        };
        Some(ReportedFate {
            address: Some(it.address).filter(|it| !it.is_empty()),
            state,
            status: Some(it.status).filter(|it| !it.is_empty()),
        })
    });
    MailReport {
        fates: fates.collect(),
        about: report
            .original
            .into_iter()
            .chain(answered.cloned())
            .collect(),
    }
}
