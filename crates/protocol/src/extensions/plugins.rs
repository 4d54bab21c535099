//! Plugins as administrators see them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::Pair;
use crate::Time;

/// Where a plugin stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
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
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
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
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PluginVersionInfo {
    /// As the manifest says.
    pub version: String,
    /// SHA-256 of the component, hex.
    pub digest: String,
    /// Whose signature it carries, when a trusted key made it.
    pub signed_by: Option<String>,
    /// When it came.
    pub installed_at: Time,
}

/// A plugin in a list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
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
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PluginDetail {
    /// What a list shows.
    #[serde(flatten)]
    pub installed: Installed,
    /// Permissions that the waiting version asks for, else those of the version in force, with what changed.
    pub permissions: Vec<AskedPermission>,
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
    /// What `plugins.lock` says of the version in force, or of the one that waits when there is none.
    pub lock: LockState,
    /// Its recording, when calls of it are being written down or are still kept.
    pub recording: Option<PluginRecording>,
}

/// What `plugins.lock` says of a plugin.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum LockState {
    /// The desk was started without one: whatever is approved runs.
    #[default]
    None,
    /// It names exactly this code.
    Matches,
    /// It does not name the plugin, which is therefore not run.
    Unnamed,
    /// It names other code, so this is not run.
    Differs {
        /// The version that it names.
        version: String,
        /// The digest of the code that it names.
        digest: String,
    },
}

/// How calls went.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
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
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum BreakerState {
    /// It is.
    #[default]
    Closed,
    /// It failed too often, and rests.
    Open {
        /// Until when.
        until: Time,
    },
    /// One call is let through to see whether it works again.
    HalfOpen,
}

/// A line for the plugin's page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LogLine {
    /// When.
    pub at: Time,
    /// `debug`, `info`, `warn`, `error`.
    pub level: String,
    /// What.
    pub message: String,
    /// Fields.
    pub fields: Vec<Pair>,
}

/// A plugin that comes with Plugboard.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
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
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Approval {
    /// Keys of the permissions granted; all that are asked when unset.
    pub grants: Option<Vec<String>>,
    /// The digest that was looked at: approving something else is refused.
    pub digest: Option<String>,
}

/// A permission that is asked for, and whether that is new.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AskedPermission {
    /// What is asked.
    #[serde(flatten)]
    pub asked: Asked,
    /// Beside what is granted now.
    pub change: PermissionChange,
}

/// New settings of a plugin.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SavePluginSettings {
    /// All settings that are no secrets.
    #[serde(default)]
    pub settings: Map<String, Value>,
    /// Secrets to set; the others stay as they are.
    #[serde(default)]
    pub secrets: BTreeMap<String, String>,
}

/// Log lines of a plugin.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PluginLogs {
    /// Newest first.
    pub items: Vec<LogLine>,
}

/// How many calls to record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RecordPlugin {
    /// 1 to 100.
    #[schema(minimum = 1, maximum = 100)]
    pub calls: u32,
}

/// How far a recording of a plugin's calls is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PluginRecording {
    /// How many calls were asked for.
    pub asked: u32,
    /// How many there are.
    pub taken: u32,
    /// Whether more come.
    pub running: bool,
    /// Since when.
    pub began_at: Time,
    /// Until when at most.
    pub until: Time,
}

/// Recorded calls with everything that was said in them. What customers wrote is in it, as far as the plugin may see it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct RecordedCalls {
    /// Oldest first: each as one line of the file that `plugboard plugin replay` reads.
    pub items: Vec<Value>,
}

/// Which work to try again.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct ReplayDeadLetters {
    /// Id of a piece of work; all of it when unset.
    pub id: Option<String>,
}

/// How many pieces of work are tried again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Replayed {
    /// How many.
    pub replayed: u64,
}
