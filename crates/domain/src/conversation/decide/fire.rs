//! A timer is due.

use std::collections::BTreeSet;

use super::{
    Context,
    assign::{assigned, return_to_queue},
    clocks::measure,
    draft::outgoing,
    status::change,
};
use crate::{
    conversation::{Assignment, Conversation, Status},
    event::Event,
    message::{MessageDraft, MessageKind},
    timer::TimerKind,
};

pub(super) fn fire(state: &Conversation, timer: TimerKind, context: &Context<'_>) -> Vec<Event> {
    // The reason is gone when the timer is no longer one of those that the state asks for.
    let due = state
        .timers(context.desk)
        .into_iter()
        .any(|it| it.kind == timer && it.due_at <= context.now);
    if !due {
        return vec![];
    }
    let mut events = Vec::new();
    match timer {
        TimerKind::Wake => {
            events.extend(change(
                state,
                &Status::Open,
                state.waiting,
                "snooze_ended",
                context,
            ));
        }
        TimerKind::OfferLapse => {
            events.extend(return_to_queue(state, "offer_lapsed", context.now));
        }
        TimerKind::Overflow => {
            let overflow = state
                .assignment
                .team()
                .and_then(|id| context.desk.team(id))
                .and_then(|it| it.overflow);
            if let Some(overflow) = overflow {
                let team = Some(overflow.team_id);
                let mut overflowed = state.assignment.overflowed();
                overflowed.extend(state.assignment.team());
                let assignment = Assignment::Unassigned {
                    team,
                    since: context.now,
                    passed: BTreeSet::new(),
                    overflowed,
                };
                events.push(assigned(assignment, "overflow"));
            }
        }
        TimerKind::SlaWarning(target) | TimerKind::SlaBreach(target) => {
            events.extend(measure(state, target, context.now));
        }
        TimerKind::Escalation => {
            events.extend(
                state
                    .escalation
                    .ask_at
                    .map(|asked_for| Event::EscalationDue { asked_for }),
            );
        }
        TimerKind::Send(message_id) => {
            let author = state
                .scheduled
                .iter()
                .find(|it| it.message_id == message_id)
                .map(|it| it.author.clone());
            if let Some(author) = author {
                let draft = MessageDraft {
                    id: message_id,
                    text: String::new(),
                    attachments: vec![],
                    client_id: None,
                };
                // Its files and the sender's own id are content, kept with the text: the engine puts them in.
                events.extend(outgoing(
                    state,
                    MessageKind::Outbound,
                    &draft,
                    author,
                    context,
                ));
            }
        }
    }
    events
}
