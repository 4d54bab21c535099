//! What each happening does to the response clocks.

use super::Context;
use crate::{
    Timestamp,
    conversation::{Conversation, Sla, Status, Waiting},
    event::Event,
    hours::Timetable,
    ids::SlaPolicyId,
    sla::{ClockState, SlaClock, SlaTarget},
};

/// The part of a conversation's state that clocks follow.
#[derive(Clone, Copy)]
pub(super) struct Standing<'a> {
    pub(super) status: &'a Status,
    pub(super) waiting: Waiting,
}

/// Working time allowed for a target, if the policy names it.
type Limits<'a> = &'a dyn Fn(SlaTarget) -> Option<u64>;

/// The clocks of a conversation that begins.
pub(super) fn first_clocks(
    policy_id: SlaPolicyId,
    context: &Context<'_>,
    hours: &Timetable,
) -> Option<Event> {
    let policy = context.desk.sla_policy(policy_id)?;
    let clocks = [SlaTarget::FirstResponse, SlaTarget::Resolution]
        .into_iter()
        .filter_map(|target| Some((target, *policy.targets.get(&target)?)))
        .map(|(target, secs)| SlaClock::start(target, secs, context.now, hours))
        .collect();
    let sla = Sla { policy_id, clocks };
    Some(Event::SlaChanged { sla })
}

/// Lets the clocks follow from the state as it is to where it goes, and says so when that makes a difference. A clock
/// that is found overdue on the way is reported as breached, since its timer will find nothing left to do.
pub(super) fn follow(
    state: &Conversation,
    to: Standing<'_>,
    context: &Context<'_>,
    events: &mut Vec<Event>,
) {
    let from = Standing {
        status: &state.status,
        waiting: state.waiting,
    };
    events.extend(changed(state, context, |clocks, limits, now, hours| {
        step(clocks, from, to, limits, now, hours);
    }));
}

/// Brings the clocks in line with a state that was changed without them: after [`super::absorb`] was applied.
pub fn settle(state: &Conversation, context: &Context<'_>) -> Vec<Event> {
    if !matches!(state.status, Status::Open | Status::Snoozed { .. }) {
        return vec![];
    }
    changed(state, context, |clocks, limits, now, hours| {
        let waits = matches!(state.waiting, Waiting::Agent { .. });
        if waits && !responses(clocks).any(|it| it.is_open()) {
            next_response(clocks, limits, now, hours);
        }
        if let Some(resolution) = find(clocks, SlaTarget::Resolution) {
            if !resolution.is_open() {
                *resolution = SlaClock::start(resolution.target, resolution.limit_secs, now, hours);
            }
            run_or_pause(resolution, &state.status, state.waiting, now, hours);
        }
    })
}

fn changed(
    state: &Conversation,
    context: &Context<'_>,
    change: impl FnOnce(&mut Vec<SlaClock>, Limits<'_>, Timestamp, &Timetable),
) -> Vec<Event> {
    let Some(before) = &state.sla else {
        return vec![];
    };
    let Some(inbox) = context.desk.inbox(state.inbox_id) else {
        return vec![];
    };
    let hours = context.desk.timetable(inbox);
    let policy = context.desk.sla_policy(before.policy_id);
    let limits = |target: SlaTarget| policy?.targets.get(&target).copied();
    let mut sla = before.clone();
    let mut breaches = Vec::new();
    for clock in &mut sla.clocks {
        let target = clock.target;
        if let ClockState::Running { due_at, .. } = clock.state
            && clock.breach(context.now)
        {
            breaches.push(Event::SlaBreached { target, due_at });
        }
    }
    change(&mut sla.clocks, &limits, context.now, &hours);
    let mut events = Vec::new();
    if sla != *before {
        events.push(Event::SlaChanged { sla });
    }
    events.extend(breaches);
    events
}

/// The rules. Response clocks run from the contact's first unanswered message until an agent answers, also while it is
/// snoozed; the resolution clock runs while the conversation is open and does not wait for the contact; all stop when
/// it is resolved, and stand still while it is merged away.
fn step(
    clocks: &mut Vec<SlaClock>,
    from: Standing<'_>,
    to: Standing<'_>,
    limits: Limits<'_>,
    now: Timestamp,
    hours: &Timetable,
) {
    match to.status {
        Status::Merged { .. } => return clocks.iter_mut().for_each(|it| it.pause(now, hours)),
        Status::Resolved { .. } => return clocks.iter_mut().for_each(|it| it.stop(now)),
        Status::Open | Status::Snoozed { .. } => {}
    }
    match to.waiting {
        Waiting::Contact { .. } => responses(clocks).for_each(|it| it.stop(now)),
        Waiting::Agent { .. } if matches!(from.waiting, Waiting::Agent { .. }) => {
            responses(clocks).for_each(|it| it.resume(now, hours));
        }
        Waiting::Agent { .. } => next_response(clocks, limits, now, hours),
        Waiting::Nobody => {}
    }
    let Some(resolution) = find(clocks, SlaTarget::Resolution) else {
        return;
    };
    if matches!(from.status, Status::Resolved { .. }) {
        // What was resolved and comes back is measured anew.
        *resolution = SlaClock::start(resolution.target, resolution.limit_secs, now, hours);
    }
    run_or_pause(resolution, to.status, to.waiting, now, hours);
}

fn run_or_pause(
    resolution: &mut SlaClock,
    status: &Status,
    waiting: Waiting,
    now: Timestamp,
    hours: &Timetable,
) {
    if *status == Status::Open && !matches!(waiting, Waiting::Contact { .. }) {
        resolution.resume(now, hours);
    } else {
        resolution.pause(now, hours);
    }
}

/// The contact waits anew. Their first answer is measured by its own clock for as long as it is owed.
fn next_response(
    clocks: &mut Vec<SlaClock>,
    limits: Limits<'_>,
    now: Timestamp,
    hours: &Timetable,
) {
    let first_is_owed = find(clocks, SlaTarget::FirstResponse).is_some_and(|it| it.is_open());
    if let (false, Some(secs)) = (first_is_owed, limits(SlaTarget::NextResponse)) {
        clocks.retain(|clock| clock.target != SlaTarget::NextResponse);
        clocks.push(SlaClock::start(SlaTarget::NextResponse, secs, now, hours));
    }
}

/// A clock reached its warning or its limit. A warning that comes too late is the breach itself.
pub(super) fn measure(state: &Conversation, target: SlaTarget, now: Timestamp) -> Vec<Event> {
    let Some(mut sla) = state.sla.clone() else {
        return vec![];
    };
    let Some(clock) = find(&mut sla.clocks, target) else {
        return vec![];
    };
    let ClockState::Running { due_at, .. } = clock.state else {
        return vec![];
    };
    let news = if clock.breach(now) {
        Event::SlaBreached { target, due_at }
    } else if clock.warn(now) {
        Event::SlaWarned { target, due_at }
    } else {
        return vec![];
    };
    vec![Event::SlaChanged { sla }, news]
}

fn responses(clocks: &mut [SlaClock]) -> impl Iterator<Item = &mut SlaClock> {
    clocks
        .iter_mut()
        .filter(|clock| clock.target != SlaTarget::Resolution)
}

fn find(clocks: &mut [SlaClock], target: SlaTarget) -> Option<&mut SlaClock> {
    clocks.iter_mut().find(|clock| clock.target == target)
}
