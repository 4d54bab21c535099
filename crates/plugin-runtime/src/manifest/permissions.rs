//! What a plugin may do. Every entry has a reason, shown to the administrator as it is.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::Localized;

/// Everything that a plugin asks for. What is not here is refused.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
pub struct Permissions {
    /// Hosts that it may call.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub http: Vec<HttpPermission>,
    /// Hosts that the desk may open sockets to for it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub websocket: Vec<WebsocketPermission>,
    /// Secrets that it may use by name.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub secrets: Vec<SecretPermission>,
    /// Storage of its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kv: Option<KvPermission>,
    /// Durable timers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timers: Option<TimersPermission>,
    /// Events of the desk that it hears.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub events: Option<EventsPermission>,
    /// What it may ask of the desk.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub commands: Vec<CommandPermission>,
    /// Fields that it may see; everything else is blanked.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub data: Vec<DataPermission>,
    /// What it may do to orders.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub order_actions: Vec<OrderPermission>,
}

/// A host that a plugin may call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct HttpPermission {
    /// `api.example.com` (https, 443), `api.example.com:8443`, `*.example.com` (any name below it), `http://host:port` to
    /// do without encryption, or `{setting}`: the address that an administrator gave in that setting.
    pub host: String,
    /// Methods; all when empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub methods: Vec<String>,
    /// Why.
    pub reason: Localized,
}

/// A host that the desk may open sockets to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct WebsocketPermission {
    /// As [`HttpPermission::host`]; `ws://host:port` to do without encryption.
    pub host: String,
    /// Why.
    pub reason: Localized,
}

/// A secret that a plugin may use by name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct SecretPermission {
    /// Its name. A setting of kind `secret` with this name is the form's field for it.
    pub name: String,
    /// After how many days the page reminds of changing it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rotate_days: Option<u32>,
    /// Why.
    pub reason: Localized,
}

/// Storage of a plugin's own, apart for each account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct KvPermission {
    /// Most keys.
    #[serde(default = "kv_keys")]
    pub max_keys: u32,
    /// Longest value.
    #[serde(default = "kv_value_bytes")]
    pub max_value_bytes: u32,
    /// Everything together.
    #[serde(default = "kv_total_bytes")]
    pub max_total_bytes: u64,
    /// Why.
    pub reason: Localized,
}

fn kv_keys() -> u32 {
    10_000
}

fn kv_value_bytes() -> u32 {
    65_536
}

fn kv_total_bytes() -> u64 {
    16 * 1024 * 1024
}

/// Durable timers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct TimersPermission {
    /// Most that wait at a time, for each account.
    #[serde(default = "timers_pending")]
    pub max_pending: u32,
    /// Why.
    pub reason: Localized,
}

fn timers_pending() -> u32 {
    1_000
}

/// Events of the desk that a plugin hears.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct EventsPermission {
    /// Names: `conversation.resolved`, `conversation.*`, `*`.
    pub subscribe: Vec<String>,
    /// Why.
    pub reason: Localized,
}

/// Something that a plugin may ask of the desk.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct CommandPermission {
    /// As in the contract: `add-tags`, `note`, `reply`, ...
    pub name: String,
    /// Why.
    pub reason: Localized,
}

/// A field that a plugin may see.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct DataPermission {
    /// `message.text`, `contact.name`, `contact.identity`, `contact.attributes`, `conversation.subject`.
    pub field: String,
    /// Why.
    pub reason: Localized,
}

/// Something that a plugin may do to orders.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct OrderPermission {
    /// `note`, `refund`, `cancel`.
    pub name: String,
    /// Why.
    pub reason: Localized,
}

/// One permission, as it is listed, approved and compared.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Asked {
    /// Stable name: `http:api.telegram.org`, `kv`, `command:reply`.
    pub key: String,
    /// Its kind: `http`, `websocket`, `secret`, `kv`, `timers`, `events`, `command`, `data`, `order_action`.
    pub kind: String,
    /// What exactly, for people.
    pub detail: String,
    /// Why.
    pub reason: Localized,
    /// What exactly, for comparing: the manifest's entry without the reason.
    pub terms: Value,
}

impl Permissions {
    /// Everything asked for, in the order of the manifest.
    pub fn asked(&self) -> Vec<Asked> {
        let mut asked = Vec::new();
        for it in &self.http {
            let methods = if it.methods.is_empty() {
                "every method".to_owned()
            } else {
                it.methods.join(", ")
            };
            let detail = format!("{}: {methods}", it.host);
            asked.push(entry("http", Some(&it.host), detail, &it.reason, it));
        }
        for it in &self.websocket {
            asked.push(entry(
                "websocket",
                Some(&it.host),
                it.host.clone(),
                &it.reason,
                it,
            ));
        }
        for it in &self.secrets {
            asked.push(entry(
                "secret",
                Some(&it.name),
                it.name.clone(),
                &it.reason,
                it,
            ));
        }
        if let Some(it) = &self.kv {
            let detail = format!(
                "{} keys, {} bytes each, {} bytes in all",
                it.max_keys, it.max_value_bytes, it.max_total_bytes
            );
            asked.push(entry("kv", None, detail, &it.reason, it));
        }
        if let Some(it) = &self.timers {
            let detail = format!("{} at a time", it.max_pending);
            asked.push(entry("timers", None, detail, &it.reason, it));
        }
        if let Some(it) = &self.events {
            for name in &it.subscribe {
                let mut one = entry("events", Some(name), name.clone(), &it.reason, it);
                one.terms = Value::Object(Map::new());
                asked.push(one);
            }
        }
        for it in &self.commands {
            asked.push(entry(
                "command",
                Some(&it.name),
                it.name.clone(),
                &it.reason,
                it,
            ));
        }
        for it in &self.data {
            asked.push(entry(
                "data",
                Some(&it.field),
                it.field.clone(),
                &it.reason,
                it,
            ));
        }
        for it in &self.order_actions {
            asked.push(entry(
                "order_action",
                Some(&it.name),
                it.name.clone(),
                &it.reason,
                it,
            ));
        }
        asked
    }
}

fn entry(
    kind: &str,
    name: Option<&str>,
    detail: String,
    reason: &Localized,
    terms: &impl Serialize,
) -> Asked {
    let mut terms = serde_json::to_value(terms).expect("an entry has only text keys");
    if let Some(terms) = terms.as_object_mut() {
        for words in ["reason", "rotate-days"] {
            terms.remove(words);
        }
    }
    Asked {
        key: name.map_or_else(|| kind.to_owned(), |name| format!("{kind}:{name}")),
        kind: kind.to_owned(),
        detail,
        reason: reason.clone(),
        terms,
    }
}
