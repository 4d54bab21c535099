use insta::assert_snapshot;
use plugboard_domain::{
    Principal,
    conversation::{ConversationCommand, Status},
    desk::{Availability, InboxPolicy},
};

use crate::support::{DAY, HOUR, LI, MINUTE, World, at, contact, desk, li, outcome, robot, timer};

#[test]
fn second_message_keeps_waiting_since_the_first() {
    assert_snapshot!(outcome([], contact().writes().at(90)), @"m2 inbound by contact; the contact waits since now");
}

#[test]
fn message_after_an_answer_waits_from_now() {
    assert_snapshot!(outcome([li().replies().at(60)], contact().writes().at(90)), @"m3 inbound by contact; the contact waits since +1m30s");
}

#[test]
fn reply_from_contact_reopens_resolved_conversation() {
    assert_snapshot!(
        outcome(
            [li().gives_it_to(Some(LI)), li().resolves(Some("delivered")).at(60)],
            contact().writes().at(HOUR),
        ),
        @r"
    open; the contact waits since +1h (contact_wrote)
    m2 inbound by contact; the contact waits since +1h
    "
    );
}

#[test]
fn reopened_conversation_without_owner_queues_anew() {
    assert_snapshot!(outcome([li().resolves(None).at(60)], contact().writes().at(HOUR)), @r"
    open; the contact waits since +1h (contact_wrote)
    m2 inbound by contact; the contact waits since +1h
    queued for care since +1h (reopened)
    ");
}

#[test]
fn reply_from_contact_wakes_snoozed_conversation() {
    assert_snapshot!(outcome([li().snoozes(DAY)], contact().writes().at(HOUR)), @r"
    open; the contact waits since now (contact_wrote)
    m2 inbound by contact; the contact waits since now
    queued for care since +1h (reopened)
    ");
}

#[test]
fn snooze_that_the_contact_ended_does_not_end_again() {
    assert_snapshot!(
        outcome(
            [li().snoozes(DAY), contact().writes().at(HOUR)],
            timer(plugboard_domain::timer::TimerKind::Wake).at(DAY),
        ),
        @"nothing"
    );
}

#[test]
fn mailbox_reader_brings_the_words_of_the_contact() {
    assert_snapshot!(outcome([], robot().writes()), @"m2 inbound by contact; the contact waits since now");
}

#[test]
fn routed_owner_who_left_gives_it_back_when_the_contact_writes() {
    let mut world = World::new(desk());
    world.begin();
    let decision = plugboard_domain::DecisionId(uuid::Uuid::nil());
    let route = ConversationCommand::Route {
        agent: LI,
        decision,
    };
    world
        .execute(0, &Principal::System("router"), &route)
        .unwrap();
    li().replies().run(&mut world, 0).unwrap();
    let mut agent = world.desk.agent(LI).unwrap().clone();
    agent.availability = Availability::Offline;
    world
        .desk
        .save(plugboard_domain::desk::Entity::Agent(agent));
    let events = contact().writes().at(MINUTE).run(&mut world, 0).unwrap();
    assert_snapshot!(crate::support::tell(&events), @r"
    m3 inbound by contact; the contact waits since +1m
    queued for care since +1m, passed by Li (agent_offline)
    ");
}

#[test]
fn owner_by_hand_keeps_it_though_offline() {
    let mut world = World::new(desk());
    world.begin();
    li().gives_it_to(Some(LI)).run(&mut world, 0).unwrap();
    let mut agent = world.desk.agent(LI).unwrap().clone();
    agent.availability = Availability::Offline;
    world
        .desk
        .save(plugboard_domain::desk::Entity::Agent(agent));
    let events = contact().writes().at(MINUTE).run(&mut world, 0).unwrap();
    assert_snapshot!(crate::support::tell(&events), @"m2 inbound by contact; the contact waits since now");
}

#[test]
fn resolved_conversation_takes_a_reply_only_within_the_window() {
    let mut world = World::new(desk());
    world.begin();
    let takes = |world: &World, policy: &InboxPolicy, secs| {
        world.conversations[0].takes_reply(policy, at(secs))
    };
    let (week, never) = (
        InboxPolicy::default(),
        InboxPolicy {
            reopen_within_hours: Some(0),
            ..InboxPolicy::default()
        },
    );
    assert!(takes(&world, &never, 400 * DAY), "what is open always does");
    li().snoozes(DAY).run(&mut world, 0).unwrap();
    assert!(
        takes(&world, &never, 400 * DAY),
        "what is snoozed always does"
    );
    li().resolves(None).at(DAY).run(&mut world, 0).unwrap();
    assert!(takes(&world, &week, 8 * DAY));
    assert!(!takes(&world, &week, 8 * DAY + 1));
    assert!(takes(&world, &never, DAY));
    assert!(!takes(&world, &never, DAY + 1));
    assert!(matches!(
        world.conversations[0].status,
        Status::Resolved { .. }
    ));
}
