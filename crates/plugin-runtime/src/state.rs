//! What belongs to one instance: whose it is, what the running call has used, and what it may still use.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use tokio::sync::Semaphore;
use wasmtime::{ResourceLimiter, component::ResourceTable};
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};

use crate::{
    backing::{Backing, Caller, Line},
    clock::{CpuMeter, Pulse},
    error::{Bound, CallError},
    grants::Grants,
    limits::Limits,
    manifest::Manifest,
    metrics::Metrics,
    record::Tape,
    types::{Failure, Level, code},
    wasi::{self, Stdio},
};

/// Longest log line; the rest is cut.
const LINE_BYTES: usize = 8 * 1024;

/// What all instances of one version share.
pub(crate) struct Shared {
    pub(crate) manifest: Manifest,
    pub(crate) key: Arc<str>,
    pub(crate) label: Arc<str>,
    pub(crate) grants: Grants,
    pub(crate) limits: Limits,
    pub(crate) backing: Arc<dyn Backing>,
    pub(crate) metrics: Metrics,
    pub(crate) http: HttpQuota,
    /// Bytes of log lines in the running minute. Held for a moment.
    pub(crate) log_minute: Mutex<Minute>,
    /// Keys of the permissions that were used. Held for a moment.
    pub(crate) used: Mutex<BTreeSet<String>>,
    /// Pure worlds are the same each time: their chance is none.
    pub(crate) pure: bool,
    pub(crate) pulse: Arc<Pulse>,
}

impl Shared {
    pub(crate) fn used(&self, key: String) {
        self.used
            .lock()
            .expect("no panic while it is held")
            .insert(key);
    }
}

/// An amount within a minute.
#[derive(Debug)]
pub(crate) struct Minute {
    began: Instant,
    amount: u64,
}

impl Minute {
    pub(crate) fn new(now: Instant) -> Self {
        Self {
            began: now,
            amount: 0,
        }
    }

    /// Adds to it, unless that would be more than `most`: then says how long to wait.
    pub(crate) fn take(&mut self, now: Instant, amount: u64, most: u64) -> Result<(), Duration> {
        let minute = Duration::from_secs(60);
        if now.saturating_duration_since(self.began) >= minute {
            *self = Self::new(now);
        }
        if self.amount + amount > most {
            return Err((self.began + minute).saturating_duration_since(now));
        }
        self.amount += amount;
        Ok(())
    }
}

/// How many requests a version may make.
pub(crate) struct HttpQuota {
    pub(crate) in_flight: Semaphore,
    /// Held for a moment.
    pub(crate) minute: Mutex<Minute>,
}

impl HttpQuota {
    pub(crate) fn new(limits: &Limits) -> Self {
        Self {
            in_flight: Semaphore::new(limits.http_in_flight as usize),
            minute: Mutex::new(Minute::new(Instant::now())),
        }
    }
}

/// Memory of one instance.
#[derive(Debug)]
pub(crate) struct MemoryMeter {
    limit: usize,
    used: usize,
    /// What was wanted when it was refused: whatever the plugin then dies of, this was the cause.
    pub(crate) refused: Option<usize>,
}

impl MemoryMeter {
    pub(crate) fn used(&self) -> usize {
        self.used
    }
}

/// Most elements of one table: function pointers of the largest language runtimes are a tenth of it.
const TABLE_ELEMENTS: usize = 100_000;

impl ResourceLimiter for MemoryMeter {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let total = self.used - current.min(self.used) + desired;
        let refused = total > self.limit || maximum.is_some_and(|it| desired > it);
        if refused {
            self.refused = Some(total);
        } else {
            self.used = total;
        }
        Ok(!refused)
    }

    fn table_growing(
        &mut self,
        _current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        Ok(desired <= TABLE_ELEMENTS && maximum.is_none_or(|it| desired <= it))
    }
}

/// The state of one instance.
pub(crate) struct State {
    pub(crate) shared: Arc<Shared>,
    pub(crate) caller: Caller,
    pub(crate) memory: MemoryMeter,
    pub(crate) cpu: Arc<CpuMeter>,
    pub(crate) tape: Tape,
    /// What stopped the call, when the host did.
    pub(crate) verdict: Option<CallError>,
    wasi: WasiCtx,
    table: ResourceTable,
    stdio: Stdio,
    host_calls: u32,
    log_lines: u32,
    log_bytes: usize,
    muted: u32,
}

/// Handles of the standard library that one instance may hold.
const HANDLES_MAX: usize = 1_000;

impl State {
    pub(crate) fn new(shared: &Arc<Shared>, caller: Caller) -> Self {
        let stdio = Stdio::default();
        let mut table = ResourceTable::new();
        table.set_max_capacity(HANDLES_MAX);
        Self {
            memory: MemoryMeter {
                limit: shared.limits.memory_bytes,
                used: 0,
                refused: None,
            },
            cpu: Arc::new(CpuMeter::new(&shared.pulse)),
            tape: Tape::Off,
            verdict: None,
            wasi: wasi::powerless(&stdio, shared.pure),
            table,
            stdio,
            host_calls: 0,
            log_lines: 0,
            log_bytes: 0,
            muted: 0,
            shared: Arc::clone(shared),
            caller,
        }
    }

    /// A call begins.
    pub(crate) fn begin(&mut self, budget: Duration) {
        self.host_calls = 0;
        self.log_lines = 0;
        self.log_bytes = 0;
        self.muted = 0;
        self.verdict = None;
        self.memory.refused = None;
        self.cpu.arm(budget);
    }

    /// A call ended: tells what it printed and what it was not allowed to say. What it printed last, for naming a crash.
    pub(crate) fn end(&mut self) -> Option<String> {
        self.cpu.stop();
        let mut last = None;
        for (level, text) in self.stdio.take() {
            for line in text.lines().filter(|it| !it.trim().is_empty()) {
                self.log(level, line.to_owned(), Vec::new());
            }
            if level == Level::Warn {
                last = Some(text);
            }
        }
        if self.muted > 0 {
            let message = format!("{} more lines were not kept", self.muted);
            self.muted = 0;
            self.say(Level::Warn, message, Vec::new());
        }
        let bytes = u64::try_from(self.memory.used()).unwrap_or(u64::MAX);
        self.shared.metrics.memory(bytes);
        last
    }

    /// The plugin calls the host, which may wait.
    pub(crate) fn enter(&mut self) -> wasmtime::Result<()> {
        self.cpu.pause();
        self.count()
    }

    /// The plugin calls the host.
    pub(crate) fn count(&mut self) -> wasmtime::Result<()> {
        self.host_calls += 1;
        let limit = self.shared.limits.host_calls;
        if self.host_calls > limit {
            return Err(self.stop(CallError::Limit {
                what: Bound::HostCalls,
                limit: u64::from(limit),
            }));
        }
        Ok(())
    }

    /// The host has answered.
    pub(crate) fn leave(&self) {
        self.cpu.resume();
    }

    /// Notes why the call is stopped.
    pub(crate) fn stop(&mut self, why: CallError) -> wasmtime::Error {
        let error = wasmtime::Error::msg(why.to_string());
        self.verdict = Some(why);
        error
    }

    /// Notes something that was not granted, or is more than was granted.
    pub(crate) fn deny(&mut self, failure: Failure) -> Failure {
        if failure.code == code::DENIED {
            self.shared.metrics.denied(&self.shared.key);
            self.say(Level::Warn, failure.message.clone(), Vec::new());
        }
        failure
    }

    /// A line of the plugin's own, within its limits.
    pub(crate) fn log(&mut self, level: Level, mut message: String, fields: Vec<(String, String)>) {
        if message.len() > LINE_BYTES {
            let cut = (0..=LINE_BYTES)
                .rev()
                .find(|it| message.is_char_boundary(*it));
            message.truncate(cut.unwrap_or_default());
        }
        let limits = &self.shared.limits;
        let fields_bytes: usize = fields
            .iter()
            .map(|(name, value)| name.len() + value.len())
            .sum();
        let bytes = message.len() + fields_bytes;
        let lines_left = self.log_lines < limits.log_lines;
        if !lines_left || self.log_bytes + bytes > limits.log_bytes as usize {
            self.muted = self.muted.saturating_add(1);
            return;
        }
        let minute = self
            .shared
            .log_minute
            .lock()
            .expect("no panic while it is held")
            .take(Instant::now(), bytes as u64, limits.log_bytes_per_minute);
        if minute.is_err() {
            self.muted = self.muted.saturating_add(1);
            return;
        }
        self.log_lines += 1;
        self.log_bytes += bytes;
        self.say(level, message, fields);
    }

    /// A line about the plugin, by the host.
    fn say(&self, level: Level, message: String, fields: Vec<(String, String)>) {
        if self.tape.is_playing() {
            return;
        }
        let line = Line {
            level,
            message,
            fields,
        };
        self.shared.backing.log(&self.caller, line);
    }
}

impl WasiView for State {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView {
            ctx: &mut self.wasi,
            table: &mut self.table,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use wasmtime::ResourceLimiter as _;

    use super::{MemoryMeter, Minute};

    #[test]
    fn a_minute_takes_so_much_and_says_when_the_next_begins() {
        let start = Instant::now();
        let mut minute = Minute::new(start);
        minute.take(start, 60, 100).unwrap();
        let later = start + Duration::from_secs(20);
        assert_eq!(minute.take(later, 41, 100), Err(Duration::from_secs(40)));
        minute.take(later, 40, 100).unwrap();
        minute
            .take(start + Duration::from_secs(60), 100, 100)
            .unwrap();
    }

    #[test]
    fn memory_is_counted_over_all_memories_and_a_refusal_is_remembered() {
        let mut memory = MemoryMeter {
            limit: 100,
            used: 0,
            refused: None,
        };
        assert!(memory.memory_growing(0, 40, None).unwrap());
        assert!(memory.memory_growing(0, 40, None).unwrap());
        assert!(!memory.memory_growing(40, 70, None).unwrap());
        assert_eq!((memory.used(), memory.refused), (80, Some(110)));
        assert!(memory.memory_growing(40, 60, None).unwrap());
        assert!(memory.memory_growing(0, 0, None).is_ok());
    }
}
