//! Administration of plugins, as the edges ask for it. Every change is a command in the name of who asked.

mod install;
mod show;
mod switch;

use std::collections::BTreeMap;

use async_trait::async_trait;
use bytes::Bytes;
use plugboard_domain::{
    Command, Envelope, Principal, Rejection,
    channel::ChannelKind,
    desk::{Desk, Entity, Plugin, Private},
    ids::{InboxId, OutboxId},
    outbox::OutboxEntry,
};
use plugboard_engine::{Engine, EngineError};
use plugboard_extension::{ExtensionError, Plugins};
use plugboard_protocol::extensions::{
    Approval, Available, Installed, LogLine, PluginDetail, PluginRecording,
};
use plugboard_store::OutboxFilter;
use serde_json::{Map, Value};

use crate::host::{PluginHost, Shared};

/// Dead letters that are shown.
const DEAD_MAX: usize = 200;

/// What the engine's refusal is at the edge.
pub(crate) fn engine_error(error: EngineError) -> ExtensionError {
    match error {
        EngineError::Rejected(rejection) => ExtensionError::Rejected(rejection),
        error @ (EngineError::Busy | EngineError::Stopping | EngineError::Store(_)) => {
            ExtensionError::Unavailable(error.to_string())
        }
    }
}

pub(crate) fn invalid(why: impl Into<String>) -> ExtensionError {
    ExtensionError::Rejected(Rejection::invalid(why))
}

pub(crate) fn conflict(why: impl Into<String>) -> ExtensionError {
    ExtensionError::Rejected(Rejection::conflict(why))
}

/// The plugin with this id or key.
pub(crate) fn find<'a>(desk: &'a Desk, plugin: &str) -> Result<&'a Plugin, ExtensionError> {
    let by_id = plugin.parse().ok().and_then(|id| desk.plugin(id));
    by_id
        .or_else(|| desk.plugin_by_key(plugin))
        .ok_or_else(|| ExtensionError::NotFound("plugin".to_owned()))
}

/// Inboxes whose channel the plugin is.
pub(crate) fn inboxes(desk: &Desk, key: &str) -> Vec<InboxId> {
    let kind = ChannelKind::Plugin(key.to_owned());
    desk.inboxes()
        .filter(|it| it.channel == kind)
        .map(|it| it.id)
        .collect()
}

impl Shared {
    /// The desk, or that there is none yet.
    pub(crate) fn running(&self) -> Result<&Engine, ExtensionError> {
        self.engine()
            .ok_or_else(|| ExtensionError::Unavailable("the desk has not started".to_owned()))
    }

    /// Saves a plugin in somebody's name, and runs what it says.
    async fn save(
        self: &std::sync::Arc<Self>,
        by: Principal,
        plugin: Plugin,
        secrets: BTreeMap<String, String>,
    ) -> Result<PluginDetail, ExtensionError> {
        let key = plugin.key.clone();
        self.put(by, plugin, secrets).await?;
        self.detail(&key).await
    }

    /// Saves a plugin without touching its secrets, and runs what it says.
    pub(crate) async fn store_plugin(
        self: &std::sync::Arc<Self>,
        by: Principal,
        plugin: Plugin,
    ) -> Result<(), ExtensionError> {
        self.put(by, plugin, BTreeMap::new()).await
    }

    async fn put(
        self: &std::sync::Arc<Self>,
        by: Principal,
        plugin: Plugin,
        secrets: BTreeMap<String, String>,
    ) -> Result<(), ExtensionError> {
        let command = Command::Save {
            entity: Entity::Plugin(plugin),
            private: Private {
                secrets,
                ..Private::default()
            },
        };
        let saved = self.running()?.execute(Envelope::new(by, command)).await;
        saved.map_err(engine_error)?;
        self.refresh().await;
        Ok(())
    }
}

#[async_trait]
impl Plugins for PluginHost {
    async fn install(&self, by: Principal, upload: Bytes) -> Result<PluginDetail, ExtensionError> {
        self.shared.install(by, upload).await
    }

    async fn install_available(
        &self,
        by: Principal,
        key: &str,
    ) -> Result<PluginDetail, ExtensionError> {
        let package = self.shared.bundled.package(key);
        let package = package.ok_or_else(|| ExtensionError::NotFound("plugin".to_owned()))?;
        self.shared.install(by, package).await
    }

    async fn available(&self) -> Result<Vec<Available>, ExtensionError> {
        self.shared.available().await
    }

    async fn list(&self) -> Result<Vec<Installed>, ExtensionError> {
        let desk = self.shared.running()?.desk();
        let mut keys: Vec<&str> = desk.plugins().map(|it| it.key.as_str()).collect();
        keys.sort_unstable();
        let mut all = Vec::new();
        for key in keys {
            all.push(self.shared.installed(&desk, find(&desk, key)?).await?);
        }
        Ok(all)
    }

    async fn get(&self, plugin: &str) -> Result<PluginDetail, ExtensionError> {
        self.shared.detail(plugin).await
    }

    async fn approve(
        &self,
        by: Principal,
        plugin: &str,
        approval: Approval,
    ) -> Result<PluginDetail, ExtensionError> {
        self.shared.approve(by, plugin, approval).await
    }

    async fn enable(&self, by: Principal, plugin: &str) -> Result<PluginDetail, ExtensionError> {
        self.shared.enable(by, plugin).await
    }

    async fn disable(&self, by: Principal, plugin: &str) -> Result<PluginDetail, ExtensionError> {
        self.shared.disable(by, plugin).await
    }

    async fn rollback(&self, by: Principal, plugin: &str) -> Result<PluginDetail, ExtensionError> {
        self.shared.roll_back(by, plugin).await
    }

    async fn remove(&self, by: Principal, plugin: &str) -> Result<(), ExtensionError> {
        self.shared.remove(by, plugin).await
    }

    async fn save_settings(
        &self,
        by: Principal,
        plugin: &str,
        settings: Map<String, Value>,
        secrets: BTreeMap<String, String>,
    ) -> Result<PluginDetail, ExtensionError> {
        self.shared.configure(by, plugin, settings, secrets).await
    }

    async fn dead_letters(&self, plugin: &str) -> Result<Vec<OutboxEntry>, ExtensionError> {
        let engine = self.shared.running()?;
        let filter = dead_of(&engine.desk(), plugin)?;
        let found = engine.store().outbox(filter, None, DEAD_MAX).await;
        let found = found.map_err(|it| ExtensionError::Unavailable(it.to_string()))?;
        Ok(found.items)
    }

    async fn replay(
        &self,
        by: Principal,
        plugin: &str,
        only: Option<&str>,
    ) -> Result<u64, ExtensionError> {
        let engine = self.shared.running()?;
        let filter = dead_of(&engine.desk(), plugin)?;
        let Some(only) = only else {
            let all = engine.redeliver_all(&by, &filter).await;
            return all.map_err(engine_error);
        };
        let unknown = || ExtensionError::NotFound("dead letter".to_owned());
        let id: OutboxId = only.parse().map_err(|_| unknown())?;
        if !self
            .dead_letters(plugin)
            .await?
            .iter()
            .any(|it| it.id == id)
        {
            return Err(unknown());
        }
        let envelope = Envelope::new(by, Command::Redeliver { id });
        engine.execute(envelope).await.map_err(engine_error)?;
        Ok(1)
    }

    async fn start_recording(
        &self,
        by: Principal,
        plugin: &str,
        calls: u32,
    ) -> Result<PluginRecording, ExtensionError> {
        self.shared.start_recording(by, plugin, calls).await
    }

    async fn recording(
        &self,
        by: Principal,
        plugin: &str,
    ) -> Result<PluginRecording, ExtensionError> {
        self.shared.may_record(&by)?;
        self.shared.recording(plugin).await
    }

    async fn recorded_calls(
        &self,
        by: Principal,
        plugin: &str,
    ) -> Result<Vec<Value>, ExtensionError> {
        self.shared.recorded_calls(by, plugin).await
    }

    async fn end_recording(
        &self,
        by: Principal,
        plugin: &str,
    ) -> Result<PluginRecording, ExtensionError> {
        self.shared.end_recording(by, plugin).await
    }

    async fn forget_recording(&self, by: Principal, plugin: &str) -> Result<(), ExtensionError> {
        self.shared.forget_recording(by, plugin).await
    }

    async fn logs(&self, plugin: &str) -> Result<Vec<LogLine>, ExtensionError> {
        let desk = self.shared.running()?.desk();
        Ok(self.shared.logs.lines(&find(&desk, plugin)?.key))
    }
}

fn dead_of(desk: &Desk, plugin: &str) -> Result<OutboxFilter, ExtensionError> {
    let key = &find(desk, plugin)?.key;
    Ok(OutboxFilter::DeadOf {
        plugin: key.clone(),
        inboxes: inboxes(desk, key),
    })
}
