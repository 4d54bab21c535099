//! The newest events in memory. Everybody who follows the journal reads what was written a moment ago, and all of them the
//! same: they are answered from here, without the database. Who comes from further back reads the table.

use std::{
    collections::VecDeque,
    sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard},
};

use plugboard_domain::{Recorded, Seq};

/// Events that are kept: a few of the largest batches, so that a follower may be that late. About two megabytes at most.
const EVENTS_MAX: usize = 4_096;

/// The newest events, without a gap.
#[derive(Default)]
pub(crate) struct Tail {
    /// Leaf data: pushes and copies happen under this lock, nothing that waits.
    events: RwLock<VecDeque<Recorded>>,
}

impl Tail {
    /// Events after a position, in order, at most `limit` of them; `None` when some of them are not here.
    pub(crate) fn since(&self, since: Seq, limit: usize) -> Option<Vec<Recorded>> {
        let events = self.read();
        let first = events.front()?.seq;
        let skip = usize::try_from(since.saturating_add(1).checked_sub(first)?).ok()?;
        Some(events.iter().skip(skip).take(limit).cloned().collect())
    }

    /// Events that were committed now.
    pub(crate) fn push(&self, committed: Vec<Recorded>) {
        let mut events = self.write();
        let too_many = (events.len() + committed.len()).saturating_sub(EVENTS_MAX);
        let leaving = too_many.min(events.len());
        events.drain(..leaving);
        let skip = too_many - leaving;
        events.extend(committed.into_iter().skip(skip));
    }

    /// Everything: retention took events away, and what is gone must not be read here either.
    pub(crate) fn forget(&self) {
        self.write().clear();
    }

    fn read(&self) -> RwLockReadGuard<'_, VecDeque<Recorded>> {
        self.events.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, VecDeque<Recorded>> {
        self.events.write().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use plugboard_domain::{Event, Recorded, Seq, Timestamp, actor::Actor, ids::AgentId};

    use super::{EVENTS_MAX, Tail};

    fn events(range: std::ops::RangeInclusive<Seq>) -> Vec<Recorded> {
        let event = |seq| Recorded {
            seq,
            at: Timestamp::UNIX_EPOCH,
            actor: Actor::Agent {
                id: AgentId(uuid::Uuid::nil()),
            },
            conversation_id: None,
            caused_by: None,
            event: Event::SessionEnded {
                agent_id: AgentId(uuid::Uuid::nil()),
            },
        };
        range.map(event).collect()
    }

    fn positions(found: Option<Vec<Recorded>>) -> Option<Vec<Seq>> {
        Some(found?.iter().map(|recorded| recorded.seq).collect())
    }

    #[test]
    fn what_is_not_kept_is_left_to_the_table() {
        let tail = Tail::default();
        assert_eq!(tail.since(0, 10), None);
        tail.push(events(5..=8));
        assert_eq!(positions(tail.since(3, 10)), None);
        assert_eq!(positions(tail.since(4, 2)), Some(vec![5, 6]));
        assert_eq!(positions(tail.since(7, 10)), Some(vec![8]));
        assert_eq!(positions(tail.since(8, 10)), Some(vec![]));
        assert_eq!(positions(tail.since(99, 10)), Some(vec![]));
        tail.forget();
        assert_eq!(tail.since(8, 10), None);
    }

    #[test]
    fn it_never_grows_beyond_its_bound() {
        let tail = Tail::default();
        let most = EVENTS_MAX as Seq;
        tail.push(events(1..=most));
        tail.push(events(most + 1..=most + 3));
        assert_eq!(tail.since(2, 1), None);
        assert_eq!(positions(tail.since(3, 1)), Some(vec![4]));
        assert_eq!(tail.since(3, usize::MAX).unwrap().len(), EVENTS_MAX);
        tail.push(events(most + 4..=3 * most));
        assert_eq!(tail.since(3, usize::MAX), None);
        assert_eq!(tail.since(2 * most, usize::MAX).unwrap().len(), EVENTS_MAX);
    }
}
