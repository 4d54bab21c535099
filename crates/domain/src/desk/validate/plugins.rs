//! Plugins, rules and policies before they are saved.

use std::collections::BTreeSet;

use serde::Serialize;

use super::name;
use crate::{
    desk::{
        CHAIN_MAX, Desk, PLUGIN_VERSIONS_MAX, Plugin, PluginVersion, Policies, PolicyKind,
        PolicyRef, PolicySlot, RECORDED_CALLS_MAX, RULE_BYTES_MAX, RULE_VERSIONS_MAX, Rule,
    },
    rejection::Rejection,
    text,
};

/// Longest key of a plugin, in characters.
const KEY_CHARS_MAX: usize = 60;

/// Longest version of a plugin, in characters.
const VERSION_CHARS_MAX: usize = 60;

/// Longest name of a rule, in characters: it is part of addresses and of version labels.
const RULE_NAME_CHARS_MAX: usize = 80;

/// Largest manifest, settings, grants or builder form, as JSON text in bytes.
const JSON_BYTES_MAX: usize = 65_536;

pub(super) fn plugin(desk: &Desk, plugin: &Plugin) -> Result<(), Rejection> {
    name(&plugin.name)?;
    key(&plugin.key)?;
    let taken = |it: &Plugin| (it.id == plugin.id) != (it.key == plugin.key);
    if desk.plugins().any(taken) {
        return Err(Rejection::conflict(
            "a plugin keeps its key, and no other has it",
        ));
    }
    if plugin.versions.is_empty() || plugin.versions.len() > PLUGIN_VERSIONS_MAX {
        return Err(Rejection::invalid(format!(
            "a plugin has 1 to {PLUGIN_VERSIONS_MAX} versions"
        )));
    }
    plugin.versions.iter().try_for_each(plugin_version)?;
    let digests: BTreeSet<_> = plugin.versions.iter().map(|it| &it.digest).collect();
    if digests.len() != plugin.versions.len() {
        return Err(Rejection::invalid("a plugin has each version once"));
    }
    for digest in [&plugin.active, &plugin.pending, &plugin.previous] {
        if digest.as_ref().is_some_and(|it| !digests.contains(it)) {
            return Err(Rejection::invalid(
                "active, pending and previous name installed versions",
            ));
        }
    }
    if plugin.enabled && plugin.active.is_none() {
        return Err(Rejection::conflict(
            "a plugin cannot be enabled before a version of it is approved",
        ));
    }
    if let Some(recording) = &plugin.recording
        && !(1..=RECORDED_CALLS_MAX).contains(&recording.calls)
    {
        return Err(Rejection::invalid(format!(
            "a recording has 1 to {RECORDED_CALLS_MAX} calls"
        )));
    }
    small("settings", &plugin.settings)?;
    small("grants", &plugin.grants)
}

fn plugin_version(version: &PluginVersion) -> Result<(), Rejection> {
    text::line("version", &version.version, VERSION_CHARS_MAX)?;
    for (what, text) in [
        ("digest", &version.digest),
        ("package_sha256", &version.package_sha256),
    ] {
        let hex = |it: u8| it.is_ascii_digit() || (b'a'..=b'f').contains(&it);
        if text.len() != 64 || !text.bytes().all(hex) {
            return Err(Rejection::invalid(format!(
                "{what} must be a SHA-256 in lower-case hex"
            )));
        }
    }
    if let Some(signer) = &version.signed_by {
        text::line("signed_by", signer, 200)?;
    }
    small("manifest", &version.manifest)
}

/// The key is part of addresses, channels and labels, so it is plain.
fn key(key: &str) -> Result<(), Rejection> {
    let plain =
        |it: u8| it.is_ascii_lowercase() || it.is_ascii_digit() || matches!(it, b'-' | b'.');
    let ends = |it: Option<u8>| it.is_some_and(|it| it.is_ascii_alphanumeric());
    let bytes = key.as_bytes();
    if key.len() <= KEY_CHARS_MAX
        && bytes.iter().copied().all(plain)
        && ends(bytes.first().copied())
        && ends(bytes.last().copied())
        && !key.contains("..")
    {
        Ok(())
    } else {
        Err(Rejection::invalid(format!(
            "a plugin's key has 1 to {KEY_CHARS_MAX} of a-z, 0-9, - and ., and begins and ends with a letter or digit"
        )))
    }
}

pub(super) fn rule(desk: &Desk, rule: &Rule) -> Result<(), Rejection> {
    let clean = text::line("name", &rule.name, RULE_NAME_CHARS_MAX)?;
    if clean != rule.name || clean.contains(['/', '@', '?', '#', '%', '\\']) {
        return Err(Rejection::invalid(
            "a rule's name has no spaces around it and none of / @ ? # % \\",
        ));
    }
    if desk
        .rules()
        .any(|it| it.id != rule.id && it.name == rule.name)
    {
        return Err(Rejection::conflict("another rule has this name"));
    }
    if let Some(before) = desk.rule(rule.id)
        && (before.name != rule.name || before.kind != rule.kind)
    {
        return Err(Rejection::conflict(
            "a rule keeps its name and kind: policies and traces name it",
        ));
    }
    if rule.versions.is_empty() || rule.versions.len() > RULE_VERSIONS_MAX {
        return Err(Rejection::invalid(format!(
            "a rule has 1 to {RULE_VERSIONS_MAX} versions"
        )));
    }
    if !rule.versions.is_sorted_by(|a, b| a.number < b.number) || rule.versions[0].number == 0 {
        return Err(Rejection::invalid(
            "versions of a rule count upwards from 1",
        ));
    }
    if rule.in_force().is_none() {
        return Err(Rejection::invalid("live must be the number of a version"));
    }
    for version in &rule.versions {
        if version.source.trim().is_empty() || version.source.len() > RULE_BYTES_MAX {
            return Err(Rejection::invalid(format!(
                "source must be 1 to {RULE_BYTES_MAX} bytes"
            )));
        }
        small("builder", &version.builder)?;
    }
    Ok(())
}

pub(super) fn policies(desk: &Desk, policies: &Policies) -> Result<(), Rejection> {
    slot(desk, &policies.routing, PolicyKind::Routing)?;
    slot(desk, &policies.escalation, PolicyKind::Escalation)
}

fn slot(desk: &Desk, slot: &PolicySlot, kind: PolicyKind) -> Result<(), Rejection> {
    for chain in [&slot.live, &slot.previous] {
        let once: BTreeSet<_> = chain.iter().collect();
        if chain.len() > CHAIN_MAX || once.len() != chain.len() {
            return Err(Rejection::invalid(format!(
                "a chain has at most {CHAIN_MAX} policies, each once"
            )));
        }
    }
    if let Some(canary) = &slot.canary
        && (!(1..=100).contains(&canary.percent)
            || canary.max_error_percent > 100
            || canary.max_sla_rise_percent > 100)
    {
        return Err(Rejection::invalid(
            "a canary takes 1 to 100 percent, and its bounds are at most 100",
        ));
    }
    for policy in slot.named() {
        let fits = match policy {
            PolicyRef::Plugin(key) => desk.plugin_by_key(key).is_some(),
            PolicyRef::Rule(name) => desk.rule_by_name(name).is_some_and(|it| it.kind == kind),
        };
        if !fits {
            return Err(Rejection::invalid(format!(
                "{policy} does not exist, or decides something else"
            )));
        }
    }
    Ok(())
}

fn small(what: &str, value: &impl Serialize) -> Result<(), Rejection> {
    let text =
        serde_json::to_string(value).map_err(|error| Rejection::invalid(error.to_string()))?;
    if text.len() > JSON_BYTES_MAX {
        return Err(Rejection::invalid(format!("{what} must be at most 64 KiB")));
    }
    Ok(())
}
