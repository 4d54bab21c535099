//! `plugboard-bench all`: builds and measures the floor and the product, and prints the bars beside what came out.

mod options;

use std::{fs, path::PathBuf, process::Command};

use anyhow::{Context as _, Result, bail};
use options::Options;
use plugboard_bench::{
    bars, host,
    report::Report,
    scenarios::Context,
    server::{Kind, Spec},
};

fn main() -> Result<()> {
    let options = Options::parse(std::env::args().skip(1))?;
    host::raise_open_files()?;
    fs::create_dir_all(&options.work)?;
    let servers = servers(&options)?;
    let runtime = tokio::runtime::Runtime::new()?;
    let mut context = Context {
        servers,
        rounds: options.rounds,
        phase: options.phase,
        scale_conversations: options.conversations,
        report: Report::new(host::Facts::gather(&options.work)?),
        work: options.work,
    };
    for name in &options.scenarios {
        runtime.block_on(context.run(name));
    }
    context.report.bars = bars::judge(&context.report);
    println!("{}", context.report.text());
    fs::write(&options.json, serde_json::to_vec_pretty(&context.report)?)?;
    println!("all figures: {}", options.json.display());
    if !context.report.failures.is_empty() {
        bail!("{} scenarios failed", context.report.failures.len());
    }
    Ok(())
}

/// The floor stands beside this program; the product is built in the same profile, unless one was named.
fn servers(options: &Options) -> Result<Vec<Spec>> {
    let here = std::env::current_exe()?;
    let dir = here.parent().context("folder of this program")?;
    let mut servers = Vec::new();
    if !options.without_floor {
        cargo_build("plugboard-bench", "floor")?;
        servers.push(Spec::new(Kind::Floor, dir.join("floor")));
    }
    if !options.without_product {
        let program = match &options.server {
            Some(program) => program.clone(),
            None => product(dir.join("plugboard"))?,
        };
        servers.push(Spec::new(Kind::Product, program));
    }
    Ok(servers)
}

fn product(program: PathBuf) -> Result<PathBuf> {
    cargo_build("plugboard-server", "plugboard")?;
    if program.exists() {
        return Ok(program);
    }
    bail!("{} is missing; name one with --server", program.display());
}

fn cargo_build(package: &str, bin: &str) -> Result<()> {
    let mut command = Command::new(std::env::var("CARGO").unwrap_or("cargo".to_owned()));
    command.args(["build", "--quiet", "--package", package, "--bin", bin]);
    if !cfg!(debug_assertions) {
        command.arg("--release");
    }
    let status = command.status().context("running cargo")?;
    if !status.success() {
        bail!("building {bin} ended with {status}");
    }
    Ok(())
}
