//! Wakes visitors for whom there is something to read. A bell carries no data: who hears it reads the store, whose rule is
//! the only one that says what a visitor may see. The exception is typing, which is stored nowhere.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use axum::extract::ws::Utf8Bytes;
use plugboard_domain::ids::{ContactId, InboxId};
use tokio::sync::Notify;

/// Most connections and long polls of one contact in an inbox; a browser with many tabs has ten.
const BELLS_MAX: usize = 20;

type ByListener = HashMap<(InboxId, ContactId), Vec<Arc<Bell>>>;

/// The bells of everybody who listens.
#[derive(Default)]
pub(crate) struct Bells {
    /// Leaf data: no await happens under this lock.
    by_listener: Mutex<ByListener>,
}

/// One listener's bell.
#[derive(Default)]
pub(crate) struct Bell {
    rung: Notify,
    typing: Notify,
    /// The newest typing frame; a later one takes its place.
    typed: Mutex<Option<Utf8Bytes>>,
}

/// A bell that is taken down when this is dropped.
pub(crate) struct Listening {
    bells: Arc<Bells>,
    listener: (InboxId, ContactId),
    bell: Arc<Bell>,
}

impl Bells {
    /// Puts up a bell; `None` when the contact has too many already.
    pub(crate) fn listen(
        self: &Arc<Self>,
        inbox: InboxId,
        contact: ContactId,
    ) -> Option<Listening> {
        let listener = (inbox, contact);
        let bell = Arc::new(Bell::default());
        let mut all = self.all();
        let bells = all.entry(listener).or_default();
        if bells.len() >= BELLS_MAX {
            return None;
        }
        bells.push(bell.clone());
        drop(all);
        Some(Listening {
            bells: self.clone(),
            listener,
            bell,
        })
    }

    /// There is something to read.
    pub(super) fn ring(&self, inbox: InboxId, contact: ContactId) {
        for bell in self.all().get(&(inbox, contact)).into_iter().flatten() {
            bell.rung.notify_one();
        }
    }

    /// An agent types.
    pub(super) fn typing(&self, inbox: InboxId, contact: ContactId, frame: &Utf8Bytes) {
        for bell in self.all().get(&(inbox, contact)).into_iter().flatten() {
            *bell.typed.lock().unwrap_or_else(PoisonError::into_inner) = Some(frame.clone());
            bell.typing.notify_one();
        }
    }

    fn all(&self) -> std::sync::MutexGuard<'_, ByListener> {
        self.by_listener
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl Listening {
    /// Returns when there is something to read; at once when the bell rang since it was heard last.
    pub(crate) async fn rung(&self) {
        self.bell.rung.notified().await;
    }

    /// The frame that says that an agent types, when one does.
    pub(crate) async fn typing(&self) -> Utf8Bytes {
        loop {
            self.bell.typing.notified().await;
            let mut typed = self
                .bell
                .typed
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            if let Some(frame) = typed.take() {
                return frame;
            }
        }
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        let mut all = self.bells.all();
        if let Some(bells) = all.get_mut(&self.listener) {
            bells.retain(|bell| !Arc::ptr_eq(bell, &self.bell));
            if bells.is_empty() {
                all.remove(&self.listener);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[tokio::test]
    async fn a_bell_is_heard_even_when_it_rang_before_and_is_gone_with_its_listener() {
        let bells = Arc::new(Bells::default());
        let inbox = InboxId(Uuid::from_u128(1));
        let [me, other] = [2, 3].map(|id| ContactId(Uuid::from_u128(id)));
        let mine = bells.listen(inbox, me).unwrap();
        let theirs = bells.listen(inbox, other).unwrap();
        bells.ring(inbox, me);
        bells.typing(inbox, me, &"a".into());
        bells.typing(inbox, me, &"b".into());
        mine.rung().await;
        assert_eq!(mine.typing().await, "b");
        let nothing = std::time::Duration::from_millis(10);
        assert!(tokio::time::timeout(nothing, theirs.rung()).await.is_err());
        assert!(tokio::time::timeout(nothing, mine.typing()).await.is_err());
        drop((mine, theirs));
        assert!(bells.all().is_empty());
    }

    #[test]
    fn a_contact_has_a_bounded_number_of_bells() {
        let bells = Arc::new(Bells::default());
        let (inbox, me) = (InboxId(Uuid::nil()), ContactId(Uuid::nil()));
        let all: Vec<_> = (0..BELLS_MAX).map(|_| bells.listen(inbox, me)).collect();
        assert!(all.iter().all(Option::is_some));
        assert!(bells.listen(inbox, me).is_none());
        drop(all);
        assert!(bells.listen(inbox, me).is_some());
    }
}
