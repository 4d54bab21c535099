//! What the host itself keeps between two starts: rows beside those of plugins, in a space that no plugin can have. None of
//! it is in the journal, and all of it is bounded.

use plugboard_domain::{
    Command, Envelope, Principal,
    plugin::{Expected, PluginQuota, PluginSpace, PluginWrite},
};
use plugboard_engine::{Engine, EngineError};
use plugboard_store::StoreError;
use serde::{Serialize, de::DeserializeOwned};
use tracing::warn;

/// Whose it is. Keys of plugins have no colon.
const DESK: &str = ":desk";

/// Most keys of one part.
const KEYS_MAX: usize = 200;

/// Longest value: a backtest with a thousand conversations takes a few hundred kilobytes.
const VALUE_BYTES_MAX: u64 = 4 * 1024 * 1024;

/// A part of what is kept.
#[derive(Clone, Debug)]
pub(crate) struct Part {
    space: PluginSpace,
    quota: PluginQuota,
    /// Seconds until it goes by itself.
    ttl_secs: Option<u64>,
}

impl Part {
    /// A part of the host's own.
    pub(crate) fn of_desk(name: &str) -> Self {
        Self {
            space: PluginSpace {
                plugin: DESK.to_owned(),
                account: name.to_owned(),
            },
            quota: PluginQuota {
                keys_max: KEYS_MAX as u64,
                value_bytes_max: VALUE_BYTES_MAX,
                total_bytes_max: KEYS_MAX as u64 * VALUE_BYTES_MAX,
                timers_max: 0,
            },
            ttl_secs: None,
        }
    }

    /// What is kept about a plugin, out of its own sight: accounts are inboxes, whose names have no colon. It goes with the
    /// plugin, or after so many seconds.
    pub(crate) fn of_plugin(key: &str, name: &str, quota: PluginQuota, ttl_secs: u64) -> Self {
        Self {
            space: PluginSpace {
                plugin: key.to_owned(),
                account: format!(":{name}"),
            },
            quota,
            ttl_secs: Some(ttl_secs),
        }
    }

    /// Keeps a value.
    pub(crate) async fn put(
        &self,
        engine: &Engine,
        key: &str,
        value: &impl Serialize,
    ) -> Result<(), EngineError> {
        let value = serde_json::to_vec(value).expect("plain data with text keys always encodes");
        let write = PluginWrite::Set {
            space: self.space.clone(),
            key: key.to_owned(),
            value,
            ttl_secs: self.ttl_secs,
            expected: Expected::Anything,
            quota: self.quota,
        };
        send(engine, write).await
    }

    /// Keeps a value, or says in the log that it could not.
    pub(crate) async fn try_put(&self, engine: &Engine, key: &str, value: &impl Serialize) {
        if let Err(error) = self.put(engine, key, value).await {
            warn!(part = %self.space.account, %error, "plugins: something was not kept");
        }
    }

    /// Takes a value away.
    pub(crate) async fn delete(&self, engine: &Engine, key: &str) -> Result<(), EngineError> {
        let write = PluginWrite::Delete {
            space: self.space.clone(),
            key: key.to_owned(),
        };
        send(engine, write).await
    }

    /// Keys that begin like this, in order.
    pub(crate) async fn keys(
        &self,
        engine: &Engine,
        prefix: &str,
    ) -> Result<Vec<String>, StoreError> {
        let store = engine.store();
        let (space, prefix) = (self.space.clone(), prefix.to_owned());
        store
            .plugin_keys(space, prefix, None, KEYS_MAX, engine.now())
            .await
    }

    /// A value; nothing when it is not there, or another version of Plugboard wrote it.
    pub(crate) async fn get<T: DeserializeOwned>(
        &self,
        engine: &Engine,
        key: &str,
    ) -> Result<Option<T>, StoreError> {
        let (space, key) = (self.space.clone(), key.to_owned());
        let found = engine
            .store()
            .plugin_value(space, key, engine.now())
            .await?;
        Ok(found.and_then(|it| serde_json::from_slice(&it.bytes).ok()))
    }
}

async fn send(engine: &Engine, write: PluginWrite) -> Result<(), EngineError> {
    let envelope = Envelope::new(Principal::System("plugins"), Command::KeepPlugin(write));
    engine.execute(envelope).await?;
    Ok(())
}
