//! What providers report and contacts take back, and what people have tried again.

use plugboard_domain::{
    Event, Rejection,
    access::Permission,
    ids::{InboxId, MessageId},
    message::{Amendment, Delivery, MessageKind, TEXT_CHARS_MAX, Undelivered},
    outbox::{Attempt, Job, JobState, OutboxEntry, delivery_id},
};
use plugboard_store::{ExternalRef, MessageHead, Said, Write};

use super::{
    conversation::about,
    txn::{Stop, Txn},
    work::only_system,
};
use crate::handle::Outcome;

/// A message got further, or did not: fates only go forward, so late and repeated reports change nothing.
pub(super) fn report(
    txn: &mut Txn<'_>,
    id: MessageId,
    fate: &Delivery,
) -> Result<Option<MessageHead>, Stop> {
    let Some(message) = txn.message(id)? else {
        return Ok(None);
    };
    let advances = message
        .delivery
        .as_ref()
        .is_some_and(|now| now.advances_to(fate));
    if advances {
        let after = MessageHead {
            delivery: Some(fate.clone()),
            ..message.clone()
        };
        txn.facts().messages.insert(id, Some(after));
        txn.write(Write::Delivery(id, fate.clone()));
        txn.emit(
            Some(message.conversation_id),
            vec![Event::DeliveryChanged {
                message_id: id,
                delivery: fate.clone(),
            }],
        )?;
    }
    Ok(Some(message))
}

pub(super) fn report_external(
    txn: &mut Txn<'_>,
    inbox_id: InboxId,
    external_id: &str,
    fate: &Delivery,
) -> Result<Outcome, Stop> {
    only_system(txn)?;
    let known = match txn.external(inbox_id, external_id)? {
        Some(ExternalRef::Message(id)) => {
            let message = report(txn, id, fate)?;
            return Ok(message.map_or_else(Outcome::default, |it| about(it.conversation_id)));
        }
        // Reports come in any order, and the provider's answer to the send after them.
        Some(ExternalRef::Early(before)) if !before.advances_to(fate) => {
            return Ok(Outcome::default());
        }
        Some(ExternalRef::Early(_)) | None => ExternalRef::Early(fate.clone()),
    };
    remember(txn, inbox_id, external_id, known);
    Ok(Outcome::default())
}

fn remember(txn: &mut Txn<'_>, inbox_id: InboxId, external_id: &str, known: ExternalRef) {
    txn.facts()
        .external
        .insert((inbox_id, external_id.to_owned()), Some(known.clone()));
    let at = txn.now();
    txn.write(Write::ExternalRef {
        inbox_id,
        external_id: external_id.to_owned(),
        known,
        at,
    });
}

/// What the end of a try of delivering means for the message.
pub(super) fn delivered(
    txn: &mut Txn<'_>,
    after: &OutboxEntry,
    attempt: &Attempt,
) -> Result<(), Stop> {
    let Job::Deliver {
        inbox_id,
        message_id,
        ..
    } = after.job
    else {
        return Ok(());
    };
    let cause = match attempt {
        Attempt::Undelivered { cause, .. } => *cause,
        Attempt::Retry { .. } | Attempt::Deferred { .. } => Undelivered::GivenUp,
        Attempt::GiveUp { .. } | Attempt::Done | Attempt::Sent { .. } | Attempt::NotYet { .. } => {
            Undelivered::Refused
        }
    };
    match after.state {
        JobState::Pending { .. } => {
            if let Attempt::Deferred { .. } = attempt {
                waits_on(txn, message_id)?;
            }
            return Ok(());
        }
        JobState::Done { .. } => report(txn, message_id, &Delivery::Sent)?,
        JobState::Dead { .. } => {
            let reason = after.last_error.clone().unwrap_or_default();
            report(txn, message_id, &Delivery::Failed { reason, cause })?
        }
    };
    if let Attempt::Sent {
        external_id: Some(external_id),
    } = attempt
    {
        let early = txn.external(inbox_id, external_id)?;
        remember(txn, inbox_id, external_id, ExternalRef::Message(message_id));
        if let Some(ExternalRef::Early(fate)) = early {
            report(txn, message_id, &fate)?;
        }
    }
    Ok(())
}

/// A try came to nothing and another follows: whoever looks at the message is told to look again.
fn waits_on(txn: &mut Txn<'_>, id: MessageId) -> Result<(), Stop> {
    let Some(message) = txn.message(id)? else {
        return Ok(());
    };
    if message.delivery != Some(Delivery::Queued) {
        return Ok(());
    }
    txn.emit(
        Some(message.conversation_id),
        vec![Event::DeliveryChanged {
            message_id: id,
            delivery: Delivery::Queued,
        }],
    )
}

/// A person wants what was not delivered to be tried again.
pub(super) fn retry(txn: &mut Txn<'_>, id: MessageId) -> Result<Outcome, Stop> {
    let message = txn.message(id)?.ok_or(Rejection::NotFound("message"))?;
    let state = txn.existing(message.conversation_id)?;
    txn.grants()
        .require_on(Permission::ConversationsReply, &state)?;
    if !matches!(message.delivery, Some(Delivery::Failed { .. })) {
        return Err(Rejection::conflict(
            "only a message that was not delivered can be tried again",
        )
        .into());
    }
    let job = delivery_id(id);
    let now = txn.now();
    let after = match txn.outbox(job)? {
        Some(before) => {
            if matches!(before.state, JobState::Dead { .. }) {
                txn.emit(None, vec![Event::OutboxRedelivered { outbox_id: job }])?;
            }
            before.redelivered(now)
        }
        None => OutboxEntry::new(
            job,
            Job::Deliver {
                inbox_id: state.inbox_id,
                conversation_id: state.id,
                message_id: id,
            },
            now,
            now,
        ),
    };
    txn.save_outbox(after);
    super::mail::reset(txn, id)?;
    report(txn, id, &Delivery::Queued)?;
    Ok(about(state.id))
}

/// The contact changed a message or took it back.
pub(super) fn amend(
    txn: &mut Txn<'_>,
    inbox_id: InboxId,
    external_id: &str,
    amendment: &Amendment,
) -> Result<Outcome, Stop> {
    only_system(txn)?;
    let key = super::receive::external_key(inbox_id, external_id);
    let message = txn
        .duplicate(&key)?
        .filter(|message| message.kind == MessageKind::Inbound)
        .ok_or(Rejection::NotFound("message"))?;
    let said = txn
        .said(message.id)?
        .ok_or(Rejection::NotFound("message"))?;
    let again = match amendment {
        Amendment::Edited { text } => {
            if text.chars().count() > TEXT_CHARS_MAX || text.contains('\0') {
                return Err(Rejection::invalid(format!(
                    "text must be at most {TEXT_CHARS_MAX} characters without NUL"
                ))
                .into());
            }
            said.text == *text
        }
        Amendment::TakenBack => false,
        Amendment::ReadAgain { .. } => {
            return Err(Rejection::invalid("only mails are read again").into());
        }
    };
    // Providers tell it again; and what was taken back stays so.
    if again || said.taken_back {
        return Ok(Outcome {
            repeated: true,
            ..about(message.conversation_id)
        });
    }
    let message_id = message.id;
    let (event, text) = match amendment {
        Amendment::Edited { text } | Amendment::ReadAgain { text } => {
            (Event::MessageEdited { message_id }, text.clone())
        }
        Amendment::TakenBack => (Event::MessageTakenBack { message_id }, String::new()),
    };
    let said = Said {
        text,
        taken_back: *amendment == Amendment::TakenBack,
    };
    txn.facts().said.insert(message_id, Some(said));
    let at = txn.now();
    txn.write(Write::Amend(message_id, amendment.clone(), at));
    let contact = txn.existing(message.conversation_id)?.contact_id;
    txn.act_as(contact);
    txn.emit(Some(message.conversation_id), vec![event])?;
    Ok(about(message.conversation_id))
}

/// The provider closed a thread.
pub(super) fn close_thread(
    txn: &mut Txn<'_>,
    inbox_id: InboxId,
    thread_key: &str,
) -> Result<Outcome, Stop> {
    only_system(txn)?;
    let id = txn
        .thread(inbox_id, thread_key)?
        .ok_or(Rejection::NotFound("thread"))?;
    txn.emit(Some(id), vec![Event::ThreadClosed {}])?;
    Ok(about(id))
}
