//! `plugin.toml`: what a plugin is, what it asks for, and which settings it has.
//!
//! ```toml
//! schema = 1
//! id = "acme.telegram"             # unique, never changes: a-z 0-9 - .
//! version = "1.4.0"
//! name = { en = "Telegram", zh = "Telegram" }        # or one text
//! description = "Talks with people on Telegram."
//! contracts = ["plugboard:plugin/channel-polling@0.1"]
//! component = "plugin.wasm"        # its name in the package
//! sha256 = "…"                     # of the component; packing fills it in
//! license = "Apache-2.0"
//!
//! [channel]
//! kind = "telegram"
//!
//! [permissions]                    # every entry has a reason, which the administrator reads
//! http = [{ host = "api.telegram.org", methods = ["GET", "POST"], reason = "send and read messages" }]
//! secrets = [{ name = "bot-token", reason = "signs requests" }]
//! kv = { max-keys = 1000, reason = "ids of files" }
//! data = [{ field = "message.text", reason = "sends it" }]
//!
//! [limits]                         # asked for; the desk's ceiling wins
//! memory-mib = 32
//! call-ms = { poll = 60000 }
//!
//! [settings.schema]
//! ```
//!
//! A mistake is told with the field, and with the line where the text is at hand.

mod check;
mod permissions;
mod settings;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use thiserror::Error;

pub use permissions::{
    Asked, CommandPermission, DataPermission, EventsPermission, HttpPermission, KvPermission,
    OrderPermission, Permissions, SecretPermission, TimersPermission, WebsocketPermission,
};
pub use settings::{Setting, SettingKind, SettingsError, SettingsSchema, check_settings};

/// Name of the manifest in a package, and of the file that authors write.
pub const MANIFEST_NAME: &str = "plugin.toml";

/// The format that this version reads.
pub const SCHEMA: u32 = 1;

/// A text by language, `en` always.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Text", into = "BTreeMap<String, String>")]
pub struct Localized(pub BTreeMap<String, String>);

#[derive(Deserialize)]
#[serde(untagged)]
enum Text {
    One(String),
    Many(BTreeMap<String, String>),
}

impl From<Text> for Localized {
    fn from(text: Text) -> Self {
        match text {
            Text::One(text) => Self::from(text.as_str()),
            Text::Many(texts) => Self(texts),
        }
    }
}

impl From<Localized> for BTreeMap<String, String> {
    fn from(text: Localized) -> Self {
        text.0
    }
}

impl From<&str> for Localized {
    fn from(text: &str) -> Self {
        Self(BTreeMap::from([("en".to_owned(), text.to_owned())]))
    }
}

impl Localized {
    /// The text in a language, else in English.
    pub fn get(&self, locale: &str) -> &str {
        self.0
            .get(locale)
            .or_else(|| self.0.get("en"))
            .map_or("", String::as_str)
    }

    fn is_complete(&self) -> bool {
        self.0.get("en").is_some_and(|it| !it.trim().is_empty())
    }
}

/// What a plugin is and asks for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Manifest {
    /// Format of this file.
    pub schema: u32,
    /// The plugin's key: unique, never changes.
    pub id: String,
    /// Version, semver.
    pub version: String,
    /// Name for people.
    pub name: Localized,
    /// What it does, one sentence.
    #[serde(default = "nothing")]
    pub description: Localized,
    /// Which contracts it fulfils: `plugboard:plugin/WORLD@MAJOR.MINOR`.
    pub contracts: Vec<String>,
    /// Name of the component in the package.
    #[serde(default = "component_name")]
    pub component: String,
    /// SHA-256 of the component, hex. Empty in the file that an author writes: packing fills it in.
    #[serde(default)]
    pub sha256: String,
    /// Its licence, SPDX.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub license: Option<String>,
    /// Where to read more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub homepage: Option<String>,
    /// For channels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<ChannelSection>,
    /// What it may do.
    #[serde(default)]
    pub permissions: Permissions,
    /// How much it may use.
    #[serde(default)]
    pub limits: LimitsSection,
    /// What an administrator sets.
    #[serde(default)]
    pub settings: SettingsSection,
}

/// What a channel is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct ChannelSection {
    /// Kind of channel, as conversations show it: `telegram`.
    pub kind: String,
    /// Answer 200 to the provider when the plugin failed: for providers that otherwise switch the hook off.
    #[serde(default)]
    pub ack_on_failure: bool,
    /// How often to poll when the plugin does not say, milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub poll_every_ms: Option<u32>,
    /// How often a socket's plugin is ticked, milliseconds; never when unset.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tick_every_ms: Option<u32>,
}

/// What a plugin would like to use. The desk's ceiling wins.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
pub struct LimitsSection {
    /// Memory of one instance, MiB.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub memory_mib: Option<u32>,
    /// Longest call by function (`webhook`, `send`, `route`, …), milliseconds, waiting included.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub call_ms: BTreeMap<String, u32>,
    /// Computing within one call by function, milliseconds.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub cpu_ms: BTreeMap<String, u32>,
    /// Most instances of one account.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instances: Option<u32>,
    /// Calls at the same time in one instance; only 1 is possible.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub concurrency: Option<u32>,
    /// Calls before an instance is replaced.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reuse: Option<u32>,
    /// Requests to providers a minute.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub http_per_minute: Option<u32>,
}

/// What an administrator sets.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
pub struct SettingsSection {
    /// The settings form.
    pub schema: SettingsSchema,
}

fn nothing() -> Localized {
    Localized(BTreeMap::new())
}

fn component_name() -> String {
    "plugin.wasm".to_owned()
}

/// What is wrong with a manifest.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("plugin.toml{}: {message}", place(*line, field))]
pub struct ManifestError {
    /// Line, from 1, where it is known.
    pub line: Option<usize>,
    /// Field, such as `permissions.http[1].host`; empty when the file is no TOML at all.
    pub field: String,
    /// What is wrong with it.
    pub message: String,
}

fn place(line: Option<usize>, field: &str) -> String {
    match (line, field) {
        (None, "") => String::new(),
        (None, field) => format!(": {field}"),
        (Some(line), "") => format!(":{line}"),
        (Some(line), field) => format!(":{line}: {field}"),
    }
}

impl Manifest {
    /// Reads and checks a manifest.
    pub fn parse(source: &str) -> Result<Self, ManifestError> {
        Self::parse_all(source).map_err(|problems| {
            let first = problems.into_iter().next();
            first.expect("what fails has a problem")
        })
    }

    /// As [`Self::parse`], with a problem of each part of the file.
    pub fn parse_all(source: &str) -> Result<Self, Vec<ManifestError>> {
        let manifest: Self = toml::from_str(source).map_err(|error| {
            vec![ManifestError {
                line: error.span().map(|span| line_at(source, span.start)),
                field: String::new(),
                message: error.message().trim().replace('\n', "; "),
            }]
        })?;
        let mut problems = check::problems(&manifest);
        for problem in &mut problems {
            problem.line = check::line_of(source, &problem.field);
        }
        if problems.is_empty() {
            Ok(manifest)
        } else {
            Err(problems)
        }
    }

    /// Checks what no type says, and tells the first problem. The line is unknown here.
    pub fn check(&self) -> Result<(), ManifestError> {
        match check::problems(self).into_iter().next() {
            Some(problem) => Err(problem),
            None => Ok(()),
        }
    }

    /// The manifest as it is stored with an installed version.
    pub fn to_json(&self) -> serde_json::Value {
        serde_json::to_value(self).expect("a manifest has only text keys")
    }

    /// Reads what [`Self::to_json`] wrote.
    pub fn from_json(value: &serde_json::Value) -> Result<Self, ManifestError> {
        let manifest: Self =
            serde_json::from_value(value.clone()).map_err(|error| ManifestError {
                line: None,
                field: String::new(),
                message: error.to_string(),
            })?;
        manifest.check()?;
        Ok(manifest)
    }

    /// What it is, by its contracts: `channel`, `routing`, `escalation`, `script`, `assist`, `commerce`, `hook`, `panel`.
    pub fn kinds(&self) -> Vec<&'static str> {
        let mut kinds: Vec<&'static str> = self
            .contracts
            .iter()
            .filter_map(|it| crate::contract::Contract::parse(it).ok())
            .flat_map(|it| it.world.kinds().iter().copied())
            .collect();
        kinds.sort_unstable();
        kinds.dedup();
        kinds
    }

    /// How traces name this version: `plugin:KEY@VERSION+DIGEST`, the digest cut to twelve characters.
    pub fn label(&self) -> String {
        let digest = self.sha256.get(..12).unwrap_or(&self.sha256);
        format!("plugin:{}@{}+{digest}", self.id, self.version)
    }
}

pub(crate) fn line_at(source: &str, offset: usize) -> usize {
    source
        .get(..offset)
        .unwrap_or(source)
        .bytes()
        .filter(|it| *it == b'\n')
        .count()
        + 1
}

#[cfg(test)]
mod tests;
