//! Steps of escalation, cases, and decisions of routing policies.

use std::collections::BTreeSet;

use plugboard_domain::{
    AgentId, CaseId, DecisionId, Event, MacroId, Rejection, Seq, WebhookId,
    access::Role,
    conversation::{
        Conversation, ConversationCommand, OPEN_CASES_MAX, Priority, escalate, follow_decision,
    },
    decision::{DecisionMode, DecisionTrace, HOPS_MAX, RoutingOutcome, RoutingTarget},
    desk::{Desk, Entity, Webhook},
    escalation::{
        ASK_AGAIN_SECS_MAX, Audience, Escalate, EscalationAction as Action, STEPS_MAX, Trigger,
    },
    timer::TimerKind,
};
use uuid::Uuid;

use crate::support::{
    BOSS, CARE, LI, NIGHT, WANG, World, agent, at, boss, desk, outcome, start, tell,
};

fn trace() -> DecisionTrace {
    DecisionTrace {
        id: DecisionId(Uuid::from_u128(7)),
        conversation_id: Uuid::from_u128(101).into(),
        policy: "escalation".into(),
        version: "rule:ladder@1".into(),
        mode: DecisionMode::Live,
        fallback: None,
        inputs: serde_json::Value::Null,
        answer: serde_json::Value::Null,
        reason: "slow".into(),
        duration_us: 1,
    }
}

fn answer(trigger_seq: Seq, actions: Vec<Action>) -> Escalate {
    Escalate {
        trace: trace(),
        trigger: Trigger::Breached,
        trigger_seq,
        expected_level: 0,
        actions,
        level: 1,
        ask_at: None,
        pin: None,
    }
}

/// A desk with a reporting line and a webhook for pages.
fn ladder() -> Desk {
    let mut desk = desk();
    for (id, above) in [(LI, Some(WANG)), (WANG, Some(BOSS))] {
        let mut it = agent(id, if id == LI { "Li" } else { "Wang" }, Role::Agent);
        it.reports_to = above;
        desk.save(Entity::Agent(it));
    }
    desk.save(Entity::Webhook(Webhook {
        id: WebhookId(Uuid::from_u128(72)),
        name: "ops".into(),
        url: "https://pager.example".into(),
        events: BTreeSet::new(),
        enabled: true,
        created_at: start(),
    }));
    desk
}

fn begun(desk: Desk) -> World {
    let mut world = World::new(desk);
    world.begin();
    world
}

fn step(world: &mut World, asked: &Escalate) -> Result<Vec<Event>, Rejection> {
    world.follow(0, "escalation", |state, context| {
        Ok(escalate(state, asked, context)?.events)
    })
}

fn give_to(world: &mut World, agent: AgentId) {
    let command = ConversationCommand::Assign {
        agent: Some(agent),
        team: Some(CARE),
    };
    let boss = plugboard_domain::Principal::Agent(BOSS);
    world.execute(0, &boss, &command).unwrap();
}

#[test]
fn every_action_of_an_answer_is_done_or_said_to_be_skipped() {
    let mut world = begun(ladder());
    give_to(&mut world, LI);
    let seq = world.head();
    let notify = |audience| Action::Notify(audience, "look".into());
    let mut asked = answer(
        seq,
        vec![
            notify(Audience::Owner),
            notify(Audience::Manager(2)),
            notify(Audience::Manager(3)),
            notify(Audience::Role(Role::Supervisor)),
            Action::RaisePriority(Priority::Urgent),
            Action::AssignTeam(NIGHT),
            Action::AddTags(vec!["late".into()]),
            Action::Page {
                webhook: "ops".into(),
                payload: serde_json::json!({"x": 1}),
            },
            Action::Page {
                webhook: "gone".into(),
                payload: serde_json::Value::Null,
            },
            Action::OpenCase {
                kind: "complaint".into(),
                summary: "angry".into(),
            },
        ],
    );
    asked.ask_at = Some(at(60));
    asked.pin = Some("rule:ladder@1".into());
    let mut beside = None;
    let events = world
        .follow(0, "escalation", |state, context| {
            let done = escalate(state, &asked, context)?;
            beside = Some((done.pages, done.summaries));
            Ok(done.events)
        })
        .unwrap();
    let Event::ConversationEscalated { step, notify, .. } = &events[0] else {
        panic!("{events:?}")
    };
    insta::assert_snapshot!(step.actions.join("\n"), @r"
    notify owner
    notify manager(2)
    skipped: nobody is manager(3)
    skipped: nobody is role supervisor
    raise_priority urgent
    assign_team 00000000-0000-0000-0000-00000000000c
    add_tags late
    page ops
    skipped: webhook to page not found
    open_case complaint
    ");
    assert_eq!(*notify, [LI, BOSS].into());
    insta::assert_snapshot!(tell(&events[1..]), @r#"
    tags +{"late"} -{}
    priority Urgent
    queued for night since now (escalated)
    case.opened {"case":"complaint","case_id":"00000000-0000-0000-0000-000000000011"}
    "#);
    let (pages, summaries) = beside.unwrap();
    assert_eq!(pages, [(WebhookId(Uuid::from_u128(72)), 7)]);
    assert_eq!(
        summaries,
        [(CaseId(Uuid::from_u128(0x11)), "angry".to_owned())]
    );
    let state = &world.conversations[0];
    assert_eq!((state.escalation.level, state.escalation.handled), (1, seq));
    assert_eq!(state.pins.escalation.as_deref(), Some("rule:ladder@1"));
    assert!(
        state
            .timers(&world.desk)
            .iter()
            .any(|it| it.kind == TimerKind::Escalation)
    );
}

#[test]
fn what_was_acted_on_is_not_acted_on_again() {
    let mut world = begun(desk());
    let seq = world.head();
    let raise = || vec![Action::RaisePriority(Priority::High)];
    step(&mut world, &answer(seq, raise())).unwrap();
    let mut again = answer(seq, raise());
    again.expected_level = 1;
    assert_eq!(
        step(&mut world, &again).unwrap_err().to_string(),
        "it was acted on already"
    );
    let late = answer(world.head(), raise());
    assert_eq!(
        step(&mut world, &late).unwrap_err().to_string(),
        "it has another level by now"
    );
}

#[test]
fn plan_without_actions_sets_the_time_to_ask_and_it_comes_once() {
    let mut world = begun(desk());
    let mut plan = answer(world.head(), vec![]);
    (plan.level, plan.ask_at) = (0, Some(at(30)));
    let events = step(&mut world, &plan).unwrap();
    assert!(matches!(events[..], [Event::EscalationPlanned { .. }]));
    world.now = at(31);
    let fire = ConversationCommand::Fire(TimerKind::Escalation);
    let timer = plugboard_domain::Principal::System("timer");
    let due = world.execute(0, &timer, &fire).unwrap();
    assert_eq!(due, [Event::EscalationDue { asked_for: at(30) }]);
    assert_eq!(world.execute(0, &timer, &fire).unwrap(), []);
}

#[test]
fn time_to_ask_that_has_passed_is_due_at_once_and_one_too_far_comes_sooner() {
    let mut world = begun(desk());
    world.now = at(100);
    let mut plan = answer(world.head(), vec![]);
    (plan.level, plan.ask_at) = (0, Some(at(30)));
    step(&mut world, &plan).unwrap();
    let timers = world.conversations[0].timers(&world.desk);
    let due = timers.iter().find(|it| it.kind == TimerKind::Escalation);
    assert_eq!(due.unwrap().due_at, at(30));
    let mut far = answer(world.head(), vec![]);
    (far.level, far.ask_at) = (0, Some(at(9_999_999)));
    step(&mut world, &far).unwrap();
    let month = at(100 + ASK_AGAIN_SECS_MAX);
    assert_eq!(world.conversations[0].escalation.ask_at, Some(month));
}

#[test]
fn out_of_bounds_or_over_is_refused() {
    let mut world = begun(desk());
    let many = answer(world.head(), vec![Action::AddTags(vec!["a".into()]); 11]);
    assert_eq!(
        step(&mut world, &many).unwrap_err().to_string(),
        "at most 10 actions"
    );
    let resolve =
        ConversationCommand::SetStatus(plugboard_domain::conversation::StatusRequest::Resolve {
            disposition: None,
        });
    world
        .execute(0, &plugboard_domain::Principal::Agent(LI), &resolve)
        .unwrap();
    let over = answer(world.head(), vec![]);
    assert_eq!(
        step(&mut world, &over).unwrap_err().to_string(),
        "it is over"
    );
}

#[test]
fn resolution_ends_pins_hops_and_level_but_not_what_was_handled() {
    let mut world = begun(desk());
    let mut asked = answer(world.head(), vec![]);
    (asked.ask_at, asked.pin) = (Some(at(60)), Some("rule:ladder@1".into()));
    step(&mut world, &asked).unwrap();
    let mut outcome = RoutingOutcome::to(RoutingTarget::Team(NIGHT));
    outcome.pin = Some("plugin:a@1+b".into());
    decided(&mut world, &outcome).unwrap();
    let state = &world.conversations[0];
    assert_eq!(
        (state.hops, state.pins.routing.as_deref()),
        (1, Some("plugin:a@1+b"))
    );
    let handled = state.escalation.handled;
    let resolve =
        ConversationCommand::SetStatus(plugboard_domain::conversation::StatusRequest::Resolve {
            disposition: None,
        });
    world
        .execute(0, &plugboard_domain::Principal::Agent(LI), &resolve)
        .unwrap();
    let state = &world.conversations[0];
    assert!(state.pins.is_empty());
    assert_eq!(
        (state.hops, state.escalation.level, state.escalation.ask_at),
        (0, 0, None)
    );
    assert_eq!(state.escalation.handled, handled);
}

#[test]
fn steps_that_are_remembered_are_the_newest() {
    let mut world = begun(desk());
    for level in 1..=25_u8 {
        let mut asked = answer(world.head(), vec![Action::RaisePriority(Priority::Low)]);
        (asked.expected_level, asked.level) = (level - 1, level);
        step(&mut world, &asked).unwrap();
    }
    let steps = &world.conversations[0].escalation.steps;
    assert_eq!(
        (steps.len(), steps[0].level, steps[19].level),
        (STEPS_MAX, 6, 25)
    );
}

fn decided(world: &mut World, outcome: &RoutingOutcome) -> Result<Vec<Event>, Rejection> {
    world.follow(0, "router", |state, context| {
        follow_decision(state, DecisionId(Uuid::from_u128(7)), outcome, context)
    })
}

#[test]
fn routing_policy_gives_moves_labels_and_waits() {
    let mut world = begun(desk());
    let told = |events: Vec<Event>| tell(&events);
    let outcome = RoutingOutcome {
        target: RoutingTarget::Team(NIGHT),
        priority: Some(Priority::High),
        add_tags: ["vip".to_owned(), " ".to_owned()].into(),
        pin: Some("plugin:a@1+b".into()),
    };
    insta::assert_snapshot!(told(decided(&mut world, &outcome).unwrap()), @r#"
    routing.decided {"decision_id":"00000000-0000-0000-0000-000000000007","hops":1,"pin":"plugin:a@1+b"}
    priority High
    tags +{"vip"} -{}
    queued for night since now (routed)
    "#);
    let wait = RoutingOutcome {
        target: RoutingTarget::Wait,
        ..outcome.clone()
    };
    insta::assert_snapshot!(told(decided(&mut world, &wait).unwrap()), @r#"routing.decided {"decision_id":"00000000-0000-0000-0000-000000000007"}"#);
    let to_li = RoutingOutcome::to(RoutingTarget::Agent(LI));
    insta::assert_snapshot!(told(decided(&mut world, &to_li).unwrap()), @r#"
    routing.decided {"decision_id":"00000000-0000-0000-0000-000000000007"}
    owned by Li of night by routing (routed)
    "#);
    assert_eq!(world.conversations[0].hops, 0, "an owner ends the moves");
    assert_eq!(
        decided(&mut world, &to_li).unwrap_err().to_string(),
        "somebody owns it already"
    );
}

#[test]
fn moves_between_teams_are_bounded() {
    let mut world = begun(desk());
    for hop in 0..HOPS_MAX {
        let team = if hop % 2 == 0 { NIGHT } else { CARE };
        decided(&mut world, &RoutingOutcome::to(RoutingTarget::Team(team))).unwrap();
    }
    let once_more = RoutingOutcome::to(RoutingTarget::Team(CARE));
    assert!(
        decided(&mut world, &once_more)
            .unwrap_err()
            .to_string()
            .contains("too often")
    );
    let nowhere = RoutingOutcome::to(RoutingTarget::Team(MacroId(Uuid::from_u128(99)).0.into()));
    assert_eq!(
        decided(&mut world, &nowhere).unwrap_err().to_string(),
        "team does not exist"
    );
}

#[test]
fn cases_are_opened_once_bounded_and_closed_by_people() {
    let case = |n: u128| CaseId(Uuid::from_u128(n));
    let open = |n: u128| {
        boss().does(ConversationCommand::OpenCase {
            id: case(n),
            kind: " complaint ".into(),
            summary: "angry".into(),
        })
    };
    let close = |n: u128| boss().does(ConversationCommand::CloseCase { id: case(n) });
    insta::assert_snapshot!(outcome([], open(1)), @r#"case.opened {"case":"complaint","case_id":"00000000-0000-0000-0000-000000000001"}"#);
    insta::assert_snapshot!(outcome([open(1)], open(1)), @"refused: the case exists already");
    insta::assert_snapshot!(outcome([open(1)], close(1)), @r#"case.closed {"case_id":"00000000-0000-0000-0000-000000000001"}"#);
    insta::assert_snapshot!(outcome([open(1), close(1)], close(1)), @"nothing");
    insta::assert_snapshot!(outcome([], close(1)), @"refused: case not found");
    let full: [_; OPEN_CASES_MAX] = std::array::from_fn(|n| open(n as u128));
    insta::assert_snapshot!(outcome(full, open(99)), @"refused: at most 20 open cases");
    let long = boss().does(ConversationCommand::OpenCase {
        id: case(1),
        kind: "a".into(),
        summary: "x".repeat(2_001),
    });
    insta::assert_snapshot!(outcome([], long), @"refused: summary must be at most 2000 characters");
}

#[test]
fn a_state_without_decisions_is_stored_as_before() {
    let world = begun(desk());
    let stored = serde_json::to_value(&world.conversations[0]).unwrap();
    for field in ["pins", "hops", "escalation", "cases"] {
        assert_eq!(stored.get(field), None);
    }
    let _: Conversation = serde_json::from_value(stored).unwrap();
}
