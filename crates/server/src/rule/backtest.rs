//! `plugboard rule backtest`: what a rule would have done in a past period.

use std::{path::PathBuf, time::Duration};

use plugboard_protocol::extensions::{
    Backtest, BacktestRequest, BacktestState, BacktestTotals, Policy,
};

use super::{Kind, check};
use crate::{desk::DeskArguments, table::table};

/// How often the desk is asked how far it is.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// What to run over which period.
#[derive(clap::Args)]
pub(crate) struct BacktestArguments {
    /// The rule's source.
    file: PathBuf,
    /// From when: a day, or a time such as 2026-11-01T08:00:00Z.
    #[arg(long, value_name = "TIME")]
    from: String,
    /// Until when.
    #[arg(long, value_name = "TIME")]
    to: String,
    /// What it decides; what it defines says so when left out.
    #[arg(long)]
    kind: Option<Kind>,
    /// How many conversations that differ are shown.
    #[arg(long, default_value_t = 10, value_name = "N")]
    differences: usize,
    #[command(flatten)]
    desk: DeskArguments,
}

pub(super) async fn run(arguments: BacktestArguments) -> anyhow::Result<()> {
    let desk = arguments.desk.desk()?;
    let source = super::read(&arguments.file)?;
    let request = BacktestRequest {
        kind: Kind::of(arguments.kind, &source).into(),
        policy: Policy::Source(source),
        from: time(&arguments.from),
        to: time(&arguments.to),
    };
    let begun = desk.start_backtest(&request).await;
    let begun = begun.map_err(|error| check::told(&arguments.file, error))?;
    let done = loop {
        let found = desk.backtest(&begun.id).await?;
        match &found.job.progress {
            BacktestState::Running { .. } => tokio::time::sleep(LOOK_EVERY).await,
            BacktestState::Done => break found,
            BacktestState::Failed { why } => anyhow::bail!("the backtest failed: {why}"),
        }
    };
    println!("{}", totals(&done.totals));
    println!("{}", differences(&done, arguments.differences));
    anyhow::ensure!(
        done.totals.failed == 0,
        "{} calls of the rule failed, and the built-in policy stood in",
        done.totals.failed
    );
    Ok(())
}

/// A day is its first moment, in UTC.
fn time(text: &str) -> String {
    if text.len() == 10 {
        format!("{text}T00:00:00Z")
    } else {
        text.to_owned()
    }
}

fn totals(totals: &BacktestTotals) -> String {
    let BacktestTotals { was, would_be, .. } = totals;
    let row = |what: &str, was: u64, would_be: u64| {
        [what.to_owned(), was.to_string(), would_be.to_string()]
    };
    let most = |load: &std::collections::BTreeMap<String, u64>| load.values().max().copied();
    let rows = [
        row("wait p50, s", was.wait_p50_secs, would_be.wait_p50_secs),
        row("wait p90, s", was.wait_p90_secs, would_be.wait_p90_secs),
        row("targets missed", was.sla_misses, would_be.sla_misses),
        row("never owned", was.unassigned, would_be.unassigned),
        row(
            "most for one agent",
            most(&was.load).unwrap_or(0),
            most(&would_be.load).unwrap_or(0),
        ),
    ];
    format!(
        "{} conversations, {} differ, {} calls failed\n\n{}\n",
        totals.conversations,
        totals.changed,
        totals.failed,
        table(["", "WAS", "WOULD BE"], &rows)
    )
}

fn differences(found: &Backtest, most: usize) -> String {
    let rows: Vec<[String; 4]> = found
        .items
        .iter()
        .filter(|it| it.changed)
        .take(most)
        .map(|it| {
            [
                it.conversation_id.clone(),
                it.was.clone(),
                it.would_be.clone(),
                it.why.clone(),
            ]
        })
        .collect();
    if rows.is_empty() {
        return "Nothing would have gone another way.".to_owned();
    }
    table(["CONVERSATION", "WAS", "WOULD BE", "WHY"], &rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_its_first_moment() {
        assert_eq!(time("2026-11-01"), "2026-11-01T00:00:00Z");
        assert_eq!(time("2026-11-01T08:00:00Z"), "2026-11-01T08:00:00Z");
    }

    #[test]
    fn totals_stand_side_by_side() {
        let mut all = BacktestTotals {
            conversations: 3,
            changed: 1,
            ..BacktestTotals::default()
        };
        all.was.wait_p50_secs = 30;
        all.would_be.wait_p50_secs = 12;
        all.would_be.load.insert("a".into(), 2);
        let shown = totals(&all);
        assert!(shown.starts_with("3 conversations, 1 differ, 0 calls failed"));
        assert!(shown.contains("wait p50, s         30   12"), "{shown}");
        assert!(shown.contains("most for one agent  0    2"), "{shown}");
    }
}
