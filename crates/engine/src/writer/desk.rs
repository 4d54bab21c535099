//! Commands that configure the desk, and sessions.

use plugboard_domain::{
    Event, Principal, Rejection, Timestamp,
    access::Permission,
    desk::{Entity, EntityRef, Private},
    ids::{AgentId, InboxId, SessionId},
    text,
};
use plugboard_store::Write;

use super::txn::{Stop, Txn};
use crate::handle::Outcome;

pub(super) fn save(txn: &mut Txn<'_>, entity: &Entity, private: &Private) -> Result<Outcome, Stop> {
    let before = txn.desk().get(entity.reference()).cloned();
    let entity = &keep_attendance(entity, before.as_ref());
    authorize(txn, entity)?;
    if let Some(before) = &before {
        authorize(txn, before)?;
    }
    let desk = txn.desk_arc();
    desk.validate(entity)?;
    let mut private = private.clone();
    if let Entity::Agent(agent) = entity {
        check_agent(txn, agent.id, before.is_none(), &mut private)?;
        keep_an_administrator(txn, agent)?;
        let locked_out = agent.disabled || private.password_hash.is_some();
        if before.is_some() && locked_out {
            txn.write(Write::SessionsEnded(agent.id));
        }
    }
    // A secret is not told; that there may be another is, to those who sign in with it.
    if before.as_ref() != Some(entity) || !private.secrets.is_empty() {
        txn.desk_mut().save(entity.clone());
        txn.emit(
            None,
            vec![Event::DeskSaved {
                entity: entity.clone(),
            }],
        )?;
    }
    txn.write(Write::Entity(Box::new(entity.clone()), private));
    Ok(Outcome::default())
}

pub(super) fn remove(txn: &mut Txn<'_>, reference: EntityRef) -> Result<Outcome, Stop> {
    let entity = txn
        .desk()
        .get(reference)
        .cloned()
        .ok_or(Rejection::NotFound(reference.kind.name()))?;
    authorize(txn, &entity)?;
    txn.desk().validate_removal(reference)?;
    if let Entity::Inbox(inbox) = &entity {
        keep_while_used(txn, inbox.id)?;
    }
    txn.desk_mut().remove(reference);
    txn.write(Write::EntityRemoved(reference));
    txn.emit(None, vec![Event::DeskRemoved { entity: reference }])?;
    Ok(Outcome::default())
}

pub(super) fn start_session(
    txn: &mut Txn<'_>,
    id: SessionId,
    agent_id: AgentId,
    token_hash: [u8; 32],
    expires_at: Timestamp,
) -> Result<Outcome, Stop> {
    let agent = txn
        .desk()
        .agent(agent_id)
        .ok_or(Rejection::NotFound("agent"))?;
    if agent.disabled || *txn.principal() != Principal::Agent(agent_id) {
        return Err(Rejection::NotFound("agent").into());
    }
    txn.write(Write::Session {
        id,
        agent_id,
        token_hash,
        expires_at,
    });
    txn.emit(None, vec![Event::SessionCreated { agent_id }])?;
    Ok(Outcome::default())
}

pub(super) fn end_session(
    txn: &mut Txn<'_>,
    id: SessionId,
    agent_id: AgentId,
) -> Result<Outcome, Stop> {
    if *txn.principal() != Principal::Agent(agent_id) {
        return Err(Rejection::NotFound("session").into());
    }
    txn.write(Write::SessionEnded(id));
    txn.emit(None, vec![Event::SessionEnded { agent_id }])?;
    Ok(Outcome::default())
}

/// Whether an agent is there is not configured: they may have come or gone since the caller read them.
fn keep_attendance(entity: &Entity, before: Option<&Entity>) -> Entity {
    let mut entity = entity.clone();
    if let (Entity::Agent(agent), Some(Entity::Agent(before))) = (&mut entity, before) {
        agent.availability = before.availability;
        agent.availability_since = before.availability_since;
        agent.attendance = before.attendance;
    }
    entity
}

/// Who may configure what. Personal macros and views are their owner's.
fn authorize(txn: &Txn<'_>, entity: &Entity) -> Result<(), Stop> {
    let me = txn.actor().agent_id();
    let permission = match entity {
        // A token is no proof of the person: it needs the permission also for its own agent.
        Entity::Agent(agent) if *txn.principal() == Principal::Agent(agent.id) => {
            return own_profile(txn, agent);
        }
        Entity::Agent(_) => Permission::AgentsManage,
        Entity::Team(_)
        | Entity::SlaPolicy(_)
        | Entity::BusinessHours(_)
        | Entity::Rule(_)
        | Entity::Policies(_) => Permission::DeskManage,
        Entity::Macro(it) => personal_or_shared(it.owner, me)?,
        Entity::View(it) => personal_or_shared(it.owner, me)?,
        Entity::Shop(_) | Entity::Inbox(_) => Permission::InboxesManage,
        Entity::Webhook(_) | Entity::ApiToken(_) | Entity::Plugin(_) => {
            Permission::IntegrationsManage
        }
    };
    txn.grants().require(permission)?;
    if let Entity::ApiToken(token) = entity {
        // A token made by a token must not widen it.
        let wider = token.scopes.iter().find(|scope| !txn.grants().has(**scope));
        if let Some(wider) = wider {
            return Err(Rejection::Forbidden(*wider).into());
        }
    }
    Ok(())
}

fn personal_or_shared(
    owner: Option<AgentId>,
    me: Option<AgentId>,
) -> Result<Permission, Rejection> {
    match owner {
        Some(owner) if Some(owner) == me => Ok(Permission::ConversationsRead),
        // Somebody else's personal things do not exist for others.
        Some(_) if me.is_some() => Err(Rejection::NotFound("item")),
        Some(_) | None => Ok(Permission::DeskManage),
    }
}

/// Agents may change their own name, language and password; anything else needs the permission.
fn own_profile(txn: &Txn<'_>, agent: &plugboard_domain::desk::Agent) -> Result<(), Stop> {
    let Some(before) = txn.desk().agent(agent.id) else {
        return Err(Rejection::NotFound("agent").into());
    };
    let mut allowed = before.clone();
    allowed.name.clone_from(&agent.name);
    allowed.locale.clone_from(&agent.locale);
    if allowed != *agent {
        txn.grants().require(Permission::AgentsManage)?;
    }
    Ok(txn.grants().require(Permission::ConversationsRead)?)
}

fn check_agent(txn: &Txn<'_>, id: AgentId, new: bool, private: &mut Private) -> Result<(), Stop> {
    match &mut private.email {
        Some(email) => {
            *email = text::email(email)?;
            if txn.agent_by_email(email)?.is_some_and(|other| other != id) {
                return Err(Rejection::conflict("another agent has this email").into());
            }
        }
        None if new => return Err(Rejection::invalid("email must not be empty").into()),
        None => {}
    }
    Ok(())
}

/// Answers to what came in through an inbox go out through it, and its policy governs them.
fn keep_while_used(txn: &Txn<'_>, inbox: InboxId) -> Result<(), Stop> {
    match txn.conversations_of(inbox)? {
        0 => Ok(()),
        1 => Err(Rejection::conflict("1 conversation came in through this inbox").into()),
        count => Err(Rejection::conflict(format!(
            "{count} conversations came in through this inbox"
        ))
        .into()),
    }
}

/// A desk without anybody who can manage agents could never be repaired from inside.
fn keep_an_administrator(
    txn: &Txn<'_>,
    changed: &plugboard_domain::desk::Agent,
) -> Result<(), Stop> {
    let runs = |agent: &plugboard_domain::desk::Agent| {
        !agent.disabled && agent.role.permissions().contains(&Permission::AgentsManage)
    };
    let was = txn.desk().agent(changed.id).is_some_and(runs);
    let other = txn
        .desk()
        .agents()
        .any(|agent| agent.id != changed.id && runs(agent));
    if was && !runs(changed) && !other {
        return Err(Rejection::conflict("this is the last administrator").into());
    }
    Ok(())
}
