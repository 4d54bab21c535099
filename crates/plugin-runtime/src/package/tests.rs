use base64::{Engine as _, engine::general_purpose::STANDARD};
use ed25519_dalek::SigningKey;

use super::{Package, PackageError, TrustedKeys, digest_of, embed};

/// The shortest component: nothing at all.
const COMPONENT: &[u8] = b"\0asm\x0d\0\x01\0";

const SOURCE: &str = r#"schema = 1
id = "a"
version = "1.0.0"
name = "A"
contracts = ["plugboard:plugin/event-hook@0.1"]

[limits]
memory-mib = 8
"#;

fn read(bytes: &[u8]) -> Result<Package, PackageError> {
    Package::read(bytes, &TrustedKeys::default())
}

fn tar_of(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut tar = tar::Builder::new(Vec::new());
    for (name, content) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(content.len() as u64);
        // `append_data` would clean the path that this is about.
        let field = &mut header.as_old_mut().name;
        field[..name.len()].copy_from_slice(name.as_bytes());
        header.set_cksum();
        tar.append(&header, *content).unwrap();
    }
    tar.into_inner().unwrap()
}

#[test]
fn what_is_packed_is_read_and_packing_is_repeatable() {
    let packed = Package::pack(SOURCE, COMPONENT, Some("# A"), None).unwrap();
    assert_eq!(
        packed,
        Package::pack(SOURCE, COMPONENT, Some("# A"), None).unwrap()
    );
    let package = read(&packed).unwrap();
    assert_eq!(package.component, COMPONENT);
    assert_eq!(package.manifest.sha256, digest_of(COMPONENT));
    assert_eq!(package.readme.as_deref(), Some("# A"));
    assert_eq!(package.signed_by, None);
}

#[test]
fn a_component_can_carry_its_manifest() {
    let bytes = embed(COMPONENT, SOURCE).unwrap();
    let package = read(&bytes).unwrap();
    assert_eq!(package.manifest.id, "a");
    assert_eq!(package.manifest.sha256, digest_of(&bytes));
    assert!(matches!(read(COMPONENT), Err(PackageError::Missing(_))));
    let lying = format!("sha256 = \"{}\"\n{SOURCE}", "0".repeat(64));
    let lying = embed(COMPONENT, &lying).unwrap();
    assert!(matches!(read(&lying), Err(PackageError::Digest { .. })));
}

#[test]
fn a_changed_component_is_refused_with_both_digests() {
    let manifest = format!("sha256 = \"{}\"\n{SOURCE}", digest_of(COMPONENT));
    let other = embed(COMPONENT, SOURCE).unwrap();
    let package = tar_of(&[
        ("plugin.toml", manifest.as_bytes()),
        ("plugin.wasm", &other),
    ]);
    assert_eq!(
        read(&package).unwrap_err(),
        PackageError::Digest {
            component: "plugin.wasm".to_owned(),
            said: digest_of(COMPONENT),
            found: digest_of(&other),
        }
    );
    let silent = tar_of(&[
        ("plugin.toml", SOURCE.as_bytes()),
        ("plugin.wasm", COMPONENT),
    ]);
    assert!(matches!(read(&silent), Err(PackageError::Digest { said, .. }) if said.is_empty()));
}

#[test]
fn paths_that_lead_elsewhere_are_refused() {
    for path in ["../plugin.toml", "/etc/passwd", "a/../../b", "a\\b"] {
        let error = read(&tar_of(&[(path, b"x")])).unwrap_err();
        assert!(
            matches!(&error, PackageError::Path { path: found, .. } if found == path),
            "{error}"
        );
    }
    let twice = tar_of(&[("plugin.toml", b"x"), ("./plugin.toml", b"y")]);
    assert!(matches!(
        read(&twice),
        Err(PackageError::Path {
            problem: "is there twice",
            ..
        })
    ));
    let mut tar = tar::Builder::new(Vec::new());
    let mut header = tar::Header::new_ustar();
    header.set_entry_type(tar::EntryType::Symlink);
    header.set_size(0);
    tar.append_link(&mut header, "plugin.toml", "/etc/passwd")
        .unwrap();
    let link = tar.into_inner().unwrap();
    assert!(matches!(
        read(&link),
        Err(PackageError::Path {
            problem: "is not a plain file",
            ..
        })
    ));
}

#[test]
fn what_is_no_package_is_named() {
    assert!(matches!(
        read(b"PK\x03\x04"),
        Err(PackageError::Unreadable(_) | PackageError::Missing(_))
    ));
    assert!(matches!(
        read(b"\0asm\x01\0\0\0"),
        Err(PackageError::CoreModule)
    ));
    let huge = vec![0; super::PACKAGE_BYTES_MAX + 1];
    assert!(matches!(read(&huge), Err(PackageError::TooLarge { .. })));
    // A header that claims more than there is.
    let mut short = Package::pack(SOURCE, COMPONENT, None, None).unwrap();
    short.truncate(700);
    assert!(read(&short).is_err());
    let many: Vec<(String, &[u8])> = (0..300).map(|it| (format!("f{it}"), &b"x"[..])).collect();
    let many: Vec<(&str, &[u8])> = many.iter().map(|(name, it)| (name.as_str(), *it)).collect();
    assert!(matches!(
        read(&tar_of(&many)),
        Err(PackageError::TooManyFiles)
    ));
}

#[test]
fn a_signature_names_its_owner_and_belongs_to_one_manifest() {
    let key = SigningKey::from_bytes(&[7; 32]);
    let public = STANDARD.encode(key.verifying_key().as_bytes());
    let mut trusted = TrustedKeys::default();
    trusted.add("acme", &public).unwrap();
    assert!(matches!(trusted.add("bad", "AAAA"), Err(PackageError::Key(name)) if name == "bad"));
    let packed = Package::pack(SOURCE, COMPONENT, None, Some(&key)).unwrap();
    let package = Package::read(&packed, &trusted).unwrap();
    assert_eq!(package.signed_by.as_deref(), Some("acme"));
    assert_eq!(read(&packed).unwrap().signed_by, None);

    let files = super::untar(&packed).unwrap();
    let changed = String::from_utf8(files["plugin.toml"].clone()).unwrap();
    let changed = changed.replace("memory-mib = 8", "memory-mib = 128");
    let forged = tar_of(&[
        ("plugin.toml", changed.as_bytes()),
        ("plugin.sig", &files["plugin.sig"]),
        ("plugin.wasm", COMPONENT),
    ]);
    assert_eq!(
        Package::read(&forged, &trusted).unwrap_err(),
        PackageError::Signature
    );
}
