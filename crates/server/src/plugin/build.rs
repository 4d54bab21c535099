//! `plugboard plugin build`.

use std::path::PathBuf;

use plugboard_plugin_tools::{Project, build};

/// Compile a plugin with its language's own tools and pack it into KEY.plugboard.
///
/// Cargo.toml means Rust (cargo, target wasm32-wasip2), package.json TypeScript (npm), app.py Python (a virtual environment in
/// .venv). A tool that is missing is named with what installs it.
#[derive(clap::Args)]
pub(crate) struct BuildArguments {
    /// The plugin's folder.
    #[arg(default_value = ".", value_name = "DIR")]
    folder: PathBuf,
}

pub(crate) fn run(arguments: BuildArguments) -> anyhow::Result<()> {
    let built = build(&Project::open(&arguments.folder)?)?;
    let kib = built.component_bytes / 1024;
    println!("{} ({kib} KiB)", built.path.display());
    Ok(())
}
