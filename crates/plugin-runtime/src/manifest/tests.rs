use serde_json::json;

use super::{Manifest, SettingsSchema, check_settings};
use crate::grants::{Approval, Change, diff};

const SOURCE: &str = r#"schema = 1
id = "acme.telegram"
version = "1.4.0"
name = { en = "Telegram", zh = "电报" }
description = "Talks with people on Telegram."
contracts = ["plugboard:plugin/channel-polling@0.1"]
license = "Apache-2.0"

[channel]
kind = "telegram"

[permissions]
http = [
  { host = "api.telegram.org", methods = ["GET", "POST"], reason = "send and read messages" },
  { host = "{api-base}", reason = "a server of your own" },
]
secrets = [{ name = "bot-token", reason = "signs requests", rotate-days = 90 }]
kv = { max-keys = 100, reason = "ids of files" }
events = { subscribe = ["conversation.resolved"], reason = "says goodbye" }
data = [{ field = "message.text", reason = "sends it" }]

[limits]
memory-mib = 32
call-ms = { poll = 60000 }

[settings.schema]
api-base = { type = "string", title = "Address", default = "https://api.telegram.org", pattern = "^https?://" }
bot-token = { type = "secret", title = { en = "Bot token" }, required = true }
greeting = { type = "enum", values = ["short", "long"] }
batch = { type = "integer", min = 1, max = 100, default = 20 }
name = { type = "string", required = true, max = 5 }
"#;

fn problem(from: &str, to: &str) -> String {
    assert!(SOURCE.contains(from), "{from}");
    Manifest::parse(&SOURCE.replace(from, to))
        .unwrap_err()
        .to_string()
}

#[test]
fn a_manifest_survives_being_stored() {
    let manifest = Manifest::parse(SOURCE).unwrap();
    assert_eq!(manifest.component, "plugin.wasm");
    assert_eq!(manifest.kinds(), ["channel"]);
    assert_eq!(manifest.name.get("zh"), "电报");
    assert_eq!(manifest.name.get("de"), "Telegram");
    assert_eq!(Manifest::from_json(&manifest.to_json()).unwrap(), manifest);
    let keys: Vec<String> = manifest
        .permissions
        .asked()
        .into_iter()
        .map(|it| it.key)
        .collect();
    assert_eq!(
        keys,
        [
            "http:api.telegram.org",
            "http:{api-base}",
            "secret:bot-token",
            "kv",
            "events:conversation.resolved",
            "data:message.text"
        ]
    );
}

#[test]
fn mistakes_are_named_with_line_and_field() {
    for (from, to, expected) in [
        (
            "schema = 1",
            "schema = 2",
            "plugin.toml:1: schema: 2 is unknown, only 1 is",
        ),
        (
            "acme.telegram",
            "Acme",
            "plugin.toml:2: id: only a-z, 0-9, - and . are allowed",
        ),
        (
            "1.4.0",
            "1.4",
            "plugin.toml:3: version: must look like 1.4.0",
        ),
        (
            "channel-polling@0.1",
            "channel-polling@7.0",
            "plugin.toml:6: contracts[0]: version 7.0 is not offered here; 0.1 are",
        ),
        (
            "kind = \"telegram\"",
            "kind = \"Tele gram\"",
            "plugin.toml:10: channel.kind: ",
        ),
        (
            "\"a server of your own\"",
            "\" \"",
            "plugin.toml:15: permissions.http[1].reason: must say why, in English at least",
        ),
        (
            "{api-base}\"",
            "{base}\"",
            "plugin.toml:15: permissions.http[1].host: there is no setting \"base\"",
        ),
        (
            "api.telegram.org\", methods",
            "*.org\", methods",
            "plugin.toml:14: permissions.http[0].host: ",
        ),
        (
            "message.text",
            "everything",
            "plugin.toml:20: permissions.data[0].field: ",
        ),
        (
            "{ poll =",
            "{ pol =",
            "plugin.toml:24: limits.call-ms.pol: is none of route, ",
        ),
        (
            "memory-mib = 32",
            "memory-mib = 4096",
            "plugin.toml:23: limits.memory-mib: must be 1 to 128",
        ),
        (
            "\"^https?://\"",
            "\"(\"",
            "plugin.toml:27: settings.schema.api-base.pattern: ",
        ),
        (
            "default = 20",
            "default = 200",
            "plugin.toml:30: settings.schema.batch.default: must be at most 100",
        ),
        (
            "values = [\"short\", \"long\"] }",
            "values = [\"short\", \"long\"], labels = { tall = \"Tall\" } }",
            "plugin.toml:29: settings.schema.greeting.labels: \"tall\" is none of the values",
        ),
        (
            "license =",
            "licence =",
            "plugin.toml:7: unknown field `licence`",
        ),
        ("kv = {", "kv = [", "plugin.toml:18: "),
    ] {
        let message = problem(from, to);
        assert!(
            message.starts_with(expected),
            "{message}\nexpected {expected}"
        );
    }
}

#[test]
fn settings_are_checked_and_defaults_filled_in() {
    let schema = Manifest::parse(SOURCE).unwrap().settings.schema;
    let check = |given: serde_json::Value| {
        check_settings(&schema, given.as_object().unwrap())
            .map_err(|it| it.iter().map(ToString::to_string).collect::<Vec<_>>())
    };
    let settings = check(json!({ "name": "A", "greeting": "long" })).unwrap();
    assert_eq!(settings["batch"], "20");
    assert_eq!(settings["greeting"], "long");
    assert!(!settings.contains_key("bot-token"));
    assert_eq!(
        check(json!({ "batch": 1.5, "greeting": "no", "bot-token": "x", "api-base": "ftp://", "what": 1 })).unwrap_err(),
        [
            "bot-token: is a secret and does not belong here",
            "what: there is no such setting",
            "api-base: must look like ^https?://",
            "batch: must be a whole number",
            "greeting: must be one of short, long",
            "name: is required",
        ]
    );
    assert_eq!(
        check(json!({ "name": "机器人机器人" })).unwrap_err(),
        ["name: must have at most 5 characters"]
    );
    assert!(
        check_settings(&SettingsSchema::default(), &serde_json::Map::new())
            .unwrap()
            .is_empty()
    );
}

#[test]
fn an_update_that_asks_for_more_is_seen() {
    let old = Manifest::parse(SOURCE).unwrap();
    let new = SOURCE
        .replace("[\"GET\", \"POST\"]", "[\"GET\", \"DELETE\"]")
        .replace("max-keys = 100", "max-keys = 50")
        .replace(
            "data = [{ field = \"message.text\", reason = \"sends it\" }]",
            "",
        )
        .replace("rotate-days = 90", "rotate-days = 30");
    let new = Manifest::parse(&new).unwrap();
    let changes: Vec<(String, Change)> = diff(&old, &new)
        .into_iter()
        .map(|(asked, change)| (asked.key, change))
        .collect();
    assert_eq!(
        changes,
        [
            ("http:api.telegram.org".to_owned(), Change::Added),
            ("http:{api-base}".to_owned(), Change::Kept),
            ("secret:bot-token".to_owned(), Change::Kept),
            ("kv".to_owned(), Change::Kept),
            ("events:conversation.resolved".to_owned(), Change::Kept),
            ("data:message.text".to_owned(), Change::Removed),
        ]
    );
    let approval = Approval::all(&old);
    assert!(approval.covers_all(&old));
    assert!(!approval.covers_all(&new));
}
