//! Builds the servers under test with the cargo that built this program, in the same profile and target folder.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, Result, bail};

/// The product's binary.
pub fn product() -> Result<PathBuf> {
    build("plugboard-server", "plugboard")
}

/// The floor's binary.
pub fn floor() -> Result<PathBuf> {
    build("plugboard-bench", "floor")
}

fn build(package: &str, bin: &str) -> Result<PathBuf> {
    let mut command = Command::new(std::env::var("CARGO").unwrap_or("cargo".to_owned()));
    // The bench may be started anywhere: cargo looks for the sources where it stands.
    command.current_dir(env!("CARGO_MANIFEST_DIR"));
    command.args(["build", "--quiet", "--package", package, "--bin", bin]);
    if !cfg!(debug_assertions) {
        command.arg("--release");
    }
    let dir = profile_dir(&std::env::current_exe()?)?;
    if let Some(target) = dir.parent() {
        command.arg("--target-dir").arg(target);
    }
    let status = command.status().context("running cargo")?;
    if !status.success() {
        bail!("building {bin} ended with {status}");
    }
    let program = dir.join(bin);
    if !program.exists() {
        bail!("{} was built but is not there", program.display());
    }
    Ok(program)
}

/// `target/PROFILE` of a program in it; tests and benches lie one folder deeper.
fn profile_dir(program: &Path) -> Result<PathBuf> {
    let dir = program.parent().context("folder of this program")?;
    let deeper = dir.file_name().is_some_and(|name| name == "deps");
    let dir = if deeper {
        dir.parent().context("target folder")?
    } else {
        dir
    };
    Ok(dir.to_owned())
}
