//! Commands of workers and edges: outside work, uploads.

use plugboard_domain::{
    Actor, Event, Principal, Rejection,
    access::Permission,
    command::StoredFile,
    ids::OutboxId,
    message::Delivery,
    outbox::{Attempt, Job, JobState},
};
use plugboard_store::Write;

use super::txn::{Stop, Txn};
use crate::handle::Outcome;

pub(super) fn store_attachment(txn: &mut Txn<'_>, file: &StoredFile) -> Result<Outcome, Stop> {
    match txn.principal() {
        Principal::Contact(_) | Principal::System(_) => {}
        Principal::Agent(_) | Principal::Token { .. } => {
            txn.grants().require(Permission::ConversationsReply)?;
        }
    }
    if file.owner != *txn.actor() {
        return Err(Rejection::invalid("a file belongs to whoever uploads it").into());
    }
    let at = txn.now();
    txn.write(Write::Attachment(file.clone(), at));
    txn.facts().attachments.insert(file.id, Some(file.clone()));
    txn.emit(
        None,
        vec![Event::AttachmentStored {
            attachment_id: file.id,
            size: file.size,
        }],
    )?;
    Ok(Outcome::default())
}

pub(super) fn record_attempt(
    txn: &mut Txn<'_>,
    id: OutboxId,
    attempt: &Attempt,
) -> Result<Outcome, Stop> {
    only_system(txn)?;
    let before = txn.outbox(id)?;
    if !matches!(before.state, JobState::Pending { .. }) {
        return Ok(Outcome::default());
    }
    let after = before.after(attempt.clone(), txn.now());
    if let Job::Deliver { message_id, .. } = after.job {
        let fate = match after.state {
            JobState::Done { .. } => Some(Delivery::Sent),
            JobState::Dead { .. } => Some(Delivery::Failed {
                reason: after.last_error.clone().unwrap_or_default(),
            }),
            JobState::Pending { .. } => None,
        };
        if let Some(fate) = fate {
            report(txn, message_id, fate)?;
        }
    }
    if matches!(after.state, JobState::Dead { .. }) {
        txn.emit(None, vec![Event::OutboxDied { outbox_id: id }])?;
    }
    txn.facts().outbox.insert(id, Some(after.clone()));
    txn.write(Write::Outbox(after));
    Ok(Outcome::default())
}

pub(super) fn redeliver(txn: &mut Txn<'_>, id: OutboxId) -> Result<Outcome, Stop> {
    txn.grants().require(Permission::IntegrationsManage)?;
    let before = txn.outbox(id)?;
    if !matches!(before.state, JobState::Dead { .. }) {
        return Err(Rejection::conflict("only work that was given up can be redelivered").into());
    }
    let after = before.redelivered(txn.now());
    txn.facts().outbox.insert(id, Some(after.clone()));
    txn.write(Write::Outbox(after));
    txn.emit(None, vec![Event::OutboxRedelivered { outbox_id: id }])?;
    Ok(Outcome::default())
}

fn report(txn: &mut Txn<'_>, id: plugboard_domain::MessageId, fate: Delivery) -> Result<(), Stop> {
    let Some(message) = txn.message(id)? else {
        return Ok(());
    };
    if message
        .delivery
        .as_ref()
        .is_some_and(|now| now.advances_to(&fate))
    {
        txn.write(Write::Delivery(id, fate.clone()));
        txn.emit(
            Some(message.conversation_id),
            vec![Event::DeliveryChanged {
                message_id: id,
                delivery: fate,
            }],
        )?;
    }
    Ok(())
}

/// Refuses what only a part of Plugboard asks.
pub(super) fn only_system(txn: &Txn<'_>) -> Result<(), Stop> {
    match txn.actor() {
        Actor::System { .. } => Ok(()),
        _ => Err(Rejection::NotFound("command").into()),
    }
}
