//! What happened to single messages: seen by an agent, delivered to the contact.

use super::Context;
use crate::{
    Seq, conversation::Conversation, event::Event, ids::MessageId, message::Delivery,
    rejection::Rejection,
};

pub(super) fn mark_read(
    state: &Conversation,
    seq: Seq,
    context: &Context<'_>,
) -> Result<Vec<Event>, Rejection> {
    let agent_id = context
        .actor()
        .agent_id()
        .ok_or_else(|| Rejection::invalid("only agents mark as read"))?;
    // Nobody has read the future; a larger number means "everything so far".
    let seq = seq.min(state.seq);
    Ok(vec![Event::Read { agent_id, seq }])
}

pub(super) fn report_delivery(
    message_id: MessageId,
    now: &Delivery,
    next: &Delivery,
) -> Vec<Event> {
    if !now.advances_to(next) {
        return vec![];
    }
    let delivery = next.clone();
    vec![Event::DeliveryChanged {
        message_id,
        delivery,
    }]
}
