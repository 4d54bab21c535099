//! Commands of workers and edges: outside work, uploads.

use plugboard_domain::{
    Actor, Event, Principal, Rejection,
    access::Permission,
    command::StoredFile,
    ids::OutboxId,
    message::Delivery,
    outbox::{Attempt, Job, JobState},
    plugin::PluginAct,
};
use plugboard_store::Write;

use super::{
    outside,
    txn::{Stop, Txn},
};
use crate::handle::Outcome;

pub(super) fn store_attachment(txn: &mut Txn<'_>, file: &StoredFile) -> Result<Outcome, Stop> {
    match txn.principal() {
        Principal::Contact(_) | Principal::System(_) => {}
        Principal::Plugin { acts, .. } => {
            if !acts.contains(&PluginAct::Reply) && !acts.contains(&PluginAct::Note) {
                return Err(Rejection::NotGranted(PluginAct::Reply).into());
            }
        }
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
    round: u32,
    attempt: &Attempt,
) -> Result<Outcome, Stop> {
    only_system(txn)?;
    // Taken back, ended or scheduled anew while it was tried: the end of the try says nothing any more.
    let before = txn
        .outbox(id)?
        .filter(|before| before.round == round && matches!(before.state, JobState::Pending { .. }));
    let Some(before) = before else {
        return Ok(Outcome::default());
    };
    let after = before.after(attempt.clone(), txn.now());
    outside::delivered(txn, &after, attempt)?;
    if matches!(after.state, JobState::Dead { .. }) {
        txn.emit(None, vec![Event::OutboxDied { outbox_id: id }])?;
    }
    if matches!(after.state, JobState::Done { .. }) && after.job.leaves_nothing() {
        txn.remove_outbox(id);
    } else {
        txn.save_outbox(after);
    }
    Ok(Outcome::default())
}

pub(super) fn redeliver(txn: &mut Txn<'_>, id: OutboxId) -> Result<Outcome, Stop> {
    txn.grants().require(Permission::IntegrationsManage)?;
    let before = txn.outbox(id)?.ok_or(Rejection::NotFound("outbox entry"))?;
    if !matches!(before.state, JobState::Dead { .. }) {
        return Err(Rejection::conflict("only work that was given up can be redelivered").into());
    }
    if let Job::Deliver { message_id, .. } = before.job {
        outside::report(txn, message_id, &Delivery::Queued)?;
        super::mail::reset(txn, message_id)?;
    }
    let after = before.redelivered(txn.now());
    txn.save_outbox(after);
    txn.emit(None, vec![Event::OutboxRedelivered { outbox_id: id }])?;
    Ok(Outcome::default())
}

/// Refuses what only a part of Plugboard asks.
pub(super) fn only_system(txn: &Txn<'_>) -> Result<(), Stop> {
    match txn.actor() {
        Actor::System { .. } => Ok(()),
        _ => Err(Rejection::NotFound("command").into()),
    }
}
