//! Carries out outside work: at least once, with retries after growing waits, and dead letters at the end.

use std::{collections::HashSet, sync::Arc};

use plugboard_domain::{
    Command, Envelope, Principal,
    ids::OutboxId,
    outbox::{Attempt, Job, OutboxEntry},
};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tracing::{error, warn};

use crate::Engine;

/// Jobs that are tried at once.
const CONCURRENT_MAX: usize = 32;

/// How long to wait after the store failed.
const PAUSE: std::time::Duration = std::time::Duration::from_secs(1);

/// Does one kind of outside work: calls webhooks, delivers through a channel.
#[async_trait::async_trait]
pub trait Courier: Send + Sync {
    /// True for the jobs that this courier does.
    fn takes(&self, job: &Job) -> bool;

    /// Tries once. The entry's id is the idempotency key: the other side may see it again.
    async fn attempt(&self, engine: &Engine, entry: &OutboxEntry) -> Attempt;
}

pub(crate) async fn run(engine: Engine, couriers: Vec<Arc<dyn Courier>>, stop: CancellationToken) {
    let couriers: Arc<[Arc<dyn Courier>]> = couriers.into();
    let mut busy = HashSet::new();
    let mut tries: JoinSet<OutboxId> = JoinSet::new();
    loop {
        let alarm = &engine.shared.signals.jobs;
        alarm.expect_anything();
        let wait = match start_due(&engine, &couriers, &mut busy, &mut tries).await {
            Ok(next) => next,
            Err(error) => {
                error!(%error, "outbox: the store failed");
                Some(engine.now() + PAUSE)
            }
        };
        alarm.expect_before(wait);
        let sleep = async {
            match wait {
                Some(at) => engine.shared.clock.sleep_until(at).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = stop.cancelled() => break,
            Some(ended) = tries.join_next() => {
                if let Ok(id) = ended {
                    busy.remove(&id);
                }
            }
            () = sleep => {}
            () = alarm.rung() => {}
        }
    }
    // What is in flight is not recorded any more, since the writer has stopped: it will be tried again after the start.
    tries.shutdown().await;
}

/// Starts what is due and not in flight, and says when to look again.
async fn start_due(
    engine: &Engine,
    couriers: &Arc<[Arc<dyn Courier>]>,
    busy: &mut HashSet<OutboxId>,
    tries: &mut JoinSet<OutboxId>,
) -> Result<Option<plugboard_domain::Timestamp>, plugboard_store::StoreError> {
    if busy.len() >= CONCURRENT_MAX {
        return Ok(None);
    }
    let now = engine.now();
    let due = engine.store().due_outbox(now, CONCURRENT_MAX * 2).await?;
    for entry in due {
        if busy.len() >= CONCURRENT_MAX {
            return Ok(None);
        }
        if busy.insert(entry.id) {
            let (engine, couriers) = (engine.clone(), couriers.clone());
            tries.spawn(async move {
                let id = entry.id;
                attempt(&engine, &couriers, entry).await;
                id
            });
        }
    }
    let next = engine.store().next_outbox_at().await?;
    // What is due now is in flight; its end wakes the loop.
    Ok(next.filter(|at| *at > now))
}

async fn attempt(engine: &Engine, couriers: &[Arc<dyn Courier>], entry: OutboxEntry) {
    let attempt = match couriers.iter().find(|courier| courier.takes(&entry.job)) {
        Some(courier) => courier.attempt(engine, &entry).await,
        None => Attempt::Retry {
            error: "nothing installed does this kind of work".into(),
            after_secs: Some(60),
        },
    };
    let outcome = match &attempt {
        Attempt::Done => "done",
        Attempt::Retry { .. } => "retry",
        Attempt::GiveUp { .. } => "give_up",
    };
    metrics::counter!("plugboard_outbox_attempts_total", "outcome" => outcome).increment(1);
    let command = Command::RecordAttempt {
        id: entry.id,
        attempt,
    };
    let envelope = Envelope {
        principal: Principal::System("outbox"),
        caused_by: None,
        depth: 0,
        command,
    };
    if let Err(error) = engine.execute(envelope).await {
        warn!(outbox.id = %entry.id, %error, "outbox: the result of a try was not recorded");
    }
}
