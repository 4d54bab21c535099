//! Figures by name, for each server, over rounds; printed as a table, written as JSON.

use std::{collections::BTreeMap, fmt::Write as _};

use serde::Serialize;

use crate::{bars::Verdict, host::Facts, server::Kind};

/// Everything that a run measured.
#[derive(Debug, Serialize)]
pub struct Report {
    /// The machine.
    pub host: Facts,
    /// Name, then server, then one value for each round.
    pub figures: BTreeMap<String, BTreeMap<&'static str, Vec<f64>>>,
    /// The bars beside what was measured.
    pub bars: Vec<Verdict>,
    /// Scenarios that failed, and why.
    pub failures: Vec<String>,
}

impl Report {
    /// An empty report of this machine.
    pub fn new(host: Facts) -> Self {
        Self {
            host,
            figures: BTreeMap::new(),
            bars: Vec::new(),
            failures: Vec::new(),
        }
    }

    /// Adds one round's value.
    pub fn add(&mut self, kind: Kind, name: &str, value: f64) {
        let by_kind = self.figures.entry(name.to_owned()).or_default();
        by_kind.entry(kind.name()).or_default().push(value);
    }

    /// Median over the rounds.
    pub fn median(&self, kind: Kind, name: &str) -> Option<f64> {
        let mut values = self.figures.get(name)?.get(kind.name())?.clone();
        values.sort_by(f64::total_cmp);
        values.get(values.len() / 2).copied()
    }

    /// How many times the floor's median the product's is.
    pub fn ratio(&self, name: &str) -> Option<f64> {
        let floor = self.median(Kind::Floor, name)?;
        let product = self.median(Kind::Product, name)?;
        (floor > 0.0).then(|| product / floor)
    }

    /// The facts, every figure with its range, and the bars, as text for a terminal.
    pub fn text(&self) -> String {
        let mut text = format!("machine: {:?}\n", self.host);
        if self.host.load_average > 0.5 * f64::from(self.host.cores) {
            text.push_str("CONTENDED: others use this machine; trust ratios and CPU, not times\n");
        }
        text.push_str("\nfigures: median (lowest to highest round)\n");
        for (name, by_kind) in &self.figures {
            let _ = write!(text, "{name:<34}");
            for kind in [Kind::Floor, Kind::Product] {
                let range = by_kind.get(kind.name()).map(|values| range(values));
                let range = range.unwrap_or_default();
                let _ = write!(text, " {}: {range:<34}", kind.name());
            }
            let ratio = self.ratio(name);
            let _ = writeln!(
                text,
                "{}",
                ratio.map(|r| format!("{r:.2} F")).unwrap_or_default()
            );
        }
        text.push_str("\nbars\n");
        for bar in &self.bars {
            let _ = writeln!(
                text,
                "{:<8} {:<58} {:<44} {}",
                bar.word(),
                bar.bar,
                bar.wanted,
                bar.measured
            );
        }
        for failure in &self.failures {
            let _ = writeln!(text, "FAILED   {failure}");
        }
        text
    }
}

fn range(values: &[f64]) -> String {
    let mut values = values.to_vec();
    values.sort_by(f64::total_cmp);
    match values[..] {
        [] => String::new(),
        [one] => short(one),
        [low, .., high] => {
            let middle = values[values.len() / 2];
            format!("{} ({} to {})", short(middle), short(low), short(high))
        }
    }
}

/// Three digits that matter.
pub fn short(value: f64) -> String {
    match value.abs() {
        big if big >= 100.0 => format!("{value:.0}"),
        middle if middle >= 10.0 => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    }
}
