//! The other ends of calls, for tests and benches: telephones that speak SIP and RTP, and browsers that speak WebRTC.
//!
//! Three types to know:
//! - [`Telephone`]: calls a number or waits to be called, says something, presses keys, and keeps what it hears;
//! - [`Browser`]: what an agent's page does, as far as sound goes; carrying its description to the server and back is up to whoever
//!   uses it;
//! - [`Ear`]: what either of them hears, as samples or as stamps that tell how long each packet was under way and which never came.
//!
//! Everything is on loopback, every wait has an end, and nothing here ships.

#![expect(
    clippy::unwrap_used,
    reason = "an end of a call that cannot be set up has failed its test"
)]

mod browser;
mod sound;
mod telephone;

use std::{future::Future, time::Duration};

pub use browser::{Browser, Prepared};
pub use sound::{Ear, Says, Stamps};
pub use telephone::{Call, Status, Telephone, Times};

/// The number of the desk.
pub const NUMBER: &str = "+8657112345678";

/// Nothing takes longer than this, or it never happens.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// Waits until something is there.
pub async fn until<T, F: Future<Output = Option<T>>>(what: &str, mut look: impl FnMut() -> F) -> T {
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
