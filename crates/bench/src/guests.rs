//! Plugins to measure with: the misbehaving guests of the sandbox's own tests, and bundled ones under another number.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, Result, bail};
use plugboard_plugin_runtime::{Package, TrustedKeys, package::embed};

/// Every world that the guest `witness` exports.
const WITNESS_WORLDS: [&str; 9] = [
    "channel-polling",
    "channel-socket",
    "routing-policy",
    "escalation-policy",
    "script-engine",
    "reply-assistant",
    "commerce-source",
    "event-hook",
    "side-panel",
];

/// The repository.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Builds the guests of the sandbox's tests, and gives the component of one: `policy` explodes on demand, `witness` falls over
/// when a webhook comes in.
pub fn guest(name: &str) -> Result<Vec<u8>> {
    let folder = root().join("crates/plugin-runtime/tests/guests");
    let target = root().join("target/bench-plugins/guests");
    let status = Command::new("cargo")
        .args(["build", "--release", "--quiet", "--target", "wasm32-wasip2"])
        .current_dir(&folder)
        .env("CARGO_TARGET_DIR", &target)
        .status()
        .context("running cargo")?;
    if !status.success() {
        bail!("the guests do not build; is the target there? rustup target add wasm32-wasip2");
    }
    read(&target.join(format!("wasm32-wasip2/release/guest_{name}.wasm")))
}

/// A routing policy that does what the customer says: it decides well, or explodes.
pub fn bomb(key: &str, component: &[u8]) -> Result<Vec<u8>> {
    let manifest = format!(
        "schema = 1\nid = \"{key}\"\nversion = \"1.0.0\"\nname = \"Bombs\"\n\
         contracts = [\"plugboard:plugin/routing-policy@0.1\"]\n\
         [permissions]\ndata = [{{ field = \"message.text\", reason = \"the bench says what to do\" }}]\n"
    );
    Ok(embed(component, &manifest)?)
}

/// A bundled plugin under another number.
pub fn renumbered(key: &str, number: &str) -> Result<Vec<u8>> {
    let packed = read(&root().join(format!("plugins/dist/{key}.plugboard")));
    let packed = packed.context("run `make plugins`")?;
    let package = Package::read(&packed, &TrustedKeys::default())?;
    Ok(embed(&package.component, &manifest(key, number)?)?)
}

/// The guest that falls over, in the clothes of a bundled channel by webhook.
pub fn falling(key: &str, number: &str) -> Result<Vec<u8>> {
    let contract = "\"plugboard:plugin/channel-webhook@0.1\"";
    let manifest = manifest(key, number)?;
    if !manifest.contains(contract) {
        bail!("{key} has not the contract {contract}");
    }
    let all = WITNESS_WORLDS.map(|it| format!("\"plugboard:plugin/{it}@0.1\""));
    let manifest = manifest.replace(contract, &all.join(", "));
    Ok(embed(&guest("witness")?, &manifest)?)
}

/// The manifest of a bundled plugin with another number.
fn manifest(key: &str, number: &str) -> Result<String> {
    let source = read(&root().join(format!("plugins/{key}/plugin.toml")))?;
    let source = String::from_utf8(source)?;
    let lines = source.lines().filter(|it| !it.starts_with("sha256"));
    let lines = lines.map(|line| {
        if line.starts_with("version = ") {
            format!("version = \"{number}\"")
        } else {
            line.to_owned()
        }
    });
    Ok(lines.collect::<Vec<_>>().join("\n") + "\n")
}

fn read(path: &Path) -> Result<Vec<u8>> {
    std::fs::read(path).with_context(|| format!("reading {}", path.display()))
}
