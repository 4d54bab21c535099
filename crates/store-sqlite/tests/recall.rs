//! Search finds every stretch of Chinese that is there, and nothing else: it is compared with reading everything.

#![expect(clippy::unwrap_used, reason = "a test that fails shall say where")]

use plugboard_domain::{Actor, access::Scope, message::MessageKind};
use plugboard_store::{FoundKind, ReadStore, SearchRequest};
use plugboard_store_sqlite::{Options, SqliteStore};
use plugboard_test_kit::world::World;
use proptest::prelude::*;

/// Few characters, so that stretches repeat; with punctuation, Latin and a rare plane between them.
const CHARS: &str = "[退款发货物流单号的我要a1,。 \n𠀀é]{0,12}";

/// All messages with these words, by paging.
async fn found(store: &SqliteStore, text: &str) -> Vec<String> {
    let (mut ids, mut after) = (Vec::new(), None);
    loop {
        let request = SearchRequest {
            text: text.into(),
            kind: Some(FoundKind::Message),
            scope: Scope::default(),
            after,
            limit: 7,
        };
        let page = store.search(request).await.unwrap();
        ids.extend(page.items.into_iter().map(|it| it.id));
        after = page.next;
        if after.is_none() {
            ids.sort();
            return ids;
        }
    }
}

fn is_han(text: &str) -> bool {
    !text.is_empty()
        && text
            .chars()
            .all(|c| ('\u{4E00}'..='\u{9FFF}').contains(&c) || c == '𠀀')
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_stretch_is_found(texts in proptest::collection::vec(CHARS, 1..40)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let dir = tempfile::tempdir().unwrap();
            let store = SqliteStore::open(dir.path(), Options::default()).unwrap();
            let mut world = World::new();
            let contact = world.contact("Ann");
            let inbox = world.id();
            let id = world.conversation(contact, inbox, None, None);
            let mut said = Vec::new();
            for text in &texts {
                let message = world.message(id, MessageKind::Inbound, Actor::Contact { id: contact }, text);
                said.push((message.to_string(), text.clone()));
            }
            world.commit(&store).await;
            let mut stretches: Vec<String> = vec!["款退".into(), "号".into()];
            for text in texts.iter().take(6) {
                let chars: Vec<char> = text.chars().collect();
                for length in 1..=4 {
                    stretches.extend(chars.windows(length).map(|it| it.iter().collect::<String>()));
                }
            }
            stretches.retain(|it| is_han(it));
            stretches.sort();
            stretches.dedup();
            for stretch in stretches {
                let mut expected: Vec<String> =
                    said.iter().filter(|(_, text)| text.contains(&stretch)).map(|(id, _)| id.clone()).collect();
                expected.sort();
                assert_eq!(found(&store, &stretch).await, expected, "{stretch}");
            }
        });
    }
}

#[tokio::test]
async fn paging_reaches_every_match_of_many() {
    let dir = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(dir.path(), Options::default()).unwrap();
    let mut world = World::new();
    let contact = world.contact("Ann");
    let inbox = world.id();
    let id = world.conversation(contact, inbox, None, None);
    for at in 0..1_700 {
        let text = if at % 3 == 0 {
            "谢谢"
        } else {
            "我要退款"
        };
        world.message(
            id,
            MessageKind::Inbound,
            Actor::Contact { id: contact },
            text,
        );
    }
    world.commit(&store).await;
    let ids = found(&store, "退款").await;
    assert_eq!(ids.len(), 1_133);
    let mut distinct = ids.clone();
    distinct.dedup();
    assert_eq!(distinct, ids);
}
