//! Administration of plugins.

use std::collections::BTreeMap;

use async_trait::async_trait;
use bytes::Bytes;
use plugboard_domain::{Principal, outbox::OutboxEntry};
use plugboard_protocol::extensions::{
    Approval, Available, Installed, LogLine, PluginDetail, PluginRecording,
};
use serde_json::{Map, Value};

use crate::ExtensionError;

/// Administration of plugins. `plugin` is the identifier or the key.
#[async_trait]
pub trait Plugins: Send + Sync {
    /// Takes a package in (a `.wasm` with its manifest inside, or a `.plugboard`/`.tar` of both). It runs after approval.
    async fn install(&self, by: Principal, upload: Bytes) -> Result<PluginDetail, ExtensionError>;

    /// Takes in a plugin that comes with Plugboard.
    async fn install_available(
        &self,
        by: Principal,
        key: &str,
    ) -> Result<PluginDetail, ExtensionError>;

    /// What comes with Plugboard.
    async fn available(&self) -> Result<Vec<Available>, ExtensionError>;

    /// Everything installed, by key.
    async fn list(&self) -> Result<Vec<Installed>, ExtensionError>;

    /// One plugin.
    async fn get(&self, plugin: &str) -> Result<PluginDetail, ExtensionError>;

    /// Grants the waiting version (or the version in force anew) what was asked, and puts it in force.
    async fn approve(
        &self,
        by: Principal,
        plugin: &str,
        approval: Approval,
    ) -> Result<PluginDetail, ExtensionError>;

    /// Switches it on.
    async fn enable(&self, by: Principal, plugin: &str) -> Result<PluginDetail, ExtensionError>;

    /// Switches it off. Work for it waits.
    async fn disable(&self, by: Principal, plugin: &str) -> Result<PluginDetail, ExtensionError>;

    /// Returns to the version before.
    async fn rollback(&self, by: Principal, plugin: &str) -> Result<PluginDetail, ExtensionError>;

    /// Removes it, its settings and what it kept. Refused while an inbox or a policy uses it.
    async fn remove(&self, by: Principal, plugin: &str) -> Result<(), ExtensionError>;

    /// Changes settings, and secrets that are given; checked against the schema.
    async fn save_settings(
        &self,
        by: Principal,
        plugin: &str,
        settings: Map<String, Value>,
        secrets: BTreeMap<String, String>,
    ) -> Result<PluginDetail, ExtensionError>;

    /// Work of it that was given up, newest first, at most 200 pieces.
    async fn dead_letters(&self, plugin: &str) -> Result<Vec<OutboxEntry>, ExtensionError>;

    /// Tries given-up work again: one piece, or all of it. How many pieces.
    async fn replay(
        &self,
        by: Principal,
        plugin: &str,
        only: Option<&str>,
    ) -> Result<u64, ExtensionError>;

    /// Has its next calls written down, with everything that is said in them: at most 100, for ten minutes, kept for a day.
    async fn start_recording(
        &self,
        by: Principal,
        plugin: &str,
        calls: u32,
    ) -> Result<PluginRecording, ExtensionError>;

    /// How far the recording is.
    async fn recording(
        &self,
        by: Principal,
        plugin: &str,
    ) -> Result<PluginRecording, ExtensionError>;

    /// The recorded calls, oldest first. What customers wrote is in them, so the journal says who read them.
    async fn recorded_calls(
        &self,
        by: Principal,
        plugin: &str,
    ) -> Result<Vec<Value>, ExtensionError>;

    /// Ends the recording, and keeps what it holds.
    async fn end_recording(
        &self,
        by: Principal,
        plugin: &str,
    ) -> Result<PluginRecording, ExtensionError>;

    /// Ends the recording and forgets it.
    async fn forget_recording(&self, by: Principal, plugin: &str) -> Result<(), ExtensionError>;

    /// Its latest log lines, newest first.
    async fn logs(&self, plugin: &str) -> Result<Vec<LogLine>, ExtensionError>;
}
