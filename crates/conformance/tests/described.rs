//! A provider that nobody here has heard of is described in a file: the same scenarios, the same flaws. Needs `make plugins`.

#![expect(clippy::unwrap_used, reason = "a kit that cannot be made has failed")]

use std::path::Path;

use plugboard_conformance::{Flaw, Kit, KitError, conform, describe};
use plugboard_plugin_runtime::{Package, Runtime, RuntimeOptions, package::TrustedKeys};

const PROVIDER: &str = include_str!("providers/standard-webhooks.toml");

fn package(key: &str) -> Package {
    let dist = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../plugins/dist");
    let path = dist.join(format!("{key}.plugboard"));
    let bytes = std::fs::read(&path)
        .unwrap_or_else(|error| panic!("{}: {error}; run `make plugins` first", path.display()));
    Package::read(&bytes, &TrustedKeys::default()).unwrap()
}

fn runtime() -> Runtime {
    Runtime::new(&RuntimeOptions {
        cache: Some(Path::new(env!("CARGO_TARGET_TMPDIR")).join("plugin-code")),
        ..RuntimeOptions::default()
    })
    .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_channel_passes_at_a_provider_that_is_described() {
    let provider = describe(PROVIDER).unwrap();
    let reports = conform(&runtime(), &package("channel-webhook"), Some(provider)).await;
    let [report] = <[_; 1]>::try_from(reports.unwrap()).unwrap();
    assert!(report.passed(), "{report}");
    assert!(report.outcomes.len() >= 14, "{report}");
}

#[tokio::test(flavor = "multi_thread")]
async fn flaws_are_noticed_there_too() {
    let package = package("channel-webhook");
    let provider = describe(PROVIDER).unwrap();
    let kit = Kit::described(&runtime(), provider, package.manifest, package.component).await;
    let kit = kit.unwrap();
    for flaw in [
        Flaw::NewKeyEachTime,
        Flaw::OneKeyForAll,
        Flaw::LosesMessages,
        Flaw::BelievesEverybody,
        Flaw::BendsText,
        Flaw::HidesFailures,
        Flaw::IgnoresRetryAfter,
        Flaw::SendsTwice,
        Flaw::TurnsReceiptsBack,
        Flaw::LogsSecrets,
    ] {
        assert!(kit.catches(flaw).await.is_some(), "{flaw:?}");
    }
}

#[tokio::test]
async fn what_cannot_be_tried_is_said() {
    let wrong = describe("[send]\npath = 5\n").unwrap_err().to_string();
    assert!(wrong.contains("line 2"), "{wrong}");
    let unknown = conform(&runtime(), &package("routing-skills"), None).await;
    assert!(matches!(unknown, Err(KitError::Unknown(key)) if key == "routing-skills"));
}
