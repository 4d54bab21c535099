//! Plugins, rules and policies: bounds, references, and whom agents report to.

use plugboard_domain::{
    Actor, PluginId, RuleId,
    access::Role,
    channel::ChannelKind,
    desk::{
        Canary, Desk, Entity, EntityKind, EntityRef, Inbox, Plugin, PluginVersion, Policies,
        PolicyKind, PolicyRef, PolicySlot, Rule, RuleVersion,
    },
};
use serde_json::{Map, json};
use uuid::Uuid;

use crate::support::{BOSS, INBOX, LI, WANG, agent, desk, start};

const TELEGRAM: PluginId = PluginId(Uuid::from_u128(81));
const NIGHT_RULE: RuleId = RuleId(Uuid::from_u128(82));

fn version(version: &str, digit: &str) -> PluginVersion {
    PluginVersion {
        version: version.into(),
        digest: digit.repeat(64),
        package_sha256: "c".repeat(64),
        manifest: json!({"schema": 1}),
        signed_by: None,
        installed_at: start(),
    }
}

pub(crate) fn plugin(change: impl FnOnce(&mut Plugin)) -> Entity {
    let mut plugin = Plugin {
        id: TELEGRAM,
        key: "acme.telegram-2".into(),
        name: "Telegram".into(),
        versions: vec![version("1.0.0", "a"), version("1.1.0", "b")],
        active: Some("a".repeat(64)),
        pending: Some("b".repeat(64)),
        previous: None,
        enabled: true,
        settings: Map::new(),
        grants: Map::new(),
        recording: None,
        created_at: start(),
    };
    change(&mut plugin);
    Entity::Plugin(plugin)
}

pub(crate) fn rule(change: impl FnOnce(&mut Rule)) -> Entity {
    let mut rule = Rule {
        id: NIGHT_RULE,
        name: "夜班".into(),
        kind: PolicyKind::Routing,
        versions: vec![RuleVersion {
            number: 3,
            source: "def route(conv, candidates, now):\n    return wait()\n".into(),
            builder: None,
            saved_at: start(),
            saved_by: Actor::Agent { id: BOSS },
        }],
        live: 3,
        created_at: start(),
    };
    change(&mut rule);
    Entity::Rule(rule)
}

fn night() -> PolicyRef {
    PolicyRef::Rule("夜班".into())
}

fn telegram() -> PolicyRef {
    PolicyRef::Plugin("acme.telegram-2".into())
}

fn routing(change: impl FnOnce(&mut PolicySlot)) -> Entity {
    let mut policies = Policies::default();
    policies.routing.live = vec![night(), telegram()];
    change(&mut policies.routing);
    Entity::Policies(policies)
}

fn extended() -> Desk {
    let mut desk = desk();
    for entity in [plugin(|_| ()), rule(|_| ()), routing(|_| ())] {
        desk.validate(&entity).unwrap();
        desk.save(entity);
    }
    desk
}

fn refused(entity: &Entity) -> String {
    match extended().validate(entity) {
        Ok(()) => "accepted".to_owned(),
        Err(rejection) => rejection.to_string(),
    }
}

fn all_refused(entities: &[Entity]) -> String {
    entities.iter().map(refused).collect::<Vec<_>>().join("\n")
}

#[test]
fn plugin_out_of_bounds_is_refused() {
    let big = json!("x".repeat(65_536));
    let refusals = [
        plugin(|it| it.key = "Acme".into()),
        plugin(|it| it.key = "acme..x".into()),
        plugin(|it| it.key = "x".repeat(61)),
        plugin(|it| it.key = "acme.other".into()),
        plugin(|it| it.id = PluginId(Uuid::from_u128(83))),
        plugin(|it| it.name = " ".into()),
        plugin(|it| it.versions.clear()),
        plugin(|it| it.versions[0].digest = "b".repeat(64)),
        plugin(|it| it.versions[1].digest = "B".repeat(64)),
        plugin(|it| it.versions[1].package_sha256 = "c".into()),
        plugin(|it| it.versions[1].version = String::new()),
        plugin(|it| it.versions[1].manifest = big.clone()),
        plugin(|it| it.previous = Some("d".repeat(64))),
        plugin(|it| it.active = None),
        plugin(|it| _ = it.settings.insert("a".into(), big.clone())),
        plugin(|it| _ = it.grants.insert("a".into(), big.clone())),
        plugin(|it| it.enabled = false),
    ];
    insta::assert_snapshot!(all_refused(&refusals), @r"
    a plugin's key has 1 to 60 of a-z, 0-9, - and ., and begins and ends with a letter or digit
    a plugin's key has 1 to 60 of a-z, 0-9, - and ., and begins and ends with a letter or digit
    a plugin's key has 1 to 60 of a-z, 0-9, - and ., and begins and ends with a letter or digit
    a plugin keeps its key, and no other has it
    a plugin keeps its key, and no other has it
    name must not be empty
    a plugin has 1 to 10 versions
    a plugin has each version once
    digest must be a SHA-256 in lower-case hex
    package_sha256 must be a SHA-256 in lower-case hex
    version must not be empty
    manifest must be at most 64 KiB
    active, pending and previous name installed versions
    a plugin cannot be enabled before a version of it is approved
    settings must be at most 64 KiB
    grants must be at most 64 KiB
    accepted
    ");
}

#[test]
fn rule_out_of_bounds_is_refused() {
    let refusals = [
        rule(|it| it.name = "a/b".into()),
        rule(|it| it.name = " a".into()),
        rule(|it| it.name = "other".into()),
        rule(|it| it.kind = PolicyKind::Escalation),
        rule(|it| it.id = RuleId(Uuid::from_u128(84))),
        rule(|it| it.versions.clear()),
        rule(|it| it.versions[0].number = 0),
        rule(|it| it.versions.push(it.versions[0].clone())),
        rule(|it| it.live = 2),
        rule(|it| it.versions[0].source = "x".repeat(32_769)),
        rule(|it| it.versions[0].source = "\n".into()),
        rule(|it| it.versions[0].builder = Some("x".repeat(65_536).into())),
        rule(|it| it.versions[0].source = "x".repeat(32_768)),
    ];
    insta::assert_snapshot!(all_refused(&refusals), @r"
    a rule's name has no spaces around it and none of / @ ? # % \
    a rule's name has no spaces around it and none of / @ ? # % \
    a rule keeps its name and kind: policies and traces name it
    a rule keeps its name and kind: policies and traces name it
    another rule has this name
    a rule has 1 to 20 versions
    versions of a rule count upwards from 1
    versions of a rule count upwards from 1
    live must be the number of a version
    source must be 1 to 32768 bytes
    source must be 1 to 32768 bytes
    builder must be at most 64 KiB
    accepted
    ");
}

#[test]
fn policies_name_what_exists_and_fits() {
    let canary = |percent| Canary {
        policy: night(),
        percent,
        since: start(),
        max_error_percent: 5,
        max_sla_rise_percent: 10,
    };
    let escalation = Entity::Policies(Policies {
        escalation: PolicySlot {
            live: vec![night()],
            ..PolicySlot::default()
        },
        ..Policies::default()
    });
    let refusals = [
        routing(|it| it.live = vec![PolicyRef::Rule("day".into())]),
        routing(|it| it.shadow = Some(PolicyRef::Plugin("gone".into()))),
        routing(|it| it.live = vec![night(), night()]),
        routing(|it| it.canary = Some(canary(0))),
        routing(|it| it.canary = Some(canary(101))),
        escalation,
        routing(|it| it.canary = Some(canary(10))),
        routing(|it| it.live.clear()),
    ];
    insta::assert_snapshot!(all_refused(&refusals), @r"
    rule:day does not exist, or decides something else
    plugin:gone does not exist, or decides something else
    a chain has at most 8 policies, each once
    a canary takes 1 to 100 percent, and its bounds are at most 100
    a canary takes 1 to 100 percent, and its bounds are at most 100
    rule:夜班 does not exist, or decides something else
    accepted
    accepted
    ");
}

#[test]
fn plugin_or_rule_in_use_stays() {
    let mut desk = extended();
    let removal = |desk: &Desk, kind, id| match desk.validate_removal(EntityRef { kind, id }) {
        Ok(()) => "may go".to_owned(),
        Err(rejection) => rejection.to_string(),
    };
    let both = |desk: &Desk| {
        [
            removal(desk, EntityKind::Plugin, TELEGRAM.0),
            removal(desk, EntityKind::Rule, NIGHT_RULE.0),
        ]
    };
    let mut told = both(&desk).to_vec();
    desk.save(Entity::Policies(Policies::default()));
    told.extend(both(&desk));
    desk.save(Entity::Inbox(Inbox {
        channel: ChannelKind::Plugin("acme.telegram-2".into()),
        ..desk.inbox(INBOX).unwrap().clone()
    }));
    told.extend(both(&desk));
    insta::assert_snapshot!(told.join("\n"), @r#"
    still used by "policies"
    still used by "policies"
    may go
    may go
    still used by "chat"
    may go
    "#);
}

#[test]
fn nobody_reports_to_themselves() {
    let mut desk = desk();
    for (id, above) in [(LI, Some(WANG)), (WANG, Some(BOSS)), (BOSS, None)] {
        let role = if id == BOSS {
            Role::Administrator
        } else {
            Role::Agent
        };
        let mut it = agent(id, "a", role);
        it.reports_to = above;
        let it = Entity::Agent(it);
        desk.validate(&it).unwrap();
        desk.save(it);
    }
    assert_eq!(desk.managers(LI), [WANG, BOSS]);
    assert_eq!(desk.managers(BOSS), []);
    let refusal = |id, above| {
        let role = if id == BOSS {
            Role::Administrator
        } else {
            Role::Agent
        };
        let mut it = agent(id, "a", role);
        it.reports_to = Some(above);
        desk.validate(&Entity::Agent(it)).unwrap_err().to_string()
    };
    let stranger = plugboard_domain::AgentId(Uuid::from_u128(99));
    insta::assert_snapshot!([refusal(BOSS, BOSS), refusal(BOSS, LI), refusal(LI, stranger)].join("\n"), @r"
    nobody reports to themselves
    nobody reports to themselves
    agent does not exist
    ");
}

#[test]
fn labels_name_versions_and_states_follow() {
    let desk = extended();
    let plugin = desk.plugin_by_key("acme.telegram-2").unwrap();
    let running = plugin.running().unwrap();
    assert_eq!(
        plugin.label(running),
        "plugin:acme.telegram-2@1.0.0+aaaaaaaaaaaa"
    );
    let rule = desk.rule_by_name("夜班").unwrap();
    assert_eq!(rule.label(rule.in_force().unwrap().number), "rule:夜班@3");
    let paused = Plugin {
        enabled: false,
        ..plugin.clone()
    };
    assert_eq!(paused.running(), None);
    assert_eq!(
        desk.policies()
            .unwrap()
            .slot(PolicyKind::Routing)
            .live
            .len(),
        2
    );
}
