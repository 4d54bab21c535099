//! Signals from the writer to workers that sleep until something is due. They carry times, never work: the worker reads
//! the store.

use plugboard_domain::{Timestamp, outbox::JobState};
use plugboard_store::{Commit, Write};
use tokio::sync::watch;

/// The earliest times that commits have set.
pub(crate) struct Signals {
    timer: watch::Sender<Option<Timestamp>>,
    job: watch::Sender<Option<Timestamp>>,
}

/// The earliest times that one commit sets.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Earliest {
    timer: Option<Timestamp>,
    job: Option<Timestamp>,
}

impl Default for Signals {
    fn default() -> Self {
        Self {
            timer: watch::Sender::new(None),
            job: watch::Sender::new(None),
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
                _ => {}
            }
        }
        earliest
    }
}

impl Signals {
    pub(crate) fn set(&self, earliest: Earliest) {
        if let Some(at) = earliest.timer {
            self.timer.send_replace(Some(at));
        }
        if let Some(at) = earliest.job {
            self.job.send_replace(Some(at));
        }
    }

    /// Returns when a commit sets a timer that is due before `than`.
    pub(crate) async fn earlier_timer(&self, than: Option<Timestamp>) {
        earlier(self.timer.subscribe(), than).await;
    }

    /// Returns when a commit sets outside work that is due before `than`.
    pub(crate) async fn earlier_job(&self, than: Option<Timestamp>) {
        earlier(self.job.subscribe(), than).await;
    }
}

fn lower(earliest: &mut Option<Timestamp>, at: Timestamp) {
    *earliest = Some(earliest.map_or(at, |before| before.min(at)));
}

async fn earlier(mut signal: watch::Receiver<Option<Timestamp>>, than: Option<Timestamp>) {
    let is_news = |at: &Option<Timestamp>| at.is_some_and(|at| than.is_none_or(|than| at < than));
    if signal.wait_for(is_news).await.is_err() {
        std::future::pending::<()>().await;
    }
}
