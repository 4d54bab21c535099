//! Lists of conversations and contacts, and the numbers beside them.

use std::collections::BTreeSet;

use plugboard_domain::{
    Actor, Event,
    access::Scope,
    conversation::{AssignedBy, Assignment, Priority, Stage, Status, Waiting},
    ids::{AgentId, ConversationId, InboxId, ShopId, TeamId},
    message::MessageKind,
};
use plugboard_store::{AssigneeFilter, ConversationFilter, StatusFilter, Store};

use super::setup;
use crate::world::World;

/// The ids on the first page of a filter.
pub(super) async fn listed(store: &dyn Store, filter: ConversationFilter) -> Vec<ConversationId> {
    let page = store.conversations(filter, None, None, 100).await.unwrap();
    assert!(page.next.is_none());
    page.items.iter().map(|it| it.conversation.id).collect()
}

pub(super) fn assign(world: &mut World, id: ConversationId, agent: AgentId, team: Option<TeamId>) {
    let since = world.now();
    let assignment = Assignment::Assigned {
        agent,
        team,
        since,
        by: AssignedBy::Hand,
    };
    let event = Event::Assigned {
        assignment,
        cause: "asked".into(),
        decision_id: None,
    };
    world.event(Actor::system("console"), Some(id), event);
}

pub(super) fn set_status(world: &mut World, id: ConversationId, status: Status, waiting: Waiting) {
    let event = Event::StatusChanged {
        status,
        waiting,
        cause: "asked".into(),
    };
    world.event(Actor::system("console"), Some(id), event);
}

struct Cast {
    inbox: InboxId,
    shop: ShopId,
    team: TeamId,
    agent: AgentId,
}

fn cast(world: &mut World) -> Cast {
    let (inbox, agent) = (world.id(), world.id());
    Cast {
        inbox,
        agent,
        shop: setup::shop(world, "Tea"),
        team: setup::team(world, "Refunds"),
    }
}

#[expect(clippy::too_many_lines, reason = "one line for each filter")]
pub(super) async fn each_filter_lists_what_it_says(world: &mut World, store: &dyn Store) {
    let Cast {
        inbox,
        shop,
        team,
        agent,
    } = cast(world);
    let contact = world.contact("Filter");
    let plain = world.conversation(contact, inbox, None, None);
    let asking = world.conversation(contact, inbox, Some(shop), Some(team));
    world.message(
        asking,
        MessageKind::Inbound,
        Actor::Contact { id: contact },
        "hello",
    );
    let owned = world.conversation(contact, inbox, Some(shop), None);
    assign(world, owned, agent, Some(team));
    world.event(
        Actor::system("x"),
        Some(owned),
        Event::PriorityChanged {
            priority: Priority::Urgent,
        },
    );
    let resolved = world.conversation(contact, inbox, None, Some(team));
    let status = Status::Resolved {
        at: world.now(),
        by: Actor::system("x"),
        disposition: None,
    };
    set_status(world, resolved, status, Waiting::Nobody);
    world.event(
        Actor::system("x"),
        Some(resolved),
        Event::StageChanged {
            stage: Some(Stage::Aftersale),
        },
    );
    let snoozed = world.conversation(contact, inbox, None, None);
    let until = world.now();
    set_status(world, snoozed, Status::Snoozed { until }, Waiting::Nobody);
    world.tag(snoozed, "发票");
    world.commit(store).await;

    let base = ConversationFilter {
        inbox: Some(inbox),
        ..ConversationFilter::default()
    };
    let check = |filter: ConversationFilter, expected: Vec<ConversationId>| async move {
        let shown = format!("{filter:?}");
        assert_eq!(listed(store, filter).await, expected, "{shown}");
    };
    check(base.clone(), vec![snoozed, resolved, owned, asking, plain]).await;
    let filter = |change: fn(&mut ConversationFilter)| {
        let mut filter = base.clone();
        change(&mut filter);
        filter
    };
    check(
        filter(|it| it.status = Some(StatusFilter::Open)),
        vec![owned, asking, plain],
    )
    .await;
    check(
        filter(|it| it.status = Some(StatusFilter::Snoozed)),
        vec![snoozed],
    )
    .await;
    check(
        filter(|it| it.status = Some(StatusFilter::Resolved)),
        vec![resolved],
    )
    .await;
    check(filter(|it| it.status = Some(StatusFilter::Merged)), vec![]).await;
    check(filter(|it| it.needs_reply = Some(true)), vec![asking]).await;
    check(
        filter(|it| it.needs_reply = Some(false)),
        vec![snoozed, resolved, owned, plain],
    )
    .await;
    check(filter(|it| it.tag = Some("发票".into())), vec![snoozed]).await;
    check(
        filter(|it| it.priority = Some(Priority::Urgent)),
        vec![owned],
    )
    .await;
    check(
        filter(|it| it.priority = Some(Priority::Normal)),
        vec![snoozed, resolved, asking, plain],
    )
    .await;
    check(
        filter(|it| it.stage = Some(Stage::Aftersale)),
        vec![resolved],
    )
    .await;
    check(
        filter(|it| it.assignee = Some(AssigneeFilter::Nobody)),
        vec![snoozed, resolved, asking, plain],
    )
    .await;
    let with = |filter: ConversationFilter| ConversationFilter {
        inbox: Some(inbox),
        ..filter
    };
    let assignee = Some(AssigneeFilter::Agent(agent));
    check(
        with(ConversationFilter {
            assignee,
            ..<_>::default()
        }),
        vec![owned],
    )
    .await;
    check(
        with(ConversationFilter {
            team: Some(Some(team)),
            ..<_>::default()
        }),
        vec![resolved, owned, asking],
    )
    .await;
    check(
        with(ConversationFilter {
            team: Some(None),
            ..<_>::default()
        }),
        vec![snoozed, plain],
    )
    .await;
    check(
        ConversationFilter {
            shop: Some(shop),
            ..<_>::default()
        },
        vec![owned, asking],
    )
    .await;
    let all = vec![snoozed, resolved, owned, asking, plain];
    check(
        ConversationFilter {
            contact: Some(contact),
            ..<_>::default()
        },
        all,
    )
    .await;
    let ids = Some(vec![plain, resolved, world.id()]);
    check(
        ConversationFilter {
            ids,
            ..<_>::default()
        },
        vec![resolved, plain],
    )
    .await;
    let scope = Scope {
        shops: BTreeSet::from([shop]),
        teams: BTreeSet::new(),
    };
    check(
        with(ConversationFilter {
            scope,
            ..<_>::default()
        }),
        vec![owned, asking],
    )
    .await;
    let scope = Scope {
        shops: BTreeSet::new(),
        teams: BTreeSet::from([world.id()]),
    };
    check(
        with(ConversationFilter {
            scope,
            ..<_>::default()
        }),
        vec![snoozed, plain],
    )
    .await;
    let combined = ConversationFilter {
        assignee,
        tag: Some("发票".into()),
        contact: Some(contact),
        ..<_>::default()
    };
    check(combined, vec![]).await;
}

pub(super) async fn pages_follow_each_other(world: &mut World, store: &dyn Store) {
    let inbox: InboxId = world.id();
    let mut begun = Vec::new();
    for at in 0..23 {
        let contact = world.contact(&format!("Contact {at}"));
        begun.push(world.conversation(contact, inbox, None, None));
    }
    world.commit(store).await;
    let filter = ConversationFilter {
        inbox: Some(inbox),
        ..ConversationFilter::default()
    };
    let (mut seen, mut after) = (Vec::new(), None);
    loop {
        let page = store
            .conversations(filter.clone(), None, after, 5)
            .await
            .unwrap();
        seen.extend(page.items.iter().map(|it| it.conversation.id));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    begun.reverse();
    assert_eq!(seen, begun);

    let first = store
        .contacts(None, Scope::default(), None, 10)
        .await
        .unwrap();
    let second = store
        .contacts(None, Scope::default(), first.next.clone(), 10)
        .await
        .unwrap();
    let names = |page: &[plugboard_store::ContactView]| -> Vec<String> {
        page.iter()
            .filter_map(|it| it.profile.name.clone())
            .collect()
    };
    assert_eq!(names(&first.items)[..2], ["Contact 22", "Contact 21"]);
    assert_eq!(names(&second.items)[..2], ["Contact 12", "Contact 11"]);

    // A conversation without a team is in every team's scope, one without a shop in no shop's.
    let teams = BTreeSet::from([world.id()]);
    let scope = Scope {
        teams,
        ..Scope::default()
    };
    let inside = store.contacts(None, scope, None, 10).await.unwrap();
    assert_eq!(names(&inside.items)[..2], ["Contact 22", "Contact 21"]);
    let shops = BTreeSet::from([world.id()]);
    let scope = Scope {
        shops,
        ..Scope::default()
    };
    let outside = store.contacts(None, scope.clone(), None, 10).await.unwrap();
    assert_eq!((names(&outside.items), outside.next), (vec![], None));
    let newest = first.items[0].contact.id;
    assert_eq!(store.contact(newest, scope).await.unwrap(), None);
}

pub(super) async fn counts_are_bounded_by_scope(world: &mut World, store: &dyn Store) {
    let Cast {
        inbox,
        shop,
        team,
        agent,
    } = cast(world);
    let contact = world.contact("Count");
    let queued = world.conversation(contact, inbox, Some(shop), Some(team));
    let mine = world.conversation(contact, inbox, Some(shop), Some(team));
    world.message(
        mine,
        MessageKind::Inbound,
        Actor::Contact { id: contact },
        "hello",
    );
    assign(world, mine, agent, Some(team));
    let snoozed = world.conversation(contact, inbox, Some(shop), Some(team));
    let until = world.now();
    set_status(world, snoozed, Status::Snoozed { until }, Waiting::Nobody);
    let elsewhere = world.conversation(contact, inbox, None, None);
    world.commit(store).await;

    let scope = Scope {
        shops: BTreeSet::from([shop]),
        teams: BTreeSet::from([team]),
    };
    let counts = store.counts(agent, scope).await.unwrap();
    assert_eq!(
        (counts.mine, counts.mine_needs_reply, counts.unassigned),
        (1, 1, 1)
    );
    assert_eq!((counts.open, counts.needs_reply, counts.snoozed), (2, 1, 1));
    assert_eq!(counts.team_queues.get(&team), Some(&1));
    let everywhere = store.counts(agent, Scope::default()).await.unwrap();
    assert!(everywhere.open > counts.open);
    assert_eq!(store.loads().await.unwrap().get(&agent), Some(&1));
    let filter = ConversationFilter {
        ids: Some(vec![queued, elsewhere]),
        ..<_>::default()
    };
    assert_eq!(listed(store, filter).await, [elsewhere, queued]);
}
