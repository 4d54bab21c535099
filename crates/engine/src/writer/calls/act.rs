//! What the line reports of a call, and what people decide about it.

use plugboard_domain::{
    Event, Rejection,
    call::{
        CallChange, CallCommand, CallFact, CallState, EndCause, EndWord, EndedBy, QueueThen,
        TransferTo, decide,
    },
    decision::RoutingTarget,
    desk::Availability,
    ids::{AgentId, CallId},
};
use plugboard_store::CallRow;

use super::{about, authorize, busy, change, existing, phone};
use crate::{
    handle::Outcome,
    writer::{
        policies,
        txn::{Stop, Txn},
    },
};

pub(in crate::writer) fn run(
    txn: &mut Txn<'_>,
    id: CallId,
    command: &CallCommand,
) -> Result<Outcome, Stop> {
    let mut row = existing(txn, id)?;
    let conversation = txn.existing(row.call.conversation_id)?;
    let leads = authorize::call(txn, &row.call, &conversation, command)?;
    fits(txn, &mut row, command)?;
    let actor = txn.actor().clone();
    let mut changes = decide(&row.call, command, &actor, leads, txn.now())?;
    match command {
        CallCommand::ReadRecording => {
            if row
                .call
                .recording
                .as_ref()
                .and_then(|it| it.blob.as_ref())
                .is_none()
            {
                return Err(Rejection::NotFound("recording").into());
            }
            let event = Event::RecordingRead { call_id: id };
            txn.emit(Some(row.call.conversation_id), vec![event])?;
            return Ok(about(&row));
        }
        CallCommand::Advance(CallFact::Queued { .. }) if !changes.is_empty() => {
            changes.extend(full(txn, &row)?);
        }
        CallCommand::Route { trace, .. } if !changes.is_empty() => policies::keep(txn, trace),
        CallCommand::WrapUp {
            note: Some(note), ..
        } if !changes.is_empty() => {
            row.line.note = Some(note.trim().to_owned()).filter(|it| !it.is_empty());
        }
        _ => {}
    }
    if changes.is_empty() {
        return Ok(Outcome {
            repeated: true,
            ..about(&row)
        });
    }
    change(txn, row, changes)
}

/// What only the desk can tell of a command: whether who is named is there, and whether a number may be dialled.
fn fits(txn: &Txn<'_>, row: &mut CallRow, command: &CallCommand) -> Result<(), Stop> {
    match command {
        CallCommand::Route {
            target: RoutingTarget::Agent(agent),
            ..
        } => free(txn, *agent),
        CallCommand::Transfer { to, .. } => match to {
            TransferTo::Agent(agent) if txn.actor().agent_id() != Some(*agent) => free(txn, *agent),
            TransferTo::Agent(_) => Ok(()),
            TransferTo::Team(team) => match txn.desk().team(*team) {
                Some(_) => Ok(()),
                None => Err(Rejection::invalid("team_id: there is no such team").into()),
            },
            TransferTo::Number(number) => {
                let (_, settings) = phone(txn, row.call.inbox_id)?;
                let number = settings.dial_policy().check(number)?;
                row.line.transfer_number = Some(number.digits);
                Ok(())
            }
        },
        CallCommand::WrapUp {
            code, follow_up_at, ..
        } => {
            if follow_up_at.is_some_and(|at| at <= txn.now()) {
                return Err(Rejection::invalid("follow_up_at: must be in the future").into());
            }
            let Some(code) = code.as_deref().map(str::trim).filter(|it| !it.is_empty()) else {
                return Ok(());
            };
            let (_, settings) = phone(txn, row.call.inbox_id)?;
            let known = settings.dispositions.iter().any(|it| it.code == code);
            if settings.dispositions.is_empty() || known {
                Ok(())
            } else {
                Err(Rejection::invalid("code: not one of this inbox's").into())
            }
        }
        _ => Ok(()),
    }
}

/// Refuses an agent who is not there, or who is in a call or writes one up.
fn free(txn: &Txn<'_>, agent: AgentId) -> Result<(), Stop> {
    let there = txn
        .desk()
        .agent(agent)
        .is_some_and(|it| !it.disabled && it.availability == Availability::Online);
    if !there {
        return Err(Rejection::conflict("the agent is not online").into());
    }
    if busy(txn, agent, true)? > 0 {
        return Err(Rejection::conflict("the agent is in a call").into());
    }
    Ok(())
}

/// What happens to a caller when too many wait already.
fn full(txn: &Txn<'_>, row: &CallRow) -> Result<Vec<CallChange>, Stop> {
    let (_, settings) = phone(txn, row.call.inbox_id)?;
    let live = txn.live_calls()?;
    let waiting = live.iter().filter(|it| {
        it.call.id != row.call.id
            && it.call.inbox_id == row.call.inbox_id
            && matches!(it.call.state, CallState::Queued | CallState::Offering)
    });
    if waiting.count() < settings.queue.limit as usize {
        return Ok(vec![]);
    }
    let then = match row.call.rules.then {
        QueueThen::Team(team) if row.call.team_id == Some(team) => QueueThen::Voicemail,
        then => then,
    };
    let over = CallChange::WaitOver { then };
    let ended = |state, word| CallChange::Ended {
        state,
        by: EndedBy::System,
        cause: EndCause::of(word),
        wrapup_until: None,
    };
    Ok(match then {
        QueueThen::Hangup => vec![over, ended(CallState::Rejected, EndWord::QueueFull)],
        QueueThen::Callback => vec![over, ended(CallState::Abandoned, EndWord::Callback)],
        QueueThen::Voicemail | QueueThen::Team(_) => vec![over],
    })
}
