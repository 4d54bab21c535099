//! `plugboard plugin dev`.

mod provider;

use std::{path::PathBuf, time::Duration};

use anyhow::ensure;
use plugboard_desk_client::{Desk, DeskError};
use plugboard_plugin_runtime::{Package, TrustedKeys};
use plugboard_plugin_tools::{
    Project, build,
    cases::{CasesError, Subject, test},
    check, read_package, trial,
};
use plugboard_protocol::{
    error::Code,
    extensions::{Approval, PluginDetail, PluginState, PluginVersionInfo},
};
use tokio::signal::unix::{SignalKind, signal};

use self::provider::Provider;
use super::show;
use crate::desk::DeskArguments;

/// How often the folder and the plugin's log are looked at.
const LOOK: Duration = Duration::from_millis(500);

/// How often a desk that is away is looked for: everything is built and tested again before.
const LOOK_FOR_DESK: Duration = Duration::from_secs(5);

/// Watch a plugin's folder: whatever changes is built, checked, tested and put in force on a running desk.
///
/// What does not build, check or pass its cases never reaches the desk: what ran there goes on running. The version gets a mark
/// of its content (1.4.0-dev.1f9a0c42), so that the number in the manifest can stay. Everything that the manifest asks for is
/// approved, so this is for desks of developers. The plugin's log lines are printed as they come; Ctrl-C ends it, and what is
/// in force stays there.
///
/// The provider of a channel is played on this machine, when its folder describes it (conformance.toml) or when it is one that
/// comes with the desk: an inbox for it is made, and the address is printed on which one writes as a customer.
#[derive(clap::Args)]
pub(crate) struct DevArguments {
    /// The plugin's folder.
    #[arg(default_value = ".", value_name = "DIR")]
    folder: PathBuf,
    #[command(flatten)]
    desk: DeskArguments,
}

pub(super) async fn run(arguments: DevArguments) -> anyhow::Result<()> {
    let desk = arguments.desk.desk()?;
    // Kept over the rounds: who presses Ctrl-C while a compiler runs is heard, too.
    let mut end = signal(SignalKind::interrupt())?;
    let mut followed = Followed::default();
    let mut provider = Provider::default();
    let mut seen = None;
    let mut key = None;
    loop {
        let changed = Project::last_change(&arguments.folder);
        ensure!(
            changed.is_some(),
            "{} cannot be read",
            arguments.folder.display()
        );
        if changed != seen {
            seen = changed;
            match round(&desk, &arguments.folder).await {
                Ok(project) => {
                    let played = provider.play(&desk, &project.manifest, &project.folder);
                    if let Err(error) = played.await {
                        println!("{error:#}\n-- its provider is not played");
                    }
                    key = Some(project.manifest.id);
                }
                Err(error) if away(&error) => {
                    println!("{error:#}\n-- waiting for the desk");
                    seen = None;
                }
                Err(error) => println!("{error:#}\n-- waiting for a change"),
            }
        }
        if let Some(key) = &key {
            followed.print(&desk, key).await;
        }
        provider.print();
        let pause = if seen.is_some() { LOOK } else { LOOK_FOR_DESK };
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            _ = end.recv() => return Ok(()),
        }
    }
}

/// Whether all that is missing is the desk.
fn away(error: &anyhow::Error) -> bool {
    let desk = error.downcast_ref::<DeskError>();
    desk.is_some_and(|it| matches!(it, DeskError::Unreachable { .. }))
}

/// Builds, checks, tests, and puts it in force.
async fn round(desk: &Desk, folder: &std::path::Path) -> anyhow::Result<Project> {
    let project = Project::open(folder)?;
    println!("-- {}", project.manifest.id);
    // Compilers compute for long, and this thread has nothing else to do.
    let built = tokio::task::block_in_place(|| build(&project))?;
    let runtime = plugboard_plugin_tools::sandbox()?;
    let checked = check(&runtime, folder).await;
    for finding in &checked.findings {
        println!("{finding}");
    }
    ensure!(
        checked.is_sound(),
        "it is not put in force: a desk would not take it"
    );
    let package = read_package(&built.path)?;
    let subject = Subject {
        manifest: package.manifest.clone(),
        component: package.component.clone().into(),
        tests: project.tests(),
    };
    match test(&runtime, &subject, false).await {
        Ok(report) => {
            print!("{report}");
            ensure!(report.failed() == 0, "it is not put in force: cases fail");
        }
        Err(CasesError::None(_)) => println!("there are no cases"),
        Err(error) => return Err(error.into()),
    }
    let bytes = trial(&project.source, &package)?;
    let digest = Package::read(&bytes, &TrustedKeys::default())?
        .manifest
        .sha256;
    let shown = put_in_force(desk, &project.manifest.id, bytes, &digest).await?;
    println!("-- {}", show::line(&shown.installed));
    Ok(project)
}

/// Installs, approves and switches on, as far as that is not so already.
async fn put_in_force(
    desk: &Desk,
    key: &str,
    package: Vec<u8>,
    digest: &str,
) -> Result<PluginDetail, DeskError> {
    let before = match desk.plugin(key).await {
        Ok(shown) => Some(shown),
        Err(error) if error.code() == Some(Code::NotFound) => None,
        Err(error) => return Err(error),
    };
    let mut shown = match before {
        Some(shown) if is(shown.installed.active.as_ref(), digest) => shown,
        _ => desk.install_plugin(package).await?,
    };
    if is(shown.installed.pending.as_ref(), digest) {
        let approval = Approval {
            grants: None,
            digest: Some(digest.to_owned()),
        };
        shown = desk.approve_plugin(key, &approval).await?;
    }
    if shown.installed.state == PluginState::Disabled {
        shown = desk.enable_plugin(key).await?;
    }
    Ok(shown)
}

fn is(version: Option<&PluginVersionInfo>, digest: &str) -> bool {
    version.is_some_and(|it| it.digest == digest)
}

/// The log, as far as it was printed.
#[derive(Default)]
struct Followed {
    last: Vec<String>,
}

impl Followed {
    /// Prints what is new. A desk that is away is asked again.
    async fn print(&mut self, desk: &Desk, key: &str) {
        let Ok(lines) = desk.plugin_logs(key).await else {
            return;
        };
        let mut lines: Vec<String> = lines.iter().map(show::log_line).collect();
        lines.reverse();
        for line in fresh(&self.last, &lines) {
            println!("{line}");
        }
        self.last = lines;
    }
}

/// The lines that were not there before. Both are oldest first; old ones may have dropped out.
fn fresh<'a>(before: &[String], now: &'a [String]) -> &'a [String] {
    let kept = (0..=before.len()).find(|from| now.starts_with(&before[*from..]));
    let kept = before.len() - kept.unwrap_or(before.len());
    &now[kept..]
}

#[cfg(test)]
mod tests {
    use super::fresh;

    #[test]
    fn only_what_is_new_is_printed_however_much_dropped_out() {
        let lines = |text: &str| -> Vec<String> { text.chars().map(String::from).collect() };
        let new = |before, now| fresh(&lines(before), &lines(now)).concat();
        assert_eq!(new("", "abc"), "abc");
        assert_eq!(new("abc", "abc"), "");
        assert_eq!(new("abc", "abcd"), "d");
        assert_eq!(new("abc", "bcde"), "de");
        assert_eq!(new("abc", "xyz"), "xyz");
    }
}
