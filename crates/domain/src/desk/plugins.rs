//! What extends the desk: plugins, the rules that teams write, and which of them decide.
//!
//! A plugin's code is not here, only where it is stored and what was approved; nothing here runs anything.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::{
    Timestamp,
    actor::Actor,
    ids::{PluginId, RuleId},
};

/// Most versions of a plugin that are kept: enough to go back, few enough that the entity stays small.
pub const PLUGIN_VERSIONS_MAX: usize = 10;

/// Most versions of a rule that are kept.
pub const RULE_VERSIONS_MAX: usize = 20;

/// Most calls of one recording. They hold what customers wrote, so they are few.
pub const RECORDED_CALLS_MAX: u32 = 100;

/// Longest source of a rule, in bytes.
pub const RULE_BYTES_MAX: usize = 32_768;

/// Most policies in one chain. Each adds its time to every decision.
pub const CHAIN_MAX: usize = 8;

/// A plugin that was installed. Its secrets are [`super::Private`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Plugin {
    /// Identifier.
    pub id: PluginId,
    /// What its manifest calls it, for ever: `acme.telegram`. Unique in the desk.
    pub key: String,
    /// Name for people.
    pub name: String,
    /// Installed versions, oldest first.
    pub versions: Vec<PluginVersion>,
    /// Digest of the version that runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub active: Option<String>,
    /// Digest of the version that waits for approval.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pending: Option<String>,
    /// Digest of the version that ran before, for going back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous: Option<String>,
    /// False to keep it from running.
    pub enabled: bool,
    /// What the administrator set; the manifest's schema says what there is.
    #[serde(default)]
    pub settings: Map<String, Value>,
    /// What the administrator approved, in the words of the manifest.
    #[serde(default)]
    pub grants: Map<String, Value>,
    /// When an administrator asks for its calls to be recorded. Here, so that the journal says who asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recording: Option<RecordingOrder>,
    /// When it was first installed.
    pub created_at: Timestamp,
}

/// Calls of a plugin that are to be written down, with everything that was said in them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordingOrder {
    /// How many, 1 to [`RECORDED_CALLS_MAX`].
    pub calls: u32,
    /// Since when.
    pub began_at: Timestamp,
    /// Until when, however few they were by then.
    pub until: Timestamp,
}

/// One version of a plugin.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PluginVersion {
    /// As its manifest says: `1.4.0`.
    pub version: String,
    /// SHA-256 of the component, in hex.
    pub digest: String,
    /// SHA-256 of the stored package, in hex: its key in the blob store.
    pub package_sha256: String,
    /// The manifest.
    pub manifest: Value,
    /// Whose signature was checked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signed_by: Option<String>,
    /// When it was installed.
    pub installed_at: Timestamp,
}

impl Plugin {
    /// The version with this digest.
    pub fn version(&self, digest: &str) -> Option<&PluginVersion> {
        self.versions.iter().find(|it| it.digest == digest)
    }

    /// The version that runs, when the plugin is enabled.
    pub fn running(&self) -> Option<&PluginVersion> {
        self.active
            .as_deref()
            .filter(|_| self.enabled)
            .and_then(|digest| self.version(digest))
    }

    /// How traces name a version of it: `plugin:KEY@VERSION+DIGEST`, the digest cut to twelve characters.
    pub fn label(&self, version: &PluginVersion) -> String {
        let digest = version.digest.get(..12).unwrap_or(&version.digest);
        format!("plugin:{}@{}+{digest}", self.key, version.version)
    }
}

/// What a rule decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PolicyKind {
    /// Who gets a conversation.
    Routing,
    /// What happens when one goes wrong.
    Escalation,
}

/// A rule that a team wrote, with its earlier versions.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rule {
    /// Identifier.
    pub id: RuleId,
    /// Name; unique in the desk.
    pub name: String,
    /// What it decides.
    pub kind: PolicyKind,
    /// The newest versions, oldest first.
    pub versions: Vec<RuleVersion>,
    /// Number of the version in force.
    pub live: u32,
    /// When it was made.
    pub created_at: Timestamp,
}

/// One version of a rule.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RuleVersion {
    /// Counts from 1.
    pub number: u32,
    /// Its source.
    pub source: String,
    /// What the builder without code showed, when it wrote the source.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub builder: Option<Value>,
    /// When it was saved.
    pub saved_at: Timestamp,
    /// By whom.
    pub saved_by: Actor,
}

impl Rule {
    /// The version with this number.
    pub fn version(&self, number: u32) -> Option<&RuleVersion> {
        self.versions.iter().find(|it| it.number == number)
    }

    /// The version in force.
    pub fn in_force(&self) -> Option<&RuleVersion> {
        self.version(self.live)
    }

    /// How traces name a version of it: `rule:NAME@NUMBER`.
    pub fn label(&self, number: u32) -> String {
        format!("rule:{}@{number}", self.name)
    }
}

/// Which policies decide. There is one of it in a desk.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Policies {
    /// Who gets a conversation.
    pub routing: PolicySlot,
    /// What happens when one goes wrong.
    pub escalation: PolicySlot,
}

impl Policies {
    /// Its identifier: there is one in a desk.
    pub const ID: Uuid = Uuid::nil();

    /// The slot of a kind.
    pub fn slot(&self, kind: PolicyKind) -> &PolicySlot {
        match kind {
            PolicyKind::Routing => &self.routing,
            PolicyKind::Escalation => &self.escalation,
        }
    }
}

/// Who decides one kind of thing.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct PolicySlot {
    /// Asked in this order, until one answers; the built-in policy is always the last. Empty: the built-in one alone.
    pub live: Vec<PolicyRef>,
    /// The chain before this one, for going back.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub previous: Vec<PolicyRef>,
    /// Asked beside the chain; its answers are stored and never acted on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shadow: Option<PolicyRef>,
    /// Takes a share of the new conversations.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub canary: Option<Canary>,
}

impl PolicySlot {
    /// Every policy that has a say. What came before may be gone by now; going back to it is refused then.
    pub fn named(&self) -> impl Iterator<Item = &PolicyRef> {
        let canary = self.canary.as_ref().map(|it| &it.policy);
        self.live.iter().chain(self.shadow.as_ref()).chain(canary)
    }
}

/// A policy on trial with a share of the new conversations.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Canary {
    /// Which one.
    pub policy: PolicyRef,
    /// Its share, 1 to 100.
    pub percent: u8,
    /// Since when.
    pub since: Timestamp,
    /// Taken off when more than this share of its decisions fail, 0 to 100.
    pub max_error_percent: u8,
    /// Taken off when its conversations miss targets more often than the others by more than this, in points of 100.
    pub max_sla_rise_percent: u8,
}

/// A policy by the name that stays when its version changes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "type", content = "name", rename_all = "snake_case")]
pub enum PolicyRef {
    /// A plugin, by its key.
    Plugin(String),
    /// A rule, by its name.
    Rule(String),
}

impl fmt::Display for PolicyRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Plugin(key) => write!(f, "plugin:{key}"),
            Self::Rule(name) => write!(f, "rule:{name}"),
        }
    }
}
