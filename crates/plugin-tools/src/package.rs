//! `plugboard plugin build`: compiles a folder with its language's own tools and packs it.

use std::{
    io,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use plugboard_plugin_runtime::{Contract, Package, PackageError};
use serde_json::Value;
use thiserror::Error;

use crate::{
    create::write_contract,
    project::{Language, Project, ProjectError},
};

/// What Rust compiles plugins to.
const TARGET: &str = "wasm32-wasip2";

/// The component that TypeScript and Python leave in the folder.
const COMPONENT: &str = "plugin.wasm";

/// A folder cannot be built.
#[derive(Debug, Error)]
pub enum BuildError {
    /// The folder is not as it should be.
    #[error(transparent)]
    Project(#[from] ProjectError),
    /// A tool is not installed.
    #[error("{tool} is not installed: {install}")]
    Tool {
        /// Which.
        tool: &'static str,
        /// What installs it.
        install: &'static str,
    },
    /// A tool failed; what it said is on the terminal.
    #[error("{what} failed")]
    Failed {
        /// Which command.
        what: String,
    },
    /// A tool cannot be run.
    #[error("running {what}: {error}")]
    Run {
        /// Which command.
        what: String,
        /// Why.
        error: io::Error,
    },
    /// It was built, and there is no component.
    #[error("{0}")]
    NoComponent(String),
    /// A file cannot be read or written.
    #[error("{}: {error}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// It cannot be packed.
    #[error("packing: {0}")]
    Pack(#[from] PackageError),
}

/// What was built.
#[derive(Clone, Debug)]
pub struct Built {
    /// The package.
    pub path: PathBuf,
    /// Bytes of the component.
    pub component_bytes: usize,
}

/// Builds a folder and packs it into `KEY.plugboard` beside the manifest.
pub fn build(project: &Project) -> Result<Built, BuildError> {
    let component = match project.language()? {
        Language::Rust => rust(project)?,
        Language::TypeScript => typescript(project)?,
        Language::Python => python(project)?,
    };
    let bytes = std::fs::read(&component).map_err(|error| BuildError::File {
        path: component,
        error,
    })?;
    let readme = std::fs::read_to_string(project.folder.join("README.md")).ok();
    let package = Package::pack(&project.source, &bytes, readme.as_deref(), None)?;
    let path = project.package_path();
    std::fs::write(&path, package).map_err(|error| BuildError::File {
        path: path.clone(),
        error,
    })?;
    Ok(Built {
        path,
        component_bytes: bytes.len(),
    })
}

/// One of the tools, and what installs it.
struct Tool {
    program: PathBuf,
    name: &'static str,
    install: &'static str,
}

impl Tool {
    fn new(program: impl Into<PathBuf>, name: &'static str, install: &'static str) -> Self {
        Self {
            program: program.into(),
            name,
            install,
        }
    }

    fn cargo() -> Self {
        let install = "install Rust with rustup, then `rustup target add wasm32-wasip2`";
        Self::new("cargo", "cargo", install)
    }

    fn npm() -> Self {
        let install = "install Node.js 20 or newer with npm (Debian: `apt-get install nodejs npm`)";
        Self::new("npm", "npm", install)
    }

    fn command(&self, folder: &Path, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        command.args(arguments).current_dir(folder);
        command
    }

    fn failed(&self, what: String, error: io::Error) -> BuildError {
        if error.kind() == io::ErrorKind::NotFound {
            return BuildError::Tool {
                tool: self.name,
                install: self.install,
            };
        }
        BuildError::Run { what, error }
    }

    /// Runs it; what it says goes to the terminal.
    fn run(&self, folder: &Path, arguments: &[&str]) -> Result<(), BuildError> {
        let what = format!("{} {}", self.name, arguments.join(" "));
        // What it prints is for people: it must not mix with what this program prints.
        let status = self
            .command(folder, arguments)
            .stdout(Stdio::from(io::stderr()))
            .status()
            .map_err(|error| self.failed(what.clone(), error))?;
        if status.success() {
            Ok(())
        } else {
            Err(BuildError::Failed { what })
        }
    }

    /// Runs it and takes what it prints.
    fn output(&self, folder: &Path, arguments: &[&str]) -> Result<String, BuildError> {
        let what = format!("{} {}", self.name, arguments.join(" "));
        let output = self
            .command(folder, arguments)
            .stderr(Stdio::inherit())
            .output()
            .map_err(|error| self.failed(what.clone(), error))?;
        if !output.status.success() {
            return Err(BuildError::Failed { what });
        }
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }
}

fn rust(project: &Project) -> Result<PathBuf, BuildError> {
    let folder = &project.folder;
    let rustc = Tool::new("rustc", "rustc", Tool::cargo().install);
    let library = rustc.output(folder, &["--print", "target-libdir", "--target", TARGET])?;
    if !Path::new(library.trim()).is_dir() {
        return Err(BuildError::Tool {
            tool: "the Rust target wasm32-wasip2",
            install: "`rustup target add wasm32-wasip2`",
        });
    }
    let arguments = [
        "build",
        "--release",
        "--target",
        TARGET,
        "--message-format",
        "json-render-diagnostics",
    ];
    let messages = Tool::cargo().output(folder, &arguments)?;
    let manifest = std::fs::canonicalize(folder.join("Cargo.toml"));
    component_of(&messages, manifest.ok().as_deref()).ok_or_else(|| {
        BuildError::NoComponent(
            "cargo made no component: Cargo.toml needs `[lib] crate-type = [\"cdylib\", \"rlib\"]`"
                .to_owned(),
        )
    })
}

/// The component among cargo's messages: that of the package whose manifest this is.
fn component_of(messages: &str, manifest: Option<&Path>) -> Option<PathBuf> {
    let artifacts = messages
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .filter(|it| it["reason"] == "compiler-artifact")
        .filter(|it| {
            let path = it["manifest_path"].as_str().map(Path::new);
            manifest.is_none() || path == manifest
        });
    let files: Vec<PathBuf> = artifacts
        .flat_map(|it| it["filenames"].as_array().cloned().unwrap_or_default())
        .filter_map(|it| it.as_str().map(PathBuf::from))
        .collect();
    let mut files = files.into_iter();
    files.find(|it| it.extension().is_some_and(|it| it == "wasm"))
}

fn typescript(project: &Project) -> Result<PathBuf, BuildError> {
    let folder = &project.folder;
    let npm = Tool::npm();
    if !folder.join("node_modules/.package-lock.json").is_file() {
        let how = if folder.join("package-lock.json").is_file() {
            "ci"
        } else {
            "install"
        };
        npm.run(folder, &[how, "--no-audit", "--no-fund"])?;
    }
    npm.run(folder, &["run", "--silent", "build"])?;
    component_in(folder)
}

fn component_in(folder: &Path) -> Result<PathBuf, BuildError> {
    let path = folder.join(COMPONENT);
    if path.is_file() {
        return Ok(path);
    }
    Err(BuildError::NoComponent(format!(
        "the build left no {}",
        path.display()
    )))
}

fn python(project: &Project) -> Result<PathBuf, BuildError> {
    let folder = std::fs::canonicalize(&project.folder).map_err(|error| BuildError::File {
        path: project.folder.clone(),
        error,
    })?;
    let contracts = project.manifest.contracts.as_slice();
    let [contract] = contracts else {
        return Err(BuildError::NoComponent(
            "a plugin in Python has one contract".to_owned(),
        ));
    };
    let world = Contract::parse(contract)
        .map_err(BuildError::NoComponent)?
        .world;
    let wit = folder.join("wit");
    write_contract(&wit).map_err(|error| BuildError::File { path: wit, error })?;
    let componentize = folder.join(".venv/bin/componentize-py");
    if !componentize.is_file() {
        let install =
            "install Python 3.10 or newer with venv (Debian: `apt-get install python3-venv`)";
        let python = Tool::new("python3", "python3", install);
        python.run(&folder, &["-m", "venv", ".venv"])?;
        let pip = Tool::new(folder.join(".venv/bin/pip"), "pip", install);
        let wanted = [
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "--requirement",
        ];
        let wanted = [wanted.as_slice(), &["requirements.txt"]].concat();
        pip.run(&folder, &wanted)?;
    }
    let name = "componentize-py";
    let install = "name it in requirements.txt, such as componentize-py==0.25.0, and remove .venv";
    let arguments = [
        "--wit-path",
        "wit",
        "--world",
        world.name(),
        "componentize",
        // No WASI: chance, time and the network are the host's to give.
        "--stub-wasi",
        "app",
        "--output",
        COMPONENT,
    ];
    Tool::new(componentize, name, install).run(&folder, &arguments)?;
    component_in(&folder)
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    use super::{BuildError, Tool, component_of};

    #[test]
    fn the_component_is_that_of_the_plugin_and_not_of_what_it_uses() {
        let messages = concat!(
            r#"{"reason":"compiler-artifact","manifest_path":"/p/sdk/Cargo.toml","filenames":["/t/libsdk.rlib"]}"#,
            "\n",
            r#"{"reason":"compiler-artifact","manifest_path":"/p/other/Cargo.toml","filenames":["/t/other.wasm"]}"#,
            "\nnot JSON\n",
            r#"{"reason":"compiler-artifact","manifest_path":"/p/Cargo.toml","filenames":["/t/libmine.rlib","/t/mine.wasm"]}"#,
        );
        let found = component_of(messages, Some(Path::new("/p/Cargo.toml")));
        assert_eq!(found, Some(PathBuf::from("/t/mine.wasm")));
        assert_eq!(component_of("", Some(Path::new("/p/Cargo.toml"))), None);
    }

    #[test]
    fn a_tool_that_is_missing_is_named_with_what_installs_it() {
        let tool = Tool::new("/nowhere/npm", "npm", "install Node.js");
        let error = tool.run(Path::new("/"), &["ci"]).unwrap_err();
        assert!(matches!(error, BuildError::Tool { tool: "npm", .. }));
        assert_eq!(error.to_string(), "npm is not installed: install Node.js");
    }
}
