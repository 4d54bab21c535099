//! Plugins as administrators see them.

use std::collections::BTreeMap;

use plugboard_domain::desk::{Desk, EntityKind, EntityRef, Plugin, PluginVersion};
use plugboard_extension::ExtensionError;
use plugboard_plugin_runtime::{
    self as runtime, Account, BreakerState as Resting, Manifest, World, diff,
};
use plugboard_protocol::{
    extensions::{
        Asked, AskedPermission, Available, BreakerState, CallFigures, Installed, LockState,
        PermissionChange, PluginDetail, PluginState, PluginVersionInfo,
    },
    time,
};
use plugboard_store::OutboxFilter;
use serde_json::{Value, json};

use super::{find, inboxes, switch::manifest};
use crate::{
    host::Shared,
    registry::{self, Loaded},
};

/// Dead letters are counted no further.
const DEAD_MAX: usize = 100;

impl Shared {
    /// What comes with the desk.
    pub(super) async fn available(&self) -> Result<Vec<Available>, ExtensionError> {
        let desk = self.running()?.desk();
        // Unpacking and digesting megabytes each time would keep who looks at the page waiting.
        let manifests = self.on_shelf.get_or_try_init(|| self.shelf()).await?;
        let items = manifests.iter().map(|(key, manifest)| {
            let installed = desk.plugin_by_key(key).and_then(|it| {
                let digest = it.active.as_deref().or(it.pending.as_deref())?;
                Some(it.version(digest)?.version.clone())
            });
            Available {
                key: key.clone(),
                name: manifest.name.clone().into(),
                description: manifest.description.clone().into(),
                kinds: kinds(manifest),
                version: manifest.version.clone(),
                installed,
            }
        });
        Ok(items.collect())
    }

    /// The manifests of what comes with the desk, by key.
    async fn shelf(&self) -> Result<Vec<(String, Manifest)>, ExtensionError> {
        let mut all = Vec::new();
        for key in self.bundled.keys() {
            if let Some(bytes) = self.bundled.package(&key) {
                let package = registry::read(bytes, self).await;
                all.push((key, package.map_err(ExtensionError::Failed)?.manifest));
            }
        }
        Ok(all)
    }

    /// A plugin in a list.
    pub(super) async fn installed(
        &self,
        desk: &Desk,
        plugin: &Plugin,
    ) -> Result<Installed, ExtensionError> {
        let loaded = self.registry.running(desk, &plugin.key);
        let info = |digest: &Option<String>| {
            let version = digest.as_deref().and_then(|it| plugin.version(it));
            version.map(version_info)
        };
        let shown = newest(plugin).map(manifest).transpose()?;
        let filter = OutboxFilter::DeadOf {
            plugin: plugin.key.clone(),
            inboxes: inboxes(desk, &plugin.key),
        };
        let dead = self.running()?.store().outbox(filter, None, DEAD_MAX).await;
        let dead = dead.map_err(|it| ExtensionError::Unavailable(it.to_string()))?;
        Ok(Installed {
            id: plugin.id.to_string(),
            key: plugin.key.clone(),
            name: shown
                .as_ref()
                .map(|it| it.name.clone().into())
                .unwrap_or_default(),
            description: shown
                .as_ref()
                .map(|it| it.description.clone().into())
                .unwrap_or_default(),
            kinds: shown.as_ref().map(kinds).unwrap_or_default(),
            state: self.state(plugin),
            active: info(&plugin.active),
            pending: info(&plugin.pending),
            previous: info(&plugin.previous),
            figures: loaded.as_deref().map(figures).unwrap_or_default(),
            breaker: loaded
                .as_deref()
                .map(|it| self.breaker(it))
                .unwrap_or_default(),
            dead_letters: dead.items.len() as u64,
        })
    }

    fn state(&self, plugin: &Plugin) -> PluginState {
        if plugin.active.is_none() {
            PluginState::PendingApproval
        } else if !plugin.enabled {
            PluginState::Disabled
        } else if self.registry.failure(&plugin.key).is_some() {
            PluginState::Failed
        } else {
            PluginState::Enabled
        }
    }

    fn breaker(&self, loaded: &Loaded) -> BreakerState {
        match loaded.plugin.breaker() {
            Resting::Closed => BreakerState::Closed,
            Resting::HalfOpen => BreakerState::HalfOpen,
            Resting::Open { until } => {
                let rest = until.saturating_duration_since(std::time::Instant::now());
                let now = self.engine().map(plugboard_engine::Engine::now);
                let until = now.unwrap_or(plugboard_domain::Timestamp::UNIX_EPOCH) + rest;
                BreakerState::Open { until: time(until) }
            }
        }
    }

    /// Everything about one plugin.
    pub(crate) async fn detail(&self, plugin: &str) -> Result<PluginDetail, ExtensionError> {
        let engine = self.running()?;
        let desk = engine.desk();
        let plugin = find(&desk, plugin)?;
        let version =
            newest(plugin).ok_or_else(|| ExtensionError::Failed("it has no version".to_owned()))?;
        let asked = manifest(version)?;
        let of = EntityRef {
            kind: EntityKind::Plugin,
            id: plugin.id.0,
        };
        let secrets = engine.store().secrets(of).await;
        let secrets = secrets.map_err(|it| ExtensionError::Unavailable(it.to_string()))?;
        let loaded = self.registry.running(&desk, &plugin.key);
        let (health, limits) = match &loaded {
            Some(loaded) => (health(plugin, loaded).await, limits(loaded)),
            None => (json!({ "why": "it does not run" }), Value::Null),
        };
        Ok(PluginDetail {
            installed: self.installed(&desk, plugin).await?,
            permissions: permissions(plugin, &asked)?,
            grants: plugin.grants.keys().cloned().collect(),
            settings_schema: serde_json::to_value(&asked.settings.schema).unwrap_or_default(),
            settings: plugin.settings.clone(),
            secrets_set: secrets.into_keys().collect(),
            license: asked.license.clone(),
            readme: self.readme(version).await,
            last_errors: self.logs.errors(&plugin.key),
            health,
            limits,
            lock: self.lock_state(plugin),
            recording: self.recording_of(plugin).await?,
        })
    }

    fn lock_state(&self, plugin: &Plugin) -> LockState {
        let digest = plugin.active.as_deref().or(plugin.pending.as_deref());
        match (&self.lock, digest.and_then(|it| plugin.version(it))) {
            (Some(lock), Some(version)) => lock.state(plugin, version),
            _ => LockState::None,
        }
    }

    async fn readme(&self, version: &PluginVersion) -> Option<String> {
        let digest = version.package_sha256.parse().ok()?;
        let blob = self.blobs.get(digest).await.ok()??;
        let bytes = blob.read_to_end().await.ok()?;
        registry::read(bytes, self).await.ok()?.readme
    }
}

/// The version that an administrator looks at: the one that waits, else the one in force.
fn newest(plugin: &Plugin) -> Option<&PluginVersion> {
    let digest = plugin.pending.as_deref().or(plugin.active.as_deref())?;
    plugin.version(digest)
}

fn version_info(version: &PluginVersion) -> PluginVersionInfo {
    PluginVersionInfo {
        version: version.version.clone(),
        digest: version.digest.clone(),
        signed_by: version.signed_by.clone(),
        installed_at: time(version.installed_at),
    }
}

pub(crate) fn kinds(manifest: &Manifest) -> Vec<String> {
    manifest.kinds().into_iter().map(str::to_owned).collect()
}

/// What the version asks for, beside what the one in force asks for.
fn permissions(plugin: &Plugin, asked: &Manifest) -> Result<Vec<AskedPermission>, ExtensionError> {
    let active = plugin.active.as_deref().and_then(|it| plugin.version(it));
    let changes: Vec<(runtime::Asked, runtime::Change)> = match active.map(manifest).transpose()? {
        Some(active) => diff(&active, asked),
        None => asked
            .permissions
            .asked()
            .into_iter()
            .map(|it| (it, runtime::Change::Added))
            .collect(),
    };
    Ok(changes
        .into_iter()
        .map(|(asked, change)| AskedPermission {
            asked: Asked {
                key: asked.key,
                kind: asked.kind,
                detail: asked.detail,
                reason: asked.reason.into(),
            },
            change: match change {
                runtime::Change::Added => PermissionChange::Added,
                runtime::Change::Removed => PermissionChange::Removed,
                runtime::Change::Kept => PermissionChange::Kept,
            },
        })
        .collect())
}

fn figures(loaded: &Loaded) -> CallFigures {
    let figures = loaded.plugin.figures();
    let by_cause: BTreeMap<String, u64> = figures
        .failures
        .iter()
        .map(|(cause, count)| ((*cause).to_owned(), *count))
        .collect();
    CallFigures {
        calls: figures.calls,
        failures: by_cause.values().sum(),
        failures_by_cause: by_cause,
        denied: figures.denied,
        p50_us: figures.p50_us,
        p99_us: figures.p99_us,
        memory_peak_bytes: figures.memory_peak_bytes,
    }
}

/// What the plugin says of itself; policies have no such thing.
async fn health(plugin: &Plugin, loaded: &Loaded) -> Value {
    if loaded.worlds().all(World::is_policy) {
        return json!({ "ok": true });
    }
    let account: Account = loaded.account(plugin);
    match loaded.plugin.health(&account).await {
        Ok(text) => serde_json::from_str(&text).unwrap_or(Value::String(text)),
        Err(error) => json!({ "why": error.to_string() }),
    }
}

fn limits(loaded: &Loaded) -> Value {
    let limits = loaded.plugin.limits();
    json!({
        "memory_bytes": limits.memory_bytes,
        "host_calls": limits.host_calls,
        "message_bytes": limits.message_bytes,
        "http_per_minute": limits.http_per_minute,
        "instances": limits.instances,
    })
}
