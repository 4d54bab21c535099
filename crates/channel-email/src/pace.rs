//! How fast an account may send.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use plugboard_domain::ids::InboxId;

/// When each account may send next.
#[derive(Default)]
pub(crate) struct Paces {
    /// Leaf data, never held over an await.
    next: Mutex<HashMap<InboxId, Instant>>,
}

impl Paces {
    /// Takes the account's next turn when it is now; otherwise how long it is until then.
    pub(crate) fn take(&self, inbox: InboxId, per_minute: u32) -> Result<(), Duration> {
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        let at = next.entry(inbox).or_insert(now);
        if *at > now {
            return Err(*at - now);
        }
        *at = now + Duration::from_secs(60) / per_minute.max(1);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn the_second_has_to_wait() {
        let paces = Paces::default();
        let inbox = InboxId(Uuid::nil());
        assert_eq!(paces.take(inbox, 6), Ok(()));
        let wait = paces.take(inbox, 6).unwrap_err();
        assert!(wait <= Duration::from_secs(10) && wait > Duration::from_secs(5));
    }
}
