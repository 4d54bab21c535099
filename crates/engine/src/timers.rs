//! Fires timers when they are due. The rows are the truth: a restart reads them again, and the transaction that acts on a
//! timer also takes it away, so it acts once.

use plugboard_domain::{Envelope, Principal, conversation::ConversationCommand};
use tokio_util::sync::CancellationToken;
use tracing::{error, warn};

use crate::Engine;

/// Timers fired at once; they share a commit.
const BATCH_MAX: usize = 256;

/// How long to wait after the store failed, or when a timer stays due although it was fired.
const PAUSE: std::time::Duration = std::time::Duration::from_secs(1);

pub(crate) async fn run(engine: Engine, stop: CancellationToken) {
    loop {
        let alarm = &engine.shared.signals.timers;
        alarm.expect_anything();
        let wait = match fire_due(&engine).await {
            Ok(Some(next)) => Some(next),
            Ok(None) => None,
            Err(error) => {
                error!(%error, "timers: the store failed");
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
            () = stop.cancelled() => return,
            () = sleep => {}
            () = alarm.rung() => {}
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
