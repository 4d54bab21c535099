//! How workers sleep that do what is due: until the next thing is, or until a commit sets an earlier time. The rows are the truth; a
//! restart reads them again.

use plugboard_domain::Timestamp;
use plugboard_store::StoreError;
use tracing::error;

use crate::{Engine, writer::Alarm};

/// How long to wait after the store failed, or when something stays due although it was done.
pub(crate) const PAUSE: std::time::Duration = std::time::Duration::from_secs(1);

/// The sleep of one worker.
pub(crate) struct Sleeper<'a> {
    engine: &'a Engine,
    alarm: &'a Alarm,
    /// The worker, in logs.
    of: &'static str,
}

impl<'a> Sleeper<'a> {
    /// Of a worker, which this alarm wakes.
    pub(crate) fn new(engine: &'a Engine, alarm: &'a Alarm, of: &'static str) -> Self {
        Self { engine, alarm, of }
    }

    /// Before what is due is read: whatever is set from here on is news.
    pub(crate) fn wake(&self) {
        self.alarm.expect_anything();
    }

    /// Returns when something is due, by what was read, or when there is news.
    pub(crate) async fn sleep(&self, next: Result<Option<Timestamp>, StoreError>) {
        let until = next.unwrap_or_else(|error| {
            error!(%error, "{}: the store failed", self.of);
            Some(self.engine.now() + PAUSE)
        });
        self.alarm.expect_before(until);
        let due = async {
            match until {
                Some(at) => self.engine.shared.clock.sleep_until(at).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = due => {}
            () = self.alarm.rung() => {}
        }
    }
}
