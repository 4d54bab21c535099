//! The same past and the same policy give the same bytes, however much happens at one moment.

#![expect(
    clippy::unwrap_used,
    reason = "what is taken for granted may fail the test on the spot"
)]

use std::time::Duration;

use plugboard_backtest::{Incident, Past, PastConversation, Period, Replayed, Run, Shift};
use plugboard_domain::{
    Actor, Event, Recorded, Timestamp,
    access::{Role, Scope},
    channel::ChannelKind,
    contact::Profile,
    conversation::{Conversation, Priority},
    decision::RoutingTarget,
    desk::{Agent, AssignmentMethod, Attendance, Availability, Desk, Entity, Team},
    escalation::{EscalationAction, Trigger},
    ids::{AgentId, ContactId, ConversationId, InboxId, MessageId, TeamId},
};
use plugboard_engine::{
    ContactFacts, EscalationAnswer, EscalationInput, EscalationVerdict, RoutingAnswer,
    RoutingInput, RoutingVerdict, TextFact, choose,
};
use uuid::Uuid;

const AGENTS: u128 = 12;
const CONVERSATIONS: usize = 3_000;
const LABEL: &str = "test@1";

/// Numbers that look drawn, and are the same each time.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }
}

fn period() -> Period {
    Period {
        from: "2026-03-02T08:00:00Z".parse().unwrap(),
        to: "2026-03-02T20:00:00Z".parse().unwrap(),
    }
}

fn agent(number: u128) -> AgentId {
    AgentId(Uuid::from_u128(1_000 + number))
}

fn team(number: u64) -> TeamId {
    TeamId(Uuid::from_u128(2_000 + u128::from(number)))
}

/// Two teams that share a few agents.
fn desk() -> Desk {
    let mut desk = Desk::default();
    let at = period().from;
    for number in 0..AGENTS {
        desk.save(Entity::Agent(Agent {
            id: agent(number),
            name: format!("Agent {number}"),
            role: Role::Agent,
            skills: ["en".to_owned()].into(),
            capacity: 3,
            scope: Scope::default(),
            availability: Availability::Online,
            availability_since: at,
            attendance: Attendance::Unseen,
            disabled: false,
            locale: None,
            reports_to: None,
            created_at: at,
        }));
    }
    for (number, name) in ["Front", "Refunds"].into_iter().enumerate() {
        let of_it = (0..AGENTS).filter(|it| it % 3 != number as u128);
        desk.save(Entity::Team(Team {
            id: team(number as u64),
            name: name.to_owned(),
            members: of_it.map(agent).collect(),
            assignment: AssignmentMethod::LeastLoaded,
            overflow: None,
            created_at: at,
        }));
    }
    desk
}

/// A day on which several customers come in each second that anybody comes, and agents come and go in the same seconds.
fn past() -> Past {
    let mut dice = Dice(7);
    let second = |dice: &mut Dice| period().from + Duration::from_secs(dice.below(600) * 60);
    let mut times: Vec<Timestamp> = (0..CONVERSATIONS).map(|_| second(&mut dice)).collect();
    times.sort();
    let conversations = times.into_iter().enumerate();
    let conversations = conversations
        .map(|(nth, at)| conversation(&mut dice, nth, at))
        .collect();
    let mut shifts: Vec<Shift> = (0..200)
        .map(|nth| Shift {
            at: second(&mut dice),
            agent: agent(u128::from(dice.below(12))),
            availability: if nth % 3 == 0 {
                Availability::Away
            } else {
                Availability::Online
            },
        })
        .collect();
    shifts.sort_by_key(|it| it.at);
    let at_first = (0..AGENTS)
        .map(|it| (agent(it), Availability::Online))
        .collect();
    Past {
        conversations,
        at_first,
        shifts,
    }
}

fn conversation(dice: &mut Dice, nth: usize, at: Timestamp) -> PastConversation {
    let seq = nth as u64 + 1;
    let id = ConversationId(Uuid::from_u128(10_000 + nth as u128));
    let contact = ContactId(Uuid::from_u128(20_000 + nth as u128 / 2));
    let text = TextFact {
        message_id: MessageId(Uuid::from_u128(30_000 + nth as u128)),
        text: ["where is my parcel", "a refund please", "hello"][nth % 3].to_owned(),
    };
    let created = Recorded {
        seq,
        at,
        actor: Actor::Contact { id: contact },
        conversation_id: Some(id),
        caused_by: None,
        event: Event::ConversationCreated {
            inbox_id: InboxId(Uuid::from_u128(1)),
            channel: ChannelKind::Webchat,
            shop_id: None,
            contact_id: contact,
            identity_id: None,
            team_id: Some(team(dice.below(2))),
            priority: Priority::Normal,
            stage: None,
        },
    };
    let incident = |after: u64, trigger| Incident {
        seq: seq + after,
        at: at + Duration::from_secs(after * 60),
        trigger,
        detail: None,
        text: (trigger == Trigger::Message).then(|| text.clone()),
        owner: None,
    };
    let owner = agent(u128::from(dice.below(12)));
    PastConversation {
        began: Conversation::apply(None, id, &created).unwrap(),
        contact: ContactFacts {
            id: contact,
            profile: Profile::default(),
            identities: Vec::new(),
            verified: false,
        },
        owned: (!nth.is_multiple_of(5)).then(|| (owner, at + Duration::from_secs(dice.below(900)))),
        handled_secs: (!nth.is_multiple_of(7)).then(|| 60 + dice.below(1_200)),
        target_secs: Some(300),
        missed: u64::from(nth.is_multiple_of(11)),
        escalated: Vec::new(),
        incidents: vec![
            incident(0, Trigger::Created),
            incident(0, Trigger::Message),
            incident(7, Trigger::Breached),
        ],
        text: Some(text),
    }
}

/// Moves what is about money to another team, and leaves the rest to the built-in policy; tells somebody what was missed.
struct Refunds;

#[async_trait::async_trait]
impl Replayed for Refunds {
    async fn route(&self, input: &RoutingInput) -> RoutingVerdict {
        let text = input.facts.as_ref().and_then(|it| it.text.as_ref());
        let money = text.is_some_and(|it| it.text.contains("refund"));
        let there = input.queue.as_ref().is_some_and(|it| it.team == team(1));
        RoutingVerdict::live(
            LABEL,
            if money && !there {
                RoutingAnswer::new(RoutingTarget::Team(team(1)), "about money")
            } else {
                choose(input)
            },
        )
    }

    async fn escalate(&self, input: &EscalationInput) -> EscalationVerdict {
        let urgent = input.trigger == Trigger::Breached && input.level == 0;
        let answer = EscalationAnswer {
            actions: urgent
                .then_some(EscalationAction::RaisePriority(Priority::Urgent))
                .into_iter()
                .collect(),
            level: if urgent { 1 } else { input.level },
            ask_again: (input.trigger == Trigger::Message).then_some(Duration::from_secs(180)),
            reason: "promised".to_owned(),
        };
        EscalationVerdict::live(LABEL, answer)
    }
}

/// The built-in policy alone.
struct BuiltIn;

#[async_trait::async_trait]
impl Replayed for BuiltIn {
    async fn route(&self, input: &RoutingInput) -> RoutingVerdict {
        RoutingVerdict::live(LABEL, choose(input))
    }

    async fn escalate(&self, _: &EscalationInput) -> EscalationVerdict {
        EscalationVerdict::live(LABEL, EscalationAnswer::default())
    }
}

fn bytes(run: &Run) -> String {
    serde_json::to_string(&(&run.items, &run.totals)).unwrap()
}

/// Everything anew: nothing that the first run left behind can decide the second.
async fn routed(policy: &dyn Replayed) -> String {
    let run = plugboard_backtest::routing(&desk(), &past(), policy, |_, _| {}).await;
    assert_eq!(run.items.len(), CONVERSATIONS);
    let waited = run.items.iter().filter(|it| it.would_wait_secs > Some(0));
    assert!(
        waited.count() > 100,
        "there is too little to do for order to matter"
    );
    bytes(&run)
}

async fn escalated(policy: &dyn Replayed) -> String {
    let run = plugboard_backtest::escalation(&desk(), &past(), policy, |_, _| {}).await;
    assert_eq!(run.items.len(), CONVERSATIONS);
    bytes(&run)
}

#[tokio::test]
async fn twice_the_same_routing_is_twice_the_same_bytes() {
    let first = routed(&Refunds).await;
    assert!(first == routed(&Refunds).await, "the second run differs");
    assert!(
        first != routed(&BuiltIn).await,
        "another policy must differ, or nothing is compared"
    );
}

#[tokio::test]
async fn twice_the_same_escalation_is_twice_the_same_bytes() {
    let first = escalated(&Refunds).await;
    assert!(first == escalated(&Refunds).await, "the second run differs");
    assert!(
        first != escalated(&BuiltIn).await,
        "another policy must differ, or nothing is compared"
    );
}
