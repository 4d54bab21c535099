//! `plugboard rule`: rules that teams write, checked without a desk, tried and saved on one.

mod backtest;
mod check;

use std::path::PathBuf;

use anyhow::Context;
use plugboard_protocol::extensions::{PolicyKind, SaveRule};

use crate::{desk::DeskArguments, table::table};

/// Rules: check, try on the past, save.
#[derive(clap::Subcommand)]
pub(crate) enum RuleCommand {
    /// Compile a rule, without a desk: problems as `FILE:LINE:COLUMN`.
    Check(check::CheckArguments),
    /// Run a rule over a desk's past and show what would differ.
    Backtest(backtest::BacktestArguments),
    /// List the rules of a desk.
    List(DeskArguments),
    /// Print the source of a rule that is in force.
    Show(ShowArguments),
    /// Save a rule: a new version, in force wherever the rule is used.
    Save(SaveArguments),
}

/// Which rule.
#[derive(clap::Args)]
pub(crate) struct ShowArguments {
    /// Its name.
    name: String,
    #[command(flatten)]
    desk: DeskArguments,
}

/// What to save.
#[derive(clap::Args)]
pub(crate) struct SaveArguments {
    /// The rule's name.
    name: String,
    /// Its source.
    file: PathBuf,
    /// What it decides; what it defines says so when left out.
    #[arg(long)]
    kind: Option<Kind>,
    #[command(flatten)]
    desk: DeskArguments,
}

/// What a rule decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Kind {
    /// Who gets a conversation.
    Routing,
    /// What happens when one goes wrong.
    Escalation,
}

impl Kind {
    /// What was asked for, or what the source defines.
    fn of(asked: Option<Self>, source: &str) -> Self {
        asked.unwrap_or_else(|| {
            let defines = |name| source.lines().any(|line| line.starts_with(name));
            if defines("def escalate(") && !defines("def route(") {
                Self::Escalation
            } else {
                Self::Routing
            }
        })
    }
}

impl From<Kind> for PolicyKind {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Routing => Self::Routing,
            Kind::Escalation => Self::Escalation,
        }
    }
}

pub(crate) async fn run(command: RuleCommand) -> anyhow::Result<()> {
    match command {
        RuleCommand::Check(arguments) => check::run(arguments).await,
        RuleCommand::Backtest(arguments) => backtest::run(arguments).await,
        RuleCommand::List(desk) => list(&desk).await,
        RuleCommand::Show(arguments) => {
            let rule = arguments.desk.desk()?.rule(&arguments.name).await?;
            print!("{}", rule.source);
            Ok(())
        }
        RuleCommand::Save(arguments) => save(arguments).await,
    }
}

async fn list(desk: &DeskArguments) -> anyhow::Result<()> {
    let rules = desk.desk()?.rules().await?;
    let rows: Vec<[String; 4]> = rules
        .into_iter()
        .map(|it| {
            let kind = match it.kind {
                PolicyKind::Routing => "routing",
                PolicyKind::Escalation => "escalation",
            };
            let used = it.used_as.join(", ");
            [it.name, kind.to_owned(), it.live.to_string(), used]
        })
        .collect();
    println!("{}", table(["NAME", "DECIDES", "VERSION", "USED"], &rows));
    Ok(())
}

async fn save(arguments: SaveArguments) -> anyhow::Result<()> {
    let source = read(&arguments.file)?;
    let asked = SaveRule {
        kind: Kind::of(arguments.kind, &source).into(),
        source,
        builder: None,
    };
    let desk = arguments.desk.desk()?;
    let rule = desk
        .save_rule(&arguments.name, &asked)
        .await
        .map_err(|error| check::told(&arguments.file, error))?;
    for warning in &rule.warnings {
        println!("{}", check::place(&arguments.file, "warning: ", warning));
    }
    println!("{} is saved: version {}.", rule.name, rule.live);
    Ok(())
}

/// A source.
fn read(path: &PathBuf) -> anyhow::Result<String> {
    std::fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::Kind;

    #[test]
    fn what_a_rule_defines_says_what_it_decides() {
        let route = "def route(conv, candidates, now):\n    return None\n";
        let escalate = "def escalate(conv, trigger, now):\n    return None\n";
        assert_eq!(Kind::of(None, route), Kind::Routing);
        assert_eq!(Kind::of(None, escalate), Kind::Escalation);
        assert_eq!(Kind::of(Some(Kind::Routing), escalate), Kind::Routing);
        assert_eq!(Kind::of(None, ""), Kind::Routing);
    }
}
