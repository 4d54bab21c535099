//! `plugboard rule check`: the compiler of rules, inside this binary.

use std::path::{Path, PathBuf};

use plugboard_desk_client::DeskError;
use plugboard_plugin_runtime::{Account, types::ScriptKind};
use plugboard_protocol::extensions::Problem;

use super::Kind;
use crate::offline;

/// What to check.
#[derive(clap::Args)]
pub(crate) struct CheckArguments {
    /// The rule's source.
    file: PathBuf,
    /// What it decides; what it defines says so when left out.
    #[arg(long)]
    kind: Option<Kind>,
}

pub(super) async fn run(arguments: CheckArguments) -> anyhow::Result<()> {
    let source = super::read(&arguments.file)?;
    let kind = match Kind::of(arguments.kind, &source) {
        Kind::Routing => ScriptKind::Routing,
        Kind::Escalation => ScriptKind::Escalation,
    };
    let package = offline::package(None, plugboard_plugin_host::SCRIPT_ENGINE)?;
    let (_runtime, engine) = offline::load(package, false).await?;
    let nobody = Account::default();
    let shown = |what: &str, all: &[plugboard_plugin_runtime::types::Problem]| {
        for it in all {
            let it = Problem {
                line: it.line,
                column: it.column,
                message: it.message.clone(),
            };
            println!("{}", place(&arguments.file, what, &it));
        }
    };
    match engine.check_script(&nobody, kind, &source).await? {
        Ok(warnings) => {
            shown("warning: ", &warnings);
            println!("{}: no problems", arguments.file.display());
            Ok(())
        }
        Err(errors) => {
            shown("", &errors);
            anyhow::bail!("{} problems in {}", errors.len(), arguments.file.display())
        }
    }
}

/// A problem as compilers tell it, so that editors find the place.
pub(super) fn place(file: &Path, what: &str, problem: &Problem) -> String {
    let Problem {
        line,
        column,
        message,
    } = problem;
    format!("{}:{line}:{column}: {what}{message}", file.display())
}

/// What a desk says of a source, with its places.
pub(super) fn told(file: &Path, error: DeskError) -> anyhow::Error {
    for problem in error.details() {
        println!("{}", place(file, "", problem));
    }
    error.into()
}
