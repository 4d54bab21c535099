//! The bars of the sandbox (research/wasm.md, D): each figure beside its bar.
//!
//! `plugboard-bench plugins [BOMBS]` needs the bundled plugins (`make plugins`) and builds the misbehaving guests of the
//! sandbox's own tests. Release builds only: the figures of any other mean nothing.

mod backtest;
mod bombs;
mod epochs;
mod guests;
mod rows;
mod times;

use std::{path::PathBuf, sync::Arc};

use anyhow::{Context as _, Result, bail};
use plugboard_bench::guests::root;
use plugboard_plugin_runtime::{
    Account, Approval, Class, Grants, Limits, LimitsCeiling, Load, Manifest, Nothing, Package,
    PermissionCeiling, Plugin, Runtime, RuntimeOptions, Time, TrustedKeys, check_settings,
};

/// Bombs in a row, when the command line does not say.
const BOMBS: usize = 10_000;

/// A figure beside its bar.
struct Row {
    number: &'static str,
    bar: &'static str,
    measured: String,
    holds: bool,
}

pub(crate) fn run(bombs: Option<String>) -> Result<()> {
    if cfg!(debug_assertions) {
        bail!("measure a release build: cargo run --release -p plugboard-bench -- plugins");
    }
    let bombs = match bombs {
        Some(text) => text.parse().context("the number of bombs")?,
        None => BOMBS,
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    let mut rows = Vec::new();
    let mut failed = false;
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    println!("load of the machine: {}", load.trim());
    runtime.block_on(rows::measure(bombs, |row: Row| {
        let word = if row.holds { "holds" } else { "MISSED" };
        println!(
            "{:<3} {word:<7} {:<58} {}",
            row.number, row.bar, row.measured
        );
        failed |= !row.holds;
        rows.push(row);
    }))?;
    if failed {
        bail!("some bars were missed");
    }
    Ok(())
}

/// A sandbox with a cache of its own.
struct Bench {
    cache: PathBuf,
    runtime: Runtime,
}

impl Bench {
    fn new(options: RuntimeOptions) -> Result<Self> {
        let cache = root().join("target/bench-plugins");
        let runtime = Runtime::new(&RuntimeOptions {
            cache: Some(cache.clone()),
            ..options
        })?;
        Ok(Self { cache, runtime })
    }

    /// Loads a bundled plugin, with its defaults as settings.
    async fn bundled(
        &self,
        key: &str,
        change: impl FnOnce(&mut Limits),
    ) -> Result<(Plugin, Account)> {
        let path = root().join(format!("plugins/dist/{key}.plugboard"));
        let bytes = std::fs::read(&path)
            .with_context(|| format!("reading {} (run `make plugins`)", path.display()))?;
        let package = Package::read(&bytes, &TrustedKeys::default())?;
        let settings = check_settings(&package.manifest.settings.schema, &serde_json::Map::new())
            .unwrap_or_default();
        let plugin = self
            .load(package.manifest, package.component.into(), change)
            .await?;
        Ok((plugin, Account::new("", settings)))
    }

    async fn load(
        &self,
        manifest: Manifest,
        component: Arc<[u8]>,
        change: impl FnOnce(&mut Limits),
    ) -> Result<Plugin> {
        let approval = Approval::all(&manifest);
        let grants = Grants::new(&manifest, &approval, &PermissionCeiling::default());
        let ceiling = LimitsCeiling::default();
        let mut load = Load::new(manifest, component, grants, &ceiling, Arc::new(Nothing));
        change(&mut load.limits);
        Ok(self.runtime.load(load).await?)
    }
}

/// Time for a busy machine: only computing is bounded.
fn patient(limits: &mut Limits, cpu_ms: u64) {
    let wall_ms = 60_000;
    limits.set(Class::Route, Time { cpu_ms, wall_ms });
    limits.set(
        Class::Start,
        Time {
            cpu_ms: 200,
            wall_ms,
        },
    );
}

/// The value in the middle.
fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
