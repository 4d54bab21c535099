//! Approving, switching on and off, going back, removing, configuring.

use std::{collections::BTreeMap, sync::Arc};

use plugboard_domain::{
    Command, Envelope, Principal,
    desk::{EntityKind, EntityRef, Plugin, PluginVersion, PolicyRef},
    plugin::PluginWrite,
};
use plugboard_extension::ExtensionError;
use plugboard_plugin_runtime::{self as runtime, Manifest, check_settings, manifest::SettingKind};
use plugboard_protocol::extensions::{Approval, PluginDetail};
use serde_json::{Map, Value};

use super::{conflict, engine_error, find, inboxes, invalid};
use crate::host::Shared;

type Secrets = BTreeMap<String, String>;

/// The manifest of an installed version.
pub(crate) fn manifest(version: &PluginVersion) -> Result<Manifest, ExtensionError> {
    Manifest::from_json(&version.manifest)
        .map_err(|it| ExtensionError::Failed(format!("its manifest cannot be read: {it}")))
}

impl Shared {
    pub(super) async fn approve(
        self: &Arc<Self>,
        by: Principal,
        plugin: &str,
        approval: Approval,
    ) -> Result<PluginDetail, ExtensionError> {
        let _alone = self.changes.lock().await;
        let mut plugin = self.found(plugin)?;
        let digest = plugin.pending.clone().or_else(|| plugin.active.clone());
        let version = digest
            .as_deref()
            .and_then(|it| plugin.version(it))
            .ok_or_else(|| conflict("there is no version to approve"))?;
        if approval
            .digest
            .as_ref()
            .is_some_and(|it| *it != version.digest)
        {
            return Err(conflict("another version waits by now: look at it again"));
        }
        let manifest = manifest(version)?;
        let granted = match &approval.grants {
            None => runtime::Approval::all(&manifest),
            Some(keys) => {
                let asked = manifest.permissions.asked();
                let unknown = keys
                    .iter()
                    .find(|key| asked.iter().all(|it| it.key != **key));
                if let Some(unknown) = unknown {
                    return Err(invalid(format!("the plugin does not ask for {unknown:?}")));
                }
                runtime::Approval::keys(&manifest, keys)
            }
        };
        plugin.grants = granted.0;
        if let Some(pending) = plugin.pending.take() {
            plugin.previous = plugin.active.replace(pending);
        }
        self.save(by, plugin, Secrets::new()).await
    }

    pub(super) async fn enable(
        self: &Arc<Self>,
        by: Principal,
        plugin: &str,
    ) -> Result<PluginDetail, ExtensionError> {
        let _alone = self.changes.lock().await;
        let mut plugin = self.found(plugin)?;
        if plugin.active.is_none() {
            return Err(conflict("it waits for approval: approve it first"));
        }
        plugin.enabled = true;
        let key = plugin.key.clone();
        let detail = self.save(by, plugin, Secrets::new()).await?;
        match self.registry.failure(&key) {
            None => Ok(detail),
            Some(why) => Err(ExtensionError::Failed(why)),
        }
    }

    pub(super) async fn disable(
        self: &Arc<Self>,
        by: Principal,
        plugin: &str,
    ) -> Result<PluginDetail, ExtensionError> {
        let _alone = self.changes.lock().await;
        let mut plugin = self.found(plugin)?;
        plugin.enabled = false;
        self.save(by, plugin, Secrets::new()).await
    }

    pub(super) async fn roll_back(
        self: &Arc<Self>,
        by: Principal,
        plugin: &str,
    ) -> Result<PluginDetail, ExtensionError> {
        let _alone = self.changes.lock().await;
        let mut plugin = self.found(plugin)?;
        let previous = plugin
            .previous
            .take()
            .filter(|it| plugin.version(it).is_some())
            .ok_or_else(|| conflict("there is no version to return to"))?;
        plugin.previous = plugin.active.replace(previous);
        self.save(by, plugin, Secrets::new()).await
    }

    pub(super) async fn remove(
        self: &Arc<Self>,
        by: Principal,
        plugin: &str,
    ) -> Result<(), ExtensionError> {
        let _alone = self.changes.lock().await;
        let engine = self.running()?;
        let plugin = self.found(plugin)?;
        let desk = engine.desk();
        let used = inboxes(&desk, &plugin.key).len();
        if used > 0 {
            return Err(conflict(format!(
                "{used} inboxes use it: remove them first"
            )));
        }
        let name = PolicyRef::Plugin(plugin.key.clone());
        let decides = desk.policies().is_some_and(|it| {
            it.routing.live.contains(&name) || it.escalation.live.contains(&name)
        });
        if decides {
            return Err(conflict("a policy in force uses it: take it out first"));
        }
        let entity = EntityRef {
            kind: EntityKind::Plugin,
            id: plugin.id.0,
        };
        let removed = engine.execute(Envelope::new(by, Command::Remove(entity)));
        removed.await.map_err(engine_error)?;
        let forget = Command::KeepPlugin(PluginWrite::Forget {
            plugin: plugin.key.clone(),
        });
        let forget = Envelope::new(Principal::System("plugins"), forget);
        engine.execute(forget).await.map_err(engine_error)?;
        self.logs.forget(&plugin.key);
        self.refresh().await;
        Ok(())
    }

    pub(super) async fn configure(
        self: &Arc<Self>,
        by: Principal,
        plugin: &str,
        settings: Map<String, Value>,
        secrets: BTreeMap<String, String>,
    ) -> Result<PluginDetail, ExtensionError> {
        let _alone = self.changes.lock().await;
        let mut plugin = self.found(plugin)?;
        let digest = plugin.active.as_deref().or(plugin.pending.as_deref());
        let version = digest.and_then(|it| plugin.version(it));
        let version = version.ok_or_else(|| conflict("it has no version yet"))?;
        let manifest = manifest(version)?;
        let schema = &manifest.settings.schema;
        check_settings(schema, &settings).map_err(|problems| {
            let all: Vec<String> = problems
                .iter()
                .map(|it| format!("settings.{}: {}", it.name, it.message))
                .collect();
            invalid(all.join("; "))
        })?;
        let is_secret = |name: &String| {
            let in_form = schema.0.get(name);
            in_form.is_some_and(|it| it.kind == SettingKind::Secret)
                || manifest
                    .permissions
                    .secrets
                    .iter()
                    .any(|it| it.name == *name)
        };
        if let Some(unknown) = secrets.keys().find(|it| !is_secret(it)) {
            return Err(invalid(format!(
                "secrets.{unknown}: there is no such secret"
            )));
        }
        plugin.settings = settings;
        self.save(by, plugin, secrets).await
    }

    fn found(&self, plugin: &str) -> Result<Plugin, ExtensionError> {
        find(&self.running()?.desk(), plugin).cloned()
    }
}
