//! `plugboard plugin dev`.

use std::{path::PathBuf, time::Duration};

use anyhow::{Context, ensure};
use plugboard_desk_client::Desk;
use plugboard_plugin_tools::{
    Project, build,
    cases::{CasesError, Subject, test},
    check, read_package,
};
use plugboard_protocol::extensions::{Approval, PluginState};

use super::show;
use crate::desk::DeskArguments;

/// How often the folder and the plugin's log are looked at.
const LOOK: Duration = Duration::from_millis(500);

/// Watch a plugin's folder: whatever changes is built, checked, tested and put in force on a running desk.
///
/// What does not build, check or pass its cases never reaches the desk: what ran there goes on running. Everything that the
/// manifest asks for is approved, so this is for desks of developers. The plugin's log lines are printed as they come.
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
    let mut followed = Followed::default();
    let mut seen = None;
    let mut key = None;
    loop {
        let changed = Project::last_change(&arguments.folder);
        if changed != seen || changed.is_none() {
            seen = changed;
            match round(&desk, &arguments.folder).await {
                Ok(name) => key = Some(name),
                Err(error) => println!("{error:#}\n-- waiting for a change"),
            }
            ensure!(
                seen.is_some(),
                "{} cannot be read",
                arguments.folder.display()
            );
        }
        if let Some(key) = &key {
            followed.print(&desk, key).await;
        }
        tokio::select! {
            () = tokio::time::sleep(LOOK) => {}
            _ = tokio::signal::ctrl_c() => return Ok(()),
        }
    }
}

/// Builds, checks, tests, and puts it in force. The plugin's key.
async fn round(desk: &Desk, folder: &std::path::Path) -> anyhow::Result<String> {
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
        manifest: package.manifest,
        component: package.component.into(),
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
    let bytes =
        std::fs::read(&built.path).with_context(|| format!("reading {}", built.path.display()))?;
    let mut shown = desk.install_plugin(bytes).await?;
    if let Some(version) = &shown.installed.pending {
        let approval = Approval {
            grants: None,
            digest: Some(version.digest.clone()),
        };
        shown = desk.approve_plugin(&shown.installed.key, &approval).await?;
    }
    if shown.installed.state == PluginState::Disabled {
        shown = desk.enable_plugin(&shown.installed.key).await?;
    }
    println!("-- {}", show::line(&shown.installed));
    Ok(shown.installed.key)
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
