//! SIGKILL at random moments while many conversations climb a ladder of escalation: each step happens once.
//!
//! The process that is killed is this test binary itself, started again with a folder to work in. Its clock runs fast, so
//! that a ladder of minutes takes a second. Settings: `ESCALATION_KILL_ROUNDS` (10), `ESCALATION_KILL_SEED`.

#![expect(
    clippy::unwrap_used,
    reason = "what is taken for granted may fail the test on the spot"
)]

use std::{
    collections::BTreeMap,
    future::Future,
    path::Path,
    pin::Pin,
    process::{Child, Command as Process, Stdio},
    sync::Arc,
    time::{Duration, Instant},
};

use plugboard_domain::{
    Command, Envelope, Event, Principal, Timestamp,
    channel::ChannelKind,
    command::{Receive, Sender, inbox_scope},
    contact::{Address, IdentityKind, Profile},
    conversation::Priority,
    desk::{Entity, Inbox, InboxPolicy, Private, Webhook},
    escalation::{EscalationAction as Action, Trigger},
    ids::{ConversationId, InboxId, Mint},
    message::MessageDraft,
    outbox::Job,
};
use plugboard_engine::{
    Clock, Engine, EngineParts, EscalationAnswer, EscalationInput, EscalationPolicy,
    EscalationVerdict, PolicyError, SystemClock, SystemMint,
};
use plugboard_store::{OutboxFilter, SharedStore};
use plugboard_store_sqlite::{Options, SqliteStore};

/// Where the process that will be killed works; set in that process only.
const FOLDER: &str = "ESCALATION_KILL_FOLDER";

/// Conversations that begin in each life.
const CONVERSATIONS: usize = 12;

/// How far the ladder goes.
const TOP: u8 = 4;

/// A life lasts at most so long.
const LIFE_MILLIS_MAX: u64 = 1_500;

/// A second is five minutes.
const SPEED: u32 = 300;

/// Time that runs fast, on one line through every life: the machine's clock, stretched.
struct FastClock;

impl Clock for FastClock {
    fn now(&self) -> Timestamp {
        let began: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
        let passed = SystemClock.now().duration_since(began);
        let now = began + Duration::try_from(passed).unwrap_or_default() * SPEED;
        Timestamp::from_microsecond(now.as_microsecond()).unwrap()
    }

    fn sleep_until(&self, at: Timestamp) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        let left = Duration::try_from(at.duration_since(self.now())).unwrap_or_default();
        Box::pin(tokio::time::sleep(left / SPEED))
    }
}

/// Up one level a minute: urgency, a page, a case, a label.
struct Ladder;

#[async_trait::async_trait]
impl EscalationPolicy for Ladder {
    fn listens_to(&self, trigger: Trigger) -> bool {
        matches!(trigger, Trigger::Created | Trigger::Due)
    }

    async fn escalate(&self, input: &EscalationInput) -> Result<EscalationVerdict, PolicyError> {
        let begins = input.trigger == Trigger::Created;
        let action = match input.level {
            0 => Action::RaisePriority(Priority::Urgent),
            1 => Action::Page {
                webhook: "ops".into(),
                payload: serde_json::Value::Null,
            },
            2 => Action::OpenCase {
                kind: "complaint".into(),
                summary: "slow".into(),
            },
            _ => Action::AddTags(vec!["lost".into()]),
        };
        let level = if begins { 0 } else { input.level + 1 };
        let answer = EscalationAnswer {
            actions: if begins { vec![] } else { vec![action] },
            level,
            ask_again: (level < TOP).then_some(Duration::from_secs(60)),
            reason: "slow".into(),
        };
        Ok(EscalationVerdict::live("rule:ladder@1", answer))
    }
}

async fn start(folder: &Path) -> Engine {
    let store: SharedStore = Arc::new(SqliteStore::open(folder, Options::default()).unwrap());
    let mut parts = EngineParts::new(store);
    parts.clock = Arc::new(FastClock);
    parts.escalation = Arc::new(Ladder);
    Engine::start(parts).await.unwrap()
}

async fn does(engine: &Engine, command: Command) {
    let envelope = Envelope::new(Principal::System("test"), command);
    engine.execute(envelope).await.unwrap();
}

async fn inbox(engine: &Engine) -> InboxId {
    if let Some(inbox) = engine.desk().inboxes().next() {
        return inbox.id;
    }
    let (id, created_at) = (engine.mint(), engine.now());
    let webhook = Entity::Webhook(Webhook {
        id: engine.mint(),
        name: "ops".into(),
        url: "https://pager.example".into(),
        events: ["none".to_owned()].into(),
        enabled: true,
        created_at,
    });
    let inbox = Entity::Inbox(Inbox {
        id,
        name: "Site".into(),
        channel: ChannelKind::Webchat,
        shop_id: None,
        team_id: None,
        policy: InboxPolicy::default(),
        settings: serde_json::Map::new(),
        created_at,
    });
    for entity in [webhook, inbox] {
        let private = Private::default();
        does(engine, Command::Save { entity, private }).await;
    }
    id
}

async fn says(engine: &Engine, inbox_id: InboxId, who: &str) {
    let address = Address {
        kind: IdentityKind::Visitor,
        scope: inbox_scope(inbox_id),
        value: who.into(),
    };
    let receive = Receive {
        inbox_id,
        from: Sender::Address {
            address,
            verified: false,
            profile: Profile::default(),
        },
        draft: MessageDraft {
            id: engine.mint(),
            text: "hello".into(),
            attachments: vec![],
            client_id: None,
        },
        external_id: None,
        conversation_id: engine.mint(),
    };
    does(engine, Command::Receive(receive)).await;
}

/// The life of the process that is killed. Without a folder this is no such process, and there is nothing to do.
#[test]
fn life() {
    let Ok(folder) = std::env::var(FOLDER) else {
        return;
    };
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let engine = start(Path::new(&folder)).await;
        let inbox = inbox(&engine).await;
        println!("alive");
        for _ in 0..CONVERSATIONS {
            let who: ConversationId = SystemMint.id();
            says(&engine, inbox, &who.to_string()).await;
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        // Killed long before this; the limit is for a test that was itself killed.
        tokio::time::sleep(Duration::from_secs(60)).await;
    });
}

fn born(folder: &Path) -> Child {
    use std::io::{BufRead, BufReader};
    let mut child = Process::new(std::env::current_exe().unwrap())
        .args(["--exact", "life", "--nocapture"])
        .env(FOLDER, folder)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let out = BufReader::new(child.stdout.take().unwrap());
    let alive = out
        .lines()
        .map_while(Result::ok)
        .any(|it| it.contains("alive"));
    assert!(alive, "the process did not start");
    child
}

/// A small generator: the rounds have to be repeatable, not unpredictable.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % bound
    }
}

fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |text| text.parse().unwrap())
}

#[test]
fn each_step_happens_once_over_many_kills() {
    if std::env::var(FOLDER).is_ok() {
        return;
    }
    let (rounds, seed) = (
        setting("ESCALATION_KILL_ROUNDS", 10),
        setting("ESCALATION_KILL_SEED", u64::from(std::process::id()) | 1),
    );
    eprintln!("ESCALATION_KILL_SEED={seed} ESCALATION_KILL_ROUNDS={rounds}");
    let folder = tempfile::tempdir().unwrap();
    let mut dice = Dice(seed);
    for _ in 0..rounds {
        let mut child = born(folder.path());
        std::thread::sleep(Duration::from_millis(dice.below(LIFE_MILLIS_MAX)));
        child.kill().unwrap();
        child.wait().unwrap();
    }
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let engine = start(folder.path()).await;
        climbed(&engine).await;
        engine.stop().await;
        check(&engine).await;
    });
}

/// Waits until every conversation is at the top.
async fn climbed(engine: &Engine) {
    let started = Instant::now();
    loop {
        let steps = steps(engine).await;
        let begun = begun(engine).await;
        let there = steps.values().filter(|it| it.contains_key(&TOP)).count();
        if there == begun {
            assert!(begun > 0, "no conversation began");
            eprintln!("{begun} conversations, each at level {TOP}");
            return;
        }
        assert!(
            started.elapsed() < Duration::from_secs(60),
            "{there} of {begun} are at the top"
        );
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

async fn begun(engine: &Engine) -> usize {
    let journal = engine.store().read_since(0, usize::MAX >> 1).await.unwrap();
    let begun = journal
        .iter()
        .filter(|it| matches!(it.event, Event::ConversationCreated { .. }));
    begun.count()
}

/// How often each conversation took each step.
async fn steps(engine: &Engine) -> BTreeMap<ConversationId, BTreeMap<u8, usize>> {
    let journal = engine.store().read_since(0, usize::MAX >> 1).await.unwrap();
    let mut steps: BTreeMap<_, BTreeMap<u8, usize>> = BTreeMap::new();
    for recorded in journal {
        if let (Some(id), Event::ConversationEscalated { step, .. }) =
            (recorded.conversation_id, recorded.event)
        {
            *steps.entry(id).or_default().entry(step.level).or_default() += 1;
        }
    }
    steps
}

async fn check(engine: &Engine) {
    let once: BTreeMap<u8, usize> = (1..=TOP).map(|level| (level, 1)).collect();
    let steps = steps(engine).await;
    for (id, taken) in &steps {
        assert_eq!(*taken, once, "conversation {id}");
        let state = engine
            .store()
            .conversation(*id, None)
            .await
            .unwrap()
            .unwrap();
        assert_eq!(state.conversation.cases.len(), 1, "conversation {id}");
    }
    let work = engine.store().outbox(OutboxFilter::All, None, 100_000);
    let work = work.await.unwrap().items;
    let pages = work.iter().filter(|it| matches!(it.job, Job::Page { .. }));
    assert_eq!(pages.count(), steps.len(), "one page each");
}
