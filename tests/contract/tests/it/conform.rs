//! `plugboard plugin conform`: what authors run offline.

use std::{
    path::{Path, PathBuf},
    process::{Command, Output},
};

use plugboard_contract::binary;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn conform(provider: &Path) -> Output {
    Command::new(binary())
        .args(["plugin", "conform"])
        .arg(root().join("plugins/dist/channel-webhook.plugboard"))
        .arg("--provider")
        .arg(provider)
        .env(
            "PLUGBOARD_PLUGIN_CACHE",
            Path::new(env!("CARGO_TARGET_TMPDIR")).join("plugin-code"),
        )
        .output()
        .unwrap()
}

#[test]
fn an_author_tries_a_channel_at_a_provider_that_is_described() {
    let described = root().join("crates/conformance/tests/providers/standard-webhooks.toml");
    let passed = conform(&described);
    let told = String::from_utf8_lossy(&passed.stdout);
    assert!(passed.status.success(), "{told}{passed:?}");
    assert!(told.contains("  Forgery: ok\n"), "{told}");

    // A provider that takes answers at another address hears nothing.
    let source = std::fs::read_to_string(described).unwrap();
    let elsewhere = tempfile::tempdir().unwrap();
    let elsewhere = elsewhere.path().join("conformance.toml");
    std::fs::write(
        &elsewhere,
        source.replace("path = \"/inbox\"", "path = \"/elsewhere\""),
    )
    .unwrap();
    let failed = conform(&elsewhere);
    let told = String::from_utf8_lossy(&failed.stdout);
    assert_eq!(failed.status.code(), Some(1), "{failed:?}");
    assert!(told.contains("  Answer: FAILED\n"), "{told}");
    let why = String::from_utf8_lossy(&failed.stderr).into_owned();
    assert!(why.contains("channel-webhook does not conform"), "{why}");
}

#[test]
fn the_description_in_the_documents_can_be_read() {
    let document = std::fs::read_to_string(root().join("docs/plugins.md")).unwrap();
    let mut blocks = document.split("```toml\n").skip(1);
    let described = blocks.find(|it| it.starts_with("[settings]")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("conformance.toml");
    std::fs::write(&file, described.split("```").next().unwrap()).unwrap();
    let output = conform(&file);
    let why = String::from_utf8_lossy(&output.stderr).into_owned();
    // It is of another plugin: what is wrong is its settings, not its form.
    assert!(why.contains("the settings do not fit"), "{why}");
}
