//! The embedded store tells the story that every store tells, and what it keeps survives.

#![expect(clippy::unwrap_used, reason = "a test that fails shall say where")]

use plugboard_domain::access::Scope;
use plugboard_store::{
    FoundKind, JournalStore, ReadStore, SearchRequest, Store, StoreError, WriteStore,
};
use plugboard_store_sqlite::{Options, SqliteStore};
use plugboard_test_kit::{store_story, world::World};

fn open(dir: &std::path::Path) -> SqliteStore {
    SqliteStore::open(dir, Options::default()).unwrap()
}

#[tokio::test]
async fn the_story() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    store_story::run(&store).await;
    let head = store.head().await.unwrap();
    let report = store.check().await.unwrap();
    assert_eq!(report.problems, Vec::<String>::new());
    assert!(report.replayed);
    let remembered = store.read_since(0, 10_000).await.unwrap();
    drop(store);
    let again = open(dir.path());
    assert_eq!(again.head().await.unwrap(), head);
    // The newest events are told from memory: they are what the table holds.
    assert_eq!(again.read_since(0, 10_000).await.unwrap(), remembered);
    assert!(again.check().await.unwrap().is_well());
}

#[tokio::test]
async fn the_story_of_retention() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    store_story::run_retention(&store).await;
    let (head, horizon) = (
        store.head().await.unwrap(),
        store.journal_horizon().await.unwrap(),
    );
    assert_eq!(horizon + 1, head);
    drop(store);
    let again = open(dir.path());
    assert_eq!(again.journal_horizon().await.unwrap(), horizon);
    let report = again.check().await.unwrap();
    assert_eq!(report.problems, Vec::<String>::new());
    assert!(!report.replayed);
    // The index of search was not made anew from what is left of the journal: it had read all of it.
    let found = again
        .search(SearchRequest {
            text: "old".into(),
            kind: Some(FoundKind::Message),
            scope: Scope::default(),
            after: None,
            limit: 10,
        })
        .await
        .unwrap();
    assert_eq!(found.items.len(), 6);
}

#[tokio::test]
async fn one_process_writes_and_others_may_look() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    let mut world = World::new();
    world.contact("Ann");
    world.commit(&store as &dyn Store).await;
    assert!(matches!(
        SqliteStore::open(dir.path(), Options::default()),
        Err(StoreError::Unavailable(_))
    ));
    let looking = SqliteStore::open_read_only(dir.path()).unwrap();
    assert_eq!(looking.journal_head().await.unwrap(), 1);
    assert!(matches!(
        looking.head().await,
        Err(StoreError::Unavailable(_))
    ));
    drop(store);
    open(dir.path());
}
