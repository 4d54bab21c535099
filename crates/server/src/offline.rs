//! The sandbox without a desk: for checking a rule and for running recorded calls again.

use std::{path::PathBuf, sync::Arc};

use anyhow::Context;
use plugboard_plugin_runtime::{
    Approval, Grants, LimitsCeiling, Load, Nothing, Package, PermissionCeiling, Plugin, Runtime,
    RuntimeOptions, TrustedKeys,
};

use crate::plugins;

/// A package: a file, or one that comes with this binary.
pub(crate) fn package(file: Option<&PathBuf>, key: &str) -> anyhow::Result<Package> {
    let bytes = match file {
        Some(path) => std::fs::read(path).with_context(|| format!("reading {}", path.display()))?,
        None => plugins::bundled(key)
            .with_context(|| {
                format!("{key} does not come with this binary: give its package with --package")
            })?
            .to_vec(),
    };
    Package::read(&bytes, &TrustedKeys::default()).with_context(|| format!("the package of {key}"))
}

/// A runtime and a plugin in it, which may do all that it asks for; what it asks of the host is answered by a recording, or
/// not at all. The plugin runs as long as the runtime is kept.
pub(crate) async fn load(package: Package, fuel: bool) -> anyhow::Result<(Runtime, Plugin)> {
    let runtime = Runtime::new(&RuntimeOptions {
        cache: cache(),
        fuel,
        ..RuntimeOptions::default()
    })?;
    let manifest = package.manifest;
    let grants = Grants::new(
        &manifest,
        &Approval::all(&manifest),
        &PermissionCeiling::default(),
    );
    let load = Load::new(
        manifest,
        package.component,
        grants,
        &LimitsCeiling::default(),
        Arc::new(Nothing),
    );
    let plugin = runtime.load(load).await?;
    Ok((runtime, plugin))
}

/// Where compiled code is kept between two commands: beside the desk's when that is named, else in the person's own cache,
/// where nobody else may write. Nowhere when there is neither.
pub(crate) fn cache() -> Option<PathBuf> {
    let named = |name| std::env::var_os(name).filter(|it: &std::ffi::OsString| !it.is_empty());
    if let Some(path) = named("PLUGBOARD_PLUGIN_CACHE") {
        return Some(path.into());
    }
    let base = match named("XDG_CACHE_HOME") {
        Some(path) => PathBuf::from(path),
        None => PathBuf::from(named("HOME")?).join(".cache"),
    };
    Some(base.join("plugboard").join("compiled"))
}
