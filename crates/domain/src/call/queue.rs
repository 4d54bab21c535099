//! Callers who wait: their order, and how long they are likely to wait yet.

use super::{Call, CallState, Direction, millis};
use crate::Timestamp;

/// Waits that an estimate is made of, at most: enough that one odd call does not decide.
const WAITS_MAX: usize = 20;

/// Fewer than these say nothing.
const WAITS_MIN: usize = 3;

/// Calls that were answered longer ago say nothing of now, in seconds.
const RECENT_SECS: u64 = 2 * 3_600;

/// A longer wait is told to nobody.
pub const EXPECTED_MINUTES_MAX: u32 = 60;

impl Call {
    /// True while its caller waits for an agent, ringing included.
    pub fn is_waiting(&self) -> bool {
        matches!(self.state, CallState::Queued | CallState::Offering)
    }

    /// The order in which callers are served.
    pub fn turn(&self) -> impl Ord + use<> {
        (!self.returned, self.times.queued_at, self.id)
    }

    /// The caller's place among those who wait in the same inbox, from 1; `None` unless they wait. `live` are the calls that go on.
    pub fn place<'a>(&self, live: impl Iterator<Item = &'a Self>) -> Option<u32> {
        if !self.is_waiting() {
            return None;
        }
        let before = live.filter(|it| {
            it.inbox_id == self.inbox_id && it.is_waiting() && it.turn() < self.turn()
        });
        u32::try_from(before.count() + 1).ok()
    }
}

/// How many minutes a caller who has waited for `waited_ms` is likely to wait yet. It is the mean of the waits of the newest
/// calls of their inbox that somebody rang in and was answered in the last two hours (at most 20, at least 3), less what they have waited,
/// in whole minutes, at least one. `None` when too little is known, or when it is more than [`EXPECTED_MINUTES_MAX`].
pub fn expected_minutes<'a>(
    calls: impl Iterator<Item = &'a Call>,
    waited_ms: u64,
    now: Timestamp,
) -> Option<u32> {
    let since = now - std::time::Duration::from_secs(RECENT_SECS);
    let mut waits: Vec<(Timestamp, u64)> = calls
        .filter(|it| it.direction == Direction::Inbound)
        .filter_map(|it| {
            let answered = it.times.answered_at?;
            (answered >= since).then(|| (answered, millis(it.times.started_at, answered)))
        })
        .collect();
    waits.sort_unstable_by(|one, other| other.cmp(one));
    waits.truncate(WAITS_MAX);
    let count = u64::try_from(waits.len()).unwrap_or(u64::MAX);
    if waits.len() < WAITS_MIN {
        return None;
    }
    let mean = waits.iter().map(|(_, wait)| wait).sum::<u64>() / count;
    let left = mean.saturating_sub(waited_ms);
    let minutes = u32::try_from(left.div_ceil(60_000).max(1)).unwrap_or(u32::MAX);
    (minutes <= EXPECTED_MINUTES_MAX).then_some(minutes)
}
