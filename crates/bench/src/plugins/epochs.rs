//! What it costs that loops can be stopped.

use anyhow::Result;
use plugboard_plugin_runtime::{Account, Plugin, RuntimeOptions};

use super::{Bench, Row, guests::question, median, patient, rows::TEXT, times::calls};

/// How often both engines are made anew: where code and memory come to lie matters, too.
const ENGINES: usize = 7;

/// Pairs of blocks with each couple of engines.
const PAIRS: usize = 20;

/// Calls of a block: some ticks long, and short enough that a slow moment of the machine hits both of a pair.
const CALLS: usize = 1_500;

/// The same calls with and without epochs, block by block, each first as often as the other. The cost is the median of the
/// pairs' ratios.
pub(super) async fn row() -> Result<Row> {
    let request = question(TEXT);
    let (mut ratios, mut with, mut without) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ENGINES {
        let engines = [engine(false).await?, engine(true).await?];
        for (_, plugin, account) in &engines {
            calls(plugin, account, &request, 5_000).await?;
        }
        for pair in 0..PAIRS {
            let mut p50 = [0.0; 2];
            for nth in 0..2 {
                let which = (pair + nth) % 2;
                let (_, plugin, account) = &engines[which];
                let times = calls(plugin, account, &request, CALLS).await?;
                p50[which] = times.at(50.0);
            }
            without.push(p50[0]);
            with.push(p50[1]);
            ratios.push(p50[1] / p50[0]);
        }
    }
    let overhead = (median(&mut ratios) - 1.0) * 100.0;
    Ok(Row {
        number: "13",
        bar: "epochs cost <= 12 %",
        measured: format!(
            "{overhead:+.1} %, the median of {} pairs ({:.1} us with, {:.1} us without)",
            ratios.len(),
            median(&mut with),
            median(&mut without)
        ),
        holds: overhead <= 12.0,
    })
}

async fn engine(epochs: bool) -> Result<(Bench, Plugin, Account)> {
    let bench = Bench::new(RuntimeOptions {
        epochs,
        ..RuntimeOptions::default()
    })?;
    let (plugin, account) = bench
        .bundled("routing-skills", |it| patient(it, 1_000))
        .await?;
    Ok((bench, plugin, account))
}
