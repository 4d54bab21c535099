//! Channels: answers go out in order and once, what comes in is taken once, and what the outside reports never goes back.

use std::{sync::Arc, time::Duration};

use plugboard_channel::{
    Accepted, Channel, FakeChannel, Inbound, InboundReceipt, Intake, IntakeError, MessageRef,
    Outbound, Receipt, Typing,
};
use plugboard_domain::{
    Actor, Command, Event, Rejection,
    access::Role,
    channel::ChannelKind,
    command::{Receive, Sender, StoredFile, inbox_scope},
    contact::{Address, IdentityKind, Profile},
    desk::InboxPolicy,
    ids::{AgentId, ConversationId, InboxId, MessageId},
    message::{Delivery, Undelivered},
};
use plugboard_engine::EngineError;
use plugboard_store::{Amended, FoundKind, MessageView, OutboxFilter, SearchRequest, Stretch};

use crate::desk::Desk;

/// A desk with one inbox of a provider and one agent.
struct Shop {
    desk: Desk,
    fake: Arc<FakeChannel>,
    inbox: InboxId,
    agent: AgentId,
}

fn kind() -> ChannelKind {
    ChannelKind::Plugin("acme.chat".into())
}

fn address(inbox: InboxId, who: &str) -> Address {
    Address {
        kind: IdentityKind::Channel,
        scope: inbox_scope(inbox),
        value: who.into(),
    }
}

impl Shop {
    async fn open() -> Self {
        let desk = Desk::open().await;
        let fake = Arc::new(FakeChannel::new(kind()));
        desk.channels.put(fake.clone());
        let agent = desk.agent("Li", Role::Agent).await;
        let inbox = desk.inbox_on(kind(), None, InboxPolicy::default()).await;
        Self {
            desk,
            fake,
            inbox,
            agent,
        }
    }

    fn message(&self, who: &str, text: &str, external_id: &str, files: Vec<StoredFile>) -> Inbound {
        let receive = Receive {
            inbox_id: self.inbox,
            from: Sender::Address {
                address: address(self.inbox, who),
                verified: true,
                profile: Profile {
                    name: Some(who.into()),
                    ..Profile::default()
                },
            },
            draft: self.desk.draft(text),
            external_id: Some(external_id.into()),
            conversation_id: self.desk.engine.mint(),
        };
        Inbound::Message {
            receive: Box::new(receive),
            files,
            thread_key: Some(format!("thread of {who}")),
        }
    }

    async fn take(&self, inbound: Inbound) -> Result<Accepted, IntakeError> {
        self.desk.engine.take(inbound).await
    }

    async fn says(&self, who: &str, text: &str, external_id: &str) -> ConversationId {
        let message = self.message(who, text, external_id, vec![]);
        self.take(message).await.unwrap().conversation_id.unwrap()
    }

    async fn reply(&self, id: ConversationId, text: &str) -> MessageId {
        let posted = self.desk.reply(self.agent, id, text).await.unwrap();
        posted.message.unwrap().id
    }

    async fn report(&self, external_id: &str, fate: Delivery) {
        let receipt = Inbound::Receipt(InboundReceipt {
            message: MessageRef::External {
                inbox_id: self.inbox,
                external_id: external_id.into(),
            },
            fate,
        });
        self.take(receipt).await.unwrap();
    }

    /// Waits until so many tries were made; the texts of all of them.
    async fn tried(&self, times: usize) -> Vec<Outbound> {
        let started = std::time::Instant::now();
        while self.fake.delivered().len() < times {
            assert!(
                started.elapsed() < Duration::from_secs(10),
                "tried {} times, not {times}",
                self.fake.delivered().len()
            );
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        self.desk.settle().await;
        self.fake.delivered()
    }

    async fn view(&self, id: MessageId) -> MessageView {
        let found = self.desk.engine.store().messages_by_id(vec![id]).await;
        found.unwrap().remove(0)
    }

    async fn fate(&self, id: MessageId) -> Delivery {
        self.view(id).await.row.delivery.unwrap()
    }
}

fn texts(tries: &[Outbound]) -> Vec<&str> {
    tries.iter().map(|it| it.text.as_str()).collect()
}

fn later() -> Receipt {
    Receipt::Retry {
        why: "503".into(),
        after_secs: None,
    }
}

#[tokio::test]
async fn a_reply_goes_to_where_the_contact_wrote_from_last() {
    let shop = Shop::open().await;
    let id = shop.says("Ann", "hello", "m1").await;
    let message = shop.reply(id, "hi").await;
    let tries = shop.tried(1).await;
    assert_eq!(tries[0].message_id, message);
    assert_eq!(tries[0].conversation_id, id);
    assert_eq!(tries[0].to, Some(address(shop.inbox, "Ann")));
    assert_eq!(tries[0].thread_key.as_deref(), Some("thread of Ann"));
    assert_eq!(tries[0].text, "hi");
    assert_eq!(tries[0].author_name.as_deref(), Some("Li"));
    assert_eq!(shop.fate(message).await, Delivery::Sent);
    let mut moved = shop.message("Ann", "again", "m2", vec![]);
    if let Inbound::Message { thread_key, .. } = &mut moved {
        *thread_key = Some("another thread".into());
    }
    shop.take(moved).await.unwrap();
    shop.reply(id, "still here").await;
    let tries = shop.tried(2).await;
    assert_eq!(tries[1].thread_key.as_deref(), Some("another thread"));
    shop.desk.close().await;
}

#[tokio::test]
async fn an_outage_delays_answers_and_keeps_their_order() {
    let shop = Shop::open().await;
    let (ann, bob) = (
        shop.says("Ann", "hello", "m1").await,
        shop.says("Bob", "hello", "m2").await,
    );
    shop.fake.answer(later());
    let first = shop.reply(ann, "one").await;
    shop.tried(1).await;
    let second = shop.reply(ann, "two").await;
    let third = shop.reply(ann, "three").await;
    // The other contact waits for nobody but the provider.
    let other = shop.reply(bob, "to Bob").await;
    assert_eq!(texts(&shop.tried(2).await), ["one", "to Bob"]);
    shop.desk.clock.advance(Duration::from_secs(5));
    let tries = shop.tried(5).await;
    let of_ann: Vec<_> = tries
        .iter()
        .filter(|it| it.conversation_id == ann)
        .collect();
    let of_ann: Vec<_> = of_ann.iter().map(|it| it.text.as_str()).collect();
    assert_eq!(of_ann, ["one", "one", "two", "three"]);
    for id in [first, second, third, other] {
        assert_eq!(shop.fate(id).await, Delivery::Sent);
    }
    shop.desk.close().await;
}

#[tokio::test]
async fn a_late_answer_holds_the_next_ones_up_for_half_an_hour_at_most() {
    let shop = Shop::open().await;
    let id = shop.says("Ann", "hello", "m1").await;
    for _ in 0..3 {
        shop.fake.answer(later());
    }
    shop.reply(id, "one").await;
    shop.tried(1).await;
    shop.desk.clock.advance(Duration::from_secs(5));
    shop.tried(2).await;
    shop.desk.clock.advance(Duration::from_secs(300));
    shop.tried(3).await;
    // The next try of the first is in half an hour, and a little later than the second may wait.
    shop.desk.clock.advance(Duration::from_secs(60));
    shop.reply(id, "two").await;
    shop.desk.settle().await;
    assert_eq!(shop.fake.delivered().len(), 3, "it waits for its turn");
    shop.desk.clock.advance(Duration::from_mins(31));
    let tries = shop.tried(5).await;
    assert_eq!(texts(&tries)[3..].len(), 2);
    shop.desk.close().await;
}

#[tokio::test]
async fn a_message_is_offered_again_after_a_restart_under_the_same_id() {
    let mut shop = Shop::open().await;
    let id = shop.says("Ann", "hello", "m1").await;
    shop.fake.answer(later());
    let message = shop.reply(id, "hi").await;
    shop.tried(1).await;
    shop.desk = shop.desk.restart().await;
    assert_eq!(shop.fate(message).await, Delivery::Queued);
    shop.desk.clock.advance(Duration::from_secs(5));
    let tries = shop.tried(2).await;
    assert_eq!(
        (tries[0].message_id, tries[1].message_id),
        (message, message)
    );
    assert_eq!(shop.fate(message).await, Delivery::Sent);
    shop.desk.close().await;
}

#[tokio::test]
async fn what_was_not_delivered_says_why_and_a_person_may_have_it_tried_again() {
    let cases = [
        (Receipt::WindowClosed, Undelivered::WindowClosed),
        (
            Receipt::Uncertain {
                why: "it broke off".into(),
            },
            Undelivered::Uncertain,
        ),
        (
            Receipt::Refused {
                why: "blocked".into(),
            },
            Undelivered::Refused,
        ),
    ];
    let shop = Shop::open().await;
    let id = shop.says("Ann", "hello", "m1").await;
    let mut tries = 0;
    for (receipt, expected) in cases {
        shop.fake.answer(receipt);
        let message = shop.reply(id, "hi").await;
        tries += 1;
        shop.tried(tries).await;
        assert!(
            matches!(shop.fate(message).await, Delivery::Failed { cause, .. } if cause == expected)
        );
        shop.desk.clock.advance(Duration::from_hours(80));
        shop.desk.settle().await;
        assert_eq!(
            shop.fake.delivered().len(),
            tries,
            "nothing tries by itself"
        );
        let inspector = shop.desk.agent("Qi", Role::QualityInspector).await;
        let retry = |agent| {
            let command = Command::RetryMessage {
                message_id: message,
            };
            let principal = plugboard_domain::Principal::Agent(agent);
            let envelope = plugboard_domain::Envelope::new(principal, command);
            shop.desk.engine.execute(envelope)
        };
        assert!(matches!(
            retry(inspector).await,
            Err(EngineError::Rejected(Rejection::Forbidden(_)))
        ));
        retry(shop.agent).await.unwrap();
        tries += 1;
        let tried = shop.tried(tries).await;
        assert_eq!(tried.last().unwrap().message_id, message);
        assert_eq!(shop.fate(message).await, Delivery::Sent);
        assert!(matches!(
            retry(shop.agent).await,
            Err(EngineError::Rejected(Rejection::Conflict(_)))
        ));
    }
    shop.desk.close().await;
}

#[tokio::test]
async fn what_fails_for_days_is_given_up() {
    let shop = Shop::open().await;
    let id = shop.says("Ann", "hello", "m1").await;
    for _ in 0..=plugboard_domain::outbox::BACK_OFF_SECS.len() {
        shop.fake.answer(later());
    }
    let message = shop.reply(id, "hi").await;
    for (nth, wait) in plugboard_domain::outbox::BACK_OFF_SECS.iter().enumerate() {
        shop.tried(nth + 1).await;
        shop.desk.clock.advance(Duration::from_secs(*wait));
    }
    shop.tried(plugboard_domain::outbox::BACK_OFF_SECS.len() + 1)
        .await;
    assert!(matches!(
        shop.fate(message).await,
        Delivery::Failed {
            cause: Undelivered::GivenUp,
            ..
        }
    ));
    let of = |plugin: &str, inboxes| OutboxFilter::DeadOf {
        plugin: plugin.into(),
        inboxes,
    };
    let system = plugboard_domain::Principal::System("test");
    let engine = &shop.desk.engine;
    let others = engine
        .redeliver_all(&system, &of("acme.chat", vec![]))
        .await;
    assert_eq!(others.unwrap(), 0, "its inbox is not among these");
    let own = of("acme.chat", vec![shop.inbox]);
    let own = engine.redeliver_all(&system, &own);
    assert_eq!(own.await.unwrap(), 1);
    shop.tried(plugboard_domain::outbox::BACK_OFF_SECS.len() + 2)
        .await;
    assert_eq!(shop.fate(message).await, Delivery::Sent);
    shop.desk.close().await;
}

#[tokio::test]
async fn reports_come_in_any_order_and_never_go_back() {
    let shop = Shop::open().await;
    let id = shop.says("Ann", "hello", "m1").await;
    // Before the provider's own answer to the send is known.
    shop.report("fake-1", Delivery::Delivered).await;
    shop.report("fake-1", Delivery::Sent).await;
    let first = shop.reply(id, "hi").await;
    shop.tried(1).await;
    assert_eq!(shop.fate(first).await, Delivery::Delivered);
    shop.report("fake-1", Delivery::Read).await;
    shop.report("fake-1", Delivery::Delivered).await;
    shop.report("fake-1", Delivery::Sent).await;
    assert_eq!(shop.fate(first).await, Delivery::Read);
    let second = shop.reply(id, "bounces").await;
    shop.tried(2).await;
    let bounced = Delivery::Failed {
        reason: "blocked".into(),
        cause: Undelivered::Refused,
    };
    shop.report("fake-2", bounced.clone()).await;
    assert_eq!(shop.fate(second).await, bounced);
    shop.report("fake-3", Delivery::Read).await;
    shop.desk.close().await;
}

#[tokio::test]
async fn a_message_that_is_reported_as_there_is_not_sent_again() {
    let shop = Shop::open().await;
    let id = shop.says("Ann", "hello", "m1").await;
    shop.fake.answer(later());
    let message = shop.reply(id, "hi").await;
    shop.tried(1).await;
    let receipt = Inbound::Receipt(InboundReceipt {
        message: MessageRef::Own {
            conversation_id: id,
            message_id: message,
        },
        fate: Delivery::Delivered,
    });
    shop.take(receipt).await.unwrap();
    shop.desk.clock.advance(Duration::from_secs(5));
    let started = std::time::Instant::now();
    while shop
        .desk
        .engine
        .store()
        .next_outbox_at()
        .await
        .unwrap()
        .is_some()
    {
        assert!(started.elapsed() < Duration::from_secs(10), "never done");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    assert_eq!(shop.fake.delivered().len(), 1);
    assert_eq!(shop.fate(message).await, Delivery::Delivered);
    shop.desk.close().await;
}

#[tokio::test]
async fn the_same_message_again_is_one_and_two_senders_are_two() {
    let shop = Shop::open().await;
    let file = StoredFile {
        id: shop.desk.engine.mint(),
        owner: Actor::system("channel"),
        sha256: "ab".repeat(32),
        name: "receipt.png".into(),
        content_type: "image/png".into(),
        size: 12,
    };
    let message = || shop.message("Ann", "hello", "m1", vec![file.clone()]);
    let first = shop.take(message()).await.unwrap();
    let again = shop.take(message()).await.unwrap();
    assert!(!first.repeated && again.repeated);
    assert_eq!(first.conversation_id, again.conversation_id);
    let at_once = futures_util::future::join_all(
        (0..20).map(|_| shop.take(shop.message("Bob", "hi", "m2", vec![]))),
    )
    .await;
    let fresh = at_once.iter().filter(|it| !it.as_ref().unwrap().repeated);
    assert_eq!(fresh.count(), 1);
    let bob = at_once[0].as_ref().unwrap().conversation_id.unwrap();
    assert_ne!(Some(bob), first.conversation_id);
    let thread = shop.desk.engine.store();
    let thread = thread
        .messages(first.conversation_id.unwrap(), Stretch::Newest, 10)
        .await
        .unwrap();
    assert_eq!(thread.len(), 1);
    assert_eq!(thread[0].files.len(), 1);
    assert_eq!(thread[0].files[0].owner, thread[0].row.author);
    shop.desk.close().await;
}

async fn found(desk: &Desk, text: &str) -> usize {
    let request = SearchRequest {
        text: text.into(),
        kind: Some(FoundKind::Message),
        scope: plugboard_domain::access::Scope::default(),
        after: None,
        limit: 10,
    };
    let found = desk.engine.store().search(request).await.unwrap();
    found.items.len()
}

#[tokio::test]
async fn what_a_contact_changes_or_takes_back_is_kept_beside_it() {
    let shop = Shop::open().await;
    let id = shop.says("Ann", "kettle", "m1").await;
    let edit = |text: &str| Inbound::Edited {
        inbox_id: shop.inbox,
        external_id: "m1".into(),
        text: text.into(),
    };
    let delete = || Inbound::Deleted {
        inbox_id: shop.inbox,
        external_id: "m1".into(),
    };
    assert!(!shop.take(edit("teapot")).await.unwrap().repeated);
    assert!(shop.take(edit("teapot")).await.unwrap().repeated);
    let store = shop.desk.engine.store();
    let thread = store.messages(id, Stretch::Newest, 10).await.unwrap();
    let message = thread[0].row.id;
    assert_eq!(thread[0].row.text, "teapot");
    assert!(matches!(thread[0].amended, Some(Amended::Edited(_))));
    assert_eq!(
        (
            found(&shop.desk, "kettle").await,
            found(&shop.desk, "teapot").await
        ),
        (0, 1)
    );
    shop.take(delete()).await.unwrap();
    assert!(shop.take(delete()).await.unwrap().repeated);
    assert!(
        shop.take(edit("cup")).await.unwrap().repeated,
        "what was taken back stays so"
    );
    let view = shop.view(message).await;
    assert_eq!(view.row.text, "");
    assert!(matches!(view.amended, Some(Amended::TakenBack(_))));
    assert_eq!(found(&shop.desk, "teapot").await, 0);
    let earlier = store.earlier_texts(message).await.unwrap();
    let earlier: Vec<_> = earlier.iter().map(|(text, _)| text.as_str()).collect();
    assert_eq!(earlier, ["kettle", "teapot"]);
    let unknown = Inbound::Deleted {
        inbox_id: shop.inbox,
        external_id: "m9".into(),
    };
    assert!(matches!(
        shop.take(unknown).await,
        Err(IntakeError::Refused(Rejection::NotFound("message")))
    ));
    let by_ann = shop.desk.journal().await;
    let by_ann = by_ann
        .iter()
        .find(|it| matches!(it.event, Event::MessageEdited { .. }));
    assert!(matches!(by_ann.unwrap().actor, Actor::Contact { .. }));
    shop.desk.close().await;
}

#[tokio::test]
async fn a_reply_that_the_channel_cannot_carry_is_refused_while_it_is_written() {
    let shop = Shop::open().await;
    let id = shop.says("Ann", "hello", "m1").await;
    let refused = shop.desk.reply(shop.agent, id, &"长".repeat(601)).await;
    let Err(EngineError::Rejected(Rejection::Invalid(why))) = refused else {
        panic!("{refused:?}")
    };
    assert!(why.contains("601") && why.contains("600"), "{why}");
    shop.reply(id, &"长".repeat(600)).await;
    shop.tried(1).await;
    let file = |size| StoredFile {
        id: shop.desk.engine.mint(),
        owner: Actor::Agent { id: shop.agent },
        sha256: "ab".repeat(32),
        name: "a.pdf".into(),
        content_type: "application/pdf".into(),
        size,
    };
    for files in [vec![file(1_000_001)], vec![file(1), file(2)]] {
        let mut draft = shop.desk.draft("see");
        for file in &files {
            let envelope = plugboard_domain::Envelope::new(
                plugboard_domain::Principal::Agent(shop.agent),
                Command::StoreAttachment(file.clone()),
            );
            shop.desk.engine.execute(envelope).await.unwrap();
            draft.attachments.push(file.id);
        }
        let post = plugboard_domain::conversation::ConversationCommand::Post {
            kind: plugboard_domain::message::MessageKind::Outbound,
            draft,
            seen_seq: None,
        };
        let refused = shop.desk.by(shop.agent, id, post).await;
        assert!(matches!(
            refused,
            Err(EngineError::Rejected(Rejection::Invalid(_)))
        ));
    }
    shop.desk.close().await;
}

#[tokio::test]
async fn messages_wait_while_their_channel_is_away() {
    let shop = Shop::open().await;
    let id = shop.says("Ann", "hello", "m1").await;
    shop.desk.channels.remove(&kind());
    let message = shop.reply(id, "hi").await;
    shop.desk.settle().await;
    assert_eq!(shop.fate(message).await, Delivery::Queued);
    shop.desk.channels.put(shop.fake.clone());
    shop.desk.clock.advance(Duration::from_secs(30));
    shop.tried(1).await;
    assert_eq!(shop.fate(message).await, Delivery::Sent);
    shop.desk.close().await;
}

#[tokio::test]
async fn a_closed_thread_is_a_mark_and_typing_is_heard() {
    let shop = Shop::open().await;
    let id = shop.says("Ann", "hello", "m1").await;
    let mut typing = shop.desk.engine.typing();
    let heard = |who: &str| {
        shop.take(Inbound::Typing(Typing {
            inbox_id: shop.inbox,
            from: address(shop.inbox, who),
        }))
    };
    heard("nobody").await.unwrap();
    heard("Ann").await.unwrap();
    assert_eq!(typing.recv().await.unwrap(), id);
    let closed = |thread: &str| {
        shop.take(Inbound::ThreadClosed {
            inbox_id: shop.inbox,
            thread_key: thread.into(),
        })
    };
    closed("thread of Ann").await.unwrap();
    assert!(closed("unknown").await.is_err());
    let marks = shop
        .desk
        .count(|it| matches!(it, Event::ThreadClosed {}))
        .await;
    assert_eq!(marks, 1);
    shop.desk.close().await;
}

/// Breaks the first time.
struct Broken(FakeChannel, std::sync::atomic::AtomicBool);

#[async_trait::async_trait]
impl Channel for Broken {
    fn kind(&self) -> ChannelKind {
        self.0.kind()
    }

    fn capabilities(
        &self,
        inbox: &plugboard_domain::desk::Inbox,
    ) -> plugboard_channel::Capabilities {
        self.0.capabilities(inbox)
    }

    fn validate_settings(
        &self,
        settings: &serde_json::Map<String, serde_json::Value>,
        secrets: &std::collections::BTreeMap<String, String>,
    ) -> Result<(), Rejection> {
        self.0.validate_settings(settings, secrets)
    }

    async fn deliver(&self, inbox: &plugboard_domain::desk::Inbox, outbound: &Outbound) -> Receipt {
        assert!(
            self.1.swap(true, std::sync::atomic::Ordering::SeqCst),
            "a bug"
        );
        self.0.deliver(inbox, outbound).await
    }
}

#[tokio::test]
async fn a_channel_that_panics_is_tried_again_later() {
    let shop = Shop::open().await;
    let id = shop.says("Ann", "hello", "m1").await;
    let broken = Broken(FakeChannel::new(kind()), false.into());
    shop.desk.channels.put(Arc::new(broken));
    let message = shop.reply(id, "hi").await;
    let pending = || async {
        let found = shop
            .desk
            .engine
            .store()
            .outbox(OutboxFilter::Pending, None, 10)
            .await;
        found.unwrap().items.into_iter().find(|it| it.attempts == 1)
    };
    let started = std::time::Instant::now();
    while pending().await.is_none() {
        assert!(
            started.elapsed() < Duration::from_secs(10),
            "never recorded"
        );
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    shop.desk.clock.advance(Duration::from_secs(5));
    shop.desk.settle().await;
    assert_eq!(shop.fate(message).await, Delivery::Sent);
    shop.desk.close().await;
}
