//! Where time and chance enter. Nothing else in the workspace reads the clock or draws an identifier.

use std::{future::Future, pin::Pin, time::Duration};

use plugboard_domain::{Timestamp, ids::Mint};
use tokio::sync::watch;

/// The time, and waiting for it.
pub trait Clock: Send + Sync {
    /// Now, in microseconds.
    fn now(&self) -> Timestamp;

    /// Returns at that time or soon after; at once when it is past.
    fn sleep_until(&self, at: Timestamp) -> Pin<Box<dyn Future<Output = ()> + Send + '_>>;
}

/// The machine's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

/// Longest single sleep: a machine that was suspended notices within this time.
const SLEEP_MAX: Duration = Duration::from_secs(60);

impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the one place that reads the clock"
    )]
    fn now(&self) -> Timestamp {
        let now = Timestamp::now();
        Timestamp::from_microsecond(now.as_microsecond()).unwrap_or(now)
    }

    fn sleep_until(&self, at: Timestamp) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(async move {
            loop {
                let left = at.duration_since(self.now());
                let Ok(left) = Duration::try_from(left) else {
                    return;
                };
                if left.is_zero() {
                    return;
                }
                tokio::time::sleep(left.min(SLEEP_MAX)).await;
            }
        })
    }
}

/// A clock that only its owner moves: for playing a script, and for tests.
pub struct ManualClock {
    now: watch::Sender<Timestamp>,
}

impl ManualClock {
    /// A clock that stands at `now`.
    pub fn new(now: Timestamp) -> Self {
        Self {
            now: watch::Sender::new(now),
        }
    }

    /// Moves on and wakes those whose time has come. Time never runs backwards.
    pub fn set(&self, to: Timestamp) {
        self.now.send_modify(|now| *now = to.max(*now));
    }

    /// Moves on by so much.
    pub fn advance(&self, by: Duration) {
        self.now.send_modify(|now| *now += by);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        *self.now.borrow()
    }

    fn sleep_until(&self, at: Timestamp) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(async move {
            let mut moved = self.now.subscribe();
            if moved.wait_for(|now| *now >= at).await.is_err() {
                std::future::pending::<()>().await;
            }
        })
    }
}

/// UUIDv7 from the machine's clock and randomness.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemMint;

impl Mint for SystemMint {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the one place that draws identifiers"
    )]
    fn uuid(&self) -> uuid::Uuid {
        uuid::Uuid::now_v7()
    }
}
