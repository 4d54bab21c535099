//! What is measured: one file for each question, all with the same shape.

mod bombs;
mod burst;
mod ingest;
mod modes;
mod phone;
mod routing;
mod scale;
mod start;
mod storm;
mod stuck;
mod swap;

use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::Result;
use hdrhistogram::Histogram;

use crate::{
    report::Report,
    server::{Kind, Server, Spec},
};

/// Names for the command line, in the order of a whole run.
pub const NAMES: [&str; 15] = [
    "ingest",
    "modes",
    "burst",
    "stuck",
    "storm",
    "start",
    "routing",
    "swap",
    "bombs",
    "phone-load",
    "phone-rate",
    "phone-answers",
    "phone-digits",
    "phone-many",
    "scale",
];

/// What a scenario gets.
pub struct Context {
    /// The servers to compare, floor first; the product may be missing.
    pub servers: Vec<Spec>,
    /// How often each is measured; medians are over rounds.
    pub rounds: u32,
    /// Length of one phase of load.
    pub phase: Duration,
    /// Conversations of the scale scenario; messages are ten times as many.
    pub scale_conversations: u32,
    /// Calls at once.
    pub phone_calls: usize,
    /// How long they last.
    pub phone_phase: Duration,
    /// Short calls, one after the other.
    pub phone_many: usize,
    /// Empty folder for stores.
    pub work: PathBuf,
    /// Where figures go.
    pub report: Report,
}

impl Context {
    /// Runs one scenario; a failure becomes a line of the report, and the others go on.
    pub async fn run(&mut self, name: &str) {
        eprintln!("== {name}");
        let outcome = match name {
            "ingest" => ingest::run(self).await,
            "modes" => modes::run(self).await,
            "burst" => burst::run(self).await,
            "stuck" => stuck::run(self).await,
            "storm" => storm::run(self).await,
            "start" => start::run(self).await,
            "routing" => routing::run(self).await,
            "swap" => swap::run(self).await,
            "bombs" => bombs::run(self).await,
            "phone-load" => phone::load(self).await,
            "phone-rate" => phone::rate(self).await,
            "phone-answers" => phone::answers(self).await,
            "phone-digits" => phone::digits(self).await,
            "phone-many" => phone::many(self).await,
            "scale" => scale::run(self).await,
            _ => Err(anyhow::anyhow!("unknown; there are {NAMES:?}")),
        };
        if let Err(error) = outcome {
            eprintln!("   failed: {error:#}");
            self.report.failures.push(format!("{name}: {error:#}"));
        }
    }

    /// Every server in turn, round after round: A B A B, so that a slow minute of the machine hits both.
    fn turns(&self) -> Vec<Spec> {
        let rounds = 0..self.rounds;
        rounds.flat_map(|_| self.servers.clone()).collect()
    }

    /// Notes one value.
    fn note(&mut self, kind: Kind, name: &str, value: f64) {
        eprintln!(
            "   {:<8} {name:<34} {}",
            kind.name(),
            crate::report::short(value)
        );
        self.report.add(kind, name, value);
    }

    /// Notes median and 99th percentile of a histogram of microseconds, in milliseconds.
    fn note_latency(&mut self, kind: Kind, name: &str, latency: &Histogram<u64>) {
        for (suffix, quantile) in [("p50_ms", 0.5), ("p99_ms", 0.99)] {
            let value = millis(latency.value_at_quantile(quantile));
            self.note(kind, &format!("{name}.{suffix}"), value);
        }
    }

    /// A fresh folder for a store.
    fn fresh(&self, kind: Kind) -> Result<PathBuf> {
        let dir = self.work.join(kind.name());
        remove(&dir)?;
        fs::create_dir_all(&dir)?;
        Ok(dir)
    }
}

/// Removes a store's folder, if it is there.
fn remove(dir: &Path) -> Result<()> {
    match fs::remove_dir_all(dir) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
        _ => Ok(()),
    }
}

/// CPU that a server used since an earlier look, in microseconds for each of `count` things.
fn cpu_micros_each(server: &Server, before: Duration, count: u64) -> Result<f64> {
    let spent = server.cpu()?.saturating_sub(before);
    Ok(spent.as_secs_f64() * 1e6 / count_f64(count.max(1)))
}

#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
fn count_f64(count: u64) -> f64 {
    count as f64
}

pub(crate) fn millis(micros: u64) -> f64 {
    count_f64(micros) / 1000.0
}
