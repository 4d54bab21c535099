//! What plugins keep, and requests of providers that wait for one. Rows only.

use plugboard_domain::Timestamp;
use plugboard_domain::{
    Event, Principal, Rejection, Seq,
    access::Permission,
    ids::{OutboxId, PluginId},
    outbox::{Job, JobState, OutboxEntry},
    plugin::{
        Expected, HOOK_BYTES_MAX, HookRequest, PluginQuota, PluginSpace, PluginValue, PluginWrite,
        TIMER_BYTES_MAX, check_key, check_quota, left_event_id, timer_id,
    },
};
use plugboard_store::Write;

use super::{
    txn::{Stop, Txn},
    work::only_system,
};
use crate::handle::Outcome;

/// Longest error that is kept, in characters.
const ERROR_CHARS_MAX: usize = 500;

/// Recorded calls hold what customers wrote: who reads them is on the record.
pub(super) fn read_recording(
    txn: &mut Txn<'_>,
    plugin_id: PluginId,
    calls: u32,
) -> Result<Outcome, Stop> {
    txn.grants().require(Permission::IntegrationsManage)?;
    if txn.desk().plugin(plugin_id).is_none() {
        return Err(Rejection::NotFound("plugin").into());
    }
    txn.emit(None, vec![Event::PluginRecordingRead { plugin_id, calls }])?;
    Ok(Outcome::default())
}

pub(super) fn keep(txn: &mut Txn<'_>, write: &PluginWrite) -> Result<Outcome, Stop> {
    match txn.principal() {
        Principal::System(_) => {}
        Principal::Plugin { key, .. } if key == write.plugin() => {}
        _ => return Err(Rejection::NotFound("command").into()),
    }
    let took = match write {
        PluginWrite::Set {
            space,
            key,
            value,
            ttl_secs,
            expected,
            quota,
        } => set(txn, (space, key), value, *ttl_secs, expected, *quota)?,
        PluginWrite::Delete { space, key } => delete(txn, space, key)?,
        PluginWrite::ScheduleTimer {
            space,
            key,
            at,
            payload,
            quota,
        } => schedule(txn, (space, key), *at, payload, *quota)?,
        PluginWrite::CancelTimer { space, key } => {
            let id = timer_id(space, key);
            let there = txn.outbox(id)?.is_some();
            if there {
                txn.remove_outbox(id);
            }
            there
        }
        PluginWrite::LeaveEvent {
            plugin,
            seq,
            tries,
            error,
        } => leave_event(txn, (plugin, *seq), *tries, error)?,
        PluginWrite::Forget { plugin } => {
            txn.forget_plugin(plugin);
            true
        }
    };
    Ok(Outcome {
        took,
        ..Outcome::default()
    })
}

fn set(
    txn: &mut Txn<'_>,
    (space, key): (&PluginSpace, &str),
    value: &[u8],
    ttl_secs: Option<u64>,
    expected: &Expected,
    quota: PluginQuota,
) -> Result<bool, Stop> {
    check_key(key)?;
    let before = txn.plugin_value(space, key)?;
    let there = before.as_ref().map(|it| &it.bytes);
    let met = match expected {
        Expected::Anything => true,
        Expected::Absent => there.is_none(),
        Expected::Value(bytes) => there == Some(bytes),
    };
    if !met {
        return Ok(false);
    }
    let mut usage = txn.plugin_usage(space)?;
    check_quota(usage, before.as_ref(), key, value, quota)?;
    // A century bounds what a plugin may ask for.
    let expires_at =
        ttl_secs.map(|secs| txn.now() + std::time::Duration::from_secs(secs.min(3_155_760_000)));
    let value = PluginValue {
        bytes: value.to_vec(),
        expires_at,
    };
    if let Some(before) = &before {
        usage.bytes = usage.bytes.saturating_sub(before.bytes.len() as u64);
    } else {
        usage.keys += 1;
        usage.bytes += key.len() as u64;
    }
    usage.bytes += value.bytes.len() as u64;
    txn.facts().plugin_usage.insert(space.clone(), usage);
    put(txn, space, key, Some(value));
    Ok(true)
}

fn delete(txn: &mut Txn<'_>, space: &PluginSpace, key: &str) -> Result<bool, Stop> {
    let Some(before) = txn.plugin_value(space, key)? else {
        return Ok(false);
    };
    let mut usage = txn.plugin_usage(space)?;
    usage.keys = usage.keys.saturating_sub(1);
    usage.bytes = usage
        .bytes
        .saturating_sub((key.len() + before.bytes.len()) as u64);
    txn.facts().plugin_usage.insert(space.clone(), usage);
    put(txn, space, key, None);
    Ok(true)
}

fn put(txn: &mut Txn<'_>, space: &PluginSpace, key: &str, value: Option<PluginValue>) {
    txn.facts()
        .plugin_values
        .insert((space.clone(), key.to_owned()), value.clone());
    let at = txn.now();
    txn.write(Write::PluginValue {
        space: space.clone(),
        key: key.to_owned(),
        value,
        at,
    });
}

fn schedule(
    txn: &mut Txn<'_>,
    (space, key): (&PluginSpace, &str),
    at: Timestamp,
    payload: &str,
    quota: PluginQuota,
) -> Result<bool, Stop> {
    check_key(key)?;
    if payload.len() > TIMER_BYTES_MAX {
        return Err(Rejection::invalid(format!(
            "the payload of a timer is at most {TIMER_BYTES_MAX} bytes"
        ))
        .into());
    }
    let id = timer_id(space, key);
    let before = txn.outbox(id)?;
    if before.is_none() {
        let mut usage = txn.plugin_usage(space)?;
        if usage.timers >= quota.timers_max {
            return Err(
                Rejection::invalid(format!("at most {} timers wait", quota.timers_max)).into(),
            );
        }
        usage.timers += 1;
        txn.facts().plugin_usage.insert(space.clone(), usage);
    }
    let job = Job::PluginTimer {
        plugin: space.plugin.clone(),
        account: space.account.clone(),
        key: key.to_owned(),
    };
    let now = txn.now();
    let round = match &before {
        Some(before) => before.round.wrapping_add(1),
        // One of this name may have been taken back while it was tried: the end of that try must not end this one.
        None => u32::try_from(now.as_microsecond() & 0x7fff_ffff).unwrap_or(0),
    };
    txn.save_outbox(OutboxEntry {
        round,
        ..OutboxEntry::new(id, job, at, now)
    });
    txn.write(Write::OutboxBody(id, payload.as_bytes().to_vec()));
    Ok(true)
}

/// Keeps what a plugin could not be told, as work that was given up. Told twice after a crash, it is left behind once.
fn leave_event(
    txn: &mut Txn<'_>,
    (plugin, seq): (&str, Seq),
    tries: u32,
    error: &str,
) -> Result<bool, Stop> {
    let id = left_event_id(plugin, seq);
    if txn.outbox(id)?.is_some() {
        return Ok(false);
    }
    let job = Job::HookEvent {
        plugin: plugin.to_owned(),
        seq,
    };
    let now = txn.now();
    txn.save_outbox(OutboxEntry {
        state: JobState::Dead { at: now },
        attempts: tries,
        last_error: Some(error.chars().take(ERROR_CHARS_MAX).collect()),
        ..OutboxEntry::new(id, job, now, now)
    });
    txn.emit(None, vec![Event::OutboxDied { outbox_id: id }])?;
    Ok(true)
}

/// Keeps a request until a plugin has dealt with it.
pub(super) fn store_hook(
    txn: &mut Txn<'_>,
    id: OutboxId,
    request: &HookRequest,
    not_before: Timestamp,
) -> Result<Outcome, Stop> {
    only_system(txn)?;
    if request.body.len() > HOOK_BYTES_MAX {
        return Err(
            Rejection::invalid(format!("a request is at most {HOOK_BYTES_MAX} bytes")).into(),
        );
    }
    let inbox_id = request.inbox_id;
    if txn.desk().inbox(inbox_id).is_none() {
        return Err(Rejection::NotFound("inbox").into());
    }
    let now = txn.now();
    txn.save_outbox(OutboxEntry::new(
        id,
        Job::Hook { inbox_id },
        not_before,
        now,
    ));
    txn.write(Write::OutboxBody(id, request.to_bytes()));
    Ok(Outcome::default())
}
