//! Administration of plugins.

use std::collections::BTreeMap;

use async_trait::async_trait;
use bytes::Bytes;
use plugboard_domain::{Principal, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::ExtensionError;

/// Where a plugin stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PluginState {
    /// Its first version waits for an administrator. An upgrade that waits leaves the state of the running version.
    PendingApproval,
    /// Approved, and switched off.
    Disabled,
    /// Running.
    Enabled,
    /// Switched on, but it cannot run; the errors say why.
    Failed,
}

/// One permission that a version asks for, with the reason that its author gives.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// Stable name of the permission, such as `http:api.telegram.org`; what an approval lists.
    pub key: String,
    /// Its kind: `http`, `websocket`, `secret`, `kv`, `timers`, `data`, `command`, `events`, `order_action`.
    pub kind: String,
    /// What exactly, for people: host and methods, name of the secret, field.
    pub detail: String,
    /// Why, by language (`en` always).
    pub reason: BTreeMap<String, String>,
}

/// How the permissions of a waiting version differ from the approved ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PermissionChange {
    /// Asked for the first time.
    Added,
    /// Not needed any more.
    Removed,
    /// As it was.
    Kept,
}

/// One version of a plugin.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PluginVersionInfo {
    /// As the manifest says.
    pub version: String,
    /// SHA-256 of the component, hex.
    pub digest: String,
    /// Whose signature it carries, when a trusted key made it.
    pub signed_by: Option<String>,
    /// When it came.
    pub installed_at: Timestamp,
}

/// A plugin in a list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Installed {
    /// The desk's identifier, a UUID.
    pub id: String,
    /// The author's identifier: unique and unchanging.
    pub key: String,
    /// Name, by language.
    pub name: BTreeMap<String, String>,
    /// One sentence, by language.
    pub description: BTreeMap<String, String>,
    /// What it is: `channel`, `routing`, `escalation`, `script`, `assist`, `commerce`, `hook`, `panel`.
    pub kinds: Vec<String>,
    /// Where it stands.
    pub state: PluginState,
    /// The version in force.
    pub active: Option<PluginVersionInfo>,
    /// A version that waits for approval.
    pub pending: Option<PluginVersionInfo>,
    /// The version that a rollback would return to.
    pub previous: Option<PluginVersionInfo>,
    /// How its calls went since the start of the process.
    pub figures: CallFigures,
    /// Whether it is being called at all.
    pub breaker: BreakerState,
    /// Work that was given up.
    pub dead_letters: u64,
}

/// Everything about one plugin.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PluginDetail {
    /// What a list shows.
    #[serde(flatten)]
    pub installed: Installed,
    /// Permissions that the waiting version asks for, else those of the version in force, with what changed.
    pub permissions: Vec<(Asked, PermissionChange)>,
    /// Keys of the permissions that are granted now.
    pub grants: Vec<String>,
    /// The settings form, from the manifest.
    pub settings_schema: Value,
    /// Settings as they are, without secrets.
    pub settings: Map<String, Value>,
    /// Secrets that have a value.
    pub secrets_set: Vec<String>,
    /// Licence of the plugin.
    pub license: Option<String>,
    /// Its README, Markdown.
    pub readme: Option<String>,
    /// What went wrong lately, newest first.
    pub last_errors: Vec<LogLine>,
    /// What its own health check says, or why it cannot be asked.
    pub health: Value,
    /// Limits in force: what it asked for, under the desk's ceiling.
    pub limits: Value,
}

/// How calls went.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct CallFigures {
    /// Calls.
    pub calls: u64,
    /// Failed calls.
    pub failures: u64,
    /// By cause: `timeout`, `out_of_memory`, `trap`, ...
    pub failures_by_cause: BTreeMap<String, u64>,
    /// Things it asked for without being granted.
    pub denied: u64,
    /// Median time of a call, microseconds.
    pub p50_us: u64,
    /// 99th percentile, microseconds.
    pub p99_us: u64,
    /// Largest memory of an instance, bytes.
    pub memory_peak_bytes: u64,
}

/// Whether a plugin is being called.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum BreakerState {
    /// It is.
    #[default]
    Closed,
    /// It failed too often, and rests.
    Open {
        /// Until when.
        until: Timestamp,
    },
    /// One call is let through to see whether it works again.
    HalfOpen,
}

/// A line for the plugin's page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogLine {
    /// When.
    pub at: Timestamp,
    /// `debug`, `info`, `warn`, `error`.
    pub level: String,
    /// What.
    pub message: String,
    /// Fields.
    pub fields: Vec<(String, String)>,
}

/// A plugin that comes with Plugboard.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Available {
    /// Its key.
    pub key: String,
    /// Name, by language.
    pub name: BTreeMap<String, String>,
    /// One sentence, by language.
    pub description: BTreeMap<String, String>,
    /// What it is.
    pub kinds: Vec<String>,
    /// The version that comes with this Plugboard.
    pub version: String,
    /// The version that is installed.
    pub installed: Option<String>,
}

/// What an administrator allows.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Approval {
    /// Keys of the permissions granted; all that are asked when unset.
    pub grants: Option<Vec<String>>,
    /// The digest that was looked at: approving something else is refused.
    pub digest: Option<String>,
}

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

    /// Its latest log lines, newest first.
    async fn logs(&self, plugin: &str) -> Result<Vec<LogLine>, ExtensionError>;
}
