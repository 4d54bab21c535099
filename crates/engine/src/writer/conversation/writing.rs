//! Agents write: replies, notes, scheduled replies, drafts.

use plugboard_domain::{
    Event, Rejection, Timestamp,
    access::Permission,
    conversation::{self, Conversation, ConversationCommand},
    ids::ConversationId,
    mail::{MailDraft, WriteMail},
    message::{MessageDraft, MessageKind, Scheduled, TEXT_CHARS_MAX},
};
use plugboard_store::Write;

use super::{
    about, check_attachments, dedup_key,
    messages::{Content, emit_messages},
    repeated, unschedule,
};
use crate::{
    handle::{Outcome, Posted},
    writer::{
        authorize,
        txn::{Stop, Txn},
    },
};

pub(super) fn post(
    txn: &mut Txn<'_>,
    state: &Conversation,
    command: &ConversationCommand,
    draft: &MessageDraft,
    mail: Option<&MailDraft>,
) -> Result<Outcome, Stop> {
    let dedup_key = dedup_key(txn.principal(), state.id, draft);
    if let Some(key) = &dedup_key
        && let Some(before) = txn.duplicate(key)?
    {
        return Ok(repeated(&before, txn));
    }
    check_attachments(txn, &draft.attachments)?;
    if !is_note(command) {
        check_fits(txn, state, draft)?;
    }
    let events = txn.decide(|context| conversation::decide(state, command, context))?;
    unschedule(txn, &events);
    let delivery = events.iter().find_map(|event| match event {
        Event::MessageCreated { message, .. } if message.id == draft.id => message.delivery.clone(),
        _ => None,
    });
    let mut content = Content::new(&draft.text, dedup_key);
    if let Some(mail) = mail {
        content = content.with_mail(mail);
    }
    let posted = emit_messages(txn, state.id, events, &content)?;
    clear_draft(txn, state.id, command);
    Ok(Outcome {
        message: posted,
        delivery,
        ..about(state.id)
    })
}

/// An agent answers by mail.
pub(in crate::writer) fn post_mail(
    txn: &mut Txn<'_>,
    state: &Conversation,
    it: &WriteMail,
) -> Result<Outcome, Stop> {
    let command = ConversationCommand::Post {
        kind: MessageKind::Outbound,
        draft: it.draft.clone(),
        seen_seq: it.seen_seq,
    };
    authorize::conversation(txn.principal(), txn.grants(), state, &command)?;
    post(txn, state, &command, &it.draft, Some(&it.mail))
}

/// An agent answers by mail, later.
pub(in crate::writer) fn schedule_mail(
    txn: &mut Txn<'_>,
    state: &Conversation,
    it: &WriteMail,
    at: Timestamp,
) -> Result<Outcome, Stop> {
    let command = ConversationCommand::Schedule {
        draft: it.draft.clone(),
        at,
    };
    authorize::conversation(txn.principal(), txn.grants(), state, &command)?;
    schedule(txn, state, &command, &it.draft, Some(&it.mail))
}

/// What was sent is no draft any more.
fn clear_draft(txn: &mut Txn<'_>, conversation_id: ConversationId, command: &ConversationCommand) {
    if let (Some(agent_id), ConversationCommand::Post { kind, .. }) =
        (txn.actor().agent_id(), command)
    {
        let at = txn.now();
        txn.write(Write::Draft {
            conversation_id,
            agent_id,
            kind: *kind,
            text: String::new(),
            at,
        });
    }
}

pub(super) fn schedule(
    txn: &mut Txn<'_>,
    state: &Conversation,
    command: &ConversationCommand,
    draft: &MessageDraft,
    mail: Option<&MailDraft>,
) -> Result<Outcome, Stop> {
    let dedup_key = dedup_key(txn.principal(), state.id, draft);
    if let Some(key) = &dedup_key
        && let Some(before) = txn.duplicate(key)?
    {
        return Ok(repeated(&before, txn));
    }
    let waits = |it: &&Scheduled| it.author == *txn.actor() && it.client_id == draft.client_id;
    if draft.client_id.is_some()
        && let Some(before) = state.scheduled.iter().find(waits)
    {
        return Ok(Outcome {
            repeated: true,
            ..waiting(state.id, before)
        });
    }
    check_attachments(txn, &draft.attachments)?;
    check_fits(txn, state, draft)?;
    let events = txn.decide(|context| conversation::decide(state, command, context))?;
    let outcome = events.iter().find_map(|event| match event {
        Event::MessageScheduled { scheduled } => Some(waiting(state.id, scheduled)),
        _ => None,
    });
    txn.emit(Some(state.id), events)?;
    txn.write(Write::Schedule {
        message_id: draft.id,
        conversation_id: state.id,
        text: draft.text.clone(),
        attachments: draft.attachments.clone(),
        client_id: draft.client_id.clone(),
        dedup_key,
        mail: mail.cloned().map(Box::new),
    });
    Ok(outcome.unwrap_or_else(|| about(state.id)))
}

/// A reply that waits has no position yet.
fn waiting(id: ConversationId, scheduled: &Scheduled) -> Outcome {
    Outcome {
        message: Some(Posted {
            id: scheduled.message_id,
            seq: 0,
            at: scheduled.at,
        }),
        ..about(id)
    }
}

/// An agent keeps what they have typed so far.
pub(in crate::writer) fn draft(
    txn: &mut Txn<'_>,
    id: ConversationId,
    kind: MessageKind,
    text: &str,
) -> Result<Outcome, Stop> {
    let state = txn.existing(id)?;
    txn.grants()
        .require_on(Permission::ConversationsReply, &state)?;
    let agent_id = txn
        .actor()
        .agent_id()
        .ok_or_else(|| Rejection::invalid("only agents have drafts"))?;
    if text.chars().count() > TEXT_CHARS_MAX {
        return Err(Rejection::invalid(format!(
            "text must be at most {TEXT_CHARS_MAX} characters"
        ))
        .into());
    }
    let at = txn.now();
    txn.write(Write::Draft {
        conversation_id: id,
        agent_id,
        kind,
        text: text.to_owned(),
        at,
    });
    txn.emit(
        Some(id),
        vec![Event::DraftChanged {
            agent_id,
            draft: kind,
            empty: text.is_empty(),
        }],
    )?;
    Ok(about(id))
}

fn is_note(command: &ConversationCommand) -> bool {
    matches!(
        command,
        ConversationCommand::Post {
            kind: MessageKind::Note,
            ..
        }
    )
}

/// The inbox's channel must be able to carry it.
pub(in crate::writer) fn check_fits(
    txn: &Txn<'_>,
    state: &Conversation,
    draft: &MessageDraft,
) -> Result<(), Stop> {
    let Some(inbox) = txn.desk().inbox(state.inbox_id) else {
        return Ok(());
    };
    let mut files = Vec::with_capacity(draft.attachments.len());
    for id in &draft.attachments {
        files.extend(txn.attachment(*id)?);
    }
    Ok(crate::delivery::check_fits(
        txn.channels(),
        inbox,
        &draft.text,
        &files,
    )?)
}
