//! `plugboard plugin replay`: recorded calls run again in the same sandbox, and decisions of a desk made once more.

use std::path::{Path, PathBuf};

use anyhow::Context;
use plugboard_plugin_runtime::Recording;
use plugboard_protocol::extensions::{Answered, DecisionReplay, ReplayOutcome};

use crate::{desk::DeskArguments, offline};

/// What to run again.
#[derive(clap::Args)]
pub(crate) struct ReplayArguments {
    /// A file of recorded calls.
    #[arg(required_unless_present = "decision")]
    file: Option<PathBuf>,
    /// The plugin's package, when it does not come with this binary or is another version.
    #[arg(long, value_name = "FILE")]
    package: Option<PathBuf>,
    /// A decision of a running desk, by its identifier, in place of a file.
    #[arg(long, value_name = "ID", conflicts_with_all = ["file", "package"])]
    decision: Option<String>,
    #[command(flatten)]
    desk: DeskArguments,
}

pub(super) async fn run(arguments: ReplayArguments) -> anyhow::Result<()> {
    match (&arguments.decision, &arguments.file) {
        (Some(id), _) => {
            let replay = arguments.desk.desk()?.replay_decision(id).await?;
            println!("{}", told(&replay));
            anyhow::ensure!(
                replay.outcome == ReplayOutcome::Same,
                "the decision is not the same"
            );
            Ok(())
        }
        (None, Some(file)) => calls(file, arguments.package.as_ref()).await,
        (None, None) => anyhow::bail!("give a file, or --decision"),
    }
}

async fn calls(file: &Path, package: Option<&PathBuf>) -> anyhow::Result<()> {
    let recordings = read(file)?;
    let Some(first) = recordings.first() else {
        println!("{}: no calls", file.display());
        return Ok(());
    };
    let key = first
        .plugin
        .strip_prefix("plugin:")
        .and_then(|it| it.split('@').next())
        .with_context(|| format!("{:?} names no version of a plugin", first.plugin))?;
    let package = offline::package(package, key)?;
    let label = package.manifest.label();
    // Fuel is counted the same each time, so a recording that has it is compared by it.
    let fuel = recordings.iter().any(|it| it.fuel.is_some());
    let (_runtime, plugin) = offline::load(package, fuel).await?;
    if first.plugin != label {
        println!(
            "recorded with {}, run again with {label}: what differs may be meant",
            first.plugin
        );
    }
    let mut different = 0;
    for (nth, recording) in recordings.iter().enumerate() {
        let place = format!("{}:{}: {}", file.display(), nth + 1, recording.function);
        match plugin.replay(recording).await {
            Err(difference) => {
                different += 1;
                println!("{place}: {difference}");
            }
            Ok(now) => {
                let burnt = now.recording.fuel;
                if recording.fuel.is_some() && burnt != recording.fuel {
                    different += 1;
                    println!(
                        "{place}: fuel differs: recorded {}, now {}",
                        recording.fuel.unwrap_or_default(),
                        burnt.unwrap_or_default()
                    );
                }
            }
        }
    }
    let all = recordings.len();
    anyhow::ensure!(different == 0, "{different} of {all} calls differ");
    println!("{all} calls, each the same bit for bit.");
    Ok(())
}

fn read(file: &Path) -> anyhow::Result<Vec<Recording>> {
    let text =
        std::fs::read_to_string(file).with_context(|| format!("reading {}", file.display()))?;
    let lines = text.lines().enumerate().filter(|(_, it)| !it.is_empty());
    lines
        .map(|(nth, line)| {
            serde_json::from_str(line)
                .with_context(|| format!("{}:{}: no recorded call", file.display(), nth + 1))
        })
        .collect()
}

/// A replayed decision in words.
fn told(replay: &DecisionReplay) -> String {
    let was = &replay.recorded;
    let mut lines = vec![format!(
        "{} decision {} of {} about conversation {}",
        replay.policy, replay.id, replay.at, replay.conversation_id
    )];
    lines.push(format!("  then: {}", answered(was)));
    match (&replay.now, replay.outcome) {
        (_, ReplayOutcome::Gone) => {
            lines.push("  it cannot be made once more:".to_owned());
            lines.extend(replay.gone.iter().map(|it| format!("    {it}")));
        }
        (Some(_), ReplayOutcome::Same) => {
            lines.push("  now:  the same, bit for bit".to_owned());
        }
        (now, _) => {
            let now = now.as_ref().map_or_else(String::new, answered);
            lines.push(format!("  now:  {now}"));
            lines.push(format!("  differs: {}", replay.differs.join(", ")));
        }
    }
    lines.join("\n")
}

fn answered(it: &Answered) -> String {
    let stood_in = it.fallback.as_ref();
    let stood_in = stood_in.map_or_else(String::new, |it| format!(" in place of {it}"));
    format!("{}{stood_in}: {} ({})", it.version, it.answer, it.reason)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_gone_is_named() {
        let mut replay = DecisionReplay {
            id: "d".into(),
            conversation_id: "c".into(),
            policy: "routing".into(),
            at: "2026-11-22T00:00:00Z".into(),
            outcome: ReplayOutcome::Gone,
            recorded: Answered {
                version: "rule:a@1".into(),
                answer: json!({ "wait": true }),
                reason: "later".into(),
                fallback: None,
            },
            now: None,
            differs: Vec::new(),
            gone: vec!["the message is gone".into()],
        };
        assert!(told(&replay).ends_with("it cannot be made once more:\n    the message is gone"));
        replay.outcome = ReplayOutcome::Different;
        replay.differs = vec!["answer".into()];
        replay.now = Some(Answered {
            answer: json!({ "assign": "x" }),
            ..replay.recorded.clone()
        });
        assert!(
            told(&replay)
                .ends_with("now:  rule:a@1: {\"assign\":\"x\"} (later)\n  differs: answer")
        );
    }
}
