//! Plugins: those inside the binary, and the host that runs them.

use std::{path::Path, sync::Arc};

use anyhow::Context;
use bytes::Bytes;
use plugboard_blob::Blobs;
use plugboard_channel::Registry;
use plugboard_http::ReadyCheck;
use plugboard_plugin_host::{
    Bundled, HostConfig, LimitsCeiling, PermissionCeiling, PluginHost, PluginsLock, TrustedKeys,
};
use plugboard_webhooks::Reach;
use rust_embed::RustEmbed;

/// Bundled plugins, as `make plugins` leaves them.
#[derive(RustEmbed)]
#[folder = "../../plugins/dist"]
#[include = "*.plugboard"]
#[allow_missing = true]
struct Packages;

/// How a package's file name ends.
const PACKAGE: &str = ".plugboard";

/// What comes with this binary.
struct Inside;

impl Bundled for Inside {
    fn keys(&self) -> Vec<String> {
        let names = Packages::iter();
        let mut keys: Vec<String> = names
            .filter_map(|it| Some(it.strip_suffix(PACKAGE)?.to_owned()))
            .collect();
        keys.sort();
        keys
    }

    fn package(&self, key: &str) -> Option<Bytes> {
        let file = Packages::get(&format!("{key}{PACKAGE}"))?;
        Some(match file.data {
            std::borrow::Cow::Borrowed(bytes) => Bytes::from_static(bytes),
            std::borrow::Cow::Owned(bytes) => bytes.into(),
        })
    }
}

/// A package that comes with this binary.
pub(crate) fn bundled(key: &str) -> Option<Bytes> {
    Inside.package(key)
}

/// The host of a desk, with its compiled code in `cache`. `trusted` has a line `NAME KEY` for each author whose signature
/// counts; `lock` is the file that says what may run, when there is one.
pub(crate) fn host(
    cache: &Path,
    reach: Reach,
    trusted: &[String],
    lock: Option<&Path>,
    blobs: Blobs,
    channels: Arc<Registry>,
) -> anyhow::Result<PluginHost> {
    let mut keys = TrustedKeys::default();
    for line in trusted {
        let (name, key) = line
            .split_once([' ', '='])
            .with_context(|| format!("a trusted key is NAME=KEY, and {line:?} is not"))?;
        keys.add(name.trim(), key)?;
    }
    PluginHost::new(HostConfig {
        cache: cache.to_owned(),
        reach,
        blobs,
        bundled: Arc::new(Inside),
        trusted: keys,
        lock: lock.map(PluginsLock::read).transpose()?,
        ceiling: PermissionCeiling::default(),
        limits: LimitsCeiling::default(),
        channels,
    })
    .context("setting up the sandbox for plugins")
}

/// Ready when every plugin that is switched on runs.
pub(crate) struct PluginsRun(pub(crate) PluginHost);

#[async_trait::async_trait]
impl ReadyCheck for PluginsRun {
    fn name(&self) -> &'static str {
        "plugins"
    }

    async fn check(&self) -> Result<(), String> {
        let failures = self.0.failures();
        if failures.is_empty() {
            Ok(())
        } else {
            Err(failures.join("; "))
        }
    }

    /// What the operator forbade by the lock is no failure of the desk, and must not be overlooked.
    fn warning(&self) -> Option<String> {
        let refusals = self.0.refusals();
        (!refusals.is_empty()).then(|| refusals.join("; "))
    }
}
