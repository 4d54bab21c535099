//! `plugboard plugin test`.

use std::path::PathBuf;

use anyhow::{Context, bail};
use plugboard_plugin_tools::{
    Project, build,
    cases::{Subject, test},
    read_package, sandbox,
};

/// Run a plugin's cases (tests/*.toml) on the component itself, with a scripted host.
///
/// Clock, chance and every answer of the host are in the cases: nothing leaves the machine, and the same case always gives
/// the same result. For each call fuel, memory and time are printed; a call that costs over a tenth more than tests/fuel.lock
/// says fails.
#[derive(clap::Args)]
pub(crate) struct TestArguments {
    /// The plugin's folder.
    #[arg(default_value = ".", value_name = "DIR")]
    folder: PathBuf,
    /// Take the fuel of this run as the new measure: writes tests/fuel.lock, when all cases pass.
    #[arg(long)]
    accept: bool,
    /// The package to test. When unset, the one in the folder, which is built when it is older than its sources.
    #[arg(long, value_name = "FILE")]
    package: Option<PathBuf>,
}

pub(crate) async fn run(arguments: TestArguments) -> anyhow::Result<()> {
    let project = Project::open(&arguments.folder)?;
    if arguments.package.is_none() && !project.is_built() {
        build(&project)?;
    }
    let path = arguments.package.unwrap_or_else(|| project.package_path());
    let package = read_package(&path)?;
    let subject = Subject {
        manifest: package.manifest,
        component: package.component.into(),
        tests: project.tests(),
    };
    let report = test(&sandbox()?, &subject, arguments.accept)
        .await
        .with_context(|| format!("testing {}", path.display()))?;
    print!("{report}");
    match report.failed() {
        0 => Ok(()),
        1 => bail!("a case failed"),
        failed => bail!("{failed} cases failed"),
    }
}
