//! Decisions of policies: why routing or escalation did what it did, and what a routing policy can ask for.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::{
    conversation::Priority,
    ids::{AgentId, ConversationId, DecisionId, TeamId},
};

/// Most moves between teams by policy since somebody owned it; then the built-in policy decides. A chain that sends a
/// conversation in circles ends here.
pub const HOPS_MAX: u8 = 5;

/// Longest reason of a decision, in characters; longer ones are cut.
pub const REASON_CHARS_MAX: usize = 500;

/// Longest version label of a policy, in characters.
pub const LABEL_CHARS_MAX: usize = 250;

/// Why routing or escalation did what it did. A row, not journalled: inputs and answers may hold what was said.
#[derive(Clone, Debug, PartialEq)]
pub struct DecisionTrace {
    /// Identifier.
    pub id: DecisionId,
    /// About which conversation.
    pub conversation_id: ConversationId,
    /// `routing` or `escalation`.
    pub policy: String,
    /// Which version of which implementation: `builtin@1`, or a plugin's key and digest.
    pub version: String,
    /// Whether it was acted on, and on what terms.
    pub mode: DecisionMode,
    /// When the built-in policy decided in place of another: that one's label, and what went wrong with it.
    pub fallback: Option<String>,
    /// What it looked at. What is personal is there by reference and hash.
    pub inputs: serde_json::Value,
    /// What it answered.
    pub answer: serde_json::Value,
    /// In words, for people.
    pub reason: String,
    /// How long it took, in microseconds.
    pub duration_us: u64,
}

/// On what terms a decision was made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DecisionMode {
    /// By a policy in force.
    #[default]
    Live,
    /// Beside the one in force, to compare: nothing was done.
    Shadow,
    /// By a policy on trial with a share of conversations.
    Canary,
    /// By the built-in policy, since another one failed.
    Fallback,
}

/// Where routing wants a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RoutingTarget {
    /// With this agent.
    Agent(AgentId),
    /// In this team's queue.
    Team(TeamId),
    /// Where it is.
    Wait,
}

/// What routing wants of a conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoutingOutcome {
    /// Where it goes.
    pub target: RoutingTarget,
    /// Its urgency from now on, when that is to change.
    pub priority: Option<Priority>,
    /// Labels to put on.
    pub add_tags: BTreeSet<String>,
    /// The version that decides about this conversation until it is resolved.
    pub pin: Option<String>,
}

impl RoutingOutcome {
    /// Nothing but a place.
    pub fn to(target: RoutingTarget) -> Self {
        Self {
            target,
            priority: None,
            add_tags: BTreeSet::new(),
            pin: None,
        }
    }
}

/// The versions of policies that decide about a conversation until it is resolved.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pins {
    /// Of routing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub routing: Option<String>,
    /// Of escalation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub escalation: Option<String>,
}

impl Pins {
    /// True when no policy has decided yet.
    pub fn is_empty(&self) -> bool {
        self.routing.is_none() && self.escalation.is_none()
    }
}
