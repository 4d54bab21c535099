//! Calls: found by every name that they have, listed, due, and content beside their state.

use std::collections::BTreeMap;

use plugboard_domain::{
    Actor, Event, Recorded,
    access::Scope,
    call::{
        Call, CallChange, CallFacts, CallLine, CallRules, CallState, Direction, EndCause, EndWord,
        EndedBy,
    },
    contact::IdentityKind,
    ids::{AgentId, CallId, ConversationId, InboxId, TeamId},
    message::MessageKind,
};
use plugboard_store::{CallFilter, CallRow, CallStand, Key, Store, Write};

use crate::world::World;

struct Made {
    row: CallRow,
    conversation: ConversationId,
}

fn begin(
    world: &mut World,
    name: &str,
    inbox: InboxId,
    team: Option<TeamId>,
    (direction, agent): (Direction, Option<AgentId>),
) -> Made {
    let contact = world.contact("Caller");
    world.identity(contact, IdentityKind::Phone, &format!("+86{name}"), false);
    let conversation = world.conversation(contact, inbox, None, team);
    let author = Actor::Contact { id: contact };
    let message_id = world.message(conversation, MessageKind::Call, author, "\u{260e}");
    let id: CallId = world.id();
    let call = CallFacts {
        id,
        message_id,
        inbox_id: inbox,
        contact_id: contact,
        identity_id: None,
        direction,
        provider: "sip".into(),
        agent_id: agent,
        team_id: team,
        rules: CallRules::default(),
    };
    let event = Event::CallStarted { call };
    let call = fold(world, None, id, conversation, event);
    let line = CallLine {
        provider_call_id: format!("line-{name}"),
        number: name.into(),
        e164: Some(format!("+86{name}")),
        own_number: "+8657112345678".into(),
        transfer_number: None,
        handover: None,
        note: None,
    };
    let row = CallRow { call, line };
    world.write(Write::Call(Box::new(row.clone())));
    Made { row, conversation }
}

fn fold(
    world: &mut World,
    before: Option<Call>,
    id: CallId,
    conversation: ConversationId,
    event: Event,
) -> Call {
    let seq = world.event(Actor::system("phone"), Some(conversation), event.clone());
    let recorded = Recorded {
        seq,
        at: world.now(),
        actor: Actor::system("phone"),
        conversation_id: Some(conversation),
        caused_by: None,
        event,
    };
    Call::apply(before, id, &recorded).expect("it began")
}

fn change(world: &mut World, made: &mut Made, change: CallChange) {
    let id = made.row.call.id;
    let event = Event::CallChanged {
        call_id: id,
        change,
    };
    let before = Some(made.row.call.clone());
    made.row.call = fold(world, before, id, made.conversation, event);
    world.write(Write::Call(Box::new(made.row.clone())));
}

pub(super) async fn calls_are_found_and_come_due(world: &mut World, store: &dyn Store) {
    let (inbox, other): (InboxId, InboxId) = (world.id(), world.id());
    let (agent, team): (AgentId, TeamId) = (world.id(), world.id());
    let started = world.now();
    let mut first = begin(
        world,
        "13800138000",
        inbox,
        Some(team),
        (Direction::Inbound, None),
    );
    let mut missed = begin(
        world,
        "13800138001",
        inbox,
        None,
        (Direction::Inbound, None),
    );
    let dialled = begin(
        world,
        "13800138002",
        other,
        None,
        (Direction::Outbound, Some(agent)),
    );
    change(world, &mut first, CallChange::Queued { team_id: None });
    let ended = CallChange::Ended {
        state: CallState::Abandoned,
        by: EndedBy::Caller,
        cause: EndCause::of(EndWord::Cancelled),
        wrapup_until: None,
    };
    change(world, &mut missed, ended);
    missed.row.line.note = Some("called twice".into());
    world.write(Write::Call(Box::new(missed.row.clone())));
    store.commit(world.take()).await.unwrap();

    keys(store, &first, &dialled, agent, started).await;
    lists(store, (&first, &missed, &dialled), inbox, team, agent).await;

    let due = first.row.call.due_at().unwrap();
    assert_eq!(store.next_call_at().await.unwrap(), Some(due));
    assert_eq!(store.due_calls(due, 9).await.unwrap(), [first.row.call.id]);
    let before = due - std::time::Duration::from_secs(1);
    assert_eq!(store.due_calls(before, 9).await.unwrap(), []);
    assert_eq!(store.last_talked(started).await.unwrap(), BTreeMap::new());

    let view = store.call(missed.row.call.id).await.unwrap().unwrap();
    assert_eq!(view.row, missed.row);
    assert_eq!(view.contact_name.as_deref(), Some("Caller"));
    let messages = vec![missed.row.call.message_id, world.id()];
    let shown = store.calls_of(messages).await.unwrap();
    assert_eq!(shown.len(), 1);
    assert_eq!(store.call(world.id()).await.unwrap(), None);
}

async fn keys(
    store: &dyn Store,
    first: &Made,
    dialled: &Made,
    agent: AgentId,
    since: plugboard_domain::Timestamp,
) {
    let name = ("sip".to_owned(), "line-13800138000".to_owned());
    let nobody = ("sip".to_owned(), "line-0".to_owned());
    let contact = first.row.call.contact_id;
    let facts = store
        .load(vec![
            Key::Call(first.row.call.id),
            Key::CallNamed(name.0.clone(), name.1.clone()),
            Key::CallNamed(nobody.0.clone(), nobody.1.clone()),
            Key::LiveCalls,
            Key::Dialled(agent, since),
            Key::NumberOf(contact),
        ])
        .await
        .unwrap();
    assert_eq!(facts.calls[&first.row.call.id].as_ref(), Some(&first.row));
    assert_eq!(facts.call_names[&name], Some(first.row.call.id));
    assert_eq!(facts.call_names[&nobody], None);
    let live = facts.live_calls.unwrap();
    assert_eq!(live, [first.row.call.id, dialled.row.call.id].into());
    assert_eq!(facts.dialled[&(agent, since)], 1);
    assert_eq!(facts.numbers[&contact].as_deref(), Some("+8613800138000"));
}

async fn lists(
    store: &dyn Store,
    (first, missed, dialled): (&Made, &Made, &Made),
    inbox: InboxId,
    team: TeamId,
    agent: AgentId,
) {
    let ids = async |filter: CallFilter| {
        let page = store.calls(filter, None, 50).await.unwrap();
        let ids = page.items.iter().map(|it| it.row.call.id);
        ids.collect::<Vec<_>>()
    };
    let [first, missed, dialled] = [first, missed, dialled].map(|it| it.row.call.id);
    let stand = |stand| CallFilter {
        stand: Some(stand),
        ..CallFilter::default()
    };
    assert_eq!(ids(CallFilter::default()).await, [dialled, missed, first]);
    assert_eq!(ids(stand(CallStand::Live)).await, [dialled, first]);
    assert_eq!(ids(stand(CallStand::Ended)).await, [missed]);
    assert_eq!(ids(stand(CallStand::Missed)).await, [missed]);
    assert_eq!(ids(stand(CallStand::ToCall)).await, [missed]);
    let of_inbox = CallFilter {
        inbox: Some(inbox),
        ..CallFilter::default()
    };
    assert_eq!(ids(of_inbox).await, [missed, first]);
    let of_agent = CallFilter {
        agent: Some(agent),
        ..CallFilter::default()
    };
    assert_eq!(ids(of_agent).await, [dialled]);
    let elsewhere = CallFilter {
        scope: Scope {
            teams: [TeamId(agent.0)].into(),
            ..Scope::default()
        },
        ..CallFilter::default()
    };
    assert_eq!(
        ids(elsewhere).await,
        [dialled, missed],
        "not of team {team}"
    );
    let page = store.calls(CallFilter::default(), None, 2).await.unwrap();
    let rest = store
        .calls(CallFilter::default(), page.next, 2)
        .await
        .unwrap();
    assert_eq!(rest.items.len(), 1);
    assert_eq!(rest.items[0].row.call.id, first);
    assert_eq!(rest.next, None);
    let live = store.live_calls().await.unwrap();
    assert_eq!(live.len(), 2);
}
