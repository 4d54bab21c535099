//! Open, snoozed, resolved.

use super::{
    Context, check_ahead,
    clocks::{clocks, find},
};
use crate::{
    conversation::{Conversation, LABEL_CHARS_MAX, Status, StatusRequest, Waiting},
    event::Event,
    rejection::Rejection,
    sla::{SlaClock, SlaTarget},
    text,
};

pub(super) fn set_status(
    state: &Conversation,
    request: &StatusRequest,
    context: &Context<'_>,
) -> Result<Vec<Event>, Rejection> {
    let mut events = Vec::new();
    match request {
        StatusRequest::Open if state.status == Status::Open => return Ok(vec![]),
        StatusRequest::Open => {
            let status = Status::Open;
            events.push(Event::StatusChanged {
                status,
                waiting: state.waiting,
                cause: "asked".into(),
            });
            let reopened = matches!(state.status, Status::Resolved { .. });
            let contact_waits = matches!(state.waiting, Waiting::Agent { .. });
            clocks(state, context, &mut events, |clocks, _, now, hours| {
                if let Some(clock) = find(clocks, SlaTarget::Resolution) {
                    if reopened {
                        *clock =
                            SlaClock::start(SlaTarget::Resolution, clock.limit_secs, now, hours);
                    } else if contact_waits {
                        clock.resume(now, hours);
                    }
                }
            });
        }
        StatusRequest::Snooze { until } => {
            check_ahead("until", *until, context.now)?;
            if matches!(state.status, Status::Resolved { .. }) {
                return Err(Rejection::conflict(
                    "the conversation is resolved: open it first",
                ));
            }
            let status = Status::Snoozed { until: *until };
            events.push(Event::StatusChanged {
                status,
                waiting: state.waiting,
                cause: "asked".into(),
            });
            clocks(state, context, &mut events, |clocks, _, now, hours| {
                if let Some(clock) = find(clocks, SlaTarget::Resolution) {
                    clock.pause(now, hours);
                }
            });
        }
        StatusRequest::Resolve { disposition } => {
            let disposition =
                text::optional_line("disposition", disposition.as_deref(), LABEL_CHARS_MAX)?;
            let inbox = context.desk.inbox(state.inbox_id);
            if disposition.is_none() && inbox.is_some_and(|it| it.policy.require_disposition) {
                return Err(Rejection::invalid("this inbox asks for a disposition"));
            }
            if let Status::Resolved {
                disposition: before,
                ..
            } = &state.status
                && *before == disposition
            {
                return Ok(vec![]);
            }
            let status = Status::Resolved {
                at: context.now,
                by: context.actor(),
                disposition,
            };
            events.push(Event::StatusChanged {
                status,
                waiting: Waiting::Nobody,
                cause: "asked".into(),
            });
            clocks(state, context, &mut events, |clocks, _, now, _| {
                for clock in clocks {
                    clock.stop(now);
                }
            });
        }
    }
    Ok(events)
}
