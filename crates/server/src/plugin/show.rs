//! `plugboard plugin show` and `logs`.

use plugboard_protocol::extensions::{BreakerState, Installed, LogLine, PluginState};

use super::One;

/// A plugin in one line.
pub(super) fn line(plugin: &Installed) -> String {
    let version = plugin.active.as_ref().or(plugin.pending.as_ref());
    let version = version.map_or("no version", |it| it.version.as_str());
    let waits = match (&plugin.active, &plugin.pending) {
        (Some(_), Some(pending)) => format!("; {} waits for approval", pending.version),
        _ => String::new(),
    };
    format!("{} {version}: {}{waits}", plugin.key, state(plugin.state))
}

/// Where a plugin stands, in words.
pub(super) fn state(state: PluginState) -> &'static str {
    match state {
        PluginState::PendingApproval => "waits for approval",
        PluginState::Disabled => "off",
        PluginState::Enabled => "on",
        PluginState::Failed => "FAILED",
    }
}

pub(super) async fn show(one: One) -> anyhow::Result<()> {
    let shown = one.desk.desk()?.plugin(&one.key).await?;
    let plugin = &shown.installed;
    println!("{}", line(plugin));
    let versions = [
        ("in force", &plugin.active),
        ("waiting", &plugin.pending),
        ("before", &plugin.previous),
    ];
    for (what, version) in versions {
        if let Some(it) = version {
            let signed = it.signed_by.as_deref().unwrap_or("nobody");
            println!(
                "  {what}: {} sha256:{} signed by {signed}, installed {}",
                it.version, it.digest, it.installed_at
            );
        }
    }
    println!("  grants: {}", shown.grants.join(", "));
    let figures = &plugin.figures;
    println!(
        "  calls: {}, of which {} failed; p50 {} us, p99 {} us; {} denied; {} dead letters",
        figures.calls,
        figures.failures,
        figures.p50_us,
        figures.p99_us,
        figures.denied,
        plugin.dead_letters
    );
    if let BreakerState::Open { until } = &plugin.breaker {
        println!("  it failed too often, and is not called until {until}");
    }
    println!("  health: {}", shown.health);
    for error in &shown.last_errors {
        println!("  {}", log_line(error));
    }
    Ok(())
}

pub(super) async fn logs(one: One) -> anyhow::Result<()> {
    let mut lines = one.desk.desk()?.plugin_logs(&one.key).await?;
    // The newest is what one looks for, so it stands last, beside the prompt.
    lines.reverse();
    for it in &lines {
        println!("{}", log_line(it));
    }
    Ok(())
}

/// A line of a plugin's log.
pub(super) fn log_line(line: &LogLine) -> String {
    let fields = line.fields.iter();
    let fields: Vec<String> = fields
        .map(|it| format!(" {}={}", it.name, it.value))
        .collect();
    let LogLine {
        at, level, message, ..
    } = line;
    format!("{at} {level:5} {message}{}", fields.concat())
}
