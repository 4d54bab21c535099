//! Commands to one conversation that exists.

mod marks;
mod merging;
mod messages;
mod writing;

use plugboard_domain::{
    Event, Principal, Rejection,
    conversation::{self, Conversation, ConversationCommand},
    ids::{AttachmentId, ConversationId, MessageId},
    message::MessageDraft,
};
use plugboard_store::{MessageHead, Write};

pub(super) use self::{
    messages::{Content, emit_messages},
    writing::{check_fits, draft, post_mail, schedule_mail},
};
use super::{
    authorize,
    txn::{Stop, Txn},
};
use crate::handle::{Outcome, Posted};

/// Why a reply is not sent at its time: the customer wrote first.
const CONTACT_WROTE: &str = "contact_wrote";

pub(super) fn run(
    txn: &mut Txn<'_>,
    id: ConversationId,
    command: &ConversationCommand,
) -> Result<Outcome, Stop> {
    use ConversationCommand as C;
    let state = txn.existing(id)?;
    authorize::conversation(txn.principal(), txn.grants(), &state, command)?;
    match command {
        C::Post { draft, .. } => writing::post(txn, &state, command, draft, None),
        C::Schedule { draft, .. } => writing::schedule(txn, &state, command, draft, None),
        C::CancelScheduled { message_id } if is_unsent(txn, &state, *message_id)? => {
            txn.write(Write::Unschedule(*message_id));
            Ok(about(id))
        }
        C::Merge { into } => merging::merge(txn, &state, command, *into),
        C::Unmerge => merging::unmerge(txn, &state, command),
        C::ReportDelivery {
            message_id, next, ..
        } => marks::report_delivery(txn, *message_id, next),
        C::Fire(timer) => marks::fire(txn, &state, command, *timer),
        C::MarkRead { .. } => marks::mark_read(txn, &state, command),
        C::OpenCase { .. } => marks::open_case(txn, &state, command),
        _ => {
            let events = txn.decide(|context| conversation::decide(&state, command, context))?;
            unschedule(txn, &events);
            txn.emit(Some(id), events)?;
            Ok(about(id))
        }
    }
}

/// True of a reply that waited for its time until the customer wrote first.
fn is_unsent(txn: &Txn<'_>, state: &Conversation, id: MessageId) -> Result<bool, Stop> {
    let waits = state.scheduled.iter().any(|it| it.message_id == id);
    Ok(!waits && txn.scheduled(id)?.is_some())
}

/// Content of scheduled replies that will not be sent is removed with them. When the customer wrote first, an agent decides
/// what becomes of it.
pub(super) fn unschedule(txn: &mut Txn<'_>, events: &[Event]) {
    for event in events {
        if let Event::ScheduleCancelled { message_id, reason } = event
            && reason != CONTACT_WROTE
        {
            txn.write(Write::Unschedule(*message_id));
        }
    }
}

/// Files must exist and be the writer's own uploads.
pub(super) fn check_attachments(txn: &Txn<'_>, ids: &[AttachmentId]) -> Result<(), Stop> {
    for id in ids {
        let file = txn.attachment(*id)?;
        if file.is_none_or(|file| file.owner != *txn.actor()) {
            return Err(Rejection::invalid("an attachment does not exist or is not yours").into());
        }
    }
    Ok(())
}

/// The deduplication key of something that an agent or a part of Plugboard writes.
pub(super) fn dedup_key(
    principal: &Principal,
    id: ConversationId,
    draft: &MessageDraft,
) -> Option<String> {
    let client_id = draft.client_id.as_ref()?;
    let author = match principal {
        Principal::Agent(agent) | Principal::Token { agent, .. } => format!("a:{agent}"),
        Principal::System(part) => format!("s:{part}"),
        Principal::Plugin { key, .. } => format!("p:{key}"),
        Principal::Contact(contact) => format!("c:{contact}"),
    };
    Some(format!("{author}:{id}:{client_id}"))
}

pub(super) fn repeated(before: &MessageHead, txn: &Txn<'_>) -> Outcome {
    Outcome {
        repeated: true,
        message: Some(Posted {
            id: before.id,
            seq: before.seq,
            at: txn.now(),
        }),
        ..about(before.conversation_id)
    }
}

pub(super) fn about(id: ConversationId) -> Outcome {
    Outcome {
        conversation_id: Some(id),
        ..Outcome::default()
    }
}
