//! Who may do what, and where.

use plugboard_domain::{
    ApiTokenId, Principal, Rejection, ShopId, TeamId,
    access::{Grants, Permission, Role, Scope},
    conversation::ConversationCommand,
    desk::{Desk, Entity},
};
use uuid::Uuid;

use crate::support::{BOSS, CARE, CONTACT, LI, NIGHT, SHOP, World, boss, desk};

fn with_scope(shops: &[ShopId], teams: &[TeamId]) -> Desk {
    let mut desk = desk();
    let mut li = desk.agent(LI).unwrap().clone();
    li.scope = Scope {
        shops: shops.iter().copied().collect(),
        teams: teams.iter().copied().collect(),
    };
    desk.save(Entity::Agent(li));
    desk
}

/// Whether Li may read the one conversation, which is of the shop and in the queue of care.
fn reads(desk: Desk) -> Result<(), Rejection> {
    let mut world = World::new(desk);
    world.begin();
    let grants = Grants::of(&Principal::Agent(LI), &world.desk);
    grants.require_on(Permission::ConversationsRead, &world.conversations[0])
}

#[test]
fn roles_hold_what_they_need_and_no_more() {
    let held = |role: Role| {
        let held: Vec<_> = role
            .permissions()
            .iter()
            .map(|it| format!("{it:?}"))
            .collect();
        format!("{role:?}: {}", held.join(" "))
    };
    let roles = [
        Role::Agent,
        Role::Supervisor,
        Role::QualityInspector,
        Role::Administrator,
    ];
    insta::assert_snapshot!(roles.map(held).join("\n"), @r"
    Agent: ConversationsRead ConversationsReply ConversationsManage ContactsManage ContactsReveal
    Supervisor: ConversationsRead ConversationsReply ConversationsManage ContactsManage ContactsReveal ContactsUnmasked DeskManage
    QualityInspector: ConversationsRead
    Administrator: ConversationsRead ConversationsReply ConversationsManage ContactsManage ContactsReveal ContactsUnmasked AgentsManage DeskManage InboxesManage IntegrationsManage
    ");
}

#[test]
fn nobody_holds_anything_who_is_missing_or_disabled() {
    let mut desk = desk();
    let mut li = desk.agent(LI).unwrap().clone();
    li.disabled = true;
    desk.save(Entity::Agent(li));
    let stranger = plugboard_domain::AgentId(Uuid::from_u128(99));
    for principal in [
        Principal::Agent(LI),
        Principal::Agent(stranger),
        Principal::Contact(CONTACT),
    ] {
        let grants = Grants::of(&principal, &desk);
        assert!(grants.permissions().is_empty(), "{principal:?}");
        assert_eq!(
            grants.require(Permission::ConversationsRead),
            Err(Rejection::Forbidden(Permission::ConversationsRead)),
        );
    }
}

#[test]
fn plugboard_itself_may_do_everything() {
    let grants = Grants::of(&Principal::System("timer"), &desk());
    assert_eq!(grants.permissions(), Permission::ALL);
    assert!(grants.scope().is_everywhere());
}

#[test]
fn token_holds_what_both_its_agent_and_its_scopes_allow() {
    let token = |agent| Principal::Token {
        agent,
        token: ApiTokenId(Uuid::from_u128(71)),
        scopes: vec![Permission::ConversationsRead, Permission::AgentsManage],
    };
    let held = |agent| Grants::of(&token(agent), &desk()).permissions().to_vec();
    assert_eq!(held(LI), [Permission::ConversationsRead]);
    assert_eq!(
        held(BOSS),
        [Permission::ConversationsRead, Permission::AgentsManage]
    );
}

#[test]
fn scope_limits_by_shop_and_by_team() {
    let other = ShopId(Uuid::from_u128(22));
    let hidden = Err(Rejection::NotFound("conversation"));
    assert_eq!(reads(desk()), Ok(()));
    assert_eq!(reads(with_scope(&[SHOP], &[])), Ok(()));
    assert_eq!(reads(with_scope(&[], &[CARE])), Ok(()));
    assert_eq!(reads(with_scope(&[SHOP], &[CARE, NIGHT])), Ok(()));
    assert_eq!(reads(with_scope(&[other], &[])), hidden);
    assert_eq!(reads(with_scope(&[], &[NIGHT])), hidden);
    assert_eq!(reads(with_scope(&[SHOP], &[NIGHT])), hidden);
}

#[test]
fn conversation_without_a_team_is_for_every_team_to_see_but_not_for_every_shop() {
    let mut world = World::new(with_scope(&[], &[NIGHT]));
    world.begin();
    let nobody = ConversationCommand::Assign {
        agent: None,
        team: None,
    };
    boss().does(nobody).run(&mut world, 0).unwrap();
    let grants = Grants::of(&Principal::Agent(LI), &world.desk);
    assert_eq!(
        grants.require_on(Permission::ConversationsRead, &world.conversations[0]),
        Ok(()),
    );
    let shops = Scope {
        shops: [SHOP].into(),
        teams: [NIGHT].into(),
    };
    assert!(!shops.covers_parts(None, None));
}

#[test]
fn missing_permission_is_told_before_a_missing_conversation() {
    let mut desk = with_scope(&[], &[NIGHT]);
    let mut li = desk.agent(LI).unwrap().clone();
    li.role = Role::QualityInspector;
    desk.save(Entity::Agent(li));
    let mut world = World::new(desk);
    world.begin();
    let grants = Grants::of(&Principal::Agent(LI), &world.desk);
    assert_eq!(
        grants.require_on(Permission::ConversationsReply, &world.conversations[0]),
        Err(Rejection::Forbidden(Permission::ConversationsReply)),
    );
}
