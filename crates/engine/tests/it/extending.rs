//! Who may install plugins, write rules and choose policies; and what of a plugin stays out of the journal.

use std::collections::BTreeMap;

use plugboard_domain::{
    Actor, Command, Envelope, Principal, Rejection,
    access::{Permission, Role},
    desk::{
        Entity, EntityRef, Plugin, PluginVersion, Policies, PolicyKind, PolicyRef, Private, Rule,
        RuleVersion,
    },
    ids::AgentId,
};
use plugboard_engine::{EngineError, Outcome};
use serde_json::{Map, json};

use crate::desk::Desk;

fn plugin(desk: &Desk) -> Entity {
    let digest = "a".repeat(64);
    Entity::Plugin(Plugin {
        id: desk.engine.mint(),
        key: "acme.telegram".into(),
        name: "Telegram".into(),
        versions: vec![PluginVersion {
            version: "1.0.0".into(),
            digest: digest.clone(),
            package_sha256: digest.clone(),
            manifest: json!({}),
            signed_by: None,
            installed_at: desk.engine.now(),
        }],
        active: Some(digest),
        pending: None,
        previous: None,
        enabled: true,
        settings: Map::new(),
        grants: Map::new(),
        recording: None,
        created_at: desk.engine.now(),
    })
}

fn rule(desk: &Desk, by: AgentId) -> Entity {
    Entity::Rule(Rule {
        id: desk.engine.mint(),
        name: "night".into(),
        kind: PolicyKind::Routing,
        versions: vec![RuleVersion {
            number: 1,
            source: "def route(conv, candidates, now):\n    return wait()\n".into(),
            builder: None,
            saved_at: desk.engine.now(),
            saved_by: Actor::Agent { id: by },
        }],
        live: 1,
        created_at: desk.engine.now(),
    })
}

async fn saves(desk: &Desk, by: AgentId, entity: Entity) -> Result<Outcome, EngineError> {
    let private = Private {
        secrets: match &entity {
            Entity::Plugin(_) => BTreeMap::from([("bot-token".into(), "123:秘密".into())]),
            _ => BTreeMap::new(),
        },
        ..Private::default()
    };
    let command = Command::Save { entity, private };
    desk.engine
        .execute(Envelope::new(Principal::Agent(by), command))
        .await
}

#[tokio::test]
async fn administrators_install_plugins_and_team_leads_write_rules() {
    let desk = Desk::open().await;
    let (administrator, lead, agent) = (
        desk.agent("Admin", Role::Administrator).await,
        desk.agent("Lead", Role::Supervisor).await,
        desk.agent("Li", Role::Agent).await,
    );
    let needs = |result: Result<Outcome, EngineError>| match result {
        Err(EngineError::Rejected(Rejection::Forbidden(permission))) => permission,
        other => panic!("{other:?}"),
    };
    for who in [lead, agent] {
        let refused = saves(&desk, who, plugin(&desk)).await;
        assert_eq!(needs(refused), Permission::IntegrationsManage);
    }
    let installed = plugin(&desk);
    saves(&desk, administrator, installed.clone())
        .await
        .unwrap();
    let refused = saves(&desk, agent, rule(&desk, agent)).await;
    assert_eq!(needs(refused), Permission::DeskManage);
    let written = rule(&desk, lead);
    saves(&desk, lead, written.clone()).await.unwrap();
    let mut policies = Policies::default();
    policies.routing.live = vec![
        PolicyRef::Rule("night".into()),
        PolicyRef::Plugin("acme.telegram".into()),
    ];
    let refused = saves(&desk, agent, Entity::Policies(policies.clone())).await;
    assert_eq!(needs(refused), Permission::DeskManage);
    saves(&desk, lead, Entity::Policies(policies.clone()))
        .await
        .unwrap();
    assert_eq!(desk.engine.desk().policies(), Some(&policies));

    let remove = |of: &Entity| {
        let command = Command::Remove(of.reference());
        Envelope::new(Principal::Agent(administrator), command)
    };
    let used = desk.engine.execute(remove(&installed)).await;
    assert!(matches!(
        used,
        Err(EngineError::Rejected(Rejection::Conflict(_)))
    ));
    saves(&desk, lead, Entity::Policies(Policies::default()))
        .await
        .unwrap();
    desk.engine.execute(remove(&installed)).await.unwrap();
    desk.engine.execute(remove(&written)).await.unwrap();
    desk.close().await;
}

#[tokio::test]
async fn secrets_of_a_plugin_are_sealed_and_go_with_it() {
    let desk = Desk::open().await;
    let administrator = desk.agent("Admin", Role::Administrator).await;
    let installed = plugin(&desk);
    saves(&desk, administrator, installed.clone())
        .await
        .unwrap();
    let of: EntityRef = installed.reference();
    let secrets = desk.engine.store().secrets(of).await.unwrap();
    assert_eq!(secrets["bot-token"], "123:秘密");
    let journal = desk.journal().await;
    let told: Vec<_> = journal
        .iter()
        .map(|it| it.event.data().to_string())
        .collect();
    assert!(!told.concat().contains("秘密"));
    let desk = desk.restart().await;
    assert!(desk.engine.desk().plugin_by_key("acme.telegram").is_some());
    desk.system(Command::Remove(of)).await.unwrap();
    assert!(desk.engine.store().secrets(of).await.unwrap().is_empty());
    desk.close().await;
}

#[tokio::test]
async fn nobody_changes_whom_they_report_to_themselves() {
    let desk = Desk::open().await;
    let (administrator, li) = (
        desk.agent("Admin", Role::Administrator).await,
        desk.agent("Li", Role::Agent).await,
    );
    let mut profile = desk.engine.desk().agent(li).unwrap().clone();
    profile.reports_to = Some(administrator);
    let refused = saves(&desk, li, Entity::Agent(profile.clone())).await;
    assert!(matches!(
        refused,
        Err(EngineError::Rejected(Rejection::Forbidden(_)))
    ));
    saves(&desk, administrator, Entity::Agent(profile))
        .await
        .unwrap();
    assert_eq!(desk.engine.desk().managers(li), [administrator]);
    desk.close().await;
}
