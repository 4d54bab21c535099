//! The seams for policies: who gets a conversation, and what happens when one goes wrong. Plugins implement them at their
//! edge; the built-in routing answers whenever another one fails.
//!
//! A policy is a pure function of its input, so a decision can be explained, replayed and tried on the past. What it was
//! shown is kept with its answer: plainly where it is ids, labels and numbers, by reference and hash where it is personal.

mod builtin;
mod escalation;
mod rebuild;
mod routing;

use std::collections::BTreeSet;

use plugboard_domain::{
    Timestamp,
    channel::ChannelKind,
    contact::{Identity, Profile},
    conversation::{Conversation, Priority, Stage, Status},
    decision::{DecisionMode, DecisionTrace, Pins},
    desk::Desk,
    ids::{AgentId, ContactId, ConversationId, DecisionId, InboxId, MessageId, ShopId, TeamId},
};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

pub use builtin::{Builtin, choose};
pub use escalation::{
    EscalationAnswer, EscalationInput, EscalationPolicy, EscalationVerdict, NoEscalation,
};
pub use rebuild::RebuildError;
pub use routing::{
    Candidate, Queue, RoutingAnswer, RoutingInput, RoutingPolicy, RoutingVerdict, TeamView,
};

/// The label of the built-in policies.
pub const BUILTIN: &str = "builtin@1";

/// Longest stretch of the contact's newest message that a policy is shown, in bytes.
const TEXT_BYTES_MAX: usize = 4_096;

/// Where a trace keeps which policies were asked.
const ASKED: &str = "asked";

/// A policy could not answer; the built-in one answers instead.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the policy {version} failed: {kind}")]
pub struct PolicyError {
    /// Which version of which implementation.
    pub version: String,
    /// In one word, what went wrong: `timeout`, `trap`, `bad_answer`.
    pub kind: String,
}

impl PolicyError {
    /// The policy of this label failed like this.
    pub fn new(version: impl Into<String>, kind: impl Into<String>) -> Self {
        Self {
            version: version.into(),
            kind: kind.into(),
        }
    }

    /// As traces name it.
    pub(crate) fn label(&self) -> String {
        format!("{}:{}", self.version, self.kind)
    }
}

/// What a policy that runs beside the one in force answered: kept to compare, never acted on.
#[derive(Clone, Debug, PartialEq)]
pub struct ShadowAnswer {
    /// Which version of which implementation.
    pub version: String,
    /// What it answered.
    pub answer: Value,
    /// Why, for people; or what went wrong.
    pub reason: String,
    /// How long it took, in microseconds.
    pub duration_us: u64,
    /// What exactly was asked, in the words of who asks it again; null when it cannot be.
    pub asked: Value,
}

impl ShadowAnswer {
    /// As it is stored, beside the decision with the same inputs.
    pub(crate) fn trace(self, id: DecisionId, beside: &DecisionTrace) -> DecisionTrace {
        DecisionTrace {
            id,
            inputs: with_asked(beside.inputs.clone(), self.asked),
            version: self.version,
            mode: DecisionMode::Shadow,
            fallback: None,
            answer: self.answer,
            reason: self.reason,
            duration_us: self.duration_us,
            ..beside.clone()
        }
    }
}

/// A conversation, as far as its own state says.
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
    /// Where it stands.
    pub status: Status,
    /// Where in the sale it stands.
    pub stage: Option<Stage>,
    /// How urgent it is.
    pub priority: Priority,
    /// Labels.
    pub tags: BTreeSet<String>,
    /// The team whose queue it is in or came from.
    pub team: Option<TeamId>,
    /// Its owner, or the one it is offered to.
    pub assignee: Option<AgentId>,
    /// Skills that an agent needs.
    pub required_skills: BTreeSet<String>,
    /// Since when it is owned, offered or waits as it does.
    pub queued_since: Timestamp,
    /// True when somebody is on the line: a call rings at whoever gets it.
    pub voice: bool,
}

impl Work {
    /// What the state says.
    pub fn of(conversation: &Conversation, desk: &Desk) -> Self {
        let inbox = desk.inbox(conversation.inbox_id);
        Self {
            conversation_id: conversation.id,
            inbox_id: conversation.inbox_id,
            channel: conversation.channel.clone(),
            shop_id: conversation.shop_id,
            status: conversation.status.clone(),
            stage: conversation.stage,
            priority: conversation.priority,
            tags: conversation.tags.clone(),
            team: conversation.assignment.team(),
            assignee: conversation.assignment.agent(),
            required_skills: inbox
                .map(|it| it.policy.required_skills.clone())
                .unwrap_or_default(),
            queued_since: conversation.assignment.since(),
            voice: false,
        }
    }

    fn to_json(&self) -> Value {
        let mut work = json!({
            "conversation": self.conversation_id, "inbox": self.inbox_id, "channel": self.channel,
            "shop": self.shop_id, "status": self.status, "stage": self.stage, "priority": self.priority,
            "tags": self.tags, "team": self.team, "assignee": self.assignee,
            "required_skills": self.required_skills, "queued_since": self.queued_since,
        });
        if self.voice {
            work["voice"] = json!(true);
        }
        work
    }
}

/// What else policies may look at. Some of it is personal: the edge shows a plugin what it was granted.
#[derive(Clone, Debug, PartialEq)]
pub struct WorkFacts {
    /// The contact's newest message.
    pub text: Option<TextFact>,
    /// Who the contact is.
    pub contact: ContactFacts,
    /// The agent who last answered in it, or who had the contact's newest other conversation.
    pub previous_agent: Option<AgentId>,
    /// When an agent last answered in it.
    pub answered_at: Option<Timestamp>,
    /// When it began.
    pub opened_at: Timestamp,
    /// Since when the contact waits for an answer.
    pub waiting_since: Option<Timestamp>,
    /// Messages and notes so far.
    pub message_count: u64,
    /// Moves between teams by policy since somebody owned it.
    pub hops: u8,
    /// The versions that decide about it until it is resolved.
    pub pins: Pins,
}

/// A text that somebody wrote. Content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextFact {
    /// Where it is stored.
    pub message_id: MessageId,
    /// The text, cut at 4 KiB.
    pub text: String,
}

/// Who a contact is. Content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContactFacts {
    /// Identifier, merges followed.
    pub id: ContactId,
    /// Names and addresses as people typed them.
    pub profile: Profile,
    /// Addresses on channels.
    pub identities: Vec<Identity>,
    /// True when an address was proved.
    pub verified: bool,
}

impl WorkFacts {
    /// Puts together what the rows and the state say.
    pub fn of(conversation: &Conversation, rows: plugboard_store::WorkFacts) -> Self {
        let text = rows.text.map(|(message_id, mut text)| {
            text.truncate(text.floor_char_boundary(TEXT_BYTES_MAX));
            TextFact { message_id, text }
        });
        Self {
            text,
            contact: ContactFacts::of(rows.contact),
            previous_agent: rows.previous_agent,
            answered_at: rows.answered_at,
            opened_at: conversation.created_at,
            waiting_since: match conversation.waiting {
                plugboard_domain::conversation::Waiting::Agent { since } => Some(since),
                _ => None,
            },
            message_count: conversation.message_count,
            hops: conversation.hops,
            pins: conversation.pins.clone(),
        }
    }

    /// As traces keep it: what is personal by reference and hash, so that a replay can tell whether it is the same.
    fn to_json(&self) -> Value {
        let text = self
            .text
            .as_ref()
            .map(|it| json!({ "message_id": it.message_id, "sha256": hash(it.text.as_bytes()) }));
        json!({
            "text": text, "contact": { "id": self.contact.id, "sha256": self.contact.hash() },
            "previous_agent": self.previous_agent, "answered_at": self.answered_at, "opened_at": self.opened_at,
            "waiting_since": self.waiting_since, "message_count": self.message_count, "hops": self.hops,
            "pins": self.pins,
        })
    }
}

impl ContactFacts {
    fn of(row: plugboard_store::ContactView) -> Self {
        Self {
            id: row.contact.id,
            profile: row.profile,
            identities: row.identities,
            verified: row.verified,
        }
    }

    fn hash(&self) -> String {
        let identities: Vec<Value> = self
            .identities
            .iter()
            .map(|it| {
                let address = &it.address;
                json!([address.kind, address.scope, address.value, it.verified])
            })
            .collect();
        let whole = json!([self.profile, identities, self.verified]);
        hash(whole.to_string().as_bytes())
    }
}

/// An input as a trace keeps it, with what exactly was asked.
pub(crate) fn with_asked(mut input: Value, asked: Value) -> Value {
    if let Some(input) = input.as_object_mut() {
        input.remove(ASKED);
        if !asked.is_null() {
            input.insert(ASKED.to_owned(), asked);
        }
    }
    input
}

/// SHA-256 in hex.
fn hash(bytes: &[u8]) -> String {
    use std::fmt::Write;
    let digest = Sha256::digest(bytes);
    digest.iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}
