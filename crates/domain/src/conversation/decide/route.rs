//! A routing policy decided.

use std::collections::BTreeSet;

use super::{Context, assign::route, labels};
use crate::{
    conversation::{Assignment, Conversation, Status},
    decision::{HOPS_MAX, RoutingOutcome, RoutingTarget},
    event::Event,
    ids::{DecisionId, TeamId},
    rejection::Rejection,
};

/// What a decision of routing changes: the owner or the queue, and what else the policy asked for.
pub fn follow_decision(
    state: &Conversation,
    decision_id: DecisionId,
    outcome: &RoutingOutcome,
    context: &Context<'_>,
) -> Result<Vec<Event>, Rejection> {
    if !matches!(state.assignment, Assignment::Unassigned { .. }) {
        return Err(Rejection::conflict("somebody owns it already"));
    }
    if state.status != Status::Open {
        return Err(Rejection::conflict("it is not open any more"));
    }
    let (hops, placed) = match outcome.target {
        RoutingTarget::Wait => (None, None),
        RoutingTarget::Team(team) if state.assignment.team() == Some(team) => (None, None),
        RoutingTarget::Team(team) => {
            let event = move_to(state, team, decision_id, context)?;
            (Some(state.hops + 1), Some(event))
        }
        RoutingTarget::Agent(agent) => (None, route(state, agent, decision_id, context)?.pop()),
    };
    let pin = outcome
        .pin
        .clone()
        .filter(|pin| state.pins.routing.as_ref() != Some(pin));
    let mut events = vec![Event::RoutingDecided {
        decision_id,
        pin,
        hops,
    }];
    if let Some(priority) = outcome.priority {
        events.extend(labels::set_priority(state, priority));
    }
    events.extend(labels::put_on(state, &outcome.add_tags));
    events.extend(placed);
    Ok(events)
}

fn move_to(
    state: &Conversation,
    team: TeamId,
    decision_id: DecisionId,
    context: &Context<'_>,
) -> Result<Event, Rejection> {
    if context.desk.team(team).is_none() {
        return Err(Rejection::invalid("team does not exist"));
    }
    if state.hops >= HOPS_MAX {
        return Err(Rejection::conflict(
            "it was moved between teams too often: only the built-in policy decides",
        ));
    }
    Ok(Event::Assigned {
        assignment: Assignment::Unassigned {
            team: Some(team),
            since: context.now,
            passed: BTreeSet::new(),
            overflowed: BTreeSet::new(),
        },
        cause: "routed".into(),
        decision_id: Some(decision_id),
    })
}
