//! What each happening does to the response clocks.

use super::Context;
use crate::{
    Timestamp,
    conversation::Conversation,
    event::Event,
    hours::Timetable,
    sla::{ClockState, SlaClock, SlaTarget},
};

pub(super) fn measure(
    state: &Conversation,
    target: SlaTarget,
    warning: bool,
    now: Timestamp,
) -> Vec<Event> {
    let Some(mut sla) = state.sla.clone() else {
        return vec![];
    };
    let Some(clock) = find(&mut sla.clocks, target) else {
        return vec![];
    };
    let ClockState::Running { due_at, .. } = clock.state else {
        return vec![];
    };
    if warning && clock.warn(now) {
        vec![
            Event::SlaChanged { sla },
            Event::SlaWarned { target, due_at },
        ]
    } else if !warning && clock.breach(now) {
        vec![
            Event::SlaChanged { sla },
            Event::SlaBreached { target, due_at },
        ]
    } else {
        vec![]
    }
}

/// An agent answered: response clocks stop, and the resolution clock stands still while we wait for the contact.
pub(super) fn answered(state: &Conversation, context: &Context<'_>, events: &mut Vec<Event>) {
    clocks(state, context, events, |clocks, _, now, hours| {
        for clock in clocks {
            match clock.target {
                SlaTarget::FirstResponse | SlaTarget::NextResponse => clock.stop(now),
                SlaTarget::Resolution => clock.pause(now, hours),
            }
        }
    });
}

/// Changes the clocks, and says so in an event when that made a difference. A clock that is found overdue on the way
/// is reported as breached, since its timer will find nothing left to do.
pub(super) fn clocks(
    state: &Conversation,
    context: &Context<'_>,
    events: &mut Vec<Event>,
    change: impl FnOnce(&mut Vec<SlaClock>, &dyn Fn(SlaTarget) -> Option<u64>, Timestamp, &Timetable),
) {
    let Some(before) = &state.sla else { return };
    let Some(inbox) = context.desk.inbox(state.inbox_id) else {
        return;
    };
    let hours = context.desk.timetable(inbox);
    let limits = |target| {
        context
            .desk
            .sla_policy(before.policy_id)?
            .targets
            .get(&target)
            .copied()
    };
    let mut sla = before.clone();
    for clock in &mut sla.clocks {
        if let ClockState::Running { due_at, .. } = clock.state
            && clock.breach(context.now)
        {
            events.push(Event::SlaBreached {
                target: clock.target,
                due_at,
            });
        }
    }
    change(&mut sla.clocks, &limits, context.now, &hours);
    if sla != *before {
        events.push(Event::SlaChanged { sla });
    }
}

pub(super) fn find(clocks: &mut [SlaClock], target: SlaTarget) -> Option<&mut SlaClock> {
    clocks.iter_mut().find(|clock| clock.target == target)
}
