//! Calls on the wire.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::Time;

/// A call as it is now.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Call {
    /// Identifier.
    pub id: String,
    /// The conversation that it is in.
    pub conversation_id: String,
    /// The message that shows it.
    pub message_id: String,
    /// The endpoint.
    pub inbox_id: String,
    /// With whom.
    pub contact: CallContact,
    /// Who rang.
    pub direction: CallDirection,
    /// Their number, masked unless you may see addresses; null when they showed none.
    pub number: Option<String>,
    /// Our number.
    pub own_number: Option<String>,
    /// `sip` for calls that are worked here, `cti` for calls that a PBX reports: those are worked at the telephone.
    pub provider: String,
    /// Where it stands.
    pub state: CallState,
    /// The team that it waits for or came from.
    pub team_id: Option<String>,
    /// Who talks for the desk, or talked last.
    pub agent_id: Option<String>,
    /// Until when the call stays with its agent, whose browser is gone; the caller hears music. Then somebody else gets it.
    pub rejoin_until: Option<Time>,
    /// At whom it rings.
    pub offered_to: Option<String>,
    /// Until when.
    pub offer_until: Option<Time>,
    /// It began.
    pub started_at: Time,
    /// The caller began to wait for an agent.
    pub queued_at: Option<Time>,
    /// Both sides first talked.
    pub answered_at: Option<Time>,
    /// It was over.
    pub ended_at: Option<Time>,
    /// Until when its agent writes it up.
    pub wrapup_until: Option<Time>,
    /// How long the caller waited, in milliseconds.
    pub wait_ms: u64,
    /// How long both sides talked, in milliseconds.
    pub talk_ms: u64,
    /// How long the caller heard music while held, in milliseconds.
    pub hold_ms: u64,
    /// Since when they hear it.
    pub held_since: Option<Time>,
    /// Who ended it.
    pub ended_by: Option<CallEndedBy>,
    /// Why.
    pub cause: Option<CallCause>,
    /// Its recording.
    pub recording: Option<CallRecording>,
    /// True when the caller was asked to leave a message.
    pub voicemail: bool,
    /// True when the caller asked to be called back.
    pub callback: bool,
    /// True when somebody rang and nobody of the desk talked with them.
    pub missed: bool,
    /// How it was written up.
    pub disposition: Option<CallDisposition>,
    /// Being handed on, or the last time that it was.
    pub transfer: Option<CallTransfer>,
    /// Agents who handed it on and write up what they heard, each until when.
    pub writing: Vec<CallWriteUp>,
    /// Its ends, in the order in which they joined.
    pub legs: Vec<CallLeg>,
    /// The caller's place among those who wait in this inbox, from 1; null unless they wait, and in frames, where nobody else
    /// is looked at.
    pub queue_position: Option<u32>,
}

/// With whom a call is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CallContact {
    /// Identifier.
    pub id: String,
    /// Their name.
    pub name: Option<String>,
}

/// Who rang.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CallDirection {
    /// The contact.
    Inbound,
    /// An agent.
    Outbound,
}

/// Where a call stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CallState {
    /// It began; an outbound one is being dialled.
    New,
    /// The caller hears a menu.
    Ivr,
    /// The caller waits for an agent.
    Queued,
    /// It rings at an agent.
    Offering,
    /// Both sides talk.
    Active,
    /// The caller hears music.
    Held,
    /// It is being handed on.
    Transferring,
    /// It is over; its agent writes it up.
    Wrapup,
    /// It is over, and was answered.
    Closed,
    /// The caller gave up, or an agent did before anybody answered.
    Abandoned,
    /// The caller leaves a message, or left one.
    Voicemail,
    /// One side would not take it.
    Rejected,
    /// Something broke.
    Failed,
}

/// Who ended a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CallEndedBy {
    /// The contact, whoever rang.
    Caller,
    /// An agent.
    Agent,
    /// Plugboard or the line.
    System,
}

/// Why a call ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CallCause {
    /// `normal`, `cancelled`, `busy`, `declined`, `no_answer`, `unreachable`, `forbidden`, `queue_full`, `queue_timeout`,
    /// `closed`, `callback`, `answered_elsewhere`, `server_restart`, `media_lost`, `lost` or `failure`.
    pub word: String,
    /// What SIP said, such as 486.
    pub sip: Option<u16>,
    /// What Q.850 said, such as 17.
    pub q850: Option<u8>,
}

/// The recording of a call.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct CallRecording {
    /// How far it is.
    pub state: CallRecordingState,
    /// How long it is, in seconds, once it is kept.
    pub seconds: f64,
    /// Two when the sides are apart: the contact's is the first.
    pub channels: u8,
    /// When it is deleted; null when never.
    pub expires_at: Option<Time>,
}

/// How far a recording is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CallRecordingState {
    /// Being recorded.
    Recording,
    /// Not for the moment.
    Paused,
    /// It can be heard.
    Kept,
    /// Its time was over.
    Deleted,
}

/// How a call was written up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CallDisposition {
    /// What it was about, by the inbox's list.
    pub code: Option<String>,
    /// A note.
    pub note: Option<String>,
    /// When the contact is to be called again.
    pub follow_up_at: Option<Time>,
    /// Who wrote it up.
    pub agent_id: String,
}

/// A call is handed on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CallTransfer {
    /// Whether its agent speaks with the other first.
    pub kind: CallTransferKind,
    /// To this agent.
    pub to_agent_id: Option<String>,
    /// To whoever of this team can take it.
    pub to_team_id: Option<String>,
    /// To this number, masked unless you may see addresses.
    pub to_number: Option<String>,
    /// Who hands it on.
    pub by: String,
    /// The agent who is consulted.
    pub consulted: Option<String>,
    /// What the other is to know, from those who handed it on.
    pub note: Option<String>,
    /// How far it is.
    pub state: CallTransferState,
}

/// An agent who handed a call on and writes up what they heard, while it may go on with others.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CallWriteUp {
    /// Who.
    pub agent_id: String,
    /// Until when.
    pub until: Time,
}

/// Whether an agent speaks with the other before a call is handed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CallTransferKind {
    /// Handed on at once.
    Blind,
    /// They speak first.
    Warm,
}

/// How far the handing on of a call is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CallTransferState {
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

/// One end of a call.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct CallLeg {
    /// Identifier.
    pub id: String,
    /// What it is.
    pub kind: CallLegKind,
    /// Whose, when it is an agent's.
    pub agent_id: Option<String>,
    /// How they hear it, while they do; of listeners.
    pub mode: Option<ListenMode>,
    /// Since when.
    pub joined_at: Time,
    /// Until when.
    pub left_at: Option<Time>,
    /// Which share of its sound did not arrive here, 0 to 1; null while it is there, and where no sound came.
    pub loss: Option<f64>,
    /// How unevenly it arrived (RFC 3550), in milliseconds; null likewise.
    pub jitter_ms: Option<f64>,
}

/// What an end of a call is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CallLegKind {
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

/// Which calls.
#[derive(Clone, Debug, Default, Serialize, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub struct CallsQuery {
    /// Where they stand; all when unset.
    #[param(inline)]
    pub state: Option<CallStand>,
    /// An inbox.
    pub inbox: Option<String>,
    /// `me`, or an agent's id.
    pub agent: Option<String>,
    /// Items, 1 to 200; 50 when unset.
    pub limit: Option<u32>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// Where calls stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CallStand {
    /// They go on, or are being written up.
    Live,
    /// They are over.
    Ended,
    /// Somebody rang and nobody of the desk talked with them.
    Missed,
    /// Somebody is to be called: they rang in vain and nobody wrote that up, or it was agreed on and it is time; and nobody has
    /// talked with them since.
    ToCall,
}

/// What was found out about the trunk of an inbox.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TrunkReport {
    /// True when all is as it should be.
    pub ok: bool,
    /// What was looked at, in order; what follows from a failure is left out.
    pub steps: Vec<TrunkStep>,
}

/// Something that was found out about a trunk.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TrunkStep {
    /// What was looked at.
    pub check: TrunkCheck,
    /// Whether it is as it should be.
    pub ok: bool,
    /// What was found, in a word: `at` (`host`, `address`), `no_host`, `not_found` (`why`), `not_yet`; `heard_at` (`address`),
    /// `port_taken` (`address`); `answers` (`code`), `silent`; `taken_in`, `refused` (`code`), `no_password`, `no_answer_yet`;
    /// `told` (`address`, `first`, `last`) and `told_guess`, when the address was found out and not set.
    pub finding: String,
    /// Values of the finding, by name.
    pub values: BTreeMap<String, String>,
    /// The same in plain words (English).
    pub message: String,
    /// How long it took, in milliseconds.
    pub took_ms: u64,
}

/// What is looked at when a trunk is tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TrunkCheck {
    /// Whether its host is found.
    Host,
    /// Whether trunks can speak to us.
    Listening,
    /// Whether it answers.
    Answer,
    /// Whether it took us in.
    Registration,
    /// What it is told of where sound is heard; whether that is right only the other side can tell.
    Sound,
}

/// Calls somebody.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DialRequest {
    /// From which inbox.
    pub inbox_id: String,
    /// Whom; whoever has the number when unset.
    #[serde(default)]
    pub contact_id: Option<String>,
    /// The number; the contact's own when unset.
    #[serde(default)]
    pub number: Option<String>,
    /// The conversation that it belongs to; where the contact's next message would go when unset.
    #[serde(default)]
    pub conversation_id: Option<String>,
}

/// Presses keys.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DigitsRequest {
    /// `0` to `9`, `*`, `#`, `A` to `D`; at most 32.
    pub digits: String,
}

/// Hands a call on: to an agent, a team, or a number.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TransferRequest {
    /// Whether you speak with the other first.
    pub kind: CallTransferKind,
    /// To this agent.
    #[serde(default)]
    pub agent_id: Option<String>,
    /// To whoever of this team can take it.
    #[serde(default)]
    pub team_id: Option<String>,
    /// To this number.
    #[serde(default)]
    pub number: Option<String>,
    /// What the other is to know.
    #[serde(default)]
    pub note: Option<String>,
}

/// Who heard the recording of a call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RecordingAccesses {
    /// Each time that somebody began to hear it, the newest first; the last hundred.
    pub items: Vec<RecordingAccess>,
}

/// Somebody began to hear a recording.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RecordingAccess {
    /// Who.
    pub agent_id: String,
    /// When.
    pub at: Time,
}

/// Deletes a recording before its time.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DeleteRecordingRequest {
    /// Why; at most 500 characters. It becomes a note of the conversation.
    pub reason: String,
}

/// Pauses a recording, or goes on with it.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RecordingRequest {
    /// Whether it pauses.
    pub paused: bool,
}

/// Hears a call.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ListenRequest {
    /// How.
    pub mode: ListenMode,
}

/// How a supervisor is in a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ListenMode {
    /// Hears both sides; nobody hears them.
    Listen,
    /// The agent hears them, the contact does not.
    Whisper,
    /// Everybody hears them.
    Barge,
}

/// Writes a call up.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WrapUpRequest {
    /// What it was about, by the inbox's list.
    #[serde(default)]
    pub code: Option<String>,
    /// A note.
    #[serde(default)]
    pub note: Option<String>,
    /// When the contact is to be called again.
    #[serde(default)]
    pub follow_up_at: Option<Time>,
}

/// The shape of a recording, for a player.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Peaks {
    /// How long it is.
    pub seconds: f64,
    /// Loudness from 0 to 255 in equal steps of time: of the contact, and of the agent where the sides are apart.
    pub peaks: Vec<Vec<u8>>,
}

/// Calls and queues at this moment.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct PhoneBoard {
    /// Who waits where.
    pub queues: Vec<BoardQueue>,
    /// Who is in what.
    pub agents: Vec<BoardAgent>,
    /// Calls that go on, or are being written up; the oldest first.
    pub calls: Vec<Call>,
}

/// A queue at this moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct BoardQueue {
    /// The inbox.
    pub inbox_id: String,
    /// The team that is waited for.
    pub team_id: Option<String>,
    /// How many wait, ringing included.
    pub waiting: u32,
    /// How long the first of them waits, in milliseconds.
    pub longest_wait_ms: u64,
    /// Calls that are talked in.
    pub active: u32,
}

/// An agent at this moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct BoardAgent {
    /// Who.
    pub agent_id: String,
    /// In what.
    pub state: BoardState,
    /// In which call.
    pub call_id: Option<String>,
    /// Since when.
    pub since: Time,
}

/// What an agent is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum BoardState {
    /// Nothing.
    Free,
    /// It rings, or they dial.
    Ringing,
    /// A call.
    Talking,
    /// A call that hears music.
    Held,
    /// Writing one up.
    Wrapup,
    /// Not there, or away.
    Offline,
}
