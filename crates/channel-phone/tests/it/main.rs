//! Whole calls on loopback: a telephone that speaks SIP and RTP, browsers that speak WebRTC, and a desk between them.

#![expect(
    clippy::unwrap_used,
    reason = "a call that cannot be set up has failed its test"
)]

mod announcements;
mod browser;
mod calls;
mod digits;
mod exchange;
mod lost;
mod peers;
mod supervisors;
mod telephone;
mod transfers;
mod trunks;

use std::{future::Future, time::Duration};

/// Nothing takes longer than this, or it never happens.
const PATIENCE: Duration = Duration::from_secs(40);

/// Waits until something is there.
async fn until<T, F: Future<Output = Option<T>>>(what: &str, mut look: impl FnMut() -> F) -> T {
    let waiting = async {
        loop {
            if let Some(found) = look().await {
                return found;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(PATIENCE, waiting)
        .await
        .unwrap_or_else(|_| panic!("never: {what}"))
}
