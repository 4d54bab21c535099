//! Agents who come and go.

use plugboard_domain::{
    Event, Rejection,
    access::Permission,
    desk::{Agent, Availability, Entity, Private},
    ids::AgentId,
};
use plugboard_store::Write;

use super::{
    txn::{Stop, Txn},
    work::only_system,
};
use crate::handle::Outcome;

/// They, or somebody who leads, choose.
pub(super) fn set_availability(
    txn: &mut Txn<'_>,
    agent_id: AgentId,
    availability: Availability,
) -> Result<Outcome, Stop> {
    let own = txn.actor().agent_id() == Some(agent_id);
    if own {
        // A token without any scope of work must not change its owner's presence.
        txn.grants().require(Permission::ConversationsRead)?;
    } else {
        let lead = txn.grants().has(Permission::DeskManage);
        if !lead {
            txn.grants().require(Permission::AgentsManage)?;
        }
    }
    change(txn, agent_id, |agent| agent.choose(availability))
}

/// A live connection of theirs is open.
pub(super) fn seen(txn: &mut Txn<'_>, agent_id: AgentId) -> Result<Outcome, Stop> {
    only_system(txn)?;
    change(txn, agent_id, Agent::seen)
}

/// None of their live connections was open for long.
pub(super) fn missed(txn: &mut Txn<'_>, agent_id: AgentId) -> Result<Outcome, Stop> {
    only_system(txn)?;
    change(txn, agent_id, Agent::missed)
}

fn change(
    txn: &mut Txn<'_>,
    agent_id: AgentId,
    decide: impl FnOnce(&Agent) -> Vec<Event>,
) -> Result<Outcome, Stop> {
    let agent = txn.desk().agent(agent_id);
    let events = decide(agent.ok_or(Rejection::NotFound("agent"))?);
    if events.is_empty() {
        return Ok(Outcome::default());
    }
    let first = txn.events().len();
    txn.emit(None, events)?;
    let recorded: Vec<_> = txn.events()[first..].to_vec();
    for recorded in &recorded {
        txn.desk_mut().apply(recorded);
    }
    if let Some(agent) = txn.desk().agent(agent_id).cloned() {
        let entity = Box::new(Entity::Agent(agent));
        txn.write(Write::Entity(entity, Private::default()));
    }
    Ok(Outcome::default())
}
