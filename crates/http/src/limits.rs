//! Rate limits: token buckets by address, by token and by sign-in address. All of them can be lifted for load tests.

use std::{
    hash::Hash,
    net::IpAddr,
    num::NonZeroU32,
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use governor::{
    Quota, RateLimiter,
    clock::{Clock, DefaultClock},
    state::keyed::DefaultKeyedStateStore,
};

use plugboard_domain::ids::InboxId;

use crate::{ApiError, failures::Failures};

/// Checks between two sweeps of buckets that are full again. A bucket takes about 100 bytes.
const SWEEP_EVERY: u32 = 10_000;

/// Buckets of one kind, by key.
pub struct Limit<K: Hash + Eq + Clone> {
    buckets: Option<RateLimiter<K, DefaultKeyedStateStore<K>, DefaultClock>>,
    checks: AtomicU32,
}

impl<K: Hash + Eq + Clone> Limit<K> {
    /// Lets `burst` through at once and one more after each `every`; everything when `enforced` is false.
    pub fn new(enforced: bool, burst: u32, every: Duration) -> Self {
        let burst = NonZeroU32::new(burst).unwrap_or(NonZeroU32::MIN);
        let quota = Quota::with_period(every).map(|quota| quota.allow_burst(burst));
        Self {
            buckets: quota.filter(|_| enforced).map(RateLimiter::keyed),
            checks: AtomicU32::new(0),
        }
    }

    /// Takes one from the bucket of `key`; 429 when it is empty.
    pub fn take(&self, key: &K) -> Result<(), ApiError> {
        let Some(buckets) = &self.buckets else {
            return Ok(());
        };
        if self.checks.fetch_add(1, Ordering::Relaxed) % SWEEP_EVERY == SWEEP_EVERY - 1 {
            buckets.retain_recent();
        }
        buckets.check_key(key).map_err(|not_until| {
            let wait = not_until.wait_time_from(DefaultClock::default().now());
            ApiError::rate_limited(wait.as_secs() + 1)
        })
    }
}

/// The limits of the agents' API.
pub struct Limits {
    /// Requests by session or API token: 100 a second, 1,000 at once.
    pub token: Limit<[u8; 32]>,
    /// Requests without a valid token by address: 10 a second, 300 at once.
    pub address: Limit<IpAddr>,
    /// Requests of providers by inbox: 1,000 a second, 5,000 at once.
    pub hook: Limit<InboxId>,
    /// Failed sign-ins by address: one in 2 seconds, 30 at once.
    pub sign_in_address: Failures<IpAddr>,
    /// Failed sign-ins by email: one in 10 seconds, 10 at once.
    pub sign_in_email: Failures<String>,
}

impl Limits {
    /// The limits; `enforced` false lets everything through.
    pub fn new(enforced: bool) -> Self {
        Self {
            token: Limit::new(enforced, 1_000, Duration::from_millis(10)),
            address: Limit::new(enforced, 300, Duration::from_millis(100)),
            hook: Limit::new(enforced, 5_000, Duration::from_millis(1)),
            sign_in_address: Failures::new(enforced, 30, Duration::from_secs(2)),
            sign_in_email: Failures::new(enforced, 10, Duration::from_secs(10)),
        }
    }
}
