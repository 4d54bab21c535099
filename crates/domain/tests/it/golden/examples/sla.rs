//! Response clocks.

use plugboard_domain::{
    Event, SlaPolicyId, conversation::Sla, sla::ClockState, sla::SlaClock, sla::SlaTarget,
};

use super::{at, id};

pub(super) fn sla() -> Vec<(&'static str, Event)> {
    let clock = |target, state| SlaClock {
        target,
        limit_secs: 300,
        state,
    };
    let changed = |clocks| Event::SlaChanged {
        sla: Sla {
            policy_id: id::<SlaPolicyId>(16),
            clocks,
        },
    };
    let running = |warn_at| ClockState::Running {
        since: at("03:04:05"),
        used_secs: 30,
        warn_at,
        due_at: at("03:08:35"),
    };
    let missed = |ended_at| ClockState::Breached {
        due_at: at("03:08:35"),
        ended_at,
    };
    let (target, due_at) = (SlaTarget::NextResponse, at("03:08:35"));
    vec![
        (
            "sla.changed-running",
            changed(vec![
                clock(SlaTarget::FirstResponse, running(Some(at("03:07:35")))),
                clock(SlaTarget::Resolution, running(None)),
            ]),
        ),
        (
            "sla.changed-stopped",
            changed(vec![
                clock(
                    SlaTarget::FirstResponse,
                    ClockState::Met { at: at("03:05:00") },
                ),
                clock(SlaTarget::NextResponse, missed(Some(at("03:10:00")))),
                clock(SlaTarget::Resolution, ClockState::Paused { used_secs: 120 }),
            ]),
        ),
        (
            "sla.changed-missed",
            changed(vec![clock(SlaTarget::Resolution, missed(None))]),
        ),
        ("sla.changed-none", changed(vec![])),
        ("sla.warned", Event::SlaWarned { target, due_at }),
        (
            "sla.breached",
            Event::SlaBreached {
                target: SlaTarget::FirstResponse,
                due_at,
            },
        ),
    ]
}
