//! `plugboard plugin install` and `approve`: what a plugin asks for is shown, and somebody says yes.

use std::{
    io::{BufRead, IsTerminal, Write},
    path::PathBuf,
};

use plugboard_desk_client::Desk;
use plugboard_protocol::extensions::{
    Approval, AskedPermission, PermissionChange, PluginDetail, PluginState,
};

use super::{read, show};
use crate::desk::DeskArguments;

/// What to install, and how far to go.
#[derive(clap::Args)]
pub(crate) struct InstallArguments {
    /// A package (`.plugboard`, `.tar` or `.wasm`), or the key of a plugin that comes with the desk.
    package: String,
    /// Approve what it asks for without being asked.
    #[arg(long)]
    approve: bool,
    /// Switch it on.
    #[arg(long)]
    enable: bool,
    #[command(flatten)]
    desk: DeskArguments,
}

/// Which plugin to approve.
#[derive(clap::Args)]
pub(crate) struct ApproveArguments {
    /// Its key, or its identifier in the desk.
    key: String,
    /// Without being asked.
    #[arg(long)]
    yes: bool,
    #[command(flatten)]
    desk: DeskArguments,
}

pub(super) async fn install(arguments: InstallArguments) -> anyhow::Result<()> {
    let desk = arguments.desk.desk()?;
    let path = PathBuf::from(&arguments.package);
    let installed = if path.is_file() {
        desk.install_plugin(read(&path)?).await?
    } else {
        anyhow::ensure!(
            !arguments.package.contains(['/', '\\']),
            "there is no file {}",
            path.display()
        );
        desk.install_available_plugin(&arguments.package).await?
    };
    let mut shown = installed;
    if shown.installed.pending.is_some() {
        shown = agree(&desk, shown, arguments.approve).await?;
    }
    if arguments.enable && shown.installed.state != PluginState::Enabled {
        shown = desk.enable_plugin(&shown.installed.key).await?;
    }
    println!("{}", show::line(&shown.installed));
    if shown.installed.state == PluginState::Disabled {
        println!(
            "It is switched off: plugboard plugin enable {}",
            shown.installed.key
        );
    }
    Ok(())
}

pub(super) async fn approve(arguments: ApproveArguments) -> anyhow::Result<()> {
    let desk = arguments.desk.desk()?;
    let shown = desk.plugin(&arguments.key).await?;
    anyhow::ensure!(
        shown.installed.pending.is_some(),
        "no version of {} waits for approval",
        shown.installed.key
    );
    let approved = agree(&desk, shown, arguments.yes).await?;
    println!("{}", show::line(&approved.installed));
    Ok(())
}

/// Shows what the waiting version asks for, and approves exactly that when somebody says yes.
async fn agree(desk: &Desk, waiting: PluginDetail, yes: bool) -> anyhow::Result<PluginDetail> {
    let plugin = &waiting.installed;
    let Some(version) = &plugin.pending else {
        return Ok(waiting);
    };
    println!("{}", show::line(plugin));
    println!("digest {}", version.digest);
    match &version.signed_by {
        Some(name) => println!("signed by {name}"),
        None => println!("not signed by a key that the desk trusts"),
    }
    println!("{}", asks(&waiting.permissions, plugin.active.is_some()));
    if !yes {
        let what = format!("Approve {} {}?", plugin.key, version.version);
        anyhow::ensure!(
            confirmed(&what)?,
            "not approved: it waits, and does nothing (plugboard plugin approve {})",
            plugin.key
        );
    }
    let approval = Approval {
        grants: None,
        digest: Some(version.digest.clone()),
    };
    Ok(desk.approve_plugin(&plugin.key, &approval).await?)
}

/// Permissions with their reasons; for an upgrade, beside what the version in force asks for.
fn asks(permissions: &[AskedPermission], upgrade: bool) -> String {
    if permissions.is_empty() {
        return "It asks for nothing.".to_owned();
    }
    let title = if upgrade {
        "It asks for (+ new, - not any more):"
    } else {
        "It asks for:"
    };
    let mut lines = vec![title.to_owned()];
    for it in permissions {
        let mark = match it.change {
            PermissionChange::Added if upgrade => '+',
            PermissionChange::Removed => '-',
            PermissionChange::Added | PermissionChange::Kept => ' ',
        };
        let asked = &it.asked;
        lines.push(format!(" {mark} {}: {}", asked.kind, asked.detail));
        let reason = asked.reason.get("en").or(asked.reason.values().next());
        if let Some(reason) = reason {
            lines.push(format!("     {reason}"));
        }
    }
    lines.join("\n")
}

/// Asks a person. When nobody sits there, the answer is no.
fn confirmed(what: &str) -> anyhow::Result<bool> {
    let input = std::io::stdin();
    if !input.is_terminal() {
        return Ok(false);
    }
    print!("{what} [y/N] ");
    std::io::stdout().flush()?;
    let mut answer = String::new();
    input.lock().read_line(&mut answer)?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}

#[cfg(test)]
mod tests {
    use plugboard_protocol::extensions::Asked;

    use super::*;

    fn asked(kind: &str, change: PermissionChange) -> AskedPermission {
        AskedPermission {
            asked: Asked {
                key: format!("{kind}:x"),
                kind: kind.to_owned(),
                detail: "x".to_owned(),
                reason: [("en".to_owned(), format!("why {kind}"))].into(),
            },
            change,
        }
    }

    #[test]
    fn an_upgrade_shows_what_is_new_and_what_is_not_needed_any_more() {
        let all = [
            asked("http", PermissionChange::Kept),
            asked("kv", PermissionChange::Added),
            asked("timers", PermissionChange::Removed),
        ];
        assert_eq!(
            asks(&all, true),
            "It asks for (+ new, - not any more):\n   http: x\n     why http\n + kv: x\n     why kv\n - timers: x\n     why timers"
        );
        assert_eq!(
            asks(&all[1..2], false),
            "It asks for:\n   kv: x\n     why kv"
        );
        assert_eq!(asks(&[], false), "It asks for nothing.");
    }
}
