//! Timers fire when they are due, once, and after a restart.

use std::{collections::BTreeMap, time::Duration};

use plugboard_domain::{
    Event,
    access::Role,
    conversation::{ConversationCommand, Status, StatusRequest, Waiting},
    desk::{Entity, InboxPolicy, SlaPolicy},
    sla::SlaTarget,
};

use crate::desk::Desk;

const HOUR: Duration = Duration::from_secs(3_600);

#[tokio::test]
async fn a_snoozed_conversation_returns_once_even_when_the_desk_was_down() {
    let desk = Desk::open().await;
    let agent = desk.agent("Li", Role::Agent).await;
    let inbox = desk.inbox(None, InboxPolicy::default()).await;
    let id = desk.says(inbox, "visitor", "hello").await;
    let until = desk.engine.now() + HOUR;
    desk.by(
        agent,
        id,
        ConversationCommand::SetStatus(StatusRequest::Snooze { until }),
    )
    .await
    .unwrap();
    desk.clock.advance(HOUR / 2);
    desk.settle().await;
    assert_eq!(
        desk.conversation(id).await.status,
        Status::Snoozed { until },
        "not before its time"
    );
    let desk = desk.restart().await;
    desk.clock.advance(HOUR);
    desk.until(id, |state| state.status == Status::Open).await;
    let desk = desk.restart().await;
    desk.settle().await;
    let woken = |event: &Event| matches!(event, Event::StatusChanged { cause, .. } if cause == "snooze_ended");
    assert_eq!(desk.count(woken).await, 1);
    desk.close().await;
}

#[tokio::test]
async fn a_missed_promise_is_warned_of_and_told_once() {
    let desk = Desk::open().await;
    let policy = desk.engine.mint();
    let targets = BTreeMap::from([
        (SlaTarget::FirstResponse, 100),
        (SlaTarget::Resolution, 1_000),
    ]);
    let created_at = desk.engine.now();
    desk.save(Entity::SlaPolicy(SlaPolicy {
        id: policy,
        name: "fast".into(),
        targets,
        created_at,
    }))
    .await;
    let inbox = desk
        .inbox(
            None,
            InboxPolicy {
                sla_policy_id: Some(policy),
                ..InboxPolicy::default()
            },
        )
        .await;
    let id = desk.says(inbox, "visitor", "hello").await;
    desk.clock.advance(Duration::from_secs(81));
    let warned = |event: &Event| {
        matches!(
            event,
            Event::SlaWarned {
                target: SlaTarget::FirstResponse,
                ..
            }
        )
    };
    let breached = |event: &Event| {
        matches!(
            event,
            Event::SlaBreached {
                target: SlaTarget::FirstResponse,
                ..
            }
        )
    };
    eventually(&desk, warned).await;
    assert_eq!(desk.count(breached).await, 0);
    let desk = desk.restart().await;
    desk.clock.advance(Duration::from_secs(20));
    eventually(&desk, breached).await;
    desk.says(inbox, "visitor", "hello?").await;
    desk.clock.advance(Duration::from_secs(20));
    let desk = desk.restart().await;
    desk.settle().await;
    assert_eq!(
        (desk.count(warned).await, desk.count(breached).await),
        (1, 1)
    );
    assert!(matches!(
        desk.conversation(id).await.waiting,
        Waiting::Agent { .. }
    ));
    desk.close().await;
}

#[tokio::test]
async fn a_scheduled_reply_is_sent_at_its_time() {
    let desk = Desk::open().await;
    let agent = desk.agent("Li", Role::Agent).await;
    let inbox = desk.inbox(None, InboxPolicy::default()).await;
    let id = desk.says(inbox, "visitor", "hello").await;
    let at = desk.engine.now() + HOUR;
    desk.by(
        agent,
        id,
        ConversationCommand::Schedule {
            draft: desk.draft("good morning"),
            at,
        },
    )
    .await
    .unwrap();
    let desk = desk.restart().await;
    desk.clock.advance(HOUR);
    let state = desk.until(id, |state| state.message_count == 2).await;
    assert!(state.scheduled.is_empty());
    let messages = desk
        .engine
        .store()
        .messages(id, plugboard_store::Stretch::Newest, 10)
        .await
        .unwrap();
    assert_eq!(messages[1].row.text, "good morning");
    desk.close().await;
}

#[tokio::test]
async fn a_scheduled_reply_is_not_sent_when_the_contact_writes_first() {
    let desk = Desk::open().await;
    let agent = desk.agent("Li", Role::Agent).await;
    let inbox = desk.inbox(None, InboxPolicy::default()).await;
    let id = desk.says(inbox, "visitor", "hello").await;
    let at = desk.engine.now() + HOUR;
    desk.by(
        agent,
        id,
        ConversationCommand::Schedule {
            draft: desk.draft("good morning"),
            at,
        },
    )
    .await
    .unwrap();
    desk.says(inbox, "visitor", "never mind").await;
    desk.clock.advance(HOUR * 2);
    desk.settle().await;
    assert_eq!(desk.conversation(id).await.message_count, 2);
    desk.close().await;
}

async fn eventually(desk: &Desk, wanted: impl Fn(&Event) -> bool + Copy) {
    let started = std::time::Instant::now();
    while desk.count(wanted).await == 0 {
        assert!(
            started.elapsed() < Duration::from_secs(10),
            "never happened"
        );
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}
