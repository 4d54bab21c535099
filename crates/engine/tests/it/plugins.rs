//! Plugins: what they keep, when they are woken, and what they may ask.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
    time::Duration,
};

use plugboard_domain::{
    Actor, Command, Envelope, Event, Principal, Rejection,
    channel::ChannelKind,
    command::DEPTH_MAX,
    conversation::{ConversationCommand, Priority, StatusRequest},
    desk::InboxPolicy,
    ids::{InboxId, OutboxId},
    message::MessageKind,
    outbox::{Attempt, Job, OutboxEntry},
    plugin::{Expected, HookRequest, PluginAct, PluginQuota, PluginSpace, PluginWrite},
};
use plugboard_engine::{Courier, Engine, EngineError, Outcome};
use plugboard_store::OutboxFilter;

use crate::desk::Desk;

const KEY: &str = "acme.bot";

const QUOTA: PluginQuota = PluginQuota {
    keys_max: 3,
    value_bytes_max: 10,
    total_bytes_max: 30,
    timers_max: 2,
};

fn space() -> PluginSpace {
    PluginSpace {
        plugin: KEY.into(),
        account: String::new(),
    }
}

fn plugin(acts: &[PluginAct]) -> Principal {
    Principal::Plugin {
        key: KEY.into(),
        acts: acts.iter().copied().collect::<BTreeSet<_>>(),
    }
}

fn set(key: &str, value: &str, expected: Expected, ttl_secs: Option<u64>) -> PluginWrite {
    PluginWrite::Set {
        space: space(),
        key: key.into(),
        value: value.into(),
        ttl_secs,
        expected,
        quota: QUOTA,
    }
}

fn timer(key: &str, at: plugboard_domain::Timestamp, payload: &str) -> PluginWrite {
    PluginWrite::ScheduleTimer {
        space: space(),
        key: key.into(),
        at,
        payload: payload.into(),
        quota: QUOTA,
    }
}

async fn keep(desk: &Desk, write: PluginWrite) -> Result<bool, EngineError> {
    let outcome = desk.system(Command::KeepPlugin(write)).await?;
    Ok(outcome.took)
}

async fn value(desk: &Desk, key: &str) -> Option<String> {
    let store = desk.engine.store();
    let found = store.plugin_value(space(), key.into(), desk.engine.now());
    let found = found.await.unwrap();
    found.map(|it| String::from_utf8(it.bytes).unwrap())
}

fn is_invalid(result: &Result<bool, EngineError>) -> bool {
    matches!(result, Err(EngineError::Rejected(Rejection::Invalid(_))))
}

#[tokio::test]
async fn values_are_kept_compared_and_gone_in_time() {
    let desk = Desk::open().await;
    let before = desk.engine.store().journal_head().await.unwrap();
    assert!(
        keep(&desk, set("a", "1", Expected::Absent, None))
            .await
            .unwrap()
    );
    assert!(
        !keep(&desk, set("a", "2", Expected::Absent, None))
            .await
            .unwrap()
    );
    assert!(
        !keep(&desk, set("a", "2", Expected::Value("9".into()), None))
            .await
            .unwrap()
    );
    assert!(
        keep(&desk, set("a", "2", Expected::Value("1".into()), None))
            .await
            .unwrap()
    );
    assert!(
        keep(&desk, set("b", "x", Expected::Anything, Some(60)))
            .await
            .unwrap()
    );
    assert_eq!(value(&desk, "a").await.as_deref(), Some("2"));
    assert_eq!(value(&desk, "b").await.as_deref(), Some("x"));
    desk.clock.advance(Duration::from_secs(60));
    assert_eq!(value(&desk, "b").await, None);
    assert!(
        keep(&desk, set("b", "y", Expected::Absent, None))
            .await
            .unwrap()
    );
    let delete = |key: &str| PluginWrite::Delete {
        space: space(),
        key: key.into(),
    };
    assert!(keep(&desk, delete("b")).await.unwrap());
    assert!(!keep(&desk, delete("b")).await.unwrap());
    // Two at once: one takes, whichever it is.
    let both = futures_util::future::join_all((0..10).map(|n| {
        let value = n.to_string();
        let write = set("race", &value, Expected::Absent, None);
        async { keep(&desk, write).await.unwrap() }
    }));
    assert_eq!(both.await.into_iter().filter(|took| *took).count(), 1);
    let after = desk.engine.store().journal_head().await.unwrap();
    assert_eq!(before, after, "the journal tells nothing of it");
    desk.close().await;
}

#[tokio::test]
async fn a_quota_holds_and_what_is_over_does_not_count() {
    let desk = Desk::open().await;
    for key in ["a", "b", "c"] {
        keep(&desk, set(key, "1", Expected::Anything, Some(60)))
            .await
            .unwrap();
    }
    assert!(is_invalid(
        &keep(&desk, set("d", "1", Expected::Anything, None)).await
    ));
    assert!(is_invalid(
        &keep(&desk, set("a", "12345678901", Expected::Anything, None)).await
    ));
    keep(&desk, set("a", "1234567890", Expected::Anything, Some(60)))
        .await
        .unwrap();
    keep(&desk, set("b", "1234567890", Expected::Anything, Some(60)))
        .await
        .unwrap();
    assert!(is_invalid(
        &keep(&desk, set("c", "1234567890", Expected::Anything, None)).await
    ));
    assert!(is_invalid(
        &keep(&desk, set("", "1", Expected::Anything, None)).await
    ));
    desk.clock.advance(Duration::from_secs(61));
    for key in ["d", "e", "f"] {
        keep(&desk, set(key, "12345678", Expected::Anything, None))
            .await
            .unwrap();
    }
    let keys = desk
        .engine
        .store()
        .plugin_keys(space(), String::new(), None, 10, desk.engine.now());
    assert_eq!(keys.await.unwrap(), ["d", "e", "f"]);
    let forget = PluginWrite::Forget { plugin: KEY.into() };
    keep(&desk, forget).await.unwrap();
    assert_eq!(value(&desk, "d").await, None);
    for key in ["g", "h", "i"] {
        keep(&desk, set(key, "12345678", Expected::Anything, None))
            .await
            .unwrap();
    }
    desk.close().await;
}

#[tokio::test]
async fn only_the_plugin_itself_and_the_desk_keep_its_things() {
    let desk = Desk::open().await;
    let ask = |principal| {
        let write = set("a", "1", Expected::Anything, None);
        desk.engine
            .execute(Envelope::new(principal, Command::KeepPlugin(write)))
    };
    ask(plugin(&[])).await.unwrap();
    let other = Principal::Plugin {
        key: "other".into(),
        acts: BTreeSet::new(),
    };
    assert!(ask(other).await.is_err());
    let agent = desk
        .agent("Li", plugboard_domain::access::Role::Administrator)
        .await;
    assert!(ask(Principal::Agent(agent)).await.is_err());
    desk.close().await;
}

/// Does the work of plugins: notes each job with what belongs to it, and answers as told.
#[derive(Default)]
struct Host {
    woken: Mutex<Vec<(OutboxEntry, Vec<u8>)>>,
    answers: Mutex<Vec<Attempt>>,
    /// Sets the timer anew while it is being tried.
    again: Mutex<Option<PluginWrite>>,
}

impl Host {
    fn jobs(&self) -> Vec<(String, Vec<u8>)> {
        let woken = self.woken.lock().unwrap();
        let name = |job: &Job| match job {
            Job::PluginTimer { key, .. } => key.clone(),
            Job::Hook { .. } => "hook".into(),
            other => panic!("{other:?}"),
        };
        woken
            .iter()
            .map(|(it, body)| (name(&it.job), body.clone()))
            .collect()
    }

    async fn woken(&self, times: usize) {
        let started = std::time::Instant::now();
        while self.woken.lock().unwrap().len() < times {
            assert!(started.elapsed() < Duration::from_secs(10), "never woken");
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }
}

#[async_trait::async_trait]
impl Courier for Host {
    fn takes(&self, job: &Job) -> bool {
        matches!(job, Job::PluginTimer { .. } | Job::Hook { .. })
    }

    async fn attempt(&self, engine: &Engine, entry: &OutboxEntry) -> Attempt {
        let body = engine.store().outbox_body(entry.id).await.unwrap();
        self.woken
            .lock()
            .unwrap()
            .push((entry.clone(), body.unwrap_or_default()));
        let again = self.again.lock().unwrap().take();
        if let Some(write) = again {
            let envelope = Envelope::new(Principal::System("host"), Command::KeepPlugin(write));
            engine.execute(envelope).await.unwrap();
        }
        self.answers.lock().unwrap().pop().unwrap_or(Attempt::Done)
    }
}

#[tokio::test]
async fn a_timer_wakes_once_and_the_same_key_replaces() {
    let host = Arc::new(Host::default());
    let desk = Desk::with(vec![host.clone()]).await;
    let at = |secs| desk.engine.now() + Duration::from_secs(secs);
    keep(&desk, timer("poll", at(60), "1")).await.unwrap();
    keep(&desk, timer("poll", at(30), "2")).await.unwrap();
    keep(&desk, timer("other", at(30), "3")).await.unwrap();
    assert!(
        is_invalid(&keep(&desk, timer("third", at(30), "4")).await),
        "the quota"
    );
    let cancel = PluginWrite::CancelTimer {
        space: space(),
        key: "other".into(),
    };
    assert!(keep(&desk, cancel.clone()).await.unwrap());
    assert!(!keep(&desk, cancel).await.unwrap());
    desk.clock.advance(Duration::from_secs(30));
    host.woken(1).await;
    desk.clock.advance(Duration::from_secs(60));
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert_eq!(host.jobs(), [("poll".to_owned(), b"2".to_vec())]);
    let store = desk.engine.store();
    let left = store.outbox(OutboxFilter::All, None, 10).await.unwrap();
    assert_eq!(left.items, [], "what is done leaves nothing");
    keep(&desk, timer("third", at(30), "4")).await.unwrap();
    desk.close().await;
}

#[tokio::test]
async fn a_timer_that_is_set_anew_while_it_fires_stays_set() {
    let host = Arc::new(Host::default());
    let desk = Desk::with(vec![host.clone()]).await;
    let now = desk.engine.now();
    *host.again.lock().unwrap() = Some(timer("poll", now + Duration::from_secs(90), "again"));
    keep(&desk, timer("poll", now + Duration::from_secs(30), "first"))
        .await
        .unwrap();
    desk.clock.advance(Duration::from_secs(30));
    host.woken(1).await;
    tokio::time::sleep(Duration::from_millis(50)).await;
    desk.clock.advance(Duration::from_secs(60));
    host.woken(2).await;
    assert_eq!(host.jobs()[1], ("poll".to_owned(), b"again".to_vec()));
    desk.close().await;
}

fn request(inbox_id: InboxId) -> HookRequest {
    HookRequest {
        inbox_id,
        method: "POST".into(),
        path: "/events".into(),
        query: "signature=1".into(),
        headers: vec![("content-type".into(), "application/json".into())],
        body: b"{\"id\":1}".to_vec(),
        remote_ip: "203.0.113.9".into(),
        public_url: "https://desk.example/hooks/x/events".into(),
    }
}

async fn store_hook(desk: &Desk, inbox: InboxId, secs: u64) -> OutboxId {
    let id = desk.engine.mint();
    let command = Command::StoreHook {
        id,
        request: Box::new(request(inbox)),
        not_before: desk.engine.now() + Duration::from_secs(secs),
    };
    desk.system(command).await.unwrap();
    id
}

#[tokio::test]
async fn a_request_is_kept_until_it_was_dealt_with_and_can_be_had_again() {
    let host = Arc::new(Host::default());
    let mut desk = Desk::with(vec![host.clone()]).await;
    let channel = ChannelKind::Plugin(KEY.into());
    let inbox = desk.inbox_on(channel, None, InboxPolicy::default()).await;
    // Dealt with at once by whoever stored it.
    let id = store_hook(&desk, inbox, 30).await;
    let done = Command::RecordAttempt {
        id,
        round: 0,
        attempt: Attempt::Done,
    };
    desk.system(done).await.unwrap();
    assert_eq!(desk.engine.store().outbox_body(id).await.unwrap(), None);
    // Not dealt with in time, and the first try fails for good.
    let id = store_hook(&desk, inbox, 30).await;
    host.answers.lock().unwrap().push(Attempt::GiveUp {
        error: "a bug".into(),
    });
    desk.clock.advance(Duration::from_secs(30));
    host.woken(1).await;
    desk.settle().await;
    let own = OutboxFilter::DeadOf {
        plugin: KEY.into(),
        inboxes: vec![inbox],
    };
    let dead = desk
        .engine
        .store()
        .outbox(own.clone(), None, 10)
        .await
        .unwrap();
    assert_eq!(dead.items.iter().map(|it| it.id).collect::<Vec<_>>(), [id]);
    let kept = desk.engine.store().outbox_body(id).await.unwrap().unwrap();
    assert_eq!(HookRequest::from_bytes(&kept), Some(request(inbox)));
    let count = desk
        .engine
        .redeliver_all(&Principal::System("test"), &own)
        .await;
    assert_eq!(count.unwrap(), 1);
    host.woken(2).await;
    desk.settle().await;
    assert_eq!(desk.engine.store().outbox_body(id).await.unwrap(), None);
    // One that waits survives a restart.
    let id = store_hook(&desk, inbox, 30).await;
    desk = desk.restart().await;
    assert!(desk.engine.store().outbox_body(id).await.unwrap().is_some());
    desk.close().await;
}

#[tokio::test]
async fn a_plugin_asks_what_it_was_granted_and_the_journal_names_it() {
    use ConversationCommand as C;
    let desk = Desk::open().await;
    let inbox = desk.inbox(None, InboxPolicy::default()).await;
    let id = desk.says(inbox, "visitor", "hello").await;
    let post = |kind| C::Post {
        kind,
        draft: desk.draft("by a plugin"),
        seen_seq: None,
    };
    let tag = C::Tag {
        add: ["vip".to_owned()].into(),
        remove: BTreeSet::new(),
    };
    let resolve = C::SetStatus(StatusRequest::Resolve { disposition: None });
    let team = desk
        .team(&[], plugboard_domain::desk::AssignmentMethod::Manual)
        .await;
    let assign = C::Assign {
        agent: None,
        team: Some(team),
    };
    let asked = [
        (PluginAct::Tag, tag),
        (PluginAct::Priority, C::SetPriority(Priority::High)),
        (PluginAct::Note, post(MessageKind::Note)),
        (PluginAct::Reply, post(MessageKind::Outbound)),
        (PluginAct::Assign, assign),
        (PluginAct::Resolve, resolve),
    ];
    for (act, command) in asked {
        let but: Vec<_> = PluginAct::ALL.into_iter().filter(|it| *it != act).collect();
        let ask = |acts: &[PluginAct]| {
            let envelope = Envelope::new(plugin(acts), (id, command.clone()));
            desk.engine.execute(envelope)
        };
        let refused = ask(&but).await;
        assert!(
            matches!(refused, Err(EngineError::Rejected(Rejection::NotGranted(it))) if it == act),
            "{act}: {refused:?}"
        );
        ask(&[act]).await.unwrap();
        let journal = desk.journal().await;
        let last = journal
            .iter()
            .rev()
            .find(|it| it.conversation_id == Some(id));
        assert_eq!(
            last.unwrap().actor,
            Actor::Plugin { key: KEY.into() },
            "{act}"
        );
    }
    for command in [C::SetStatus(StatusRequest::Open), C::SetStage(None)] {
        let envelope = Envelope::new(plugin(&PluginAct::ALL), (id, command));
        assert!(desk.engine.execute(envelope).await.is_err());
    }
    desk.close().await;
}

#[tokio::test]
async fn consequences_of_consequences_come_to_rest() {
    let desk = Desk::open().await;
    let inbox = desk.inbox(None, InboxPolicy::default()).await;
    let id = desk.says(inbox, "visitor", "hello").await;
    let mut cause = desk.engine.store().journal_head().await.unwrap();
    let mut depth = 0;
    let refused = loop {
        let tag = ConversationCommand::Tag {
            add: [format!("round-{depth}")].into(),
            remove: BTreeSet::new(),
        };
        let asked = desk
            .engine
            .react(plugin(&[PluginAct::Tag]), cause, (id, tag));
        match asked.await {
            Ok(Outcome { seq, .. }) => (cause, depth) = (seq, depth + 1),
            Err(error) => break error,
        }
        assert!(depth <= DEPTH_MAX, "it never comes to rest");
    };
    assert!(matches!(
        refused,
        EngineError::Rejected(Rejection::Conflict(_))
    ));
    assert_eq!(depth, DEPTH_MAX);
    let caused = desk.journal().await;
    let caused = caused.iter().filter(|it| it.caused_by.is_some());
    assert!(
        caused
            .clone()
            .all(|it| matches!(it.event, Event::Tagged { .. }))
    );
    assert_eq!(caused.count(), usize::from(DEPTH_MAX));
    desk.close().await;
}

#[tokio::test]
async fn an_event_is_left_behind_once_and_goes_with_the_plugin() {
    let desk = Desk::open().await;
    let administrator = desk
        .agent("Li", plugboard_domain::access::Role::Administrator)
        .await;
    let leave = || PluginWrite::LeaveEvent {
        plugin: KEY.into(),
        seq: 1,
        tries: 5,
        error: "it says no".into(),
    };
    assert!(keep(&desk, leave()).await.unwrap());
    assert!(!keep(&desk, leave()).await.unwrap(), "heard twice");
    let of = |plugin: &str| OutboxFilter::DeadOf {
        plugin: plugin.into(),
        inboxes: Vec::new(),
    };
    let dead = async |plugin: &str| {
        let found = desk.engine.store().outbox(of(plugin), None, 10).await;
        found.unwrap().items
    };
    let left = dead(KEY).await;
    assert_eq!(left.len(), 1);
    let job = Job::HookEvent {
        plugin: KEY.into(),
        seq: 1,
    };
    assert_eq!((&left[0].job, left[0].attempts), (&job, 5));
    assert_eq!(left[0].last_error.as_deref(), Some("it says no"));
    assert!(dead("other").await.is_empty());

    // It counts as no timer, and can be tried again.
    let again = Envelope::new(
        Principal::Agent(administrator),
        Command::Redeliver { id: left[0].id },
    );
    desk.engine.execute(again).await.unwrap();
    assert!(dead(KEY).await.is_empty());
    let record = Command::RecordAttempt {
        id: left[0].id,
        round: 1,
        attempt: Attempt::GiveUp {
            error: "still no".into(),
        },
    };
    desk.system(record).await.unwrap();
    assert_eq!(dead(KEY).await.len(), 1);
    let forget = PluginWrite::Forget { plugin: KEY.into() };
    keep(&desk, forget).await.unwrap();
    assert!(dead(KEY).await.is_empty());
    desk.close().await;
}
