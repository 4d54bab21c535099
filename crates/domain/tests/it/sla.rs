//! One clock, against a second telling of what it measured.

use plugboard_domain::{
    Timestamp,
    hours::{Timetable, office_week},
    sla::{ClockState, SlaClock, SlaTarget},
};
use proptest::prelude::*;

use crate::support::{at, start};

#[derive(Clone, Copy, Debug)]
enum Act {
    Pause,
    Resume,
    Warn,
    Breach,
}

fn tables() -> [Timetable; 3] {
    let berlin = office_week("Europe/Berlin");
    [
        Timetable::Always,
        Timetable::new(&office_week("UTC")),
        Timetable::new(&berlin),
    ]
}

proptest! {
    #[test]
    fn clock_measures_exactly_the_time_that_it_ran(
        table in 0_usize..3,
        limit in 1_u64..200_000,
        acts in prop::collection::vec(
            (
                1_u64..60_000,
                0_i32..1_000_000_000,
                prop::sample::select(vec![Act::Pause, Act::Resume, Act::Warn, Act::Breach]),
            ),
            1..30,
        ),
    ) {
        let hours = &tables()[table];
        let mut clock = SlaClock::start(SlaTarget::Resolution, limit, start(), hours);
        let (mut now, mut used, mut runs, mut warnings, mut breaches) = (start(), 0, true, 0, 0);
        for (secs, nanos, act) in acts {
            let next = Timestamp::new(now.as_second() + i64::try_from(secs).unwrap(), nanos).unwrap();
            if runs {
                used += hours.working_secs(now, next);
            }
            now = next;
            match act {
                Act::Pause => {
                    clock.pause(now, hours);
                    runs = false;
                }
                Act::Resume => {
                    clock.resume(now, hours);
                    runs = true;
                }
                Act::Warn => warnings += u32::from(clock.warn(now)),
                Act::Breach => breaches += u32::from(clock.breach(now)),
            }
            match &clock.state {
                ClockState::Running { since, used_secs, due_at, .. } => {
                    prop_assert!(runs);
                    prop_assert_eq!(used_secs + hours.working_secs(*since, now), used);
                    prop_assert_eq!(used_secs + hours.working_secs(*since, *due_at), limit);
                }
                ClockState::Paused { used_secs } => {
                    prop_assert!(!runs);
                    prop_assert_eq!(*used_secs, used);
                    prop_assert!(used <= limit);
                }
                ClockState::Breached { due_at, .. } => {
                    prop_assert!(*due_at <= now);
                    prop_assert!(used >= limit);
                    break;
                }
                ClockState::Met { .. } => prop_assert!(false, "nobody stopped it"),
            }
        }
        prop_assert!(warnings <= 1, "a clock warns once");
        prop_assert!(breaches <= 1, "a clock is missed once");
    }
}

fn clock(limit: u64) -> SlaClock {
    SlaClock::start(SlaTarget::FirstResponse, limit, start(), &Timetable::Always)
}

#[test]
fn warning_is_not_repeated_after_a_pause() {
    for limit in [1, 2, 3, 7, 99, 300] {
        let mut clock = clock(limit);
        let warn_at = limit * 80 / 100;
        assert!(clock.warn(at(warn_at)), "limit {limit}");
        clock.pause(at(warn_at), &Timetable::Always);
        clock.resume(at(1_000), &Timetable::Always);
        assert!(!clock.warn(at(1_000)), "limit {limit}");
    }
}

#[test]
fn clock_that_is_stopped_on_the_dot_is_late() {
    let mut clock = clock(60);
    clock.stop(at(60));
    assert!(matches!(
        clock.state,
        ClockState::Breached {
            ended_at: Some(_),
            ..
        }
    ));
}

#[test]
fn only_a_running_clock_pauses_and_only_a_paused_one_resumes() {
    let mut met = clock(60);
    met.stop(at(30));
    let before = met.clone();
    met.pause(at(40), &Timetable::Always);
    met.resume(at(50), &Timetable::Always);
    met.stop(at(55));
    assert_eq!(met, before);
    assert!(!met.is_open());
    let mut running = clock(60);
    running.resume(at(30), &Timetable::Always);
    assert_eq!(running, clock(60));
    assert!(running.is_open());
}

#[test]
fn end_of_what_was_missed_is_kept() {
    let mut clock = clock(60);
    assert!(clock.breach(at(60)));
    assert!(!clock.breach(at(61)));
    assert!(clock.is_open());
    clock.stop(at(90));
    clock.stop(at(95));
    assert_eq!(
        clock.state,
        ClockState::Breached {
            due_at: at(60),
            ended_at: Some(at(90))
        }
    );
}

#[test]
fn targets_have_names() {
    for target in SlaTarget::ALL {
        assert_eq!(target.to_string().parse(), Ok(target));
    }
    assert!("soon".parse::<SlaTarget>().is_err());
}
