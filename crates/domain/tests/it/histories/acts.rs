//! What may happen, at random.

use std::time::Duration;

use plugboard_domain::{
    CaseId, DecisionId, Event, Principal, Rejection, Timestamp,
    conversation::{
        ConversationCommand, Priority, Stage, StatusRequest, escalate, follow_decision,
    },
    decision::{DecisionMode, DecisionTrace, RoutingOutcome, RoutingTarget},
    desk::{Availability, Desk, Entity, Overflow},
    escalation::{Escalate, EscalationAction, Trigger},
    message::{Delivery, MessageKind},
};
use proptest::prelude::*;
use uuid::Uuid;

use crate::support::{CARE, CONTACT, HOURS, LI, NIGHT, POLICY, WANG, World, desk_with, message};

#[derive(Clone, Debug)]
pub(super) enum Act {
    Pass(u64),
    Receive,
    /// By which agent, having seen how much of what there is.
    Reply(bool, Option<u64>),
    Robot,
    Note(bool),
    Schedule(u64),
    Cancel(u8),
    Assign(Option<bool>, Option<bool>),
    Accept(bool),
    Route(bool),
    Back,
    Open,
    Snooze(u64),
    Resolve(bool),
    Tag(u8, u8),
    Priority(bool),
    Stage(bool),
    Merge(u8),
    Unmerge,
    Read(u64),
    Delivered,
    Availability(bool, Availability),
    /// A policy moves it, with a pin.
    Move(bool),
    /// On which position from the newest one back, from which level, with which time to ask again.
    Escalate(u64, bool, Option<u64>),
    OpenCase(u8),
    CloseCase(u8),
}

pub(super) fn act() -> impl Strategy<Value = Act> {
    let secs = || prop_oneof![1_u64..900, 1_u64..200_000];
    let who = any::<bool>;
    let availability = prop::sample::select(vec![
        Availability::Online,
        Availability::Away,
        Availability::Offline,
    ]);
    prop_oneof![
        8 => secs().prop_map(Act::Pass),
        6 => Just(Act::Receive),
        6 => (who(), prop::option::of(0_u64..40)).prop_map(|(who, seen)| Act::Reply(who, seen)),
        1 => Just(Act::Robot),
        2 => who().prop_map(Act::Note),
        2 => secs().prop_map(Act::Schedule),
        1 => any::<u8>().prop_map(Act::Cancel),
        3 => (prop::option::of(who()), prop::option::of(who())).prop_map(|(a, t)| Act::Assign(a, t)),
        2 => who().prop_map(Act::Accept),
        3 => who().prop_map(Act::Route),
        1 => Just(Act::Back),
        2 => Just(Act::Open),
        3 => secs().prop_map(Act::Snooze),
        3 => who().prop_map(Act::Resolve),
        1 => (0_u8..4, 0_u8..4).prop_map(|(add, remove)| Act::Tag(add, remove)),
        1 => who().prop_map(Act::Priority),
        1 => who().prop_map(Act::Stage),
        3 => any::<u8>().prop_map(Act::Merge),
        3 => Just(Act::Unmerge),
        1 => (0_u64..99).prop_map(Act::Read),
        1 => Just(Act::Delivered),
        2 => who().prop_map(Act::Move),
        4 => (0_u64..3, who(), prop::option::of(secs())).prop_map(|(back, acts, ask)| Act::Escalate(back, acts, ask)),
        1 => any::<u8>().prop_map(Act::OpenCase),
        1 => any::<u8>().prop_map(Act::CloseCase),
        1 => (who(), availability).prop_map(|(who, availability)| Act::Availability(who, availability)),
    ]
}

pub(super) fn some_desk() -> impl Strategy<Value = Desk> {
    let flags = prop::array::uniform5(any::<bool>());
    flags.prop_map(|[measured, in_hours, greets, offers, overflows]| {
        let mut desk = desk_with(|it| {
            it.sla_policy_id = measured.then_some(POLICY);
            it.business_hours_id = in_hours.then_some(HOURS);
            it.greeting = greets.then(|| "Hello".to_owned());
            it.offer_timeout_secs = offers.then_some(30);
        });
        if overflows {
            let mut care = desk.team(CARE).unwrap().clone();
            care.overflow = Some(Overflow {
                team_id: NIGHT,
                after_secs: 300,
            });
            desk.save(Entity::Team(care));
        }
        desk
    })
}

pub(super) fn agent(first: bool) -> plugboard_domain::AgentId {
    if first { LI } else { WANG }
}

fn answer(
    world: &World,
    index: usize,
    back: u64,
    acts: bool,
    ask_at: Option<Timestamp>,
) -> Escalate {
    let level = world.conversations[index].escalation.level;
    let actions = vec![
        EscalationAction::RaisePriority(Priority::Urgent),
        EscalationAction::AssignTeam(NIGHT),
        EscalationAction::AddTags(vec!["late".into()]),
        EscalationAction::OpenCase {
            kind: "complaint".into(),
            summary: String::new(),
        },
    ];
    let trace = DecisionTrace {
        id: DecisionId(Uuid::from_u128(world.head().into())),
        conversation_id: world.conversations[index].id,
        policy: "escalation".into(),
        version: "rule:a@1".into(),
        mode: DecisionMode::Live,
        fallback: None,
        inputs: serde_json::Value::Null,
        answer: serde_json::Value::Null,
        reason: String::new(),
        duration_us: 0,
    };
    Escalate {
        trace,
        trigger: Trigger::Message,
        trigger_seq: world.head().saturating_sub(back),
        expected_level: level,
        actions: if acts { actions } else { vec![] },
        level: level.wrapping_add(u8::from(acts)),
        ask_at,
        pin: Some("rule:a@1".into()),
    }
}

#[expect(clippy::too_many_lines, reason = "one arm for each act")]
pub(super) fn perform(world: &mut World, index: usize, act: &Act) -> Result<Vec<Event>, Rejection> {
    use ConversationCommand as C;
    let later = |secs: u64| world.now + Duration::from_secs(secs);
    let person = |first| Principal::Agent(agent(first));
    let (li, router) = (person(true), Principal::System("router"));
    let (principal, command) = match act.clone() {
        Act::Pass(secs) => {
            world.now = later(secs);
            return Ok(vec![]);
        }
        Act::Availability(first, availability) => {
            let mut agent = world.desk.agent(agent(first)).unwrap().clone();
            agent.availability = availability;
            world.desk.save(Entity::Agent(agent));
            return Ok(vec![]);
        }
        Act::Move(care) => {
            let team = if care { CARE } else { NIGHT };
            let mut outcome = RoutingOutcome::to(RoutingTarget::Team(team));
            outcome.pin = Some(format!("plugin:a@{index}"));
            return world.follow(index, "router", |state, context| {
                follow_decision(state, DecisionId(Uuid::nil()), &outcome, context)
            });
        }
        Act::Escalate(back, acts, ask) => {
            let asked = answer(world, index, back, acts, ask.map(later));
            return world.follow(index, "escalation", |state, context| {
                Ok(escalate(state, &asked, context)?.events)
            });
        }
        Act::OpenCase(n) => (
            li,
            C::OpenCase {
                id: CaseId(Uuid::from_u128(n.into())),
                kind: "complaint".into(),
                summary: String::new(),
            },
        ),
        Act::CloseCase(n) => {
            let cases = &world.conversations[index].cases;
            let one = cases.get(usize::from(n) % cases.len().max(1));
            let id = one.map_or(CaseId(Uuid::nil()), |it| it.id);
            (li, C::CloseCase { id })
        }
        Act::Receive => (
            Principal::Contact(CONTACT),
            C::Receive {
                draft: world.draft(),
            },
        ),
        Act::Reply(first, seen_seq) => {
            let (kind, draft) = (MessageKind::Outbound, world.draft());
            (
                person(first),
                C::Post {
                    kind,
                    draft,
                    seen_seq,
                },
            )
        }
        Act::Robot => {
            let (kind, draft) = (MessageKind::Outbound, world.draft());
            (
                router,
                C::Post {
                    kind,
                    draft,
                    seen_seq: None,
                },
            )
        }
        Act::Note(first) => {
            let (kind, draft) = (MessageKind::Note, world.draft());
            (
                person(first),
                C::Post {
                    kind,
                    draft,
                    seen_seq: None,
                },
            )
        }
        Act::Schedule(secs) => {
            let at = later(secs);
            (
                li,
                C::Schedule {
                    draft: world.draft(),
                    at,
                },
            )
        }
        Act::Cancel(n) => {
            let scheduled = &world.conversations[index].scheduled;
            let one = scheduled.get(usize::from(n) % scheduled.len().max(1));
            let message_id = one.map_or(message(0), |it| it.message_id);
            (li, C::CancelScheduled { message_id })
        }
        Act::Assign(to, queue) => {
            let team = queue.map(|care| if care { CARE } else { NIGHT });
            (
                li,
                C::Assign {
                    agent: to.map(agent),
                    team,
                },
            )
        }
        Act::Accept(first) => (person(first), C::AcceptOffer),
        Act::Route(first) => {
            let decision = DecisionId(Uuid::nil());
            (
                router,
                C::Route {
                    agent: agent(first),
                    decision,
                },
            )
        }
        Act::Back => (
            router,
            C::ReturnToQueue {
                reason: "agent_offline".into(),
            },
        ),
        Act::Open => (li, C::SetStatus(StatusRequest::Open)),
        Act::Snooze(secs) => {
            let until = later(secs);
            (li, C::SetStatus(StatusRequest::Snooze { until }))
        }
        Act::Resolve(how) => {
            let disposition = how.then(|| "refund".to_owned());
            (li, C::SetStatus(StatusRequest::Resolve { disposition }))
        }
        Act::Tag(add, remove) => {
            let tag = |n: u8| [n.to_string()].into();
            (
                li,
                C::Tag {
                    add: tag(add),
                    remove: tag(remove),
                },
            )
        }
        Act::Priority(high) => {
            let priority = if high { Priority::High } else { Priority::Low };
            (li, C::SetPriority(priority))
        }
        Act::Stage(some) => (li, C::SetStage(some.then_some(Stage::InSale))),
        Act::Merge(n) => {
            let into = world.conversations[usize::from(n) % world.conversations.len()].id;
            (li, C::Merge { into })
        }
        Act::Unmerge => (li, C::Unmerge),
        Act::Read(seq) => (li, C::MarkRead { seq }),
        Act::Delivered => {
            let (now, next) = (Delivery::Sent, Delivery::Delivered);
            (
                router,
                C::ReportDelivery {
                    message_id: message(1),
                    now,
                    next,
                },
            )
        }
    };
    world.execute(index, &principal, &command)
}
