//! Escalation: what happens when a conversation goes wrong. A policy is asked when something happened and answers with
//! actions; the actions of one answer are one step, and each step happens once.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    Seq, Timestamp,
    access::Role,
    conversation::Priority,
    decision::DecisionTrace,
    ids::{AgentId, TeamId},
};

/// Steps that a conversation remembers; older ones are in the journal.
pub const STEPS_MAX: usize = 20;

/// Most actions of one answer.
pub const ACTIONS_MAX: usize = 10;

/// How far ahead a policy may ask to be asked again, in seconds: thirty days.
pub const ASK_AGAIN_SECS_MAX: u64 = 2_592_000;

/// What happened. A policy says which it wants to hear of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trigger {
    /// It began.
    Created,
    /// The contact wrote.
    Message,
    /// An agent answered.
    Replied,
    /// Somebody owns it.
    Assigned,
    /// Nobody owns it any more.
    Unassigned,
    /// A target is nearly missed.
    Warned,
    /// A target was missed.
    Breached,
    /// A label was put on.
    Tagged,
    /// The time that the policy asked for has come.
    Due,
}

impl Trigger {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Created,
        Self::Message,
        Self::Replied,
        Self::Assigned,
        Self::Unassigned,
        Self::Warned,
        Self::Breached,
        Self::Tagged,
        Self::Due,
    ];

    /// Its name in the journal and in manifests.
    pub fn name(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Message => "message",
            Self::Replied => "replied",
            Self::Assigned => "assigned",
            Self::Unassigned => "unassigned",
            Self::Warned => "warned",
            Self::Breached => "breached",
            Self::Tagged => "tagged",
            Self::Due => "due",
        }
    }
}

impl fmt::Display for Trigger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The text names no trigger.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a trigger of escalation")]
pub struct UnknownTrigger;

impl FromStr for Trigger {
    type Err = UnknownTrigger;

    fn from_str(text: &str) -> Result<Self, UnknownTrigger> {
        let mut all = Self::ALL.into_iter();
        all.find(|it| it.name() == text).ok_or(UnknownTrigger)
    }
}

/// Who is to be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Audience {
    /// Who owns the conversation, or is offered it.
    Owner,
    /// Whom the owner reports to; 2 is whom that one reports to, and so on.
    Manager(u8),
    /// This agent.
    Agent(AgentId),
    /// Everybody in this team.
    Team(TeamId),
    /// Everybody of this role who may see the conversation.
    Role(Role),
}

/// What an escalation policy wants done.
#[derive(Clone, Debug, PartialEq)]
pub enum EscalationAction {
    /// Tell people, with a text. The text is content: it stays in the stored decision.
    Notify(Audience, String),
    /// At least this urgent from now on.
    RaisePriority(Priority),
    /// Give it to this agent.
    AssignAgent(AgentId),
    /// Put it into this team's queue.
    AssignTeam(TeamId),
    /// Put labels on.
    AddTags(Vec<String>),
    /// Call the webhook of this name with this.
    Page {
        /// Its name.
        webhook: String,
        /// What it is told. Content.
        payload: Value,
    },
    /// Open a case.
    OpenCase {
        /// `complaint`, `aftersale`, ...
        kind: String,
        /// In words. Content.
        summary: String,
    },
}

/// A step that was taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EscalationStep {
    /// The level that it led to.
    pub level: u8,
    /// When.
    pub at: Timestamp,
    /// On what.
    pub trigger: Trigger,
    /// What was done, in few words; what could not be done begins with `skipped`.
    pub actions: Vec<String>,
}

/// How far a conversation has escalated.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Escalation {
    /// As the policy counts; 0 in the beginning and again when the conversation is resolved.
    pub level: u8,
    /// The newest steps, oldest first, at most [`STEPS_MAX`].
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<EscalationStep>,
    /// When the policy wants to be asked again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ask_at: Option<Timestamp>,
    /// The newest position that was acted on: nothing up to it is acted on again.
    pub handled: Seq,
}

impl Escalation {
    /// True when no policy has acted yet.
    pub fn is_untouched(&self) -> bool {
        *self == Self::default()
    }
}

/// A policy's answer to something that happened, to be carried out whole and once.
#[derive(Clone, Debug, PartialEq)]
pub struct Escalate {
    /// Why.
    pub trace: DecisionTrace,
    /// What happened.
    pub trigger: Trigger,
    /// At which position; refused when that one, or a later one, was acted on already.
    pub trigger_seq: Seq,
    /// The level that the policy saw; refused when it is another one by now.
    pub expected_level: u8,
    /// What is to be done.
    pub actions: Vec<EscalationAction>,
    /// The level from now on.
    pub level: u8,
    /// When to ask again, in place of what was asked for before.
    pub ask_at: Option<Timestamp>,
    /// The version that decides about this conversation until it is resolved.
    pub pin: Option<String>,
}
