//! What plugins keep: values, timers, files.

use crate::{
    grants::denied,
    manifest::{KvPermission, TimersPermission},
    state::State,
    types::{Failure, MediaRef, code},
};

/// Longest key, bytes.
const KEY_MAX: usize = 256;

/// Most keys of one listing.
const LIST_MAX: u32 = 1_000;

/// Longest payload of a timer.
const PAYLOAD_MAX: usize = 64 * 1024;

/// Largest piece of a file that passes through a plugin's memory.
const PIECE_MAX: usize = 8 * 1024 * 1024;

fn kv_terms(state: &mut State) -> Result<KvPermission, Failure> {
    match state.shared.grants.kv().cloned() {
        Some(terms) => {
            state.shared.used("kv".to_owned());
            Ok(terms)
        }
        None => Err(state.deny(denied("storage"))),
    }
}

fn timer_terms(state: &mut State) -> Result<TimersPermission, Failure> {
    match state.shared.grants.timers().cloned() {
        Some(terms) => {
            state.shared.used("timers".to_owned());
            Ok(terms)
        }
        None => Err(state.deny(denied("setting timers"))),
    }
}

fn check_key(key: &str) -> Result<(), Failure> {
    if key.is_empty() || key.len() > KEY_MAX {
        let message = format!("a key has 1 to {KEY_MAX} bytes");
        return Err(Failure::lasting(code::INVALID, message));
    }
    Ok(())
}

fn check_value(terms: &KvPermission, value: &[u8]) -> Result<(), Failure> {
    if value.len() > terms.max_value_bytes as usize {
        let message = format!("a value has at most {} bytes", terms.max_value_bytes);
        return Err(Failure::lasting(code::TOO_LARGE, message));
    }
    Ok(())
}

pub(super) async fn kv_get(state: &mut State, key: String) -> Result<Option<Vec<u8>>, Failure> {
    kv_terms(state)?;
    check_key(&key)?;
    let shared = state.shared.clone();
    shared.backing.kv_get(&state.caller, &key).await
}

pub(super) async fn kv_set(
    state: &mut State,
    key: String,
    value: Vec<u8>,
    ttl: Option<u32>,
) -> Result<(), Failure> {
    let terms = kv_terms(state)?;
    check_key(&key)?;
    check_value(&terms, &value)?;
    let shared = state.shared.clone();
    let backing = &shared.backing;
    backing
        .kv_set(&state.caller, &terms, &key, value, ttl)
        .await
}

pub(super) async fn kv_delete(state: &mut State, key: String) -> Result<(), Failure> {
    kv_terms(state)?;
    check_key(&key)?;
    let shared = state.shared.clone();
    shared.backing.kv_delete(&state.caller, &key).await
}

pub(super) async fn kv_compare_and_set(
    state: &mut State,
    key: String,
    expected: Option<Vec<u8>>,
    value: Vec<u8>,
    ttl: Option<u32>,
) -> Result<bool, Failure> {
    let terms = kv_terms(state)?;
    check_key(&key)?;
    check_value(&terms, &value)?;
    let shared = state.shared.clone();
    let backing = &shared.backing;
    backing
        .kv_compare_and_set(&state.caller, &terms, &key, expected, value, ttl)
        .await
}

pub(super) async fn kv_list(
    state: &mut State,
    prefix: String,
    after: Option<String>,
    limit: u32,
) -> Result<Vec<String>, Failure> {
    kv_terms(state)?;
    let shared = state.shared.clone();
    let backing = &shared.backing;
    backing
        .kv_list(
            &state.caller,
            &prefix,
            after.as_deref(),
            limit.min(LIST_MAX),
        )
        .await
}

pub(super) async fn timer_schedule(
    state: &mut State,
    key: String,
    at: u64,
    payload: String,
) -> Result<(), Failure> {
    let terms = timer_terms(state)?;
    check_key(&key)?;
    if payload.len() > PAYLOAD_MAX {
        let message = format!("a payload has at most {PAYLOAD_MAX} bytes");
        return Err(Failure::lasting(code::TOO_LARGE, message));
    }
    let shared = state.shared.clone();
    let backing = &shared.backing;
    backing
        .timer_schedule(&state.caller, &terms, &key, at, &payload)
        .await
}

pub(super) async fn timer_cancel(state: &mut State, key: String) -> Result<(), Failure> {
    timer_terms(state)?;
    check_key(&key)?;
    let shared = state.shared.clone();
    shared.backing.timer_cancel(&state.caller, &key).await
}

pub(super) async fn blob_read(
    state: &mut State,
    media: MediaRef,
    offset: u64,
    len: u32,
) -> Result<Vec<u8>, Failure> {
    let len = len.min(u32::try_from(PIECE_MAX).unwrap_or(u32::MAX));
    let shared = state.shared.clone();
    shared
        .backing
        .blob_read(&state.caller, media, offset, len)
        .await
}

pub(super) async fn blob_store(
    state: &mut State,
    name: String,
    mime: String,
    data: Vec<u8>,
) -> Result<MediaRef, Failure> {
    if data.len() > PIECE_MAX {
        let message = format!("at most {PIECE_MAX} bytes; larger files are fetched");
        return Err(Failure::lasting(code::TOO_LARGE, message));
    }
    let shared = state.shared.clone();
    shared
        .backing
        .blob_store(&state.caller, &name, &mime, data)
        .await
}
