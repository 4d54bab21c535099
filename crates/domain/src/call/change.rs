//! What happens to a call, as the journal keeps it: outcomes and facts, no numbers.

use serde::{Deserialize, Serialize};

use super::{
    CallDisposition, CallRules, CallState, Direction, LegKind, LegQuality, QueueThen, Transfer,
};
use crate::{
    Timestamp,
    ids::{AgentId, CallId, ContactId, DecisionId, IdentityId, InboxId, LegId, MessageId, TeamId},
};

/// A call as it begins.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallFacts {
    /// Identifier.
    pub id: CallId,
    /// The message that shows it.
    pub message_id: MessageId,
    /// The endpoint.
    pub inbox_id: InboxId,
    /// The customer.
    pub contact_id: ContactId,
    /// Their number, when they showed one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identity_id: Option<IdentityId>,
    /// Who rang.
    pub direction: Direction,
    /// Who carries it: `sip`, `cti`.
    pub provider: String,
    /// Who dials, when an agent does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent_id: Option<AgentId>,
    /// The team whose inbox it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub team_id: Option<TeamId>,
    /// How it is treated.
    pub rules: CallRules,
}

/// What happened to a call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum CallChange {
    /// The caller hears a menu.
    Menu {},
    /// The caller waits for an agent, or for another team from now on.
    Queued {
        /// Whose queue.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        team_id: Option<TeamId>,
    },
    /// It rings at an agent.
    Offered {
        /// At whom.
        agent_id: AgentId,
        /// Until when.
        until: Timestamp,
        /// The decision that says why.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        decision_id: Option<DecisionId>,
    },
    /// It rings there no more.
    OfferEnded {
        /// At whom it rang.
        agent_id: AgentId,
        /// Why.
        cause: OfferEnd,
    },
    /// The agent at whom it rang takes it.
    Accepted {
        /// Who.
        agent_id: AgentId,
    },
    /// It rings with the contact.
    EarlyMedia {},
    /// Both sides talk, as the line says.
    Answered {
        /// Who talks, when the line knows.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        agent_id: Option<AgentId>,
    },
    /// An end joined.
    LegJoined {
        /// Its identifier.
        leg_id: LegId,
        /// What it is.
        kind: LegKind,
        /// Whose, when it is an agent's.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        agent_id: Option<AgentId>,
    },
    /// An end left.
    LegLeft {
        /// Which one.
        leg_id: LegId,
    },
    /// How the sound of an end arrived, told when it left.
    LegHeard {
        /// Which one.
        leg_id: LegId,
        /// How.
        quality: LegQuality,
    },
    /// The browser of its agent is gone: the caller hears music until it is back, or for as long as it may take.
    AgentGone {
        /// Who.
        agent_id: AgentId,
        /// Until when the call stays with them.
        until: Timestamp,
    },
    /// It is back.
    AgentBack {
        /// Who.
        agent_id: AgentId,
    },
    /// It did not come back: the caller waits again, before all others.
    Returned {
        /// Who had the call, and does not get it again.
        agent_id: AgentId,
    },
    /// The caller hears music.
    Held {},
    /// Both sides talk again.
    Resumed {},
    /// It is being handed on.
    TransferStarted {
        /// How and to whom.
        transfer: Transfer,
    },
    /// It was handed on.
    TransferCompleted {
        /// Who has it now, when an agent does.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        agent_id: Option<AgentId>,
    },
    /// The other could not be reached.
    TransferFailed {},
    /// Its agent took it back.
    TransferCancelled {},
    /// It is recorded from here on.
    RecordingStarted {},
    /// Not for the moment.
    RecordingPaused {},
    /// Again.
    RecordingResumed {},
    /// The recording is stored.
    RecordingKept {
        /// Its key in the blob store.
        blob: String,
        /// How long it is, in milliseconds.
        millis: u64,
        /// Two when the sides are apart.
        channels: u8,
        /// When it is to be deleted.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        expires_at: Option<Timestamp>,
    },
    /// The recording's time was over.
    RecordingDeleted {},
    /// The caller has waited long enough.
    WaitOver {
        /// What happens to them now.
        then: QueueThen,
    },
    /// The caller may leave a message.
    VoicemailStarted {},
    /// The caller wants to be called back.
    CallbackRequested {},
    /// A supervisor wants to hear it.
    Listening {
        /// Who.
        agent_id: AgentId,
        /// How.
        mode: ListenMode,
    },
    /// A supervisor hears it no more.
    Left {
        /// Who.
        agent_id: AgentId,
    },
    /// It is over.
    Ended {
        /// What it is now.
        state: CallState,
        /// Who ended it.
        by: EndedBy,
        /// Why.
        cause: EndCause,
        /// Until when its agent writes it up.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        wrapup_until: Option<Timestamp>,
    },
    /// Its agent wrote it up, or had no more time to.
    WrappedUp {
        /// How; unset when the time was over.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        disposition: Option<CallDisposition>,
        /// Whose write-up it is, when they had handed the call on; of whoever talked last when unset.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        agent_id: Option<AgentId>,
    },
}

/// Why a call rings at an agent no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OfferEnd {
    /// They said no.
    Declined,
    /// They let it ring.
    Lapsed,
    /// The caller has waited long enough, the agent who hands it on took it back, or the agent at whom it rang went away.
    Withdrawn,
}

/// How a supervisor is in a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ListenMode {
    /// Hears both sides; nobody hears them.
    Listen,
    /// The agent hears them, the contact does not.
    Whisper,
    /// Everybody hears them.
    Barge,
}

/// Who ended a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EndedBy {
    /// The contact, whoever rang.
    Caller,
    /// An agent.
    Agent,
    /// Plugboard or the line.
    System,
}

/// Why a call ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EndCause {
    /// In a word.
    pub word: EndWord,
    /// What SIP said, such as 486.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sip: Option<u16>,
    /// What Q.850 said, such as 17.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub q850: Option<u8>,
}

impl EndCause {
    /// A cause in a word.
    pub fn of(word: EndWord) -> Self {
        Self {
            word,
            sip: None,
            q850: None,
        }
    }
}

/// Why a call ended, in a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EndWord {
    /// Somebody hung up.
    Normal,
    /// Whoever rang gave up before anybody answered.
    Cancelled,
    /// The other is in a call.
    Busy,
    /// The other would not take it.
    Declined,
    /// Nobody answered.
    NoAnswer,
    /// There is no such number, or no way to it.
    Unreachable,
    /// The other side does not permit it.
    Forbidden,
    /// Too many callers wait already.
    QueueFull,
    /// The caller has waited long enough.
    QueueTimeout,
    /// The shop is closed.
    Closed,
    /// The caller is called back.
    Callback,
    /// Somebody took it at another telephone.
    AnsweredElsewhere,
    /// Plugboard was started again.
    ServerRestart,
    /// No sound arrived any more.
    MediaLost,
    /// Nothing was heard of it for long.
    Lost,
    /// Something broke.
    Failure,
}
