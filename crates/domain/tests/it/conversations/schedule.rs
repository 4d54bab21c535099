use insta::assert_snapshot;
use plugboard_domain::{conversation::SCHEDULED_MAX, timer::TimerKind};

use crate::support::{DAY, HOUR, World, contact, desk, li, message, outcome, timer, wang};

#[test]
fn scheduled_reply_waits() {
    assert_snapshot!(outcome([], li().schedules(HOUR)), @"m2 by Li waits until +1h");
}

#[test]
fn scheduled_reply_is_sent_in_its_authors_name() {
    assert_snapshot!(
        outcome([li().schedules(HOUR)], timer(TimerKind::Send(message(2))).at(HOUR + 1)),
        @"m2 outbound by Li, sent; we wait since +1h1s"
    );
}

#[test]
fn scheduled_reply_is_sent_once() {
    let send = || timer(TimerKind::Send(message(2))).at(HOUR);
    assert_snapshot!(outcome([li().schedules(HOUR), send()], send()), @"nothing");
}

#[test]
fn scheduled_reply_is_not_sent_early() {
    assert_snapshot!(
        outcome([li().schedules(HOUR)], timer(TimerKind::Send(message(2))).at(HOUR - 1)),
        @"nothing"
    );
}

#[test]
fn message_from_contact_cancels_every_scheduled_reply() {
    assert_snapshot!(
        outcome([li().schedules(HOUR), wang().schedules(DAY)], contact().writes().at(60)),
        @r"
    m4 inbound by contact; the contact waits since now
    m2 will not be sent (contact_wrote)
    m3 will not be sent (contact_wrote)
    "
    );
}

#[test]
fn scheduled_reply_is_taken_back_once() {
    assert_snapshot!(outcome([li().schedules(HOUR)], li().cancels(message(2))), @"m2 will not be sent (asked)");
    assert_snapshot!(
        outcome([li().schedules(HOUR), li().cancels(message(2))], li().cancels(message(2))),
        @"refused: scheduled reply not found"
    );
    assert_snapshot!(outcome([], li().cancels(message(9))), @"refused: scheduled reply not found");
}

#[test]
fn time_to_send_lies_ahead_and_within_bounds() {
    assert_snapshot!(outcome([], li().schedules(60).at(60)), @"refused: the time to send must be in the future");
    assert_snapshot!(outcome([], li().schedules(6 * 365 * DAY)), @"refused: the time to send must be within five years");
}

#[test]
fn scheduled_replies_are_bounded() {
    let mut world = World::new(desk());
    world.begin();
    for n in 0..SCHEDULED_MAX as u64 {
        li().schedules(HOUR + n).run(&mut world, 0).unwrap();
    }
    assert_snapshot!(li().schedules(DAY).run(&mut world, 0).unwrap_err(), @"at most 20 scheduled replies");
}

#[test]
fn scheduled_reply_outlives_resolution_and_leaves_it_resolved() {
    assert_snapshot!(
        outcome(
            [li().schedules(HOUR), li().resolves(None)],
            timer(TimerKind::Send(message(2))).at(HOUR),
        ),
        @"m2 outbound by Li, sent; nobody waits"
    );
}
