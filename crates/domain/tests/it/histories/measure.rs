//! What clocks should have measured, told a second time from the history.

use plugboard_domain::{
    Timestamp,
    conversation::{Conversation, Status, Waiting},
    desk::Desk,
    hours::Timetable,
    sla::{ClockState, SlaTarget},
};

use crate::support::{INBOX, World};

/// What a clock should have measured, told from the history instead of from the clock.
struct Measured {
    secs: u64,
    runs: bool,
}

/// Working time until `until` in which `runs` held, since `starts` last held.
fn measure(
    world: &World,
    state: &Conversation,
    until: Timestamp,
    starts: impl Fn(Option<&Conversation>, &Conversation) -> bool,
    runs: impl Fn(&Conversation) -> bool,
) -> Measured {
    let hours = hours(&world.desk);
    let mut measured = Measured {
        secs: 0,
        runs: false,
    };
    let mut before: Option<(Timestamp, &Conversation)> = None;
    for (recorded, after) in &world.journal {
        if recorded.conversation_id != Some(state.id) || recorded.at > until {
            continue;
        }
        if let (Some((since, _)), true) = (before, measured.runs) {
            measured.secs += hours.working_secs(since, recorded.at);
        }
        if starts(before.map(|(_, state)| state), after) {
            measured.secs = 0;
        }
        measured.runs = runs(after);
        before = Some((recorded.at, after));
    }
    if let (Some((since, _)), true) = (before, measured.runs) {
        measured.secs += hours.working_secs(since, until);
    }
    measured
}

fn hours(desk: &Desk) -> Timetable {
    desk.timetable(desk.inbox(INBOX).unwrap())
}

fn effective(state: &Conversation) -> &Status {
    match &state.status {
        Status::Merged { before, .. } => before,
        other => other,
    }
}

fn resolved(state: &Conversation) -> bool {
    matches!(effective(state), Status::Resolved { .. })
}

fn contact_waits(state: &Conversation) -> bool {
    matches!(state.waiting, Waiting::Agent { .. })
}

/// The resolution clock has measured the time in which it was open and we did not wait for the contact; the clock of
/// the answer that is owed has measured the time since it was owed. Neither ran while merged.
pub(super) fn assert_clocks(world: &World, state: &Conversation) {
    for clock in state.sla.iter().flat_map(|sla| &sla.clocks) {
        let resolution = clock.target == SlaTarget::Resolution;
        let starts = |before: Option<&Conversation>, after: &Conversation| match before {
            None => true,
            Some(before) if resolution => resolved(before) && !resolved(after),
            Some(before) => contact_waits(after) && !contact_waits(before),
        };
        let runs = |state: &Conversation| {
            let merged = state.merged_into().is_some();
            if resolution {
                state.status == Status::Open && !matches!(state.waiting, Waiting::Contact { .. })
            } else {
                contact_waits(state) && !merged
            }
        };
        let until = |at| measure(world, state, at, starts, runs);
        let hours = hours(&world.desk);
        match &clock.state {
            ClockState::Running {
                since,
                used_secs,
                due_at,
                ..
            } => {
                let measured = until(world.now);
                assert!(measured.runs, "{} runs for nothing", clock.target);
                let used = used_secs + hours.working_secs(*since, world.now);
                assert_eq!(used, measured.secs, "{}", clock.target);
                assert_eq!(
                    used_secs + hours.working_secs(*since, *due_at),
                    clock.limit_secs
                );
            }
            ClockState::Paused { used_secs } => {
                let measured = until(world.now);
                assert!(!measured.runs, "{} stands still for nothing", clock.target);
                assert_eq!(*used_secs, measured.secs, "{}", clock.target);
            }
            ClockState::Met { at } => {
                assert!(*at <= world.now);
                let owed = if resolution {
                    !resolved(state)
                } else {
                    contact_waits(state)
                };
                let later = state.sla.iter().flat_map(|it| &it.clocks).any(|it| {
                    clock.target == SlaTarget::FirstResponse && it.target == SlaTarget::NextResponse
                });
                assert!(!owed || later, "{} was met and is owed", clock.target);
            }
            ClockState::Breached {
                due_at,
                ended_at: None,
            } => {
                assert_eq!(
                    until(*due_at).secs,
                    clock.limit_secs,
                    "{} on the dot",
                    clock.target
                );
            }
            ClockState::Breached {
                ended_at: Some(at),
                due_at,
            } => assert!(due_at <= at),
        }
    }
    if state.sla.is_some() && contact_waits(state) {
        let mut clocks = state.sla.iter().flat_map(|it| &it.clocks);
        assert!(
            clocks.any(|it| it.target != SlaTarget::Resolution && it.is_open()),
            "every answer that is owed is measured"
        );
    }
}
