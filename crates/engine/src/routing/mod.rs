//! Routing: gives waiting conversations to agents. The worker waits for events that can change an answer, asks the policy
//! in queue order, and acts by commands that the writer checks again.

mod builtin;
mod policy;

use std::collections::BTreeMap;

use plugboard_domain::{
    Command, Envelope, Event, Principal, Rejection, Seq, Timestamp,
    conversation::{Assignment, Conversation, ConversationCommand, Status},
    decision::{DecisionMode, DecisionTrace, RoutingOutcome, RoutingTarget},
    desk::{AssignmentMethod, Availability, Desk},
    ids::{AgentId, ConversationId, TeamId},
};
use plugboard_store::StoreError;
use serde_json::Value;
use tokio_util::sync::CancellationToken;
use tracing::{error, info, warn};

pub use builtin::Builtin;
pub use policy::{Candidate, PolicyError, RoutingAnswer, RoutingInput, RoutingPolicy, Work};

use crate::{Engine, EngineError};

/// Conversations looked at in one pass. What is left over is looked at in the next one, which follows at once.
const PASS_MAX: usize = 500;

/// Events read at once while looking for a reason to run.
const READ_MAX: usize = 1_000;

/// How long to wait after the store failed.
const PAUSE: std::time::Duration = std::time::Duration::from_secs(1);

pub(crate) async fn run(engine: Engine, stop: CancellationToken) {
    let mut head = engine.head();
    let mut position = *head.borrow_and_update();
    let mut pending = true;
    loop {
        let step = async {
            while let Some((reached, relevant)) = read_reasons(&engine, position).await? {
                position = reached;
                pending |= relevant;
            }
            if std::mem::take(&mut pending) {
                pending = pass(&engine).await?;
            }
            Ok::<_, StoreError>(())
        };
        if let Err(error) = step.await {
            error!(%error, "routing: the store failed");
            pending = true;
            tokio::time::sleep(PAUSE).await;
        }
        if pending && !stop.is_cancelled() {
            continue;
        }
        tokio::select! {
            () = stop.cancelled() => return,
            changed = head.changed() => if changed.is_err() { return },
        }
    }
}

/// Reads on; says how far, and whether an event can change who gets what. `None` at the end.
async fn read_reasons(engine: &Engine, since: Seq) -> Result<Option<(Seq, bool)>, StoreError> {
    let events = engine.store().read_since(since, READ_MAX).await?;
    let Some(last) = events.last() else {
        return Ok(None);
    };
    let reached = last.seq;
    let mut relevant = false;
    for recorded in &events {
        match &recorded.event {
            Event::AvailabilityChanged {
                agent_id,
                availability: Availability::Offline,
                ..
            } => {
                return_owed(engine, *agent_id, recorded.seq).await?;
                relevant = true;
            }
            Event::ConversationCreated { .. }
            | Event::Assigned { .. }
            | Event::StatusChanged { .. }
            | Event::PriorityChanged { .. }
            | Event::AvailabilityChanged { .. }
            | Event::DeskSaved { .. } => relevant = true,
            _ => {}
        }
    }
    Ok(Some((reached, relevant)))
}

/// An agent went offline: what routing gave them and still owes an answer goes back to its queue.
async fn return_owed(engine: &Engine, agent: AgentId, caused_by: Seq) -> Result<(), StoreError> {
    for id in engine.store().owed_by(agent).await? {
        let command = ConversationCommand::ReturnToQueue {
            reason: "agent_offline".into(),
        };
        let mut envelope = Envelope::new(Principal::System("router"), (id, command));
        envelope.caused_by = Some(caused_by);
        envelope.depth = 1;
        if let Err(error) = engine.execute(envelope).await {
            warn!(conversation.id = %id, agent.id = %agent, %error, "routing: not returned to the queue");
        }
    }
    Ok(())
}

/// One pass over the queues that somebody could take from. True when another pass should follow at once.
async fn pass(engine: &Engine) -> Result<bool, StoreError> {
    let desk = engine.desk();
    let teams = staffed_teams(&desk);
    if teams.is_empty() {
        return Ok(false);
    }
    let queue = engine
        .store()
        .queued(teams.into_iter().map(Some).collect(), PASS_MAX)
        .await?;
    if queue.is_empty() {
        return Ok(false);
    }
    let full = queue.len() == PASS_MAX;
    let mut board = Board::read(engine).await?;
    let mut placed = 0;
    for conversation in &queue {
        let Some(input) = board.input(&desk, conversation, engine.now()) else {
            continue;
        };
        if !input.candidates.iter().any(|it| it.load < it.capacity) {
            continue;
        }
        if let Some(agent) = decide(engine, &input).await {
            board.note(agent, engine.now());
            placed += 1;
        }
    }
    Ok(full && placed > 0)
}

/// Asks the policy about one conversation, falls back to the built-in one when it fails, and acts.
async fn decide(engine: &Engine, input: &RoutingInput) -> Option<AgentId> {
    let started = std::time::Instant::now();
    let policy = &engine.shared.routing;
    let (version, answer) = match policy.route(input).await {
        Ok(answer) => (policy.version(), answer),
        Err(error) => {
            warn!(conversation.id = %input.work.conversation_id, %error, "routing: the policy failed, the built-in one decides");
            (Builtin.version(), builtin::choose(input))
        }
    };
    let RoutingAnswer::Assign { agent, reason } = &answer else {
        return None;
    };
    let trace = DecisionTrace {
        id: engine.mint(),
        conversation_id: input.work.conversation_id,
        policy: "routing".into(),
        version,
        mode: DecisionMode::Live,
        fallback: None,
        inputs: input.to_json(),
        answer: answer.to_json(),
        reason: reason.clone(),
        duration_us: u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX),
    };
    let command = Command::Decide {
        trace,
        outcome: RoutingOutcome::to(RoutingTarget::Agent(*agent)),
    };
    let envelope = Envelope {
        principal: Principal::System("router"),
        caused_by: None,
        depth: 1,
        command,
    };
    match engine.execute(envelope).await {
        Ok(_) => {
            info!(conversation.id = %input.work.conversation_id, agent.id = %agent, "routed");
            Some(*agent)
        }
        // Somebody took it, or the agent left: what changed is in the journal and wakes us again.
        Err(EngineError::Rejected(Rejection::Conflict(_))) => None,
        Err(error) => {
            warn!(conversation.id = %input.work.conversation_id, %error, "routing: not assigned");
            None
        }
    }
}

/// Why a conversation has no owner, or whom it would get, at this moment.
pub(crate) async fn explain(
    engine: &Engine,
    id: ConversationId,
) -> Result<Option<(Value, RoutingAnswer)>, StoreError> {
    let Some(view) = engine.store().conversation(id, None).await? else {
        return Ok(None);
    };
    let conversation = view.conversation;
    if conversation.status != Status::Open || conversation.assignment.agent().is_some() {
        return Ok(None);
    }
    let desk = engine.desk();
    let board = Board::read(engine).await?;
    let Some(input) = board.input(&desk, &conversation, engine.now()) else {
        let reason = "it is in no team's queue: its inbox has no team, so nobody is chosen for it"
            .to_owned();
        return Ok(Some((Value::Null, RoutingAnswer::Wait { reason })));
    };
    let answer = match engine.shared.routing.route(&input).await {
        Ok(answer) => answer,
        Err(_) => builtin::choose(&input),
    };
    Ok(Some((input.to_json(), answer)))
}

/// Teams with a member who is online and whom routing may choose for.
fn staffed_teams(desk: &Desk) -> Vec<TeamId> {
    let online = |id: &AgentId| {
        desk.agent(*id)
            .is_some_and(|agent| !agent.disabled && agent.availability == Availability::Online)
    };
    desk.teams()
        .filter(|team| {
            team.assignment != AssignmentMethod::Manual && team.members.iter().any(online)
        })
        .map(|team| team.id)
        .collect()
}

/// Who has how much, as a pass goes on.
struct Board {
    loads: BTreeMap<AgentId, u32>,
    last_routed: BTreeMap<AgentId, Timestamp>,
}

impl Board {
    async fn read(engine: &Engine) -> Result<Self, StoreError> {
        Ok(Self {
            loads: engine.store().loads().await?,
            last_routed: engine.store().last_routed().await?,
        })
    }

    fn note(&mut self, agent: AgentId, at: Timestamp) {
        *self.loads.entry(agent).or_default() += 1;
        self.last_routed.insert(agent, at);
    }

    /// What the policy is asked; `None` for a conversation that is in no team's queue.
    fn input(
        &self,
        desk: &Desk,
        conversation: &Conversation,
        now: Timestamp,
    ) -> Option<RoutingInput> {
        let Assignment::Unassigned {
            team: Some(team),
            since,
            passed,
        } = &conversation.assignment
        else {
            return None;
        };
        let team = desk.team(*team)?;
        let inbox = desk.inbox(conversation.inbox_id);
        let candidates = team
            .members
            .iter()
            .filter_map(|id| desk.agent(*id))
            .map(|agent| Candidate {
                agent: agent.id,
                name: agent.name.clone(),
                skills: agent.skills.clone(),
                availability: if agent.disabled {
                    Availability::Offline
                } else {
                    agent.availability
                },
                in_scope: agent.scope.covers(conversation),
                capacity: agent.capacity,
                load: self.loads.get(&agent.id).copied().unwrap_or(0),
                last_routed_at: self.last_routed.get(&agent.id).copied(),
                passed: passed.contains(&agent.id),
            });
        Some(RoutingInput {
            work: Work {
                conversation_id: conversation.id,
                inbox_id: conversation.inbox_id,
                channel: conversation.channel.clone(),
                shop_id: conversation.shop_id,
                stage: conversation.stage,
                priority: conversation.priority,
                tags: conversation.tags.clone(),
                required_skills: inbox
                    .map(|it| it.policy.required_skills.clone())
                    .unwrap_or_default(),
                queued_since: *since,
            },
            team: team.id,
            team_name: team.name.clone(),
            method: team.assignment,
            candidates: candidates.collect(),
            now,
        })
    }
}
