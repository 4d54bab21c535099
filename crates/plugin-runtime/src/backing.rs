//! What plugins ask of the host is answered by a backing: the desk in the server, a script in tests, a recording in a
//! replay.
//!
//! Grants, limits and rates are checked before a backing is asked. What only the backing can know it checks itself: the
//! number of keys and of waiting timers, where a name leads (loopback, rebinding), what a secret is.

mod memory;
mod nothing;
mod secrets;

use std::{collections::BTreeMap, sync::Arc};

use async_trait::async_trait;

pub use memory::Memory;
pub use nothing::Nothing;
pub use secrets::{Secrets, placeholders};

use crate::{
    manifest::{KvPermission, TimersPermission},
    types::{ChannelEvent, DeskCommand, Failure, Hash, Level, MediaRef, Part, Request, Response},
};

/// On whose behalf a plugin is called: an inbox with its settings, or nobody in particular.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Account {
    /// Id of the inbox; empty for plugins that are not channels.
    pub id: Arc<str>,
    /// Settings by name, checked and with their defaults: [`crate::check_settings`].
    pub settings: Arc<BTreeMap<String, String>>,
}

impl Account {
    /// An account with these settings.
    pub fn new(id: impl Into<Arc<str>>, settings: BTreeMap<String, String>) -> Self {
        Self {
            id: id.into(),
            settings: Arc::new(settings),
        }
    }
}

/// Who asks.
#[derive(Clone, Debug)]
pub struct Caller {
    /// Key of the plugin.
    pub plugin: Arc<str>,
    /// How traces name its version.
    pub label: Arc<str>,
    /// On whose behalf it runs.
    pub account: Account,
}

/// A line that a plugin wrote.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// How loud.
    pub level: Level,
    /// What, at most 8 KiB.
    pub message: String,
    /// Fields.
    pub fields: Vec<(String, String)>,
}

/// Answers what plugins ask. Every method is told who asks.
#[async_trait]
pub trait Backing: Send + Sync {
    /// Takes a line. Must not wait.
    fn log(&self, caller: &Caller, line: Line);

    /// The secrets that may be used for this caller. What is made of them is made here, alike for every backing.
    async fn secrets(&self, caller: &Caller) -> Result<Secrets, Failure>;

    /// Whether a secret has a value.
    async fn secret_exists(&self, caller: &Caller, name: &str) -> bool {
        self.secrets(caller).await.is_ok_and(|it| it.exists(name))
    }
    /// Compares in constant time.
    async fn secret_equals(&self, caller: &Caller, name: &str, value: &str) -> bool {
        let secrets = self.secrets(caller).await;
        secrets.is_ok_and(|it| it.equals(name, value))
    }
    /// The digest of the parts one after the other; `sorted` sorts them as bytes first.
    async fn digest(
        &self,
        caller: &Caller,
        hash: Hash,
        parts: Vec<Part>,
        sorted: bool,
    ) -> Result<Vec<u8>, Failure> {
        self.secrets(caller).await?.digest(hash, &parts, sorted)
    }
    /// A keyed digest.
    async fn hmac(
        &self,
        caller: &Caller,
        hash: Hash,
        key_name: &str,
        message: Vec<u8>,
    ) -> Result<Vec<u8>, Failure> {
        self.secrets(caller).await?.hmac(hash, key_name, &message)
    }
    /// Checks a keyed digest in constant time.
    async fn verify_hmac(
        &self,
        caller: &Caller,
        hash: Hash,
        key_name: &str,
        message: Vec<u8>,
        signature: Vec<u8>,
    ) -> bool {
        let secrets = self.secrets(caller).await;
        secrets.is_ok_and(|it| it.verify_hmac(hash, key_name, &message, &signature))
    }
    /// AES-256-CBC without padding; the secret is the key in base64, its first 16 bytes the initial vector.
    async fn aes_cbc_decrypt(
        &self,
        caller: &Caller,
        key_name: &str,
        data: Vec<u8>,
    ) -> Result<Vec<u8>, Failure> {
        self.secrets(caller).await?.aes_cbc_decrypt(key_name, &data)
    }
    /// The other way round.
    async fn aes_cbc_encrypt(
        &self,
        caller: &Caller,
        key_name: &str,
        data: Vec<u8>,
    ) -> Result<Vec<u8>, Failure> {
        self.secrets(caller).await?.aes_cbc_encrypt(key_name, &data)
    }

    /// Makes a request. Its target is granted; a redirect's target must be granted anew by `allowed`.
    async fn fetch(
        &self,
        caller: &Caller,
        request: Request,
        allowed: &Allowed<'_>,
    ) -> Result<Response, Failure>;
    /// Makes a request and puts the answer into the file store.
    async fn fetch_to_blob(
        &self,
        caller: &Caller,
        request: Request,
        name: &str,
        mime: Option<&str>,
        allowed: &Allowed<'_>,
    ) -> Result<MediaRef, Failure>;

    /// Reads a part of a file.
    async fn blob_read(
        &self,
        caller: &Caller,
        media: MediaRef,
        offset: u64,
        len: u32,
    ) -> Result<Vec<u8>, Failure>;
    /// Stores a file.
    async fn blob_store(
        &self,
        caller: &Caller,
        name: &str,
        mime: &str,
        data: Vec<u8>,
    ) -> Result<MediaRef, Failure>;

    /// Reads a value.
    async fn kv_get(&self, caller: &Caller, key: &str) -> Result<Option<Vec<u8>>, Failure>;
    /// Writes a value, within the terms.
    async fn kv_set(
        &self,
        caller: &Caller,
        terms: &KvPermission,
        key: &str,
        value: Vec<u8>,
        ttl_seconds: Option<u32>,
    ) -> Result<(), Failure>;
    /// Removes a value.
    async fn kv_delete(&self, caller: &Caller, key: &str) -> Result<(), Failure>;
    /// Writes a value if it is what the plugin thinks; `None` means that it does not exist.
    async fn kv_compare_and_set(
        &self,
        caller: &Caller,
        terms: &KvPermission,
        key: &str,
        expected: Option<Vec<u8>>,
        value: Vec<u8>,
        ttl_seconds: Option<u32>,
    ) -> Result<bool, Failure>;
    /// Keys with a prefix, in order, after one of them.
    async fn kv_list(
        &self,
        caller: &Caller,
        prefix: &str,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Vec<String>, Failure>;

    /// Unix milliseconds.
    fn now(&self, caller: &Caller) -> u64;
    /// Nanoseconds since some moment.
    fn monotonic_ns(&self, caller: &Caller) -> u64;
    /// Bytes that nobody can guess.
    fn random(&self, caller: &Caller, len: u32) -> Vec<u8>;

    /// Sets a durable timer, within the terms. The same key replaces.
    async fn timer_schedule(
        &self,
        caller: &Caller,
        terms: &TimersPermission,
        key: &str,
        at: u64,
        payload: &str,
    ) -> Result<(), Failure>;
    /// Removes a timer.
    async fn timer_cancel(&self, caller: &Caller, key: &str) -> Result<(), Failure>;

    /// Does something in the desk, with the plugin as actor.
    async fn execute(
        &self,
        caller: &Caller,
        conversation: &str,
        command: DeskCommand,
    ) -> Result<(), Failure>;

    /// Takes channel events in, durably.
    async fn ingest(&self, caller: &Caller, events: Vec<ChannelEvent>) -> Result<u32, Failure>;
}

/// Where a request may go: for redirects.
#[derive(Clone, Copy, Debug)]
pub struct Allowed<'a> {
    pub(crate) grants: &'a crate::grants::Grants,
    pub(crate) settings: &'a BTreeMap<String, String>,
}

impl Allowed<'_> {
    /// Whether a request with this method may go to this address.
    pub fn check(&self, method: &str, address: &str) -> Result<(), Failure> {
        let target = crate::grants::Target::parse(address)
            .map_err(|error| Failure::lasting(crate::types::code::INVALID, error.to_string()))?;
        self.grants.http(method, &target, self.settings).map(drop)
    }
}
