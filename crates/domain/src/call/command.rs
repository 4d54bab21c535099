//! What can be asked of a call: facts of the line, and what people decide.

use super::{Direction, EndCause, EndedBy, LegKind, LegQuality, ListenMode, TransferKind};
use crate::{
    Timestamp,
    decision::{DecisionTrace, RoutingTarget},
    ids::{AgentId, CallId, ContactId, ConversationId, InboxId, LegId, MessageId, TeamId},
};

/// A call begins at the line. The same `(provider, provider_call_id)` again is the same call.
#[derive(Clone)]
pub struct Ring {
    /// Identifier to give it.
    pub id: CallId,
    /// Where it rings.
    pub inbox_id: InboxId,
    /// Who carries it: `sip`, `cti`.
    pub provider: String,
    /// The provider's name of the call.
    pub provider_call_id: String,
    /// Who rang.
    pub direction: Direction,
    /// Whose number shows, as it came; empty when none does.
    pub from: String,
    /// Which number was dialled, as it came.
    pub to: String,
    /// What the line calls them, used for somebody new.
    pub name: Option<String>,
    /// Identifier to give to the conversation, if one begins.
    pub conversation_id: ConversationId,
    /// Identifier to give to the message.
    pub message_id: MessageId,
}

impl std::fmt::Debug for Ring {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Ring")
            .field("id", &self.id)
            .field("inbox_id", &self.inbox_id)
            .field("provider", &self.provider)
            .field("direction", &self.direction)
            .finish_non_exhaustive()
    }
}

/// An agent calls somebody.
#[derive(Clone)]
pub struct DialNumber {
    /// Identifier to give to the call.
    pub id: CallId,
    /// From which number of ours.
    pub inbox_id: InboxId,
    /// The number, as typed; the contact's own when unset.
    pub number: Option<String>,
    /// Whom; whoever has the number when unset.
    pub contact_id: Option<ContactId>,
    /// The conversation that it belongs to; the one that the contact's next message would go into when unset.
    pub conversation_id: Option<ConversationId>,
    /// Identifier to give to the conversation, if one begins.
    pub new_conversation_id: ConversationId,
    /// Identifier to give to the message.
    pub message_id: MessageId,
}

impl std::fmt::Debug for DialNumber {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DialNumber")
            .field("id", &self.id)
            .field("inbox_id", &self.inbox_id)
            .finish_non_exhaustive()
    }
}

/// What the line reports. Late, doubled and reordered ones change nothing that they should not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CallFact {
    /// The caller hears a menu. What they pressed stays with the line.
    Menu,
    /// The caller waits for an agent of this team, or of the inbox's.
    Queued {
        /// Which team.
        team_id: Option<TeamId>,
    },
    /// It rings with the contact.
    EarlyMedia,
    /// An end joined.
    LegJoined {
        /// Its identifier, made by the line.
        leg_id: LegId,
        /// What it is.
        kind: LegKind,
        /// Whose, when it is an agent's.
        agent_id: Option<AgentId>,
    },
    /// An end left.
    LegLeft {
        /// Which one.
        leg_id: LegId,
    },
    /// How the sound of an end arrived, as it leaves.
    LegHeard {
        /// Which one.
        leg_id: LegId,
        /// How.
        quality: LegQuality,
    },
    /// Both sides talk.
    Answered,
    /// The browser of an agent is gone: of whoever has the call, at once; of others, when they are not waited for any more.
    AgentGone {
        /// Whose.
        agent_id: AgentId,
    },
    /// It is back.
    AgentBack {
        /// Whose.
        agent_id: AgentId,
    },
    /// The caller hears music, since the line decided so.
    Held,
    /// Both sides talk again, since the line decided so.
    Resumed,
    /// The call was handed on: the other has it.
    TransferCompleted,
    /// The other could not be reached.
    TransferFailed,
    /// It is recorded.
    RecordingStarted,
    /// Not for the moment.
    RecordingPaused,
    /// Again.
    RecordingResumed,
    /// The recording is stored.
    RecordingKept {
        /// Its key in the blob store.
        blob: String,
        /// How long it is, in milliseconds.
        millis: u64,
        /// Two when the sides are apart.
        channels: u8,
    },
    /// The caller may leave a message.
    VoicemailStarted,
    /// The caller wants to be called back.
    CallbackRequested,
    /// It is over.
    Ended {
        /// Who ended it.
        by: EndedBy,
        /// Why.
        cause: EndCause,
    },
}

/// A change to one call.
#[derive(Clone)]
pub enum CallCommand {
    /// The line reports.
    Advance(CallFact),
    /// Routing found somebody, or another team.
    Route {
        /// Where it goes.
        target: RoutingTarget,
        /// Why.
        trace: Box<DecisionTrace>,
    },
    /// The agent at whom it may ring went away.
    Withdraw {
        /// Who.
        agent_id: AgentId,
    },
    /// The agent at whom it rings takes it.
    Accept,
    /// The agent at whom it rings does not.
    Decline,
    /// Its agent ends it.
    HangUp,
    /// The caller is to hear music.
    Hold,
    /// Both sides are to talk again.
    Resume,
    /// Its agent hands it on.
    Transfer {
        /// Whether they speak with the other first.
        kind: TransferKind,
        /// To whom.
        to: TransferTo,
        /// What the other is to know. Content.
        note: Option<String>,
    },
    /// Whoever listens, is consulted, or has put two others together leaves; the call goes on.
    Leave,
    /// The other has it from now on.
    CompleteTransfer,
    /// Its agent takes it back.
    CancelTransfer,
    /// Card data is about to be read out, or was.
    PauseRecording {
        /// Whether it pauses.
        paused: bool,
    },
    /// A supervisor wants to hear it.
    Listen {
        /// How.
        mode: ListenMode,
    },
    /// Its agent writes it up.
    WrapUp {
        /// What it was about, by the inbox's list.
        code: Option<String>,
        /// A note. Content.
        note: Option<String>,
        /// When the contact is to be called again.
        follow_up_at: Option<Timestamp>,
    },
    /// The caller is to be called back.
    RequestCallback,
    /// Somebody reads the recording.
    ReadRecording,
    /// The recording's time is over.
    DeleteRecording,
    /// Something is due.
    Fire,
    /// Plugboard was started again: what was going on is not any more.
    Lose,
}

/// To whom a call is handed on.
#[derive(Clone)]
pub enum TransferTo {
    /// An agent.
    Agent(AgentId),
    /// Whoever of a team can take it.
    Team(TeamId),
    /// A number, as typed. Content.
    Number(String),
}

impl std::fmt::Debug for TransferTo {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Agent(id) => f.debug_tuple("Agent").field(id).finish(),
            Self::Team(id) => f.debug_tuple("Team").field(id).finish(),
            Self::Number(_) => f.write_str("Number"),
        }
    }
}

impl CallCommand {
    /// In a word, for logs.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Advance(_) => "advance",
            Self::Route { .. } => "route",
            Self::Withdraw { .. } => "withdraw",
            Self::Accept => "accept",
            Self::Decline => "decline",
            Self::HangUp => "hang_up",
            Self::Hold => "hold",
            Self::Resume => "resume",
            Self::Transfer { .. } => "transfer",
            Self::Leave => "leave",
            Self::CompleteTransfer => "complete_transfer",
            Self::CancelTransfer => "cancel_transfer",
            Self::PauseRecording { .. } => "pause_recording",
            Self::Listen { .. } => "listen",
            Self::WrapUp { .. } => "wrap_up",
            Self::RequestCallback => "request_callback",
            Self::ReadRecording => "read_recording",
            Self::DeleteRecording => "delete_recording",
            Self::Fire => "fire",
            Self::Lose => "lose",
        }
    }
}

impl std::fmt::Debug for CallCommand {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}
