//! The things that an administrator sets up.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::Attendance;
use crate::{
    Timestamp,
    access::{Permission, Role, Scope},
    channel::ChannelKind,
    conversation::{Priority, Stage},
    hours::WeeklyHours,
    ids::{
        AgentId, ApiTokenId, BusinessHoursId, InboxId, MacroId, ShopId, SlaPolicyId, TeamId,
        ViewId, WebhookId,
    },
    sla::SlaTarget,
};

/// A person or program that works in the desk. The sign-in address is [`super::Private`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Agent {
    /// Identifier.
    pub id: AgentId,
    /// Shown to colleagues and customers.
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// What they can do: `refunds`, `en`, `vip`.
    #[serde(default)]
    pub skills: BTreeSet<String>,
    /// How many open conversations routing gives them at once.
    pub capacity: u32,
    /// Where they work.
    #[serde(default)]
    pub scope: Scope,
    /// Whether routing may give them work.
    pub availability: Availability,
    /// Since when.
    pub availability_since: Timestamp,
    /// Whether a live connection of theirs stands behind it.
    #[serde(default, skip_serializing_if = "Attendance::is_unseen")]
    pub attendance: Attendance,
    /// True when they may not sign in any more.
    #[serde(default)]
    pub disabled: bool,
    /// Language of the app: `zh`, `en`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub locale: Option<String>,
    /// Whom they report to: who hears when something goes wrong.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reports_to: Option<AgentId>,
    /// When they joined.
    pub created_at: Timestamp,
}

/// Whether routing may give an agent work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Availability {
    /// Takes new work.
    Online,
    /// Keeps what they have, takes nothing new.
    Away,
    /// Not there: conversations that owe an answer return to the queue.
    Offline,
}

/// A group of agents that shares a queue.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Team {
    /// Identifier.
    pub id: TeamId,
    /// Name.
    pub name: String,
    /// Who works in it.
    #[serde(default)]
    pub members: BTreeSet<AgentId>,
    /// How the built-in routing picks among members who can take more.
    #[serde(default)]
    pub assignment: AssignmentMethod,
    /// Where waiting work goes when nobody takes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub overflow: Option<Overflow>,
    /// When it was made.
    pub created_at: Timestamp,
}

/// How the built-in routing picks an agent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AssignmentMethod {
    /// The one with the most free capacity; among equals the one who waited longest.
    #[default]
    LeastLoaded,
    /// The one whose last assignment is longest ago.
    RoundRobin,
    /// None: members take work from the queue themselves.
    Manual,
}

/// Hands waiting work to another team.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Overflow {
    /// To whom.
    pub team_id: TeamId,
    /// After how long in the queue, in seconds.
    pub after_secs: u64,
}

/// A store or brand.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Shop {
    /// Identifier.
    pub id: ShopId,
    /// Name.
    pub name: String,
    /// When it was made.
    pub created_at: Timestamp,
}

/// A configured endpoint.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Inbox {
    /// Identifier.
    pub id: InboxId,
    /// Name.
    pub name: String,
    /// Transport.
    pub channel: ChannelKind,
    /// The shop it serves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shop_id: Option<ShopId>,
    /// Whose queue its conversations enter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub team_id: Option<TeamId>,
    /// How its conversations are treated, on any channel.
    #[serde(default)]
    pub policy: InboxPolicy,
    /// What the channel needs; the channel checks it.
    #[serde(default)]
    pub settings: Map<String, Value>,
    /// When it was made.
    pub created_at: Timestamp,
}

impl Inbox {
    /// The first answer, when there is one: the inbox's own, or for mail the channel's.
    pub fn opener(&self, open: bool) -> Option<&str> {
        let own = if open {
            &self.policy.greeting
        } else {
            &self.policy.away_message
        };
        own.as_deref().or_else(|| match self.channel {
            ChannelKind::Email => self.settings.get("auto_reply")?.as_str(),
            ChannelKind::Webchat | ChannelKind::Phone | ChannelKind::Plugin(_) => None,
        })
    }

    /// The address of an email inbox.
    pub fn mail_address(&self) -> Option<&str> {
        match self.channel {
            ChannelKind::Email => self.settings.get("address")?.as_str(),
            ChannelKind::Webchat | ChannelKind::Phone | ChannelKind::Plugin(_) => None,
        }
    }
}

/// How an inbox's conversations are treated, on any channel. On the wire these are part of `settings`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct InboxPolicy {
    /// First answer, sent at once when a conversation begins within hours.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub greeting: Option<String>,
    /// First answer outside hours.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub away_message: Option<String>,
    /// When people work; always when unset.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub business_hours_id: Option<BusinessHoursId>,
    /// Response targets.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sla_policy_id: Option<SlaPolicyId>,
    /// Urgency of new conversations.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub priority: Option<Priority>,
    /// Stage of new conversations.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stage: Option<Stage>,
    /// Skills that an agent needs to be given its conversations.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub required_skills: BTreeSet<String>,
    /// Routing offers instead of assigning, and takes an unanswered offer back after this many seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub offer_timeout_secs: Option<u64>,
    /// A contact who writes within this many hours after resolution reopens; later, a new conversation begins.
    /// Unset means 168 (a week).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reopen_within_hours: Option<u64>,
    /// Resolving asks for a disposition.
    pub require_disposition: bool,
}

impl InboxPolicy {
    /// Hours after resolution within which the contact's next message reopens.
    pub fn reopen_within_hours(&self) -> u64 {
        self.reopen_within_hours.unwrap_or(168)
    }
}

/// Response targets.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SlaPolicy {
    /// Identifier.
    pub id: SlaPolicyId,
    /// Name.
    pub name: String,
    /// Working seconds allowed for each target; a target that is not named is not measured.
    pub targets: BTreeMap<SlaTarget, u64>,
    /// When it was made.
    pub created_at: Timestamp,
}

/// A named timetable.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BusinessHours {
    /// Identifier.
    pub id: BusinessHoursId,
    /// Name.
    pub name: String,
    /// The timetable.
    pub hours: WeeklyHours,
    /// When it was made.
    pub created_at: Timestamp,
}

/// A saved reply with actions.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Macro {
    /// Identifier.
    pub id: MacroId,
    /// Name.
    pub name: String,
    /// Whose it is; everybody's when unset.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<AgentId>,
    /// Text put into the composer. `{{contact.name}}`, `{{agent.name}}` and `{{shop.name}}` are filled in.
    #[serde(default)]
    pub text: String,
    /// Labels put on.
    #[serde(default)]
    pub add_tags: BTreeSet<String>,
    /// Stage set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub set_stage: Option<Stage>,
    /// Urgency set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub set_priority: Option<Priority>,
    /// Team assigned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assign_team: Option<TeamId>,
    /// Resolves, with this disposition.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resolve_as: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
}

/// A saved list filter.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct View {
    /// Identifier.
    pub id: ViewId,
    /// Name.
    pub name: String,
    /// Whose it is; everybody's when unset.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<AgentId>,
    /// The query parameters of the conversation list.
    pub filter: BTreeMap<String, String>,
    /// When it was made.
    pub created_at: Timestamp,
}

/// An endpoint that hears of events. Its signing secret is [`super::Private`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Webhook {
    /// Identifier.
    pub id: WebhookId,
    /// Name.
    pub name: String,
    /// Where it listens.
    pub url: String,
    /// Kinds of event that it hears of (`message.created`, or `message.*`); everything when empty.
    #[serde(default)]
    pub events: BTreeSet<String>,
    /// False to pause it.
    pub enabled: bool,
    /// When it was made.
    pub created_at: Timestamp,
}

/// A key for scripts. Its hash is [`super::Private`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ApiToken {
    /// Identifier.
    pub id: ApiTokenId,
    /// Name.
    pub name: String,
    /// Whom it acts as.
    pub agent_id: AgentId,
    /// The most that it may do.
    pub scopes: Vec<Permission>,
    /// When it ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
}
