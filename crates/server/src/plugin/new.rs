//! `plugboard plugin new`.

use std::path::PathBuf;

use clap::ValueEnum;
use plugboard_plugin_tools::{Kind, Language, New, create};

/// Make the folder of a new plugin, which builds and passes its own cases.
///
/// Everything that it needs is written into it: the manifest, the source, cases, and the contract (for Rust with the SDK in
/// sdk/). Nothing but the tools of the language has to be there.
#[derive(clap::Args)]
pub(crate) struct NewArguments {
    /// The plugin's key: a-z, 0-9, - and ., such as acme.telegram. It never changes.
    name: String,
    /// What the plugin is.
    #[arg(long, value_enum)]
    world: World,
    /// What it is written in.
    #[arg(long, value_enum, default_value = "rust")]
    lang: Lang,
    /// Where to make it; NAME in this folder when unset.
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
}

#[derive(Clone, Copy, ValueEnum)]
enum World {
    /// A channel that its provider calls: messages in and out.
    #[value(alias = "channel-webhook")]
    Channel,
    /// Who gets a conversation.
    #[value(alias = "routing-policy")]
    Routing,
    /// What happens when one goes wrong.
    #[value(alias = "escalation-policy")]
    Escalation,
    /// Suggests answers to agents.
    #[value(alias = "reply-assistant")]
    Assistant,
    /// Orders of a shop.
    #[value(alias = "commerce-source")]
    Commerce,
    /// Hears what happens in the desk.
    #[value(alias = "event-hook")]
    Hook,
    /// A card beside the conversation.
    #[value(alias = "side-panel")]
    Panel,
}

#[derive(Clone, Copy, ValueEnum)]
enum Lang {
    Rust,
    #[value(alias = "typescript", alias = "js")]
    Ts,
    #[value(alias = "py")]
    Python,
}

pub(crate) fn run(arguments: NewArguments) -> anyhow::Result<()> {
    let kind = match arguments.world {
        World::Channel => Kind::Channel,
        World::Routing => Kind::Routing,
        World::Escalation => Kind::Escalation,
        World::Assistant => Kind::Assistant,
        World::Commerce => Kind::Commerce,
        World::Hook => Kind::Hook,
        World::Panel => Kind::Panel,
    };
    let language = match arguments.lang {
        Lang::Rust => Language::Rust,
        Lang::Ts => Language::TypeScript,
        Lang::Python => Language::Python,
    };
    let folder = arguments
        .dir
        .unwrap_or_else(|| PathBuf::from(&arguments.name));
    let new = New {
        name: arguments.name,
        kind,
        language,
        folder,
    };
    let files = create(&new)?;
    let folder = new.folder.display();
    println!("{folder}: {} files. Now:", files.len());
    println!("  cd {folder}");
    println!("  plugboard plugin build && plugboard plugin check && plugboard plugin test");
    Ok(())
}
