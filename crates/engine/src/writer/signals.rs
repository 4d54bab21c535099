//! Signals from the writer to workers that sleep until something is due. They carry times, never work: the worker reads
//! the store.

use std::sync::atomic::{AtomicI64, Ordering};

use plugboard_domain::{Timestamp, outbox::JobState};
use plugboard_store::{Commit, Write};
use tokio::sync::Notify;

/// Who sleeps until something is due.
#[derive(Default)]
pub(crate) struct Signals {
    pub(crate) timers: Alarm,
    pub(crate) jobs: Alarm,
    pub(crate) calls: Alarm,
}

/// Wakes one sleeper when a commit sets a time that is earlier than what it sleeps for.
pub(crate) struct Alarm {
    /// Microseconds; earlier times than this wake the sleeper.
    before: AtomicI64,
    /// Keeps one wake-up for a sleeper that is not asleep yet.
    wake: Notify,
}

/// The earliest times that one commit sets.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Earliest {
    timer: Option<Timestamp>,
    job: Option<Timestamp>,
    call: Option<Timestamp>,
}

impl Default for Alarm {
    fn default() -> Self {
        Self {
            before: AtomicI64::new(i64::MAX),
            wake: Notify::new(),
        }
    }
}

impl Alarm {
    /// Before the sleeper reads what is due: anything that is set from here on is news.
    pub(crate) fn expect_anything(&self) {
        self.before.store(i64::MAX, Ordering::SeqCst);
    }

    /// After it has read that the next thing is due at `next`: only what is earlier is news.
    pub(crate) fn expect_before(&self, next: Option<Timestamp>) {
        self.before.store(
            next.map_or(i64::MAX, Timestamp::as_microsecond),
            Ordering::SeqCst,
        );
    }

    /// Returns when there is news.
    pub(crate) async fn rung(&self) {
        self.wake.notified().await;
    }

    fn ring(&self, at: Option<Timestamp>) {
        if at.is_some_and(|at| at.as_microsecond() < self.before.load(Ordering::SeqCst)) {
            self.wake.notify_one();
        }
    }
}

impl Earliest {
    pub(crate) fn of(commit: &Commit) -> Self {
        let mut earliest = Self::default();
        for write in &commit.writes {
            match write {
                Write::Timers(_, timers) => {
                    for timer in timers {
                        lower(&mut earliest.timer, timer.due_at);
                    }
                }
                Write::Outbox(entry) => {
                    if let JobState::Pending { next_at } = entry.state {
                        lower(&mut earliest.job, next_at);
                    }
                }
                Write::Call(row) => {
                    if let Some(at) = row.call.due_at() {
                        lower(&mut earliest.call, at);
                    }
                }
                _ => {}
            }
        }
        earliest
    }
}

impl Signals {
    pub(crate) fn set(&self, earliest: Earliest) {
        self.timers.ring(earliest.timer);
        self.jobs.ring(earliest.job);
        self.calls.ring(earliest.call);
    }
}

fn lower(earliest: &mut Option<Timestamp>, at: Timestamp) {
    *earliest = Some(earliest.map_or(at, |before| before.min(at)));
}
