//! What a call consists of besides where it stands: its ends, its recording, how it is handed on and written up.

use serde::{Deserialize, Serialize};

use super::ListenMode;
use crate::{
    Timestamp,
    ids::{AgentId, LegId, TeamId},
};

/// One end of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Leg {
    /// Identifier.
    pub id: LegId,
    /// What it is.
    pub kind: LegKind,
    /// Whose, when it is an agent's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent_id: Option<AgentId>,
    /// Since when.
    pub joined_at: Timestamp,
    /// Until when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub left_at: Option<Timestamp>,
    /// How its sound arrived here, once it has left.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub heard: Option<LegQuality>,
}

/// How the sound of an end arrived.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LegQuality {
    /// Packets that arrived.
    pub received: u64,
    /// Packets that did not.
    pub lost: u64,
    /// How unevenly they came (RFC 3550), in microseconds.
    pub jitter_us: u32,
}

/// What an end of a call is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LegKind {
    /// The line that the contact is on.
    Trunk,
    /// An agent's browser.
    Browser,
    /// A telephone elsewhere.
    External,
    /// The machine that takes messages.
    Voicemail,
    /// A supervisor who listens, whispers or barges in.
    Listener,
}

/// A call is handed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transfer {
    /// Whether its agent speaks with the other first.
    pub kind: TransferKind,
    /// To whom.
    pub target: TransferTarget,
    /// How far it is.
    pub state: TransferState,
    /// Who hands it on.
    pub by: AgentId,
    /// The agent who is consulted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consulted: Option<AgentId>,
}

/// Whether an agent speaks with the other before a call is handed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TransferKind {
    /// Handed on at once.
    Blind,
    /// They speak first.
    Warm,
}

/// To whom a call is handed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "to", rename_all = "snake_case")]
pub enum TransferTarget {
    /// An agent.
    Agent {
        /// Which one.
        agent_id: AgentId,
    },
    /// Whoever of a team can take it.
    Team {
        /// Which one.
        team_id: TeamId,
    },
    /// A number, which is in the row: [`CallLine::transfer_number`].
    Number {},
}

/// How far the handing on of a call is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TransferState {
    /// The other is being reached.
    Ringing,
    /// Its agent and the other speak.
    Talking,
    /// It was handed on.
    Completed,
    /// The other could not be reached.
    Failed,
    /// Its agent took it back.
    Cancelled,
}

/// A recording of a call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recording {
    /// How far it is.
    pub state: RecordingState,
    /// Its key in the blob store, once it is kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub blob: Option<String>,
    /// How long it is, in milliseconds, once it is kept.
    #[serde(default)]
    pub millis: u64,
    /// Two when the sides are apart: the contact's is the first.
    #[serde(default)]
    pub channels: u8,
    /// When it is to be deleted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
}

/// How far a recording is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RecordingState {
    /// Being recorded.
    Recording,
    /// Not for the moment: card data is read out.
    Paused,
    /// Stored.
    Kept,
    /// Its time was over.
    Deleted,
}

/// An agent who handed a call on and writes up what they heard, while it goes on with others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WriteUp {
    /// Who.
    pub agent_id: AgentId,
    /// Until when.
    pub until: Timestamp,
}

/// A supervisor who hears a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listening {
    /// Who.
    pub agent_id: AgentId,
    /// How.
    pub mode: ListenMode,
}

/// Somebody heard the recording of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hearing {
    /// Who.
    pub agent_id: AgentId,
    /// When they began.
    pub at: Timestamp,
}

/// How a call was written up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallDisposition {
    /// What it was about, by the inbox's list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// Whether a note is in the row beside.
    #[serde(default)]
    pub noted: bool,
    /// When the contact is to be called again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub follow_up_at: Option<Timestamp>,
    /// Who wrote it up.
    pub by: AgentId,
}
