//! Questions of the engine in the words of plugins, and answers of plugins in the words of the engine.

use std::time::Duration;

use plugboard_domain::{
    access::Role,
    decision::RoutingTarget,
    desk::{Availability, Desk},
    escalation::{Audience, EscalationAction, EscalationStep, Trigger},
    ids::TeamId,
};
use plugboard_engine::{EscalationAnswer, EscalationInput, RoutingAnswer, RoutingInput};
use plugboard_plugin_runtime::{
    Grants,
    types::{self, Candidate, Decision, EscalationRequest, RouteRequest, Target, TeamView},
};

use crate::{
    backing::urgency,
    view::{self, millis},
};

/// What a routing policy is asked.
pub(super) fn route_request(desk: &Desk, grants: &Grants, input: &RoutingInput) -> RouteRequest {
    let facts = input.facts.as_ref();
    RouteRequest {
        conversation: view::conversation(desk, grants, &input.work, facts),
        required_skills: input.work.required_skills.iter().cloned().collect(),
        candidates: input.candidates.iter().map(candidate).collect(),
        teams: input
            .teams
            .iter()
            .map(|it| TeamView {
                id: it.team.to_string(),
                name: it.name.clone(),
                online: it.online,
                free: it.free,
            })
            .collect(),
        previous_agent: facts
            .and_then(|it| it.previous_agent)
            .map(|it| it.to_string()),
        hops: facts.map_or(0, |it| it.hops),
        now: millis(input.now),
    }
}

fn candidate(it: &plugboard_engine::Candidate) -> Candidate {
    Candidate {
        id: it.agent.to_string(),
        skills: it.skills.iter().cloned().collect(),
        load: it.load,
        capacity: it.capacity,
        online: it.availability == Availability::Online,
        in_scope: it.in_scope,
        last_routed_at: it.last_routed_at.map(millis),
        passed: it.passed,
    }
}

/// What a routing policy answered; `None` when the next one of the chain shall say. The error is one word.
pub(super) fn decision(
    input: &RoutingInput,
    decision: &Decision,
) -> Result<Option<RoutingAnswer>, &'static str> {
    let target = match &decision.target {
        Target::Next => return Ok(None),
        Target::Wait => RoutingTarget::Wait,
        Target::Agent(agent) => RoutingTarget::Agent(agent.parse().map_err(|_| "unknown_agent")?),
        Target::Team(team) => {
            let found = input
                .teams
                .iter()
                .find(|it| it.name == *team || it.team.to_string() == *team);
            RoutingTarget::Team(found.ok_or("unknown_team")?.team)
        }
    };
    let mut answer = RoutingAnswer::new(target, decision.reason.clone());
    answer.priority = decision.priority.map(urgency);
    answer.add_tags = decision.add_tags.iter().cloned().collect();
    Ok(Some(answer))
}

/// What an escalation policy is asked.
pub(super) fn escalation_request(
    desk: &Desk,
    grants: &Grants,
    input: &EscalationInput,
) -> EscalationRequest {
    EscalationRequest {
        conversation: view::conversation(desk, grants, &input.work, Some(&input.facts)),
        trigger: trigger(input.trigger),
        detail: input.detail.clone(),
        history: input.history.iter().map(step).collect(),
        level: input.level,
        managers: input.managers.iter().map(ToString::to_string).collect(),
        answered_at: input.facts.answered_at.map(millis),
        now: millis(input.now),
    }
}

fn step(step: &EscalationStep) -> types::EscalationStep {
    types::EscalationStep {
        level: step.level,
        at: millis(step.at),
        trigger: trigger(step.trigger),
        actions: step.actions.clone(),
    }
}

fn trigger(trigger: Trigger) -> types::Trigger {
    match trigger {
        Trigger::Created => types::Trigger::Created,
        Trigger::Message => types::Trigger::Message,
        Trigger::Replied => types::Trigger::Replied,
        Trigger::Assigned => types::Trigger::Assigned,
        Trigger::Unassigned => types::Trigger::Unassigned,
        Trigger::Warned => types::Trigger::Warned,
        Trigger::Breached => types::Trigger::Breached,
        Trigger::Tagged => types::Trigger::Tagged,
        Trigger::Due => types::Trigger::Due,
    }
}

/// What an escalation policy answered. The error is one word.
pub(super) fn escalation_answer(
    desk: &Desk,
    answer: types::EscalationAnswer,
) -> Result<EscalationAnswer, &'static str> {
    let actions: Result<Vec<_>, _> = answer
        .actions
        .into_iter()
        .map(|it| action(desk, it))
        .collect();
    Ok(EscalationAnswer {
        actions: actions?,
        level: answer.level,
        ask_again: answer.ask_again_ms.map(Duration::from_millis),
        reason: answer.reason,
    })
}

fn action(desk: &Desk, action: types::EscalationAction) -> Result<EscalationAction, &'static str> {
    use types::EscalationAction as A;
    Ok(match action {
        A::Notify((to, text)) => EscalationAction::Notify(audience(desk, to)?, text),
        A::RaisePriority(priority) => EscalationAction::RaisePriority(urgency(priority)),
        A::AssignAgent(agent) => {
            EscalationAction::AssignAgent(agent.parse().map_err(|_| "unknown_agent")?)
        }
        A::AssignTeam(team) => EscalationAction::AssignTeam(team_named(desk, &team)?),
        A::AddTags(tags) => EscalationAction::AddTags(tags),
        A::Page((webhook, payload)) => EscalationAction::Page {
            webhook,
            payload: serde_json::from_str(&payload).map_err(|_| "bad_payload")?,
        },
        A::OpenCase((kind, summary)) => EscalationAction::OpenCase { kind, summary },
    })
}

fn audience(desk: &Desk, audience: types::Audience) -> Result<Audience, &'static str> {
    Ok(match audience {
        types::Audience::Owner => Audience::Owner,
        types::Audience::Manager(nth) => Audience::Manager(nth),
        types::Audience::Agent(agent) => {
            Audience::Agent(agent.parse().map_err(|_| "unknown_agent")?)
        }
        types::Audience::Team(team) => Audience::Team(team_named(desk, &team)?),
        types::Audience::Role(role) => Audience::Role(match role.as_str() {
            "agent" => Role::Agent,
            "supervisor" => Role::Supervisor,
            "quality_inspector" => Role::QualityInspector,
            "administrator" => Role::Administrator,
            _ => return Err("unknown_role"),
        }),
    })
}

fn team_named(desk: &Desk, team: &str) -> Result<TeamId, &'static str> {
    desk.teams()
        .find(|it| it.name == team || it.id.to_string() == team)
        .map(|it| it.id)
        .ok_or("unknown_team")
}
