//! Conversations that go on in others, and contacts that redirect.

use std::collections::BTreeSet;

use plugboard_domain::{
    Actor, Event, Seq,
    access::Scope,
    conversation::{Status, Waiting},
    ids::{AgentId, ContactId, ConversationId, InboxId, MessageId},
    message::MessageKind,
};
use plugboard_store::{ConversationFilter, StatusFilter, Store, Stretch, Write};

use super::lists::{listed, set_status};
use crate::world::World;

/// Merges as the engine does: both states, and the thread.
fn merge(world: &mut World, other: ConversationId, into: ConversationId) {
    let state = &world.conversations[&other];
    let (before, with) = (Box::new(state.status.clone()), state.absorbed.clone());
    let status = Status::Merged {
        into,
        at_seq: world.seq + 1,
        before,
    };
    set_status(world, other, status, Waiting::Nobody);
    world.event(
        Actor::system("x"),
        Some(into),
        Event::Absorbed {
            other,
            with: with.clone(),
        },
    );
    let from = std::iter::once(other).chain(with).collect();
    world.write(Write::MoveThread { from, to: into });
}

fn unmerge(world: &mut World, other: ConversationId) {
    let state = world.conversations[&other].clone();
    let Status::Merged { into, before, .. } = state.status else {
        panic!("it is not merged")
    };
    set_status(world, other, *before, Waiting::Nobody);
    let with = state.absorbed.clone();
    world.event(
        Actor::system("x"),
        Some(into),
        Event::Released { other, with },
    );
    let from = std::iter::once(other).chain(state.absorbed).collect();
    world.write(Write::MoveThread { from, to: other });
}

async fn thread(store: &dyn Store, id: ConversationId) -> Vec<MessageId> {
    store
        .messages(id, Stretch::Newest, 100)
        .await
        .unwrap()
        .iter()
        .map(|it| it.row.id)
        .collect()
}

async fn visible(
    store: &dyn Store,
    inbox: InboxId,
    contact: ContactId,
    after: Seq,
) -> Vec<MessageId> {
    let seen = store
        .visitor_messages(inbox, contact, after, 100)
        .await
        .unwrap();
    seen.iter().map(|it| it.row.id).collect()
}

pub(super) async fn a_merge_moves_the_thread_and_hides_it_from_others(
    world: &mut World,
    store: &dyn Store,
) {
    let inbox: InboxId = world.id();
    let agent = Actor::Agent {
        id: world.id::<AgentId>(),
    };
    let (ann, bob) = (world.contact("Ann"), world.contact("Bob"));
    let anns = world.conversation(ann, inbox, None, None);
    let bobs = world.conversation(bob, inbox, None, None);
    let ann_asks = world.message(
        anns,
        MessageKind::Inbound,
        Actor::Contact { id: ann },
        "ann asks",
    );
    let bob_asks = world.message(
        bobs,
        MessageKind::Inbound,
        Actor::Contact { id: bob },
        "bob asks",
    );
    let to_ann = world.message(anns, MessageKind::Outbound, agent.clone(), "to ann");
    let to_bob = world.message(bobs, MessageKind::Outbound, agent.clone(), "to bob");
    let note = world.message(anns, MessageKind::Note, agent.clone(), "note");
    merge(world, bobs, anns);
    let merged_at = world.seq;
    let to_both = world.message(anns, MessageKind::Outbound, agent.clone(), "to both");
    let bob_again = world.message(
        anns,
        MessageKind::Inbound,
        Actor::Contact { id: bob },
        "bob again",
    );
    world.commit(store).await;

    assert_eq!(
        thread(store, anns).await,
        [ann_asks, bob_asks, to_ann, to_bob, note, to_both, bob_again]
    );
    assert_eq!(thread(store, bobs).await, []);
    assert_eq!(
        visible(store, inbox, ann, 0).await,
        [ann_asks, to_ann, to_both]
    );
    assert_eq!(
        visible(store, inbox, bob, 0).await,
        [bob_asks, to_bob, to_both, bob_again]
    );
    assert_eq!(
        visible(store, inbox, bob, merged_at).await,
        [to_both, bob_again]
    );
    assert_eq!(visible(store, world.id(), bob, 0).await, []);
    let filter = ConversationFilter {
        inbox: Some(inbox),
        ..<_>::default()
    };
    assert_eq!(listed(store, filter.clone()).await, [anns]);
    let merged = ConversationFilter {
        status: Some(StatusFilter::Merged),
        ..filter
    };
    assert_eq!(listed(store, merged).await, [bobs]);
    let current = store.current_conversation(inbox, bob).await.unwrap();
    assert_eq!(current.map(|it| it.id), Some(anns));

    unmerge(world, bobs);
    world.commit(store).await;
    assert_eq!(
        thread(store, anns).await,
        [ann_asks, to_ann, note, to_both, bob_again]
    );
    assert_eq!(thread(store, bobs).await, [bob_asks, to_bob]);
    assert_eq!(
        visible(store, inbox, ann, 0).await,
        [ann_asks, to_ann, to_both]
    );
    assert_eq!(visible(store, inbox, bob, 0).await, [bob_asks, to_bob]);

    // A chain: what was moved once moves along, and comes back with what it came with.
    let third = world.conversation(ann, inbox, None, None);
    merge(world, bobs, anns);
    merge(world, anns, third);
    world.commit(store).await;
    assert_eq!(thread(store, third).await.len(), 7);
    assert_eq!(
        store
            .current_conversation(inbox, bob)
            .await
            .unwrap()
            .map(|it| it.id),
        Some(third)
    );
    unmerge(world, anns);
    world.commit(store).await;
    assert_eq!(thread(store, third).await, []);
    assert_eq!(thread(store, anns).await.len(), 7);
}

pub(super) async fn a_merged_contact_redirects(world: &mut World, store: &dyn Store) {
    let inbox: InboxId = world.id();
    let (old, new) = (world.contact("Old name"), world.contact("New name"));
    let identity = world.identity(
        old,
        plugboard_domain::contact::IdentityKind::External,
        "shop-17",
        true,
    );
    let id = world.conversation(old, inbox, None, None);
    let said = world.message(
        id,
        MessageKind::Inbound,
        Actor::Contact { id: old },
        "before",
    );
    let event = Event::ContactMerged {
        contact_id: old,
        into: new,
        with: BTreeSet::new(),
    };
    world.event(Actor::system("x"), None, event);
    world.commit(store).await;

    let view = store.conversation(id, None).await.unwrap().unwrap();
    assert_eq!(
        (view.conversation.contact_id, view.contact.contact.id),
        (old, new)
    );
    assert!(view.contact.verified);
    let whole = store.contact(new, Scope::default()).await.unwrap().unwrap();
    assert_eq!((whole.identities, whole.verified), (vec![identity], true));
    assert_eq!(
        store
            .contact(old, Scope::default())
            .await
            .unwrap()
            .unwrap()
            .contact
            .merged_into,
        Some(new)
    );
    let listed = store
        .contacts(None, Scope::default(), None, 50)
        .await
        .unwrap();
    assert!(listed.items.iter().all(|it| it.contact.id != old));
    let filter = ConversationFilter {
        contact: Some(new),
        ..<_>::default()
    };
    assert_eq!(super::lists::listed(store, filter).await, [id]);
    assert_eq!(
        store
            .current_conversation(inbox, new)
            .await
            .unwrap()
            .map(|it| it.id),
        Some(id)
    );
    assert_eq!(visible(store, inbox, new, 0).await, [said]);
    let thread = store.messages(id, Stretch::Newest, 1).await.unwrap();
    assert_eq!(thread[0].contact_name.as_deref(), Some("New name"));

    let event = Event::ContactUnmerged {
        contact_id: old,
        from: new,
        with: BTreeSet::new(),
    };
    world.event(Actor::system("x"), None, event);
    world.commit(store).await;
    assert_eq!(
        store
            .conversation(id, None)
            .await
            .unwrap()
            .unwrap()
            .contact
            .contact
            .id,
        old
    );
    assert_eq!(visible(store, inbox, new, 0).await, []);
}
