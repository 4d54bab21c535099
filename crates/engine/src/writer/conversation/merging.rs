//! Conversations are merged, and parted again.

use plugboard_domain::{
    Rejection,
    access::Permission,
    conversation::{self, Conversation, ConversationCommand},
    ids::ConversationId,
};
use plugboard_store::Write;

use super::{about, unschedule};
use crate::{
    handle::Outcome,
    writer::txn::{Stop, Txn},
};

pub(super) fn merge(
    txn: &mut Txn<'_>,
    state: &Conversation,
    command: &ConversationCommand,
    into: ConversationId,
) -> Result<Outcome, Stop> {
    let target = txn
        .conversation(into)?
        .ok_or(Rejection::NotFound("conversation to merge into"))?;
    txn.grants()
        .require_on(Permission::ConversationsManage, &target)?;
    conversation::check_absorb(&target, state)?;
    let events = txn.decide(|context| conversation::decide(state, command, context))?;
    unschedule(txn, &events);
    txn.emit(Some(state.id), events)?;
    let events = conversation::absorb(&target, state);
    txn.emit(Some(into), events)?;
    // What it took over may start clocks of its own.
    let target = txn.existing(into)?;
    let events = txn.decide(|context| Ok(conversation::settle(&target, context)))?;
    txn.emit(Some(into), events)?;
    let mut from: Vec<_> = state.absorbed.iter().copied().collect();
    from.push(state.id);
    txn.write(Write::MoveThread { from, to: into });
    Ok(about(into))
}

pub(super) fn unmerge(
    txn: &mut Txn<'_>,
    state: &Conversation,
    command: &ConversationCommand,
) -> Result<Outcome, Stop> {
    let into = state.merged_into();
    if let Some(into) = into {
        conversation::check_release(&txn.existing(into)?)?;
    }
    let events = txn.decide(|context| conversation::decide(state, command, context))?;
    txn.emit(Some(state.id), events)?;
    if let Some(into) = into {
        let target = txn.existing(into)?;
        let events = conversation::release(&target, state);
        txn.emit(Some(into), events)?;
        let mut from: Vec<_> = state.absorbed.iter().copied().collect();
        from.push(state.id);
        txn.write(Write::MoveThread { from, to: state.id });
    }
    Ok(about(state.id))
}
