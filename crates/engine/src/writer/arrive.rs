//! What comes in goes on in a conversation or begins one: decided here for every channel, once.

use plugboard_domain::{
    conversation::{self, Arrival, Conversation, ConversationCommand, NewConversation},
    desk::Inbox,
    ids::{ContactId, ConversationId, IdentityId},
    message::MessageDraft,
};

use super::{
    conversation::{Content, about, emit_messages, unschedule},
    txn::{Stop, Txn},
};
use crate::handle::Outcome;

/// Merges that are followed to find where a conversation continues. More would be a cycle, which merging refuses.
const HOPS_MAX: usize = 16;

/// Something that comes in.
pub(super) struct Incoming<'a> {
    /// Through which inbox.
    pub(super) inbox: &'a Inbox,
    /// From whom.
    pub(super) contact_id: ContactId,
    /// Under which of their addresses, where they have one.
    pub(super) identity_id: Option<IdentityId>,
    /// What was said.
    pub(super) draft: &'a MessageDraft,
    /// The conversation in which it goes on.
    pub(super) target: Option<Conversation>,
    /// Identifier of the one that begins, where it does not go on.
    pub(super) conversation_id: ConversationId,
    /// How much of a stir it makes.
    pub(super) arrival: Arrival,
    /// True when it is a call: the message shows it, and says nothing.
    pub(super) call: bool,
}

/// A conversation as it goes on now: itself, or the one that it was merged into.
pub(super) fn followed(txn: &Txn<'_>, id: ConversationId) -> Result<Option<Conversation>, Stop> {
    let mut id = id;
    for _ in 0..HOPS_MAX {
        let Some(state) = txn.conversation(id)? else {
            return Ok(None);
        };
        match state.merged_into() {
            Some(into) => id = into,
            None => return Ok(Some(state)),
        }
    }
    Ok(None)
}

/// Goes on, or begins.
pub(super) fn arrive(
    txn: &mut Txn<'_>,
    it: Incoming<'_>,
    content: &Content<'_>,
) -> Result<Outcome, Stop> {
    let (id, events) = if let Some(state) = it.target {
        let events = match it.arrival {
            Arrival::Quiet { .. } => conversation::receive_quietly(&state, it.draft)?,
            Arrival::Live { .. } => {
                let draft = it.draft.clone();
                let command = ConversationCommand::Receive { draft };
                txn.decide(|context| conversation::decide(&state, &command, context))?
            }
        };
        unschedule(txn, &events);
        (state.id, events)
    } else {
        let new = NewConversation {
            id: it.conversation_id,
            inbox_id: it.inbox.id,
            contact_id: it.contact_id,
            identity_id: it.identity_id,
        };
        let events = txn
            .decide(|context| conversation::begin(&new, it.draft, it.inbox, it.arrival, context))?;
        let current = (it.inbox.id, it.contact_id);
        txn.facts().current.insert(current, Some(new.id));
        (new.id, events)
    };
    let events = if it.call {
        conversation::showing_call(events, it.draft.id)
    } else {
        events
    };
    let message = emit_messages(txn, id, events, content)?;
    Ok(Outcome {
        message,
        ..about(id)
    })
}
