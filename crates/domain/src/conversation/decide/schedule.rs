//! Replies that wait for their time.

use super::{Context, check_ahead, draft::check_draft};
use crate::{
    Timestamp,
    conversation::{Conversation, SCHEDULED_MAX},
    event::Event,
    ids::MessageId,
    message::{MessageDraft, Scheduled},
    rejection::Rejection,
};

pub(super) fn schedule(
    state: &Conversation,
    draft: &MessageDraft,
    at: Timestamp,
    context: &Context<'_>,
) -> Result<Vec<Event>, Rejection> {
    check_draft(draft)?;
    check_ahead("the time to send", at, context.now)?;
    if state.scheduled.iter().any(|it| it.message_id == draft.id) {
        return Err(Rejection::conflict("the reply is scheduled already"));
    }
    if state.scheduled.len() >= SCHEDULED_MAX {
        return Err(Rejection::invalid(format!(
            "at most {SCHEDULED_MAX} scheduled replies"
        )));
    }
    Ok(vec![Event::MessageScheduled {
        scheduled: Scheduled {
            message_id: draft.id,
            at,
            author: context.actor(),
            client_id: draft.client_id.clone(),
        },
    }])
}

pub(super) fn cancel_scheduled(
    state: &Conversation,
    message_id: MessageId,
) -> Result<Vec<Event>, Rejection> {
    if state.scheduled.iter().any(|it| it.message_id == message_id) {
        Ok(vec![Event::ScheduleCancelled {
            message_id,
            reason: "asked".into(),
        }])
    } else {
        Err(Rejection::NotFound("scheduled reply"))
    }
}
