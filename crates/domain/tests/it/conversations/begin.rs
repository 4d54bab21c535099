use insta::assert_snapshot;
use plugboard_domain::{Rejection, message::TEXT_CHARS_MAX};

use crate::support::{HOURS, POLICY, World, at, desk, desk_with, tell};

#[test]
fn first_message_enters_the_queue_of_the_inbox() {
    assert_snapshot!(tell(&World::new(desk()).begin()), @r"
    begins for care, Normal
    m1 inbound by contact; the contact waits since now
    ");
}

#[test]
fn greeting_answers_at_once_and_the_contact_still_waits_for_a_person() {
    let desk = desk_with(|it| it.greeting = Some("Hello".into()));
    assert_snapshot!(tell(&World::new(desk).begin()), @r"
    begins for care, Normal
    m1 inbound by contact; the contact waits since now
    m0 outbound by greeting, sent; the contact waits since now
    ");
}

#[test]
fn outside_hours_the_away_message_answers() {
    let mut world = World::new(desk_with(|it| {
        it.greeting = Some("Hello".into());
        it.away_message = Some("Back at nine".into());
        it.business_hours_id = Some(HOURS);
    }));
    world.now = at(20 * 3_600);
    assert_snapshot!(tell(&world.begin()), @r"
    begins for care, Normal
    m1 inbound by contact; the contact waits since +20h
    m0 outbound by away_message, sent; the contact waits since +20h
    ");
}

#[test]
fn outside_hours_nobody_is_greeted_without_an_away_message() {
    let mut world = World::new(desk_with(|it| {
        it.greeting = Some("Hello".into());
        it.business_hours_id = Some(HOURS);
    }));
    world.now = at(20 * 3_600);
    assert_snapshot!(tell(&world.begin()), @r"
    begins for care, Normal
    m1 inbound by contact; the contact waits since +20h
    ");
}

#[test]
fn clocks_of_the_policy_start_with_the_first_message() {
    let desk = desk_with(|it| it.sla_policy_id = Some(POLICY));
    assert_snapshot!(tell(&World::new(desk).begin()), @r"
    begins for care, Normal
    m1 inbound by contact; the contact waits since now
    clocks: first_response runs from 0s, warns +4m, due +5m, resolution runs from 0s, warns +6h24m, due +8h
    ");
}

#[test]
fn clocks_of_a_message_at_night_wait_for_the_morning() {
    let mut world = World::new(desk_with(|it| {
        it.sla_policy_id = Some(POLICY);
        it.business_hours_id = Some(HOURS);
    }));
    world.now = at(20 * 3_600);
    assert_snapshot!(tell(&world.begin()), @r"
    begins for care, Normal
    m1 inbound by contact; the contact waits since +20h
    clocks: first_response runs from 0s, warns +1d4m, due +1d5m, resolution runs from 0s, warns +1d6h24m, due +1d8h
    ");
}

#[test]
fn message_without_content_or_beyond_bounds_is_refused() {
    let mut world = World::new(desk());
    world.begin();
    let mut refusal = |change: &dyn Fn(&mut plugboard_domain::message::MessageDraft)| {
        let mut draft = world.draft();
        change(&mut draft);
        let command = plugboard_domain::conversation::ConversationCommand::Receive { draft };
        let visitor = plugboard_domain::Principal::Contact(crate::support::CONTACT);
        match world.execute(0, &visitor, &command) {
            Err(Rejection::Invalid(why)) => why,
            other => panic!("expected a refusal, got {other:?}"),
        }
    };
    let file = plugboard_domain::AttachmentId(uuid::Uuid::nil());
    let refusals = [
        refusal(&|it| it.text = " \n\u{3000}".into()),
        refusal(&|it| it.text = "茶".repeat(TEXT_CHARS_MAX + 1)),
        refusal(&|it| it.text = "a\0b".into()),
        refusal(&|it| it.attachments = vec![file; 21]),
        refusal(&|it| it.client_id = Some(String::new())),
        refusal(&|it| it.client_id = Some("x".repeat(201))),
    ];
    assert_snapshot!(refusals.join("\n"), @r"
    a message needs a text or an attachment
    text must be at most 50000 characters
    text must not contain NUL
    at most 20 attachments
    client_id must be 1 to 200 characters
    client_id must be 1 to 200 characters
    ");
}

#[test]
fn files_alone_and_the_longest_text_are_accepted() {
    let mut world = World::new(desk());
    world.begin();
    let visitor = plugboard_domain::Principal::Contact(crate::support::CONTACT);
    let mut accepts = |change: &dyn Fn(&mut plugboard_domain::message::MessageDraft)| {
        let mut draft = world.draft();
        change(&mut draft);
        let command = plugboard_domain::conversation::ConversationCommand::Receive { draft };
        world.execute(0, &visitor, &command).unwrap();
    };
    accepts(&|it| it.text = "茶".repeat(TEXT_CHARS_MAX));
    accepts(&|it| {
        it.text = String::new();
        it.attachments = vec![plugboard_domain::AttachmentId(uuid::Uuid::nil())];
    });
}
