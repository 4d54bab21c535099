//! `plugboard plugin`: what authors of plugins work with, and plugins of a running desk.

mod build;
mod check;
mod conform;
mod dev;
mod install;
mod letters;
mod lock;
mod new;
mod record;
mod replay;
mod show;
mod test;

use std::path::PathBuf;

use anyhow::Context;

use crate::desk::DeskArguments;

/// Describes the provider of a channel, in the plugin's folder.
const PROVIDER: &str = "conformance.toml";

/// Plugins: write and test them, install and operate them on a running desk.
#[derive(clap::Subcommand)]
pub(crate) enum PluginCommand {
    /// Make the folder of a new plugin, which builds and passes its own cases.
    New(new::NewArguments),
    /// Compile a plugin with its language's own tools and pack it into KEY.plugboard.
    Build(build::BuildArguments),
    /// Find every problem of a plugin: manifest, contract, limits, permissions, settings, cases.
    Check(check::CheckArguments),
    /// Run a plugin's cases (tests/*.toml) on the component itself, with a scripted host.
    Test(test::TestArguments),
    /// Watch a plugin's folder: whatever changes is built, checked, tested and put in force on a running desk.
    Dev(dev::DevArguments),
    /// Install a plugin, or a new version of one: a file, or the key of one that comes with the desk.
    Install(install::InstallArguments),
    /// List what is installed.
    List(lock::ListArguments),
    /// Show one plugin: versions, permissions, health.
    Show(One),
    /// Let the waiting version do what it asks, and put it in force.
    Approve(install::ApproveArguments),
    /// Switch a plugin on.
    Enable(One),
    /// Switch a plugin off; work for it waits.
    Disable(One),
    /// Return to the version before.
    Rollback(One),
    /// Remove a plugin with its settings and everything that it kept.
    Remove(One),
    /// Print what a plugin logged lately.
    Logs(One),
    /// List work that was given up, or try it again.
    DeadLetters(letters::LettersArguments),
    /// Write the next calls of a plugin to a file, with everything that is said in them.
    Record(record::RecordArguments),
    /// Run recorded calls again and compare bit for bit; or make a decision of a desk once more.
    Replay(replay::ReplayArguments),
    /// Write down what is installed: key, version, digest, who signed.
    Lock(lock::LockArguments),
    /// Try a channel the hard way, without a desk: duplicates, losses, forgeries, limits, restarts.
    Conform(conform::ConformArguments),
}

/// One plugin of a desk.
#[derive(clap::Args)]
pub(crate) struct One {
    /// Its key, or its identifier in the desk.
    key: String,
    #[command(flatten)]
    desk: DeskArguments,
}

pub(crate) async fn run(command: PluginCommand) -> anyhow::Result<()> {
    match command {
        PluginCommand::New(arguments) => new::run(arguments),
        PluginCommand::Build(arguments) => build::run(arguments),
        PluginCommand::Check(arguments) => check::run(arguments).await,
        PluginCommand::Test(arguments) => test::run(arguments).await,
        PluginCommand::Dev(arguments) => dev::run(arguments).await,
        PluginCommand::Install(arguments) => install::install(arguments).await,
        PluginCommand::Approve(arguments) => install::approve(arguments).await,
        PluginCommand::List(arguments) => lock::list(arguments).await,
        PluginCommand::Lock(arguments) => lock::lock(arguments).await,
        PluginCommand::Conform(arguments) => conform::run(arguments).await,
        PluginCommand::Record(arguments) => record::run(arguments).await,
        PluginCommand::Replay(arguments) => replay::run(arguments).await,
        PluginCommand::Show(one) => show::show(one).await,
        PluginCommand::Logs(one) => show::logs(one).await,
        PluginCommand::DeadLetters(arguments) => letters::run(arguments).await,
        PluginCommand::Enable(one) => {
            let shown = one.desk.desk()?.enable_plugin(&one.key).await?;
            println!("{}", show::line(&shown.installed));
            Ok(())
        }
        PluginCommand::Disable(one) => {
            let shown = one.desk.desk()?.disable_plugin(&one.key).await?;
            println!("{}", show::line(&shown.installed));
            Ok(())
        }
        PluginCommand::Rollback(one) => {
            let shown = one.desk.desk()?.roll_back_plugin(&one.key).await?;
            println!("{}", show::line(&shown.installed));
            Ok(())
        }
        PluginCommand::Remove(one) => {
            one.desk.desk()?.remove_plugin(&one.key).await?;
            println!("{} is removed.", one.key);
            Ok(())
        }
    }
}

/// Reads a file whole.
fn read(path: &PathBuf) -> anyhow::Result<Vec<u8>> {
    std::fs::read(path).with_context(|| format!("reading {}", path.display()))
}
