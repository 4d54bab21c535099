//! Receipts, read marks, timers and cases.

use plugboard_domain::{
    Event, Rejection,
    conversation::{self, Conversation, ConversationCommand},
    ids::MessageId,
    message::Delivery,
    timer::TimerKind,
};
use plugboard_store::Write;

use super::{
    about,
    messages::{Content, emit_messages},
};
use crate::{
    handle::Outcome,
    writer::{
        outside,
        txn::{Stop, Txn},
    },
};

pub(super) fn report_delivery(
    txn: &mut Txn<'_>,
    message_id: MessageId,
    next: &Delivery,
) -> Result<Outcome, Stop> {
    let message = outside::report(txn, message_id, next)?.ok_or(Rejection::NotFound("message"))?;
    Ok(about(message.conversation_id))
}

pub(super) fn fire(
    txn: &mut Txn<'_>,
    state: &Conversation,
    command: &ConversationCommand,
    timer: TimerKind,
) -> Result<Outcome, Stop> {
    let content = match timer {
        TimerKind::Send(message_id) => txn.scheduled(message_id)?,
        _ => None,
    };
    let mut events = txn.decide(|context| conversation::decide(state, command, context))?;
    // The content was kept with the row; the event has to name its files.
    if let (Some(content), TimerKind::Send(id)) = (&content, timer) {
        for event in &mut events {
            if let Event::MessageCreated { message, .. } = event
                && message.id == id
            {
                message.attachments.clone_from(&content.attachments);
                message.client_id.clone_from(&content.client_id);
            }
        }
        txn.write(Write::Unschedule(id));
    }
    let content = content.unwrap_or(plugboard_store::Scheduled {
        text: String::new(),
        attachments: vec![],
        client_id: None,
        dedup_key: None,
        mail: None,
    });
    let mut said = Content::new(&content.text, content.dedup_key);
    if let Some(mail) = &content.mail {
        said = said.with_mail(mail);
    }
    let posted = emit_messages(txn, state.id, events, &said)?;
    // Even when nothing happened the stored timers are made equal to what the state needs, or this one would fire for ever.
    txn.touch(state.id);
    Ok(Outcome {
        message: posted,
        ..about(state.id)
    })
}

pub(super) fn mark_read(
    txn: &mut Txn<'_>,
    state: &Conversation,
    command: &ConversationCommand,
) -> Result<Outcome, Stop> {
    let events = txn.decide(|context| conversation::decide(state, command, context))?;
    for event in events {
        if let Event::Read { agent_id, seq } = event {
            // Clients say it whenever they look; only what is new is worth a place in the journal.
            if txn.read_mark(state.id, agent_id)? == seq {
                continue;
            }
            txn.facts().read_marks.insert((state.id, agent_id), seq);
            txn.write(Write::Read {
                conversation_id: state.id,
                agent_id,
                seq,
            });
        }
        txn.emit(Some(state.id), vec![event])?;
    }
    Ok(about(state.id))
}

/// What a case is about is content: a row beside the event.
pub(super) fn open_case(
    txn: &mut Txn<'_>,
    state: &Conversation,
    command: &ConversationCommand,
) -> Result<Outcome, Stop> {
    let events = txn.decide(|context| conversation::decide(state, command, context))?;
    txn.emit(Some(state.id), events)?;
    if let ConversationCommand::OpenCase { id, summary, .. } = command {
        txn.write(Write::Case(*id, state.id, summary.clone()));
    }
    Ok(about(state.id))
}
