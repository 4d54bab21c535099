//! Configured things, sign-in and secrets.

use std::collections::BTreeMap;

use plugboard_domain::{
    Actor, Event,
    access::{Role, Scope},
    desk::{Agent, Attendance, Availability, Desk, Entity, EntityRef, Private, Shop, Team},
    ids::{AgentId, SessionId, ShopId, TeamId},
};
use plugboard_store::{Key, Store, Write};

use crate::world::World;

pub(super) fn agent(world: &mut World, name: &str) -> Agent {
    Agent {
        id: world.id(),
        name: name.into(),
        role: Role::Agent,
        skills: ["refunds".to_owned()].into(),
        capacity: 5,
        scope: Scope::default(),
        availability: Availability::Online,
        availability_since: world.now(),
        attendance: Attendance::Unseen,
        disabled: false,
        locale: None,
        reports_to: None,
        created_at: world.now(),
    }
}

pub(super) fn save(world: &mut World, entity: Entity, private: Private) -> EntityRef {
    let reference = entity.reference();
    world.event(
        Actor::system("console"),
        None,
        Event::DeskSaved {
            entity: entity.clone(),
        },
    );
    world.write(Write::Entity(Box::new(entity), private));
    reference
}

pub(super) fn team(world: &mut World, name: &str) -> TeamId {
    let id = world.id();
    let created_at = world.now();
    let team = Team {
        id,
        name: name.into(),
        members: [].into(),
        assignment: <_>::default(),
        overflow: None,
        created_at,
    };
    save(world, Entity::Team(team), Private::default());
    id
}

pub(super) fn shop(world: &mut World, name: &str) -> ShopId {
    let id = world.id();
    let created_at = world.now();
    save(
        world,
        Entity::Shop(Shop {
            id,
            name: name.into(),
            created_at,
        }),
        Private::default(),
    );
    id
}

pub(super) async fn configuration_and_secrets(world: &mut World, store: &dyn Store) {
    assert_eq!(store.head().await.unwrap(), 0);
    assert_eq!(store.load_desk().await.unwrap(), Desk::default());

    let alice = agent(world, "Alice");
    let private = Private {
        email: Some("alice@example.com".into()),
        password_hash: Some("$argon2id$one".into()),
        secrets: BTreeMap::from([("totp".into(), "秘密".into())]),
        ..Private::default()
    };
    let reference = save(world, Entity::Agent(alice.clone()), private);
    world.commit(store).await;
    let changed = Agent {
        name: "Alice Li".into(),
        ..alice.clone()
    };
    save(world, Entity::Agent(changed.clone()), Private::default());
    world.commit(store).await;

    assert_eq!(
        store.load_desk().await.unwrap().agent(alice.id),
        Some(&changed)
    );
    let credentials = store
        .credentials("alice@example.com")
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        (credentials.agent_id, credentials.password_hash.as_deref()),
        (alice.id, Some("$argon2id$one"))
    );
    assert_eq!(
        store
            .credentials("nobody@example.com")
            .await
            .unwrap()
            .map(|it| it.agent_id),
        None
    );
    assert_eq!(
        store.agent_emails().await.unwrap(),
        BTreeMap::from([(alice.id, "alice@example.com".into())])
    );
    assert_eq!(
        store.secrets(reference).await.unwrap(),
        BTreeMap::from([("totp".into(), "秘密".into())])
    );
    let keys = vec![
        Key::AgentEmail("alice@example.com".into()),
        Key::AgentEmail("bob@example.com".into()),
    ];
    let facts = store.load(keys).await.unwrap();
    assert_eq!(facts.agent_emails["alice@example.com"], Some(alice.id));
    assert_eq!(facts.agent_emails["bob@example.com"], None);

    sessions(world, store, alice.id).await;

    let gone = shop(world, "Gone");
    let gone = EntityRef {
        kind: plugboard_domain::desk::EntityKind::Shop,
        id: gone.0,
    };
    world.event(
        Actor::system("console"),
        None,
        Event::DeskRemoved { entity: gone },
    );
    world.write(Write::EntityRemoved(gone));
    world.commit(store).await;
    assert_eq!(store.load_desk().await.unwrap().get(gone), None);
}

async fn sessions(world: &mut World, store: &dyn Store, agent_id: AgentId) {
    let expires_at = world.now() + std::time::Duration::from_secs(60);
    let ids: Vec<SessionId> = (0..3).map(|_| world.id()).collect();
    for (at, id) in (0..).zip(&ids) {
        world.event(
            Actor::Agent { id: agent_id },
            None,
            Event::SessionCreated { agent_id },
        );
        world.write(Write::Session {
            id: *id,
            agent_id,
            token_hash: [at; 32],
            expires_at,
        });
    }
    world.commit(store).await;
    let found = store.session([1; 32]).await.unwrap().unwrap();
    assert_eq!(
        (found.id, found.agent_id, found.expires_at),
        (ids[1], agent_id, expires_at)
    );
    world.write(Write::SessionEnded(ids[1]));
    world.commit(store).await;
    assert_eq!(store.session([1; 32]).await.unwrap(), None);
    assert!(store.session([2; 32]).await.unwrap().is_some());
    world.write(Write::SessionsEnded(agent_id));
    world.commit(store).await;
    assert_eq!(store.session([2; 32]).await.unwrap(), None);
}
