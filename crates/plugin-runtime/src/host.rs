//! The imports of plugins: counted, granted, recorded, and only then asked of the backing.

mod http;
mod secrets;
mod storage;

use serde_json::Value;
use wasmtime::{
    StoreContextMut,
    component::{Linker, LinkerInstance},
};

use crate::{
    record::Wire,
    state::State,
    types::{ChannelEvent, DeskCommand, Failure, Level, MediaRef, Part, Request, Response, code},
};

/// Registers one function of an interface: arguments and answer are recorded by their WIT names.
macro_rules! function {
    ($instance:ident, $full:literal, $name:literal, $function:path, ($($arg:ident: $ty:ty),*) -> $answer:ty) => {
        $instance.func_wrap_async(
            $name,
            |mut store: StoreContextMut<'_, State>, ($($arg,)*): ($($ty,)*)| {
                Box::new(async move {
                    let state = store.data_mut();
                    state.enter()?;
                    let arguments = state
                        .tape
                        .is_on()
                        .then(|| Value::Array(vec![$(Wire::wire(&$arg)),*]));
                    let answer: $answer = match state.tape.play($full, arguments.as_ref())? {
                        Some(answer) => answer,
                        None => {
                            let answer = $function(state, $($arg),*).await;
                            state.tape.note($full, arguments, &answer);
                            answer
                        }
                    };
                    state.leave();
                    Ok((answer,))
                })
            },
        )?
    };
}

/// As [`function`], for what is answered at once: no waiting, so the plugin's computing goes on being counted, and no
/// clock is read. Policies ask for a dozen settings in a call of a dozen microseconds.
macro_rules! quick {
    ($instance:ident, $full:literal, $name:literal, $function:path, ($($arg:ident: $ty:ty),*) -> $answer:ty) => {
        $instance.func_wrap(
            $name,
            |mut store: StoreContextMut<'_, State>, ($($arg,)*): ($($ty,)*)| {
                let state = store.data_mut();
                state.count()?;
                if !state.tape.is_on() {
                    return Ok(($function(state, $($arg),*),));
                }
                let arguments = Value::Array(vec![$(Wire::wire(&$arg)),*]);
                let answer: $answer = match state.tape.play($full, Some(&arguments))? {
                    Some(answer) => answer,
                    None => {
                        let answer = $function(state, $($arg),*);
                        state.tape.note($full, Some(arguments), &answer);
                        answer
                    }
                };
                Ok((answer,))
            },
        )?
    };
}

type Interface<'a> = LinkerInstance<'a, State>;

/// Offers version 0.1 of the contract.
pub(crate) fn add_v0_1(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    let mut interface = |name: &str, add: fn(&mut Interface<'_>) -> wasmtime::Result<()>| {
        add(&mut linker.instance(&format!("plugboard:plugin/{name}@0.1.0"))?)
    };
    interface("types", |_| Ok(()))?;
    interface("log", add_log)?;
    interface("config", add_config)?;
    interface("secrets", add_secrets)?;
    interface("http", add_http)?;
    interface("blobs", add_blobs)?;
    interface("kv", add_kv)?;
    interface("clock", add_clock)?;
    interface("random", |it| {
        quick!(it, "random.bytes", "bytes", random, (len: u32) -> Vec<u8>);
        Ok(())
    })?;
    interface("timers", add_timers)?;
    interface("commands", |it| {
        function!(it, "commands.execute", "execute", execute, (conversation: String, command: DeskCommand) -> Result<(), Failure>);
        Ok(())
    })?;
    interface("intake", |it| {
        function!(it, "intake.ingest", "ingest", ingest, (events: Vec<ChannelEvent>) -> Result<u32, Failure>);
        Ok(())
    })
}

fn add_log(it: &mut Interface<'_>) -> wasmtime::Result<()> {
    it.func_wrap(
        "write",
        |mut store: StoreContextMut<'_, State>,
         (level, message, fields): (Level, String, Vec<(String, String)>)| {
            let state = store.data_mut();
            state.count()?;
            if !state.tape.is_on() {
                state.log(level, message, fields);
                return Ok(());
            }
            let arguments = Value::Array(vec![level.wire(), message.wire(), fields.wire()]);
            let played = state.tape.play::<()>("log.write", Some(&arguments))?;
            if played.is_none() {
                state.log(level, message, fields);
                state.tape.note("log.write", Some(arguments), &());
            }
            Ok(())
        },
    )
}

fn add_config(it: &mut Interface<'_>) -> wasmtime::Result<()> {
    quick!(it, "config.get", "get", config_get, (key: String) -> Option<String>);
    quick!(it, "config.account", "account", config_account, () -> String);
    Ok(())
}

fn add_secrets(it: &mut Interface<'_>) -> wasmtime::Result<()> {
    use crate::types::Hash;
    function!(it, "secrets.exists", "exists", secrets::exists, (name: String) -> bool);
    function!(it, "secrets.equals", "equals", secrets::equals, (name: String, value: String) -> bool);
    function!(it, "secrets.digest", "digest", secrets::digest, (hash: Hash, parts: Vec<Part>, sorted: bool) -> Result<Vec<u8>, Failure>);
    function!(it, "secrets.hmac", "hmac", secrets::hmac, (hash: Hash, key: String, message: Vec<u8>) -> Result<Vec<u8>, Failure>);
    function!(it, "secrets.verify-hmac", "verify-hmac", secrets::verify_hmac, (hash: Hash, key: String, message: Vec<u8>, signature: Vec<u8>) -> bool);
    function!(it, "secrets.aes-cbc-decrypt", "aes-cbc-decrypt", secrets::decrypt, (key: String, data: Vec<u8>) -> Result<Vec<u8>, Failure>);
    function!(it, "secrets.aes-cbc-encrypt", "aes-cbc-encrypt", secrets::encrypt, (key: String, data: Vec<u8>) -> Result<Vec<u8>, Failure>);
    Ok(())
}

fn add_http(it: &mut Interface<'_>) -> wasmtime::Result<()> {
    function!(it, "http.fetch", "fetch", http::fetch, (request: Request) -> Result<Response, Failure>);
    function!(it, "http.fetch-to-blob", "fetch-to-blob", http::fetch_to_blob, (request: Request, name: String, mime: Option<String>) -> Result<MediaRef, Failure>);
    Ok(())
}

fn add_blobs(it: &mut Interface<'_>) -> wasmtime::Result<()> {
    function!(it, "blobs.read", "read", storage::blob_read, (media: MediaRef, offset: u64, len: u32) -> Result<Vec<u8>, Failure>);
    function!(it, "blobs.store", "store", storage::blob_store, (name: String, mime: String, data: Vec<u8>) -> Result<MediaRef, Failure>);
    Ok(())
}

fn add_kv(it: &mut Interface<'_>) -> wasmtime::Result<()> {
    function!(it, "kv.get", "get", storage::kv_get, (key: String) -> Result<Option<Vec<u8>>, Failure>);
    function!(it, "kv.set", "set", storage::kv_set, (key: String, value: Vec<u8>, ttl: Option<u32>) -> Result<(), Failure>);
    function!(it, "kv.delete", "delete", storage::kv_delete, (key: String) -> Result<(), Failure>);
    function!(it, "kv.compare-and-set", "compare-and-set", storage::kv_compare_and_set, (key: String, expected: Option<Vec<u8>>, value: Vec<u8>, ttl: Option<u32>) -> Result<bool, Failure>);
    function!(it, "kv.list-keys", "list-keys", storage::kv_list, (prefix: String, after: Option<String>, limit: u32) -> Result<Vec<String>, Failure>);
    Ok(())
}

fn add_clock(it: &mut Interface<'_>) -> wasmtime::Result<()> {
    quick!(it, "clock.now", "now", now, () -> u64);
    quick!(it, "clock.monotonic-ns", "monotonic-ns", monotonic_ns, () -> u64);
    Ok(())
}

fn add_timers(it: &mut Interface<'_>) -> wasmtime::Result<()> {
    function!(it, "timers.schedule", "schedule", storage::timer_schedule, (key: String, at: u64, payload: String) -> Result<(), Failure>);
    function!(it, "timers.cancel", "cancel", storage::timer_cancel, (key: String) -> Result<(), Failure>);
    Ok(())
}

fn config_get(state: &mut State, key: String) -> Option<String> {
    state.caller.account.settings.get(&key).cloned()
}

fn config_account(state: &mut State) -> String {
    state.caller.account.id.to_string()
}

fn now(state: &mut State) -> u64 {
    state.shared.backing.now(&state.caller)
}

fn monotonic_ns(state: &mut State) -> u64 {
    state.shared.backing.monotonic_ns(&state.caller)
}

/// Most random bytes at a time. More is cut: nobody needs a longer key.
const RANDOM_MAX: u32 = 65_536;

fn random(state: &mut State, len: u32) -> Vec<u8> {
    state
        .shared
        .backing
        .random(&state.caller, len.min(RANDOM_MAX))
}

async fn execute(
    state: &mut State,
    conversation: String,
    command: DeskCommand,
) -> Result<(), Failure> {
    granted(state, "command", command.name())?;
    let shared = state.shared.clone();
    shared
        .backing
        .execute(&state.caller, &conversation, command)
        .await
}

/// Most events at a time, as in an answer.
const EVENTS_MAX: usize = 1_000;

async fn ingest(state: &mut State, events: Vec<ChannelEvent>) -> Result<u32, Failure> {
    if events.len() > EVENTS_MAX {
        let message = format!("at most {EVENTS_MAX} events at a time");
        return Err(Failure::lasting(code::TOO_LARGE, message));
    }
    let shared = state.shared.clone();
    shared.backing.ingest(&state.caller, events).await
}

/// Whether something named was granted; notes that it was used, or that it was wanted.
fn granted(state: &mut State, kind: &str, name: &str) -> Result<(), Failure> {
    match state.shared.grants.require(kind, name) {
        Ok(key) => {
            state.shared.used(key);
            Ok(())
        }
        Err(failure) => Err(state.deny(failure)),
    }
}
