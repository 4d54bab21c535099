//! Calls: how one begins, what becomes of it, and what that means for its conversation.

mod act;
mod authorize;
mod dial;
mod ring;

use plugboard_domain::{
    Event, Rejection,
    call::{Call, CallChange, CallState, EndWord, EndedBy, PhoneSettings},
    channel::ChannelKind,
    conversation,
    desk::Inbox,
    ids::{AgentId, CallId, InboxId},
    outbox::Job,
};
use plugboard_store::{CallRow, Write};

pub(super) use self::{act::run, dial::dial, ring::ring};
use super::{
    arrive::followed,
    txn::{Stop, Txn},
};
use crate::handle::Outcome;

/// A phone inbox and what it is set up with.
fn phone(txn: &Txn<'_>, id: InboxId) -> Result<(Inbox, PhoneSettings), Stop> {
    let inbox = super::receive::inbox(txn, id)?;
    if inbox.channel != ChannelKind::Phone {
        return Err(Rejection::invalid("inbox_id: this is no phone inbox").into());
    }
    let settings = PhoneSettings::parse(&inbox.settings)?;
    Ok((inbox, settings))
}

/// A call that has to exist.
fn existing(txn: &Txn<'_>, id: CallId) -> Result<CallRow, Stop> {
    txn.call(id)?
        .ok_or_else(|| Rejection::NotFound("call").into())
}

/// Records what happened to a call, folds it, stores it; and does in its conversation what follows from that.
fn change(txn: &mut Txn<'_>, mut row: CallRow, changes: Vec<CallChange>) -> Result<Outcome, Stop> {
    let (id, conversation_id) = (row.call.id, row.call.conversation_id);
    for change in changes {
        if let CallChange::RecordingDeleted {} = change {
            erase(txn, &row.call);
        }
        let before = row.call.state;
        let event = Event::CallChanged {
            call_id: id,
            change: change.clone(),
        };
        txn.emit(Some(conversation_id), vec![event])?;
        row.call = folded(txn, Some(row.call), id)?;
        match change {
            CallChange::Accepted { .. } | CallChange::Answered { .. }
                if before != CallState::Transferring =>
            {
                answered(txn, &row.call)?;
            }
            CallChange::Ended {
                by: EndedBy::System,
                cause,
                ..
            } if talks(before) && broken(cause.word) => {
                broke_off(txn, &row.call)?;
            }
            // Whoever lost their agent waits again, also when they give up before the next one comes.
            CallChange::Returned { .. } => broke_off(txn, &row.call)?,
            _ => {}
        }
    }
    let outcome = about(&row);
    save(txn, row);
    Ok(outcome)
}

/// The sound itself goes, too. It is sealed with a key of this call, so no other has the same file.
fn erase(txn: &mut Txn<'_>, call: &Call) {
    let blob = call.recording.as_ref().and_then(|it| it.blob.clone());
    if let Some(blob) = blob {
        txn.enqueue(Job::EraseFile { blob });
    }
}

/// True while an agent has the call.
fn talks(state: CallState) -> bool {
    use CallState as S;
    matches!(state, S::Active | S::Held | S::Transferring)
}

/// True when nobody wanted the end.
fn broken(word: EndWord) -> bool {
    use EndWord as W;
    matches!(word, W::ServerRestart | W::MediaLost | W::Lost | W::Failure)
}

/// The call after the last event.
fn folded(txn: &Txn<'_>, before: Option<Call>, id: CallId) -> Result<Call, Stop> {
    let last = txn.events().last().cloned();
    let after = last.and_then(|recorded| Call::apply(before, id, &recorded));
    after.ok_or_else(|| Rejection::NotFound("call").into())
}

/// Somebody of the desk talks: nobody waits in the conversation any more.
fn answered(txn: &mut Txn<'_>, call: &Call) -> Result<(), Stop> {
    let Some(state) = followed(txn, call.conversation_id)? else {
        return Ok(());
    };
    let agent = call.agent_id;
    let events = txn.decide(|context| Ok(conversation::call_answered(&state, agent, context)))?;
    txn.emit(Some(state.id), events)
}

/// The contact was cut off: somebody has to come back to them.
fn broke_off(txn: &mut Txn<'_>, call: &Call) -> Result<(), Stop> {
    let Some(state) = followed(txn, call.conversation_id)? else {
        return Ok(());
    };
    let events = txn.decide(|context| Ok(conversation::call_broke_off(&state, context)))?;
    txn.emit(Some(state.id), events)
}

fn save(txn: &mut Txn<'_>, row: CallRow) {
    let name = (row.call.provider.clone(), row.line.provider_call_id.clone());
    txn.facts().call_names.insert(name, Some(row.call.id));
    txn.facts().calls.insert(row.call.id, Some(row.clone()));
    txn.write(Write::Call(Box::new(row)));
}

fn about(row: &CallRow) -> Outcome {
    Outcome {
        conversation_id: Some(row.call.conversation_id),
        contact_id: Some(row.call.contact_id),
        call_id: Some(row.call.id),
        ..Outcome::default()
    }
}

/// How many calls keep an agent from another: writing one up does not, for those that they begin themselves.
fn busy(txn: &Txn<'_>, agent: AgentId, writing_up: bool) -> Result<usize, Stop> {
    let live = txn.live_calls()?;
    let counted = live
        .iter()
        .filter(|it| writing_up || it.call.state != CallState::Wrapup);
    Ok(counted
        .filter(|it| it.call.occupies().contains(&agent))
        .count())
}
