//! A plugin that fails again and again rests for a while: it costs time each time, and whoever waits is better served by
//! what stands in for it. The clock is an argument.

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

/// So many failures within [`BURST_WINDOW`] are too many.
const BURST: usize = 5;
const BURST_WINDOW: Duration = Duration::from_secs(30);

/// More than a fifth of so many calls is too many.
const RATE_CALLS: usize = 50;
const RATE_DIVISOR: usize = 5;

const REST_MIN: Duration = Duration::from_secs(30);
const REST_MAX: Duration = Duration::from_secs(600);

/// Whether a plugin is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BreakerState {
    /// It is.
    Closed,
    /// It rests until then.
    Open {
        /// Until when.
        until: Instant,
    },
    /// One call is let through, to see.
    HalfOpen,
}

/// Counts failures and decides when to rest.
#[derive(Debug)]
pub struct Breaker {
    state: BreakerState,
    rest: Duration,
    /// Outcomes of the latest calls, true for failures.
    latest: VecDeque<bool>,
    /// When the latest failures were.
    failures: VecDeque<Instant>,
    trying: bool,
}

impl Default for Breaker {
    fn default() -> Self {
        Self {
            state: BreakerState::Closed,
            rest: REST_MIN,
            latest: VecDeque::with_capacity(RATE_CALLS),
            failures: VecDeque::with_capacity(BURST),
            trying: false,
        }
    }
}

impl Breaker {
    /// Whether a call may be made now. One that may must be reported with [`Self::record`] or [`Self::forget`].
    pub fn allow(&mut self, now: Instant) -> bool {
        if let BreakerState::Open { until } = self.state
            && now >= until
        {
            self.state = BreakerState::HalfOpen;
        }
        match self.state {
            BreakerState::Closed => true,
            BreakerState::Open { .. } => false,
            BreakerState::HalfOpen => !std::mem::replace(&mut self.trying, true),
        }
    }

    /// A call ended.
    pub fn record(&mut self, now: Instant, failed: bool) {
        if self.state == BreakerState::HalfOpen {
            self.trying = false;
            if failed {
                self.rest = (self.rest * 2).min(REST_MAX);
                self.open(now);
            } else {
                *self = Self::default();
            }
            return;
        }
        if self.latest.len() == RATE_CALLS {
            self.latest.pop_front();
        }
        self.latest.push_back(failed);
        if !failed {
            return;
        }
        if self.failures.len() == BURST {
            self.failures.pop_front();
        }
        self.failures.push_back(now);
        let burst = self.failures.len() == BURST
            && now.saturating_duration_since(self.failures[0]) <= BURST_WINDOW;
        let many = self.latest.iter().filter(|it| **it).count() > RATE_CALLS / RATE_DIVISOR;
        let rate = self.latest.len() == RATE_CALLS && many;
        if self.state == BreakerState::Closed && (burst || rate) {
            self.open(now);
        }
    }

    /// A call ended without saying anything about the plugin: nobody waited for it any more, or no instance was free.
    pub fn forget(&mut self) {
        self.trying = false;
    }

    /// Whether it is called.
    pub fn state(&self) -> BreakerState {
        self.state
    }

    fn open(&mut self, now: Instant) {
        self.state = BreakerState::Open {
            until: now + self.rest,
        };
        self.latest.clear();
        self.failures.clear();
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::{Breaker, BreakerState};

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn five_failures_in_half_a_minute_are_too_many_and_six_minutes_apart_are_not() {
        let start = Instant::now();
        let mut breaker = Breaker::default();
        for step in 0..20 {
            breaker.record(start + SECOND * 60 * step, true);
            assert_eq!(breaker.state(), BreakerState::Closed);
        }
        let now = start + SECOND * 7200;
        for step in 0..5 {
            assert!(breaker.allow(now));
            breaker.record(now + SECOND * step, true);
        }
        assert!(!breaker.allow(now + SECOND * 5));
        assert!(!breaker.allow(now + SECOND * 33));
        assert!(breaker.allow(now + SECOND * 34));
    }

    #[test]
    fn one_call_is_let_through_and_the_rest_doubles_up_to_ten_minutes() {
        let mut now = Instant::now();
        let mut breaker = Breaker::default();
        for _ in 0..5 {
            breaker.record(now, true);
        }
        for rest in [30, 60, 120, 240, 480, 600, 600] {
            assert!(!breaker.allow(now + SECOND * (rest - 1)), "{rest}");
            now += SECOND * rest;
            assert!(breaker.allow(now));
            assert!(
                !breaker.allow(now),
                "a second call while the first one tries"
            );
            breaker.record(now, true);
        }
        now += SECOND * 600;
        assert!(breaker.allow(now));
        breaker.record(now, false);
        assert_eq!(breaker.state(), BreakerState::Closed);
        for _ in 0..5 {
            breaker.record(now, true);
        }
        assert_eq!(
            breaker.state(),
            BreakerState::Open {
                until: now + SECOND * 30
            }
        );
    }

    #[test]
    fn more_than_a_fifth_of_fifty_calls_is_too_many() {
        let start = Instant::now();
        let mut breaker = Breaker::default();
        let mut call = |number: u32, failed| {
            breaker.record(start + SECOND * 10 * number, failed);
            breaker.state() == BreakerState::Closed
        };
        for number in 0..100 {
            assert!(call(number, number % 5 == 0), "a fifth");
        }
        let mut number = 100;
        while call(number, number % 4 == 0) {
            number += 1;
            assert!(number < 200, "a quarter is more than a fifth");
        }
    }

    #[test]
    fn a_try_that_says_nothing_lets_the_next_one_try() {
        let now = Instant::now();
        let mut breaker = Breaker::default();
        for _ in 0..5 {
            breaker.record(now, true);
        }
        assert!(breaker.allow(now + SECOND * 31));
        breaker.forget();
        assert!(breaker.allow(now + SECOND * 31));
    }
}
