//! What extends the desk: plugins, rules, policies, reporting lines.

use plugboard_domain::{
    Actor, Event, PluginId, RuleId,
    desk::{
        Canary, Entity, Plugin, PluginVersion, Policies, PolicyKind, PolicyRef, PolicySlot, Rule,
        RuleVersion,
    },
};
use serde_json::{Map, json};

use super::{agent, at, id};

pub(super) fn all() -> Vec<(&'static str, Event)> {
    let created_at = at("03:04:05");
    let saved = |entity| Event::DeskSaved { entity };
    let mut reporting = agent(created_at);
    reporting.reports_to = Some(id(30));
    let bare = Plugin {
        versions: vec![],
        active: None,
        pending: None,
        previous: None,
        enabled: false,
        settings: Map::new(),
        grants: Map::new(),
        recording: None,
        ..plugin()
    };
    let escalating = Rule {
        kind: PolicyKind::Escalation,
        ..rule()
    };
    vec![
        (
            "desk.saved-agent_reporting",
            saved(Entity::Agent(reporting)),
        ),
        ("desk.saved-plugin", saved(Entity::Plugin(plugin()))),
        ("desk.saved-plugin_bare", saved(Entity::Plugin(bare))),
        ("desk.saved-rule", saved(Entity::Rule(rule()))),
        (
            "desk.saved-rule_escalation",
            saved(Entity::Rule(escalating)),
        ),
        ("desk.saved-policies", saved(Entity::Policies(policies()))),
        (
            "desk.saved-policies_bare",
            saved(Entity::Policies(Policies::default())),
        ),
    ]
}

fn plugin() -> Plugin {
    let version = |version: &str, digit: &str, signed_by| PluginVersion {
        version: version.into(),
        digest: digit.repeat(64),
        package_sha256: "c".repeat(64),
        manifest: json!({"schema": 1, "id": "acme.telegram"}),
        signed_by,
        installed_at: at("03:05:00"),
    };
    Plugin {
        id: id::<PluginId>(31),
        key: "acme.telegram".into(),
        name: "Telegram".into(),
        versions: vec![
            version("0.9.0", "9", None),
            version("1.0.0", "a", Some("acme".into())),
            version("1.1.0", "b", None),
        ],
        active: Some("a".repeat(64)),
        pending: Some("b".repeat(64)),
        previous: Some("9".repeat(64)),
        enabled: true,
        settings: Map::from_iter([("bot".into(), json!("shop"))]),
        grants: Map::from_iter([("data".into(), json!(["message.text"]))]),
        recording: None,
        created_at: at("03:04:05"),
    }
}

fn rule() -> Rule {
    let version = |number, builder| RuleVersion {
        number,
        source: "def route(conv, candidates, now):\n    return wait()\n".into(),
        builder,
        saved_at: at("03:06:00"),
        saved_by: Actor::Agent { id: id(9) },
    };
    Rule {
        id: id::<RuleId>(32),
        name: "夜班".into(),
        kind: PolicyKind::Routing,
        versions: vec![version(1, None), version(2, Some(json!({"when": []})))],
        live: 2,
        created_at: at("03:04:05"),
    }
}

fn policies() -> Policies {
    let skills = || PolicyRef::Plugin("routing-skills".into());
    let night = || PolicyRef::Rule("夜班".into());
    Policies {
        routing: PolicySlot {
            live: vec![night(), skills()],
            previous: vec![skills()],
            shadow: Some(PolicyRef::Plugin("routing-new".into())),
            canary: Some(Canary {
                policy: PolicyRef::Plugin("routing-bold".into()),
                percent: 10,
                since: at("03:07:00"),
                max_error_percent: 2,
                max_sla_rise_percent: 5,
            }),
        },
        escalation: PolicySlot {
            live: vec![PolicyRef::Plugin("escalation-ladder".into())],
            ..PolicySlot::default()
        },
    }
}
