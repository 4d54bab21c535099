use insta::assert_snapshot;
use plugboard_domain::{conversation::ConversationCommand, message::MessageKind};

use crate::support::{
    LI, WANG, World, contact, desk, desk_with, li, outcome, outcome_in, robot, wang,
};

#[test]
fn reply_turns_the_waiting_around() {
    assert_snapshot!(outcome([], li().replies().at(60)), @"m2 outbound by Li, sent; we wait since +1m");
}

#[test]
fn reply_on_a_channel_with_an_outbox_is_queued_there() {
    let mut desk = desk();
    let mut inbox = desk.inboxes().next().unwrap().clone();
    inbox.channel = plugboard_domain::channel::ChannelKind::Email;
    desk.save(plugboard_domain::desk::Entity::Inbox(inbox));
    assert_snapshot!(outcome_in(desk, [], li().replies().at(60)), @"m2 outbound by Li, queued; we wait since +1m");
}

#[test]
fn note_answers_nobody() {
    assert_snapshot!(outcome([], li().notes().at(60)), @"m2 note by Li; the contact waits since now");
}

#[test]
fn agent_cannot_write_for_the_contact() {
    let mut world = World::new(desk());
    world.begin();
    let draft = world.draft();
    let kind = MessageKind::Inbound;
    let command = ConversationCommand::Post {
        kind,
        draft,
        seen_seq: None,
    };
    assert_snapshot!(
        world.execute(0, &plugboard_domain::Principal::Agent(LI), &command).unwrap_err(),
        @"an agent writes replies and notes"
    );
}

#[test]
fn what_plugboard_says_of_its_own_accord_is_no_answer() {
    assert_snapshot!(outcome([], robot().replies().at(60)), @"m2 outbound by robot, sent; the contact waits since now");
}

#[test]
fn reply_to_a_resolved_conversation_leaves_it_resolved() {
    assert_snapshot!(outcome([li().resolves(None)], li().replies().at(60)), @"m2 outbound by Li, sent; nobody waits");
}

// The story begins with event 1 (created) and 2 (the message), so an agent who looks then has seen 2.

#[test]
fn reply_is_refused_when_the_contact_wrote_meanwhile() {
    assert_snapshot!(outcome([contact().writes()], li().replies_having_seen(2)), @"refused: somebody else wrote after position 2");
}

#[test]
fn reply_is_refused_when_a_colleague_answered_meanwhile() {
    assert_snapshot!(outcome([wang().replies()], li().replies_having_seen(2)), @"refused: somebody else wrote after position 2");
}

#[test]
fn reply_is_refused_when_a_colleague_noted_something_meanwhile() {
    assert_snapshot!(outcome([wang().notes()], li().replies_having_seen(2)), @"refused: somebody else wrote after position 2");
}

#[test]
fn own_messages_are_always_seen() {
    assert_snapshot!(outcome([li().replies(), li().notes()], li().replies_having_seen(2)), @"m4 outbound by Li, sent; we wait since now");
}

#[test]
fn somebody_elses_message_between_ones_own_is_not_seen() {
    assert_snapshot!(
        outcome(
            [li().replies(), wang().replies(), li().replies()],
            li().replies_having_seen(3),
        ),
        @"refused: somebody else wrote after position 3"
    );
}

#[test]
fn system_messages_make_no_view_stale() {
    assert_snapshot!(outcome([robot().replies()], li().replies_having_seen(2)), @"m3 outbound by Li, sent; we wait since now");
}

#[test]
fn changes_that_are_no_messages_make_no_view_stale() {
    assert_snapshot!(outcome([wang().gives_it_to(Some(WANG))], li().replies_having_seen(2)), @"m2 outbound by Li, sent; we wait since now");
}

#[test]
fn note_is_never_refused_for_a_stale_view() {
    assert_snapshot!(outcome([contact().writes()], li().notes_having_seen(2)), @"m3 note by Li; the contact waits since now");
}

#[test]
fn reply_without_a_claim_to_have_seen_is_accepted() {
    assert_snapshot!(outcome([contact().writes()], li().replies()), @"m3 outbound by Li, sent; we wait since now");
}

#[test]
fn reply_to_an_offer_accepts_it() {
    let desk = desk_with(|it| it.offer_timeout_secs = Some(30));
    let decision = plugboard_domain::DecisionId(uuid::Uuid::nil());
    let offer = || {
        robot().does(ConversationCommand::Route {
            agent: LI,
            decision,
        })
    };
    assert_snapshot!(outcome_in(desk.clone(), [offer()], li().replies().at(10)), @r"
    owned by Li of care by routing (accepted)
    m2 outbound by Li, sent; we wait since +10s
    ");
    assert_snapshot!(outcome_in(desk, [offer()], wang().replies().at(10)), @"m2 outbound by Wang, sent; we wait since +10s");
}
