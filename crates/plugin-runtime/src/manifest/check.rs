//! What no type says about a manifest.

use toml::de::{DeTable, DeValue};

use super::{Localized, Manifest, ManifestError, SCHEMA, line_at, settings::SETTINGS_MAX};
use crate::{contract::Contract, grants::HostPattern, limits::FUNCTIONS, types::DeskCommand};

/// Longest key. It is part of addresses, metrics and traces.
const KEY_MAX: usize = 60;

/// Fields of the desk that can be granted.
pub(crate) const FIELDS: [&str; 6] = [
    "message.text",
    "contact.name",
    "contact.identity",
    "contact.attributes",
    "conversation.subject",
    "order",
];

/// What can be done to orders.
const ORDER_ACTIONS: [&str; 3] = ["note", "refund", "cancel"];

type Checked = Result<(), ManifestError>;

/// The first problem of each part.
pub(super) fn problems(manifest: &Manifest) -> Vec<ManifestError> {
    let parts = [
        check_schema(manifest),
        check_key(&manifest.id),
        check_version(&manifest.version),
        if manifest.name.is_complete() {
            Ok(())
        } else {
            wrong("name", "needs a text in English (`en`)")
        },
        check_contracts(manifest),
        check_component(manifest),
        check_permissions(manifest),
        check_limits(manifest),
        check_settings(manifest),
    ];
    parts.into_iter().filter_map(Result::err).collect()
}

fn check_schema(manifest: &Manifest) -> Checked {
    if manifest.schema != SCHEMA {
        return wrong(
            "schema",
            format!("{} is unknown, only {SCHEMA} is", manifest.schema),
        );
    }
    Ok(())
}

fn check_component(manifest: &Manifest) -> Checked {
    let component = &manifest.component;
    if component.is_empty() || component.contains(['/', '\\']) || component.starts_with('.') {
        return wrong("component", "must be a plain file name");
    }
    if !(manifest.sha256.is_empty() || is_digest(&manifest.sha256)) {
        return wrong("sha256", "must be 64 hex digits, lower case");
    }
    Ok(())
}

fn check_key(key: &str) -> Checked {
    let plain = |it: char| it.is_ascii_lowercase() || it.is_ascii_digit() || it == '-' || it == '.';
    if key.is_empty() || key.len() > KEY_MAX {
        return wrong("id", format!("must have 1 to {KEY_MAX} characters"));
    }
    if !key.chars().all(plain) {
        return wrong("id", "only a-z, 0-9, - and . are allowed");
    }
    let edge = |it: Option<char>| it.is_some_and(|it| it.is_ascii_alphanumeric());
    if !edge(key.chars().next()) || !edge(key.chars().last()) || key.contains("..") {
        return wrong(
            "id",
            "must begin and end with a letter or digit, without ..",
        );
    }
    Ok(())
}

fn check_version(version: &str) -> Checked {
    let core = version.split(['-', '+']).next().unwrap_or_default();
    let parts: Vec<&str> = core.split('.').collect();
    let rest = version.get(core.len()..).unwrap_or_default();
    let plain = |it: char| it.is_ascii_alphanumeric() || "-+.".contains(it);
    let number =
        |it: &&str| !it.is_empty() && it.len() < 10 && it.bytes().all(|it| it.is_ascii_digit());
    if parts.len() != 3
        || !parts.iter().all(number)
        || version.len() > 40
        || !rest.chars().all(plain)
    {
        return wrong("version", "must look like 1.4.0");
    }
    Ok(())
}

fn check_contracts(manifest: &Manifest) -> Checked {
    if manifest.contracts.is_empty() {
        return wrong("contracts", "needs at least one");
    }
    let mut channel = false;
    for (index, contract) in manifest.contracts.iter().enumerate() {
        let contract = Contract::parse(contract)
            .or_else(|message| wrong_at(format!("contracts[{index}]"), message))?;
        channel |= contract.world.kinds().contains(&"channel");
    }
    match &manifest.channel {
        None if channel => wrong(
            "channel",
            "a channel needs a section `[channel]` with its kind",
        ),
        Some(_) if !channel => wrong("channel", "belongs to channels, and no contract is one"),
        Some(section)
            if section.kind.is_empty()
                || section.kind.len() > 30
                || !section.kind.chars().all(|it| {
                    it.is_ascii_lowercase() || it.is_ascii_digit() || it == '-' || it == '_'
                }) =>
        {
            wrong(
                "channel.kind",
                "must have 1 to 30 characters of a-z, 0-9, - and _",
            )
        }
        _ => Ok(()),
    }
}

fn check_permissions(manifest: &Manifest) -> Checked {
    let asked = &manifest.permissions;
    let reason = |field: String, reason: &Localized| {
        if reason.is_complete() {
            Ok(())
        } else {
            wrong_at(
                format!("{field}.reason"),
                "must say why, in English at least",
            )
        }
    };
    for (index, it) in asked.http.iter().enumerate() {
        let field = format!("permissions.http[{index}]");
        check_host(manifest, &field, &it.host)?;
        if let Some(method) = it.methods.iter().find(|it| !is_method(it)) {
            return wrong_at(
                format!("{field}.methods"),
                format!("{method:?} is no method"),
            );
        }
        reason(field, &it.reason)?;
    }
    for (index, it) in asked.websocket.iter().enumerate() {
        let field = format!("permissions.websocket[{index}]");
        check_host(manifest, &field, &it.host)?;
        reason(field, &it.reason)?;
    }
    for (index, it) in asked.secrets.iter().enumerate() {
        let field = format!("permissions.secrets[{index}]");
        if !is_name(&it.name) {
            return wrong_at(
                format!("{field}.name"),
                "must have 1 to 60 characters of a-z, 0-9, -, _ and .",
            );
        }
        reason(field, &it.reason)?;
    }
    if let Some(it) = &asked.kv {
        reason("permissions.kv".to_owned(), &it.reason)?;
    }
    if let Some(it) = &asked.timers {
        reason("permissions.timers".to_owned(), &it.reason)?;
    }
    if let Some(it) = &asked.events {
        if it.subscribe.is_empty() {
            return wrong("permissions.events.subscribe", "names no event");
        }
        reason("permissions.events".to_owned(), &it.reason)?;
    }
    for (index, it) in asked.commands.iter().enumerate() {
        let field = format!("permissions.commands[{index}]");
        one_of(&field, "name", &it.name, &DeskCommand::NAMES)?;
        reason(field, &it.reason)?;
    }
    for (index, it) in asked.data.iter().enumerate() {
        let field = format!("permissions.data[{index}]");
        one_of(&field, "field", &it.field, &FIELDS)?;
        reason(field, &it.reason)?;
    }
    for (index, it) in asked.order_actions.iter().enumerate() {
        let field = format!("permissions.order-actions[{index}]");
        one_of(&field, "name", &it.name, &ORDER_ACTIONS)?;
        reason(field, &it.reason)?;
    }
    let mut keys: Vec<String> = asked.asked().into_iter().map(|it| it.key).collect();
    keys.sort_unstable();
    match keys.windows(2).find(|pair| pair[0] == pair[1]) {
        Some(pair) => wrong("permissions", format!("{} is asked for twice", pair[0])),
        None => Ok(()),
    }
}

fn check_host(manifest: &Manifest, field: &str, host: &str) -> Checked {
    let pattern =
        HostPattern::parse(host).or_else(|message| wrong_at(format!("{field}.host"), message))?;
    match pattern.setting() {
        Some(name) if !manifest.settings.schema.0.contains_key(name) => wrong_at(
            format!("{field}.host"),
            format!("there is no setting {name:?}"),
        ),
        _ => Ok(()),
    }
}

fn check_limits(manifest: &Manifest) -> Checked {
    let limits = &manifest.limits;
    for (field, table) in [("call-ms", &limits.call_ms), ("cpu-ms", &limits.cpu_ms)] {
        for (function, ms) in table {
            let field = format!("limits.{field}.{function}");
            if !FUNCTIONS.contains(&function.as_str()) {
                return wrong_at(field, format!("is none of {}", FUNCTIONS.join(", ")));
            }
            if *ms == 0 {
                return wrong_at(field, "must be at least 1");
            }
        }
    }
    let numbers = [
        ("memory-mib", limits.memory_mib, 128),
        ("instances", limits.instances, 64),
        ("concurrency", limits.concurrency, 1),
        ("reuse", limits.reuse, 1_000_000),
        ("http-per-minute", limits.http_per_minute, 60_000),
    ];
    for (field, number, most) in numbers {
        if number.is_some_and(|it| it == 0 || it > most) {
            return wrong_at(format!("limits.{field}"), format!("must be 1 to {most}"));
        }
    }
    Ok(())
}

fn check_settings(manifest: &Manifest) -> Checked {
    let schema = &manifest.settings.schema.0;
    if schema.len() > SETTINGS_MAX {
        return wrong(
            "settings.schema",
            format!("has more than {SETTINGS_MAX} settings"),
        );
    }
    for (name, setting) in schema {
        let field = format!("settings.schema.{name}");
        if !is_name(name) {
            return wrong_at(
                field,
                "names have 1 to 60 characters of a-z, 0-9, -, _ and .",
            );
        }
        if let Err((part, message)) = setting.check() {
            return wrong_at(format!("{field}.{part}"), message);
        }
    }
    Ok(())
}

fn one_of(field: &str, part: &str, value: &str, values: &[&str]) -> Checked {
    if values.contains(&value) {
        return Ok(());
    }
    wrong_at(
        format!("{field}.{part}"),
        format!("{value:?} is none of {}", values.join(", ")),
    )
}

fn is_name(name: &str) -> bool {
    let plain = |it: char| it.is_ascii_lowercase() || it.is_ascii_digit() || "-_.".contains(it);
    (1..=60).contains(&name.len()) && name.chars().all(plain)
}

fn is_method(method: &str) -> bool {
    !method.is_empty() && method.bytes().all(|it| it.is_ascii_uppercase())
}

fn is_digest(text: &str) -> bool {
    text.len() == 64
        && text
            .bytes()
            .all(|it| it.is_ascii_digit() || (b'a'..=b'f').contains(&it))
}

fn wrong<T>(field: &str, message: impl Into<String>) -> Result<T, ManifestError> {
    wrong_at(field.to_owned(), message)
}

fn wrong_at<T>(field: String, message: impl Into<String>) -> Result<T, ManifestError> {
    Err(ManifestError {
        line: None,
        field,
        message: message.into(),
    })
}

/// The line of a field, or of the nearest thing around it that is written down.
pub(super) fn line_of(source: &str, field: &str) -> Option<usize> {
    let table = DeTable::parse(source).ok()?;
    let mut line = None;
    let mut value: Option<&DeValue<'_>> = None;
    let mut rest = field;
    while !rest.is_empty() {
        if let Some(index) = rest.strip_prefix('[') {
            let (index, after) = index.split_once(']')?;
            let DeValue::Array(array) = value? else { break };
            let Some(item) = array.get(index.parse::<usize>().ok()?) else {
                break;
            };
            line = Some(line_at(source, item.span().start));
            value = Some(item.get_ref());
            rest = after.strip_prefix('.').unwrap_or(after);
            continue;
        }
        let within = match value {
            None => table.get_ref(),
            Some(DeValue::Table(within)) => within,
            Some(_) => break,
        };
        // Names of settings may hold dots: the longest key that fits wins.
        let found = within
            .iter()
            .filter(|(key, _)| {
                let key: &str = key.get_ref();
                rest.strip_prefix(key)
                    .is_some_and(|after| after.is_empty() || after.starts_with(['.', '[']))
            })
            .max_by_key(|(key, _)| key.get_ref().len());
        let Some((key, item)) = found else { break };
        line = Some(line_at(source, key.span().start));
        value = Some(item.get_ref());
        let after = rest.get(key.get_ref().len()..)?;
        rest = after.strip_prefix('.').unwrap_or(after);
    }
    line
}
