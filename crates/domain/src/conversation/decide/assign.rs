//! Who owns the conversation: by hand, by routing, by offer.

use std::collections::BTreeSet;

use super::Context;
use crate::{
    Timestamp,
    conversation::{AssignedBy, Assignment, Conversation, Status},
    desk::Availability,
    event::Event,
    ids::{AgentId, DecisionId, TeamId},
    rejection::Rejection,
};

pub(super) fn assign(
    state: &Conversation,
    agent: Option<AgentId>,
    team: Option<TeamId>,
    context: &Context<'_>,
) -> Result<Vec<Event>, Rejection> {
    if let Some(id) = agent {
        let agent = context
            .desk
            .agent(id)
            .ok_or_else(|| Rejection::invalid("agent does not exist"))?;
        if agent.disabled {
            return Err(Rejection::invalid("agent is disabled"));
        }
    }
    if team.is_some_and(|id| context.desk.team(id).is_none()) {
        return Err(Rejection::invalid("team does not exist"));
    }
    let since = context.now;
    let assignment = match agent {
        Some(agent) => Assignment::Assigned {
            agent,
            team,
            since,
            by: AssignedBy::Hand,
        },
        None => Assignment::Unassigned {
            team,
            since,
            passed: BTreeSet::new(),
            overflowed: BTreeSet::new(),
        },
    };
    let same = state.assignment.agent() == agent
        && state.assignment.team() == team
        && !matches!(state.assignment, Assignment::Offered { .. });
    Ok(if same {
        vec![]
    } else {
        vec![assigned(assignment, "asked")]
    })
}

pub(super) fn accept_offer(
    state: &Conversation,
    context: &Context<'_>,
) -> Result<Vec<Event>, Rejection> {
    match &state.assignment {
        Assignment::Offered { agent, team, .. } if Some(*agent) == context.actor().agent_id() => {
            let (agent, team, since) = (*agent, *team, context.now);
            Ok(vec![assigned(
                Assignment::Assigned {
                    agent,
                    team,
                    since,
                    by: AssignedBy::Router,
                },
                "accepted",
            )])
        }
        Assignment::Assigned { agent, .. } if Some(*agent) == context.actor().agent_id() => {
            Ok(vec![])
        }
        _ => Err(Rejection::conflict(
            "the conversation is not offered to you any more",
        )),
    }
}

pub(super) fn route(
    state: &Conversation,
    agent: AgentId,
    decision_id: DecisionId,
    context: &Context<'_>,
) -> Result<Vec<Event>, Rejection> {
    let Assignment::Unassigned {
        team,
        passed,
        overflowed,
        ..
    } = &state.assignment
    else {
        return Err(Rejection::conflict("somebody owns it already"));
    };
    if state.status != Status::Open {
        return Err(Rejection::conflict("it is not open any more"));
    }
    let chosen = context
        .desk
        .agent(agent)
        .filter(|it| !it.disabled && it.availability == Availability::Online);
    if chosen.is_none() {
        return Err(Rejection::conflict("the agent is not online any more"));
    }
    let inbox = context.desk.inbox(state.inbox_id);
    let (team, since) = (*team, context.now);
    let assignment = match inbox.and_then(|it| it.policy.offer_timeout_secs) {
        Some(secs) => Assignment::Offered {
            agent,
            team,
            since,
            until: since + std::time::Duration::from_secs(secs),
            passed: passed.clone(),
            overflowed: overflowed.clone(),
        },
        None => Assignment::Assigned {
            agent,
            team,
            since,
            by: AssignedBy::Router,
        },
    };
    Ok(vec![Event::Assigned {
        assignment,
        cause: "routed".into(),
        decision_id: Some(decision_id),
    }])
}

pub(super) fn return_to_queue(state: &Conversation, reason: &str, now: Timestamp) -> Vec<Event> {
    let Some(agent) = state.assignment.agent() else {
        return vec![];
    };
    let mut passed = state.assignment.passed();
    passed.insert(agent);
    let assignment = Assignment::Unassigned {
        team: state.assignment.team(),
        since: now,
        passed,
        overflowed: state.assignment.overflowed(),
    };
    vec![assigned(assignment, reason)]
}

pub(super) fn assigned(assignment: Assignment, cause: &str) -> Event {
    Event::Assigned {
        assignment,
        cause: cause.to_owned(),
        decision_id: None,
    }
}

/// A conversation that comes back to a queue waits there from now on: the time while nobody had to act does not count
/// towards overflow, and whoever let it pass then may be asked again.
pub(super) fn queue_anew(state: &Conversation, to: &Status, now: Timestamp) -> Option<Event> {
    match &state.assignment {
        Assignment::Unassigned { team, .. }
            if *to == Status::Open && state.status != Status::Open =>
        {
            let (team, since) = (*team, now);
            Some(assigned(
                Assignment::Unassigned {
                    team,
                    since,
                    passed: BTreeSet::new(),
                    overflowed: BTreeSet::new(),
                },
                "reopened",
            ))
        }
        _ => None,
    }
}
