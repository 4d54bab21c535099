//! Packages: one `.plugboard` file (a tar of the manifest, the component, a README and perhaps a signature), or one
//! `.wasm` with the manifest inside it.
//!
//! A package is untrusted: paths that lead elsewhere, links, sizes beyond the cap and a component that differs from the
//! digest in its manifest are refused, each by name.

mod section;

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    io::{Cursor, Read as _},
    path::{Component as PathPart, Path},
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use ed25519_dalek::{Signature, Signer as _, SigningKey, Verifier as _, VerifyingKey};
use sha2::{Digest as _, Sha256};
use thiserror::Error;

use crate::manifest::{MANIFEST_NAME, Manifest, ManifestError};

/// Largest package, and largest component.
pub const PACKAGE_BYTES_MAX: usize = 32 * 1024 * 1024;

/// Most files of a package.
const FILES_MAX: usize = 256;

/// Largest README that is kept.
const README_BYTES_MAX: usize = 256 * 1024;

const README_NAME: &str = "README.md";

const SIGNATURE_NAME: &str = "plugin.sig";

/// Custom section of a component that holds its manifest.
pub const MANIFEST_SECTION: &str = "plugboard:manifest";

/// Keys whose signatures count, by the name of their owner.
#[derive(Clone, Debug, Default)]
pub struct TrustedKeys(BTreeMap<String, VerifyingKey>);

impl TrustedKeys {
    /// Adds a key: the base64 of its 32 bytes.
    pub fn add(&mut self, name: &str, key: &str) -> Result<(), PackageError> {
        let key = STANDARD
            .decode(key.trim())
            .ok()
            .and_then(|it| <[u8; 32]>::try_from(it).ok())
            .and_then(|it| VerifyingKey::from_bytes(&it).ok())
            .ok_or_else(|| PackageError::Key(name.to_owned()))?;
        self.0.insert(name.to_owned(), key);
        Ok(())
    }

    fn owner(&self, key: &VerifyingKey) -> Option<String> {
        self.0
            .iter()
            .find(|(_, trusted)| *trusted == key)
            .map(|(name, _)| name.clone())
    }
}

/// What a package holds, checked.
#[derive(Clone, Debug)]
pub struct Package {
    /// Its manifest; `sha256` is filled in.
    pub manifest: Manifest,
    /// The component.
    pub component: Vec<u8>,
    /// Its README, Markdown.
    pub readme: Option<String>,
    /// Whose trusted key signed the manifest.
    pub signed_by: Option<String>,
}

/// What is wrong with a package.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum PackageError {
    /// Too big.
    #[error("{what} has more than {limit} bytes")]
    TooLarge {
        /// The package, or a file in it.
        what: String,
        /// The cap.
        limit: usize,
    },
    /// Too many files.
    #[error("the package has more than {FILES_MAX} files")]
    TooManyFiles,
    /// Neither a tar nor a component.
    #[error("the file is neither a package nor a component: {0}")]
    Unreadable(String),
    /// WebAssembly, but not a component.
    #[error("the file is a core module; build it as a component")]
    CoreModule,
    /// A path that leads out of the package, a link, a file twice.
    #[error("{path:?} in the package {problem}")]
    Path {
        /// The path.
        path: String,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// A file is not there.
    #[error("the package has no {0}")]
    Missing(String),
    /// The manifest is wrong.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    /// The component is not the one that the manifest speaks of.
    #[error("the manifest says that {component} has the digest {said}, it has {found}")]
    Digest {
        /// Name of the component.
        component: String,
        /// In the manifest; empty when it says nothing.
        said: String,
        /// In truth.
        found: String,
    },
    /// The signature does not belong to this manifest.
    #[error("the signature does not belong to this manifest")]
    Signature,
    /// A trusted key that is none.
    #[error("the trusted key {0:?} is not 32 bytes in base64")]
    Key(String),
}

/// SHA-256 in hex.
pub fn digest_of(bytes: &[u8]) -> String {
    let mut hex = String::with_capacity(64);
    for byte in Sha256::digest(bytes) {
        write!(hex, "{byte:02x}").expect("a string takes everything");
    }
    hex
}

impl Package {
    /// Reads and checks a package of either form.
    pub fn read(bytes: &[u8], trusted: &TrustedKeys) -> Result<Self, PackageError> {
        if bytes.len() > PACKAGE_BYTES_MAX {
            return Err(PackageError::TooLarge {
                what: "the package".to_owned(),
                limit: PACKAGE_BYTES_MAX,
            });
        }
        if bytes.starts_with(b"\0asm") {
            Self::read_component(bytes)
        } else {
            Self::read_tar(bytes, trusted)
        }
    }

    fn read_component(bytes: &[u8]) -> Result<Self, PackageError> {
        check_component(bytes)?;
        let source = section::find(bytes, MANIFEST_SECTION)
            .ok_or_else(|| PackageError::Missing(format!("section {MANIFEST_SECTION:?}")))?;
        let mut manifest = Manifest::parse(&text(MANIFEST_NAME, source)?)?;
        let found = digest_of(bytes);
        // A digest of itself cannot be inside: only none is true.
        if !manifest.sha256.is_empty() {
            return Err(PackageError::Digest {
                component: "this component".to_owned(),
                said: manifest.sha256,
                found,
            });
        }
        manifest.sha256 = found;
        Ok(Self {
            manifest,
            component: bytes.to_vec(),
            readme: None,
            signed_by: None,
        })
    }

    fn read_tar(bytes: &[u8], trusted: &TrustedKeys) -> Result<Self, PackageError> {
        let mut files = untar(bytes)?;
        let mut take = |name: &str| {
            files
                .remove(name)
                .ok_or_else(|| PackageError::Missing(name.to_owned()))
        };
        let source = take(MANIFEST_NAME)?;
        let signature = take(SIGNATURE_NAME).ok();
        let readme = take(README_NAME).ok();
        let manifest = Manifest::parse(&text(MANIFEST_NAME, &source)?)?;
        let component = take(&manifest.component)?;
        check_component(&component)?;
        let found = digest_of(&component);
        if manifest.sha256 != found {
            return Err(PackageError::Digest {
                component: manifest.component,
                said: manifest.sha256,
                found,
            });
        }
        let signed_by = match signature {
            Some(signature) => signer(&source, &signature, trusted)?,
            None => None,
        };
        let readme = readme
            .filter(|it| it.len() <= README_BYTES_MAX)
            .and_then(|it| String::from_utf8(it).ok());
        Ok(Self {
            manifest,
            component,
            readme,
            signed_by,
        })
    }

    /// Makes a package. The manifest's source is kept as its author wrote it, with the digest put in.
    pub fn pack(
        source: &str,
        component: &[u8],
        readme: Option<&str>,
        key: Option<&SigningKey>,
    ) -> Result<Vec<u8>, PackageError> {
        check_component(component)?;
        let source = with_digest(source, &digest_of(component));
        let manifest = Manifest::parse(&source)?;
        let mut tar = tar::Builder::new(Vec::new());
        let mut add = |name: &str, content: &[u8]| {
            let mut header = tar::Header::new_ustar();
            header.set_size(content.len() as u64);
            // The same input gives the same package.
            header.set_mode(0o644);
            header.set_mtime(0);
            tar.append_data(&mut header, name, content)
                .map_err(|error| PackageError::Unreadable(error.to_string()))
        };
        add(MANIFEST_NAME, source.as_bytes())?;
        if let Some(key) = key {
            let signature = key.sign(source.as_bytes());
            let text = format!(
                "{} {}\n",
                STANDARD.encode(key.verifying_key().as_bytes()),
                STANDARD.encode(signature.to_bytes())
            );
            add(SIGNATURE_NAME, text.as_bytes())?;
        }
        if let Some(readme) = readme {
            add(README_NAME, readme.as_bytes())?;
        }
        add(&manifest.component, component)?;
        tar.into_inner()
            .map_err(|error| PackageError::Unreadable(error.to_string()))
    }
}

/// Puts a manifest into a component. Its digest must not be in it: it would be the digest of itself.
pub fn embed(component: &[u8], source: &str) -> Result<Vec<u8>, PackageError> {
    check_component(component)?;
    Manifest::parse(source)?;
    Ok(section::append(
        component,
        MANIFEST_SECTION,
        source.as_bytes(),
    ))
}

fn check_component(bytes: &[u8]) -> Result<(), PackageError> {
    match bytes.get(..8) {
        Some([0, b'a', b's', b'm', 0x0d, 0, 1, 0]) => Ok(()),
        Some([0, b'a', b's', b'm', 1, 0, 0, 0]) => Err(PackageError::CoreModule),
        _ => Err(PackageError::Unreadable(
            "it does not begin like one".to_owned(),
        )),
    }
}

fn text(name: &str, bytes: &[u8]) -> Result<String, PackageError> {
    String::from_utf8(bytes.to_vec())
        .map_err(|_| PackageError::Unreadable(format!("{name} is not UTF-8")))
}

fn with_digest(source: &str, digest: &str) -> String {
    let line = format!("sha256 = \"{digest}\"");
    let mut lines: Vec<&str> = source.lines().collect();
    // Before the first table, where it would mean something else.
    let head = lines
        .iter()
        .position(|it| it.trim_start().starts_with('['))
        .unwrap_or(lines.len());
    let old = lines[..head].iter().position(|it| {
        it.trim_start()
            .strip_prefix("sha256")
            .is_some_and(|rest| rest.trim_start().starts_with('='))
    });
    match old {
        Some(old) => lines[old] = &line,
        None => lines.insert(0, &line),
    }
    let mut source = lines.join("\n");
    source.push('\n');
    source
}

fn signer(
    source: &[u8],
    signature: &[u8],
    trusted: &TrustedKeys,
) -> Result<Option<String>, PackageError> {
    let signature = std::str::from_utf8(signature).map_err(|_| PackageError::Signature)?;
    let (key, signature) = signature
        .trim()
        .split_once(' ')
        .ok_or(PackageError::Signature)?;
    let bytes = |text: &str| STANDARD.decode(text).map_err(|_| PackageError::Signature);
    let key = <[u8; 32]>::try_from(bytes(key)?)
        .ok()
        .and_then(|it| VerifyingKey::from_bytes(&it).ok())
        .ok_or(PackageError::Signature)?;
    let signature =
        Signature::from_slice(&bytes(signature)?).map_err(|_| PackageError::Signature)?;
    key.verify(source, &signature)
        .map_err(|_| PackageError::Signature)?;
    Ok(trusted.owner(&key))
}

fn untar(bytes: &[u8]) -> Result<BTreeMap<String, Vec<u8>>, PackageError> {
    let unreadable = |error: std::io::Error| PackageError::Unreadable(error.to_string());
    let mut files = BTreeMap::new();
    let mut archive = tar::Archive::new(Cursor::new(bytes));
    for (index, entry) in archive.entries().map_err(unreadable)?.enumerate() {
        if index >= FILES_MAX {
            return Err(PackageError::TooManyFiles);
        }
        let mut entry = entry.map_err(unreadable)?;
        let path = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        let wrong = |problem| PackageError::Path {
            path: path.clone(),
            problem,
        };
        let kind = entry.header().entry_type();
        if kind.is_dir() {
            continue;
        }
        if !kind.is_file() {
            return Err(wrong("is not a plain file"));
        }
        let plain = Path::new(&path)
            .components()
            .all(|it| matches!(it, PathPart::Normal(_) | PathPart::CurDir));
        if !plain || path.contains(['\\', '\0']) {
            return Err(wrong("leads out of the package"));
        }
        let name = path.strip_prefix("./").unwrap_or(&path).to_owned();
        let mut content = Vec::new();
        // The size in the header is a claim; the archive itself is the bound.
        entry
            .by_ref()
            .take(PACKAGE_BYTES_MAX as u64)
            .read_to_end(&mut content)
            .map_err(unreadable)?;
        if files.insert(name, content).is_some() {
            return Err(wrong("is there twice"));
        }
    }
    if files.is_empty() {
        return Err(PackageError::Missing(MANIFEST_NAME.to_owned()));
    }
    Ok(files)
}

#[cfg(test)]
mod tests;
