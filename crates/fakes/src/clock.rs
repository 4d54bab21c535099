//! Time of the fakes: the machine's, or one that a test moves.

use std::sync::atomic::{AtomicI64, Ordering};

/// Stands for "the machine's time".
const RUNNING: i64 = i64::MIN;

/// The providers' clock.
#[derive(Debug)]
pub struct Clock {
    standing_ms: AtomicI64,
}

impl Clock {
    /// Follows the machine.
    pub fn running() -> Self {
        Self {
            standing_ms: AtomicI64::new(RUNNING),
        }
    }

    /// Stands still at an instant, in Unix milliseconds, until it is moved.
    pub fn standing(at_ms: i64) -> Self {
        Self {
            standing_ms: AtomicI64::new(at_ms),
        }
    }

    /// Unix milliseconds.
    pub fn now_ms(&self) -> i64 {
        match self.standing_ms.load(Ordering::SeqCst) {
            RUNNING => machine_ms(),
            standing => standing,
        }
    }

    /// Stops at an instant; `None` lets it follow the machine again.
    pub fn set(&self, at_ms: Option<i64>) {
        self.standing_ms
            .store(at_ms.unwrap_or(RUNNING), Ordering::SeqCst);
    }

    /// Stops where it is, and goes on by this much.
    pub fn advance(&self, by_ms: i64) {
        let now = self.now_ms();
        self.standing_ms.store(now + by_ms, Ordering::SeqCst);
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the demo's providers live in the machine's time; tests stop the clock"
)]
fn machine_ms() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.map_or(0, |since| {
        i64::try_from(since.as_millis()).unwrap_or(i64::MAX - 1)
    })
}

#[cfg(test)]
mod tests {
    use super::Clock;

    #[test]
    fn a_standing_clock_moves_only_when_told() {
        let clock = Clock::standing(1_000);
        clock.advance(500);
        assert_eq!(clock.now_ms(), 1_500);
        clock.set(None);
        assert!(clock.now_ms() > 1_600_000_000_000);
    }
}
