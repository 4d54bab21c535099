//! A ladder of escalation is climbed while the engine is killed: at every position of the journal, and in the middle of
//! every question to the policy. Each step happens once.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use plugboard_domain::{
    Event, conversation::Conversation, desk::InboxPolicy, escalation::Trigger, outbox::Job,
};
use plugboard_engine::{
    Builtin, EscalationInput, EscalationPolicy, EscalationVerdict, ManualClock, PolicyError,
};
use plugboard_store::OutboxFilter;
use tempfile::TempDir;

use crate::{
    desk::{self, Desk},
    escalation::{LABEL, TOP, ladder, webhook},
};

/// When a life ends.
#[derive(Clone, Copy, Debug)]
enum Death {
    /// As soon as the journal is this long.
    At(u64),
    /// While the policy is asked for the nth time.
    Asked(u64),
    /// Of old age.
    Never,
}

/// The ladder; the question at which the life ends is never answered.
struct Mortal {
    asked: AtomicU64,
    last: u64,
}

#[async_trait::async_trait]
impl EscalationPolicy for Mortal {
    fn listens_to(&self, trigger: Trigger) -> bool {
        matches!(trigger, Trigger::Created | Trigger::Due)
    }

    async fn escalate(&self, input: &EscalationInput) -> Result<EscalationVerdict, PolicyError> {
        if self.asked.fetch_add(1, Ordering::SeqCst) + 1 == self.last {
            std::future::pending::<()>().await;
        }
        Ok(EscalationVerdict::live(LABEL, ladder(input)?))
    }
}

struct Story {
    directory: Arc<TempDir>,
    clock: Arc<ManualClock>,
}

impl Story {
    fn new() -> Self {
        Self {
            directory: Arc::new(tempfile::tempdir().unwrap()),
            clock: desk::clock(),
        }
    }

    /// One life of the process, from start to death. What was on its way when it dies is dropped where it stands.
    fn live(&self, first: bool, death: Death) {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .unwrap();
        let last = match death {
            Death::Asked(nth) => nth,
            Death::At(_) | Death::Never => u64::MAX,
        };
        let policy = Arc::new(Mortal {
            asked: AtomicU64::new(0),
            last,
        });
        runtime.block_on(async {
            let (directory, clock) = (self.directory.clone(), self.clock.clone());
            let policies: (Arc<Builtin>, Arc<Mortal>) = (Arc::new(Builtin), policy.clone());
            let desk = Desk::at(directory, clock, vec![], (policies.0, policies.1)).await;
            if first {
                desk.save(webhook(&desk)).await;
                let inbox = desk.inbox(None, InboxPolicy::default()).await;
                // Two, so that one can be in the middle of a question when the other's answer was carried out.
                let (one, other) = (
                    desk.write(inbox, "one", "hi"),
                    desk.write(inbox, "two", "hi"),
                );
                let (one, other) = tokio::join!(desk.system(one), desk.system(other));
                one.unwrap();
                other.unwrap();
            }
            self.age(&desk, &policy, death).await;
        });
        runtime.shutdown_timeout(Duration::from_secs(10));
    }

    /// Time passes whenever nothing happens, until the top is reached or death comes.
    async fn age(&self, desk: &Desk, policy: &Mortal, death: Death) {
        let mut head = desk.engine.head();
        for _ in 0..200 {
            let dead = match death {
                Death::At(position) => *head.borrow_and_update() >= position,
                Death::Asked(nth) => policy.asked.load(Ordering::SeqCst) >= nth,
                Death::Never => false,
            };
            if dead {
                if let Death::Asked(_) = death {
                    // The answer about the other conversation has the time to be carried out; how far the reader is
                    // cannot be kept while a question is open.
                    tokio::time::sleep(Duration::from_millis(60)).await;
                }
                return;
            }
            let all = conversations(desk).await;
            if all.iter().all(|it| it.escalation.level == TOP) {
                return;
            }
            let quiet = tokio::time::timeout(Duration::from_millis(40), head.changed()).await;
            if quiet.is_err() {
                self.clock.advance(Duration::from_secs(61));
            }
        }
        let all = conversations(desk).await;
        panic!("the top is never reached before {death:?}: {all:#?}");
    }

    /// What has to hold in the end, wherever it was interrupted.
    fn check(&self, death: Death) {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(async {
            let (directory, clock) = (self.directory.clone(), self.clock.clone());
            let policies = (
                Arc::new(Builtin) as _,
                Arc::new(plugboard_engine::NoEscalation) as _,
            );
            let desk = Desk::at(directory, clock, vec![], policies).await;
            let mut steps: BTreeMap<_, BTreeMap<u8, usize>> = BTreeMap::new();
            for recorded in desk.journal().await {
                if let Event::ConversationEscalated { step, .. } = recorded.event {
                    let of = steps.entry(recorded.conversation_id).or_default();
                    *of.entry(step.level).or_default() += 1;
                }
            }
            let once: BTreeMap<u8, usize> = (1..=TOP).map(|level| (level, 1)).collect();
            let all = conversations(&desk).await;
            for state in &all {
                assert_eq!(steps[&Some(state.id)], once, "{death:?}");
                assert_eq!(state.cases.len(), 1, "{death:?}");
                let traces = desk.engine.store().decisions(state.id).await.unwrap();
                assert_eq!(traces.len(), 1 + usize::from(TOP), "{death:?}");
            }
            let work = desk.engine.store().outbox(OutboxFilter::All, None, 100);
            let pages = work.await.unwrap().items;
            let pages = pages.iter().filter(|it| matches!(it.job, Job::Page { .. }));
            assert_eq!(pages.count(), all.len(), "{death:?}");
            desk.close().await;
        });
    }
}

/// Every conversation there is.
async fn conversations(desk: &Desk) -> Vec<Conversation> {
    let journal = desk.journal().await;
    let ids: BTreeSet<_> = journal.iter().filter_map(|it| it.conversation_id).collect();
    let mut all = Vec::new();
    for id in ids {
        all.push(desk.conversation(id).await);
    }
    all
}

#[test]
fn each_step_happens_once_wherever_the_engine_is_killed() {
    let deaths = (4..=34)
        .step_by(2)
        .map(Death::At)
        .chain((1..=10).map(Death::Asked));
    for death in deaths {
        let story = Story::new();
        story.live(true, death);
        story.live(false, Death::Never);
        story.check(death);
    }
}

#[test]
fn each_step_happens_once_however_often_the_engine_is_killed() {
    let story = Story::new();
    story.live(true, Death::Asked(1));
    for _ in 0..4 {
        story.live(false, Death::Asked(1));
        story.live(false, Death::Asked(2));
    }
    story.live(false, Death::Never);
    story.check(Death::Asked(1));
}
