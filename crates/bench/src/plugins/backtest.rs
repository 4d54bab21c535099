//! A policy over a past that never was: how many conversations a second one processor plays.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, ensure};
use async_trait::async_trait;
use plugboard_backtest::{Past, PastConversation, Replayed};
use plugboard_domain::{
    Actor, Event, Recorded, Timestamp,
    access::{Role, Scope},
    channel::ChannelKind,
    contact::Profile,
    conversation::{Conversation, Priority},
    decision::RoutingTarget,
    desk::{Agent, AssignmentMethod, Attendance, Availability, Desk, Entity, Team},
    ids::{AgentId, ContactId, ConversationId, InboxId, MessageId, TeamId},
};
use plugboard_engine::{
    ContactFacts, EscalationAnswer, EscalationInput, EscalationVerdict, RoutingAnswer,
    RoutingInput, RoutingVerdict, TextFact, choose,
};
use plugboard_plugin_runtime::{
    Account, Plugin,
    types::{Candidate, RouteRequest, Target, TeamView},
};
use uuid::Uuid;

use super::{Row, guests::question};

const CONVERSATIONS: u64 = 50_000;
const AGENTS: u128 = 20;
const LABEL: &str = "bench@1";

/// The bar, conversations a second.
const WANTED: f64 = 10_000.0;

pub(super) async fn row(plugin: &Plugin, account: &Account) -> Result<Row> {
    let (desk, past) = (desk(), past()?);
    let policy = Asked {
        plugin,
        account,
        question: question(super::rows::TEXT),
    };
    let started = Instant::now();
    let run = plugboard_backtest::routing(&desk, &past, &policy, |_, _| {}).await;
    let took = started.elapsed().as_secs_f64();
    let placed = run.items.iter().filter(|it| it.would_wait_secs.is_some());
    ensure!(placed.count() > 0, "nobody got anything");
    ensure!(run.totals.failed == 0, "the policy failed");
    #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
    let rate = CONVERSATIONS as f64 / took;
    Ok(Row {
        number: "BT",
        bar: "Backtest, Rust policy: 10,000 conversations/s and core",
        measured: format!("{rate:.0}/s ({CONVERSATIONS} in {took:.2} s on one)"),
        holds: rate >= WANTED,
    })
}

fn team() -> TeamId {
    TeamId(Uuid::from_u128(1))
}

fn agent(number: u128) -> AgentId {
    AgentId(Uuid::from_u128(1_000 + number))
}

fn desk() -> Desk {
    let mut desk = Desk::default();
    let at = Timestamp::UNIX_EPOCH;
    for number in 0..AGENTS {
        desk.save(Entity::Agent(Agent {
            id: agent(number),
            name: format!("Agent {number}"),
            role: Role::Agent,
            skills: ["en".to_owned(), "returns".to_owned()].into(),
            capacity: 20,
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
    desk.save(Entity::Team(Team {
        id: team(),
        name: "Aftersale".to_owned(),
        members: (0..AGENTS).map(agent).collect(),
        assignment: AssignmentMethod::LeastLoaded,
        overflow: None,
        created_at: at,
    }));
    desk
}

/// One customer every two seconds; each takes an agent ten minutes, so that three of four places are taken.
fn past() -> Result<Past> {
    let conversations = (0..CONVERSATIONS).map(|nth| {
        let at = Timestamp::UNIX_EPOCH + Duration::from_secs(nth * 2);
        let id = ConversationId(Uuid::from_u128(10_000_000 + u128::from(nth)));
        let contact = ContactId(Uuid::from_u128(20_000_000 + u128::from(nth)));
        let created = Recorded {
            seq: nth + 1,
            at,
            actor: Actor::Contact { id: contact },
            conversation_id: Some(id),
            caused_by: None,
            event: Event::ConversationCreated {
                inbox_id: InboxId(Uuid::from_u128(2)),
                channel: ChannelKind::Webchat,
                shop_id: None,
                contact_id: contact,
                identity_id: None,
                team_id: Some(team()),
                priority: Priority::Normal,
                stage: None,
            },
        };
        Ok(PastConversation {
            began: Conversation::apply(None, id, &created).context("it began")?,
            text: Some(TextFact {
                message_id: MessageId(Uuid::from_u128(30_000_000 + u128::from(nth))),
                text: super::rows::TEXT.to_owned(),
            }),
            contact: ContactFacts {
                id: contact,
                profile: Profile::default(),
                identities: Vec::new(),
                verified: false,
            },
            owned: Some((agent(u128::from(nth) % AGENTS), at)),
            handled_secs: Some(600),
            target_secs: Some(300),
            missed: 0,
            escalated: Vec::new(),
            incidents: Vec::new(),
        })
    });
    Ok(Past {
        conversations: conversations.collect::<Result<_>>()?,
        at_first: (0..AGENTS)
            .map(|it| (agent(it), Availability::Online))
            .collect(),
        shifts: Vec::new(),
    })
}

/// The plugin as the desk asks it: the question is made anew each time, the answer read.
struct Asked<'a> {
    plugin: &'a Plugin,
    account: &'a Account,
    question: Arc<RouteRequest>,
}

impl Asked<'_> {
    fn request(&self, input: &RoutingInput) -> RouteRequest {
        let mut conversation = self.question.conversation.clone();
        conversation.id = input.work.conversation_id.to_string();
        let candidates = input.candidates.iter().map(|it| Candidate {
            id: it.agent.to_string(),
            skills: it.skills.iter().cloned().collect(),
            load: it.load,
            capacity: it.capacity,
            online: it.availability == Availability::Online,
            in_scope: it.in_scope,
            last_routed_at: None,
            passed: it.passed,
        });
        let teams = input.teams.iter().map(|it| TeamView {
            id: it.team.to_string(),
            name: it.name.clone(),
            online: it.online,
            free: it.free,
        });
        RouteRequest {
            conversation,
            required_skills: Vec::new(),
            candidates: candidates.collect(),
            teams: teams.collect(),
            previous_agent: None,
            hops: 0,
            now: u64::try_from(input.now.as_millisecond()).unwrap_or_default(),
        }
    }
}

#[async_trait]
impl Replayed for Asked<'_> {
    async fn route(&self, input: &RoutingInput) -> RoutingVerdict {
        let request = Arc::new(self.request(input));
        match self.plugin.route(self.account, request).await {
            Err(error) => RoutingVerdict::fallback(input, error.to_string()),
            Ok(decision) => {
                let target = match decision.target {
                    Target::Agent(id) => id.parse().map(RoutingTarget::Agent).ok(),
                    Target::Wait => Some(RoutingTarget::Wait),
                    _ => None,
                };
                let answer = target.map(|it| RoutingAnswer::new(it, decision.reason));
                RoutingVerdict::live(LABEL, answer.unwrap_or_else(|| choose(input)))
            }
        }
    }

    async fn escalate(&self, _: &EscalationInput) -> EscalationVerdict {
        EscalationVerdict::live(LABEL, EscalationAnswer::default())
    }
}
