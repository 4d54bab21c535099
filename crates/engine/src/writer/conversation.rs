//! Commands to one conversation that exists.

use plugboard_domain::{
    Event, Principal, Rejection,
    access::Permission,
    conversation::{self, Conversation, ConversationCommand},
    ids::{AttachmentId, ConversationId, MessageId},
    message::{Delivery, MessageDraft, MessageFacts, MessageKind, Scheduled, TEXT_CHARS_MAX},
    outbox::Job,
    timer::TimerKind,
};
use plugboard_store::{MessageHead, MessageRow, Write};

use super::{
    authorize,
    txn::{Stop, Txn},
};
use crate::handle::{Outcome, Posted};

/// Texts that events of this command refer to.
pub(super) struct Content<'a> {
    text: &'a str,
    dedup_key: Option<String>,
}

pub(super) fn run(
    txn: &mut Txn<'_>,
    id: ConversationId,
    command: &ConversationCommand,
) -> Result<Outcome, Stop> {
    use ConversationCommand as C;
    let state = txn.existing(id)?;
    authorize::conversation(txn.principal(), txn.grants(), &state, command)?;
    match command {
        C::Post { draft, .. } => post(txn, &state, command, draft),
        C::Schedule { draft, .. } => schedule(txn, &state, command, draft),
        C::Merge { into } => merge(txn, &state, command, *into),
        C::Unmerge => unmerge(txn, &state, command),
        C::ReportDelivery {
            message_id, next, ..
        } => report_delivery(txn, *message_id, next),
        C::Fire(timer) => fire(txn, &state, command, *timer),
        C::MarkRead { .. } => mark_read(txn, &state, command),
        _ => {
            let events = txn.decide(|context| conversation::decide(&state, command, context))?;
            unschedule(txn, &events);
            txn.emit(Some(id), events)?;
            Ok(about(id))
        }
    }
}

fn post(
    txn: &mut Txn<'_>,
    state: &Conversation,
    command: &ConversationCommand,
    draft: &MessageDraft,
) -> Result<Outcome, Stop> {
    let dedup_key = dedup_key(txn.principal(), state.id, draft);
    if let Some(key) = &dedup_key
        && let Some(before) = txn.duplicate(key)?
    {
        return Ok(repeated(&before, txn));
    }
    check_attachments(txn, &draft.attachments)?;
    let events = txn.decide(|context| conversation::decide(state, command, context))?;
    unschedule(txn, &events);
    let delivery = events.iter().find_map(|event| match event {
        Event::MessageCreated { message, .. } if message.id == draft.id => message.delivery.clone(),
        _ => None,
    });
    let posted = emit_messages(
        txn,
        state.id,
        events,
        &Content {
            text: &draft.text,
            dedup_key,
        },
    )?;
    clear_draft(txn, state.id, command);
    Ok(Outcome {
        message: posted,
        delivery,
        ..about(state.id)
    })
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

fn schedule(
    txn: &mut Txn<'_>,
    state: &Conversation,
    command: &ConversationCommand,
    draft: &MessageDraft,
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

fn merge(
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

fn unmerge(
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

fn report_delivery(
    txn: &mut Txn<'_>,
    message_id: MessageId,
    next: &Delivery,
) -> Result<Outcome, Stop> {
    let message = txn
        .message(message_id)?
        .ok_or(Rejection::NotFound("message"))?;
    let id = message.conversation_id;
    let Some(now) = message.delivery.clone() else {
        return Ok(about(id));
    };
    let state = txn.existing(id)?;
    let command = ConversationCommand::ReportDelivery {
        message_id,
        now,
        next: next.clone(),
    };
    let events = txn.decide(|context| conversation::decide(&state, &command, context))?;
    if !events.is_empty() {
        txn.write(Write::Delivery(message_id, next.clone()));
        txn.facts().messages.insert(
            message_id,
            Some(MessageHead {
                delivery: Some(next.clone()),
                ..message
            }),
        );
    }
    txn.emit(Some(id), events)?;
    Ok(about(id))
}

fn fire(
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
    });
    let posted = emit_messages(
        txn,
        state.id,
        events,
        &Content {
            text: &content.text,
            dedup_key: content.dedup_key,
        },
    )?;
    // Even when nothing happened the stored timers are made equal to what the state needs, or this one would fire for ever.
    txn.touch(state.id);
    Ok(Outcome {
        message: posted,
        ..about(state.id)
    })
}

fn mark_read(
    txn: &mut Txn<'_>,
    state: &Conversation,
    command: &ConversationCommand,
) -> Result<Outcome, Stop> {
    let events = txn.decide(|context| conversation::decide(state, command, context))?;
    for event in &events {
        if let Event::Read { agent_id, seq } = event {
            txn.write(Write::Read {
                conversation_id: state.id,
                agent_id: *agent_id,
                seq: *seq,
            });
        }
    }
    txn.emit(Some(state.id), events)?;
    Ok(about(state.id))
}

/// An agent keeps what they have typed so far.
pub(super) fn draft(
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

/// Records events; stores a row for each message among them, and hands outbound ones to their channel.
pub(super) fn emit_messages(
    txn: &mut Txn<'_>,
    id: ConversationId,
    events: Vec<Event>,
    content: &Content<'_>,
) -> Result<Option<Posted>, Stop> {
    let first = txn.events().len();
    txn.emit(Some(id), events)?;
    let state = txn.existing(id)?;
    let inbox_id = state.inbox_id;
    let recorded: Vec<_> = txn.events()[first..].to_vec();
    let mut posted = None;
    for recorded in recorded {
        let Event::MessageCreated { message, .. } = recorded.event else {
            continue;
        };
        let own = !matches!(message.author, plugboard_domain::Actor::System { .. });
        let text = if own {
            content.text.to_owned()
        } else {
            opener(txn, &state, &message)
        };
        let dedup_key = content.dedup_key.clone().filter(|_| own);
        if message.delivery == Some(Delivery::Queued) {
            txn.enqueue(Job::Deliver {
                inbox_id,
                conversation_id: id,
                message_id: message.id,
            });
        }
        let head = MessageHead {
            id: message.id,
            conversation_id: id,
            seq: recorded.seq,
            kind: message.kind,
            delivery: message.delivery.clone(),
        };
        if let Some(key) = &dedup_key {
            txn.facts()
                .duplicates
                .insert(key.clone(), Some(head.clone()));
        }
        txn.facts().messages.insert(message.id, Some(head));
        if own {
            posted = Some(Posted {
                id: message.id,
                seq: recorded.seq,
                at: recorded.at,
            });
        }
        txn.write(Write::Message(Box::new(MessageRow {
            id: message.id,
            conversation_id: id,
            seq: recorded.seq,
            kind: message.kind,
            author: message.author,
            text,
            attachments: message.attachments,
            delivery: message.delivery,
            client_id: message.client_id,
            dedup_key,
            at: recorded.at,
        })));
    }
    Ok(posted)
}

impl<'a> Content<'a> {
    pub(super) fn new(text: &'a str, dedup_key: Option<String>) -> Self {
        Self { text, dedup_key }
    }
}

/// The text of a message that Plugboard writes itself.
fn opener(txn: &Txn<'_>, state: &Conversation, message: &MessageFacts) -> String {
    let policy = txn.desk().inbox(state.inbox_id).map(|inbox| &inbox.policy);
    let part = match &message.author {
        plugboard_domain::Actor::System { part } => part.as_str(),
        _ => "",
    };
    let text = match part {
        conversation::GREETING => policy.and_then(|it| it.greeting.clone()),
        conversation::AWAY_MESSAGE => policy.and_then(|it| it.away_message.clone()),
        _ => None,
    };
    text.unwrap_or_default()
}

/// Content of scheduled replies that will not be sent is removed with them.
pub(super) fn unschedule(txn: &mut Txn<'_>, events: &[Event]) {
    for event in events {
        if let Event::ScheduleCancelled { message_id, .. } = event {
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
