//! Applying a macro: all of its actions, or none.

use plugboard_domain::{
    Event, Rejection,
    access::Permission,
    conversation,
    ids::{ConversationId, MacroId},
};

use super::{
    authorize,
    conversation::{about, unschedule},
    txn::{Stop, Txn},
};
use crate::handle::Outcome;

/// Carries out a macro's actions in the caller's name. The journal says first which macro it was, and that this is what
/// caused the rest. A macro that is only a text leaves no trace.
pub(super) fn apply(
    txn: &mut Txn<'_>,
    id: ConversationId,
    macro_id: MacroId,
) -> Result<Outcome, Stop> {
    let state = txn.existing(id)?;
    txn.grants()
        .require_on(Permission::ConversationsRead, &state)?;
    let agent = txn.actor().agent_id();
    let it = txn.desk().macro_(macro_id).filter(|it| it.is_for(agent));
    let actions = it.ok_or(Rejection::NotFound("macro"))?.actions();
    if actions.is_empty() {
        return Ok(about(id));
    }
    // Asked of the conversation as it is before: what an action makes of it must not stop the next one.
    for action in &actions {
        authorize::conversation(txn.principal(), txn.grants(), &state, action)?;
    }
    txn.emit(Some(id), vec![Event::MacroApplied { macro_id }])?;
    txn.follow_from_last();
    for action in &actions {
        let state = txn.existing(id)?;
        let events = txn.decide(|context| conversation::decide(&state, action, context))?;
        unschedule(txn, &events);
        txn.emit(Some(id), events)?;
    }
    Ok(about(id))
}
