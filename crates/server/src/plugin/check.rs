//! `plugboard plugin check`.

use std::path::PathBuf;

use anyhow::bail;

/// Find every problem of a plugin: manifest, contract, limits, permissions, settings, cases.
#[derive(clap::Args)]
pub(crate) struct CheckArguments {
    /// The plugin's folder, or a package (.plugboard).
    #[arg(default_value = ".", value_name = "DIR|FILE")]
    path: PathBuf,
}

pub(crate) async fn run(arguments: CheckArguments) -> anyhow::Result<()> {
    let runtime = plugboard_plugin_tools::sandbox()?;
    let checked = plugboard_plugin_tools::check(&runtime, &arguments.path).await;
    if let Some(subject) = &checked.subject {
        println!("{subject}");
    }
    for finding in &checked.findings {
        println!("{finding}");
    }
    if !checked.is_sound() {
        bail!("a desk would not take it");
    }
    println!("a desk would take it");
    Ok(())
}
