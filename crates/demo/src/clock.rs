//! A clock that stands where the script is.

use std::{future::Future, pin::Pin};

use plugboard_domain::Timestamp;
use plugboard_engine::Clock;
use tokio::sync::watch;

/// A clock that only the script moves.
pub(crate) struct ScriptClock {
    now: watch::Sender<Timestamp>,
}

impl ScriptClock {
    pub(crate) fn new(now: Timestamp) -> Self {
        Self {
            now: watch::Sender::new(now),
        }
    }

    /// Moves on. Time never runs backwards.
    pub(crate) fn set(&self, to: Timestamp) {
        self.now.send_modify(|now| *now = to.max(*now));
    }
}

impl Clock for ScriptClock {
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
