//! What plugins keep, what providers call things, and what contacts change.

use std::time::Duration;

use plugboard_domain::{
    Actor,
    contact::IdentityKind,
    ids::{InboxId, OutboxId},
    message::{Amendment, Delivery, MessageKind},
    outbox::{Job, OutboxEntry},
    plugin::{PluginSpace, PluginUsage, PluginValue, timer_id},
};
use plugboard_store::{Amended, ExternalRef, Key, ReplyTo, Store, Write};

use crate::world::World;

fn space(plugin: &str) -> PluginSpace {
    PluginSpace {
        plugin: plugin.into(),
        account: "one".into(),
    }
}

pub(super) async fn values_are_counted_and_end(world: &mut World, store: &dyn Store) {
    let now = world.now();
    let put = |key: &str, bytes: &[u8], secs: Option<u64>| Write::PluginValue {
        space: space("a"),
        key: key.into(),
        value: Some(PluginValue {
            bytes: bytes.to_vec(),
            expires_at: secs.map(|secs| now + Duration::from_secs(secs)),
        }),
        at: now,
    };
    world.write(put("k:1", &[0, 255], None));
    world.write(put("k:1", &[0, 255, 7], None));
    world.write(put("k:\u{4e8c}", b"two", Some(60)));
    world.write(put("other", b"", None));
    world.commit(store).await;
    let usage = async |at| {
        let key = Key::PluginUsage(space("a"), at);
        store.load(vec![key]).await.unwrap().plugin_usage[&space("a")]
    };
    let held = |keys, bytes| PluginUsage {
        keys,
        bytes,
        timers: 0,
    };
    assert_eq!(usage(now).await, held(3, 3 + 3 + 5 + 3 + 5));
    let later = now + Duration::from_secs(60);
    assert_eq!(
        usage(later).await,
        held(2, 3 + 3 + 5),
        "what is over does not count"
    );
    let keys = async |prefix: &str, after: Option<&str>, at| {
        let after = after.map(str::to_owned);
        store
            .plugin_keys(space("a"), prefix.into(), after, 10, at)
            .await
            .unwrap()
    };
    assert_eq!(keys("k:", None, now).await, ["k:1", "k:\u{4e8c}"]);
    assert_eq!(keys("", Some("k:1"), later).await, ["other"]);
    let value = async |plugin: &str, at| {
        let value = store.plugin_value(space(plugin), "k:\u{4e8c}".into(), at);
        value.await.unwrap().map(|it| it.bytes)
    };
    assert_eq!(value("a", now).await.as_deref(), Some(b"two".as_slice()));
    assert_eq!(value("a", later).await, None);
    assert_eq!(value("b", now).await, None, "another plugin has its own");
    world.write(Write::PluginForgotten("a".into()));
    world.commit(store).await;
    assert_eq!(usage(now).await, PluginUsage::default());
}

pub(super) async fn bodies_go_with_their_work(world: &mut World, store: &dyn Store) {
    let now = world.now();
    let timer = timer_id(&space("a"), "poll");
    let job = Job::PluginTimer {
        plugin: "a".into(),
        account: "one".into(),
        key: "poll".into(),
    };
    let hook: OutboxId = world.id();
    let inbox_id: InboxId = world.id();
    let at = now + Duration::from_hours(24 * 365);
    world.write(Write::Outbox(OutboxEntry::new(timer, job, at, now)));
    world.write(Write::OutboxBody(timer, b"{}".to_vec()));
    world.write(Write::Outbox(OutboxEntry::new(
        hook,
        Job::Hook { inbox_id },
        at,
        now,
    )));
    world.write(Write::OutboxBody(hook, vec![0, 1]));
    world.commit(store).await;
    assert_eq!(store.outbox_body(hook).await.unwrap(), Some(vec![0, 1]));
    let key = Key::PluginUsage(space("a"), now);
    let facts = store.load(vec![key]).await.unwrap();
    assert_eq!(facts.plugin_usage[&space("a")].timers, 1);
    world.write(Write::OutboxGone(hook));
    world.write(Write::PluginForgotten("a".into()));
    world.commit(store).await;
    for id in [hook, timer] {
        assert_eq!(store.outbox_body(id).await.unwrap(), None);
        assert_eq!(store.outbox_entry(id).await.unwrap(), None);
    }
}

pub(super) async fn deliveries_of_a_conversation_come_in_order(
    world: &mut World,
    store: &dyn Store,
) {
    let (inbox_id, now) = (world.id(), world.now());
    let (one, two) = (world.id(), world.id());
    let mut entry = |conversation_id, at| {
        let message_id = world.id();
        let job = Job::Deliver {
            inbox_id,
            conversation_id,
            message_id,
        };
        let id = plugboard_domain::outbox::delivery_id(message_id);
        let entry = OutboxEntry::new(id, job, at, now);
        world.write(Write::Outbox(entry.clone()));
        entry
    };
    let wait = Duration::from_hours(1);
    let (late, behind) = (entry(one, now + wait), entry(one, now));
    let other = entry(two, now);
    world.commit(store).await;
    let due = async |at| {
        let due = store.due_outbox(at, 100).await.unwrap();
        let ours = [&late, &behind, &other];
        due.into_iter()
            .map(|it| it.id)
            .filter(|id| ours.iter().any(|it| it.id == *id))
            .collect::<Vec<_>>()
    };
    assert_eq!(due(now).await, [other.id], "the later one waits");
    let waited = now + plugboard_store::ORDER_WAIT;
    let next = store.next_outbox_after(now).await.unwrap();
    assert!(next.is_some_and(|at| at > now && at <= waited));
    assert_eq!(due(waited).await, [behind.id, other.id], "but not for ever");
    for entry in [late, behind, other] {
        let done = entry.after(plugboard_domain::outbox::Attempt::Done, now);
        world.write(Write::Outbox(done));
    }
    world.commit(store).await;
}

pub(super) async fn answers_find_their_way_and_texts_change(world: &mut World, store: &dyn Store) {
    let (contact, inbox) = (world.contact("Provider"), world.id::<InboxId>());
    let first = world.identity(contact, IdentityKind::Channel, "chan-1", true);
    let second = world.identity(contact, IdentityKind::Channel, "chan-2", true);
    let id = world.conversation(contact, inbox, None, None);
    let message = world.message(
        id,
        MessageKind::Inbound,
        Actor::Contact { id: contact },
        "first words",
    );
    let reply = |identity_id, thread_key: Option<&str>| Write::ReplyTo {
        conversation_id: id,
        inbox_id: inbox,
        identity_id,
        thread_key: thread_key.map(str::to_owned),
    };
    world.write(reply(first.id, Some("t1")));
    world.write(reply(second.id, None));
    let at = world.now();
    let known = |external_id: &str, known| Write::ExternalRef {
        inbox_id: inbox,
        external_id: external_id.into(),
        known,
        at,
    };
    world.write(known("x1", ExternalRef::Early(Delivery::Delivered)));
    world.write(known("x2", ExternalRef::Early(Delivery::Read)));
    world.write(known("x2", ExternalRef::Message(message)));
    world.commit(store).await;
    let expected = ReplyTo {
        address: Some(second.address),
        thread_key: Some("t1".into()),
    };
    assert_eq!(store.reply_to(id).await.unwrap(), expected);
    assert_eq!(
        store.reply_to(world.id()).await.unwrap(),
        ReplyTo::default()
    );
    let external = |id: &str| Key::ExternalRef(inbox, id.into());
    let keys = vec![
        external("x1"),
        external("x2"),
        external("x3"),
        Key::Thread(inbox, "t1".into()),
    ];
    let facts = store.load(keys).await.unwrap();
    let of = |id: &str| facts.external[&(inbox, id.to_owned())].clone();
    assert_eq!(of("x1"), Some(ExternalRef::Early(Delivery::Delivered)));
    assert_eq!(of("x2"), Some(ExternalRef::Message(message)));
    assert_eq!(of("x3"), None);
    assert_eq!(facts.threads[&(inbox, "t1".to_owned())], Some(id));

    let edited = Amendment::Edited {
        text: "second words".into(),
    };
    world.write(Write::Amend(message, edited, at));
    world.commit(store).await;
    let view = store.messages_by_id(vec![message]).await.unwrap().remove(0);
    assert_eq!(
        (view.row.text.as_str(), view.amended),
        ("second words", Some(Amended::Edited(at)))
    );
    world.write(Write::Amend(message, Amendment::TakenBack, at));
    world.commit(store).await;
    let view = store.messages_by_id(vec![message]).await.unwrap().remove(0);
    assert_eq!(
        (view.row.text.as_str(), view.amended),
        ("", Some(Amended::TakenBack(at)))
    );
    let listed = store.conversation(id, None).await.unwrap().unwrap();
    let newest = listed.last_message.unwrap();
    assert_eq!(
        (newest.id, newest.text.as_str(), newest.taken_back),
        (message, "", true)
    );
    let earlier = store.earlier_texts(message).await.unwrap();
    assert_eq!(
        earlier,
        [
            ("first words".to_owned(), at),
            ("second words".to_owned(), at)
        ]
    );
}
