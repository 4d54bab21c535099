//! One clock: working time spent against a limit.

use serde::{Deserialize, Serialize};

use super::SlaTarget;
use crate::{Timestamp, hours::Timetable};

/// The share of the limit after which the desk is warned, in percent.
const WARN_AT_PERCENT: u64 = 80;

/// Measures one target of one conversation, in working time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SlaClock {
    /// What it measures.
    pub target: SlaTarget,
    /// Working time allowed.
    pub limit_secs: u64,
    /// Whether it runs.
    #[serde(flatten)]
    pub state: ClockState,
}

/// Whether a clock runs, and what it has measured.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum ClockState {
    /// Time passes.
    Running {
        /// Since when.
        since: Timestamp,
        /// Working time spent before that, in seconds.
        used_secs: u64,
        /// When the desk is warned; `None` once it was.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        warn_at: Option<Timestamp>,
        /// When the target is missed.
        due_at: Timestamp,
    },
    /// Time stands still.
    Paused {
        /// Working time spent so far, in seconds.
        used_secs: u64,
    },
    /// Stopped in time.
    Met {
        /// When.
        at: Timestamp,
    },
    /// The target was missed.
    Breached {
        /// When it was due.
        due_at: Timestamp,
        /// When what was owed was done after all.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        ended_at: Option<Timestamp>,
    },
}

impl SlaClock {
    /// A clock that starts now.
    pub fn start(target: SlaTarget, limit_secs: u64, now: Timestamp, hours: &Timetable) -> Self {
        Self {
            target,
            limit_secs,
            state: run(limit_secs, 0, false, now, hours),
        }
    }

    /// Stands still from now on. Only a running clock can.
    pub fn pause(&mut self, now: Timestamp, hours: &Timetable) {
        if let ClockState::Running {
            since,
            used_secs,
            due_at,
            ..
        } = self.state
        {
            if now >= due_at {
                self.state = ClockState::Breached {
                    due_at,
                    ended_at: None,
                };
            } else {
                let used_secs = (used_secs + hours.working_secs(since, now)).min(self.limit_secs);
                self.state = ClockState::Paused { used_secs };
            }
        }
    }

    /// Runs again from now on. Only a paused clock can.
    pub fn resume(&mut self, now: Timestamp, hours: &Timetable) {
        if let ClockState::Paused { used_secs } = self.state {
            let warned = used_secs >= warn_after_secs(self.limit_secs);
            self.state = run(self.limit_secs, used_secs, warned, now, hours);
        }
    }

    /// What was owed is done.
    pub fn stop(&mut self, now: Timestamp) {
        match &mut self.state {
            ClockState::Running { due_at, .. } if now >= *due_at => {
                self.state = ClockState::Breached {
                    due_at: *due_at,
                    ended_at: Some(now),
                };
            }
            ClockState::Running { .. } | ClockState::Paused { .. } => {
                self.state = ClockState::Met { at: now }
            }
            ClockState::Breached { ended_at, .. } => {
                ended_at.get_or_insert(now);
            }
            ClockState::Met { .. } => {}
        }
    }

    /// The target is missed, if it is. True when that is news.
    pub fn breach(&mut self, now: Timestamp) -> bool {
        match self.state {
            ClockState::Running { due_at, .. } if now >= due_at => {
                self.state = ClockState::Breached {
                    due_at,
                    ended_at: None,
                };
                true
            }
            _ => false,
        }
    }

    /// The target is nearly missed, if it is. True when that is news.
    pub fn warn(&mut self, now: Timestamp) -> bool {
        match &mut self.state {
            ClockState::Running {
                warn_at: warn_at @ Some(_),
                due_at,
                ..
            } if warn_at.is_some_and(|at| now >= at) && now < *due_at => {
                *warn_at = None;
                true
            }
            _ => false,
        }
    }

    /// True while something is still owed.
    pub fn is_open(&self) -> bool {
        !matches!(
            self.state,
            ClockState::Met { .. }
                | ClockState::Breached {
                    ended_at: Some(_),
                    ..
                }
        )
    }
}

fn run(
    limit_secs: u64,
    used_secs: u64,
    warned: bool,
    now: Timestamp,
    hours: &Timetable,
) -> ClockState {
    let warn_after = warn_after_secs(limit_secs).saturating_sub(used_secs);
    ClockState::Running {
        since: now,
        used_secs,
        warn_at: (!warned).then(|| hours.after_working_secs(now, warn_after)),
        due_at: hours.after_working_secs(now, limit_secs.saturating_sub(used_secs)),
    }
}

fn warn_after_secs(limit_secs: u64) -> u64 {
    limit_secs * WARN_AT_PERCENT / 100
}
