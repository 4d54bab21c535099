//! The rows of messages among the events of a command.

use plugboard_domain::{
    Actor, Event,
    conversation::{self, Conversation},
    ids::ConversationId,
    mail::MailDraft,
    message::{Delivery, MessageFacts},
    outbox::Job,
};
use plugboard_store::{MessageHead, MessageRow, Write};

use crate::{
    handle::Posted,
    writer::{
        mail,
        txn::{Stop, Txn},
    },
};

/// Texts that events of this command refer to.
pub(in crate::writer) struct Content<'a> {
    text: &'a str,
    dedup_key: Option<String>,
    mail: Option<&'a MailDraft>,
}

impl<'a> Content<'a> {
    pub(in crate::writer) fn new(text: &'a str, dedup_key: Option<String>) -> Self {
        Self {
            text,
            dedup_key,
            mail: None,
        }
    }

    /// With what an agent said of a mail beside its text.
    pub(in crate::writer) fn with_mail(self, mail: &'a MailDraft) -> Self {
        Self {
            mail: Some(mail),
            ..self
        }
    }
}

/// Records events; stores a row for each message among them, and hands outbound ones to their channel.
pub(in crate::writer) fn emit_messages(
    txn: &mut Txn<'_>,
    id: ConversationId,
    events: Vec<Event>,
    content: &Content<'_>,
) -> Result<Option<Posted>, Stop> {
    let first = txn.events().len();
    txn.emit(Some(id), events)?;
    let state = txn.existing(id)?;
    let inbox_id = state.inbox_id;
    let recorded: Vec<_> = txn.events()[first..].to_vec();
    let mut posted = None;
    for recorded in recorded {
        let Event::MessageCreated { message, .. } = recorded.event else {
            continue;
        };
        // What Plugboard says of its own accord is in the inbox's settings.
        let own = match &message.author {
            Actor::System { part } => part == conversation::ELSEWHERE,
            _ => true,
        };
        let text = if own {
            content.text.to_owned()
        } else {
            opener(txn, &state, &message)
        };
        let dedup_key = content.dedup_key.clone().filter(|_| own);
        if message.delivery == Some(Delivery::Queued) {
            let at = mail::undo(txn.desk().inbox(inbox_id), &message.author, txn.now());
            let job = Job::Deliver {
                inbox_id,
                conversation_id: id,
                message_id: message.id,
            };
            txn.enqueue_at(job, at);
            mail::outgoing(txn, &state, &message, content.mail.filter(|_| own));
        }
        let head = MessageHead {
            id: message.id,
            conversation_id: id,
            seq: recorded.seq,
            kind: message.kind,
            delivery: message.delivery.clone(),
        };
        if let Some(key) = &dedup_key {
            txn.facts()
                .duplicates
                .insert(key.clone(), Some(head.clone()));
        }
        txn.facts().messages.insert(message.id, Some(head));
        if own {
            posted = Some(Posted {
                id: message.id,
                seq: recorded.seq,
                at: recorded.at,
            });
        }
        txn.write(Write::Message(Box::new(MessageRow {
            id: message.id,
            conversation_id: id,
            seq: recorded.seq,
            kind: message.kind,
            author: message.author,
            text,
            attachments: message.attachments,
            delivery: message.delivery,
            client_id: message.client_id,
            dedup_key,
            at: recorded.at,
        })));
    }
    Ok(posted)
}

/// The text of a message that Plugboard writes itself.
fn opener(txn: &Txn<'_>, state: &Conversation, message: &MessageFacts) -> String {
    let inbox = txn.desk().inbox(state.inbox_id);
    let part = match &message.author {
        Actor::System { part } => part.as_str(),
        _ => "",
    };
    let text = match part {
        conversation::GREETING => inbox.and_then(|it| it.opener(true)),
        conversation::AWAY_MESSAGE => inbox.and_then(|it| it.opener(false)),
        _ => None,
    };
    text.unwrap_or_default().to_owned()
}
