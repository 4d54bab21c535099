//! What an administrator sets up: bounds, references, and folding it from the journal.

use std::collections::{BTreeMap, BTreeSet};

use plugboard_domain::{
    Actor, ApiTokenId, Event, MacroId, Recorded, SlaPolicyId, ViewId, WebhookId,
    access::Role,
    desk::{
        ApiToken, Attendance, Availability, Desk, Entity, EntityKind, EntityRef, Inbox, Macro,
        Overflow, SlaPolicy, View, Webhook,
    },
    sla::SlaTarget,
};
use uuid::Uuid;

use crate::support::{
    BOSS, CARE, HOURS, INBOX, LI, NIGHT, POLICY, SHOP, WANG, agent, at, desk, desk_with, start,
    team,
};

fn stranger() -> Uuid {
    Uuid::from_u128(99)
}

fn refused(entity: &Entity) -> String {
    match desk().validate(entity) {
        Ok(()) => "accepted".to_owned(),
        Err(rejection) => rejection.to_string(),
    }
}

fn inbox(change: impl FnOnce(&mut Inbox)) -> Entity {
    let mut inbox = desk().inbox(INBOX).unwrap().clone();
    change(&mut inbox);
    Entity::Inbox(inbox)
}

fn webhook(change: impl FnOnce(&mut Webhook)) -> Entity {
    let mut webhook = Webhook {
        id: WebhookId(Uuid::from_u128(72)),
        name: "orders".into(),
        url: "https://shop.example/hook".into(),
        events: ["message.*".to_owned()].into(),
        enabled: true,
        created_at: start(),
    };
    change(&mut webhook);
    Entity::Webhook(webhook)
}

fn saved_reply(change: impl FnOnce(&mut Macro)) -> Entity {
    let mut reply = Macro {
        id: MacroId(Uuid::from_u128(73)),
        name: "refund".into(),
        owner: None,
        text: "Hello {{contact.name}}".into(),
        add_tags: ["refund".to_owned()].into(),
        set_stage: None,
        set_priority: None,
        assign_team: Some(NIGHT),
        resolve_as: Some("refund".into()),
        created_at: start(),
    };
    change(&mut reply);
    Entity::Macro(reply)
}

fn view() -> View {
    View {
        id: ViewId(Uuid::from_u128(74)),
        name: "mine".into(),
        owner: Some(LI),
        filter: BTreeMap::from([("assignee".to_owned(), "me".to_owned())]),
        created_at: start(),
    }
}

fn token() -> ApiToken {
    ApiToken {
        id: ApiTokenId(Uuid::from_u128(71)),
        name: "import".into(),
        agent_id: BOSS,
        scopes: Role::Agent.permissions().to_vec(),
        expires_at: None,
        created_at: start(),
    }
}

fn recorded(event: &Event, secs: u64) -> Recorded {
    Recorded {
        seq: 1,
        at: at(secs),
        actor: Actor::Agent { id: BOSS },
        conversation_id: None,
        caused_by: None,
        event: Event::decode(event.kind(), event.data()).unwrap(),
    }
}

/// One of each kind.
fn everything() -> Vec<Entity> {
    let mut all: Vec<_> = desk().all().cloned().collect();
    all.extend([
        Entity::View(view()),
        Entity::ApiToken(token()),
        webhook(|_| ()),
        saved_reply(|_| ()),
    ]);
    all
}

#[test]
fn desk_is_the_fold_of_its_journal() {
    let mut folded = Desk::default();
    for entity in everything() {
        folded.apply(&recorded(&Event::DeskSaved { entity }, 0));
    }
    let mut saved = desk();
    for entity in everything() {
        saved.save(entity);
    }
    assert_eq!(folded, saved);
    let gone = EntityRef {
        kind: EntityKind::Webhook,
        id: Uuid::from_u128(72),
    };
    folded.apply(&recorded(&Event::DeskRemoved { entity: gone }, 0));
    assert_eq!(folded.get(gone), None);
    assert_eq!(folded.all().count(), saved.all().count() - 1);
}

#[test]
fn availability_is_folded_with_its_time() {
    let mut desk = desk();
    let availability = Availability::Away;
    desk.apply(&recorded(
        &Event::AvailabilityChanged {
            agent_id: LI,
            availability,
            attendance: Attendance::Unseen,
            cause: "asked".into(),
        },
        60,
    ));
    let li = desk.agent(LI).unwrap();
    assert_eq!(
        (li.availability, li.availability_since),
        (availability, at(60))
    );
    let before = desk.clone();
    let agent_id = plugboard_domain::AgentId(stranger());
    desk.apply(&recorded(
        &Event::AvailabilityChanged {
            agent_id,
            availability,
            attendance: Attendance::Unseen,
            cause: "asked".into(),
        },
        60,
    ));
    desk.apply(&recorded(&Event::SessionCreated { agent_id: LI }, 60));
    assert_eq!(desk, before);
}

#[test]
fn everything_reads_back_from_the_journal() {
    for entity in everything() {
        let stored = serde_json::to_string(&entity).unwrap();
        assert_eq!(serde_json::from_str::<Entity>(&stored).unwrap(), entity);
        assert_eq!(refused(&entity), "accepted");
    }
}

#[test]
fn lists_are_in_order_and_of_one_kind() {
    let desk = desk();
    let names: Vec<_> = desk.agents().map(|it| it.name.as_str()).collect();
    assert_eq!(names, ["Li", "Wang", "Boss"]);
    assert_eq!(desk.of_kind(EntityKind::Team).count(), 2);
    assert_eq!(desk.team(CARE).map(|it| it.id), Some(CARE));
    assert!(desk.team(plugboard_domain::TeamId(stranger())).is_none());
}

#[test]
fn names_are_short_lines() {
    for name in [String::new(), " ".into(), "a\nb".into(), "茶".repeat(121)] {
        let mut team = team(CARE, "care");
        team.name = name;
        assert_ne!(refused(&Entity::Team(team)), "accepted");
    }
}

#[test]
fn agent_out_of_bounds_is_refused() {
    let refusal = |change: &dyn Fn(&mut plugboard_domain::desk::Agent)| {
        let mut li = agent(LI, "Li", Role::Agent);
        change(&mut li);
        refused(&Entity::Agent(li))
    };
    let refusals = [
        refusal(&|it| it.capacity = 501),
        refusal(&|it| it.skills = [String::new()].into()),
        refusal(&|it| it.skills = (0..51).map(|n| n.to_string()).collect()),
        refusal(&|it| it.scope.teams = [stranger().into()].into()),
        refusal(&|it| it.scope.shops = [stranger().into()].into()),
        refusal(&|it| it.scope.shops = [SHOP].into()),
    ];
    insta::assert_snapshot!(refusals.join("\n"), @r"
    capacity must be at most 500
    skill must not be empty
    at most 50 skills
    team does not exist
    scope names a shop that does not exist
    accepted
    ");
}

#[test]
fn last_administrator_stays_one() {
    let mut boss = agent(BOSS, "Boss", Role::Supervisor);
    assert_eq!(
        refused(&Entity::Agent(boss.clone())),
        "the last administrator must stay one"
    );
    boss.role = Role::Administrator;
    boss.disabled = true;
    assert_eq!(
        refused(&Entity::Agent(boss.clone())),
        "the last administrator must stay one"
    );
    let mut desk = desk();
    desk.save(Entity::Agent(agent(WANG, "Wang", Role::Administrator)));
    assert_eq!(desk.validate(&Entity::Agent(boss)), Ok(()));
    let first = Entity::Agent(agent(LI, "Li", Role::Agent));
    assert_eq!(
        Desk::default().validate(&first),
        Ok(()),
        "an empty desk has nothing to lose"
    );
}

#[test]
fn team_out_of_bounds_is_refused() {
    let refusal = |change: &dyn Fn(&mut plugboard_domain::desk::Team)| {
        let mut care = team(CARE, "care");
        change(&mut care);
        refused(&Entity::Team(care))
    };
    let overflow = |team_id, after_secs| {
        Some(Overflow {
            team_id,
            after_secs,
        })
    };
    let refusals = [
        refusal(&|it| it.members = [plugboard_domain::AgentId(stranger())].into()),
        refusal(&|it| it.overflow = overflow(CARE, 60)),
        refusal(&|it| it.overflow = overflow(stranger().into(), 60)),
        refusal(&|it| it.overflow = overflow(NIGHT, 0)),
        refusal(&|it| it.overflow = overflow(NIGHT, 604_801)),
        refusal(&|it| it.overflow = overflow(NIGHT, 604_800)),
    ];
    insta::assert_snapshot!(refusals.join("\n"), @r"
    agent does not exist
    a team cannot overflow into itself
    team does not exist
    overflow must come after 1 second to 7 days
    overflow must come after 1 second to 7 days
    accepted
    ");
}

#[test]
fn inbox_out_of_bounds_is_refused() {
    let settings = |bytes| {
        let text = serde_json::Value::from("x".repeat(bytes));
        serde_json::Map::from_iter([("a".to_owned(), text)])
    };
    let refusals = [
        inbox(|it| it.team_id = Some(stranger().into())),
        inbox(|it| it.shop_id = Some(stranger().into())),
        inbox(|it| it.policy.business_hours_id = Some(stranger().into())),
        inbox(|it| it.policy.sla_policy_id = Some(stranger().into())),
        inbox(|it| it.policy.greeting = Some(" ".into())),
        inbox(|it| it.policy.away_message = Some("x".repeat(2_001))),
        inbox(|it| it.policy.required_skills = ["a\tb".to_owned()].into()),
        inbox(|it| it.policy.offer_timeout_secs = Some(0)),
        inbox(|it| it.policy.offer_timeout_secs = Some(86_401)),
        inbox(|it| it.policy.reopen_within_hours = Some(87_601)),
        inbox(|it| it.settings = settings(65_536)),
        inbox(|it| it.settings = settings(65_528)),
    ];
    insta::assert_snapshot!(refusals.iter().map(refused).collect::<Vec<_>>().join("\n"), @r"
    team does not exist
    shop does not exist
    business_hours_id does not exist
    sla_policy_id does not exist
    greeting must be 1 to 2,000 characters
    away_message must be 1 to 2,000 characters
    skill must not contain control characters
    offer_timeout_secs must be 1 second to a day
    offer_timeout_secs must be 1 second to a day
    reopen_within_hours must be at most ten years
    settings must be at most 64 KiB
    accepted
    ");
}

#[test]
fn policies_views_tokens_macros_and_webhooks_out_of_bounds_are_refused() {
    let policy = |targets| {
        let (id, name, created_at) = (SlaPolicyId(stranger()), "fast".to_owned(), start());
        Entity::SlaPolicy(SlaPolicy {
            id,
            name,
            targets,
            created_at,
        })
    };
    let filter = |count: u32, length| {
        let filter = (0..count)
            .map(|n| (n.to_string(), "x".repeat(length)))
            .collect();
        Entity::View(View { filter, ..view() })
    };
    let nobody = plugboard_domain::AgentId(stranger());
    let refusals = [
        policy(BTreeMap::new()),
        policy(BTreeMap::from([(SlaTarget::Resolution, 0)])),
        policy(BTreeMap::from([(SlaTarget::Resolution, 31_536_001)])),
        policy(BTreeMap::from([(SlaTarget::Resolution, 31_536_000)])),
        filter(21, 1),
        filter(1, 201),
        Entity::View(View {
            owner: Some(nobody),
            ..view()
        }),
        Entity::ApiToken(ApiToken {
            scopes: vec![],
            ..token()
        }),
        Entity::ApiToken(ApiToken {
            agent_id: nobody,
            ..token()
        }),
        saved_reply(|it| it.text = "茶".repeat(50_001)),
        saved_reply(|it| it.assign_team = Some(stranger().into())),
        saved_reply(|it| it.resolve_as = Some(String::new())),
        saved_reply(|it| it.owner = Some(nobody)),
        webhook(|it| it.url = "ftp://shop.example".into()),
        webhook(|it| it.url = format!("https://{}", "x".repeat(2_000))),
        webhook(|it| it.events = ["a\nb".to_owned()].into()),
        webhook(|it| it.events = BTreeSet::new()),
    ];
    insta::assert_snapshot!(refusals.iter().map(refused).collect::<Vec<_>>().join("\n"), @r"
    a policy needs at least one target
    a target must be 1 second to 365 days
    a target must be 1 second to 365 days
    accepted
    a view has at most 20 filters of 200 characters
    a view has at most 20 filters of 200 characters
    agent does not exist
    a token needs at least one scope
    agent does not exist
    text must be at most 50000 characters
    team does not exist
    disposition must not be empty
    agent does not exist
    url must start with https:// or http://
    url must be at most 2000 characters
    event must not contain control characters
    accepted
    ");
}

#[test]
fn nothing_goes_while_something_refers_to_it() {
    let mut desk = desk_with(|it| {
        it.sla_policy_id = Some(POLICY);
        it.business_hours_id = Some(HOURS);
    });
    let removal = |desk: &Desk, kind, id| match desk.validate_removal(EntityRef { kind, id }) {
        Ok(()) => "may go".to_owned(),
        Err(rejection) => rejection.to_string(),
    };
    let mut told = vec![
        removal(&desk, EntityKind::Agent, LI.0),
        removal(&desk, EntityKind::Team, CARE.0),
        removal(&desk, EntityKind::Team, NIGHT.0),
        removal(&desk, EntityKind::Shop, SHOP.0),
        removal(&desk, EntityKind::SlaPolicy, POLICY.0),
        removal(&desk, EntityKind::BusinessHours, HOURS.0),
        removal(&desk, EntityKind::Inbox, INBOX.0),
    ];
    desk.save(saved_reply(|_| ()));
    told.push(removal(&desk, EntityKind::Team, NIGHT.0));
    desk.remove(EntityRef {
        kind: EntityKind::Macro,
        id: Uuid::from_u128(73),
    });
    let mut care = team(CARE, "care");
    care.overflow = Some(Overflow {
        team_id: NIGHT,
        after_secs: 60,
    });
    desk.save(Entity::Team(care));
    told.push(removal(&desk, EntityKind::Team, NIGHT.0));
    desk.save(Entity::Team(team(CARE, "care")));
    let mut li = agent(LI, "Li", Role::Agent);
    li.scope.teams = [NIGHT].into();
    desk.save(Entity::Agent(li));
    told.push(removal(&desk, EntityKind::Team, NIGHT.0));
    insta::assert_snapshot!(told.join("\n"), @r#"
    agents are disabled, not removed: history names them
    still used by "chat"
    may go
    still used by "chat"
    still used by "chat"
    still used by "chat"
    may go
    still used by "refund"
    still used by "care"
    still used by "Li"
    "#);
}
