//! What a plugin may do in the end: what its manifest asks for, and an administrator approved, and the desk's ceiling
//! lets through. Each entry is known by a key, such as `http:api.telegram.org`.

mod host;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

pub use host::{HostPattern, Target, TargetError};

use crate::{
    manifest::{Asked, HttpPermission, KvPermission, Manifest, TimersPermission},
    types::Failure,
};

/// What an administrator approved: keys, and the terms that were shown then. A version that asks for wider terms under
/// the same key has to be approved again.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Approval(pub Map<String, Value>);

impl Approval {
    /// Everything that a manifest asks for.
    pub fn all(manifest: &Manifest) -> Self {
        Self::of(manifest, |_| true)
    }

    /// What a manifest asks for under these keys.
    pub fn keys(manifest: &Manifest, keys: &[String]) -> Self {
        Self::of(manifest, |asked| keys.contains(&asked.key))
    }

    fn of(manifest: &Manifest, wanted: impl Fn(&Asked) -> bool) -> Self {
        let asked = manifest.permissions.asked().into_iter();
        Self(asked.filter(wanted).map(|it| (it.key, it.terms)).collect())
    }

    /// Whether a permission is approved on these terms.
    pub fn covers(&self, asked: &Asked) -> bool {
        self.0
            .get(&asked.key)
            .is_some_and(|approved| within(&asked.terms, approved))
    }

    /// Whether everything that a manifest asks for is approved.
    pub fn covers_all(&self, manifest: &Manifest) -> bool {
        manifest
            .permissions
            .asked()
            .iter()
            .all(|it| self.covers(it))
    }
}

/// Whether terms are no wider than others: numbers no greater, lists no longer (an empty list means everything).
fn within(asked: &Value, approved: &Value) -> bool {
    match (asked, approved) {
        (Value::Object(asked), Value::Object(approved)) => {
            let methods = |terms: &Map<String, Value>| {
                terms
                    .get("methods")
                    .and_then(Value::as_array)
                    .map(|it| it.iter().map(ToString::to_string).collect::<BTreeSet<_>>())
            };
            let narrow = match (methods(asked), methods(approved)) {
                (_, None) => true,
                (None, Some(_)) => false,
                (Some(asked), Some(approved)) => asked.is_subset(&approved),
            };
            narrow
                && asked
                    .iter()
                    .filter(|(name, _)| *name != "methods")
                    .all(|(name, value)| approved.get(name).is_some_and(|it| within(value, it)))
        }
        (Value::Number(asked), Value::Number(approved)) => asked.as_f64() <= approved.as_f64(),
        (asked, approved) => asked == approved,
    }
}

/// What the desk lets no plugin do, whatever an administrator approves.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PermissionCeiling {
    /// Keys (`http:*.internal.example.com`) or whole kinds (`websocket`) that are refused.
    pub refused: BTreeSet<String>,
}

impl PermissionCeiling {
    fn allows(&self, asked: &Asked) -> bool {
        !self.refused.contains(&asked.key) && !self.refused.contains(&asked.kind)
    }
}

/// How what a version asks for differs from what another does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// New, or on wider terms.
    Added,
    /// Not asked for any more.
    Removed,
    /// As it was, or on narrower terms.
    Kept,
}

/// Compares what two versions ask for: first what the new one asks, then what only the old one did.
pub fn diff(old: &Manifest, new: &Manifest) -> Vec<(Asked, Change)> {
    let before = old.permissions.asked();
    let after = new.permissions.asked();
    let gone: Vec<(Asked, Change)> = before
        .iter()
        .filter(|it| after.iter().all(|new| new.key != it.key))
        .map(|it| (it.clone(), Change::Removed))
        .collect();
    after
        .into_iter()
        .map(|it| {
            let kept = before
                .iter()
                .any(|old| old.key == it.key && within(&it.terms, &old.terms));
            (it, if kept { Change::Kept } else { Change::Added })
        })
        .chain(gone)
        .collect()
}

/// What a plugin may do.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Grants {
    granted: BTreeMap<String, Asked>,
    http: Vec<(HostPattern, HttpPermission)>,
    websocket: Vec<(HostPattern, String)>,
    kv: Option<KvPermission>,
    timers: Option<TimersPermission>,
}

impl Grants {
    /// The manifest, and the approval, and the ceiling.
    pub fn new(manifest: &Manifest, approval: &Approval, ceiling: &PermissionCeiling) -> Self {
        let granted: BTreeMap<String, Asked> = manifest
            .permissions
            .asked()
            .into_iter()
            .filter(|it| approval.covers(it) && ceiling.allows(it))
            .map(|it| (it.key.clone(), it))
            .collect();
        let asked = &manifest.permissions;
        let has = |kind: &str, name: &str| granted.contains_key(&format!("{kind}:{name}"));
        let http = asked.http.iter().filter(|it| has("http", &it.host));
        let websocket = asked.websocket.iter();
        let websocket = websocket.filter(|it| has("websocket", &it.host));
        Self {
            http: http
                .filter_map(|it| Some((HostPattern::parse(&it.host).ok()?, it.clone())))
                .collect(),
            websocket: websocket
                .filter_map(|it| Some((HostPattern::parse(&it.host).ok()?, it.host.clone())))
                .collect(),
            kv: asked.kv.clone().filter(|_| granted.contains_key("kv")),
            timers: asked
                .timers
                .clone()
                .filter(|_| granted.contains_key("timers")),
            granted,
        }
    }

    /// Keys of everything that is granted.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.granted.keys().map(String::as_str)
    }

    /// Whether a key is granted.
    pub fn has(&self, key: &str) -> bool {
        self.granted.contains_key(key)
    }

    /// Whether a field may be seen.
    pub fn sees(&self, field: &str) -> bool {
        self.has(&format!("data:{field}"))
    }

    /// Whether an event is heard.
    pub fn hears(&self, event: &str) -> bool {
        self.keys()
            .filter_map(|key| key.strip_prefix("events:"))
            .any(|pattern| match pattern.strip_suffix('*') {
                Some(prefix) => event.starts_with(prefix),
                None => event == pattern,
            })
    }

    /// The terms of its storage.
    pub fn kv(&self) -> Option<&KvPermission> {
        self.kv.as_ref()
    }

    /// The terms of its timers.
    pub fn timers(&self) -> Option<&TimersPermission> {
        self.timers.as_ref()
    }

    /// The key under which a request is granted. `settings` are the account's, for hosts that an administrator gives.
    pub fn http(
        &self,
        method: &str,
        target: &Target,
        settings: &BTreeMap<String, String>,
    ) -> Result<String, Failure> {
        let mut reached = false;
        for (pattern, permission) in &self.http {
            if !pattern.matches(target, settings) {
                continue;
            }
            reached = true;
            if permission.methods.is_empty() || permission.methods.iter().any(|it| it == method) {
                return Ok(format!("http:{}", permission.host));
            }
        }
        Err(denied(&if reached {
            format!("{method} to {target}")
        } else {
            target.to_string()
        }))
    }

    /// The key under which a socket is granted.
    pub fn websocket(
        &self,
        target: &Target,
        settings: &BTreeMap<String, String>,
    ) -> Result<String, Failure> {
        self.websocket
            .iter()
            .find(|(pattern, _)| pattern.matches(target, settings))
            .map(|(_, host)| format!("websocket:{host}"))
            .ok_or_else(|| denied(&format!("a socket to {target}")))
    }

    /// The key of a secret, a command or an order action: `require("secret", "bot-token")`.
    pub fn require(&self, kind: &str, name: &str) -> Result<String, Failure> {
        let key = format!("{kind}:{name}");
        if self.has(&key) {
            Ok(key)
        } else {
            Err(denied(&format!("{} {name:?}", kind.replace('_', " "))))
        }
    }

    /// Granted keys that are not among the used ones: permissions that a plugin could do without.
    pub fn unused(&self, used: &BTreeSet<String>) -> Vec<String> {
        self.keys()
            .filter(|key| !used.contains(*key))
            // Fields are used by the host on the plugin's behalf.
            .filter(|key| !key.starts_with("data:") && !key.starts_with("events:"))
            .map(str::to_owned)
            .collect()
    }
}

/// The failure for what was not granted.
pub fn denied(what: &str) -> Failure {
    Failure::lasting(
        crate::types::code::DENIED,
        format!("{what} was not granted"),
    )
}

#[cfg(test)]
mod tests;
