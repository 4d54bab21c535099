//! Limits on failed sign-ins. Only failures count, so that nobody is locked out by signing in.

use std::{
    collections::HashMap,
    hash::Hash,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use crate::ApiError;

/// Keys kept; a key takes about 100 bytes. Beyond it, what was forgiven by time is swept, and then everything.
const KEYS_MAX: usize = 20_000;

/// Failed attempts by key: an address or an email.
pub struct Failures<K> {
    /// Leaf data: no await happens under this lock.
    counts: Mutex<HashMap<K, Count>>,
    burst: u32,
    /// One failure is forgiven after each of these.
    every: Duration,
    enforced: bool,
}

struct Count {
    failures: u32,
    since: Instant,
}

impl<K: Hash + Eq + Clone> Failures<K> {
    /// Refuses a key after `burst` failures; `every` forgives one. Refuses nothing when `enforced` is false.
    pub fn new(enforced: bool, burst: u32, every: Duration) -> Self {
        Self {
            counts: Mutex::new(HashMap::new()),
            burst,
            every,
            enforced,
        }
    }

    /// Counts an attempt as failed before it is tried, so that attempts side by side cannot slip through; 429 when there
    /// were too many. [`Failures::forgive`] takes it back.
    pub fn attempt(&self, key: &K) -> Result<(), ApiError> {
        if !self.enforced {
            return Ok(());
        }
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        if counts.len() >= KEYS_MAX {
            counts.retain(|_, count| count.decay(self.every) > 0);
            if counts.len() >= KEYS_MAX {
                counts.clear();
            }
        }
        let count = counts.entry(key.clone()).or_insert_with(|| Count {
            failures: 0,
            since: Instant::now(),
        });
        if count.decay(self.every) >= self.burst {
            let wait = self.every.saturating_sub(count.since.elapsed());
            return Err(ApiError::rate_limited(wait.as_secs() + 1));
        }
        count.failures += 1;
        Ok(())
    }

    /// The attempt succeeded after all.
    pub fn forgive(&self, key: &K) {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = counts.get_mut(key) {
            count.failures = count.failures.saturating_sub(1);
            if count.failures == 0 {
                counts.remove(key);
            }
        }
    }
}

impl Count {
    /// Forgives what time forgives; says what is left.
    fn decay(&mut self, every: Duration) -> u32 {
        let steps = self.since.elapsed().as_millis() / every.as_millis().max(1);
        if steps > 0 {
            self.failures = self
                .failures
                .saturating_sub(u32::try_from(steps).unwrap_or(u32::MAX));
            self.since = Instant::now();
        }
        self.failures
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::Failures;

    #[test]
    fn failures_add_up_and_successes_do_not() {
        let failures = Failures::new(true, 2, Duration::from_mins(1));
        for _ in 0..10 {
            assert!(failures.attempt(&"a").is_ok());
            failures.forgive(&"a");
        }
        assert!(failures.attempt(&"a").is_ok());
        assert!(failures.attempt(&"a").is_ok());
        assert!(failures.attempt(&"a").is_err());
        assert!(failures.attempt(&"b").is_ok());
        assert!(
            Failures::new(false, 0, Duration::from_mins(1))
                .attempt(&"a")
                .is_ok()
        );
    }
}
