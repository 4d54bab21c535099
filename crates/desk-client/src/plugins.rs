//! Plugins of a desk. `plugin` is its key or its identifier.

use plugboard_protocol::{
    admin::OutboxEntry,
    extensions::{
        Approval, Available, Installed, LogLine, PluginDetail, PluginLogs, PluginRecording,
        RecordPlugin, RecordedCalls, ReplayDeadLetters, Replayed, SavePluginSettings,
    },
};
use reqwest::{
    Method,
    multipart::{Form, Part},
};
use serde_json::{Value, json};

use crate::{Desk, DeskError, Items};

impl Desk {
    /// Everything installed.
    pub async fn plugins(&self) -> Result<Vec<Installed>, DeskError> {
        let all: Items<Installed> = self.get(&["plugins"]).await?;
        Ok(all.items)
    }

    /// What comes with the desk.
    pub async fn available_plugins(&self) -> Result<Vec<Available>, DeskError> {
        let all: Items<Available> = self.get(&["plugins", "available"]).await?;
        Ok(all.items)
    }

    /// One plugin.
    pub async fn plugin(&self, plugin: &str) -> Result<PluginDetail, DeskError> {
        self.get(&["plugins", plugin]).await
    }

    /// Uploads a package. It runs after approval.
    pub async fn install_plugin(&self, package: Vec<u8>) -> Result<PluginDetail, DeskError> {
        let part = Part::bytes(package).file_name("plugin.plugboard");
        let form = Form::new().part("file", part);
        self.send(self.request(Method::POST, &["plugins"]).multipart(form))
            .await
    }

    /// Installs one that comes with the desk.
    pub async fn install_available_plugin(&self, key: &str) -> Result<PluginDetail, DeskError> {
        self.post(&["plugins", "available", key, "install"], &json!({}))
            .await
    }

    /// Grants what was looked at, and puts it in force.
    pub async fn approve_plugin(
        &self,
        plugin: &str,
        approval: &Approval,
    ) -> Result<PluginDetail, DeskError> {
        self.post(&["plugins", plugin, "approve"], approval).await
    }

    /// Switches it on.
    pub async fn enable_plugin(&self, plugin: &str) -> Result<PluginDetail, DeskError> {
        self.post(&["plugins", plugin, "enable"], &json!({})).await
    }

    /// Switches it off.
    pub async fn disable_plugin(&self, plugin: &str) -> Result<PluginDetail, DeskError> {
        self.post(&["plugins", plugin, "disable"], &json!({})).await
    }

    /// Returns to the version before.
    pub async fn roll_back_plugin(&self, plugin: &str) -> Result<PluginDetail, DeskError> {
        self.post(&["plugins", plugin, "rollback"], &json!({}))
            .await
    }

    /// Removes it with everything that it kept.
    pub async fn remove_plugin(&self, plugin: &str) -> Result<(), DeskError> {
        self.delete(&["plugins", plugin]).await
    }

    /// Changes its settings, and the secrets that are given.
    pub async fn configure_plugin(
        &self,
        plugin: &str,
        settings: &SavePluginSettings,
    ) -> Result<PluginDetail, DeskError> {
        self.put(&["plugins", plugin, "settings"], settings).await
    }

    /// Has its next calls written down.
    pub async fn record_plugin(
        &self,
        plugin: &str,
        calls: u32,
    ) -> Result<PluginRecording, DeskError> {
        self.post(&["plugins", plugin, "recording"], &RecordPlugin { calls })
            .await
    }

    /// How far its recording is.
    pub async fn plugin_recording(&self, plugin: &str) -> Result<PluginRecording, DeskError> {
        self.get(&["plugins", plugin, "recording"]).await
    }

    /// Its recorded calls, oldest first. The journal says who read them.
    pub async fn recorded_calls(&self, plugin: &str) -> Result<Vec<Value>, DeskError> {
        let read: RecordedCalls = self.get(&["plugins", plugin, "recording", "calls"]).await?;
        Ok(read.items)
    }

    /// Ends its recording and forgets what it holds.
    pub async fn remove_plugin_recording(&self, plugin: &str) -> Result<(), DeskError> {
        self.delete(&["plugins", plugin, "recording"]).await
    }

    /// Its latest log lines, newest first.
    pub async fn plugin_logs(&self, plugin: &str) -> Result<Vec<LogLine>, DeskError> {
        let logs: PluginLogs = self.get(&["plugins", plugin, "logs"]).await?;
        Ok(logs.items)
    }

    /// Work of it that was given up, newest first.
    pub async fn dead_letters(&self, plugin: &str) -> Result<Vec<OutboxEntry>, DeskError> {
        let all: Items<OutboxEntry> = self.get(&["plugins", plugin, "dead_letters"]).await?;
        Ok(all.items)
    }

    /// Tries given-up work again: one piece, or all of it. How many pieces.
    pub async fn replay_dead_letters(
        &self,
        plugin: &str,
        only: Option<&str>,
    ) -> Result<u64, DeskError> {
        let asked = ReplayDeadLetters {
            id: only.map(str::to_owned),
        };
        let path = ["plugins", plugin, "dead_letters", "replay"];
        let replayed: Replayed = self.post(&path, &asked).await?;
        Ok(replayed.replayed)
    }
}
