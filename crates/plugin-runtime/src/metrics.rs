//! How the calls of one plugin went: counters that anybody can read while calls are made.

use std::{
    collections::BTreeMap,
    sync::{
        Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use crate::error::CallError;

/// Buckets: 8 for each doubling of the time, from 1 µs to 2^32 µs. A reading is at most an eighth too high.
const STEPS: u32 = 8;
const BUCKETS: usize = 33 * STEPS as usize;

/// Counters of one plugin since it was loaded.
#[derive(Debug)]
pub(crate) struct Metrics {
    calls: AtomicU64,
    denied: AtomicU64,
    memory_peak: AtomicU64,
    instances: AtomicU64,
    times: Box<[AtomicU64]>,
    /// Held for a moment by failing calls only.
    failures: Mutex<BTreeMap<&'static str, u64>>,
}

/// What the counters said at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// Calls.
    pub calls: u64,
    /// Calls that gave no answer, by [`CallError::kind`]. Refusals are among them: they are an answer the plugin chose.
    pub failures: BTreeMap<&'static str, u64>,
    /// Things it asked for without being granted.
    pub denied: u64,
    /// Median time of a call, microseconds.
    pub p50_us: u64,
    /// 99th percentile, microseconds.
    pub p99_us: u64,
    /// Largest memory of an instance so far.
    pub memory_peak_bytes: u64,
    /// Instances made so far.
    pub instances: u64,
}

impl Default for Metrics {
    fn default() -> Self {
        Self {
            calls: AtomicU64::new(0),
            denied: AtomicU64::new(0),
            memory_peak: AtomicU64::new(0),
            instances: AtomicU64::new(0),
            times: (0..BUCKETS).map(|_| AtomicU64::new(0)).collect(),
            failures: Mutex::default(),
        }
    }
}

fn bucket(micros: u64) -> usize {
    let micros = micros.clamp(1, u64::from(u32::MAX));
    let doubling = micros.ilog2();
    let within = (micros << 3 >> doubling) - u64::from(STEPS);
    let bucket = u64::from(doubling * STEPS) + within;
    usize::try_from(bucket).expect("there are 264 of them")
}

fn upper(bucket: usize) -> u64 {
    let doubling = bucket / STEPS as usize;
    let within = (bucket % STEPS as usize) as u64;
    ((u64::from(STEPS) + within + 1) << doubling) >> 3
}

impl Metrics {
    /// A call ended; `took` is unset when the plugin was not even asked.
    pub(crate) fn call(&self, plugin: &str, took: Option<Duration>, error: Option<&CallError>) {
        self.calls.fetch_add(1, Ordering::Relaxed);
        if let Some(took) = took {
            let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
            self.times[bucket(micros)].fetch_add(1, Ordering::Relaxed);
            metrics::histogram!("plugboard_plugin_call_seconds", "plugin" => plugin.to_owned())
                .record(took.as_secs_f64());
        }
        let outcome = error.map_or("ok", CallError::kind);
        if error.is_some() {
            let mut failures = self.failures.lock().expect("no panic while it is held");
            *failures.entry(outcome).or_default() += 1;
        }
        metrics::counter!("plugboard_plugin_calls_total", "plugin" => plugin.to_owned(), "outcome" => outcome)
            .increment(1);
    }

    pub(crate) fn denied(&self, plugin: &str) {
        self.denied.fetch_add(1, Ordering::Relaxed);
        metrics::counter!("plugboard_plugin_denied_total", "plugin" => plugin.to_owned())
            .increment(1);
    }

    pub(crate) fn memory(&self, bytes: u64) {
        self.memory_peak.fetch_max(bytes, Ordering::Relaxed);
    }

    pub(crate) fn instance(&self) {
        self.instances.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn read(&self) -> Figures {
        let times: Vec<u64> = self
            .times
            .iter()
            .map(|it| it.load(Ordering::Relaxed))
            .collect();
        let total: u64 = times.iter().sum();
        let percentile = |percent: u64| {
            let wanted = (total * percent).div_ceil(100);
            let mut seen = 0;
            times
                .iter()
                .position(|count| {
                    seen += count;
                    wanted > 0 && seen >= wanted
                })
                .map_or(0, upper)
        };
        Figures {
            calls: self.calls.load(Ordering::Relaxed),
            failures: self
                .failures
                .lock()
                .expect("no panic while it is held")
                .clone(),
            denied: self.denied.load(Ordering::Relaxed),
            p50_us: percentile(50),
            p99_us: percentile(99),
            memory_peak_bytes: self.memory_peak.load(Ordering::Relaxed),
            instances: self.instances.load(Ordering::Relaxed),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Metrics, bucket, upper};
    use crate::error::CallError;

    #[test]
    fn a_bucket_is_at_most_an_eighth_too_high() {
        for micros in [1, 2, 7, 8, 9, 100, 1_000, 12_345, 4_000_000_000] {
            let upper = upper(bucket(micros));
            assert!(
                upper >= micros && upper <= micros + micros / 8 + 1,
                "{micros} {upper}"
            );
        }
        assert!(bucket(u64::MAX) < super::BUCKETS);
    }

    #[test]
    fn percentiles_and_failures_are_counted() {
        let metrics = Metrics::default();
        assert_eq!(metrics.read().p99_us, 0);
        for micros in 1..=100 {
            metrics.call("p", Some(Duration::from_micros(micros)), None);
        }
        metrics.call(
            "p",
            Some(Duration::from_micros(5)),
            Some(&CallError::StackOverflow),
        );
        let figures = metrics.read();
        assert_eq!(
            (figures.calls, figures.failures["stack_overflow"]),
            (101, 1)
        );
        assert!((50..=56).contains(&figures.p50_us), "{}", figures.p50_us);
        assert!((99..=112).contains(&figures.p99_us), "{}", figures.p99_us);
    }
}
