//! Readers beside the writer, and what is there after a restart.

use std::sync::Arc;

use plugboard_domain::{Actor, message::MessageKind};
use plugboard_store::{ConversationFilter, JournalStore, ReadStore, Store, Stretch, WriteStore};
use plugboard_store_sqlite::{Options, SqliteStore};
use plugboard_test_kit::world::World;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn readers_see_whole_batches_while_the_writer_goes_on() {
    let dir = tempfile::tempdir().unwrap();
    let store = Arc::new(SqliteStore::open(dir.path(), Options::default()).unwrap());
    let mut world = World::new();
    let contact = world.contact("Ann");
    let inbox = world.id();
    let id = world.conversation(contact, inbox, None, None);
    world.commit(store.as_ref() as &dyn Store).await;
    let before = world.seq;

    let mut readers = Vec::new();
    for _ in 0..6 {
        let store = Arc::clone(&store);
        readers.push(tokio::spawn(async move {
            let mut rounds = 0;
            loop {
                let head = store.journal_head().await.unwrap();
                let events = store.read_since(before, 10_000).await.unwrap();
                assert!(events.last().map_or(before, |it| it.seq) >= head);
                // Each batch has ten messages: never a part of one is seen.
                let thread = store.messages(id, Stretch::Newest, 10_000).await.unwrap();
                assert_eq!(thread.len() % 10, 0);
                let listed = store
                    .conversations(ConversationFilter::default(), None, None, 10)
                    .await
                    .unwrap();
                assert_eq!(listed.items[0].conversation.message_count % 10, 0);
                rounds += 1;
                if head >= before + 500 {
                    return rounds;
                }
            }
        }));
    }
    for _ in 0..50 {
        for at in 0..10 {
            let text = format!("message {at}");
            world.message(
                id,
                MessageKind::Inbound,
                Actor::Contact { id: contact },
                &text,
            );
        }
        world.commit(store.as_ref() as &dyn Store).await;
    }
    for reader in readers {
        assert!(reader.await.unwrap() > 0);
    }
}

#[tokio::test]
async fn what_was_committed_is_there_after_a_restart_and_after_a_copy_of_the_files() {
    let dir = tempfile::tempdir().unwrap();
    let mut world = World::new();
    let store = SqliteStore::open(dir.path(), Options::default()).unwrap();
    let contact = world.contact("Ann");
    let inbox = world.id();
    let id = world.conversation(contact, inbox, None, None);
    for round in 0..20 {
        world.message(
            id,
            MessageKind::Inbound,
            Actor::Contact { id: contact },
            &format!("round {round}"),
        );
        world.commit(&store).await;
    }
    // As after a crash: the files as they are while the store is open.
    let crashed = tempfile::tempdir().unwrap();
    for name in ["plugboard.db", "plugboard.db-wal", "secret.key"] {
        std::fs::copy(dir.path().join(name), crashed.path().join(name)).unwrap();
    }
    drop(store);
    for path in [crashed.path(), dir.path()] {
        let store = SqliteStore::open(path, Options::default()).unwrap();
        assert_eq!(store.head().await.unwrap(), world.seq);
        assert_eq!(
            store
                .messages(id, Stretch::After(0), 100)
                .await
                .unwrap()
                .len(),
            20
        );
        assert!(store.check().await.unwrap().is_well());
    }
    // A clean stop leaves nothing behind for the next start to recover.
    let wal = std::fs::metadata(dir.path().join("plugboard.db-wal")).map_or(0, |it| it.len());
    assert_eq!(wal, 0);
}
