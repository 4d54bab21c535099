//! Takes a canary off by itself when it fails too often, or when its conversations miss their targets more often than the
//! others do.

use std::{
    collections::{HashMap, HashSet},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use plugboard_domain::{
    Command, Envelope, Event, Principal, Seq,
    desk::{Canary, Entity, PolicyKind, Private},
    ids::ConversationId,
};
use plugboard_engine::Engine;
use plugboard_protocol::extensions::{CanaryReport, TargetsMissed};
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
    /// Conversations on trial and all others, as far as the journal was read. Leaf data, never held over an await.
    sides: Mutex<(TargetsMissed, TargetsMissed)>,
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

    /// How the one on trial does.
    pub(crate) fn report(&self, kind: PolicyKind) -> CanaryReport {
        let tally = self.tally(kind);
        let (on_trial, others) = *tally.sides();
        CanaryReport {
            decisions: tally.decisions.load(Ordering::Relaxed),
            failed: tally.failures.load(Ordering::Relaxed),
            on_trial,
            others,
        }
    }

    fn forget(&self, kind: PolicyKind) {
        let tally = self.tally(kind);
        *tally.sides() = Default::default();
        tally.decisions.store(0, Ordering::Relaxed);
        tally.failures.store(0, Ordering::Relaxed);
    }
}

impl Tally {
    fn sides(&self) -> MutexGuard<'_, (TargetsMissed, TargetsMissed)> {
        self.sides.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How many of them missed a target.
fn percent(side: TargetsMissed) -> f64 {
    #[expect(
        clippy::cast_precision_loss,
        reason = "counts of conversations are small"
    )]
    let percent = side.missed as f64 * 100.0 / side.conversations.max(1) as f64;
    percent
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

    /// Those on trial, and all others.
    fn sides(&self) -> (TargetsMissed, TargetsMissed) {
        let (mut trial, mut others) = Default::default();
        for (id, on_trial) in &self.begun {
            let side: &mut TargetsMissed = if *on_trial { &mut trial } else { &mut others };
            side.conversations += 1;
            side.missed += u64::from(self.missed.contains(id));
        }
        (trial, others)
    }

    fn misses_too_often(&self, (trial, others): (TargetsMissed, TargetsMissed)) -> bool {
        trial.conversations >= CONVERSATIONS_MIN
            && others.conversations >= CONVERSATIONS_MIN
            && percent(trial) > percent(others) + f64::from(self.canary.max_sla_rise_percent)
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
    let sides = watch.sides();
    *host.canaries.tally(kind).sides() = sides;
    let why = if host.canaries.fails_too_often(kind, &canary) {
        "it fails too often"
    } else if watch.misses_too_often(sides) {
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

#[cfg(test)]
mod tests {
    use plugboard_domain::{Timestamp, desk::PolicyRef};

    use super::*;

    fn watch(max_sla_rise_percent: u8) -> Watch {
        Watch {
            canary: Canary {
                policy: PolicyRef::Rule("new".to_owned()),
                percent: 50,
                since: Timestamp::UNIX_EPOCH,
                max_error_percent: 5,
                max_sla_rise_percent,
            },
            position: 0,
            begun: HashMap::new(),
            missed: HashSet::new(),
        }
    }

    #[test]
    fn misses_of_those_on_trial_are_held_against_those_of_the_others() {
        let mut watch = watch(10);
        for n in 0..40_u128 {
            let id = ConversationId(uuid::Uuid::from_u128(n));
            let on_trial = n < 20;
            watch.begun.insert(id, on_trial);
            // 3 of 20 on trial, 1 of 20 others: ten points more are not reached.
            if n < 3 || n == 20 {
                watch.missed.insert(id);
            }
        }
        let side = |missed| TargetsMissed {
            conversations: 20,
            missed,
        };
        assert_eq!(watch.sides(), (side(3), side(1)));
        assert!(!watch.misses_too_often(watch.sides()));
        let fourth = ConversationId(uuid::Uuid::from_u128(3));
        watch.missed.insert(fourth);
        assert!(watch.misses_too_often(watch.sides()));
        // Too few to say anything.
        watch.begun.remove(&fourth);
        assert!(!watch.misses_too_often(watch.sides()));
    }
}
