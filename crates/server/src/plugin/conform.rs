//! `plugboard plugin conform`: tries a channel the hard way, offline.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use plugboard_conformance::{Report, conform, describe};
use plugboard_plugin_runtime::{Package, Runtime, RuntimeOptions, TrustedKeys};
use plugboard_plugin_tools::Project;

use super::PROVIDER;
use crate::offline;

#[derive(clap::Args)]
pub(crate) struct ConformArguments {
    /// The plugin's folder, in which it was built; or its package.
    #[arg(default_value = ".", value_name = "DIR|FILE")]
    plugin: PathBuf,
    /// Describes its provider; `conformance.toml` in its folder, when that is there.
    #[arg(long, value_name = "FILE")]
    provider: Option<PathBuf>,
}

pub(crate) async fn run(arguments: ConformArguments) -> anyhow::Result<()> {
    let package = read(&arguments.plugin)?;
    let beside = arguments.plugin.join(PROVIDER);
    let provider = arguments
        .provider
        .or_else(|| beside.exists().then_some(beside));
    let provider = provider.map(|path| {
        let source = text(&path)?;
        describe(&source).with_context(|| path.display().to_string())
    });
    let runtime = Runtime::new(&RuntimeOptions {
        cache: offline::cache(),
        ..RuntimeOptions::default()
    })?;
    let reports = conform(&runtime, &package, provider.transpose()?).await?;
    for report in &reports {
        print!("{report}");
    }
    if !reports.iter().all(Report::passed) {
        bail!("{} does not conform", package.manifest.id);
    }
    Ok(())
}

fn text(path: &Path) -> anyhow::Result<String> {
    std::fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))
}

/// A package as it is, or the one that was built in a folder.
fn read(path: &Path) -> anyhow::Result<Package> {
    let what = || path.display().to_string();
    let bytes = if path.is_dir() {
        let project = Project::open(path)?;
        std::fs::read(project.package_path())
            .with_context(|| format!("{}: build it first, or give its package", what()))?
    } else {
        std::fs::read(path).with_context(what)?
    };
    Package::read(&bytes, &TrustedKeys::default()).with_context(what)
}
