//! Plugins that no desk comes with: made of the misbehaving guests of the sandbox's tests, or of bundled ones changed a little.

use std::{io::Read, path::Path, process::Command, sync::OnceLock};

use plugboard_contract::{Client, package};
use serde_json::{Value, json};

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

/// Where a component has its manifest.
const MANIFEST_SECTION: &str = "plugboard:manifest";

/// Builds the guests, once, and gives the component of one.
pub(crate) fn guest(name: &str) -> Vec<u8> {
    static BUILT: OnceLock<()> = OnceLock::new();
    let folder =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../crates/plugin-runtime/tests/guests");
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("plugin-guests");
    BUILT.get_or_init(|| {
        let output = Command::new(env!("CARGO"))
            .args(["build", "--release", "--quiet", "--target", "wasm32-wasip2"])
            .current_dir(&folder)
            .env("CARGO_TARGET_DIR", &target)
            .env_remove("RUSTFLAGS")
            .env_remove("CARGO_ENCODED_RUSTFLAGS")
            .output()
            .expect("cargo runs");
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(
            output.status.success(),
            "the guests in {} do not build; is the target there? Add it with: rustup target add wasm32-wasip2\n{errors}",
            folder.display()
        );
    });
    let path = target.join(format!("wasm32-wasip2/release/guest_{name}.wasm"));
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The manifest and the component of a bundled plugin.
pub(crate) fn bundled(key: &str) -> (String, Vec<u8>) {
    let packed = package(key);
    let (mut manifest, mut component) = (String::new(), Vec::new());
    for entry in tar::Archive::new(packed.as_slice()).entries().unwrap() {
        let mut entry = entry.unwrap();
        let name = entry.path().unwrap().display().to_string();
        match name.as_str() {
            "plugin.toml" => drop(entry.read_to_string(&mut manifest).unwrap()),
            "plugin.wasm" => drop(entry.read_to_end(&mut component).unwrap()),
            _ => {}
        }
    }
    let lines = manifest.lines().filter(|it| !it.starts_with("sha256"));
    (lines.collect::<Vec<_>>().join("\n"), component)
}

/// A plugin as one file: the component with its manifest inside. Another manifest makes it another component.
pub(crate) fn with_manifest(component: &[u8], manifest: &str) -> Vec<u8> {
    let mut section = number(MANIFEST_SECTION.len());
    section.extend_from_slice(MANIFEST_SECTION.as_bytes());
    section.extend_from_slice(manifest.as_bytes());
    let mut whole = component.to_vec();
    whole.push(0);
    whole.extend(number(section.len()));
    whole.extend(section);
    whole
}

/// As WebAssembly writes lengths: seven bits at a time, the lowest first.
fn number(mut number: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    loop {
        let low = u8::try_from(number & 0x7f).unwrap();
        number >>= 7;
        if number == 0 {
            bytes.push(low);
            return bytes;
        }
        bytes.push(low | 0x80);
    }
}

/// The contracts of the guest `witness`, as a manifest lists them.
pub(crate) fn witness_contracts() -> String {
    WITNESS_WORLDS
        .map(|it| format!("\"plugboard:plugin/{it}@0.1\""))
        .join(", ")
}

/// Installs a plugin, lets it do what it asks for, and switches it on.
pub(crate) async fn run(admin: &Client, key: &str, package: Vec<u8>) {
    admin.upload("/api/v1/plugins", package).await.accepted(201);
    for step in ["approve", "enable"] {
        let path = format!("/api/v1/plugins/{key}/{step}");
        admin.post(&path, json!({})).await.accepted(200);
    }
}

/// An inbox of a plugin's channel; the path that its provider calls.
pub(crate) async fn channel(admin: &Client, key: &str, settings: Value) -> String {
    let inbox = json!({ "name": "Own", "channel": format!("plugin:{key}"), "settings": settings });
    let inbox = admin.post("/api/v1/inboxes", inbox).await;
    let url = inbox.accepted(201)["webhook_url"]
        .as_str()
        .unwrap()
        .to_owned();
    url[url.find("/hooks/").unwrap()..].to_owned()
}
