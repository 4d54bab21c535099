//! `plugboard backup`: a copy of the database while the desk runs.

use std::path::PathBuf;

use anyhow::{Context, ensure};
use plugboard_store_sqlite::SqliteStore;

use crate::DataDirectory;

/// Where to copy from and to.
#[derive(clap::Args)]
pub(crate) struct BackupArguments {
    #[command(flatten)]
    directory: DataDirectory,
    /// The file to write; must not exist yet.
    #[arg(long, value_name = "FILE")]
    to: PathBuf,
}

pub(crate) async fn run(arguments: BackupArguments) -> anyhow::Result<()> {
    let (data, to) = (arguments.directory.data, arguments.to);
    ensure!(
        !to.exists(),
        "{} exists already: choose another name",
        to.display()
    );
    let store = SqliteStore::open_read_only(&data)
        .with_context(|| format!("opening the desk in {}", data.display()))?;
    store
        .backup(&to)
        .await
        .with_context(|| format!("copying to {}", to.display()))?;
    let size = std::fs::metadata(&to).context("looking at the copy")?.len();
    println!("wrote {} ({size} bytes)", to.display());
    println!(
        "Keep {} and {} with it: the copy holds neither files nor the key of the secrets.",
        data.join("blobs").display(),
        data.join("secret.key").display()
    );
    Ok(())
}
