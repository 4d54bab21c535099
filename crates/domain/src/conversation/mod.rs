//! A conversation: one thread with one contact in one inbox, who owns it, and who waits for whom.
//!
//! The state here holds facts only. Texts, names and addresses live in rows beside it.

mod apply;
mod cases;
mod command;
mod decide;
mod timers;

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

pub use cases::{CASES_MAX, Case, OPEN_CASES_MAX, SUMMARY_CHARS_MAX};
pub use command::{ConversationCommand, NewConversation, StatusRequest};
pub use decide::{
    AWAY_MESSAGE, Arrival, CALL_TEXT, Context, ELSEWHERE, Escalated, GREETING, absorb, begin,
    begin_elsewhere, begin_outbound, call_again, call_answered, call_broke_off, call_contact,
    check_absorb, check_release, decide, escalate, follow_decision, receive_quietly, release,
    resolve_emptied, settle, showing_call, write_elsewhere,
};

use crate::{
    Seq, Timestamp,
    actor::Actor,
    channel::ChannelKind,
    decision::Pins,
    desk::InboxPolicy,
    escalation::Escalation,
    ids::{
        AgentId, CallId, ContactId, ConversationId, IdentityId, InboxId, MessageId, ShopId,
        SlaPolicyId, TeamId,
    },
    message::Scheduled,
    sla::SlaClock,
};

/// Most tags on one conversation.
pub const TAGS_MAX: usize = 50;

/// Longest tag or disposition, in characters.
pub const LABEL_CHARS_MAX: usize = 80;

/// Most replies that wait for their time on one conversation.
pub const SCHEDULED_MAX: usize = 20;

/// The state of one conversation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Conversation {
    /// Identifier.
    pub id: ConversationId,
    /// The endpoint it came in through.
    pub inbox_id: InboxId,
    /// The transport of that endpoint.
    pub channel: ChannelKind,
    /// The shop that the inbox served when it began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shop_id: Option<ShopId>,
    /// The customer, as of the first message; a merged contact redirects.
    pub contact_id: ContactId,
    /// The address to answer to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identity_id: Option<IdentityId>,
    /// Open, snoozed, resolved or merged away.
    pub status: Status,
    /// Where in the sale it stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stage: Option<Stage>,
    /// How urgent it is.
    pub priority: Priority,
    /// Labels.
    pub tags: BTreeSet<String>,
    /// Who owns it.
    pub assignment: Assignment,
    /// Who waits for whom, since when.
    pub waiting: Waiting,
    /// Response targets, when a policy applies.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sla: Option<Sla>,
    /// Replies that wait for their time.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub scheduled: Vec<Scheduled>,
    /// Conversations that were merged into this one.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub absorbed: BTreeSet<ConversationId>,
    /// The versions of policies that decide about it until it is resolved.
    #[serde(default, skip_serializing_if = "Pins::is_empty")]
    pub pins: Pins,
    /// Moves between teams by policy since somebody owned it.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub hops: u8,
    /// How far it has escalated.
    #[serde(default, skip_serializing_if = "Escalation::is_untouched")]
    pub escalation: Escalation,
    /// Its cases, oldest first, at most [`CASES_MAX`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cases: Vec<Case>,
    /// Who wrote last, for the stale-view check.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_written: Option<LastWritten>,
    /// The newest message by a person that is not a note.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_message_id: Option<MessageId>,
    /// Messages and notes so far.
    pub message_count: u64,
    /// Those of them in which nobody says anything any more: taken back, or written by the desk itself.
    #[serde(default, skip_serializing_if = "is_none")]
    pub mute_count: u64,
    /// When an agent first answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_response_at: Option<Timestamp>,
    /// When it began.
    pub created_at: Timestamp,
    /// When something was last said or done that belongs at the top of the list.
    pub last_activity_at: Timestamp,
    /// Calls that go on in it.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub live_calls: BTreeSet<CallId>,
    /// The journal position that this state reflects.
    pub seq: Seq,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde gives a reference to what it may skip"
)]
fn is_zero(count: &u8) -> bool {
    *count == 0
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde gives a reference to what it may skip"
)]
fn is_none(count: &u64) -> bool {
    *count == 0
}

/// Where a conversation stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "status", rename_all = "snake_case")]
pub enum Status {
    /// Somebody has to act.
    Open,
    /// Out of sight until a time, or until the contact writes.
    Snoozed {
        /// When it returns.
        until: Timestamp,
    },
    /// Done.
    Resolved {
        /// When.
        at: Timestamp,
        /// By whom.
        by: Actor,
        /// The wrap-up: what it was about and how it ended.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        disposition: Option<String>,
    },
    /// Continued in another conversation; can be undone.
    Merged {
        /// Where it continues.
        into: ConversationId,
        /// The journal position of the merge: what was said there before is not this contact's to read.
        at_seq: Seq,
        /// What it was before, for undoing.
        before: Box<Status>,
    },
}

/// Where in the sale a conversation stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Before buying (售前).
    Presale,
    /// Between order and receipt (售中).
    InSale,
    /// After receipt (售后).
    Aftersale,
    /// Ratings and reviews (评价).
    Review,
}

/// How urgent a conversation is; greater is more urgent.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Priority {
    /// Can wait.
    Low,
    /// The default.
    #[default]
    Normal,
    /// Before others.
    High,
    /// Now.
    Urgent,
}

/// Who owns a conversation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum Assignment {
    /// Waits in a team's queue, or in nobody's.
    Unassigned {
        /// Whose queue.
        #[serde(default)]
        team: Option<TeamId>,
        /// Since when it waits there.
        since: Timestamp,
        /// Agents that let an offer of it lapse; they are not asked again while others can be.
        #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
        passed: BTreeSet<AgentId>,
        /// Teams that it overflowed from; it does not return there until somebody owns it or sends it there.
        #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
        overflowed: BTreeSet<TeamId>,
    },
    /// Offered to an agent, who has not acted yet.
    Offered {
        /// To whom.
        agent: AgentId,
        /// From whose queue.
        #[serde(default)]
        team: Option<TeamId>,
        /// Since when.
        since: Timestamp,
        /// When the offer lapses.
        until: Timestamp,
        /// Agents that let an offer of it lapse before.
        #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
        passed: BTreeSet<AgentId>,
        /// Teams that it overflowed from; it does not return there until somebody owns it or sends it there.
        #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
        overflowed: BTreeSet<TeamId>,
    },
    /// Owned.
    Assigned {
        /// By whom.
        agent: AgentId,
        /// For which team.
        #[serde(default)]
        team: Option<TeamId>,
        /// Since when.
        since: Timestamp,
        /// How that came about.
        by: AssignedBy,
    },
}

/// How an agent came to own a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AssignedBy {
    /// A person, a macro or a script said so; stays when the agent goes offline.
    Hand,
    /// Routing said so; returns to the queue when the agent goes offline with an answer owed.
    Router,
}

impl Assignment {
    /// The owner or the one it is offered to.
    pub fn agent(&self) -> Option<AgentId> {
        match self {
            Self::Unassigned { .. } => None,
            Self::Offered { agent, .. } | Self::Assigned { agent, .. } => Some(*agent),
        }
    }

    /// The team whose queue it is in or came from.
    pub fn team(&self) -> Option<TeamId> {
        match self {
            Self::Unassigned { team, .. }
            | Self::Offered { team, .. }
            | Self::Assigned { team, .. } => *team,
        }
    }

    /// Since when it has been as it is.
    pub fn since(&self) -> Timestamp {
        match self {
            Self::Unassigned { since, .. }
            | Self::Offered { since, .. }
            | Self::Assigned { since, .. } => *since,
        }
    }

    /// Agents that let an offer lapse.
    pub fn passed(&self) -> BTreeSet<AgentId> {
        match self {
            Self::Unassigned { passed, .. } | Self::Offered { passed, .. } => passed.clone(),
            Self::Assigned { .. } => BTreeSet::new(),
        }
    }

    /// Teams that it overflowed from.
    pub fn overflowed(&self) -> BTreeSet<TeamId> {
        match self {
            Self::Unassigned { overflowed, .. } | Self::Offered { overflowed, .. } => {
                overflowed.clone()
            }
            Self::Assigned { .. } => BTreeSet::new(),
        }
    }
}

/// Who waits for whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "on", rename_all = "snake_case")]
pub enum Waiting {
    /// Nobody waits: nothing was said yet, or it is resolved.
    Nobody,
    /// The contact waits for an answer.
    Agent {
        /// Since their first unanswered message.
        since: Timestamp,
    },
    /// We wait for the contact.
    Contact {
        /// Since our answer.
        since: Timestamp,
    },
}

/// The response targets of a conversation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sla {
    /// The policy that set them.
    pub policy_id: SlaPolicyId,
    /// At most one clock for each target.
    pub clocks: Vec<SlaClock>,
}

/// The newest writer, and the newest writer before them: enough to know what any one person has not seen,
/// since one's own messages are always seen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastWritten {
    /// Who wrote last.
    pub by: Actor,
    /// At which position.
    pub seq: Seq,
    /// The newest position written by anybody else.
    pub others_seq: Seq,
}

impl LastWritten {
    /// The newest position that was written by somebody other than `reader`.
    pub fn newest_not_by(&self, reader: &Actor) -> Seq {
        if self.by == *reader {
            self.others_seq
        } else {
            self.seq
        }
    }
}

impl Conversation {
    /// True when the contact waits for an answer and the conversation is open.
    pub fn needs_reply(&self) -> bool {
        self.status == Status::Open && matches!(self.waiting, Waiting::Agent { .. })
    }

    /// True when it is open and nobody owns it.
    pub fn is_queued(&self) -> bool {
        self.status == Status::Open && matches!(self.assignment, Assignment::Unassigned { .. })
    }

    /// True when the contact's next message continues it: it is open or snoozed, or was resolved so lately that the
    /// policy lets it reopen. Otherwise a new conversation begins.
    pub fn takes_reply(&self, policy: &InboxPolicy, now: Timestamp) -> bool {
        match &self.status {
            Status::Open | Status::Snoozed { .. } => true,
            Status::Resolved { at, .. } => {
                let within = std::time::Duration::from_hours(policy.reopen_within_hours());
                now <= *at + within
            }
            Status::Merged { .. } => false,
        }
    }

    /// True when all that people said in it was taken back or moved away, and nothing waits for its time.
    pub fn is_emptied(&self) -> bool {
        self.message_count > 0 && self.mute_count >= self.message_count && self.scheduled.is_empty()
    }

    /// Where it continues, when it was merged away.
    pub fn merged_into(&self) -> Option<ConversationId> {
        match self.status {
            Status::Merged { into, .. } => Some(into),
            _ => None,
        }
    }
}
