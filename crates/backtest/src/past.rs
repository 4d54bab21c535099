//! What happened, as far as a backtest has to know.

use std::collections::BTreeMap;

use plugboard_domain::{
    Seq, Timestamp, conversation::Conversation, desk::Availability, escalation::Trigger,
    ids::AgentId,
};
use plugboard_engine::{ContactFacts, TextFact};

/// A stretch of the past.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Period {
    /// From when, inclusive.
    pub from: Timestamp,
    /// Until when, exclusive.
    pub to: Timestamp,
}

/// What happened in a period.
#[derive(Clone, Debug, Default)]
pub struct Past {
    /// Conversations that began in it, in that order.
    pub conversations: Vec<PastConversation>,
    /// Who was there at its beginning.
    pub at_first: BTreeMap<AgentId, Availability>,
    /// Who came and went, in order.
    pub shifts: Vec<Shift>,
}

/// A conversation as it was.
#[derive(Clone, Debug)]
pub struct PastConversation {
    /// As it began: open, in the queue of its inbox.
    pub began: Conversation,
    /// The contact's first message.
    pub text: Option<TextFact>,
    /// Who the contact is, as far as known today.
    pub contact: ContactFacts,
    /// Who owned it first, and when.
    pub owned: Option<(AgentId, Timestamp)>,
    /// How long its owner had it, in seconds; unknown when it was never resolved.
    pub handled_secs: Option<u64>,
    /// Seconds that its first answer may take, when its inbox promises that.
    pub target_secs: Option<u64>,
    /// Targets that were missed.
    pub missed: u64,
    /// Steps of escalation, in words.
    pub escalated: Vec<String>,
    /// What happened in it that escalation may look at, in order.
    pub incidents: Vec<Incident>,
}

/// Something that happened in a conversation.
#[derive(Clone, Debug, PartialEq)]
pub struct Incident {
    /// Where in the journal.
    pub seq: Seq,
    /// When.
    pub at: Timestamp,
    /// What.
    pub trigger: Trigger,
    /// More about it.
    pub detail: Option<String>,
    /// The contact's message, when it is one.
    pub text: Option<TextFact>,
    /// The owner from then on, when that is what happened.
    pub owner: Option<Option<AgentId>>,
}

/// An agent came or went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shift {
    /// When.
    pub at: Timestamp,
    /// Who.
    pub agent: AgentId,
    /// To what.
    pub availability: Availability,
}
