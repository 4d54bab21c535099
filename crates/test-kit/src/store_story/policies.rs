//! What policies look at and keep: facts of the work, what cases are about, how far readers are.

use plugboard_domain::{
    Actor,
    ids::{AgentId, CaseId, InboxId},
    message::MessageKind,
};
use plugboard_store::{Store, Write};

use super::lists;
use crate::world::World;

pub(super) async fn facts_of_work_are_read_in_one(world: &mut World, store: &dyn Store) {
    let (contact, inbox) = (world.contact("Facts"), world.id::<InboxId>());
    let (first, second): (AgentId, AgentId) = (world.id(), world.id());
    let before = world.conversation(contact, inbox, None, None);
    lists::assign(world, before, first, None);
    let id = world.conversation(contact, inbox, None, None);
    let customer = Actor::Contact { id: contact };
    world.message(id, MessageKind::Inbound, customer.clone(), "one");
    world.message(id, MessageKind::Inbound, customer, "two");
    world.message(id, MessageKind::Note, Actor::Agent { id: second }, "a note");
    world.commit(store).await;
    let facts = store.work_facts(id).await.unwrap().unwrap();
    assert_eq!(facts.text.map(|(_, text)| text).as_deref(), Some("two"));
    assert_eq!(facts.contact.contact.id, contact);
    assert_eq!(facts.previous_agent, Some(first), "they had the one before");
    assert_eq!(facts.answered_at, None, "a note is no answer");
    world.message(id, MessageKind::Outbound, Actor::Agent { id: second }, "hi");
    let at = world.now();
    world.commit(store).await;
    let facts = store.work_facts(id).await.unwrap().unwrap();
    assert_eq!(
        (facts.previous_agent, facts.answered_at),
        (Some(second), Some(at))
    );
    assert_eq!(store.work_facts(world.id()).await.unwrap(), None);

    let case: CaseId = world.id();
    world.write(Write::Case(case, id, "broken cup".into()));
    world.commit(store).await;
    let summaries = store.case_summaries(id).await.unwrap();
    assert_eq!(
        summaries.into_iter().collect::<Vec<_>>(),
        [(case, "broken cup".to_owned())]
    );
}

pub(super) async fn readers_keep_how_far_they_are(world: &mut World, store: &dyn Store) {
    assert_eq!(store.cursor("escalation").await.unwrap(), None);
    for (kept, stored) in [(7, 7), (9, 9), (8, 9)] {
        world.write(Write::Cursor("escalation".into(), kept));
        world.write(Write::Cursor("other".into(), 1));
        world.commit(store).await;
        assert_eq!(store.cursor("escalation").await.unwrap(), Some(stored));
    }
    assert_eq!(store.cursor("other").await.unwrap(), Some(1));
}
