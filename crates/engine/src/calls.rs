//! Does what is due in calls: offers lapse, waits end, write-ups end, recordings expire. The rows are the truth: a restart
//! reads them again, and the transaction that acts also says when something is due next.

use plugboard_domain::{Envelope, Principal, Timestamp, call::CallCommand};
use plugboard_store::StoreError;
use tokio_util::sync::CancellationToken;
use tracing::warn;

use crate::{
    Engine,
    sleeper::{PAUSE, Sleeper},
};

/// Calls looked at at once.
const BATCH_MAX: usize = 256;

pub(crate) async fn run(engine: Engine, stop: CancellationToken) {
    let sleeper = Sleeper::new(&engine, &engine.shared.signals.calls, "calls");
    loop {
        sleeper.wake();
        let next = fire_due(&engine).await;
        tokio::select! {
            () = stop.cancelled() => return,
            () = sleeper.sleep(next) => {}
        }
    }
}

/// Does what is due, and says when the next thing is.
async fn fire_due(engine: &Engine) -> Result<Option<Timestamp>, StoreError> {
    let mut before = Vec::new();
    loop {
        let due = engine.store().due_calls(engine.now(), BATCH_MAX).await?;
        if due.is_empty() {
            return engine.store().next_call_at().await;
        }
        if due == before {
            warn!(calls = due.len(), "calls: still due after it was done");
            return Ok(Some(engine.now() + PAUSE));
        }
        for id in &due {
            let command = (*id, CallCommand::Fire);
            let envelope = Envelope::new(Principal::System("timer"), command);
            if let Err(error) = engine.execute(envelope).await {
                warn!(call.id = %id, %error, "calls: what was due was not done");
            }
        }
        before = due;
    }
}
