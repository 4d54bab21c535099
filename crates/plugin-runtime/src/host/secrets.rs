//! Secrets by name. The plugin sees what was made with them, never the secrets.

use super::granted;
use crate::{
    state::State,
    types::{Failure, Hash, Part},
};

pub(super) async fn exists(state: &mut State, name: String) -> bool {
    if granted(state, "secret", &name).is_err() {
        return false;
    }
    let shared = state.shared.clone();
    shared.backing.secret_exists(&state.caller, &name).await
}

pub(super) async fn equals(state: &mut State, name: String, value: String) -> bool {
    if granted(state, "secret", &name).is_err() {
        return false;
    }
    let shared = state.shared.clone();
    shared
        .backing
        .secret_equals(&state.caller, &name, &value)
        .await
}

pub(super) async fn digest(
    state: &mut State,
    hash: Hash,
    parts: Vec<Part>,
    sorted: bool,
) -> Result<Vec<u8>, Failure> {
    for part in &parts {
        if let Part::Secret(name) = part {
            granted(state, "secret", name)?;
        }
    }
    let shared = state.shared.clone();
    shared
        .backing
        .digest(&state.caller, hash, parts, sorted)
        .await
}

pub(super) async fn hmac(
    state: &mut State,
    hash: Hash,
    key: String,
    message: Vec<u8>,
) -> Result<Vec<u8>, Failure> {
    granted(state, "secret", &key)?;
    let shared = state.shared.clone();
    shared
        .backing
        .hmac(&state.caller, hash, &key, message)
        .await
}

pub(super) async fn verify_hmac(
    state: &mut State,
    hash: Hash,
    key: String,
    message: Vec<u8>,
    signature: Vec<u8>,
) -> bool {
    if granted(state, "secret", &key).is_err() {
        return false;
    }
    let shared = state.shared.clone();
    let backing = &shared.backing;
    backing
        .verify_hmac(&state.caller, hash, &key, message, signature)
        .await
}

pub(super) async fn decrypt(
    state: &mut State,
    key: String,
    data: Vec<u8>,
) -> Result<Vec<u8>, Failure> {
    granted(state, "secret", &key)?;
    let shared = state.shared.clone();
    shared
        .backing
        .aes_cbc_decrypt(&state.caller, &key, data)
        .await
}

pub(super) async fn encrypt(
    state: &mut State,
    key: String,
    data: Vec<u8>,
) -> Result<Vec<u8>, Failure> {
    granted(state, "secret", &key)?;
    let shared = state.shared.clone();
    shared
        .backing
        .aes_cbc_encrypt(&state.caller, &key, data)
        .await
}
