//! The operator's command line, against a running desk and without one.

use std::{path::Path, process::Stdio};

use plugboard_contract::{Client, Server, binary, package};
use serde_json::json;

/// What a subcommand printed, and whether it was content.
pub(crate) struct Said {
    well: bool,
    text: String,
}

impl Said {
    #[track_caller]
    pub(crate) fn well(self) -> String {
        assert!(self.well, "{}", self.text);
        self.text
    }

    pub(crate) fn either(self) -> String {
        self.text
    }

    #[track_caller]
    pub(crate) fn failed(self) -> String {
        assert!(!self.well, "{}", self.text);
        self.text
    }
}

/// Runs a subcommand as an operator does, with nobody at the keyboard.
pub(crate) async fn plugboard(admin: &Client, token: &str, arguments: &[&str]) -> Said {
    let output = tokio::process::Command::new(binary())
        .args(arguments)
        .env("PLUGBOARD_DESK", format!("http://{}", admin.address))
        .env("PLUGBOARD_TOKEN", token)
        .env("PLUGBOARD_PLUGIN_CACHE", plugboard_contract::plugin_cache())
        .stdin(Stdio::null())
        .output()
        .await
        .unwrap();
    let text = [output.stdout, output.stderr].concat();
    Said {
        well: output.status.success(),
        text: String::from_utf8(text).unwrap(),
    }
}

pub(crate) async fn api_token(admin: &Client) -> String {
    let scopes = ["integrations_manage", "desk_manage", "conversations_read"];
    let asked = json!({ "name": "Operator", "scopes": scopes });
    let made = admin.post("/api/v1/api_tokens", asked).await;
    made.accepted(201);
    made.text_at("/token")
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[tokio::test]
async fn an_operator_installs_locks_and_removes_plugins() {
    let server = Server::start().await;
    let admin = server.administrator().await;
    let token = api_token(&admin).await;
    let files = tempfile::tempdir().unwrap();
    let run = async |arguments: &[&str]| plugboard(&admin, &token, arguments).await;

    let nobody = plugboard(&admin, "pbt_wrong", &["plugin", "list"]).await;
    assert!(nobody.failed().contains("the desk refused"));

    // Nobody can be asked, so it waits.
    let path = files.path().join("p.plugboard");
    std::fs::write(&path, package("channel-telegram")).unwrap();
    let waits = run(&["plugin", "install", text(&path)]).await.failed();
    assert!(waits.contains("http: "), "{waits}");
    assert!(waits.contains("not approved"), "{waits}");
    let shown = run(&["plugin", "list"]).await.well();
    assert!(shown.contains("waits for approval"), "{shown}");
    let said = run(&["plugin", "approve", "channel-telegram", "--yes"]).await;
    assert!(said.well().contains("channel-telegram"));

    let said = run(&[
        "plugin",
        "install",
        "routing-skills",
        "--approve",
        "--enable",
    ])
    .await;
    let said = said.well();
    assert!(said.ends_with(": on\n"), "{said}");
    run(&["plugin", "disable", "routing-skills"]).await.well();
    run(&["plugin", "enable", "routing-skills"]).await.well();
    run(&["plugin", "logs", "routing-skills"]).await.well();
    let letters = run(&["plugin", "dead-letters", "routing-skills"]).await;
    assert_eq!(letters.well(), "Nothing was given up.\n");
    let letters = run(&["plugin", "dead-letters", "routing-skills", "--replay"]).await;
    assert_eq!(letters.well(), "0 pieces of work are tried again.\n");
    let back = run(&["plugin", "rollback", "routing-skills"]).await;
    assert!(back.failed().contains("no version to return to"));

    let lock = files.path().join("plugins.lock");
    run(&["plugin", "lock", "-o", text(&lock)]).await.well();
    let list = ["plugin", "list", "--locked", text(&lock)];
    assert!(run(&list).await.well().contains("All as in the lock."));
    run(&["plugin", "remove", "channel-telegram"]).await.well();
    let differs = run(&list).await.failed();
    assert!(
        differs.contains("channel-telegram: in the lock, and not installed"),
        "{differs}"
    );
}

#[tokio::test]
async fn what_the_lock_does_not_name_is_not_run() {
    let server = Server::start().await;
    let admin = server.administrator().await;
    let token = api_token(&admin).await;
    for key in ["routing-skills", "escalation-ladder"] {
        let install = ["plugin", "install", key, "--approve", "--enable"];
        plugboard(&admin, &token, &install).await.well();
    }
    let lock = server.directory.path().join("plugins.lock");
    let write = ["plugin", "lock", "-o", text(&lock)];
    plugboard(&admin, &token, &write).await.well();
    let written = std::fs::read_to_string(&lock).unwrap();
    // Another code of the one, and nothing of the other.
    let digest = written.split("digest = \"").nth(2).unwrap()[..64].to_owned();
    let changed = written.replace(&digest, &"0".repeat(64));
    let begins = changed.find("\n[[plugin]]").unwrap();
    let ends = changed.rfind("\n[[plugin]]").unwrap();
    let changed = format!("{}{}", &changed[..begins], &changed[ends..]);
    std::fs::write(&lock, changed).unwrap();

    let path = lock.clone();
    let (directory, _) = server.stop().await;
    let server = Server::start_on(directory, &[("PLUGBOARD_PLUGINS_LOCK", text(&path))]).await;
    let admin = server.sign_in("root@example.com").await;
    for key in ["routing-skills", "escalation-ladder"] {
        let shown = admin.get(&format!("/api/v1/plugins/{key}")).await;
        assert_eq!(shown.accepted(200)["state"], "failed", "{key}");
        let errors = shown.body["last_errors"].to_string();
        assert!(errors.contains("plugins.lock"), "{key}: {errors}");
        let said = match key {
            "escalation-ladder" => shown.body["lock"]["state"] == "unnamed",
            _ => shown.body["lock"]["digest"] == json!("0".repeat(64)),
        };
        assert!(said, "{key}: {}", shown.body["lock"]);
    }
    let ready = admin.get("/readyz").await;
    assert_eq!(ready.status, 200, "the desk itself is well: {ready:?}");
    assert!(ready.text.contains("it is not run"), "{}", ready.text);
}

#[tokio::test]
async fn rules_are_checked_without_a_desk_and_tried_on_one() {
    let server = Server::start().await;
    let admin = server.administrator().await;
    let token = api_token(&admin).await;
    let files = tempfile::tempdir().unwrap();
    let run = async |arguments: &[&str]| plugboard(&admin, &token, arguments).await;

    let wrong = files.path().join("wrong.star");
    std::fs::write(
        &wrong,
        "def route(conv, candidates, now):\n    return team(]\n",
    )
    .unwrap();
    let said = run(&["rule", "check", text(&wrong)]).await.failed();
    assert!(said.contains(&format!("{}:2:", text(&wrong))), "{said}");
    let said = run(&["rule", "save", "refunds", text(&wrong)])
        .await
        .failed();
    assert!(said.contains(&format!("{}:2:", text(&wrong))), "{said}");

    let good = files.path().join("good.star");
    let source = "def route(conv, candidates, now):\n    return None\n";
    std::fs::write(&good, source).unwrap();
    run(&["rule", "check", text(&good)]).await.well();
    let said = run(&["rule", "save", "refunds", text(&good)]).await.well();
    assert_eq!(said, "refunds is saved: version 1.\n");
    let said = run(&["rule", "list"]).await.well();
    assert!(said.contains("refunds"), "{said}");
    let said = run(&["rule", "show", "refunds"]).await.well();
    assert_eq!(said, source);
    let unknown = run(&["rule", "show", "unknown"]).await.failed();
    assert!(unknown.contains("the desk refused"), "{unknown}");

    let inbox = server.inbox(&admin, json!({})).await;
    let visitor = server.visitor(&inbox).await;
    visitor.say(&inbox, "hello").await;
    let backtest = [
        "rule",
        "backtest",
        text(&good),
        "--from",
        "2026-01-01",
        "--to",
        "2100-01-01",
    ];
    let said = run(&backtest).await.well();
    assert!(said.starts_with("1 conversations, 0 differ"), "{said}");
    let failing = files.path().join("failing.star");
    std::fs::write(
        &failing,
        "def route(conv, candidates, now):\n    return team([][0])\n",
    )
    .unwrap();
    let mut backtest = backtest;
    backtest[2] = text(&failing);
    let said = run(&backtest).await.failed();
    assert!(said.contains("the built-in policy stood in"), "{said}");
}
