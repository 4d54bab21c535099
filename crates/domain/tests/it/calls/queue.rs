//! Callers who wait: their order, and how long they are likely to wait yet.

use plugboard_domain::{
    Actor, CallId,
    call::{Call, CallCommand as C, CallFact, EXPECTED_MINUTES_MAX, expected_minutes},
};
use proptest::prelude::*;
use uuid::Uuid;

use super::{Story, lines::route_to};
use crate::support::{LI, at};

/// A call that waited so many seconds and was answered at this second.
fn answered(second: u64, waited: u64) -> Call {
    let mut story = Story::ringing();
    story.now = at(0) + std::time::Duration::from_secs(second - waited);
    story.call.times.started_at = story.now;
    story.line(CallFact::Queued { team_id: None });
    story
        .ask(&Actor::system("router"), true, &route_to(LI))
        .unwrap();
    story.after(waited).agent(LI, &C::Accept).unwrap();
    story.call
}

fn expects(calls: &[Call], waited_secs: u64, second: u64) -> Option<u32> {
    let now = at(0) + std::time::Duration::from_secs(second);
    expected_minutes(calls.iter(), waited_secs * 1_000, now)
}

#[test]
fn what_is_left_of_the_usual_wait_is_told_in_whole_minutes_and_never_less_than_one() {
    let calls = [
        answered(900, 120),
        answered(1_000, 180),
        answered(1_100, 300),
    ];
    // 200 seconds on average.
    assert_eq!(expects(&calls, 0, 1_200), Some(4));
    assert_eq!(expects(&calls, 80, 1_200), Some(2));
    assert_eq!(expects(&calls, 81, 1_200), Some(2));
    assert_eq!(expects(&calls, 140, 1_200), Some(1));
    assert_eq!(expects(&calls, 900, 1_200), Some(1));
}

#[test]
fn too_few_calls_and_those_of_long_ago_say_nothing() {
    let calls = [answered(900, 60), answered(1_000, 60), answered(8_000, 60)];
    assert_eq!(expects(&calls[..2], 0, 1_000), None);
    assert_eq!(expects(&calls, 0, 8_000), Some(1));
    assert_eq!(expects(&calls, 0, 8_101), None);
    let endless: Vec<_> = (0..3).map(|_| answered(9_000, 4_000)).collect();
    assert_eq!(
        expects(&endless, 0, 9_000),
        None,
        "nobody is told of an hour"
    );
    // The newest twenty decide.
    let mut many: Vec<_> = (0..30).map(|_| answered(1_000, 900)).collect();
    many.extend((0..20).map(|_| answered(2_000, 60)));
    assert_eq!(expects(&many, 0, 2_000), Some(1));
}

#[test]
fn a_place_counts_those_who_came_before_into_the_same_inbox() {
    let wait = |n: u128, second: u64| {
        let mut story = Story::ringing();
        story.call.id = CallId(Uuid::from_u128(n));
        story.now = at(0) + std::time::Duration::from_secs(second);
        let mut call = story.call.clone();
        call.state = plugboard_domain::call::CallState::Queued;
        call.times.queued_at = Some(story.now);
        call
    };
    let calls = [wait(1, 30), wait(2, 10), wait(3, 20)];
    let places = calls.clone().map(|it| it.place(calls.iter()));
    assert_eq!(places, [Some(3), Some(1), Some(2)]);
    let mut elsewhere = calls.clone();
    elsewhere[1].inbox_id = Uuid::from_u128(5).into();
    assert_eq!(elsewhere[0].place(elsewhere.iter()), Some(2));
    let talks = answered(100, 10);
    assert_eq!(talks.place(calls.iter()), None);
}

proptest! {
    #[test]
    fn an_estimate_is_a_minute_at_least_and_an_hour_at_most(
        waits in proptest::collection::vec(0_u64..9_000, 3..25), waited in 0_u64..9_000,
    ) {
        let calls: Vec<_> = waits.iter().map(|it| answered(10_000, *it)).collect();
        if let Some(minutes) = expects(&calls, waited, 10_000) {
            prop_assert!((1..=EXPECTED_MINUTES_MAX).contains(&minutes));
        }
    }
}
