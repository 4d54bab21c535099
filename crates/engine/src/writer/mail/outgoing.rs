//! Mail goes out: what is known of it before it leaves, and taking it back until then.

use plugboard_domain::{
    Actor, Event, Rejection, Timestamp,
    access::Permission,
    channel::ChannelKind,
    conversation::{self, Conversation, NewConversation, Waiting},
    desk::Inbox,
    ids::{ConversationId, MessageId},
    mail::{
        BeginMail, Mail, MailAddress, MailDraft, MailRef, RECIPIENTS_MAX, RecipientState,
        SUBJECT_CHARS_MAX, WriteMail,
    },
    message::{Delivery, MessageFacts, MessageKind, Undelivered},
    outbox::{JobState, delivery_id},
};
use plugboard_store::Write;

use super::{mean, recipient, save};
use crate::{
    handle::Outcome,
    writer::{
        conversation::{
            Content, about, check_attachments, check_fits, dedup_key, emit_messages, post_mail,
            repeated, schedule_mail,
        },
        outside, receive,
        txn::{Stop, Txn},
        work::only_system,
    },
};

/// How long an agent may take a mail back when the inbox does not say, in seconds.
const UNDO_SECS: u64 = 10;

/// Longest undo window: beyond it, sending later is what is wanted.
const UNDO_SECS_MAX: u64 = 120;

/// An agent answers by mail.
pub(in crate::writer) fn write(txn: &mut Txn<'_>, it: &WriteMail) -> Result<Outcome, Stop> {
    let state = txn.existing(it.conversation_id)?;
    if state.channel != ChannelKind::Email {
        return Err(Rejection::invalid("only conversations by mail have recipients").into());
    }
    check(&it.mail)?;
    match it.send_at {
        Some(at) => schedule_mail(txn, &state, it, at),
        None => post_mail(txn, &state, it),
    }
}

/// An agent writes to somebody first.
pub(in crate::writer) fn begin(txn: &mut Txn<'_>, it: &BeginMail) -> Result<Outcome, Stop> {
    let inbox = receive::inbox(txn, it.inbox_id)?;
    if inbox.channel != ChannelKind::Email {
        return Err(Rejection::invalid("mail is sent from an email inbox").into());
    }
    check(&it.mail)?;
    let to = it.mail.to.first();
    let to = to.ok_or_else(|| Rejection::invalid("a new mail needs a recipient in to"))?;
    if it
        .mail
        .subject
        .as_deref()
        .is_none_or(|it| it.trim().is_empty())
    {
        return Err(Rejection::invalid("a new mail needs a subject").into());
    }
    // One conversation for each client_id: the conversation is new each time, so the inbox stands for it.
    let key = dedup_key(txn.principal(), ConversationId(inbox.id.0), &it.draft);
    if let Some(key) = &key
        && let Some(before) = txn.duplicate(key)?
    {
        return Ok(repeated(&before, txn));
    }
    check_attachments(txn, &it.draft.attachments)?;
    let (contact_id, identity_id) = recipient(txn, inbox.id, to)?;
    let id = it.conversation_id;
    let new = NewConversation {
        id,
        inbox_id: inbox.id,
        contact_id,
        identity_id: Some(identity_id),
    };
    let events =
        txn.decide(|context| conversation::begin_outbound(&new, &it.draft, &inbox, context))?;
    let content = Content::new(&it.draft.text, key).with_mail(&it.mail);
    let message = emit_messages(txn, id, events, &content)?;
    let state = txn.existing(id)?;
    txn.grants()
        .require_on(Permission::ConversationsReply, &state)?;
    check_fits(txn, &state, &it.draft)?;
    txn.facts().current.insert((inbox.id, contact_id), Some(id));
    Ok(Outcome {
        message,
        contact_id: Some(contact_id),
        delivery: Some(Delivery::Queued),
        ..about(id)
    })
}

fn check(mail: &MailDraft) -> Result<(), Rejection> {
    let all = mail.to.len() + mail.cc.len() + mail.bcc.len();
    if all > RECIPIENTS_MAX {
        return Err(Rejection::invalid(format!(
            "at most {RECIPIENTS_MAX} recipients"
        )));
    }
    for to in mail.to.iter().chain(&mail.cc).chain(&mail.bcc) {
        if !looks_like_an_address(&to.address) {
            return Err(Rejection::invalid(format!(
                "{:?} is not an email address",
                to.address
            )));
        }
        if to.name.as_ref().is_some_and(|it| it.contains(['\r', '\n'])) {
            return Err(Rejection::invalid("a name is one line"));
        }
    }
    if let Some(subject) = &mail.subject {
        if subject.chars().count() > SUBJECT_CHARS_MAX {
            return Err(Rejection::invalid(format!(
                "subject must be at most {SUBJECT_CHARS_MAX} characters"
            )));
        }
        if subject.contains(['\r', '\n', '\0']) {
            return Err(Rejection::invalid("subject must be one line"));
        }
    }
    Ok(())
}

/// Enough to keep a slip of the finger and a forged header out; whether there is such a mailbox, only its server knows.
fn looks_like_an_address(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else {
        return false;
    };
    !local.is_empty()
        && !domain.is_empty()
        && text.len() <= 320
        && !text
            .contains(|it: char| it.is_whitespace() || it.is_control() || "<>,;\"\\".contains(it))
}

/// What is known of a message of an email inbox before it leaves: its `Message-ID` first of all.
pub(in crate::writer) fn outgoing(
    txn: &mut Txn<'_>,
    state: &Conversation,
    message: &MessageFacts,
    draft: Option<&MailDraft>,
) {
    let Some(inbox) = txn.desk().inbox(state.inbox_id).cloned() else {
        return;
    };
    let Some(address) = inbox.mail_address() else {
        return;
    };
    let by_person = matches!(message.author, Actor::Agent { .. });
    let rfc_id = txn.mail_name(state.id, message.id, address);
    let mut mail = Mail::new(message.id, inbox.id);
    mail.rfc_id = Some(rfc_id.clone());
    mail.from = Some(MailAddress {
        name: None,
        address: address.to_owned(),
    });
    mail.quote = draft.map_or(by_person, |it| it.quote);
    mail.auto = (!by_person).then(|| "auto_reply".to_owned());
    if let Some(draft) = draft {
        mail.recipients = draft.recipients();
        mail.subject.clone_from(&draft.subject);
        mail.html.clone_from(&draft.html);
        mail.inline.clone_from(&draft.inline);
    }
    let means = MailRef {
        conversation_id: state.id,
        message_id: Some(message.id),
    };
    mean(txn, inbox.id, &rfc_id, means);
    save(txn, mail);
}

/// When an agent's mail leaves: they have some seconds to take it back.
pub(in crate::writer) fn undo(inbox: Option<&Inbox>, author: &Actor, now: Timestamp) -> Timestamp {
    let mail = inbox.filter(|it| it.mail_address().is_some());
    let (Some(inbox), Actor::Agent { .. }) = (mail, author) else {
        return now;
    };
    let secs = inbox.settings.get("undo_seconds");
    let secs = secs
        .and_then(serde_json::Value::as_u64)
        .unwrap_or(UNDO_SECS);
    now + std::time::Duration::from_secs(secs.min(UNDO_SECS_MAX))
}

/// An agent takes a message back before it left.
pub(in crate::writer) fn recall(txn: &mut Txn<'_>, id: MessageId) -> Result<Outcome, Stop> {
    let message = txn.message(id)?.ok_or(Rejection::NotFound("message"))?;
    let state = txn.existing(message.conversation_id)?;
    txn.grants()
        .require_on(Permission::ConversationsReply, &state)?;
    let job = delivery_id(id);
    let waits = txn.outbox(job)?.is_some_and(|it| {
        it.attempts == 0 && matches!(it.state, JobState::Pending { next_at } if next_at > txn.now())
    });
    if message.kind != MessageKind::Outbound || !waits {
        return Err(Rejection::conflict("the message has left already").into());
    }
    txn.remove_outbox(job);
    let fate = Delivery::Failed {
        reason: "taken back before it left".into(),
        cause: Undelivered::Recalled,
    };
    outside::report(txn, id, &fate)?;
    // Nothing was said, so it is the desk that owes an answer, when it was before.
    if let Waiting::Contact { since } = txn.existing(state.id)?.waiting
        && state.message_count > 1
    {
        let status = state.status.clone();
        txn.emit(
            Some(state.id),
            vec![Event::StatusChanged {
                status,
                waiting: Waiting::Agent { since },
                cause: "recalled".into(),
            }],
        )?;
    }
    Ok(about(state.id))
}

/// What is known of a mail is this now: the courier says so.
pub(in crate::writer) fn keep(txn: &mut Txn<'_>, mail: &Mail) -> Result<Outcome, Stop> {
    only_system(txn)?;
    if txn.mail(mail.message_id)?.is_none() {
        return Err(Rejection::NotFound("mail").into());
    }
    txn.write(Write::Mail(Box::new(mail.clone())));
    txn.facts()
        .mails
        .insert(mail.message_id, Some(mail.clone()));
    Ok(Outcome::default())
}

/// A person wants a mail to be tried again: with whom it did not reach for sure.
pub(in crate::writer) fn reset(txn: &mut Txn<'_>, id: MessageId) -> Result<(), Stop> {
    let Some(mut mail) = txn.mail(id)? else {
        return Ok(());
    };
    for recipient in &mut mail.recipients {
        if recipient.state != RecipientState::Sent {
            recipient.state = RecipientState::Queued;
            recipient.detail = None;
        }
    }
    save(txn, mail);
    Ok(())
}
