//! Carries out outside work: at least once, with retries after growing waits, and dead letters at the end.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use plugboard_domain::{
    Command, Envelope, Principal,
    ids::OutboxId,
    outbox::{Attempt, Job, OutboxEntry},
};
use tokio::task::{self, JoinSet};
use tokio_util::sync::CancellationToken;
use tracing::{error, warn};

use crate::{Engine, sleeper::Sleeper};

/// Jobs that are tried at once.
const CONCURRENT_MAX: usize = 32;

/// Does one kind of outside work: calls webhooks, delivers through a channel.
#[async_trait::async_trait]
pub trait Courier: Send + Sync {
    /// True for the jobs that this courier does.
    fn takes(&self, job: &Job) -> bool;

    /// Tries once. The entry's id is the idempotency key: the other side may see it again.
    async fn attempt(&self, engine: &Engine, entry: &OutboxEntry) -> Attempt;
}

/// Tries that have not ended.
#[derive(Default)]
struct Flight {
    busy: HashSet<OutboxId>,
    tries: JoinSet<()>,
    /// Which job, and which round of it, a try is of: known even when it ends in a panic.
    tasks: HashMap<task::Id, (OutboxId, u32)>,
}

impl Flight {
    /// A try has ended. Answers with the job of one that panicked, of which nothing was recorded.
    fn landed(
        &mut self,
        ended: &Result<(task::Id, ()), task::JoinError>,
    ) -> Option<(OutboxId, u32)> {
        let (id, broken) = match ended {
            Ok((id, ())) => (*id, false),
            Err(error) => (error.id(), true),
        };
        let job = self.tasks.remove(&id)?;
        self.busy.remove(&job.0);
        broken.then_some(job)
    }
}

pub(crate) async fn run(engine: Engine, couriers: Vec<Arc<dyn Courier>>, stop: CancellationToken) {
    let couriers: Arc<[Arc<dyn Courier>]> = couriers.into();
    let mut flight = Flight::default();
    let sleeper = Sleeper::new(&engine, &engine.shared.signals.jobs, "outbox");
    loop {
        sleeper.wake();
        let next = start_due(&engine, &couriers, &mut flight).await;
        tokio::select! {
            () = stop.cancelled() => break,
            Some(ended) = flight.tries.join_next_with_id() => {
                if let Some((id, round)) = flight.landed(&ended) {
                    error!(outbox.id = %id, "outbox: a try broke off");
                    let error = "the try broke off: a bug".into();
                    record(&engine, id, round, Attempt::Retry { error, after_secs: None }).await;
                }
            }
            () = sleeper.sleep(next) => {}
        }
    }
    // What is in flight is not recorded any more, since the writer has stopped: it will be tried again after the start.
    flight.tries.shutdown().await;
}

/// Starts what is due and not in flight, and says when to look again.
async fn start_due(
    engine: &Engine,
    couriers: &Arc<[Arc<dyn Courier>]>,
    flight: &mut Flight,
) -> Result<Option<plugboard_domain::Timestamp>, plugboard_store::StoreError> {
    if flight.busy.len() >= CONCURRENT_MAX {
        return Ok(None);
    }
    let now = engine.now();
    let due = engine.store().due_outbox(now, CONCURRENT_MAX * 2).await?;
    for entry in due {
        if flight.busy.len() >= CONCURRENT_MAX {
            return Ok(None);
        }
        if flight.busy.insert(entry.id) {
            let (engine, couriers) = (engine.clone(), couriers.clone());
            let job = (entry.id, entry.round);
            let task = flight
                .tries
                .spawn(async move { attempt(&engine, &couriers, entry).await });
            flight.tasks.insert(task.id(), job);
        }
    }
    // What is due now is in flight, or waits for what is; its end wakes the loop.
    engine.store().next_outbox_after(now).await
}

async fn attempt(engine: &Engine, couriers: &[Arc<dyn Courier>], entry: OutboxEntry) {
    let attempt = match couriers.iter().find(|courier| courier.takes(&entry.job)) {
        Some(courier) => courier.attempt(engine, &entry).await,
        None => Attempt::Retry {
            error: "nothing installed does this kind of work".into(),
            after_secs: Some(60),
        },
    };
    record(engine, entry.id, entry.round, attempt).await;
}

async fn record(engine: &Engine, id: OutboxId, round: u32, attempt: Attempt) {
    let outcome = match &attempt {
        Attempt::Done | Attempt::Sent { .. } => "done",
        Attempt::Retry { .. } | Attempt::Deferred { .. } => "retry",
        Attempt::NotYet { .. } => "not_yet",
        Attempt::GiveUp { .. } | Attempt::Undelivered { .. } => "give_up",
    };
    metrics::counter!("plugboard_outbox_attempts_total", "outcome" => outcome).increment(1);
    let command = Command::RecordAttempt { id, round, attempt };
    let envelope = Envelope {
        principal: Principal::System("outbox"),
        caused_by: None,
        depth: 0,
        command,
    };
    if let Err(error) = engine.execute(envelope).await {
        warn!(outbox.id = %id, %error, "outbox: the result of a try was not recorded");
    }
}
