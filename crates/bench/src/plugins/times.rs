//! Times of calls, and what the process has used.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::Result;
use hdrhistogram::Histogram;
use plugboard_plugin_runtime::{Account, Plugin, types::RouteRequest};

/// Times of calls.
pub(super) struct Times(Histogram<u64>);

impl Times {
    pub(super) fn new() -> Self {
        // Up to a minute, in nanoseconds.
        Self(Histogram::new_with_bounds(1, 60_000_000_000, 3).expect("the bounds are possible"))
    }

    pub(super) fn add(&mut self, took: Duration) {
        let nanos = u64::try_from(took.as_nanos()).unwrap_or(u64::MAX);
        self.0.saturating_record(nanos);
    }

    /// Microseconds.
    #[expect(
        clippy::cast_precision_loss,
        reason = "times of this bench are far below 2^52 ns"
    )]
    pub(super) fn at(&self, percent: f64) -> f64 {
        self.0.value_at_percentile(percent) as f64 / 1_000.0
    }

    pub(super) fn text(&self) -> String {
        format!("p50 {:.1} us, p99 {:.1} us", self.at(50.0), self.at(99.0))
    }
}

/// Calls one after the other.
pub(super) async fn calls(
    plugin: &Plugin,
    account: &Account,
    request: &Arc<RouteRequest>,
    count: usize,
) -> Result<Times> {
    let mut times = Times::new();
    for _ in 0..count {
        let started = Instant::now();
        plugin.route(account, Arc::clone(request)).await?;
        times.add(started.elapsed());
    }
    Ok(times)
}

/// Computing of the whole process so far.
pub(super) fn process_cpu() -> Duration {
    let zero = rustix::time::Timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    let now = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    now_since(zero, now)
}

/// Between two readings of a clock.
pub(super) fn now_since(then: rustix::time::Timespec, now: rustix::time::Timespec) -> Duration {
    let of = |it: rustix::time::Timespec| {
        let nanos = u32::try_from(it.tv_nsec).unwrap_or_default();
        Duration::new(u64::try_from(it.tv_sec).unwrap_or_default(), nanos)
    };
    of(now).saturating_sub(of(then))
}

/// Resident and reserved bytes of this process, in MiB.
#[expect(clippy::cast_precision_loss, reason = "no process has 2^52 pages")]
pub(super) fn memory() -> Result<(f64, f64)> {
    let status = std::fs::read_to_string("/proc/self/statm")?;
    let mut pages = status
        .split(' ')
        .map(|it| it.parse::<u64>().unwrap_or_default());
    let mib = |pages: Option<u64>| pages.unwrap_or_default() as f64 * 4_096.0 / 1_048_576.0;
    let reserved = mib(pages.next());
    Ok((mib(pages.next()), reserved))
}
