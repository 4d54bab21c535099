//! The bundled channels pass, and the kit notices every flaw. Needs `make plugins`.

#![expect(clippy::unwrap_used, reason = "a kit that cannot be made has failed")]

use std::path::PathBuf;

use plugboard_conformance::{BUNDLED, Flaw, Kit, Subject, flaws};
use plugboard_plugin_runtime::{Package, Runtime, RuntimeOptions, package::TrustedKeys};

fn runtime() -> Runtime {
    let cache = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("plugin-code");
    Runtime::new(&RuntimeOptions {
        cache: Some(cache),
        ..RuntimeOptions::default()
    })
    .unwrap()
}

async fn kit(runtime: &Runtime, subject: Subject) -> Kit {
    let dist = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../plugins/dist");
    let path = dist.join(format!("{}.plugboard", subject.plugin));
    let bytes = std::fs::read(&path)
        .unwrap_or_else(|error| panic!("{}: {error}; run `make plugins` first", path.display()));
    let package = Package::read(&bytes, &TrustedKeys::default()).unwrap();
    Kit::new(runtime, subject, package.manifest, package.component)
        .await
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_bundled_channel_passes() {
    let runtime = runtime();
    let mut failed = Vec::new();
    for subject in BUNDLED {
        let report = kit(&runtime, subject).await.run().await;
        if !report.passed() {
            failed.push(report.to_string());
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

/// Whether a plugin of this kind can be broken in this way.
fn is_possible(flaw: Flaw, subject: &Subject) -> bool {
    match flaw {
        // Telegram compares a word, the others a keyed digest; WeCom and WeChat compare the digest themselves.
        Flaw::BelievesEverybody => {
            subject.pushed && !matches!(subject.provider, "wecom" | "wechat")
        }
        Flaw::AcceptsForgeries => subject.pushed,
        Flaw::ForgetsWhatItBegan => !subject.idempotent,
        // WhatsApp's token is a secret; DingTalk's is used as it was fetched.
        Flaw::KeepsAnOldToken => matches!(subject.provider, "wecom" | "wechat"),
        Flaw::StopsAtEmptyPages | Flaw::IgnoresHints => subject.provider == "wecom",
        Flaw::ForgetsItsCursor => subject.cursor,
        Flaw::NeverAcknowledges => subject.socket,
        Flaw::TurnsReceiptsBack => subject.receipts,
        Flaw::FailsVerification => subject.verification,
        _ => true,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_flaw_is_noticed_in_every_channel_that_can_have_it() {
    let runtime = runtime();
    let mut missed = Vec::new();
    for subject in BUNDLED {
        let kit = kit(&runtime, subject).await;
        for flaw in flaws::ALL {
            if is_possible(flaw, &subject) && kit.catches(flaw).await.is_none() {
                missed.push(format!("{}: {flaw:?}", subject.name));
            }
        }
    }
    assert!(missed.is_empty(), "not noticed: {missed:#?}");
}
