//! What a run of cases found, as text for a terminal.

use std::{collections::BTreeSet, fmt, time::Duration};

/// What one call cost.
#[derive(Clone, Debug, PartialEq)]
pub struct Spent {
    /// The function.
    pub function: String,
    /// Fuel: the same for the same call each time.
    pub fuel: u64,
    /// Memory of the instance.
    pub memory_bytes: usize,
    /// Time on this machine.
    pub took: Duration,
    /// It was stopped: its fuel says when somebody looked, not what it costs.
    pub stopped: bool,
}

/// What came of one case.
#[derive(Clone, Debug, PartialEq)]
pub struct CaseReport {
    /// Its file, without the folder.
    pub file: String,
    /// Its name.
    pub name: String,
    /// What is wrong; nothing when it passed.
    pub problems: Vec<String>,
    /// One for each call.
    pub spent: Vec<Spent>,
}

/// What came of all cases.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Report {
    /// In the order of the files.
    pub cases: Vec<CaseReport>,
    /// Permissions that no case used.
    pub unused: BTreeSet<String>,
    /// Whether the fuel of this run was accepted.
    pub accepted: bool,
}

impl Report {
    /// How many cases failed.
    pub fn failed(&self) -> usize {
        let failed = self.cases.iter().filter(|it| !it.problems.is_empty());
        failed.count()
    }
}

fn size(bytes: usize) -> String {
    let kib = bytes / 1024;
    if kib < 10 * 1024 {
        format!("{kib} KiB")
    } else {
        format!("{} MiB", kib / 1024)
    }
}

fn duration(took: Duration) -> String {
    let us = took.as_micros();
    if us < 10_000 {
        format!("{us} us")
    } else {
        format!("{} ms", us / 1000)
    }
}

/// Digits in groups of three.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(' ');
        }
        text.push(digit);
    }
    text
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut file = "";
        for case in &self.cases {
            if case.file != file {
                file = &case.file;
                writeln!(f, "{file}")?;
            }
            let word = if case.problems.is_empty() {
                "ok    "
            } else {
                "FAILED"
            };
            writeln!(f, "  {word} {}", case.name)?;
            for it in &case.spent {
                writeln!(
                    f,
                    "           {:<16} {:>14} fuel {:>10} {:>10}",
                    it.function,
                    grouped(it.fuel),
                    size(it.memory_bytes),
                    duration(it.took)
                )?;
            }
            for problem in &case.problems {
                for line in problem.lines() {
                    writeln!(f, "         | {line}")?;
                }
            }
        }
        let failed = self.failed();
        let passed = self.cases.len() - failed;
        if failed == 0 {
            writeln!(f, "{passed} cases passed")?;
        } else {
            writeln!(f, "{passed} cases passed, {failed} FAILED")?;
        }
        if !self.unused.is_empty() && failed == 0 {
            let names: Vec<&str> = self.unused.iter().map(String::as_str).collect();
            writeln!(f, "permissions that no case used: {}", names.join(", "))?;
        }
        if self.accepted {
            writeln!(f, "the fuel of this run is accepted: tests/fuel.lock")?;
        }
        Ok(())
    }
}
