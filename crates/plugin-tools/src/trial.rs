//! What `plugboard plugin dev` puts on a desk: the package that was built, under a version of its own.
//!
//! A desk keeps versions apart, and takes no other content under a number that it knows. While somebody works on a plugin its
//! number stays and its content changes, so the number gets a mark of the content: `1.4.0` becomes `1.4.0-dev.1f9a0c42`.

use plugboard_plugin_runtime::{
    Package, PackageError,
    package::{digest_of, embed},
};

/// Characters of the mark.
const MARK_CHARS: usize = 8;

/// Makes the package for trying it out. The manifest goes into the component, so that a changed manifest alone is another
/// code, too.
pub fn trial(source: &str, built: &Package) -> Result<Vec<u8>, PackageError> {
    let content = [source.as_bytes(), &built.component].concat();
    let mark = &digest_of(&content)[..MARK_CHARS];
    let version = format!("{}-dev.{mark}", core(&built.manifest.version));
    let source = with_version(source, &version);
    let component = embed(&built.component, &source)?;
    Package::pack(&source, &component, built.readme.as_deref(), None)
}

/// A version without what follows its three numbers.
fn core(version: &str) -> &str {
    version.split(['-', '+']).next().unwrap_or(version)
}

/// The manifest with another version: the line before the first table.
fn with_version(source: &str, version: &str) -> String {
    let mut in_head = true;
    let mut lines = Vec::new();
    for line in source.lines() {
        in_head &= !line.trim_start().starts_with('[');
        let rest = line
            .trim_start()
            .strip_prefix("version")
            .map(str::trim_start);
        if in_head && rest.is_some_and(|it| it.starts_with('=')) {
            lines.push(format!("version = \"{version}\""));
        } else {
            lines.push(line.to_owned());
        }
    }
    lines.join("\n") + "\n"
}

#[cfg(test)]
mod tests {
    use plugboard_plugin_runtime::TrustedKeys;

    use super::*;

    const COMPONENT: &[u8] = b"\0asm\x0d\0\x01\0";
    const SOURCE: &str = "schema = 1\nid = \"hello\"\nversion = \"1.4.0\"\nname = { en = \"Hello\" }\n\
        description = { en = \"Says hello.\" }\ncontracts = [\"plugboard:plugin/event-hook@0.1\"]\n\
        component = \"plugin.wasm\"\nlicense = \"MIT\"\n";

    fn tried(source: &str) -> Package {
        let built = Package::pack(source, COMPONENT, Some("# Hello"), None).unwrap();
        let built = Package::read(&built, &TrustedKeys::default()).unwrap();
        Package::read(&trial(source, &built).unwrap(), &TrustedKeys::default()).unwrap()
    }

    #[test]
    fn the_same_content_is_the_same_version_and_any_change_another() {
        let first = tried(SOURCE);
        assert!(
            first.manifest.version.starts_with("1.4.0-dev."),
            "{first:?}"
        );
        assert_eq!(first.readme.as_deref(), Some("# Hello"));
        let again = tried(SOURCE);
        assert_eq!(
            (&first.manifest.version, &first.manifest.sha256),
            (&again.manifest.version, &again.manifest.sha256)
        );
        let other = tried(&SOURCE.replace("Says hello.", "Says more."));
        assert_ne!(first.manifest.version, other.manifest.version);
        assert_ne!(
            first.manifest.sha256, other.manifest.sha256,
            "a desk tells code apart by its digest"
        );
    }

    #[test]
    fn only_the_version_of_the_plugin_itself_is_changed() {
        let source =
            "id = \"a\"\n  version=\"1.0.0\"\n[settings.schema]\nversion = { type = \"string\" }\n";
        let changed = with_version(source, "1.0.0-dev.1");
        assert_eq!(
            changed,
            "id = \"a\"\nversion = \"1.0.0-dev.1\"\n[settings.schema]\nversion = { type = \"string\" }\n"
        );
        assert_eq!(core("1.4.0-rc.1+5"), "1.4.0");
    }
}
