//! How many calls may begin in a while: a bucket that fills by itself.

use std::{collections::HashMap, hash::Hash, time::Instant};

/// Whoever is remembered at once. Beyond it those are forgotten whose bucket is full again anyway, and then all.
const KNOWN_MAX: usize = 4_096;

/// How fast a bucket fills, and how much is in it.
#[derive(Clone, Copy, Debug)]
pub struct Rate {
    /// Calls a second.
    pub per_second: f64,
    /// Calls at once.
    pub burst: f64,
}

/// A bucket for each source.
#[derive(Debug)]
pub struct Buckets<K> {
    rate: Rate,
    buckets: HashMap<K, (f64, Instant)>,
}

impl<K: Eq + Hash> Buckets<K> {
    /// All of them fill as fast.
    pub fn new(rate: Rate) -> Self {
        Self {
            rate,
            buckets: HashMap::new(),
        }
    }

    /// Takes one out; false when there is none.
    pub fn take(&mut self, of: K, now: Instant) -> bool {
        let Rate { per_second, burst } = self.rate;
        let filled = |(level, at): (f64, Instant)| {
            let since = now.saturating_duration_since(at).as_secs_f64();
            (level + since * per_second).min(burst)
        };
        if self.buckets.len() >= KNOWN_MAX && !self.buckets.contains_key(&of) {
            self.buckets.retain(|_, it| filled(*it) < burst);
            if self.buckets.len() >= KNOWN_MAX {
                self.buckets.clear();
            }
        }
        let bucket = self.buckets.entry(of).or_insert((burst, now));
        let level = filled(*bucket);
        let enough = level >= 1.0;
        *bucket = (if enough { level - 1.0 } else { level }, now);
        enough
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::{Buckets, KNOWN_MAX, Rate};

    fn buckets() -> Buckets<u32> {
        Buckets::new(Rate {
            per_second: 2.0,
            burst: 5.0,
        })
    }

    #[test]
    fn so_many_at_once_and_then_so_many_a_second_each() {
        let mut buckets = buckets();
        let now = Instant::now();
        let taken =
            |buckets: &mut Buckets<u32>, of, at| (0..10).filter(|_| buckets.take(of, at)).count();
        assert_eq!(taken(&mut buckets, 1, now), 5);
        assert_eq!(taken(&mut buckets, 2, now), 5, "others have their own");
        assert_eq!(taken(&mut buckets, 1, now + Duration::from_secs(1)), 2);
        assert_eq!(taken(&mut buckets, 1, now + Duration::from_secs(60)), 5);
    }

    #[test]
    fn a_flood_of_sources_is_not_remembered_without_end() {
        let mut buckets = buckets();
        let now = Instant::now();
        for of in 0..100_000 {
            buckets.take(of, now);
            assert!(buckets.buckets.len() <= KNOWN_MAX);
        }
    }
}
