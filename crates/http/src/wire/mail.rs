//! Mail: what a message has besides its text.

use plugboard_domain::{
    Timestamp,
    desk::Desk,
    ids::MessageId,
    mail::{self as inside, RecipientRole},
    message::{Delivery, MessageKind, Undelivered},
    outbox::{JobState, OutboxEntry},
};
use plugboard_protocol::{
    mail::{
        Automatic, Mail, MailAddress, MailWarning, MailWarningKind, RecipientFate, RecipientState,
        Sending, SendingState, WhyHere, WhyHereRule,
    },
    time,
};
use plugboard_store::MessageView;
use serde::de::DeserializeOwned;

use super::{Viewer, mask_email};

/// What is known of a mail beside its message.
#[derive(Clone, Debug)]
pub struct MailFacts {
    /// Its row.
    pub mail: inside::Mail,
    /// The message of its conversation that it answers.
    pub answers: Option<MessageId>,
    /// The work of sending it, while there is any.
    pub work: Option<OutboxEntry>,
    /// When it was looked at.
    pub now: Timestamp,
}

/// A message that came or went by mail, as this viewer may see it.
pub(super) fn mail(view: &MessageView, facts: &MailFacts, desk: &Desk, viewer: Viewer) -> Mail {
    let row = &facts.mail;
    let id = view.row.id;
    let people = People { desk, viewer };
    let outgoing = view.row.kind == MessageKind::Outbound;
    let role = |role: RecipientRole| {
        let of = row.recipients.iter().filter(move |it| it.role == role);
        of.map(|it| &it.to)
    };
    let (to, cc, bcc) = if outgoing {
        (
            people.all(role(RecipientRole::To)),
            people.all(role(RecipientRole::Cc)),
            people.all(role(RecipientRole::Bcc)),
        )
    } else {
        (people.all(&row.to), people.all(&row.cc), Vec::new())
    };
    let moved_to = row
        .related
        .filter(|_| row.why_here.as_deref() == Some("moved_away"))
        .map(|it| it.to_string());
    let trimmed = plugboard_mail::trim_text(&view.row.text);
    Mail {
        subject: row.subject.clone().unwrap_or_default(),
        from: row.from.as_ref().map(|it| people.one(it)),
        reply_to: people.all(&row.reply_to),
        to,
        cc,
        bcc,
        date: row.date.map(time),
        new_text: (!outgoing && trimmed.has_quoted).then_some(trimmed.visible),
        html: row
            .html
            .as_ref()
            .map(|_| format!("/api/v1/messages/{id}/mail/html")),
        remote_images: row.remote_images,
        inline_attachments: row.inline.iter().map(ToString::to_string).collect(),
        raw: row
            .raw
            .as_ref()
            .map(|_| format!("/api/v1/messages/{id}/mail/source")),
        why_here: (!outgoing && moved_to.is_none()).then(|| why_here(row, facts.answers)),
        moved_to,
        warnings: row
            .warnings
            .iter()
            .filter_map(|it| warning(it, people))
            .collect(),
        automatic: automatic(row.auto.as_deref()),
        sending: outgoing.then(|| sending(view, facts, people)),
        unreadable: row.problems.iter().any(|it| it == "unreadable"),
    }
}

/// How addresses are shown to somebody. Those of the desk itself are no secret.
#[derive(Clone, Copy)]
pub struct People<'a> {
    /// The desk whose own addresses are known.
    pub desk: &'a Desk,
    /// For whom.
    pub viewer: Viewer,
}

impl People<'_> {
    /// An address as it is shown.
    pub fn address(&self, address: &str) -> String {
        let own = || {
            let mut own = self.desk.inboxes().filter_map(|it| it.mail_address());
            own.any(|it| it.eq_ignore_ascii_case(address))
        };
        if self.viewer.unmasked || own() {
            address.to_owned()
        } else {
            mask_email(address)
        }
    }

    /// Somebody in a header.
    pub fn one(&self, it: &inside::MailAddress) -> MailAddress {
        let name = it.name.clone().unwrap_or_default();
        MailAddress {
            // Many programs write the address where the name belongs.
            name: if name.contains('@') {
                self.address(&name)
            } else {
                name
            },
            address: self.address(&it.address),
        }
    }

    /// Everybody in a header.
    pub fn all<'b>(
        &self,
        all: impl IntoIterator<Item = &'b inside::MailAddress>,
    ) -> Vec<MailAddress> {
        all.into_iter().map(|it| self.one(it)).collect()
    }
}

/// A word of storage as the variant of that name.
fn word<T: DeserializeOwned>(word: &str) -> Option<T> {
    serde_json::from_value(serde_json::Value::String(word.to_owned())).ok()
}

fn why_here(row: &inside::Mail, answers: Option<MessageId>) -> WhyHere {
    let said = row.why_here.as_deref().unwrap_or("new");
    let (said, by) = said.split_once(' ').unwrap_or((said, ""));
    let rule = word(said).unwrap_or(WhyHereRule::New);
    let related = row.related.map(|it| it.to_string());
    // What answers a conversation and is not in it came too late for it.
    let tied = !matches!(
        rule,
        WhyHereRule::New | WhyHereRule::Moved | WhyHereRule::Split
    );
    WhyHere {
        rule: if tied && related.is_some() {
            WhyHereRule::AfterClosed
        } else {
            rule
        },
        message_id: answers.map(|it| it.to_string()),
        agent_id: Some(by.to_owned()).filter(|it| !it.is_empty()),
        maybe: related,
    }
}

/// A warning is kept as its kind and what it is about.
fn warning(kept: &str, people: People<'_>) -> Option<MailWarning> {
    let (kind, detail) = kept.split_once(':').unwrap_or((kept, ""));
    let kind: MailWarningKind = word(kind)?;
    let detail = match kind {
        MailWarningKind::DangerousFile | MailWarningKind::Impersonation => detail.to_owned(),
        _ if detail.contains('@') => people.address(detail),
        _ => detail.to_owned(),
    };
    Some(MailWarning {
        kind,
        detail: Some(detail).filter(|it| !it.is_empty()),
    })
}

fn automatic(kept: Option<&str>) -> Automatic {
    match kept {
        None | Some("no") => Automatic::No,
        Some("bounce" | "report") => Automatic::Report,
        Some("out_of_office" | "reply" | "auto_reply") => Automatic::AutoReply,
        Some("list") => Automatic::List,
        Some("bulk") => Automatic::Bulk,
        Some(_) => Automatic::Generated,
    }
}

fn sending(view: &MessageView, facts: &MailFacts, people: People<'_>) -> Sending {
    let recipients = &facts.mail.recipients;
    let work = facts.work.as_ref();
    let next_at = work.and_then(|it| match it.state {
        JobState::Pending { next_at } => Some(next_at),
        JobState::Done { .. } | JobState::Dead { .. } => None,
    });
    let attempts = work.map_or(0, |it| it.attempts);
    let busy = || {
        recipients
            .iter()
            .any(|it| it.state == inside::RecipientState::Sending)
    };
    let state = match &view.row.delivery {
        Some(Delivery::Failed { cause, .. }) => match cause {
            Undelivered::Recalled => SendingState::TakenBack,
            Undelivered::Uncertain => SendingState::Uncertain,
            _ => SendingState::Failed,
        },
        Some(Delivery::Sent | Delivery::Delivered | Delivery::Read) => SendingState::Sent,
        Some(Delivery::Queued) | None => match next_at {
            Some(at) if attempts == 0 && at > facts.now => SendingState::Held,
            _ if busy() => SendingState::Sending,
            Some(_) if attempts > 0 => SendingState::Deferred,
            _ => SendingState::Queued,
        },
    };
    let failed = match &view.row.delivery {
        Some(Delivery::Failed { reason, .. }) => Some(reason.clone()),
        _ => None,
    };
    let waits = |wanted: SendingState| next_at.filter(|_| state == wanted).map(time);
    Sending {
        state,
        undo_until: waits(SendingState::Held),
        next_at: waits(SendingState::Deferred),
        attempts,
        reason: failed.or_else(|| work.and_then(|it| it.last_error.clone())),
        recipients: if matches!(state, SendingState::Held | SendingState::TakenBack) {
            Vec::new()
        } else {
            recipients.iter().map(|it| fate(it, people)).collect()
        },
    }
}

fn fate(it: &inside::Recipient, people: People<'_>) -> RecipientFate {
    RecipientFate {
        address: people.address(&it.to.address),
        state: match it.state {
            inside::RecipientState::Queued | inside::RecipientState::Sending => {
                RecipientState::Pending
            }
            inside::RecipientState::Sent => RecipientState::Accepted,
            inside::RecipientState::Deferred => RecipientState::Delayed,
            inside::RecipientState::Failed => RecipientState::Failed,
            inside::RecipientState::Uncertain => RecipientState::Uncertain,
        },
        status: it.detail.as_deref().and_then(status_code),
        reason: it.detail.clone(),
        at: None,
    }
}

/// The status of RFC 3463 in what a server said: `5.1.1` in `550 5.1.1 no such mailbox`.
fn status_code(said: &str) -> Option<String> {
    let is_status = |it: &&str| {
        let parts: Vec<_> = it.split('.').collect();
        let number =
            |it: &&str| !it.is_empty() && it.len() <= 3 && it.bytes().all(|b| b.is_ascii_digit());
        parts.len() == 3 && parts.iter().all(number) && matches!(parts[0], "2" | "4" | "5")
    };
    said.split_whitespace().find(is_status).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_is_found_in_what_a_server_said() {
        let found = |said| status_code(said).unwrap_or_default();
        assert_eq!(found("550 5.1.1 no such mailbox"), "5.1.1");
        assert_eq!(found("4.2.2"), "4.2.2");
        assert_eq!(found("host 10.0.0.1 said 550 no"), "");
    }

    #[test]
    fn words_of_storage_are_the_words_of_the_wire() {
        for key in [
            "token",
            "in_reply_to",
            "references",
            "shared_references",
            "subject_number",
            "report",
            "new",
            "moved",
            "split",
        ] {
            assert!(word::<WhyHereRule>(key).is_some(), "{key}");
        }
        assert_eq!(automatic(Some("out_of_office")), Automatic::AutoReply);
        assert_eq!(automatic(Some("generated")), Automatic::Generated);
        assert_eq!(automatic(None), Automatic::No);
    }
}
