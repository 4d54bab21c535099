//! Events: what happened. They state outcomes, so that applying one never has to compute or to guess; and facts, so
//! that no message body, address or phone number is ever in the journal.
//!
//! An event that was released never changes its meaning or its name. Fields may be added with a default. Each has a
//! golden file under `tests/golden/` that must decode for ever.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    Seq, Timestamp,
    actor::Actor,
    call::{CallChange, CallFacts},
    channel::ChannelKind,
    contact::{ContactField, IdentityKind},
    conversation::{Assignment, Priority, Sla, Stage, Status, Waiting},
    desk::{Attendance, Availability, Entity, EntityRef, attendance::ASKED},
    escalation::EscalationStep,
    ids::{
        AgentId, AttachmentId, CallId, CaseId, ContactId, ConversationId, DecisionId, IdentityId,
        InboxId, MacroId, MessageId, OutboxId, PluginId, ShopId, TeamId,
    },
    message::{Delivery, MessageFacts, Scheduled},
    sla::SlaTarget,
};

/// What happened, with everything needed to apply it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "data")]
pub enum Event {
    /// A conversation began.
    #[serde(rename = "conversation.created")]
    ConversationCreated {
        /// The endpoint.
        inbox_id: InboxId,
        /// Its transport.
        channel: ChannelKind,
        /// Its shop.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        shop_id: Option<ShopId>,
        /// The customer.
        contact_id: ContactId,
        /// The address to answer to.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        identity_id: Option<IdentityId>,
        /// The queue that it enters.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        team_id: Option<TeamId>,
        /// Its urgency.
        priority: Priority,
        /// Its stage.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        stage: Option<Stage>,
    },
    /// Somebody wrote.
    #[serde(rename = "message.created")]
    MessageCreated {
        /// The message, without its text.
        message: MessageFacts,
        /// Who waits for whom now.
        waiting: Waiting,
    },
    /// An outbound message got further, or failed; `queued` again when a try came to nothing and another follows.
    #[serde(rename = "message.delivery_changed")]
    DeliveryChanged {
        /// Which message.
        message_id: MessageId,
        /// Its fate.
        delivery: Delivery,
    },
    /// A message says something else now: the contact changed it, or, when somebody of the desk is the actor, its source was read
    /// again. What it said before is kept beside it.
    #[serde(rename = "message.edited")]
    MessageEdited {
        /// Which message.
        message_id: MessageId,
    },
    /// The contact took a message back.
    #[serde(rename = "message.taken_back")]
    MessageTakenBack {
        /// Which message.
        message_id: MessageId,
    },
    /// A reply waits for its time.
    #[serde(rename = "message.scheduled")]
    MessageScheduled {
        /// The reply, without its text.
        scheduled: Scheduled,
    },
    /// A scheduled reply will not be sent.
    #[serde(rename = "message.schedule_cancelled")]
    ScheduleCancelled {
        /// Which one.
        message_id: MessageId,
        /// Why: `asked`, `contact_wrote`, `merged`.
        reason: String,
    },
    /// The status changed.
    #[serde(rename = "conversation.status_changed")]
    StatusChanged {
        /// The new status.
        status: Status,
        /// Who waits for whom now.
        waiting: Waiting,
        /// Why: `asked`, `contact_wrote`, `snooze_ended`, `merged`, `unmerged`, `absorbed`.
        cause: String,
    },
    /// The provider closed its thread: the contact may not hear us any more. A mark in the history, nothing else.
    #[serde(rename = "conversation.thread_closed")]
    ThreadClosed {},
    /// The owner changed.
    #[serde(rename = "conversation.assigned")]
    Assigned {
        /// The new owner or queue.
        assignment: Assignment,
        /// Why: `asked`, `routed`, `accepted`, `offer_lapsed`, `agent_offline`, `overflow`, `reopened`,
        /// `escalated`.
        cause: String,
        /// The decision that says more.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        decision_id: Option<DecisionId>,
    },
    /// The labels changed.
    #[serde(rename = "conversation.tagged")]
    Tagged {
        /// Put on.
        added: BTreeSet<String>,
        /// Taken off.
        removed: BTreeSet<String>,
    },
    /// The urgency changed.
    #[serde(rename = "conversation.priority_changed")]
    PriorityChanged {
        /// The new urgency.
        priority: Priority,
    },
    /// The stage changed.
    #[serde(rename = "conversation.stage_changed")]
    StageChanged {
        /// The new stage.
        stage: Option<Stage>,
    },
    /// Somebody applied a macro; what it did follows, caused by this.
    #[serde(rename = "conversation.macro_applied")]
    MacroApplied {
        /// Which one.
        macro_id: MacroId,
    },
    /// Another conversation was merged into this one.
    #[serde(rename = "conversation.absorbed")]
    Absorbed {
        /// Which one.
        other: ConversationId,
        /// What it had absorbed itself.
        with: BTreeSet<ConversationId>,
    },
    /// A merge into this one was undone.
    #[serde(rename = "conversation.released")]
    Released {
        /// Which one.
        other: ConversationId,
        /// What it took with it.
        with: BTreeSet<ConversationId>,
    },
    /// An agent has read up to a position. Only that agent hears of it.
    #[serde(rename = "conversation.read")]
    Read {
        /// Who.
        agent_id: AgentId,
        /// Up to where.
        seq: Seq,
    },
    /// An agent's draft changed. Only that agent hears of it.
    #[serde(rename = "conversation.draft_changed")]
    DraftChanged {
        /// Whose.
        agent_id: AgentId,
        /// `outbound` or `note`.
        draft: crate::message::MessageKind,
        /// True when there is no draft any more.
        empty: bool,
    },
    /// The response clocks changed.
    #[serde(rename = "sla.changed")]
    SlaChanged {
        /// The clocks as they stand.
        sla: Sla,
    },
    /// A target is nearly missed.
    #[serde(rename = "sla.warned")]
    SlaWarned {
        /// Which one.
        target: SlaTarget,
        /// When it will be missed.
        due_at: Timestamp,
    },
    /// A target was missed.
    #[serde(rename = "sla.breached")]
    SlaBreached {
        /// Which one.
        target: SlaTarget,
        /// When it was due.
        due_at: Timestamp,
    },
    /// Routing decided, or could not.
    #[serde(rename = "routing.decided")]
    RoutingDecided {
        /// The stored trace.
        decision_id: DecisionId,
        /// The version that decides from now on, when it is another one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pin: Option<String>,
        /// Moves between teams by policy, when this is one more.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        hops: Option<u8>,
    },
    /// A step of escalation was taken.
    #[serde(rename = "conversation.escalated")]
    ConversationEscalated {
        /// The stored trace; it has the texts.
        decision_id: DecisionId,
        /// The position of what it was taken on.
        trigger_seq: Seq,
        /// The step.
        step: EscalationStep,
        /// When the policy wants to be asked again.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        ask_at: Option<Timestamp>,
        /// Who is to be told.
        #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
        notify: BTreeSet<AgentId>,
        /// The version that decides from now on, when it is another one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pin: Option<String>,
    },
    /// An escalation policy did nothing yet, and said when to ask again.
    #[serde(rename = "escalation.planned")]
    EscalationPlanned {
        /// The stored trace.
        decision_id: DecisionId,
        /// The position of what it was asked on.
        trigger_seq: Seq,
        /// When it wants to be asked again; only when something happens, if unset.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        ask_at: Option<Timestamp>,
        /// The version that decides from now on, when it is another one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pin: Option<String>,
    },
    /// The time that an escalation policy asked for has come.
    #[serde(rename = "escalation.due")]
    EscalationDue {
        /// The time.
        asked_for: Timestamp,
    },
    /// A case was opened.
    #[serde(rename = "case.opened")]
    CaseOpened {
        /// Which one.
        case_id: CaseId,
        /// `complaint`, `aftersale`, ...
        #[serde(rename = "case")]
        kind: String,
    },
    /// A case was closed.
    #[serde(rename = "case.closed")]
    CaseClosed {
        /// Which one.
        case_id: CaseId,
    },
    /// Somebody new.
    #[serde(rename = "contact.created")]
    ContactCreated {
        /// Who.
        contact_id: ContactId,
    },
    /// Fields of the profile changed.
    #[serde(rename = "contact.updated")]
    ContactUpdated {
        /// Whose.
        contact_id: ContactId,
        /// Which fields.
        fields: BTreeSet<String>,
    },
    /// An address of a contact became known.
    #[serde(rename = "contact.identified")]
    ContactIdentified {
        /// Whose.
        contact_id: ContactId,
        /// The address.
        identity_id: IdentityId,
        /// Its kind.
        identity: IdentityKind,
        /// True when proved.
        verified: bool,
    },
    /// Two contacts were found to be one.
    #[serde(rename = "contact.merged")]
    ContactMerged {
        /// The one that now redirects.
        contact_id: ContactId,
        /// To whom.
        into: ContactId,
        /// Contacts that redirect to it in turn, and so move along.
        #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
        with: BTreeSet<ContactId>,
    },
    /// They were not, after all.
    #[serde(rename = "contact.unmerged")]
    ContactUnmerged {
        /// The one that is its own again.
        contact_id: ContactId,
        /// Who it redirected to.
        from: ContactId,
        /// Contacts that redirect to it in turn, and so move along.
        #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
        with: BTreeSet<ContactId>,
    },
    /// A masked field was shown to somebody.
    #[serde(rename = "contact.revealed")]
    ContactRevealed {
        /// Whose.
        contact_id: ContactId,
        /// Which field.
        field: ContactField,
    },
    /// Somebody read recorded calls of a plugin, which hold what customers wrote.
    #[serde(rename = "plugin.recording_read")]
    PluginRecordingRead {
        /// Whose calls.
        plugin_id: PluginId,
        /// How many.
        calls: u32,
    },
    /// Something was configured.
    #[serde(rename = "desk.saved")]
    DeskSaved {
        /// The thing as it is now.
        #[serde(flatten)]
        entity: Entity,
    },
    /// A configured thing was removed.
    #[serde(rename = "desk.removed")]
    DeskRemoved {
        /// Which one.
        #[serde(flatten)]
        entity: EntityRef,
    },
    /// An agent's availability changed.
    #[serde(rename = "agent.availability_changed")]
    AvailabilityChanged {
        /// Whose.
        agent_id: AgentId,
        /// The new state.
        availability: Availability,
        /// Whether a live connection stands behind it.
        #[serde(default, skip_serializing_if = "Attendance::is_unseen")]
        attendance: Attendance,
        /// Why: `asked`, `no_connection`, `reconnected`.
        #[serde(default = "asked")]
        cause: String,
    },
    /// An agent who is not offline opened their first live connection since they came; from now on it is missed when it is
    /// gone. Only that agent hears of it.
    #[serde(rename = "agent.seen")]
    AgentSeen {
        /// Who.
        agent_id: AgentId,
    },
    /// An agent signed in.
    #[serde(rename = "session.created")]
    SessionCreated {
        /// Who.
        agent_id: AgentId,
    },
    /// An agent signed out.
    #[serde(rename = "session.ended")]
    SessionEnded {
        /// Who.
        agent_id: AgentId,
    },
    /// A file was uploaded.
    #[serde(rename = "attachment.stored")]
    AttachmentStored {
        /// Which one.
        attachment_id: AttachmentId,
        /// Its size in bytes.
        size: u64,
    },
    /// A call began.
    #[serde(rename = "call.started")]
    CallStarted {
        /// The call, without numbers.
        call: CallFacts,
    },
    /// Something happened to a call.
    #[serde(rename = "call.changed")]
    CallChanged {
        /// Which call.
        call_id: CallId,
        /// What.
        change: CallChange,
    },
    /// Somebody heard a recording.
    #[serde(rename = "call.recording_read")]
    RecordingRead {
        /// Of which call.
        call_id: CallId,
    },
    /// Outside work was given up.
    #[serde(rename = "outbox.died")]
    OutboxDied {
        /// Which job.
        outbox_id: OutboxId,
    },
    /// Outside work that was given up is to be tried again.
    #[serde(rename = "outbox.redelivered")]
    OutboxRedelivered {
        /// Which job.
        outbox_id: OutboxId,
    },
}

/// Why availability changed, in events from before the journal said it.
fn asked() -> String {
    ASKED.to_owned()
}

/// An event in its place in the journal.
#[derive(Clone, Debug, PartialEq)]
pub struct Recorded {
    /// Its position.
    pub seq: Seq,
    /// When.
    pub at: Timestamp,
    /// By whom.
    pub actor: Actor,
    /// About which conversation, if one.
    pub conversation_id: Option<ConversationId>,
    /// The event whose consequence this is, if a rule, plugin or policy acted on one.
    pub caused_by: Option<Seq>,
    /// What.
    pub event: Event,
}

/// A stored event cannot be read: the row was damaged or written by a newer version.
#[derive(Debug, thiserror::Error)]
#[error("event {kind:?} cannot be decoded: {source}")]
pub struct UndecodableEvent {
    /// The stored kind.
    pub kind: String,
    /// Why.
    source: serde_json::Error,
}

impl Event {
    /// The name in the journal.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::ConversationCreated { .. } => "conversation.created",
            Self::MessageCreated { .. } => "message.created",
            Self::DeliveryChanged { .. } => "message.delivery_changed",
            Self::MessageEdited { .. } => "message.edited",
            Self::MessageTakenBack { .. } => "message.taken_back",
            Self::MessageScheduled { .. } => "message.scheduled",
            Self::ScheduleCancelled { .. } => "message.schedule_cancelled",
            Self::StatusChanged { .. } => "conversation.status_changed",
            Self::ThreadClosed {} => "conversation.thread_closed",
            Self::Assigned { .. } => "conversation.assigned",
            Self::Tagged { .. } => "conversation.tagged",
            Self::PriorityChanged { .. } => "conversation.priority_changed",
            Self::StageChanged { .. } => "conversation.stage_changed",
            Self::MacroApplied { .. } => "conversation.macro_applied",
            Self::Absorbed { .. } => "conversation.absorbed",
            Self::Released { .. } => "conversation.released",
            Self::Read { .. } => "conversation.read",
            Self::DraftChanged { .. } => "conversation.draft_changed",
            Self::SlaChanged { .. } => "sla.changed",
            Self::SlaWarned { .. } => "sla.warned",
            Self::SlaBreached { .. } => "sla.breached",
            Self::RoutingDecided { .. } => "routing.decided",
            Self::ConversationEscalated { .. } => "conversation.escalated",
            Self::EscalationPlanned { .. } => "escalation.planned",
            Self::EscalationDue { .. } => "escalation.due",
            Self::CaseOpened { .. } => "case.opened",
            Self::CaseClosed { .. } => "case.closed",
            Self::ContactCreated { .. } => "contact.created",
            Self::ContactUpdated { .. } => "contact.updated",
            Self::ContactIdentified { .. } => "contact.identified",
            Self::ContactMerged { .. } => "contact.merged",
            Self::ContactUnmerged { .. } => "contact.unmerged",
            Self::ContactRevealed { .. } => "contact.revealed",
            Self::PluginRecordingRead { .. } => "plugin.recording_read",
            Self::DeskSaved { .. } => "desk.saved",
            Self::DeskRemoved { .. } => "desk.removed",
            Self::AvailabilityChanged { .. } => "agent.availability_changed",
            Self::AgentSeen { .. } => "agent.seen",
            Self::SessionCreated { .. } => "session.created",
            Self::SessionEnded { .. } => "session.ended",
            Self::AttachmentStored { .. } => "attachment.stored",
            Self::CallStarted { .. } => "call.started",
            Self::CallChanged { .. } => "call.changed",
            Self::RecordingRead { .. } => "call.recording_read",
            Self::OutboxDied { .. } => "outbox.died",
            Self::OutboxRedelivered { .. } => "outbox.redelivered",
        }
    }

    /// The facts as JSON, without the kind.
    pub fn data(&self) -> Value {
        match serde_json::to_value(self) {
            Ok(Value::Object(mut object)) => object.remove("data").unwrap_or(Value::Null),
            _ => {
                unreachable!("an adjacently tagged enum of plain data always encodes as an object")
            }
        }
    }

    /// Makes an event of its kind and its facts.
    pub fn decode(kind: &str, data: Value) -> Result<Self, UndecodableEvent> {
        Self::parse(kind, &data.to_string())
    }

    /// Reads a stored event; `data` is JSON text. With the kind in front, the facts are read straight into their variant,
    /// without a tree in between: every event is read at least once more after it was stored.
    pub fn parse(kind: &str, data: &str) -> Result<Self, UndecodableEvent> {
        let whole = format!(r#"{{"kind":{},"data":{data}}}"#, Value::from(kind));
        serde_json::from_str(&whole).map_err(|source| UndecodableEvent {
            kind: kind.to_owned(),
            source,
        })
    }
}
