//! What can be asked of a conversation.

use std::collections::BTreeSet;

use super::{Priority, Stage};
use crate::{
    Seq, Timestamp,
    ids::{
        AgentId, CaseId, ContactId, ConversationId, DecisionId, IdentityId, InboxId, MessageId,
        TeamId,
    },
    message::{Delivery, MessageDraft, MessageKind},
    timer::TimerKind,
};

/// The first message of somebody who has no conversation that could take it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewConversation {
    /// Identifier to give it.
    pub id: ConversationId,
    /// The endpoint it came in through.
    pub inbox_id: InboxId,
    /// The customer.
    pub contact_id: ContactId,
    /// The address to answer to.
    pub identity_id: Option<IdentityId>,
}

/// A status that somebody asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StatusRequest {
    /// Open it, again.
    Open,
    /// Out of sight until a time.
    Snooze {
        /// When it returns; in the future.
        until: Timestamp,
    },
    /// Done.
    Resolve {
        /// The wrap-up.
        disposition: Option<String>,
    },
}

/// A change to one conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConversationCommand {
    /// The contact wrote. A conversation that is snoozed wakes, one that is resolved reopens.
    Receive {
        /// What they wrote.
        draft: MessageDraft,
    },
    /// An agent writes to the contact, or to colleagues.
    Post {
        /// `Outbound` or `Note`.
        kind: MessageKind,
        /// What they write.
        draft: MessageDraft,
        /// The journal position that they have seen; refused when somebody else wrote after it.
        seen_seq: Option<Seq>,
    },
    /// An agent writes to the contact, later.
    Schedule {
        /// What they write.
        draft: MessageDraft,
        /// When it is to be sent; cancelled when the contact writes first.
        at: Timestamp,
    },
    /// Takes a scheduled reply back.
    CancelScheduled {
        /// Which one.
        message_id: MessageId,
    },
    /// Gives it to an agent, a team, or to nobody.
    Assign {
        /// The new owner.
        agent: Option<AgentId>,
        /// The new queue.
        team: Option<TeamId>,
    },
    /// The offered agent takes it.
    AcceptOffer,
    /// Routing found an owner.
    Route {
        /// The new owner.
        agent: AgentId,
        /// The decision that says why.
        decision: DecisionId,
    },
    /// Back to the queue, since the owner cannot act.
    ReturnToQueue {
        /// Why: `agent_offline`.
        reason: String,
    },
    /// Changes the status.
    SetStatus(StatusRequest),
    /// Changes the labels.
    Tag {
        /// Labels to put on.
        add: BTreeSet<String>,
        /// Labels to take off.
        remove: BTreeSet<String>,
    },
    /// Changes the urgency.
    SetPriority(Priority),
    /// Changes where in the sale it stands.
    SetStage(Option<Stage>),
    /// Continues it in another conversation. Sent to the one that ends.
    Merge {
        /// Where it continues.
        into: ConversationId,
    },
    /// Undoes a merge. Sent to the one that had ended.
    Unmerge,
    /// The agent has read up to here.
    MarkRead {
        /// A position.
        seq: Seq,
    },
    /// The channel or the contact's device reports on a message.
    ReportDelivery {
        /// Which message.
        message_id: MessageId,
        /// Its present fate.
        now: Delivery,
        /// The new fate.
        next: Delivery,
    },
    /// Opens a case.
    OpenCase {
        /// Identifier to give it.
        id: CaseId,
        /// `complaint`, `aftersale`, ...
        kind: String,
        /// What it is about. Content: it is stored in a row.
        summary: String,
    },
    /// Closes a case.
    CloseCase {
        /// Which one.
        id: CaseId,
    },
    /// A timer that the conversation had set is due.
    Fire(TimerKind),
}
