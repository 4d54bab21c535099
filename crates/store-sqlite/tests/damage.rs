//! What is damaged, foreign or newer is refused or made again, and says so.

#![expect(clippy::unwrap_used, reason = "a test that fails shall say where")]

use std::{fs, path::Path};

use plugboard_domain::{Actor, access::Scope, message::MessageKind};
use plugboard_store::{JournalStore, Key, ReadStore, SearchRequest, StoreError, WriteStore};
use plugboard_store_sqlite::{Options, SqliteStore};
use plugboard_test_kit::world::World;
use rusqlite::Connection;

fn open(dir: &Path) -> Result<SqliteStore, StoreError> {
    SqliteStore::open(dir, Options::default())
}

/// A desk with one conversation, closed again.
async fn filled(dir: &Path) -> World {
    let store = open(dir).unwrap();
    let mut world = World::new();
    let contact = world.contact("Ann");
    let inbox = world.id();
    let id = world.conversation(contact, inbox, None, None);
    world.message(
        id,
        MessageKind::Inbound,
        Actor::Contact { id: contact },
        "我要退款 please",
    );
    world.commit(&store).await;
    world
}

fn change(dir: &Path, sql: &str) {
    Connection::open(dir.join("plugboard.db"))
        .unwrap()
        .execute_batch(sql)
        .unwrap();
}

fn is_corrupt<T>(outcome: &Result<T, StoreError>) -> bool {
    matches!(outcome, Err(StoreError::Corrupt { .. }))
}

/// What a process that is killed leaves behind: the files as they are while the desk is open.
fn killed(dir: &Path) -> tempfile::TempDir {
    let left = tempfile::tempdir().unwrap();
    for entry in fs::read_dir(dir).unwrap() {
        let entry = entry.unwrap();
        if entry.file_type().unwrap().is_file() {
            fs::copy(entry.path(), left.path().join(entry.file_name())).unwrap();
        }
    }
    left
}

#[tokio::test]
async fn a_desk_that_was_not_closed_is_known_and_every_table_is_looked_at() {
    let dir = tempfile::tempdir().unwrap();
    let mut world = filled(dir.path()).await;
    let store = open(dir.path()).unwrap();
    assert!(!store.ended_abruptly());
    let contact = world.contact("Ben");
    let inbox = world.id();
    let id = world.conversation(contact, inbox, None, None);
    for nth in 0..400 {
        let text = format!("{nth} {}", "长".repeat(300));
        let actor = Actor::Contact { id: contact };
        world.message(id, MessageKind::Inbound, actor, &text);
    }
    world.commit(&store).await;
    let left = killed(dir.path());

    let after = open(left.path()).unwrap();
    assert!(after.ended_abruptly());
    let found = after.check_tables(|| true).await.unwrap();
    assert_eq!(found, Vec::<String>::new());
    drop(after);

    // The pages behind the first ones are zeros now: opening reads none of them.
    let path = left.path().join("plugboard.db");
    let mut bytes = fs::read(&path).unwrap();
    let half = bytes.len() / 2;
    bytes[half..].fill(0);
    fs::write(&path, bytes).unwrap();
    let damaged = open(left.path()).unwrap();
    let found = damaged.check_tables(|| true).await.unwrap();
    assert!(!found.is_empty());
    let none = damaged.check_tables(|| false).await.unwrap();
    assert_eq!(none, Vec::<String>::new(), "it was told to stop");
}

#[tokio::test]
async fn a_newer_schema_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    filled(dir.path()).await;
    change(dir.path(), "PRAGMA user_version = 999");
    for outcome in [open(dir.path()), SqliteStore::open_read_only(dir.path())] {
        let Err(error) = outcome else {
            panic!("it was opened")
        };
        assert!(
            error
                .to_string()
                .contains("a newer Plugboard wrote it: schema 999"),
            "{error}"
        );
    }
}

#[tokio::test]
async fn a_database_of_another_program_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    Connection::open(dir.path().join("plugboard.db"))
        .unwrap()
        .execute_batch("CREATE TABLE t (x); PRAGMA user_version = 1")
        .unwrap();
    assert!(is_corrupt(&open(dir.path())));
    let noise = tempfile::tempdir().unwrap();
    fs::write(
        noise.path().join("plugboard.db"),
        "not a database at all ".repeat(100),
    )
    .unwrap();
    assert!(is_corrupt(&open(noise.path())));
}

#[tokio::test]
async fn a_gap_at_the_end_of_the_journal_is_found_on_opening() {
    for sql in [
        "DELETE FROM journal WHERE seq = 2",
        "UPDATE meta SET value = 99 WHERE key = 'head'",
    ] {
        let dir = tempfile::tempdir().unwrap();
        filled(dir.path()).await;
        change(dir.path(), sql);
        assert!(is_corrupt(&open(dir.path())), "{sql}");
    }
}

#[tokio::test]
async fn rows_that_make_no_sense_are_named() {
    let dir = tempfile::tempdir().unwrap();
    let world = filled(dir.path()).await;
    let id = *world.conversations.keys().next().unwrap();
    change(
        dir.path(),
        "UPDATE conversation SET state = '{}'; UPDATE journal SET kind = 'unheard.of' WHERE seq = 3",
    );
    let store = open(dir.path()).unwrap();
    let Err(StoreError::Corrupt { table, row, .. }) = store.conversation(id, None).await else {
        panic!("it was understood");
    };
    assert_eq!((table, row), ("conversation", id.to_string()));
    assert!(is_corrupt(&store.load(vec![Key::Conversation(id)]).await));
    assert!(is_corrupt(&store.read_since(0, 10).await));
    assert_eq!(store.read_since(0, 2).await.unwrap().len(), 2);
    assert!(is_corrupt(&store.check().await));
}

#[tokio::test]
async fn a_check_tells_rows_from_events() {
    let dir = tempfile::tempdir().unwrap();
    filled(dir.path()).await;
    change(
        dir.path(),
        "UPDATE conversation SET state = json_set(state, '$.message_count', 5)",
    );
    let store = open(dir.path()).unwrap();
    let report = store.check().await.unwrap();
    assert_eq!(report.problems.len(), 1, "{report:?}");
    assert!(
        report.problems[0].ends_with("is not what its events say"),
        "{report:?}"
    );
    assert_eq!(report.rows["message"], 1);
}

async fn hits(store: &SqliteStore, text: &str) -> usize {
    let request = SearchRequest {
        text: text.into(),
        kind: None,
        scope: Scope::default(),
        after: None,
        limit: 10,
    };
    store.search(request).await.unwrap().items.len()
}

#[tokio::test]
async fn a_search_index_that_is_gone_or_damaged_is_made_again() {
    let dir = tempfile::tempdir().unwrap();
    filled(dir.path()).await;
    let index = dir.path().join("search.db");
    assert_eq!(hits(&open(dir.path()).unwrap(), "退款").await, 1);
    fs::remove_file(&index).unwrap();
    assert_eq!(hits(&open(dir.path()).unwrap(), "退款").await, 1);
    fs::write(&index, "no index ".repeat(1_000)).unwrap();
    assert_eq!(hits(&open(dir.path()).unwrap(), "退款").await, 1);
    Connection::open(&index)
        .unwrap()
        .execute_batch("UPDATE place SET value = 0 WHERE key = 'version'")
        .unwrap();
    assert_eq!(hits(&open(dir.path()).unwrap(), "please").await, 1);
    // The index is ahead of a desk that was restored from a copy.
    Connection::open(&index)
        .unwrap()
        .execute_batch("UPDATE place SET value = 99 WHERE key = 'messages'")
        .unwrap();
    assert_eq!(hits(&open(dir.path()).unwrap(), "please").await, 1);
}

#[tokio::test]
async fn a_copy_opens_as_a_desk_of_its_own() {
    let dir = tempfile::tempdir().unwrap();
    filled(dir.path()).await;
    let copy = tempfile::tempdir().unwrap();
    let store = SqliteStore::open_read_only(dir.path()).unwrap();
    store
        .backup(&copy.path().join("plugboard.db"))
        .await
        .unwrap();
    let opened = open(copy.path()).unwrap();
    assert_eq!(
        opened.head().await.unwrap(),
        store.journal_head().await.unwrap()
    );
    assert!(opened.check().await.unwrap().is_well());
    assert_eq!(hits(&opened, "退款").await, 1);
    assert!(!copy.path().join("plugboard.db.partial").exists());
}
