//! `plugboard-bench all`: builds and measures the floor and the product, and prints the bars beside what came out.
//! `plugboard-bench plugins`: the bars of the sandbox, without a server.

mod options;
mod plugins;

use std::fs;

use anyhow::{Result, bail};
use options::Options;
use plugboard_bench::{
    bars, build, host,
    report::Report,
    scenarios::Context,
    server::{Kind, Spec},
};

fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    if arguments.next().as_deref() == Some("plugins") {
        return plugins::run(arguments.next());
    }
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
        phone_calls: options.calls,
        phone_phase: options.talk,
        phone_many: options.short_calls,
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

/// The floor and the product, built in the profile of this program unless a binary was named.
fn servers(options: &Options) -> Result<Vec<Spec>> {
    let mut servers = Vec::new();
    if !options.without_floor {
        servers.push(Spec::new(Kind::Floor, build::floor()?));
    }
    if !options.without_product {
        let program = match &options.server {
            Some(program) => program.clone(),
            None => build::product()?,
        };
        servers.push(Spec::new(Kind::Product, program));
    }
    Ok(servers)
}
