//! Takes events out of the journal when they are older than they are to be kept. The store knows what is still needed.

use std::time::Duration;

use plugboard_domain::Timestamp;
use plugboard_store::StoreError;
use tokio_util::sync::CancellationToken;
use tracing::{error, info};

use crate::Engine;

/// Events of one transaction: a few milliseconds of the writer.
const CHUNK: usize = 1_000;

/// Between two transactions, so that those who write hardly notice.
const BREATH: Duration = Duration::from_millis(20);

/// How often there is a look. Days are what retention is counted in.
const LOOK_EVERY: Duration = Duration::from_secs(3_600);

pub(crate) async fn run(engine: Engine, kept: Duration, stop: CancellationToken) {
    loop {
        let now = engine.now();
        let looked = async {
            match prune(&engine, now - kept).await {
                Ok(0) => {}
                Ok(events) => info!(
                    events,
                    "retention: old events were taken out of the journal"
                ),
                Err(error) => error!(%error, "retention: the store failed"),
            }
            engine.clock().sleep_until(now + LOOK_EVERY).await;
        };
        tokio::select! {
            () = stop.cancelled() => return,
            () = looked => {}
        }
    }
}

/// Takes away what was recorded before a time; answers how much.
async fn prune(engine: &Engine, before: Timestamp) -> Result<u64, StoreError> {
    let mut all = 0;
    loop {
        let removed = engine.store().prune_journal(before, CHUNK).await?;
        all += removed as u64;
        metrics::counter!("plugboard_journal_pruned_total").increment(removed as u64);
        if removed < CHUNK {
            return Ok(all);
        }
        tokio::time::sleep(BREATH).await;
    }
}
