//! The SDK for Rust, to be laid into a new folder: whoever has only the binary has everything.

use std::path::PathBuf;

use crate::contract;

macro_rules! source {
    ($($name:literal),* $(,)?) => {
        [$(($name, include_str!(concat!("../../../plugin-sdk/src/", $name)))),*]
    };
}

const SOURCES: [(&str, &str); 13] = source![
    "bindings.rs",
    "channel.rs",
    "desk.rs",
    "encoding.rs",
    "export.rs",
    "failure.rs",
    "host.rs",
    "http.rs",
    "lib.rs",
    "policy.rs",
    "settings.rs",
    "steps.rs",
    "types.rs",
];

/// What the workspace says once for all crates, said in place.
const IN_PLACE: [(&str, &str); 8] = [
    ("version.workspace = true", "version = \"0.1.0\""),
    ("edition.workspace = true", "edition = \"2024\""),
    ("rust-version.workspace = true", "rust-version = \"1.95\""),
    ("license.workspace = true", "license = \"Apache-2.0\""),
    ("publish.workspace = true", "publish = false"),
    (
        "serde.workspace = true",
        "serde = { version = \"1\", features = [\"derive\"] }",
    ),
    ("serde_json.workspace = true", "serde_json = \"1\""),
    ("base64.workspace = true", "base64 = \"0.23\""),
];

/// Its files.
pub(super) fn files() -> impl Iterator<Item = (PathBuf, String)> {
    let sources = SOURCES.into_iter();
    let sources = sources.map(|(name, text)| (PathBuf::from("src").join(name), text.to_owned()));
    let wit = contract::FILES.into_iter();
    let wit = wit.map(|(name, text)| {
        let path = PathBuf::from("wit/since-v0.1").join(name);
        (path, text.to_owned())
    });
    let guide = include_str!("../../../plugin-sdk/TESTING.md").to_owned();
    let manifest = [
        (PathBuf::from("Cargo.toml"), manifest()),
        (PathBuf::from("TESTING.md"), guide),
    ];
    manifest.into_iter().chain(sources).chain(wit)
}

fn manifest() -> String {
    let manifest = include_str!("../../../plugin-sdk/Cargo.toml");
    let lines = manifest.lines().map(|line| {
        let said = IN_PLACE.iter().find(|(shared, _)| *shared == line);
        said.map_or(line, |(_, own)| own)
    });
    let lines: Vec<&str> = lines.collect();
    format!("{}\n", lines.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::{SOURCES, manifest};

    #[test]
    fn every_source_is_inside_and_the_manifest_needs_no_workspace() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../plugin-sdk/src");
        let mut names: Vec<String> = std::fs::read_dir(folder)
            .unwrap()
            .map(|it| it.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        assert_eq!(names, SOURCES.map(|(name, _)| name.to_owned()));
        assert!(!manifest().contains("workspace = true"), "{}", manifest());
    }
}
