//! Backtests: jobs that run by themselves. The latest are kept, with what they found.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
};

use plugboard_backtest::{Period, Replayed, Run};
use plugboard_domain::Timestamp;
use plugboard_engine::Engine;
use plugboard_extension::ExtensionError;
use plugboard_protocol::{
    extensions::{Backtest, BacktestJob, BacktestRequest, BacktestState, BacktestTotals},
    time,
};
use plugboard_store::StoreError;
use tracing::{info, warn};

use super::dry_run::only;
use crate::{
    admin::invalid,
    host::Shared,
    keep::Part,
    policy::{Chosen, ask_escalation, ask_routing},
};

/// Backtests that are kept; older ones are let go.
const KEPT_MAX: usize = 20;

/// Conversations of one backtest that are shown, those that differ first.
const ITEMS_MAX: usize = 1_000;

/// The latest backtests, newest first.
#[derive(Default)]
pub(crate) struct Trials {
    /// Leaf data, never held over an await.
    kept: Mutex<VecDeque<Backtest>>,
    /// One runs at a time: it takes a processor for itself.
    running: Arc<tokio::sync::Mutex<()>>,
}

impl Trials {
    /// Reads what was kept before the start. What ran when the desk stopped found nothing.
    pub(crate) async fn load(&self, engine: &Engine) -> Result<(), StoreError> {
        let part = part();
        let mut before = Vec::new();
        for id in part.keys(engine, "").await? {
            before.extend(part.get::<Backtest>(engine, &id).await?);
        }
        for it in &mut before {
            if matches!(it.job.progress, BacktestState::Running { .. }) {
                let why = "the desk stopped while it ran".to_owned();
                it.job.progress = BacktestState::Failed { why };
            }
        }
        // Identifiers begin with the time.
        before.sort_by(|a, b| b.job.id.cmp(&a.job.id));
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.extend(before);
        kept.truncate(KEPT_MAX);
        Ok(())
    }

    /// Keeps one, and lets go of what is too old.
    async fn save(&self, engine: &Engine, id: &str) {
        let Ok(found) = self.get(id) else { return };
        let part = part();
        part.try_put(engine, id, &found).await;
        let Ok(ids) = part.keys(engine, "").await else {
            return;
        };
        for old in ids.iter().rev().skip(KEPT_MAX) {
            if let Err(error) = part.delete(engine, old).await {
                warn!(backtest.id = %old, %error, "an old backtest was not removed");
            }
        }
    }

    pub(crate) fn list(&self) -> Vec<BacktestJob> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.iter().map(|it| it.job.clone()).collect()
    }

    pub(crate) fn get(&self, id: &str) -> Result<Backtest, ExtensionError> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let found = kept.iter().find(|it| it.job.id == id).cloned();
        found.ok_or_else(|| ExtensionError::NotFound("backtest".to_owned()))
    }

    fn begin(&self, job: BacktestJob) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.truncate(KEPT_MAX - 1);
        kept.push_front(Backtest {
            job,
            items: Vec::new(),
            totals: BacktestTotals::default(),
        });
    }

    fn change(&self, id: &str, change: impl FnOnce(&mut Backtest)) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(it) = kept.iter_mut().find(|it| it.job.id == id) {
            change(it);
        }
    }
}

fn part() -> Part {
    Part::of_desk("backtests")
}

/// Begins a backtest, and answers at once.
pub(super) async fn start(
    host: &Arc<Shared>,
    request: BacktestRequest,
) -> Result<BacktestJob, ExtensionError> {
    let engine = host.running()?.clone();
    let at = |text: &str| {
        text.parse::<Timestamp>()
            .map_err(|_| invalid("from and to must be times"))
    };
    let period = Period {
        from: at(&request.from)?,
        to: at(&request.to)?,
    };
    let chosen = only(host, super::kind(request.kind), &request.policy).await?;
    let job = BacktestJob {
        id: engine.mint::<uuid::Uuid>().to_string(),
        request,
        progress: BacktestState::Running { done: 0, of: 0 },
        started_at: time(engine.now()),
    };
    host.trials.begin(job.clone());
    host.trials.save(&engine, &job.id).await;
    let (host, began) = (host.clone(), job.clone());
    host.clone().spawn(async move {
        let _one = host.trials.running.clone().lock_owned().await;
        let ended = run(&host, &engine, &began, &chosen, period).await;
        host.trials.change(&began.id, |it| match ended {
            Ok(run) => {
                info!(backtest.id = %began.id, conversations = run.totals.conversations, "backtest done");
                it.job.progress = BacktestState::Done;
                it.totals = run.totals;
                it.items = run.items;
                it.items.sort_by_key(|item| !item.changed);
                it.items.truncate(ITEMS_MAX);
            }
            Err(why) => {
                warn!(backtest.id = %began.id, why, "backtest failed");
                it.job.progress = BacktestState::Failed { why };
            }
        });
        host.trials.save(&engine, &began.id).await;
    });
    Ok(job)
}

async fn run(
    host: &Shared,
    engine: &Engine,
    job: &BacktestJob,
    chosen: &Chosen,
    period: Period,
) -> Result<Run, String> {
    let progress = |done: u64, of: u64| {
        host.trials.change(&job.id, |it| {
            it.job.progress = BacktestState::Running { done, of };
        });
    };
    let past = plugboard_backtest::load(engine, period).await;
    let past = past.map_err(|error| error.to_string())?;
    let desk = engine.desk();
    let asked = Asked {
        desk: &desk,
        chosen,
    };
    Ok(match super::kind(job.request.kind) {
        plugboard_domain::desk::PolicyKind::Routing => {
            plugboard_backtest::routing(&desk, &past, &asked, progress).await
        }
        plugboard_domain::desk::PolicyKind::Escalation => {
            plugboard_backtest::escalation(&desk, &past, &asked, progress).await
        }
    })
}

/// The policy tried, with the built-in one behind it.
struct Asked<'a> {
    desk: &'a plugboard_domain::desk::Desk,
    chosen: &'a Chosen,
}

#[async_trait::async_trait]
impl Replayed for Asked<'_> {
    async fn route(
        &self,
        input: &plugboard_engine::RoutingInput,
    ) -> plugboard_engine::RoutingVerdict {
        ask_routing(self.desk, self.chosen, input).await
    }

    async fn escalate(
        &self,
        input: &plugboard_engine::EscalationInput,
    ) -> plugboard_engine::EscalationVerdict {
        ask_escalation(self.desk, self.chosen, input).await
    }
}
