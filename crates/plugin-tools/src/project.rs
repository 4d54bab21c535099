//! A plugin's folder as its author has it, and the package that is made of it.

use std::{
    path::{Path, PathBuf},
    time::SystemTime,
};

use plugboard_plugin_runtime::{
    Manifest, ManifestError, Package, PackageError, TrustedKeys, manifest::MANIFEST_NAME,
};
use thiserror::Error;

/// What a plugin is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// Rust, on the SDK.
    Rust,
    /// TypeScript, by componentize-js.
    TypeScript,
    /// Python, by componentize-py.
    Python,
}

/// A folder that cannot be worked with.
#[derive(Debug, Error)]
pub enum ProjectError {
    /// It has no manifest.
    #[error("{} is no folder of a plugin: it has no plugin.toml (`plugboard plugin new` makes one)", .0.display())]
    NoManifest(PathBuf),
    /// A file cannot be read.
    #[error("reading {}: {error}", path.display())]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// The manifest is wrong.
    #[error("{}", lines(.0))]
    Manifest(Vec<ManifestError>),
    /// The package is wrong.
    #[error("{}: {error}", path.display())]
    Package {
        /// Which.
        path: PathBuf,
        /// What is wrong with it.
        error: PackageError,
    },
    /// Nobody knows how to build it.
    #[error(
        "{}: what is it written in? Cargo.toml means Rust, package.json TypeScript, app.py Python", .0.display()
    )]
    Language(PathBuf),
}

fn lines(problems: &[ManifestError]) -> String {
    let told: Vec<String> = problems.iter().map(ToString::to_string).collect();
    told.join("\n")
}

/// A plugin's folder.
#[derive(Clone, Debug)]
pub struct Project {
    /// Where it is.
    pub folder: PathBuf,
    /// The manifest as its author wrote it.
    pub source: String,
    /// The manifest.
    pub manifest: Manifest,
}

/// Reads a file of text.
pub(crate) fn read_text(path: &Path) -> Result<String, ProjectError> {
    std::fs::read_to_string(path).map_err(|error| ProjectError::Read {
        path: path.to_owned(),
        error,
    })
}

impl Project {
    /// Opens a folder.
    pub fn open(folder: &Path) -> Result<Self, ProjectError> {
        let path = folder.join(MANIFEST_NAME);
        if !path.is_file() {
            return Err(ProjectError::NoManifest(folder.to_owned()));
        }
        let source = read_text(&path)?;
        let manifest = Manifest::parse_all(&source).map_err(ProjectError::Manifest)?;
        Ok(Self {
            folder: folder.to_owned(),
            source,
            manifest,
        })
    }

    /// What it is written in.
    pub fn language(&self) -> Result<Language, ProjectError> {
        let has = |name: &str| self.folder.join(name).is_file();
        if has("Cargo.toml") {
            Ok(Language::Rust)
        } else if has("package.json") {
            Ok(Language::TypeScript)
        } else if has("app.py") {
            Ok(Language::Python)
        } else {
            Err(ProjectError::Language(self.folder.clone()))
        }
    }

    /// The package that `build` makes.
    pub fn package_path(&self) -> PathBuf {
        self.folder.join(format!("{}.plugboard", self.manifest.id))
    }

    /// The folder of its cases.
    pub fn tests(&self) -> PathBuf {
        self.folder.join("tests")
    }

    /// When something in a folder was last written by a person, cases included; nothing when it cannot be read.
    pub fn last_change(folder: &Path) -> Option<SystemTime> {
        newest_source(folder).max(newest_source(&folder.join("tests")))
    }

    /// Whether the package is there, and newer than everything that it is made of.
    pub fn is_built(&self) -> bool {
        let built = modified(&self.package_path());
        built.is_some_and(|built| newest_source(&self.folder).is_none_or(|it| it <= built))
    }
}

/// Reads a package: a `.plugboard` file, or a component with its manifest inside.
pub fn read_package(path: &Path) -> Result<Package, ProjectError> {
    let bytes = std::fs::read(path).map_err(|error| ProjectError::Read {
        path: path.to_owned(),
        error,
    })?;
    Package::read(&bytes, &TrustedKeys::default()).map_err(|error| ProjectError::Package {
        path: path.to_owned(),
        error,
    })
}

fn modified(path: &Path) -> Option<SystemTime> {
    std::fs::metadata(path).ok()?.modified().ok()
}

/// Folders of what is made, not written.
const MADE: [&str; 8] = [
    "target",
    "node_modules",
    "build",
    "types",
    "wit",
    "tests",
    "dist",
    "__pycache__",
];

/// When something that a package is made of was last written.
pub(crate) fn newest_source(folder: &Path) -> Option<SystemTime> {
    let mut newest = None;
    for entry in std::fs::read_dir(folder).ok()?.filter_map(Result::ok) {
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = entry.path();
        let extension = path.extension();
        let made = extension.is_some_and(|it| it == "plugboard" || it == "wasm" || it == "lock");
        if name.starts_with('.') || made || MADE.contains(&name.as_str()) {
            continue;
        }
        let time = if path.is_dir() {
            newest_source(&path)
        } else {
            modified(&path)
        };
        newest = newest.max(time);
    }
    newest
}
