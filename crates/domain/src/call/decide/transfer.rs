//! Handing a call on, and hanging up, which ends a consultation first.

use super::{ended, in_it, rings_until};
use crate::{
    Timestamp,
    call::{
        Call, CallChange, CallState, EndCause, EndWord, EndedBy, Leg, LegKind, OfferEnd, Transfer,
        TransferKind, TransferState, TransferTarget, TransferTo,
    },
    ids::AgentId,
    rejection::Rejection,
};

pub(super) fn start(
    call: &Call,
    me: Option<AgentId>,
    kind: TransferKind,
    to: &TransferTo,
    now: Timestamp,
) -> Result<Vec<CallChange>, Rejection> {
    in_it(call, me, false)?;
    let by = me.ok_or(Rejection::NotFound("call"))?;
    match call.state {
        CallState::Active | CallState::Held => {}
        CallState::Transferring => {
            return Err(Rejection::conflict("the call is being handed on already"));
        }
        _ => return Err(Rejection::conflict("nobody talks in this call")),
    }
    let target = match to {
        TransferTo::Agent(agent_id) if *agent_id == by => {
            return Err(Rejection::invalid("agent_id: you have the call already"));
        }
        TransferTo::Agent(agent_id) => TransferTarget::Agent {
            agent_id: *agent_id,
        },
        TransferTo::Team(team_id) => TransferTarget::Team { team_id: *team_id },
        TransferTo::Number(_) => TransferTarget::Number {},
    };
    let transfer = Transfer {
        kind,
        target,
        state: TransferState::Ringing,
        by,
        consulted: None,
    };
    let mut changes = vec![CallChange::TransferStarted { transfer }];
    if let TransferTarget::Agent { agent_id } = target {
        changes.push(CallChange::Offered {
            agent_id,
            until: rings_until(call, now),
            decision_id: None,
        });
    }
    Ok(changes)
}

pub(super) fn complete(call: &Call, me: Option<AgentId>) -> Result<Vec<CallChange>, Rejection> {
    in_it(call, me, false)?;
    match call.transfer {
        Some(transfer)
            if call.state == CallState::Transferring
                && transfer.state == TransferState::Talking =>
        {
            Ok(vec![CallChange::TransferCompleted {
                agent_id: transfer.consulted,
            }])
        }
        _ => Err(Rejection::conflict(
            "there is nobody on the line to hand the call to yet",
        )),
    }
}

/// Whoever is on the line, to have the call, has it: when somebody is.
pub(super) fn taken_over(call: &Call) -> Option<CallChange> {
    let transfer = call
        .transfer
        .filter(|it| call.state == CallState::Transferring && it.state == TransferState::Talking)?;
    Some(CallChange::TransferCompleted {
        agent_id: transfer.consulted,
    })
}

pub(super) fn cancel(call: &Call, me: Option<AgentId>) -> Result<Vec<CallChange>, Rejection> {
    in_it(call, me, false)?;
    if call.state != CallState::Transferring {
        return Err(Rejection::conflict("the call is not being handed on"));
    }
    let withdrawn = call.offer.map(|it| CallChange::OfferEnded {
        agent_id: it.agent_id,
        cause: OfferEnd::Withdrawn,
    });
    let changes = withdrawn
        .into_iter()
        .chain([CallChange::TransferCancelled {}]);
    Ok(changes.collect())
}

/// What follows when the one at whom it rang does not take it: a certain agent who was to have it cannot; of a team,
/// another one may.
pub(super) fn missed(call: &Call) -> Option<CallChange> {
    let transfer = call.transfer?;
    let certain = matches!(transfer.target, TransferTarget::Agent { .. });
    (certain && transfer.state == TransferState::Ringing).then_some(CallChange::TransferFailed {})
}

/// Whoever can go without ending it goes: who listens, who is consulted, and who has put the caller and another together.
pub(super) fn leave(call: &Call, me: Option<AgentId>) -> Result<Vec<CallChange>, Rejection> {
    let agent_id = me.ok_or(Rejection::NotFound("call"))?;
    if call.is_heard_by(agent_id) {
        return Ok(vec![CallChange::Left { agent_id }]);
    }
    let handing_on = call
        .transfer
        .filter(|_| call.state == CallState::Transferring);
    if handing_on.is_some_and(|it| it.consulted == Some(agent_id)) {
        return Ok(vec![CallChange::TransferFailed {}]);
    }
    if !call.is_with(agent_id) {
        // Whoever listened before may be about to again, of which only the line knows when reports cross: it is told once more.
        // Else it is a second click, or the call was over first.
        let listened = |it: &Leg| it.kind == LegKind::Listener && it.agent_id == me;
        let again = !call.is_over() && call.legs.iter().any(listened);
        return Ok(again
            .then_some(CallChange::Left { agent_id })
            .into_iter()
            .collect());
    }
    if handing_on.is_some_and(|it| it.state == TransferState::Talking) {
        return complete(call, me);
    }
    Err(Rejection::conflict(
        "nobody else is there for the caller: hand the call on, or hang up",
    ))
}

/// Who listens or is consulted leaves; who has the call ends it, for everybody.
pub(super) fn hang_up(
    call: &Call,
    me: Option<AgentId>,
    leads: bool,
    now: Timestamp,
) -> Result<Vec<CallChange>, Rejection> {
    if me.is_some_and(|it| call.is_heard_by(it)) {
        return leave(call, me);
    }
    let consulted = call
        .transfer
        .filter(|_| call.state == CallState::Transferring)
        .and_then(|it| it.consulted);
    if consulted.is_some() && consulted == me {
        return Ok(vec![CallChange::TransferFailed {}]);
    }
    // A second click, or the caller was faster.
    if call.is_over() && me.is_some() && (call.agent_id == me || leads) {
        return Ok(vec![]);
    }
    in_it(call, me, leads)?;
    let word = match call.times.answered_at {
        Some(_) => EndWord::Normal,
        None => EndWord::Cancelled,
    };
    Ok(vec![ended(call, EndedBy::Agent, EndCause::of(word), now)])
}
