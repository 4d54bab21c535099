//! The desk: everything that an administrator sets up. Small enough to live in memory whole.

mod entities;
mod validate;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub use entities::*;

use crate::{
    event::{Event, Recorded},
    hours::Timetable,
    ids::{
        AgentId, ApiTokenId, BusinessHoursId, InboxId, MacroId, ShopId, SlaPolicyId, TeamId,
        ViewId, WebhookId,
    },
};

/// One configured thing. Credentials and addresses are not part of it: they are [`Private`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "entity", rename_all = "snake_case")]
pub enum Entity {
    /// An agent.
    Agent(Agent),
    /// A team.
    Team(Team),
    /// A shop.
    Shop(Shop),
    /// An inbox.
    Inbox(Inbox),
    /// An SLA policy.
    SlaPolicy(SlaPolicy),
    /// Business hours.
    BusinessHours(BusinessHours),
    /// A macro.
    Macro(Macro),
    /// A saved list filter.
    View(View),
    /// An outgoing webhook.
    Webhook(Webhook),
    /// A key for scripts.
    ApiToken(ApiToken),
}

/// The kind of a configured thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EntityKind {
    /// An agent.
    Agent,
    /// A team.
    Team,
    /// A shop.
    Shop,
    /// An inbox.
    Inbox,
    /// An SLA policy.
    SlaPolicy,
    /// Business hours.
    BusinessHours,
    /// A macro.
    Macro,
    /// A saved list filter.
    View,
    /// An outgoing webhook.
    Webhook,
    /// A key for scripts.
    ApiToken,
}

impl EntityKind {
    /// The name in the journal and in stored rows.
    pub fn name(self) -> &'static str {
        match self {
            Self::Agent => "agent",
            Self::Team => "team",
            Self::Shop => "shop",
            Self::Inbox => "inbox",
            Self::SlaPolicy => "sla_policy",
            Self::BusinessHours => "business_hours",
            Self::Macro => "macro",
            Self::View => "view",
            Self::Webhook => "webhook",
            Self::ApiToken => "api_token",
        }
    }
}

/// Which configured thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct EntityRef {
    /// Its kind.
    pub kind: EntityKind,
    /// Its id.
    pub id: Uuid,
}

impl Entity {
    /// Which thing it is.
    pub fn reference(&self) -> EntityRef {
        let (kind, id) = match self {
            Self::Agent(it) => (EntityKind::Agent, it.id.0),
            Self::Team(it) => (EntityKind::Team, it.id.0),
            Self::Shop(it) => (EntityKind::Shop, it.id.0),
            Self::Inbox(it) => (EntityKind::Inbox, it.id.0),
            Self::SlaPolicy(it) => (EntityKind::SlaPolicy, it.id.0),
            Self::BusinessHours(it) => (EntityKind::BusinessHours, it.id.0),
            Self::Macro(it) => (EntityKind::Macro, it.id.0),
            Self::View(it) => (EntityKind::View, it.id.0),
            Self::Webhook(it) => (EntityKind::Webhook, it.id.0),
            Self::ApiToken(it) => (EntityKind::ApiToken, it.id.0),
        };
        EntityRef { kind, id }
    }
}

/// What a configured thing has that must not be in the journal. `None` leaves what is stored.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Private {
    /// An agent's sign-in address, lower case; unique in the desk.
    pub email: Option<String>,
    /// An agent's password, as an Argon2id hash in PHC form.
    pub password_hash: Option<String>,
    /// An API token's hash (SHA-256).
    pub token_hash: Option<[u8; 32]>,
    /// Named secrets, encrypted by the store: `identity` of a widget inbox, `signing` of a webhook.
    pub secrets: BTreeMap<String, String>,
}

impl std::fmt::Debug for Private {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Private").finish_non_exhaustive()
    }
}

/// The whole configuration, by id.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Desk {
    entities: BTreeMap<EntityRef, Entity>,
}

macro_rules! getters {
    ($($get:ident, $all:ident, $variant:ident, $id:ident, $entity:ty, $doc:literal);* $(;)?) => {$(
        #[doc = concat!("The ", $doc, " with this id.")]
        pub fn $get(&self, id: $id) -> Option<&$entity> {
            match self.entities.get(&EntityRef { kind: EntityKind::$variant, id: id.0 }) {
                Some(Entity::$variant(it)) => Some(it),
                _ => None,
            }
        }

        #[doc = concat!("Every ", $doc, ", oldest first.")]
        pub fn $all(&self) -> impl DoubleEndedIterator<Item = &$entity> {
            self.of_kind(EntityKind::$variant).filter_map(|it| match it {
                Entity::$variant(it) => Some(it),
                _ => None,
            })
        }
    )*};
}

impl Desk {
    getters! {
        agent, agents, Agent, AgentId, Agent, "agent";
        team, teams, Team, TeamId, Team, "team";
        shop, shops, Shop, ShopId, Shop, "shop";
        inbox, inboxes, Inbox, InboxId, Inbox, "inbox";
        sla_policy, sla_policies, SlaPolicy, SlaPolicyId, SlaPolicy, "SLA policy";
        business_hours, all_business_hours, BusinessHours, BusinessHoursId, BusinessHours, "timetable";
        macro_, macros, Macro, MacroId, Macro, "macro";
        view, views, View, ViewId, View, "view";
        webhook, webhooks, Webhook, WebhookId, Webhook, "webhook";
        api_token, api_tokens, ApiToken, ApiTokenId, ApiToken, "API token";
    }

    /// One thing of any kind.
    pub fn get(&self, reference: EntityRef) -> Option<&Entity> {
        self.entities.get(&reference)
    }

    /// Every thing of a kind, oldest first (ids grow with time).
    pub fn of_kind(&self, kind: EntityKind) -> impl DoubleEndedIterator<Item = &Entity> {
        let from = EntityRef {
            kind,
            id: Uuid::nil(),
        };
        let to = EntityRef {
            kind,
            id: Uuid::max(),
        };
        self.entities.range(from..=to).map(|(_, entity)| entity)
    }

    /// Every thing.
    pub fn all(&self) -> impl Iterator<Item = &Entity> {
        self.entities.values()
    }

    /// Puts a thing in place of what had its id.
    pub fn save(&mut self, entity: Entity) {
        self.entities.insert(entity.reference(), entity);
    }

    /// Takes a thing away.
    pub fn remove(&mut self, reference: EntityRef) {
        self.entities.remove(&reference);
    }

    /// Folds an event of the configuration; any other changes nothing.
    pub fn apply(&mut self, recorded: &Recorded) {
        match &recorded.event {
            Event::DeskSaved { entity } => self.save(entity.clone()),
            Event::DeskRemoved { entity } => self.remove(*entity),
            Event::AvailabilityChanged {
                agent_id,
                availability,
            } => {
                let agent = self.entities.get_mut(&EntityRef {
                    kind: EntityKind::Agent,
                    id: agent_id.0,
                });
                if let Some(Entity::Agent(agent)) = agent {
                    agent.availability = *availability;
                    agent.availability_since = recorded.at;
                }
            }
            _ => {}
        }
    }

    /// The working hours that govern an inbox's promises; always open when none are set.
    pub fn timetable(&self, inbox: &Inbox) -> Timetable {
        inbox
            .policy
            .business_hours_id
            .and_then(|id| self.business_hours(id))
            .map_or(Timetable::Always, |it| Timetable::new(&it.hours))
    }

    /// Checks a thing before it is saved: its own bounds, and that what it refers to exists.
    pub fn validate(&self, entity: &Entity) -> Result<(), crate::Rejection> {
        validate::entity(self, entity)
    }

    /// Checks that nothing refers to a thing that is about to go.
    pub fn validate_removal(&self, reference: EntityRef) -> Result<(), crate::Rejection> {
        validate::removal(self, reference)
    }
}
