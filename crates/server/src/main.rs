//! The binary `plugboard`: reads settings, names the concrete parts, and wires them.
//!
//! Every subcommand is one file. This is the only crate that names a concrete store, channel or courier.

mod agent;
mod assets;
mod backup;
mod console;
mod desk;
mod doctor;
mod keys;
mod lines;
mod logging;
mod mail;
mod offline;
mod phones;
mod plugin;
mod plugins;
mod rule;
mod serve;
mod settings;
mod store;
mod table;

use std::{path::PathBuf, process::ExitCode};

use clap::{Parser, Subcommand};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The customer-service inbox: one binary, everything in one directory.
#[derive(Parser)]
#[command(name = "plugboard", version, arg_required_else_help = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run the desk.
    Serve(Box<settings::ServeArguments>),
    /// Manage agents from the console.
    #[command(subcommand)]
    Agent(agent::AgentCommand),
    /// Copy the database while the desk runs.
    Backup(backup::BackupArguments),
    /// Check a deployment and say what is wrong.
    Doctor(doctor::DoctorArguments),
    /// Plugins: write and test them, install and operate them on a running desk.
    #[command(subcommand)]
    Plugin(plugin::PluginCommand),
    /// Rules: check, try on the past, save.
    #[command(subcommand)]
    Rule(rule::RuleCommand),
    /// Print the OpenAPI document.
    Openapi,
}

/// The directory that holds everything.
#[derive(clap::Args, Clone)]
struct DataDirectory {
    /// The directory that holds everything: database, files, keys.
    #[arg(
        long,
        env = "PLUGBOARD_DATA",
        default_value = "plugboard-data",
        value_name = "DIR"
    )]
    data: PathBuf,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        // A thread that ends gives its memory back to the system, and password hashes take 19 MiB.
        .thread_keep_alive(std::time::Duration::from_secs(2))
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("plugboard: the runtime cannot start: {error}");
            return ExitCode::FAILURE;
        }
    };
    let result = runtime.block_on(async {
        match arguments.command {
            Command::Serve(arguments) => serve::run(*arguments).await,
            Command::Agent(command) => agent::run(command).await,
            Command::Backup(arguments) => backup::run(arguments).await,
            Command::Doctor(arguments) => doctor::run(arguments).await,
            Command::Plugin(command) => plugin::run(command).await,
            Command::Rule(command) => rule::run(command).await,
            Command::Openapi => openapi(),
        }
    });
    // A request that is still being worked on must not keep the process from ending.
    runtime.shutdown_timeout(std::time::Duration::from_secs(1));
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("plugboard: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn openapi() -> anyhow::Result<()> {
    println!("{}", plugboard_http::openapi().to_pretty_json()?);
    Ok(())
}
