//! Messages and files.

use plugboard_domain::{
    Actor,
    command::StoredFile,
    desk::Desk,
    message::{Delivery as Fate, Scheduled, Undelivered},
};
use plugboard_protocol::{
    messages::{
        Attachment, Author, AuthorKind, Delivery, DeliveryFailure, DeliveryState, Message,
        ScheduledMessage,
    },
    time,
};
use plugboard_store::{Amended, MessageView};

use super::{Viewer, mail::MailFacts, message_kind};

/// A message as agents see it.
pub fn message(view: &MessageView, desk: &Desk) -> Message {
    let row = &view.row;
    Message {
        id: row.id.to_string(),
        conversation_id: view.shown_in.to_string(),
        seq: row.seq,
        kind: message_kind(row.kind),
        author: author(&row.author, view.contact_name.as_ref(), desk),
        text: row.text.clone(),
        attachments: view.files.iter().map(attachment).collect(),
        delivery: row.delivery.as_ref().map(delivery),
        client_id: row.client_id.clone(),
        edited_at: match view.amended {
            Some(Amended::Edited(at)) => Some(time(at)),
            Some(Amended::TakenBack(_)) | None => None,
        },
        taken_back_at: match view.amended {
            Some(Amended::TakenBack(at)) => Some(time(at)),
            Some(Amended::Edited(_)) | None => None,
        },
        mail: None,
        call: None,
        at: time(row.at),
    }
}

/// A message with what is known of it as a mail, as this viewer may see it.
pub fn message_with(
    view: &MessageView,
    desk: &Desk,
    mail: Option<&MailFacts>,
    viewer: Viewer,
) -> Message {
    let mut shown = message(view, desk);
    shown.mail = mail.map(|it| Box::new(super::mail::mail(view, it, desk, viewer)));
    shown
}

/// Who wrote a message.
pub fn author(author: &Actor, contact_name: Option<&String>, desk: &Desk) -> Author {
    let (kind, id, name) = match author {
        Actor::Agent { id } => {
            let name = desk.agent(*id).map(|agent| agent.name.clone());
            (AuthorKind::Agent, id.to_string(), name)
        }
        Actor::Contact { id } => (AuthorKind::Contact, id.to_string(), contact_name.cloned()),
        Actor::System { part } => (AuthorKind::System, part.clone(), None),
        Actor::Plugin { key } => {
            let name = desk.plugins().find(|it| it.key == *key);
            (
                AuthorKind::Plugin,
                key.clone(),
                name.map(|it| it.name.clone()),
            )
        }
    };
    Author { kind, id, name }
}

/// A stored file.
pub fn attachment(file: &StoredFile) -> Attachment {
    Attachment {
        id: file.id.to_string(),
        name: file.name.clone(),
        content_type: file.content_type.clone(),
        size: file.size,
        is_image: is_image(&file.content_type),
    }
}

/// Picture types that browsers show and that cannot carry scripts.
pub fn is_image(content_type: &str) -> bool {
    matches!(
        content_type,
        "image/png" | "image/jpeg" | "image/gif" | "image/webp" | "image/avif" | "image/bmp"
    )
}

/// Fate of an outbound message.
pub fn delivery(fate: &Fate) -> Delivery {
    let state = match fate {
        Fate::Queued => DeliveryState::Queued,
        Fate::Sent => DeliveryState::Sent,
        Fate::Delivered => DeliveryState::Delivered,
        Fate::Read => DeliveryState::Read,
        Fate::Failed { reason, cause } => {
            return Delivery {
                state: DeliveryState::Failed,
                reason: Some(reason.clone()),
                cause: Some(failure(*cause)),
            };
        }
    };
    Delivery {
        state,
        reason: None,
        cause: None,
    }
}

fn failure(cause: Undelivered) -> DeliveryFailure {
    match cause {
        Undelivered::Refused => DeliveryFailure::Refused,
        Undelivered::WindowClosed => DeliveryFailure::WindowClosed,
        Undelivered::Uncertain => DeliveryFailure::Uncertain,
        Undelivered::GivenUp => DeliveryFailure::GivenUp,
        Undelivered::Recalled => DeliveryFailure::Recalled,
    }
}

/// A reply that waits for its time.
pub fn scheduled(it: &Scheduled) -> ScheduledMessage {
    ScheduledMessage {
        message_id: it.message_id.to_string(),
        at: time(it.at),
        agent_id: it.author.agent_id().map(|id| id.to_string()),
    }
}
