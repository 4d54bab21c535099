//! `plugboard plugin list` and `lock`: what is installed, and whether it is what was written down.

use std::path::PathBuf;

use anyhow::Context;
use plugboard_plugin_host::{Locked, PluginsLock};
use plugboard_protocol::extensions::Installed;

use super::show;
use crate::{desk::DeskArguments, table::table};

/// What to list.
#[derive(clap::Args)]
pub(crate) struct ListArguments {
    /// Compare with this file, and fail when something differs.
    #[arg(long, value_name = "FILE")]
    locked: Option<PathBuf>,
    #[command(flatten)]
    desk: DeskArguments,
}

/// Where to write.
#[derive(clap::Args)]
pub(crate) struct LockArguments {
    /// The file.
    #[arg(long, short, default_value = "plugins.lock", value_name = "FILE")]
    output: PathBuf,
    #[command(flatten)]
    desk: DeskArguments,
}

pub(super) async fn list(arguments: ListArguments) -> anyhow::Result<()> {
    let lock = arguments.locked.as_deref().map(PluginsLock::read);
    let lock = lock.transpose()?;
    let plugins = arguments.desk.desk()?.plugins().await?;
    let rows: Vec<[String; 6]> = plugins
        .iter()
        .map(|it| {
            let version = it.active.as_ref().or(it.pending.as_ref());
            [
                it.key.clone(),
                version.map(|it| it.version.clone()).unwrap_or_default(),
                show::state(it.state).to_owned(),
                it.figures.calls.to_string(),
                it.figures.failures.to_string(),
                it.dead_letters.to_string(),
            ]
        })
        .collect();
    let heading = ["KEY", "VERSION", "STATE", "CALLS", "FAILED", "DEAD LETTERS"];
    println!("{}", table(heading, &rows));
    let Some(lock) = lock else { return Ok(()) };
    let differences = lock.differences(&in_force(&plugins));
    for difference in &differences {
        println!("{difference}");
    }
    anyhow::ensure!(
        differences.is_empty(),
        "{} differences from the lock",
        differences.len()
    );
    println!("All as in the lock.");
    Ok(())
}

pub(super) async fn lock(arguments: LockArguments) -> anyhow::Result<()> {
    let plugins = arguments.desk.desk()?.plugins().await?;
    let lock = PluginsLock {
        plugins: in_force(&plugins),
    };
    let path = &arguments.output;
    std::fs::write(path, lock.to_toml()).with_context(|| format!("writing {}", path.display()))?;
    println!("{} plugins in {}.", lock.plugins.len(), path.display());
    let waiting = plugins.iter().filter(|it| it.active.is_none());
    for plugin in waiting {
        println!("{} waits for approval and is left out.", plugin.key);
    }
    Ok(())
}

/// Versions in force, as a lock names them.
fn in_force(plugins: &[Installed]) -> Vec<Locked> {
    plugins
        .iter()
        .filter_map(|it| {
            let version = it.active.as_ref()?;
            Some(Locked {
                key: it.key.clone(),
                version: version.version.clone(),
                digest: version.digest.clone(),
                signed_by: version.signed_by.clone(),
            })
        })
        .collect()
}
