//! The command line of the bench.

use std::{path::PathBuf, time::Duration};

use anyhow::{Context as _, Result, bail};
use plugboard_bench::scenarios::NAMES;

const USAGE: &str = "usage: plugboard-bench all | phone | SCENARIO... [options]
  --rounds N          rounds of each server, medians are over them (3)
  --seconds N         length of one phase of load (3)
  --conversations N   size of the large store, messages are ten times as many (100000)
  --calls N           calls at once, each with a browser (100)
  --talk N            how long they last, in seconds (180)
  --short-calls N     short calls, for what is left of them (5000)
  --server FILE       the product's binary, instead of building it
  --floor-only        without the product
  --product-only      without the floor
  --work DIR          folder for stores, on the disk to be measured (target/bench)
  --json FILE         where all figures go (WORK/report.json)";

/// What was asked for.
pub(crate) struct Options {
    pub(crate) scenarios: Vec<String>,
    pub(crate) rounds: u32,
    pub(crate) phase: Duration,
    pub(crate) conversations: u32,
    pub(crate) calls: usize,
    pub(crate) talk: Duration,
    pub(crate) short_calls: usize,
    pub(crate) server: Option<PathBuf>,
    pub(crate) without_floor: bool,
    pub(crate) without_product: bool,
    pub(crate) work: PathBuf,
    pub(crate) json: PathBuf,
}

impl Options {
    /// Reads the arguments after the program's name.
    pub(crate) fn parse(mut args: impl Iterator<Item = String>) -> Result<Self> {
        let mut options = Self {
            scenarios: Vec::new(),
            rounds: 3,
            phase: Duration::from_secs(3),
            conversations: 100_000,
            calls: 100,
            talk: Duration::from_mins(3),
            short_calls: 5_000,
            server: None,
            without_floor: false,
            without_product: false,
            work: PathBuf::from("target/bench"),
            json: PathBuf::new(),
        };
        while let Some(arg) = args.next() {
            let mut value = || {
                args.next()
                    .with_context(|| format!("{arg} needs a value\n{USAGE}"))
            };
            match arg.as_str() {
                "--rounds" => options.rounds = value()?.parse().context("--rounds")?,
                "--seconds" => {
                    options.phase = Duration::from_secs(value()?.parse().context("--seconds")?);
                }
                "--conversations" => {
                    options.conversations = value()?.parse().context("--conversations")?;
                }
                "--calls" => options.calls = value()?.parse().context("--calls")?,
                "--talk" => options.talk = Duration::from_secs(value()?.parse().context("--talk")?),
                "--short-calls" => {
                    options.short_calls = value()?.parse().context("--short-calls")?;
                }
                "--server" => options.server = Some(PathBuf::from(value()?)),
                "--floor-only" => options.without_product = true,
                "--product-only" => options.without_floor = true,
                "--work" => options.work = PathBuf::from(value()?),
                "--json" => options.json = PathBuf::from(value()?),
                "all" => options.scenarios.extend(NAMES.map(str::to_owned)),
                "phone" => {
                    let phone = NAMES.iter().filter(|it| it.starts_with("phone-"));
                    options.scenarios.extend(phone.map(|it| (*it).to_owned()));
                }
                name if NAMES.contains(&name) => options.scenarios.push(name.to_owned()),
                _ => bail!("unknown: {arg}\n{USAGE}\nscenarios: {}", NAMES.join(" ")),
            }
        }
        if options.scenarios.is_empty() {
            bail!(
                "nothing to measure\n{USAGE}\nscenarios: {}",
                NAMES.join(" ")
            );
        }
        if options.json.as_os_str().is_empty() {
            options.json = options.work.join("report.json");
        }
        Ok(options)
    }
}
