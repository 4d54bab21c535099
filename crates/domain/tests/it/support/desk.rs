//! A small desk: two agents and their head, two teams, one chat.

use std::collections::{BTreeMap, BTreeSet};

use plugboard_domain::{
    AgentId, TeamId,
    access::{Role, Scope},
    channel::ChannelKind,
    desk::{
        Agent, AssignmentMethod, Attendance, Availability, BusinessHours, Desk, Entity, Inbox,
        InboxPolicy, Shop, SlaPolicy, Team,
    },
    hours::office_week,
    sla::SlaTarget,
};

use super::{BOSS, CARE, HOURS, INBOX, LI, NIGHT, POLICY, SHOP, WANG, start};

pub(crate) fn agent(id: AgentId, name: &str, role: Role) -> Agent {
    Agent {
        id,
        name: name.to_owned(),
        role,
        skills: BTreeSet::new(),
        capacity: 5,
        scope: Scope::default(),
        availability: Availability::Online,
        availability_since: start(),
        attendance: Attendance::Unseen,
        disabled: false,
        locale: None,
        reports_to: None,
        created_at: start(),
    }
}

pub(crate) fn team(id: TeamId, name: &str) -> Team {
    Team {
        id,
        name: name.to_owned(),
        members: [LI, WANG].into(),
        assignment: AssignmentMethod::LeastLoaded,
        overflow: None,
        created_at: start(),
    }
}

/// Li and Wang, their boss, the teams care and night, and a chat whose conversations care takes. A policy (answers
/// within five and ten minutes, done within a working day of eight hours) and office hours are there for who wants them.
pub(crate) fn desk() -> Desk {
    let mut desk = Desk::default();
    let inbox = Inbox {
        id: INBOX,
        name: "chat".to_owned(),
        channel: ChannelKind::Webchat,
        shop_id: Some(SHOP),
        team_id: Some(CARE),
        policy: InboxPolicy::default(),
        settings: serde_json::Map::new(),
        created_at: start(),
    };
    let policy = SlaPolicy {
        id: POLICY,
        name: "promise".to_owned(),
        targets: BTreeMap::from([
            (SlaTarget::FirstResponse, 300),
            (SlaTarget::NextResponse, 600),
            (SlaTarget::Resolution, 28_800),
        ]),
        created_at: start(),
    };
    let hours = BusinessHours {
        id: HOURS,
        name: "office".to_owned(),
        hours: office_week("UTC"),
        created_at: start(),
    };
    let shop = Shop {
        id: SHOP,
        name: "teas".to_owned(),
        created_at: start(),
    };
    for entity in [
        Entity::Agent(agent(LI, "Li", Role::Agent)),
        Entity::Agent(agent(WANG, "Wang", Role::Agent)),
        Entity::Agent(agent(BOSS, "Boss", Role::Administrator)),
        Entity::Team(team(CARE, "care")),
        Entity::Team(team(NIGHT, "night")),
        Entity::Shop(shop),
        Entity::SlaPolicy(policy),
        Entity::BusinessHours(hours),
        Entity::Inbox(inbox),
    ] {
        desk.validate(&entity).unwrap();
        desk.save(entity);
    }
    desk
}

/// The small desk, with another policy for its chat.
pub(crate) fn desk_with(change: impl FnOnce(&mut InboxPolicy)) -> Desk {
    let mut desk = desk();
    let mut inbox = desk.inbox(INBOX).unwrap().clone();
    change(&mut inbox.policy);
    let inbox = Entity::Inbox(inbox);
    desk.validate(&inbox).unwrap();
    desk.save(inbox);
    desk
}
