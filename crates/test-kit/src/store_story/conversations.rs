//! Conversations, their messages, and the journal.

use plugboard_domain::{
    Actor,
    access::Scope,
    contact::{Address, IdentityKind},
    ids::{AgentId, ContactId, ConversationId, InboxId},
    message::{Delivery, MessageKind},
};
use plugboard_store::{Key, Store, Stretch, Write};

use crate::world::World;

pub(super) async fn a_conversation_begins_and_is_read_back(world: &mut World, store: &dyn Store) {
    let inbox: InboxId = world.id();
    let contact = world.contact("王小明");
    let identity = world.identity(contact, IdentityKind::Email, "wang@example.com", true);
    let id = world.conversation(contact, inbox, None, None);
    let asked = world.message(
        id,
        MessageKind::Inbound,
        Actor::Contact { id: contact },
        "我要\n退款",
    );
    let agent: AgentId = world.id();
    let answered = world.message(
        id,
        MessageKind::Outbound,
        Actor::Agent { id: agent },
        "Of course.",
    );
    let noted = world.message(id, MessageKind::Note, Actor::Agent { id: agent }, "VIP");
    world.commit(store).await;

    let view = store.conversation(id, Some(agent)).await.unwrap().unwrap();
    assert_eq!(view.conversation, world.conversations[&id]);
    assert_eq!(view.contact.profile.name.as_deref(), Some("王小明"));
    assert!(view.contact.verified);
    assert_eq!(
        view.last_message.map(|it| (it.id, it.text)),
        Some((answered, "Of course.".into()))
    );
    assert_eq!(view.read_seq, 0);

    let thread = store.messages(id, Stretch::Newest, 10).await.unwrap();
    assert_eq!(
        thread.iter().map(|it| it.row.id).collect::<Vec<_>>(),
        [asked, answered, noted]
    );
    assert_eq!(thread[0].contact_name.as_deref(), Some("王小明"));
    assert_eq!(thread[0].row.text, "我要\n退款");
    assert_eq!(thread[1].row.delivery, Some(Delivery::Queued));
    world.write(Write::Delivery(answered, Delivery::Read));
    world.commit(store).await;
    let one = store
        .messages_by_id(vec![answered, world.id()])
        .await
        .unwrap();
    assert_eq!(
        one.iter().map(|it| &it.row.delivery).collect::<Vec<_>>(),
        [&Some(Delivery::Read)]
    );

    let unknown: ConversationId = world.id();
    let nobody: ContactId = world.id();
    assert!(store.conversation(unknown, None).await.unwrap().is_none());
    assert_eq!(
        store.identity(identity.address.clone()).await.unwrap(),
        Some(identity.clone())
    );
    let keys = vec![
        Key::Conversation(id),
        Key::Conversation(unknown),
        Key::Contact(contact),
        Key::Identity(identity.address.clone()),
        Key::Identity(Address {
            value: "x@example.com".into(),
            ..identity.address.clone()
        }),
        Key::Current(inbox, contact),
        Key::Current(inbox, nobody),
        Key::Message(asked),
    ];
    let facts = store.load(keys).await.unwrap();
    assert_eq!(
        facts.conversations[&id].as_ref(),
        Some(&world.conversations[&id])
    );
    assert_eq!(facts.conversations[&unknown], None);
    assert_eq!(
        facts.contacts[&contact].as_ref(),
        Some(&world.contacts[&contact])
    );
    assert_eq!(facts.identities[&identity.address], Some(identity.clone()));
    assert_eq!(
        facts.identities.values().filter(|it| it.is_none()).count(),
        1
    );
    assert_eq!(facts.current[&(inbox, contact)], Some(id));
    assert_eq!(facts.current[&(inbox, nobody)], None);
    let head = facts.messages[&asked].clone().unwrap();
    assert_eq!(
        (head.conversation_id, head.kind, head.delivery),
        (id, MessageKind::Inbound, None)
    );

    let whole = store
        .contact(contact, Scope::default())
        .await
        .unwrap()
        .unwrap();
    assert_eq!(whole.identities, [identity]);
}

pub(super) async fn the_journal_is_read_by_position(world: &mut World, store: &dyn Store) {
    let head = store.journal_head().await.unwrap();
    assert_eq!(head, world.seq);
    assert_eq!(store.journal_horizon().await.unwrap(), 0);
    let all = store.read_since(0, 10_000).await.unwrap();
    assert_eq!(
        all.iter().map(|it| it.seq).collect::<Vec<_>>(),
        (1..=head).collect::<Vec<_>>()
    );
    let some = store.read_since(2, 3).await.unwrap();
    assert_eq!(some, all[2..5]);
    assert_eq!(store.read_since(head, 10).await.unwrap(), []);
}

pub(super) async fn threads_are_read_from_both_ends(world: &mut World, store: &dyn Store) {
    let inbox: InboxId = world.id();
    let contact = world.contact("Long");
    let id = world.conversation(contact, inbox, None, None);
    let author = Actor::Contact { id: contact };
    for at in 0..20 {
        world.message(
            id,
            MessageKind::Inbound,
            author.clone(),
            &format!("line {at}"),
        );
    }
    world.commit(store).await;
    let all = store.messages(id, Stretch::After(0), 100).await.unwrap();
    assert_eq!(all.len(), 20);
    let newest = store.messages(id, Stretch::Newest, 5).await.unwrap();
    assert_eq!(newest, all[15..]);
    let before = store
        .messages(id, Stretch::Before(newest[0].row.seq), 5)
        .await
        .unwrap();
    assert_eq!(before, all[10..15]);
    let after = store
        .messages(id, Stretch::After(before[4].row.seq), 3)
        .await
        .unwrap();
    assert_eq!(after, all[15..18]);
}
