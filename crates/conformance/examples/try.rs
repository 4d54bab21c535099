//! Tries a package: `cargo run -p plugboard-conformance --example try -- PACKAGE [SUBJECT]`, such as
//! `plugins/dist/channel-telegram.plugboard "telegram by polling"`. Without a subject it is tried as everything that its key fits.

#![expect(clippy::unwrap_used, reason = "an example shows the way that works")]

use plugboard_conformance::{BUNDLED, Kit};
use plugboard_plugin_runtime::{Package, Runtime, RuntimeOptions, package::TrustedKeys};

#[tokio::main]
async fn main() {
    let mut arguments = std::env::args().skip(1);
    let path = arguments.next().expect("the first argument is a package");
    let wanted = arguments.next();
    let package = Package::read(&std::fs::read(path).unwrap(), &TrustedKeys::default()).unwrap();
    let runtime = Runtime::new(&RuntimeOptions::default()).unwrap();
    let mut passed = true;
    for subject in BUNDLED {
        let fits = match &wanted {
            Some(name) => subject.name == name,
            None => subject.plugin == package.manifest.id,
        };
        if fits {
            let (manifest, component) = (package.manifest.clone(), package.component.clone());
            let kit = Kit::new(&runtime, subject, manifest, component)
                .await
                .unwrap();
            let report = kit.run().await;
            print!("{report}");
            passed &= report.passed();
        }
    }
    assert!(passed, "some scenarios failed");
}
