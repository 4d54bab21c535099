//! Open, snoozed, resolved.

use super::{
    Context,
    assign::queue_anew,
    check_ahead,
    clocks::{Standing, follow},
};
use crate::{
    conversation::{Conversation, LABEL_CHARS_MAX, Status, StatusRequest, Waiting},
    event::Event,
    rejection::Rejection,
    text,
};

pub(super) fn set_status(
    state: &Conversation,
    request: &StatusRequest,
    context: &Context<'_>,
) -> Result<Vec<Event>, Rejection> {
    let status = match request {
        StatusRequest::Open => Status::Open,
        StatusRequest::Snooze { until } => {
            check_ahead("until", *until, context.now)?;
            if matches!(state.status, Status::Resolved { .. }) {
                return Err(Rejection::conflict(
                    "the conversation is resolved: open it first",
                ));
            }
            Status::Snoozed { until: *until }
        }
        StatusRequest::Resolve { disposition } => resolved(state, disposition.as_deref(), context)?,
    };
    let waiting = match status {
        Status::Resolved { .. } => Waiting::Nobody,
        _ => state.waiting,
    };
    Ok(change(state, &status, waiting, "asked", context))
}

/// The resolved status. Of a conversation that is resolved already only the wrap-up can change, and only to another
/// one: asking to resolve again takes nothing away.
fn resolved(
    state: &Conversation,
    disposition: Option<&str>,
    context: &Context<'_>,
) -> Result<Status, Rejection> {
    let disposition = text::optional_line("disposition", disposition, LABEL_CHARS_MAX)?;
    if let Status::Resolved {
        at,
        by,
        disposition: before,
    } = &state.status
    {
        return Ok(Status::Resolved {
            at: *at,
            by: by.clone(),
            disposition: disposition.or_else(|| before.clone()),
        });
    }
    let inbox = context.desk.inbox(state.inbox_id);
    if disposition.is_none() && inbox.is_some_and(|it| it.policy.require_disposition) {
        return Err(Rejection::invalid("this inbox asks for a disposition"));
    }
    Ok(Status::Resolved {
        at: context.now,
        by: context.actor(),
        disposition,
    })
}

/// What follows when the last that was said in a conversation was moved away: nobody waits for anything there any more. It is
/// no answer to anybody, so no wrap-up is asked for.
pub fn resolve_emptied(state: &Conversation, context: &Context<'_>) -> Vec<Event> {
    if !state.is_emptied() || !matches!(state.status, Status::Open | Status::Snoozed { .. }) {
        return vec![];
    }
    let status = Status::Resolved {
        at: context.now,
        by: context.actor(),
        disposition: None,
    };
    change(state, &status, Waiting::Nobody, "emptied", context)
}

/// The change to another status, with what follows from it; nothing when it is that already.
pub(super) fn change(
    state: &Conversation,
    status: &Status,
    waiting: Waiting,
    cause: &str,
    context: &Context<'_>,
) -> Vec<Event> {
    if *status == state.status {
        return vec![];
    }
    let mut events = vec![Event::StatusChanged {
        status: status.clone(),
        waiting,
        cause: cause.to_owned(),
    }];
    events.extend(queue_anew(state, status, context.now));
    let to = Standing { status, waiting };
    follow(state, to, context, &mut events);
    events
}
