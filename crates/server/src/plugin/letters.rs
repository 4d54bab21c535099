//! `plugboard plugin dead-letters`: work of a plugin that was given up.

use crate::{desk::DeskArguments, table::table};

/// Whose work, and whether to try it again.
#[derive(clap::Args)]
pub(crate) struct LettersArguments {
    /// The plugin's key, or its identifier in the desk.
    key: String,
    /// Try it again: the piece with this id, or all of it.
    #[arg(
        long,
        value_name = "ID",
        num_args = 0..=1,
        default_missing_value = "all"
    )]
    replay: Option<String>,
    #[command(flatten)]
    desk: DeskArguments,
}

pub(super) async fn run(arguments: LettersArguments) -> anyhow::Result<()> {
    let desk = arguments.desk.desk()?;
    if let Some(which) = &arguments.replay {
        let only = Some(which.as_str()).filter(|it| *it != "all");
        let replayed = desk.replay_dead_letters(&arguments.key, only).await?;
        println!("{replayed} pieces of work are tried again.");
        return Ok(());
    }
    let letters = desk.dead_letters(&arguments.key).await?;
    if letters.is_empty() {
        println!("Nothing was given up.");
        return Ok(());
    }
    let rows: Vec<[String; 4]> = letters
        .into_iter()
        .map(|it| {
            [
                it.id,
                it.job,
                it.created_at,
                it.last_error.unwrap_or_default(),
            ]
        })
        .collect();
    println!("{}", table(["ID", "WORK", "SINCE", "ERROR"], &rows));
    Ok(())
}
