//! Fires timers when they are due. The rows are the truth: a restart reads them again, and the transaction that acts on a
//! timer also takes it away, so it acts once.

use plugboard_domain::{Envelope, Principal, conversation::ConversationCommand};
use tokio_util::sync::CancellationToken;
use tracing::warn;

use crate::{
    Engine,
    sleeper::{PAUSE, Sleeper},
};

/// Timers fired at once; they share a commit.
const BATCH_MAX: usize = 256;

pub(crate) async fn run(engine: Engine, stop: CancellationToken) {
    let sleeper = Sleeper::new(&engine, &engine.shared.signals.timers, "timers");
    loop {
        sleeper.wake();
        let next = fire_due(&engine).await;
        tokio::select! {
            () = stop.cancelled() => return,
            () = sleeper.sleep(next) => {}
        }
    }
}

/// Fires what is due, and says when the next one is.
async fn fire_due(
    engine: &Engine,
) -> Result<Option<plugboard_domain::Timestamp>, plugboard_store::StoreError> {
    let mut before = Vec::new();
    loop {
        let due = engine.store().due_timers(engine.now(), BATCH_MAX).await?;
        if due.is_empty() {
            return engine.store().next_timer_at().await;
        }
        if due == before {
            warn!(
                timers = due.len(),
                "timers: still due after they were fired"
            );
            return Ok(Some(engine.now() + PAUSE));
        }
        let mut fired = tokio::task::JoinSet::new();
        for timer in &due {
            let command = ConversationCommand::Fire(timer.kind);
            let envelope =
                Envelope::new(Principal::System("timer"), (timer.conversation_id, command));
            let engine = engine.clone();
            let timer = *timer;
            fired.spawn(async move {
                if let Err(error) = engine.execute(envelope).await {
                    warn!(conversation.id = %timer.conversation_id, timer = %timer.kind, %error, "timers: not fired");
                }
            });
        }
        fired.join_all().await;
        before = due;
    }
}
