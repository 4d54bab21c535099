//! Two conversations become one, and two again.

use super::{Context, status::change};
use crate::{
    conversation::{Conversation, Status, Waiting},
    event::Event,
    ids::ConversationId,
    rejection::Rejection,
};

pub(super) fn merge(
    state: &Conversation,
    into: ConversationId,
    context: &Context<'_>,
) -> Result<Vec<Event>, Rejection> {
    if into == state.id {
        return Err(Rejection::invalid(
            "a conversation cannot be merged into itself",
        ));
    }
    let mut events: Vec<_> = state
        .scheduled
        .iter()
        .map(|it| Event::ScheduleCancelled {
            message_id: it.message_id,
            reason: "merged".into(),
        })
        .collect();
    let status = Status::Merged {
        into,
        at_seq: context.next_seq,
        before: Box::new(state.status.clone()),
    };
    events.extend(change(state, &status, state.waiting, "merged", context));
    Ok(events)
}

pub(super) fn unmerge(
    state: &Conversation,
    context: &Context<'_>,
) -> Result<Vec<Event>, Rejection> {
    let Status::Merged { before, .. } = &state.status else {
        return Err(Rejection::conflict("the conversation is not merged"));
    };
    Ok(change(state, before, state.waiting, "unmerged", context))
}

/// Checks that `other` may continue in `target`. A target that was merged away itself is refused, so no circle can
/// arise; the caller may follow `merged_into` to where it goes on first.
pub fn check_absorb(target: &Conversation, other: &Conversation) -> Result<(), Rejection> {
    if target.id == other.id {
        return Err(Rejection::invalid(
            "a conversation cannot be merged into itself",
        ));
    }
    match target.status {
        Status::Merged { .. } => Err(Rejection::conflict(
            "the other conversation was merged into another itself",
        )),
        Status::Open | Status::Snoozed { .. } | Status::Resolved { .. } => Ok(()),
    }
}

/// What `target` takes over when `other` is merged into it, beside what `decide` said for `other`. A contact that waits
/// for an answer there waits for it here from now on, and for as long already: no question is lost in a merge. Once
/// these are applied, [`super::settle`] brings the clocks in line.
pub fn absorb(target: &Conversation, other: &Conversation) -> Vec<Event> {
    if target.absorbed.contains(&other.id) {
        return vec![];
    }
    let mut events = vec![Event::Absorbed {
        other: other.id,
        with: other.absorbed.clone(),
    }];
    if let Waiting::Agent { since: theirs } = other.waiting {
        let since = match target.waiting {
            Waiting::Agent { since } => since.min(theirs),
            Waiting::Nobody | Waiting::Contact { .. } => theirs,
        };
        let waiting = Waiting::Agent { since };
        if target.status != Status::Open || target.waiting != waiting {
            events.push(Event::StatusChanged {
                status: Status::Open,
                waiting,
                cause: "absorbed".into(),
            });
        }
    }
    events
}

/// Checks that the merge into `target` may be undone: merges are undone in the reverse order, so that what a merged
/// conversation absorbed never changes while it is merged.
pub fn check_release(target: &Conversation) -> Result<(), Rejection> {
    match target.merged_into() {
        Some(_) => Err(Rejection::conflict(
            "the other conversation was merged since: undo that first",
        )),
        None => Ok(()),
    }
}

/// What `target` gives back when the merge of `other` into it is undone. Who waits for whom stays: what was said
/// meanwhile counts.
pub fn release(target: &Conversation, other: &Conversation) -> Vec<Event> {
    if !target.absorbed.contains(&other.id) {
        return vec![];
    }
    vec![Event::Released {
        other: other.id,
        with: other.absorbed.clone(),
    }]
}
