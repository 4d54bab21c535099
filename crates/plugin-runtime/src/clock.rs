//! The clocks of running plugins: what each computes, and the pulse at which they are looked at.

use std::{
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering},
    },
    thread::{self, Thread},
    time::{Duration, Instant},
};

/// How often running plugins are looked at. A loop is stopped at most so much after its time, and holds a thread for so
/// long at a time: what waits beside it waits no longer.
const TICK: Duration = Duration::from_millis(2);

/// Ticks that the first turn of a call lasts, at least one less. Almost every call is over before.
pub(crate) const FIRST_TURN: u64 = 2;

/// After how many ticks without a running plugin the pulse rests. To wake it costs each call that finds it resting.
const REST_AFTER: u32 = 50;

/// How often it looks after things while it rests.
pub(crate) const REST: Duration = Duration::from_secs(1);

/// Beats while plugins compute, and rests while none does: an idle desk does not wake the machine.
#[derive(Debug, Default)]
pub(crate) struct Pulse {
    /// Plugins that compute now.
    running: AtomicU32,
    /// One has begun since the last tick.
    begun: AtomicBool,
    resting: AtomicBool,
    thread: OnceLock<Thread>,
}

impl Pulse {
    fn begin(&self) {
        self.running.fetch_add(1, Ordering::SeqCst);
        self.begun.store(true, Ordering::SeqCst);
        if self.resting.load(Ordering::SeqCst)
            && self.resting.swap(false, Ordering::SeqCst)
            && let Some(thread) = self.thread.get()
        {
            thread.unpark();
        }
    }

    fn end(&self) {
        self.running.fetch_sub(1, Ordering::SeqCst);
    }

    /// Calls `tick` at each beat and `tidy` each second, on this thread, until one of them says that it is over.
    pub(crate) fn beat(&self, mut tick: impl FnMut() -> bool, mut tidy: impl FnMut() -> bool) {
        self.thread.get_or_init(thread::current);
        let mut tidied = Instant::now();
        let mut idle = 0;
        loop {
            if idle < REST_AFTER {
                thread::sleep(TICK);
            } else {
                self.rest();
            }
            let runs =
                self.begun.swap(false, Ordering::SeqCst) || self.running.load(Ordering::SeqCst) > 0;
            idle = if runs { 0 } else { idle.saturating_add(1) };
            if runs && !tick() {
                return;
            }
            if tidied.elapsed() >= REST {
                tidied = Instant::now();
                if !tidy() {
                    return;
                }
            }
        }
    }

    /// Until a plugin computes, or it is time to tidy. One that begins in between finds `resting` set and wakes this
    /// thread, or is seen by the second look.
    fn rest(&self) {
        self.resting.store(true, Ordering::SeqCst);
        if !self.begun.load(Ordering::SeqCst) {
            thread::park_timeout(REST);
        }
        self.resting.store(false, Ordering::SeqCst);
    }
}

/// Computing time of one call: the thread's own clock, so that neither waiting for the host nor a busy machine is
/// charged.
#[derive(Debug, Default)]
pub(crate) struct CpuMeter {
    /// Nanoseconds, as everything here.
    used: AtomicU64,
    since: AtomicU64,
    budget: AtomicU64,
    computing: AtomicBool,
    pulse: Arc<Pulse>,
}

fn thread_ns() -> u64 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    let nanos = u64::try_from(time.tv_nsec).unwrap_or_default();
    u64::try_from(time.tv_sec).unwrap_or_default() * 1_000_000_000 + nanos
}

impl CpuMeter {
    pub(crate) fn new(pulse: &Arc<Pulse>) -> Self {
        let mut this = Self::default();
        this.pulse = Arc::clone(pulse);
        this
    }

    /// A call begins, on this thread.
    pub(crate) fn arm(&self, budget: Duration) {
        let budget = u64::try_from(budget.as_nanos()).unwrap_or(u64::MAX);
        self.budget.store(budget, Ordering::Relaxed);
        self.used.store(0, Ordering::Relaxed);
        self.resume();
    }

    /// The plugin stops computing, on this thread.
    pub(crate) fn pause(&self) {
        let spent = thread_ns().saturating_sub(self.since.load(Ordering::Relaxed));
        self.used.fetch_add(spent, Ordering::Relaxed);
        self.stop();
    }

    /// The plugin goes on computing, perhaps on another thread.
    pub(crate) fn resume(&self) {
        self.since.store(thread_ns(), Ordering::Relaxed);
        if !self.computing.swap(true, Ordering::Relaxed) {
            self.pulse.begin();
        }
    }

    /// The call ended, or nobody waits for it any more.
    pub(crate) fn stop(&self) {
        if self.computing.swap(false, Ordering::Relaxed) {
            self.pulse.end();
        }
    }

    /// Whether more was used than is allowed, as of the last pause.
    pub(crate) fn is_spent(&self) -> bool {
        self.used.load(Ordering::Relaxed) >= self.budget.load(Ordering::Relaxed)
    }

    pub(crate) fn budget_ms(&self) -> u64 {
        self.budget.load(Ordering::Relaxed) / 1_000_000
    }
}

impl Drop for CpuMeter {
    fn drop(&mut self) {
        self.stop();
    }
}

#[cfg(test)]
mod tests {
    use std::{
        sync::{
            Arc,
            atomic::{AtomicBool, AtomicU32, Ordering},
        },
        thread,
        time::Duration,
    };

    use super::{CpuMeter, Pulse};

    #[test]
    fn waiting_is_not_computing() {
        let meter = CpuMeter::default();
        meter.arm(Duration::from_millis(5));
        thread::sleep(Duration::from_millis(20));
        meter.pause();
        assert!(!meter.is_spent());
        meter.resume();
        let mut number = 1_u64;
        while !meter.is_spent() {
            for step in 1..10_000 {
                number = std::hint::black_box(number.wrapping_mul(step));
            }
            meter.pause();
            meter.resume();
        }
    }

    #[test]
    fn it_beats_while_a_plugin_computes_and_rests_otherwise() {
        let pulse = Arc::new(Pulse::default());
        let (ticks, over) = (
            Arc::new(AtomicU32::new(0)),
            Arc::new(AtomicBool::new(false)),
        );
        let beating = thread::spawn({
            let (pulse, ticks, over) = (Arc::clone(&pulse), Arc::clone(&ticks), Arc::clone(&over));
            move || {
                let tick = || {
                    ticks.fetch_add(1, Ordering::SeqCst);
                    true
                };
                pulse.beat(tick, || !over.load(Ordering::SeqCst));
            }
        });
        let resting = || pulse.resting.load(Ordering::SeqCst);
        let until = |what: &dyn Fn() -> bool| {
            while !what() {
                thread::sleep(Duration::from_millis(1));
            }
        };
        until(&resting);
        assert_eq!(ticks.load(Ordering::SeqCst), 0);
        let meter = CpuMeter::new(&pulse);
        meter.arm(Duration::from_secs(1));
        until(&|| ticks.load(Ordering::SeqCst) >= 3);
        // It waits for the host, and is paused a second time by its end: that is counted once.
        meter.pause();
        meter.stop();
        until(&resting);
        let rested = ticks.load(Ordering::SeqCst);
        meter.resume();
        until(&|| ticks.load(Ordering::SeqCst) > rested);
        // A call that nobody waits for any more is dropped.
        drop(meter);
        until(&resting);
        assert_eq!(pulse.running.load(Ordering::SeqCst), 0);
        over.store(true, Ordering::SeqCst);
        beating.join().expect("it ends");
    }
}
