//! An agent writes.

use super::{
    Context,
    assign::accept_offer,
    draft::{check_draft, outgoing},
};
use crate::{
    Seq,
    conversation::{Assignment, Conversation},
    event::Event,
    message::{MessageDraft, MessageKind},
    rejection::Rejection,
};

pub(super) fn post(
    state: &Conversation,
    kind: MessageKind,
    draft: &MessageDraft,
    seen_seq: Option<Seq>,
    context: &Context<'_>,
) -> Result<Vec<Event>, Rejection> {
    check_draft(draft)?;
    let author = context.actor();
    if matches!(kind, MessageKind::Inbound | MessageKind::Call) {
        return Err(Rejection::invalid("an agent writes replies and notes"));
    }
    if let (MessageKind::Outbound, Some(seen), Some(last)) = (kind, seen_seq, &state.last_written)
        && last.newest_not_by(&author) > seen
    {
        return Err(Rejection::Unseen { since: seen });
    }
    let mut events = Vec::new();
    let reply = kind == MessageKind::Outbound;
    if reply
        && matches!(state.assignment, Assignment::Offered { agent, .. } if Some(agent) == author.agent_id())
    {
        events.extend(accept_offer(state, context)?);
    }
    events.extend(outgoing(state, kind, draft, author, context));
    Ok(events)
}
