//! Rules about the workspace itself: who may depend on whom, where SQL lives, how long a file may be, and that the map
//! names every crate. A rule that is only written down is broken within a month.

#![expect(
    clippy::unwrap_used,
    reason = "a rule that cannot be checked has failed"
)]

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::Value;

/// Crate → the crates of this workspace that it may use. Development dependencies are free.
const ARROWS: &[(&str, &[&str])] = &[
    ("domain", &[]),
    ("protocol", &["domain"]),
    ("store", &["domain"]),
    ("store-sqlite", &["domain", "store"]),
    ("blob", &["domain"]),
    ("channel", &["domain"]),
    ("extension", &["domain", "protocol"]),
    ("channel-webchat", &["domain", "channel", "blob"]),
    // Holds sockets and follows the configuration, so it is an edge over the engine, as the plugin host is.
    (
        "channel-email",
        &[
            "domain", "store", "engine", "channel", "blob", "mail", "egress",
        ],
    ),
    ("engine", &["domain", "store", "channel", "blob"]),
    ("egress", &[]),
    // Bytes in, facts out: it knows mail and nothing else.
    ("mail", &[]),
    // The sound of calls as bytes: it knows no desk and no sockets.
    ("phone-media", &[]),
    // Signalling as bytes and as state: it knows no desk and no sockets, either.
    ("sip", &[]),
    // Holds sockets and follows the configuration and the journal: an edge over the engine, as mailboxes are.
    (
        "channel-phone",
        &[
            "domain",
            "store",
            "engine",
            "channel",
            "blob",
            "sip",
            "phone-media",
        ],
    ),
    // The command line asks a running desk as any client does.
    ("desk-client", &["protocol", "egress"]),
    ("webhooks", &["domain", "store", "engine", "egress"]),
    // The sandbox knows nothing of the desk: its backing does.
    ("plugin-runtime", &[]),
    ("plugin-tools", &["plugin-runtime"]),
    // The widget's visitors come in over HTTP, so the edge uses the channel's rules about them.
    (
        "http",
        &[
            "domain",
            "protocol",
            "store",
            "engine",
            "blob",
            "channel",
            "channel-webchat",
            "webhooks",
            "extension",
            // Mail is read and cleaned again for whoever looks, and its pictures are fetched for them.
            "mail",
            "egress",
        ],
    ),
    ("demo", &["domain", "store", "engine"]),
    (
        "server",
        &[
            "domain",
            "store",
            "store-sqlite",
            "blob",
            "engine",
            "webhooks",
            "http",
            "demo",
            "fakes",
            "channel",
            "channel-webchat",
            "channel-email",
            "channel-phone",
            "plugin-tools",
            "plugin-host",
            "plugin-runtime",
            "desk-client",
            "protocol",
            "conformance",
        ],
    ),
    (
        "plugin-host",
        &[
            "domain",
            "store",
            "engine",
            "channel",
            "blob",
            "extension",
            "protocol",
            "egress",
            "backtest",
            "plugin-runtime",
        ],
    ),
    ("backtest", &["domain", "store", "engine", "protocol"]),
    // Used by the plugins alone, which are a workspace of their own.
    ("plugin-sdk", &[]),
    // Plays the outside, so it knows nothing of the inside: of telephones, the bytes.
    ("fakes", &["sip", "phone-media"]),
    // Tries plugins against what plays the outside.
    ("conformance", &["fakes", "plugin-runtime"]),
    // From outside: they know nothing but the binary and its contract.
    ("contract", &[]),
    ("mail-tests", &[]),
    // Loads the server with the client of the benches.
    ("durability", &["bench"]),
    // The other ends of calls: they speak what the line speaks, and know nothing of the desk.
    ("phone-peers", &["sip", "phone-media"]),
    // From outside, with the client of the benches and other people's telephones.
    ("phone-tests", &["bench", "phone-peers", "phone-media"]),
    // For development only: nothing that is shipped depends on these.
    (
        "test-kit",
        &[
            "domain",
            "store",
            "store-sqlite",
            "blob",
            "engine",
            "http",
            "channel",
            "channel-webchat",
            "protocol",
        ],
    ),
    (
        "bench",
        &[
            "domain",
            "store",
            "store-sqlite",
            "protocol",
            "engine",
            "backtest",
            "plugin-runtime",
            "phone-peers",
            "phone-media",
        ],
    ),
];

/// Longest source file. Beyond it a file has more than one subject.
const LINES_MAX: usize = 600;

/// Longest file of tests; lists of examples are long by nature.
const TEST_LINES_MAX: usize = 800;

#[test]
fn crates_use_each_other_only_along_the_arrows() {
    let allowed: BTreeMap<&str, &[&str]> = ARROWS.iter().copied().collect();
    for package in packages() {
        let name = text(&package, "name");
        let Some(name) = name.strip_prefix("plugboard-") else {
            continue;
        };
        let Some(allowed) = allowed.get(name) else {
            panic!("crate {name:?} has no row in ARROWS")
        };
        for dependency in package["dependencies"].as_array().unwrap() {
            let used = text(dependency, "name");
            let Some(used) = used.strip_prefix("plugboard-") else {
                continue;
            };
            if dependency["kind"].is_null() {
                assert!(allowed.contains(&used), "{name} must not depend on {used}");
            }
        }
    }
}

#[test]
fn only_stores_contain_sql() {
    let statements = ["SELECT ", "INSERT INTO ", "DELETE FROM ", "CREATE TABLE"];
    for file in rust_files() {
        let path = file.to_string_lossy().into_owned();
        if path.contains("crates/store-")
            || path.contains("crates/bench/")
            || path.ends_with("tests/tidy.rs")
        {
            continue;
        }
        let source = std::fs::read_to_string(&file).unwrap();
        for statement in statements {
            assert!(
                !source.contains(statement),
                "{path} contains SQL ({statement:?})"
            );
        }
    }
}

#[test]
fn files_have_one_subject() {
    let long: Vec<String> = rust_files()
        .into_iter()
        .map(|file| {
            (
                std::fs::read_to_string(&file).unwrap().lines().count(),
                file,
            )
        })
        .filter(|(lines, file)| {
            let tests = file.components().any(|part| part.as_os_str() == "tests");
            *lines > if tests { TEST_LINES_MAX } else { LINES_MAX }
        })
        .map(|(lines, file)| format!("{} has {lines} lines", file.display()))
        .collect();
    assert!(
        long.is_empty(),
        "split these (at most {LINES_MAX} lines, {TEST_LINES_MAX} of tests): {long:#?}"
    );
}

#[test]
fn every_crate_opens_with_a_page_and_is_on_the_map() {
    let map = std::fs::read_to_string(root().join("docs/architecture.md")).unwrap();
    for package in packages() {
        let name = text(&package, "name");
        let Some(name) = name.strip_prefix("plugboard-") else {
            continue;
        };
        assert!(
            map.contains(&format!("`{name}`")),
            "docs/architecture.md does not name `{name}`"
        );
        let folder = Path::new(text(&package, "manifest_path")).parent().unwrap();
        let source = ["src/lib.rs", "src/main.rs"]
            .iter()
            .find_map(|it| std::fs::read_to_string(folder.join(it)).ok());
        let page = source
            .expect("a crate has a source")
            .lines()
            .take_while(|line| line.starts_with("//!"))
            .count();
        assert!(
            page >= 3,
            "crate {name} opens with {page} lines about itself"
        );
    }
}

#[test]
fn links_in_documents_lead_somewhere() {
    let mut documents = vec![root().join("README.md"), root().join("CHANGELOG.md")];
    collect(&root().join("docs"), "md", &mut documents);
    for document in documents {
        let source = std::fs::read_to_string(&document).unwrap();
        for target in source
            .split("](")
            .skip(1)
            .filter_map(|rest| rest.split([')', '#']).next())
        {
            if target.is_empty() || target.contains("://") || target.starts_with("mailto:") {
                continue;
            }
            let path = document.parent().unwrap().join(target);
            assert!(
                path.exists(),
                "{} links to {target}, which does not exist",
                document.display()
            );
        }
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .canonicalize()
        .unwrap()
}

fn packages() -> Vec<Value> {
    let output = Command::new(env!("CARGO"))
        .args([
            "metadata",
            "--no-deps",
            "--offline",
            "--format-version",
            "1",
        ])
        .current_dir(root())
        .output()
        .unwrap();
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    metadata["packages"].as_array().unwrap().clone()
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap()
}

fn rust_files() -> Vec<PathBuf> {
    let mut files = Vec::new();
    collect(&root().join("crates"), "rs", &mut files);
    files
}

fn collect(folder: &Path, extension: &str, into: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let path = entry.path();
        if path.is_dir() && !path.ends_with("target") {
            collect(&path, extension, into);
        } else if path.extension().is_some_and(|it| it == extension) {
            into.push(path);
        }
    }
}
