//! `plugboard plugin record`: calls of a plugin on a running desk, in a file.

use std::{path::PathBuf, time::Duration};

use anyhow::Context;

use crate::desk::DeskArguments;

/// How often the desk is asked how far it is.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// Which calls, and where to.
#[derive(clap::Args)]
pub(crate) struct RecordArguments {
    /// The plugin's key, or its identifier in the desk.
    key: String,
    /// How many calls, 1 to 100. Recording ends after ten minutes in any case.
    #[arg(long, default_value_t = 20, value_name = "N")]
    calls: u32,
    /// The file, one call a line. What customers wrote is in it.
    #[arg(long, short, value_name = "FILE")]
    output: PathBuf,
    #[command(flatten)]
    desk: DeskArguments,
}

pub(super) async fn run(arguments: RecordArguments) -> anyhow::Result<()> {
    let desk = arguments.desk.desk()?;
    let key = &arguments.key;
    let begun = desk.record_plugin(key, arguments.calls).await?;
    eprintln!(
        "Recording {} calls of {key}, until {} at most; Ctrl-C ends it.",
        begun.asked, begun.until
    );
    while desk.plugin_recording(key).await?.running {
        tokio::select! {
            () = tokio::time::sleep(LOOK_EVERY) => {}
            _ = tokio::signal::ctrl_c() => break,
        }
    }
    let calls = desk.recorded_calls(key).await?;
    let mut lines = String::new();
    for call in &calls {
        lines.push_str(&call.to_string());
        lines.push('\n');
    }
    let path = &arguments.output;
    write_private(path, &lines).with_context(|| format!("writing {}", path.display()))?;
    // They are in the file now; the desk need not keep what customers wrote twice.
    desk.remove_plugin_recording(key).await?;
    println!("{} calls in {}.", calls.len(), path.display());
    Ok(())
}

/// Others on this machine have no business with it.
fn write_private(path: &PathBuf, text: &str) -> std::io::Result<()> {
    use std::{io::Write, os::unix::fs::OpenOptionsExt};
    let mut file = std::fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(path)?;
    file.write_all(text.as_bytes())
}
