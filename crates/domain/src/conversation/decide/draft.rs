//! What every message has in common, whoever writes it.

use super::{
    Context,
    clocks::{Standing, follow},
};
use crate::{
    actor::Actor,
    channel::ChannelKind,
    conversation::{Conversation, Status, Waiting},
    event::Event,
    message::{ATTACHMENTS_MAX, Delivery, MessageDraft, MessageFacts, MessageKind, TEXT_CHARS_MAX},
    rejection::Rejection,
};

pub(super) fn check_draft(draft: &MessageDraft) -> Result<(), Rejection> {
    if draft.text.trim().is_empty() && draft.attachments.is_empty() {
        return Err(Rejection::invalid(
            "a message needs a text or an attachment",
        ));
    }
    if draft.text.chars().count() > TEXT_CHARS_MAX {
        return Err(Rejection::invalid(format!(
            "text must be at most {TEXT_CHARS_MAX} characters"
        )));
    }
    if draft.text.contains('\0') {
        return Err(Rejection::invalid("text must not contain NUL"));
    }
    if draft.attachments.len() > ATTACHMENTS_MAX {
        return Err(Rejection::invalid(format!(
            "at most {ATTACHMENTS_MAX} attachments"
        )));
    }
    if draft
        .client_id
        .as_ref()
        .is_some_and(|id| id.is_empty() || id.chars().count() > 200)
    {
        return Err(Rejection::invalid("client_id must be 1 to 200 characters"));
    }
    Ok(())
}

pub(super) fn inbound(draft: &MessageDraft, author: Actor, waiting: Waiting) -> Event {
    Event::MessageCreated {
        message: MessageFacts {
            id: draft.id,
            kind: MessageKind::Inbound,
            author,
            attachments: draft.attachments.clone(),
            client_id: draft.client_id.clone(),
            delivery: None,
        },
        waiting,
    }
}

/// What an agent, or Plugboard for one, writes. Only a person's reply is an answer: after it we wait for the contact,
/// and what Plugboard says of its own accord stops no clock.
pub(super) fn outgoing(
    state: &Conversation,
    kind: MessageKind,
    draft: &MessageDraft,
    author: Actor,
    context: &Context<'_>,
) -> Vec<Event> {
    let reply = kind == MessageKind::Outbound;
    let answers =
        reply && author.agent_id().is_some() && !matches!(state.status, Status::Resolved { .. });
    let waiting = if answers {
        Waiting::Contact { since: context.now }
    } else {
        state.waiting
    };
    let mut events = vec![Event::MessageCreated {
        message: MessageFacts {
            id: draft.id,
            kind,
            author,
            attachments: draft.attachments.clone(),
            client_id: draft.client_id.clone(),
            delivery: reply.then(|| first_delivery(&state.channel)),
        },
        waiting,
    }];
    if answers {
        let to = Standing {
            status: &state.status,
            waiting,
        };
        follow(state, to, context, &mut events);
    }
    events
}

/// The widget reads the journal itself, so what is committed is sent; other channels go through the outbox.
pub(super) fn first_delivery(channel: &ChannelKind) -> Delivery {
    match channel {
        ChannelKind::Webchat => Delivery::Sent,
        ChannelKind::Email | ChannelKind::Phone | ChannelKind::Plugin(_) => Delivery::Queued,
    }
}
