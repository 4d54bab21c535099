use insta::assert_snapshot;
use plugboard_domain::timer::TimerKind;

use crate::support::{DAY, HOUR, LI, contact, desk_with, li, outcome, outcome_in, timer, wang};

#[test]
fn resolving_says_when_by_whom_and_how() {
    assert_snapshot!(outcome([], li().resolves(Some("  refund granted ")).at(60)), @r#"resolved at +1m by Li as "refund granted"; nobody waits (asked)"#);
    assert_snapshot!(outcome([], li().resolves(None).at(60)), @"resolved at +1m by Li; nobody waits (asked)");
    assert_snapshot!(outcome([], li().resolves(Some(" ")).at(60)), @"resolved at +1m by Li; nobody waits (asked)");
}

#[test]
fn resolving_again_changes_nothing() {
    assert_snapshot!(
        outcome([li().resolves(Some("refund"))], wang().resolves(Some("refund")).at(60)),
        @"nothing"
    );
    assert_snapshot!(outcome([li().resolves(Some("refund"))], wang().resolves(None).at(60)), @"nothing");
}

#[test]
fn wrap_up_is_corrected_without_moving_the_resolution() {
    assert_snapshot!(
        outcome([li().resolves(Some("refund")).at(60)], wang().resolves(Some("exchange")).at(90)),
        @r#"resolved at +1m by Li as "exchange"; nobody waits (asked)"#
    );
}

#[test]
fn inbox_may_ask_for_a_disposition() {
    let desk = desk_with(|it| it.require_disposition = true);
    assert_snapshot!(outcome_in(desk.clone(), [], li().resolves(None)), @"refused: this inbox asks for a disposition");
    assert_snapshot!(outcome_in(desk.clone(), [], li().resolves(Some("refund"))), @r#"resolved at now by Li as "refund"; nobody waits (asked)"#);
    assert_snapshot!(
        outcome_in(desk, [li().resolves(Some("refund"))], li().resolves(None)),
        @"nothing"
    );
}

#[test]
fn disposition_is_one_short_line() {
    assert_snapshot!(outcome([], li().resolves(Some(&"x".repeat(81)))), @"refused: disposition must be at most 80 characters");
    assert_snapshot!(outcome([], li().resolves(Some("a\nb"))), @"refused: disposition must not contain control characters");
}

#[test]
fn snooze_lies_ahead_and_within_bounds() {
    assert_snapshot!(outcome([], li().snoozes(HOUR)), @"snoozed until +1h; the contact waits since now (asked)");
    assert_snapshot!(outcome([], li().snoozes(60).at(60)), @"refused: until must be in the future");
    assert_snapshot!(outcome([], li().snoozes(6 * 365 * DAY)), @"refused: until must be within five years");
}

#[test]
fn snoozing_again_moves_the_time() {
    assert_snapshot!(outcome([li().snoozes(HOUR)], li().snoozes(DAY)), @"snoozed until +1d; the contact waits since now (asked)");
    assert_snapshot!(outcome([li().snoozes(HOUR)], li().snoozes(HOUR)), @"nothing");
}

#[test]
fn resolved_conversation_cannot_be_snoozed() {
    assert_snapshot!(outcome([li().resolves(None)], li().snoozes(HOUR)), @"refused: the conversation is resolved: open it first");
}

#[test]
fn snooze_ends_at_its_time_and_once() {
    let wake = || timer(TimerKind::Wake);
    assert_snapshot!(outcome([li().snoozes(HOUR)], wake().at(HOUR - 1)), @"nothing");
    assert_snapshot!(outcome([li().snoozes(HOUR)], wake().at(HOUR)), @r"
    open; the contact waits since now (snooze_ended)
    queued for care since +1h (reopened)
    ");
    assert_snapshot!(outcome([li().snoozes(HOUR), wake().at(HOUR)], wake().at(HOUR)), @"nothing");
    assert_snapshot!(outcome([li().snoozes(HOUR), li().snoozes(DAY)], wake().at(HOUR)), @"nothing");
}

#[test]
fn snooze_ends_with_the_owner_unchanged() {
    assert_snapshot!(
        outcome(
            [li().gives_it_to(Some(LI)), li().replies(), li().snoozes(HOUR)],
            timer(TimerKind::Wake).at(HOUR),
        ),
        @"open; we wait since now (snooze_ended)"
    );
}

#[test]
fn opening_again_changes_nothing() {
    assert_snapshot!(outcome([], li().opens()), @"nothing");
}

#[test]
fn opening_what_was_resolved_leaves_nobody_waiting() {
    assert_snapshot!(outcome([li().resolves(None)], li().opens().at(60)), @r"
    open; nobody waits (asked)
    queued for care since +1m (reopened)
    ");
}

#[test]
fn opening_what_was_snoozed_keeps_who_waits() {
    assert_snapshot!(outcome([li().snoozes(DAY)], li().opens().at(60)), @r"
    open; the contact waits since now (asked)
    queued for care since +1m (reopened)
    ");
    assert_snapshot!(
        outcome(
            [li().gives_it_to(Some(LI)), li().replies(), li().snoozes(DAY)],
            li().opens().at(60),
        ),
        @"open; we wait since now (asked)"
    );
}

#[test]
fn snoozed_conversation_can_be_resolved() {
    assert_snapshot!(
        outcome([li().snoozes(DAY), contact().writes(), li().snoozes(DAY)], li().resolves(None)),
        @"resolved at now by Li; nobody waits (asked)"
    );
}
