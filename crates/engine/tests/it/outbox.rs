//! Outside work: at least once, later and later, dead at last, and back by hand.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use plugboard_domain::{
    Command, Event,
    access::Role,
    channel::ChannelKind,
    desk::{Entity, InboxPolicy, Webhook},
    message::Delivery,
    outbox::{Attempt, BACK_OFF_SECS, Job, OutboxEntry},
};
use plugboard_engine::{Courier, Engine};
use plugboard_store::OutboxFilter;

use crate::desk::Desk;

/// Notes every try, and answers what it is told to.
struct Script {
    answers: Mutex<Vec<Attempt>>,
    tried: Mutex<Vec<OutboxEntry>>,
}

impl Script {
    fn new(mut answers: Vec<Attempt>) -> Arc<Self> {
        answers.reverse();
        Arc::new(Self {
            answers: Mutex::new(answers),
            tried: Mutex::default(),
        })
    }

    fn tries(&self) -> usize {
        self.tried.lock().unwrap().len()
    }
}

#[async_trait::async_trait]
impl Courier for Script {
    fn takes(&self, _: &Job) -> bool {
        true
    }

    async fn attempt(&self, _: &Engine, entry: &OutboxEntry) -> Attempt {
        self.tried.lock().unwrap().push(entry.clone());
        self.answers.lock().unwrap().pop().unwrap_or(Attempt::Done)
    }
}

fn later() -> Attempt {
    Attempt::Retry {
        error: "busy".into(),
        after_secs: None,
    }
}

fn email() -> ChannelKind {
    ChannelKind::Email
}

async fn tried(script: &Script, times: usize) {
    let started = std::time::Instant::now();
    while script.tries() < times {
        assert!(
            started.elapsed() < Duration::from_secs(10),
            "tried {} times, not {times}",
            script.tries()
        );
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

#[tokio::test]
async fn a_reply_is_handed_to_its_channel_until_that_takes_it() {
    let script = Script::new(vec![later(), later()]);
    let desk = Desk::with(vec![script.clone()]).await;
    let agent = desk.agent("Li", Role::Agent).await;
    let inbox = desk.inbox_on(email(), None, InboxPolicy::default()).await;
    let id = desk.says(inbox, "somebody", "hello").await;
    let message = desk
        .reply(agent, id, "hi")
        .await
        .unwrap()
        .message
        .unwrap()
        .id;
    for (nth, wait) in BACK_OFF_SECS[..2].iter().enumerate() {
        tried(&script, nth + 1).await;
        desk.settle().await;
        assert_eq!(script.tries(), nth + 1, "not before its time");
        desk.clock.advance(Duration::from_secs(*wait));
    }
    tried(&script, 3).await;
    let delivered = |event: &Event| matches!(event, Event::DeliveryChanged { message_id, delivery: Delivery::Sent } if *message_id == message);
    let started = std::time::Instant::now();
    while desk.count(delivered).await == 0 {
        assert!(
            started.elapsed() < Duration::from_secs(10),
            "the message never counted as sent"
        );
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    assert!(
        desk.engine
            .store()
            .next_outbox_at()
            .await
            .unwrap()
            .is_none()
    );
    desk.close().await;
}

#[tokio::test]
async fn work_that_is_given_up_fails_the_message_and_can_be_redelivered() {
    let script = Script::new(vec![Attempt::GiveUp {
        error: "no such mailbox".into(),
    }]);
    let desk = Desk::with(vec![script.clone()]).await;
    let agent = desk.agent("Li", Role::Agent).await;
    let inbox = desk.inbox_on(email(), None, InboxPolicy::default()).await;
    let id = desk.says(inbox, "somebody", "hello").await;
    desk.reply(agent, id, "hi").await.unwrap();
    tried(&script, 1).await;
    desk.settle().await;
    let dead = desk
        .engine
        .store()
        .outbox(OutboxFilter::Dead, None, 10)
        .await
        .unwrap()
        .items;
    assert_eq!(dead.len(), 1);
    let failed = |event: &Event| {
        matches!(
            event,
            Event::DeliveryChanged {
                delivery: Delivery::Failed { .. },
                ..
            }
        )
    };
    assert_eq!(desk.count(failed).await, 1);
    desk.system(Command::Redeliver { id: dead[0].id })
        .await
        .unwrap();
    tried(&script, 2).await;
    desk.settle().await;
    assert!(
        desk.system(Command::Redeliver { id: dead[0].id })
            .await
            .is_err(),
        "what is done is done"
    );
    desk.close().await;
}

#[tokio::test]
async fn a_webhook_hears_of_what_it_asked_for_and_nothing_else() {
    let script = Script::new(vec![]);
    let desk = Desk::with(vec![script.clone()]).await;
    let agent = desk.agent("Li", Role::Agent).await;
    let inbox = desk.inbox(None, InboxPolicy::default()).await;
    let webhook = Webhook {
        id: desk.engine.mint(),
        name: "CRM".into(),
        url: "https://crm.example.com/hook".into(),
        events: ["message.*".into()].into(),
        enabled: true,
        created_at: desk.engine.now(),
    };
    desk.save(Entity::Webhook(webhook)).await;
    let id = desk.says(inbox, "visitor", "hello").await;
    desk.reply(agent, id, "hi").await.unwrap();
    tried(&script, 2).await;
    desk.settle().await;
    let journal = desk.journal().await;
    let kinds: Vec<_> = script
        .tried
        .lock()
        .unwrap()
        .iter()
        .map(|entry| match entry.job {
            Job::CallWebhook { seq, .. } => journal[usize::try_from(seq).unwrap() - 1].event.kind(),
            _ => "something else",
        })
        .collect();
    assert_eq!(kinds, ["message.created", "message.created"]);
    desk.close().await;
}
