//! Words, Chinese and Latin.

use std::collections::BTreeSet;

use plugboard_domain::{
    Actor,
    access::Scope,
    contact::IdentityKind,
    ids::{AgentId, InboxId},
    message::MessageKind,
};
use plugboard_store::{ConversationFilter, Found, FoundKind, SearchRequest, Store};

use super::setup;
use crate::world::World;

fn request(text: &str) -> SearchRequest {
    SearchRequest {
        text: text.into(),
        kind: None,
        scope: Scope::default(),
        after: None,
        limit: 20,
    }
}

async fn found(store: &dyn Store, text: &str) -> Vec<Found> {
    store.search(request(text)).await.unwrap().items
}

#[expect(clippy::too_many_lines, reason = "one story of one customer")]
pub(super) async fn words_are_found_where_they_are(world: &mut World, store: &dyn Store) {
    let (inbox, shop) = (world.id::<InboxId>(), setup::shop(world, "Silk"));
    let contact = world.contact("欧阳娜娜");
    world.identity(contact, IdentityKind::Phone, "+8613812345678", true);
    world.identity(
        contact,
        IdentityKind::Email,
        "nana.ouyang@example.com",
        false,
    );
    let id = world.conversation(contact, inbox, Some(shop), None);
    let author = Actor::Contact { id: contact };
    let parcel = world.message(
        id,
        MessageKind::Inbound,
        author.clone(),
        "请问我的丝巾包裹到哪里了?",
    );
    let note = Actor::Agent {
        id: world.id::<AgentId>(),
    };
    let noted = world.message(
        id,
        MessageKind::Note,
        note,
        "Silkworm scarf, tracking ZX-778",
    );
    world.tag(id, "丝绸客户");
    world.commit(store).await;

    let ids = |found: Vec<Found>| found.into_iter().map(|it| it.id).collect::<Vec<_>>();
    assert_eq!(ids(found(store, "丝巾").await), [parcel.to_string()]);
    assert_eq!(ids(found(store, "丝巾包裹").await), [parcel.to_string()]);
    assert_eq!(ids(found(store, "silkw").await), [noted.to_string()]);
    assert_eq!(ids(found(store, "SCARF zx").await), [noted.to_string()]);
    assert_eq!(ids(found(store, "巾丝").await), Vec::<String>::new());
    assert_eq!(ids(found(store, "丝绸").await), [id.to_string()]);
    for words in ["欧阳", "娜娜", "13812345678", "nana.ouyang@example.com"] {
        assert_eq!(
            ids(found(store, words).await),
            [contact.to_string()],
            "{words}"
        );
    }
    let hit = found(store, "包裹").await.remove(0);
    assert_eq!(
        (hit.kind, hit.conversation_id, hit.contact_id),
        (FoundKind::Message, Some(id), Some(contact))
    );
    assert_eq!(hit.contact_name.as_deref(), Some("欧阳娜娜"));
    assert!(hit.text.contains("包裹"));

    let all = found(store, "丝").await;
    assert_eq!(
        all.iter().map(|it| it.kind).collect::<Vec<_>>(),
        [FoundKind::Conversation, FoundKind::Message]
    );
    let first = store
        .search(SearchRequest {
            limit: 1,
            ..request("丝")
        })
        .await
        .unwrap();
    let second = store
        .search(SearchRequest {
            after: first.next,
            limit: 1,
            ..request("丝")
        })
        .await
        .unwrap();
    assert_eq!(
        (first.items[0].id.clone(), second.items[0].id.clone()),
        (all[0].id.clone(), all[1].id.clone())
    );
    let only = SearchRequest {
        kind: Some(FoundKind::Message),
        ..request("丝")
    };
    assert_eq!(store.search(only).await.unwrap().items.len(), 1);
    let outside = Scope {
        shops: BTreeSet::from([world.id()]),
        teams: BTreeSet::new(),
    };
    for words in ["丝", "欧阳"] {
        let request = SearchRequest {
            scope: outside.clone(),
            ..request(words)
        };
        assert_eq!(store.search(request).await.unwrap().items, []);
    }
    let inside = Scope {
        shops: BTreeSet::from([shop]),
        teams: BTreeSet::new(),
    };
    assert_eq!(
        store
            .search(SearchRequest {
                scope: inside,
                ..request("欧阳")
            })
            .await
            .unwrap()
            .items
            .len(),
        1
    );

    for words in ["丝巾", "丝绸", "欧阳", "5678"] {
        let filter = ConversationFilter {
            words: Some(words.into()),
            ..<_>::default()
        };
        assert_eq!(super::lists::listed(store, filter).await, [id], "{words}");
    }
    let listed = store
        .contacts(Some("欧阳".into()), Scope::default(), None, 5)
        .await
        .unwrap();
    assert_eq!(
        listed
            .items
            .iter()
            .map(|it| it.contact.id)
            .collect::<Vec<_>>(),
        [contact]
    );
    assert_eq!(found(store, "?!").await, []);
}
