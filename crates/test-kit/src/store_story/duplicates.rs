//! What a store refuses.

use plugboard_domain::{Actor, ids::InboxId, message::MessageKind};
use plugboard_store::{Commit, Key, Store, StoreError, Stretch, Write};

use crate::world::World;

pub(super) async fn what_does_not_fit_is_refused_whole(world: &mut World, store: &dyn Store) {
    let inbox: InboxId = world.id();
    let contact = world.contact("Twice");
    let id = world.conversation(contact, inbox, None, None);
    let message = world.message(
        id,
        MessageKind::Inbound,
        Actor::Contact { id: contact },
        "once",
    );
    let good = world.take();
    store.commit(good.clone()).await.unwrap();
    let head = store.head().await.unwrap();

    let key = format!("test:{message}");
    let facts = store
        .load(vec![
            Key::Duplicate(key.clone()),
            Key::Duplicate("other".into()),
        ])
        .await
        .unwrap();
    assert_eq!(
        facts.duplicates[&key].as_ref().map(|it| it.id),
        Some(message)
    );
    assert_eq!(facts.duplicates["other"], None);

    // The same events again do not follow the head.
    assert!(matches!(
        store.commit(good.clone()).await,
        Err(StoreError::Conflict(_))
    ));
    // A gap is no better.
    let mut gap = good.clone();
    gap.events.truncate(1);
    gap.events[0].seq = head + 2;
    assert!(matches!(
        store.commit(gap).await,
        Err(StoreError::Conflict(_))
    ));
    // A message with a key that is taken is refused, and the event before it with it.
    let mut event = good.events[0].clone();
    event.seq = head + 1;
    let again = good.writes.iter().find_map(|write| match write {
        Write::Message(row) => Some(row.clone()),
        _ => None,
    });
    let mut again = again.expect("the batch has a message");
    (again.id, again.seq) = (world.id(), head + 1);
    let twice = Commit {
        events: vec![event],
        writes: vec![Write::Message(again)],
    };
    assert!(matches!(
        store.commit(twice).await,
        Err(StoreError::Conflict(_))
    ));

    assert_eq!(store.head().await.unwrap(), head);
    assert_eq!(store.journal_head().await.unwrap(), head);
    assert_eq!(
        store.messages(id, Stretch::Newest, 10).await.unwrap().len(),
        1
    );
}
