use insta::assert_snapshot;
use plugboard_domain::{
    desk::{Desk, Entity},
    hours::Period,
    sla::SlaTarget::{FirstResponse, NextResponse, Resolution},
    timer::TimerKind::{SlaBreach, SlaWarning, Wake},
};

use crate::support::{
    DAY, HOUR, HOURS, MINUTE, POLICY, contact, desk_with, li, outcome_in, robot, timer,
};

/// First answer within 5 minutes, further ones within 10, done within 8 hours.
fn promised() -> Desk {
    desk_with(|it| it.sla_policy_id = Some(POLICY))
}

/// The same in working time: Monday to Friday, nine to six.
fn promised_in_hours() -> Desk {
    desk_with(|it| {
        it.sla_policy_id = Some(POLICY);
        it.business_hours_id = Some(HOURS);
    })
}

#[test]
fn answer_in_time_meets_the_first_response_and_stops_the_resolution_clock() {
    assert_snapshot!(outcome_in(promised(), [], li().replies().at(120)), @r"
    m2 outbound by Li, sent; we wait since +2m
    clocks: first_response met +2m, resolution stands at 120s
    ");
}

#[test]
fn only_a_persons_answer_counts() {
    assert_snapshot!(outcome_in(promised(), [robot().replies(), li().notes()], contact().writes().at(60)), @"m4 inbound by contact; the contact waits since now");
}

#[test]
fn later_message_starts_the_next_response_and_resumes_the_resolution_clock() {
    assert_snapshot!(outcome_in(promised(), [li().replies().at(120)], contact().writes().at(HOUR)), @r"
    m3 inbound by contact; the contact waits since +1h
    clocks: first_response met +2m, resolution runs from 120s, warns +7h22m, due +8h58m, next_response runs from 0s, warns +1h8m, due +1h10m
    ");
}

#[test]
fn clock_runs_from_the_first_unanswered_message() {
    assert_snapshot!(
        outcome_in(
            promised(),
            [li().replies().at(120), contact().writes().at(HOUR)],
            contact().writes().at(HOUR + 60),
        ),
        @"m4 inbound by contact; the contact waits since +1h"
    );
}

#[test]
fn answer_meets_the_next_response() {
    assert_snapshot!(
        outcome_in(
            promised(),
            [li().replies().at(120), contact().writes().at(HOUR)],
            li().replies().at(HOUR + 60),
        ),
        @r"
    m4 outbound by Li, sent; we wait since +1h1m
    clocks: first_response met +2m, resolution stands at 180s, next_response met +1h1m
    "
    );
}

#[test]
fn warning_comes_at_four_fifths_and_once() {
    let warning = || timer(SlaWarning(FirstResponse));
    assert_snapshot!(outcome_in(promised(), [], warning().at(239)), @"nothing");
    assert_snapshot!(outcome_in(promised(), [], warning().at(240)), @r"
    clocks: first_response runs from 0s, due +5m, resolution runs from 0s, warns +6h24m, due +8h
    first_response is nearly due, +5m
    ");
    assert_snapshot!(outcome_in(promised(), [warning().at(240)], warning().at(241)), @"nothing");
}

#[test]
fn warning_that_comes_too_late_is_the_breach() {
    let warning = timer(SlaWarning(FirstResponse)).at(HOUR);
    assert_snapshot!(outcome_in(promised(), [], warning.clone()), @r"
    clocks: first_response missed, resolution runs from 0s, warns +6h24m, due +8h
    first_response is missed, was due +5m
    ");
    assert_snapshot!(outcome_in(promised(), [warning], timer(SlaBreach(FirstResponse)).at(HOUR)), @"nothing");
}

#[test]
fn target_is_missed_once() {
    let breach = || timer(SlaBreach(FirstResponse));
    assert_snapshot!(outcome_in(promised(), [], breach().at(299)), @"nothing");
    assert_snapshot!(outcome_in(promised(), [], breach().at(300)), @r"
    clocks: first_response missed, resolution runs from 0s, warns +6h24m, due +8h
    first_response is missed, was due +5m
    ");
    assert_snapshot!(outcome_in(promised(), [breach().at(300)], breach().at(301)), @"nothing");
}

#[test]
fn late_answer_does_not_undo_the_miss() {
    assert_snapshot!(
        outcome_in(promised(), [timer(SlaBreach(FirstResponse)).at(300)], li().replies().at(400)),
        @r"
    m2 outbound by Li, sent; we wait since +6m40s
    clocks: first_response missed, done +6m40s, resolution stands at 400s
    "
    );
}

#[test]
fn answer_that_overtakes_the_timer_is_late_all_the_same() {
    assert_snapshot!(outcome_in(promised(), [], li().replies().at(400)), @r"
    m2 outbound by Li, sent; we wait since +6m40s
    clocks: first_response missed, done +6m40s, resolution stands at 400s
    first_response is missed, was due +5m
    ");
    assert_snapshot!(
        outcome_in(promised(), [li().replies().at(400)], timer(SlaBreach(FirstResponse)).at(401)),
        @"nothing"
    );
}

#[test]
fn resolution_stands_still_while_the_contact_is_waited_for() {
    assert_snapshot!(
        outcome_in(
            promised(),
            [li().replies().at(HOUR), contact().writes().at(3 * DAY)],
            li().resolves(None).at(3 * DAY + 7 * HOUR - 1),
        ),
        @r"
    resolved at +3d6h59m59s by Li; nobody waits (asked)
    clocks: first_response missed, done +1h, resolution met +3d6h59m59s, next_response missed, done +3d6h59m59s
    next_response is missed, was due +3d10m
    "
    );
    assert_snapshot!(
        outcome_in(
            promised(),
            [li().replies().at(HOUR), contact().writes().at(3 * DAY), li().notes()],
            timer(SlaBreach(Resolution)).at(3 * DAY + 7 * HOUR),
        ),
        @r"
    clocks: first_response missed, done +1h, resolution missed, next_response runs from 0s, warns +3d8m, due +3d10m
    resolution is missed, was due +3d7h
    "
    );
}

#[test]
fn resolving_stops_every_clock() {
    assert_snapshot!(outcome_in(promised(), [], li().resolves(None).at(60)), @r"
    resolved at +1m by Li; nobody waits (asked)
    clocks: first_response met +1m, resolution met +1m
    ");
}

#[test]
fn what_was_resolved_and_comes_back_is_measured_anew() {
    assert_snapshot!(
        outcome_in(
            promised(),
            [li().replies().at(60), li().resolves(None).at(90)],
            contact().writes().at(DAY),
        ),
        @r"
    open; the contact waits since +1d (contact_wrote)
    m3 inbound by contact; the contact waits since +1d
    queued for care since +1d (reopened)
    clocks: first_response met +1m, resolution runs from 0s, warns +1d6h24m, due +1d8h, next_response runs from 0s, warns +1d8m, due +1d10m
    "
    );
}

#[test]
fn question_after_a_resolution_without_an_answer_is_measured_too() {
    assert_snapshot!(
        outcome_in(promised(), [li().resolves(None).at(90)], contact().writes().at(DAY)),
        @r"
    open; the contact waits since +1d (contact_wrote)
    m2 inbound by contact; the contact waits since +1d
    queued for care since +1d (reopened)
    clocks: first_response met +1m30s, resolution runs from 0s, warns +1d6h24m, due +1d8h, next_response runs from 0s, warns +1d8m, due +1d10m
    "
    );
}

#[test]
fn agent_who_reopens_starts_the_resolution_clock_anew() {
    assert_snapshot!(outcome_in(promised(), [li().resolves(None).at(90)], li().opens().at(DAY)), @r"
    open; nobody waits (asked)
    queued for care since +1d (reopened)
    clocks: first_response met +1m30s, resolution runs from 0s, warns +1d6h24m, due +1d8h
    ");
}

#[test]
fn snooze_stops_the_resolution_clock_but_not_the_answer_that_is_owed() {
    assert_snapshot!(outcome_in(promised(), [], li().snoozes(HOUR).at(60)), @r"
    snoozed until +1h; the contact waits since now (asked)
    clocks: first_response runs from 0s, warns +4m, due +5m, resolution stands at 60s
    ");
    assert_snapshot!(
        outcome_in(promised(), [li().snoozes(HOUR).at(60)], timer(SlaBreach(FirstResponse)).at(300)),
        @r"
    clocks: first_response missed, resolution stands at 60s
    first_response is missed, was due +5m
    "
    );
    assert_snapshot!(
        outcome_in(
            promised(),
            [li().snoozes(HOUR).at(60), timer(SlaBreach(FirstResponse)).at(300)],
            timer(Wake).at(HOUR),
        ),
        @r"
    open; the contact waits since now (snooze_ended)
    queued for care since +1h (reopened)
    clocks: first_response missed, resolution runs from 60s, warns +7h23m, due +8h59m
    "
    );
}

#[test]
fn snooze_after_an_answer_ends_with_the_clock_still_standing() {
    assert_snapshot!(
        outcome_in(
            promised(),
            [li().replies().at(60), li().snoozes(HOUR)],
            timer(Wake).at(HOUR),
        ),
        @r"
    open; we wait since +1m (snooze_ended)
    queued for care since +1h (reopened)
    "
    );
}

#[test]
fn night_does_not_count() {
    // Monday 17:58: two minutes that day, eight on Tuesday.
    assert_snapshot!(
        outcome_in(
            promised_in_hours(),
            [li().replies().at(60)],
            contact().writes().at(9 * HOUR - 2 * MINUTE),
        ),
        @r"
    m3 inbound by contact; the contact waits since +8h58m
    clocks: first_response met +1m, resolution runs from 60s, warns +1d6h21m, due +1d7h57m, next_response runs from 0s, warns +1d6m, due +1d8m
    "
    );
}

#[test]
fn weekend_and_holiday_do_not_count() {
    let mut desk = promised_in_hours();
    let mut hours = desk.business_hours(HOURS).unwrap().clone();
    // The Monday after is a holiday, and the Saturday before it is worked from nine to nine past.
    hours.hours.holidays.insert("2026-03-09".parse().unwrap());
    let period = Period { from: 540, to: 549 };
    hours
        .hours
        .exceptions
        .insert("2026-03-07".parse().unwrap(), vec![period]);
    desk.save(Entity::BusinessHours(hours));
    // Friday 17:58: two minutes on Friday, nine on Saturday would do.
    assert_snapshot!(
        outcome_in(
            desk.clone(),
            [li().replies().at(60)],
            contact().writes().at(4 * DAY + 9 * HOUR - 2 * MINUTE),
        ),
        @r"
    m3 inbound by contact; the contact waits since +4d8h58m
    clocks: first_response met +1m, resolution runs from 60s, warns +8d6h12m, due +8d7h48m, next_response runs from 0s, warns +5d6m, due +5d8m
    "
    );
    // Saturday 9:05: four minutes that day, six on Tuesday.
    assert_snapshot!(
        outcome_in(
            desk,
            [li().replies().at(60)],
            contact().writes().at(5 * DAY + 5 * MINUTE),
        ),
        @r"
    m3 inbound by contact; the contact waits since +5d5m
    clocks: first_response met +1m, resolution runs from 60s, warns +8d6h19m, due +8d7h55m, next_response runs from 0s, warns +8d4m, due +8d6m
    "
    );
}

#[test]
fn conversation_without_a_policy_has_no_clocks() {
    let desk = desk_with(|it| it.business_hours_id = Some(HOURS));
    assert_snapshot!(
        outcome_in(desk, [li().replies().at(60)], timer(SlaBreach(NextResponse)).at(DAY)),
        @"nothing"
    );
}
