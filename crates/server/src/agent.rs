//! `plugboard agent`: agents from the console, before the first start and while the desk runs.

use std::io::Read;

use anyhow::{Context, ensure};
use plugboard_domain::access::Role;

use crate::{
    DataDirectory,
    console::{self, PutAgent, Request},
};

/// Agents from the console.
#[derive(clap::Subcommand)]
pub(crate) enum AgentCommand {
    /// Make an agent; for an address that exists, set a new password and role.
    Create(CreateArguments),
}

/// A new agent.
#[derive(clap::Args)]
pub(crate) struct CreateArguments {
    #[command(flatten)]
    directory: DataDirectory,
    /// Sign-in address.
    #[arg(long)]
    email: String,
    /// Name that colleagues and customers see; the address's first part when left out.
    #[arg(long)]
    name: Option<String>,
    /// Read the password from standard input.
    #[arg(long, required = true)]
    password_stdin: bool,
    /// `agent`, `supervisor`, `quality_inspector` or `administrator`.
    #[arg(long, value_parser = role)]
    role: Role,
}

pub(crate) async fn run(command: AgentCommand) -> anyhow::Result<()> {
    let AgentCommand::Create(arguments) = command;
    ensure!(
        arguments.password_stdin,
        "give the password on standard input with --password-stdin"
    );
    let mut password = String::new();
    std::io::stdin()
        .take(4_096)
        .read_to_string(&mut password)
        .context("reading the password from standard input")?;
    let password = password.trim_end_matches(['\r', '\n']).to_owned();
    let local = arguments
        .email
        .split('@')
        .next()
        .unwrap_or_default()
        .to_owned();
    let put = PutAgent {
        name: arguments.name.unwrap_or(local),
        email: arguments.email,
        role: arguments.role,
        password,
    };
    println!(
        "{}",
        console::ask(&arguments.directory.data, Request::PutAgent(put)).await?
    );
    Ok(())
}

fn role(text: &str) -> Result<Role, String> {
    serde_json::from_value(serde_json::Value::String(text.replace('-', "_")))
        .map_err(|_| "a role is agent, supervisor, quality_inspector or administrator".to_owned())
}
