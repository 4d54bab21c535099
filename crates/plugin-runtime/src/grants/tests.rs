use std::collections::{BTreeMap, BTreeSet};

use super::{Approval, Grants, PermissionCeiling, Target};
use crate::manifest::Manifest;

fn manifest() -> Manifest {
    Manifest::parse(
        r#"schema = 1
id = "a"
version = "1.0.0"
name = "A"
contracts = ["plugboard:plugin/event-hook@0.1"]
[permissions]
http = [{ host = "api.example.com", methods = ["GET"], reason = "r" }, { host = "*.cdn.example.com", reason = "r" }]
websocket = [{ host = "push.example.com", reason = "r" }]
secrets = [{ name = "token", reason = "r" }]
kv = { reason = "r" }
commands = [{ name = "note", reason = "r" }]
events = { subscribe = ["conversation.*", "agent.created"], reason = "r" }
data = [{ field = "message.text", reason = "r" }]
"#,
    )
    .unwrap()
}

fn denial(result: Result<String, crate::types::Failure>) -> String {
    let failure = result.unwrap_err();
    assert_eq!(failure.code, "denied");
    failure.message
}

#[test]
fn granted_is_what_was_asked_and_approved_and_not_above_the_ceiling() {
    let manifest = manifest();
    let keys = ["http:api.example.com", "secret:token", "kv"].map(str::to_owned);
    let approval = Approval::keys(&manifest, &keys);
    let ceiling = PermissionCeiling {
        refused: BTreeSet::from(["kv".to_owned()]),
    };
    let grants = Grants::new(&manifest, &approval, &ceiling);
    let granted: Vec<&str> = grants.keys().collect();
    assert_eq!(granted, ["http:api.example.com", "secret:token"]);
    assert!(grants.kv().is_none());
    assert!(grants.require("secret", "token").is_ok());
    assert_eq!(
        denial(grants.require("secret", "other")),
        "secret \"other\" was not granted"
    );
    assert_eq!(
        denial(grants.require("command", "note")),
        "command \"note\" was not granted"
    );
    assert_eq!(
        grants.unused(&BTreeSet::from(["secret:token".to_owned()])),
        ["http:api.example.com"]
    );
}

#[test]
fn requests_go_only_where_they_were_granted() {
    let manifest = manifest();
    let grants = Grants::new(
        &manifest,
        &Approval::all(&manifest),
        &PermissionCeiling::default(),
    );
    let none = BTreeMap::new();
    let target = |address| Target::parse(address).unwrap();
    assert_eq!(
        grants
            .http("GET", &target("https://api.example.com/x"), &none)
            .unwrap(),
        "http:api.example.com"
    );
    assert_eq!(
        denial(grants.http("POST", &target("https://api.example.com/x"), &none)),
        "POST to https://api.example.com:443 was not granted"
    );
    assert_eq!(
        denial(grants.http("GET", &target("http://169.254.169.254/latest"), &none)),
        "http://169.254.169.254:80 was not granted"
    );
    assert!(
        grants
            .http("PUT", &target("https://a.cdn.example.com/"), &none)
            .is_ok()
    );
    assert!(
        grants
            .websocket(&target("wss://push.example.com/s"), &none)
            .is_ok()
    );
    assert!(
        grants
            .websocket(&target("wss://api.example.com/s"), &none)
            .is_err()
    );
    assert!(grants.hears("conversation.created") && grants.hears("agent.created"));
    assert!(!grants.hears("agent.deleted"));
    assert!(grants.sees("message.text") && !grants.sees("contact.name"));
}

#[test]
fn nothing_is_granted_before_an_approval() {
    let grants = Grants::new(
        &manifest(),
        &Approval::default(),
        &PermissionCeiling::default(),
    );
    assert_eq!(grants.keys().count(), 0);
}
