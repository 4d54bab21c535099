//! Cases: `tests/*.toml`, as `crates/plugin-sdk/TESTING.md` describes them.

mod file;
mod fuel;
mod report;
mod run;

use std::path::{Path, PathBuf};

use thiserror::Error;

pub(crate) use file::{Call, Scripted, ScriptedError};
pub use report::{CaseReport, Report, Spent};
pub use run::{Subject, test};

/// Cases cannot be run at all. What a plugin does wrong is in the [`Report`].
#[derive(Debug, Error)]
pub enum CasesError {
    /// A file cannot be read.
    #[error("reading {}: {error}", path.display())]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// A file is not what TESTING.md describes.
    #[error("{}: {problem}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// There is nothing to run.
    #[error("there are no cases: {}/*.toml", .0.display())]
    None(PathBuf),
    /// The plugin does not load.
    #[error(transparent)]
    Load(#[from] plugboard_plugin_runtime::LoadError),
    /// The file of fuel cannot be written.
    #[error("writing {}: {error}", path.display())]
    Write {
        /// Which.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
}

/// Reads every file of cases, without running anything: what is wrong, with its place.
pub(crate) fn read_all(tests: &Path) -> Result<Vec<(String, String)>, CasesError> {
    let mut problems = Vec::new();
    for path in file::files(tests)? {
        match file::read(&path) {
            Ok(_) => {}
            Err(CasesError::File { path, problem }) => {
                problems.push((path.display().to_string(), problem));
            }
            Err(error) => return Err(error),
        }
    }
    Ok(problems)
}
