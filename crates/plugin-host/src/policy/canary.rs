//! Takes a canary off by itself when it fails too often, or when its conversations miss their targets more often than the
//! others do.

use std::{
    collections::{HashMap, HashSet},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use plugboard_domain::{
    Command, Envelope, Event, Principal, Seq,
    desk::{Canary, Entity, PolicyKind, Private},
    ids::ConversationId,
};
use plugboard_engine::Engine;
use plugboard_store::StoreError;
use tokio_util::sync::CancellationToken;
use tracing::warn;

use super::share_of;
use crate::host::Shared;

/// Decisions before a share of failures says anything.
const DECISIONS_MIN: u64 = 20;

/// Conversations of each side before a share of missed targets says anything.
const CONVERSATIONS_MIN: u64 = 20;

/// Events read at once.
const READ_MAX: usize = 1_000;

/// How the canaries of both kinds do, since the process started.
#[derive(Default)]
pub(crate) struct Canaries {
    routing: Tally,
    escalation: Tally,
}

#[derive(Default)]
struct Tally {
    decisions: AtomicU64,
    failures: AtomicU64,
}

impl Canaries {
    /// A canary decided, or failed to.
    pub(crate) fn note(&self, kind: PolicyKind, failed: bool) {
        let tally = self.tally(kind);
        tally.decisions.fetch_add(1, Ordering::Relaxed);
        tally
            .failures
            .fetch_add(u64::from(failed), Ordering::Relaxed);
    }

    fn tally(&self, kind: PolicyKind) -> &Tally {
        match kind {
            PolicyKind::Routing => &self.routing,
            PolicyKind::Escalation => &self.escalation,
        }
    }

    fn fails_too_often(&self, kind: PolicyKind, canary: &Canary) -> bool {
        let tally = self.tally(kind);
        let decisions = tally.decisions.load(Ordering::Relaxed);
        let failures = tally.failures.load(Ordering::Relaxed);
        decisions >= DECISIONS_MIN
            && failures * 100 > decisions * u64::from(canary.max_error_percent)
    }

    fn forget(&self, kind: PolicyKind) {
        let tally = self.tally(kind);
        tally.decisions.store(0, Ordering::Relaxed);
        tally.failures.store(0, Ordering::Relaxed);
    }
}

/// Conversations of one side, and how many of them missed a target.
#[derive(Clone, Copy, Default)]
struct Side {
    begun: u64,
    missed: u64,
}

impl Side {
    fn percent(self) -> f64 {
        #[expect(
            clippy::cast_precision_loss,
            reason = "counts of conversations are small"
        )]
        let percent = self.missed as f64 * 100.0 / self.begun.max(1) as f64;
        percent
    }
}

/// Follows one trial through the journal.
struct Watch {
    canary: Canary,
    position: Seq,
    begun: HashMap<ConversationId, bool>,
    missed: HashSet<ConversationId>,
}

impl Watch {
    async fn begin(engine: &Engine, canary: Canary) -> Result<Self, StoreError> {
        Ok(Self {
            position: engine.position_at(canary.since).await?,
            canary,
            begun: HashMap::new(),
            missed: HashSet::new(),
        })
    }

    async fn read_on(&mut self, engine: &Engine) -> Result<(), StoreError> {
        loop {
            let events = engine.store().read_since(self.position, READ_MAX).await?;
            let Some(last) = events.last() else {
                return Ok(());
            };
            self.position = last.seq;
            for recorded in events {
                let Some(id) = recorded.conversation_id else {
                    continue;
                };
                match recorded.event {
                    Event::ConversationCreated { .. } if recorded.at >= self.canary.since => {
                        let on_trial = share_of(id) < self.canary.percent;
                        self.begun.insert(id, on_trial);
                    }
                    Event::SlaBreached { .. } if self.begun.contains_key(&id) => {
                        self.missed.insert(id);
                    }
                    _ => {}
                }
            }
        }
    }

    fn misses_too_often(&self) -> bool {
        let (mut trial, mut others) = (Side::default(), Side::default());
        for (id, on_trial) in &self.begun {
            let side = if *on_trial { &mut trial } else { &mut others };
            side.begun += 1;
            side.missed += u64::from(self.missed.contains(id));
        }
        trial.begun >= CONVERSATIONS_MIN
            && others.begun >= CONVERSATIONS_MIN
            && trial.percent() > others.percent() + f64::from(self.canary.max_sla_rise_percent)
    }
}

/// Watches whatever is on trial until the desk stops.
pub(crate) async fn watch(host: Arc<Shared>, stop: CancellationToken) {
    let Some(engine) = host.engine().cloned() else {
        return;
    };
    let mut head = engine.head();
    let mut watches: HashMap<&'static str, (PolicyKind, Watch)> = HashMap::new();
    loop {
        head.borrow_and_update();
        for (name, kind) in [
            ("routing", PolicyKind::Routing),
            ("escalation", PolicyKind::Escalation),
        ] {
            if let Err(error) = look(&host, &engine, &mut watches, name, kind).await {
                warn!(%error, "canary: the store failed");
            }
        }
        tokio::select! {
            () = stop.cancelled() => return,
            changed = head.changed() => if changed.is_err() { return },
        }
    }
}

async fn look(
    host: &Shared,
    engine: &Engine,
    watches: &mut HashMap<&'static str, (PolicyKind, Watch)>,
    name: &'static str,
    kind: PolicyKind,
) -> Result<(), StoreError> {
    let desk = engine.desk();
    let canary = desk.policies().and_then(|it| it.slot(kind).canary.clone());
    let Some(canary) = canary else {
        if watches.remove(name).is_some() {
            host.canaries.forget(kind);
        }
        return Ok(());
    };
    let same = watches.get(name).is_some_and(|(_, it)| it.canary == canary);
    if !same {
        host.canaries.forget(kind);
        let watch = Watch::begin(engine, canary.clone()).await?;
        watches.insert(name, (kind, watch));
    }
    let Some((_, watch)) = watches.get_mut(name) else {
        return Ok(());
    };
    watch.read_on(engine).await?;
    let why = if host.canaries.fails_too_often(kind, &canary) {
        "it fails too often"
    } else if watch.misses_too_often() {
        "its conversations miss their targets more often than the others"
    } else {
        return Ok(());
    };
    warn!(policy = %canary.policy, "canary: taken off, since {why}");
    take_off(engine, kind).await;
    Ok(())
}

async fn take_off(engine: &Engine, kind: PolicyKind) {
    let mut policies = engine.desk().policies().cloned().unwrap_or_default();
    match kind {
        PolicyKind::Routing => policies.routing.canary = None,
        PolicyKind::Escalation => policies.escalation.canary = None,
    }
    let command = Command::Save {
        entity: Entity::Policies(policies),
        private: Private::default(),
    };
    let envelope = Envelope::new(Principal::System("canary"), command);
    if let Err(error) = engine.execute(envelope).await {
        warn!(%error, "canary: not taken off");
    }
}
