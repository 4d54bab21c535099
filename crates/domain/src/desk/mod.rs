//! The desk: everything that an administrator sets up. Small enough to live in memory whole.

pub mod attendance;
mod entities;
mod macros;
mod plugins;
mod validate;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub use attendance::Attendance;
pub use entities::*;
pub use plugins::*;

use crate::{
    event::{Event, Recorded},
    hours::Timetable,
    ids::{
        AgentId, ApiTokenId, BusinessHoursId, InboxId, MacroId, PluginId, RuleId, ShopId,
        SlaPolicyId, TeamId, ViewId, WebhookId,
    },
};

/// Most managers above one agent that are looked at: deeper lines exist nowhere, and a loop would never end.
pub const MANAGERS_MAX: usize = 10;

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
    /// A plugin.
    Plugin(Plugin),
    /// A rule.
    Rule(Rule),
    /// Which policies decide.
    Policies(Policies),
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
    /// A plugin.
    Plugin,
    /// A rule.
    Rule,
    /// Which policies decide.
    Policies,
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
            Self::Plugin => "plugin",
            Self::Rule => "rule",
            Self::Policies => "policies",
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
            Self::Plugin(it) => (EntityKind::Plugin, it.id.0),
            Self::Rule(it) => (EntityKind::Rule, it.id.0),
            Self::Policies(_) => (EntityKind::Policies, Policies::ID),
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
    /// Named secrets, encrypted by the store: `identity` of a widget inbox, `signing` of a webhook, those that
    /// a plugin's manifest names.
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
        plugin, plugins, Plugin, PluginId, Plugin, "plugin";
        rule, rules, Rule, RuleId, Rule, "rule";
    }

    /// The plugin whose manifest has this key.
    pub fn plugin_by_key(&self, key: &str) -> Option<&Plugin> {
        self.plugins().find(|it| it.key == key)
    }

    /// The rule of this name.
    pub fn rule_by_name(&self, name: &str) -> Option<&Rule> {
        self.rules().find(|it| it.name == name)
    }

    /// Which policies decide; none were chosen until they are saved.
    pub fn policies(&self) -> Option<&Policies> {
        match self.get(EntityRef {
            kind: EntityKind::Policies,
            id: Policies::ID,
        }) {
            Some(Entity::Policies(it)) => Some(it),
            _ => None,
        }
    }

    /// Whom an agent reports to, nearest first, at most [`MANAGERS_MAX`].
    pub fn managers(&self, agent: AgentId) -> Vec<AgentId> {
        let above = |id: &AgentId| self.agent(*id).and_then(|it| it.reports_to);
        std::iter::successors(above(&agent), above)
            .take(MANAGERS_MAX)
            .collect()
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
                attendance,
                ..
            } => {
                if let Some(agent) = self.agent_mut(*agent_id) {
                    agent.availability = *availability;
                    agent.availability_since = recorded.at;
                    agent.attendance = *attendance;
                }
            }
            Event::AgentSeen { agent_id } => {
                if let Some(agent) = self.agent_mut(*agent_id) {
                    agent.attendance = Attendance::Seen;
                }
            }
            _ => {}
        }
    }

    fn agent_mut(&mut self, id: AgentId) -> Option<&mut Agent> {
        let (kind, id) = (EntityKind::Agent, id.0);
        match self.entities.get_mut(&EntityRef { kind, id }) {
            Some(Entity::Agent(agent)) => Some(agent),
            _ => None,
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
