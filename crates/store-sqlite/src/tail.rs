//! The newest events in memory. Everybody who follows the journal reads what was written a moment ago, and all of them the
//! same: they are answered from here, without the database. Who comes from further back reads the table.

use std::{
    collections::VecDeque,
    sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard},
};

use plugboard_domain::{Event, Recorded, Seq};

/// Events that are kept: a few of the largest batches, so that a follower may be that late. Two megabytes, since none is large:
/// the only kind that can be, what was configured, is not kept, nor what came before it.
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
    pub(crate) fn push(&self, mut committed: Vec<Recorded>) {
        let mut events = self.write();
        if let Some(last) = committed.iter().rposition(is_large) {
            events.clear();
            committed.drain(..=last);
        }
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

/// A rule keeps its last versions, a plugin its manifests: an entity can have hundreds of kilobytes.
fn is_large(recorded: &Recorded) -> bool {
    matches!(recorded.event, Event::DeskSaved { .. })
}

#[cfg(test)]
mod tests {
    use plugboard_domain::{
        Event, Recorded, Seq, Timestamp,
        actor::Actor,
        desk::{Entity, Shop},
        ids::{AgentId, ShopId},
    };

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
    fn what_was_configured_is_not_kept_nor_what_came_before_it() {
        let tail = Tail::default();
        tail.push(events(1..=4));
        let mut committed = events(5..=7);
        committed[1].event = Event::DeskSaved {
            entity: Entity::Shop(Shop {
                id: ShopId(uuid::Uuid::nil()),
                name: "one".to_owned(),
                created_at: Timestamp::UNIX_EPOCH,
            }),
        };
        tail.push(committed);
        assert_eq!(tail.since(5, 10), None);
        assert_eq!(positions(tail.since(6, 10)), Some(vec![7]));
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
