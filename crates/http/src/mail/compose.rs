//! What an agent composes, made ready for the desk: recipients in full, clean HTML in the blob store.

use bytes::Bytes;
use plugboard_domain::{
    ids::AttachmentId,
    mail::{Mail, MailAddress, MailDraft, RecipientRole},
};
use plugboard_mail::{Inline, Remote, clean};
use plugboard_protocol::mail as wire_mail;

use super::file;
use crate::{
    ApiError, App,
    wire::{People, Viewer},
};

/// Longest HTML of one mail, in characters.
const HTML_CHARS_MAX: usize = 500_000;

/// What is composed, whole. `known` are mails of the conversation: an address that was shown masked is one of theirs.
pub(crate) async fn compose(
    app: &App,
    viewer: Viewer,
    asked: &wire_mail::ComposeMail,
    attachments: &[AttachmentId],
    known: &[Mail],
) -> Result<MailDraft, ApiError> {
    let list = |role: &str, list: &Option<Vec<wire_mail::MailAddress>>| {
        let list = list.iter().flatten();
        list.map(|it| recipient(app, viewer, role, it, known))
            .collect::<Result<Vec<_>, _>>()
    };
    let (html, inline) = match asked.html.as_deref().map(str::trim) {
        None | Some("") => (None, Vec::new()),
        Some(html) => store(app, html, attachments).await?,
    };
    Ok(MailDraft {
        to: list("to", &asked.to)?,
        cc: list("cc", &asked.cc)?,
        bcc: list("bcc", &asked.bcc)?,
        subject: asked.subject.as_deref().map(|it| it.trim().to_owned()),
        html,
        inline,
        quote: asked.quote.unwrap_or(true),
    })
}

/// A mail that was not sent, as it was composed.
pub(crate) async fn composed(
    app: &App,
    viewer: Viewer,
    draft: &MailDraft,
) -> Result<wire_mail::ComposeMail, ApiError> {
    let html = file(app, draft.html.as_ref()).await?;
    let desk = app.engine.desk();
    let people = People {
        desk: &desk,
        viewer,
    };
    let list = |list: &[MailAddress]| Some(people.all(list)).filter(|it| !it.is_empty());
    Ok(wire_mail::ComposeMail {
        to: list(&draft.to),
        cc: list(&draft.cc),
        bcc: list(&draft.bcc),
        subject: draft.subject.clone(),
        html: html.map(|it| String::from_utf8_lossy(&it).into_owned()),
        quote: Some(draft.quote),
    })
}

/// What was composed, as far as it is known of a mail.
pub(super) fn draft_of(mail: &Mail) -> MailDraft {
    let role = |role: RecipientRole| {
        let of = mail.recipients.iter().filter(|it| it.role == role);
        of.map(|it| it.to.clone()).collect()
    };
    MailDraft {
        to: role(RecipientRole::To),
        cc: role(RecipientRole::Cc),
        bcc: role(RecipientRole::Bcc),
        subject: mail.subject.clone(),
        html: mail.html.clone(),
        inline: mail.inline.clone(),
        quote: mail.quote,
    }
}

/// A recipient in full. Whoever sees addresses masked writes back what they were shown.
fn recipient(
    app: &App,
    viewer: Viewer,
    role: &str,
    asked: &wire_mail::MailAddress,
    known: &[Mail],
) -> Result<MailAddress, ApiError> {
    let whole = |address: String| MailAddress {
        name: Some(asked.name.trim().to_owned()).filter(|it| !it.is_empty()),
        address,
    };
    let address = asked.address.trim();
    if viewer.unmasked || !address.contains("***") {
        return Ok(whole(address.to_owned()));
    }
    let desk = app.engine.desk();
    let people = People {
        desk: &desk,
        viewer,
    };
    let mut meant: Vec<&MailAddress> = everybody(known)
        .filter(|it| people.one(it) == *asked || people.address(&it.address) == address)
        .collect();
    // Two people whose masks are alike are told apart by their names.
    if meant.iter().any(|it| people.one(it) == *asked) {
        meant.retain(|it| people.one(it) == *asked);
    }
    let first = meant.first().map(|it| it.address.to_lowercase());
    match first {
        Some(first) if meant.iter().all(|it| it.address.to_lowercase() == first) => {
            Ok(whole(meant[0].address.clone()))
        }
        Some(_) => Err(ApiError::invalid(format!(
            "{role}: {address} can mean more than one address"
        ))),
        None => Err(ApiError::invalid(format!(
            "{role}: {address} is not an address of this conversation"
        ))),
    }
}

/// Everybody who stands in a header of these mails.
fn everybody(known: &[Mail]) -> impl Iterator<Item = &MailAddress> {
    known.iter().flat_map(|mail| {
        let came = mail.from.iter().chain(&mail.reply_to);
        let named = mail.to.iter().chain(&mail.cc);
        came.chain(named)
            .chain(mail.recipients.iter().map(|it| &it.to))
    })
}

/// Cleans HTML and stores it; its file, and the attachments that it shows.
async fn store(
    app: &App,
    html: &str,
    attachments: &[AttachmentId],
) -> Result<(Option<String>, Vec<AttachmentId>), ApiError> {
    if html.chars().count() > HTML_CHARS_MAX {
        return Err(ApiError::invalid(format!(
            "mail.html must be at most {HTML_CHARS_MAX} characters"
        )));
    }
    let (clean, shown) = fit(html, attachments);
    let stored = app.blobs.put(Bytes::from(clean)).await.map_err(|error| {
        tracing::error!(%error, "a mail was not stored");
        ApiError::unavailable("the mail could not be stored")
    })?;
    Ok((Some(stored.digest.to_string()), shown))
}

/// Clean HTML, and the attachments that it shows: pictures of the mail itself and no others.
fn fit(html: &str, attachments: &[AttachmentId]) -> (String, Vec<AttachmentId>) {
    let address = |id: &AttachmentId| format!("/api/v1/attachments/{id}");
    let part = |reference: &str| {
        let mut own = attachments.iter().map(address);
        own.find(|it| it == reference)
    };
    let inline = Inline {
        part: &part,
        remote: Remote::Blocked,
    };
    let clean = clean(html, &inline).html;
    let shown = attachments
        .iter()
        .filter(|id| clean.contains(&format!("\"{}\"", address(id))))
        .copied()
        .collect();
    (clean, shown)
}
