//! The seam for routing policies: a pure function of recorded inputs. Plugins implement it at their edge.

use std::collections::BTreeSet;

use plugboard_domain::{
    Timestamp,
    channel::ChannelKind,
    conversation::{Priority, Stage},
    desk::{AssignmentMethod, Availability},
    ids::{AgentId, ConversationId, InboxId, ShopId, TeamId},
};
use serde_json::{Value, json};

/// Chooses agents. The answer must depend on the input alone, so that it can be replayed.
#[async_trait::async_trait]
pub trait RoutingPolicy: Send + Sync {
    /// Which version of which implementation, for the trace.
    fn version(&self) -> String;

    /// Chooses an agent, or says why nobody can be chosen now.
    async fn route(&self, input: &RoutingInput) -> Result<RoutingAnswer, PolicyError>;
}

/// A policy could not answer; the built-in one answers instead.
#[derive(Clone, Debug, thiserror::Error)]
#[error("the routing policy failed: {0}")]
pub struct PolicyError(pub String);

/// What a policy is asked.
#[derive(Clone, Debug, PartialEq)]
pub struct RoutingInput {
    /// The conversation.
    pub work: Work,
    /// The queue that it waits in.
    pub team: TeamId,
    /// Its name, for reasons.
    pub team_name: String,
    /// How the team wants agents picked.
    pub method: AssignmentMethod,
    /// The team's members.
    pub candidates: Vec<Candidate>,
    /// The time.
    pub now: Timestamp,
}

/// A conversation that waits.
#[derive(Clone, Debug, PartialEq)]
pub struct Work {
    /// Which one.
    pub conversation_id: ConversationId,
    /// The endpoint.
    pub inbox_id: InboxId,
    /// Its transport.
    pub channel: ChannelKind,
    /// The shop.
    pub shop_id: Option<ShopId>,
    /// Where in the sale it stands.
    pub stage: Option<Stage>,
    /// How urgent it is.
    pub priority: Priority,
    /// Labels.
    pub tags: BTreeSet<String>,
    /// Skills that an agent needs.
    pub required_skills: BTreeSet<String>,
    /// Since when it waits.
    pub queued_since: Timestamp,
}

/// An agent who might get it.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate {
    /// Who.
    pub agent: AgentId,
    /// Name, for reasons.
    pub name: String,
    /// What they can do.
    pub skills: BTreeSet<String>,
    /// Whether they are there.
    pub availability: Availability,
    /// Whether they work on conversations of this shop and team.
    pub in_scope: bool,
    /// How many open conversations they take.
    pub capacity: u32,
    /// How many they have.
    pub load: u32,
    /// When routing last gave them one.
    pub last_routed_at: Option<Timestamp>,
    /// Whether they let an offer of this one lapse.
    pub passed: bool,
}

/// What a policy answers.
#[derive(Clone, Debug, PartialEq)]
pub enum RoutingAnswer {
    /// Give it to this agent.
    Assign {
        /// To whom.
        agent: AgentId,
        /// Why, for people.
        reason: String,
    },
    /// Leave it in the queue.
    Wait {
        /// Why, for people.
        reason: String,
    },
}

impl RoutingAnswer {
    /// Why, for people.
    pub fn reason(&self) -> &str {
        match self {
            Self::Assign { reason, .. } | Self::Wait { reason } => reason,
        }
    }

    /// The answer as the trace keeps it.
    pub fn to_json(&self) -> Value {
        match self {
            Self::Assign { agent, .. } => json!({ "assign": agent }),
            Self::Wait { .. } => json!({ "wait": true }),
        }
    }
}

impl RoutingInput {
    /// The input as the trace keeps it: ids, labels and numbers; nothing about the contact.
    pub fn to_json(&self) -> Value {
        let candidates: Vec<Value> = self
            .candidates
            .iter()
            .map(|it| {
                json!({
                    "agent": it.agent, "skills": it.skills, "availability": it.availability, "in_scope": it.in_scope,
                    "capacity": it.capacity, "load": it.load, "last_routed_at": it.last_routed_at, "passed": it.passed,
                })
            })
            .collect();
        json!({
            "conversation": self.work.conversation_id, "inbox": self.work.inbox_id, "channel": self.work.channel,
            "shop": self.work.shop_id, "stage": self.work.stage, "priority": self.work.priority, "tags": self.work.tags,
            "required_skills": self.work.required_skills, "queued_since": self.work.queued_since,
            "team": self.team, "method": self.method, "candidates": candidates, "now": self.now,
        })
    }
}
