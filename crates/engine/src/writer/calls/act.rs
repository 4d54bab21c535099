//! What the line reports of a call, and what people decide about it.

use plugboard_domain::{
    Event, Rejection, Timestamp,
    call::{
        CallChange, CallCommand, CallFact, CallState, EndCause, EndWord, EndedBy, QueueThen,
        TransferTo, decide,
    },
    conversation::{self, Waiting},
    decision::RoutingTarget,
    desk::Availability,
    ids::{AgentId, CallId, ConversationId},
};
use plugboard_store::CallRow;

use super::{about, authorize, busy, change, existing, folded, phone, save};
use crate::{
    handle::Outcome,
    writer::{
        arrive::followed,
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
        CallCommand::ReadRecording => return read_recording(txn, row),
        CallCommand::Advance(CallFact::Queued { .. }) if !changes.is_empty() => {
            changes.extend(full(txn, &row)?);
        }
        CallCommand::Route { trace, .. } if !changes.is_empty() => policies::keep(txn, trace),
        CallCommand::WrapUp { note, .. } if !changes.is_empty() => {
            keep_note(&mut row, note.as_deref(), &changes);
        }
        CallCommand::Transfer { note, .. } if !changes.is_empty() => {
            row.line.handover = plain(note.as_deref());
        }
        _ => {}
    }
    if changes.is_empty() {
        return Ok(Outcome {
            repeated: true,
            ..about(&row)
        });
    }
    let (missed, conversation) = (row.call.is_missed(), row.call.conversation_id);
    let outcome = change(txn, row, changes)?;
    if let CallCommand::WrapUp {
        follow_up_at: Some(at),
        ..
    } = command
    {
        remind(txn, conversation, *at, missed)?;
    }
    Ok(outcome)
}

/// Somebody begins to hear the recording: the journal keeps who, and so does the call.
fn read_recording(txn: &mut Txn<'_>, mut row: CallRow) -> Result<Outcome, Stop> {
    let recording = row.call.recording.as_ref();
    if recording.and_then(|it| it.blob.as_ref()).is_none() {
        return Err(Rejection::NotFound("recording").into());
    }
    let id = row.call.id;
    let event = Event::RecordingRead { call_id: id };
    txn.emit(Some(row.call.conversation_id), vec![event])?;
    row.call = folded(txn, Some(row.call), id)?;
    let outcome = about(&row);
    save(txn, row);
    Ok(outcome)
}

fn plain(note: Option<&str>) -> Option<String> {
    let note = note.map(str::trim).filter(|it| !it.is_empty());
    note.map(str::to_owned)
}

/// What whoever talked last writes is the note of the call; what somebody writes who handed it on is for those after them.
fn keep_note(row: &mut CallRow, note: Option<&str>, changes: &[CallChange]) {
    let Some(note) = note else { return };
    let note = plain(Some(note));
    let handed_on = matches!(
        changes,
        [CallChange::WrappedUp {
            agent_id: Some(_),
            ..
        }]
    );
    if !handed_on {
        row.line.note = note;
    } else if let Some(note) = note {
        row.line.handover = Some(match row.line.handover.take() {
            Some(before) if before != note => format!("{before}\n{note}"),
            _ => note,
        });
    }
}

/// The contact is to be called again: the conversation sleeps until then, and is work again. Where somebody waits for an
/// answer already, it stays as it is; a call that was missed is what they wait for.
fn remind(
    txn: &mut Txn<'_>,
    id: ConversationId,
    until: Timestamp,
    missed: bool,
) -> Result<(), Stop> {
    let Some(state) = followed(txn, id)? else {
        return Ok(());
    };
    if matches!(state.waiting, Waiting::Agent { .. }) && !missed {
        return Ok(());
    }
    let events = txn.decide(|context| Ok(conversation::call_again(&state, until, context)))?;
    txn.emit(Some(state.id), events)
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
