//! The journal on the wire, and the frames of both websockets.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::Time;

/// One event in the journal.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct JournalItem {
    /// Its position: dense, starting at 1. Events that you may not see are left out.
    pub seq: u64,
    /// When.
    pub at: Time,
    /// Such as `message.created`.
    pub kind: String,
    /// By whom: `{"type": "agent" | "contact", "id"}` `{"type": "system", "part"}` or
    /// `{"type": "plugin", "key"}`.
    pub actor: serde_json::Value,
    /// About which conversation.
    pub conversation_id: Option<String>,
    /// The facts; never message texts or addresses.
    pub data: serde_json::Value,
}

/// A stretch of the journal.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct JournalPage {
    /// Events after `since`, in order.
    pub items: Vec<JournalItem>,
    /// The newest position that exists.
    pub head: u64,
    /// Positions up to this one were taken away by retention; 0 when none were. Who has less reads the lists again.
    pub horizon: u64,
    /// Pass as `since` for the next stretch. It can be beyond the last item, when what follows is not for you.
    pub next_since: u64,
}

/// Which stretch of the journal.
#[derive(Clone, Debug, Default, Serialize, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub struct JournalQuery {
    /// The position that you have; 0 for the start.
    pub since: u64,
    /// Items, 1 to 1000; 200 when unset.
    #[param(minimum = 1, maximum = 1000)]
    pub limit: Option<u32>,
}

/// What a client sends on a websocket.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ClientFrame {
    /// Asks for every event after a position, from now on.
    Subscribe {
        /// The position that the client has.
        since: u64,
    },
    /// Says what the client looks at (agents); `null` for nothing.
    Viewing {
        /// The conversation.
        conversation_id: Option<String>,
    },
    /// Says that the client is typing; good for some seconds. Visitors leave out the conversation.
    Typing {
        /// The conversation.
        #[serde(default)]
        conversation_id: Option<String>,
        /// True while writing a note (agents): not told to the visitor.
        #[serde(default)]
        note: bool,
    },
    /// Says that the visitor has seen messages up to a position (visitors only).
    Seen {
        /// The position.
        seq: u64,
    },
    /// Connects the agent's browser for calls: its description (agents only). No candidates follow.
    #[serde(rename = "phone.offer")]
    PhoneOffer {
        /// An offer, as `RTCPeerConnection` writes it; at most 16 KB.
        sdp: String,
    },
    /// Lets the agent's browser go (agents only).
    #[serde(rename = "phone.bye")]
    PhoneBye,
    /// Asks for a `pong`.
    Ping,
}

/// What the server sends on a websocket.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ServerFrame {
    /// The first frame.
    Hello {
        /// The newest journal position.
        head: u64,
        /// The server's version; when it changes, the app reloads at the next quiet moment.
        server: String,
        /// The server's time, for clocks that count down.
        now: Time,
    },
    /// An event. `message.created` carries the message with its text as `data.message`, for agents the whole wire message;
    /// `conversation.created` carries the conversation as `data.conversation`; `call.started` and `call.changed` carry the call as it
    /// is now as `data.call`, beside what happened.
    Event {
        /// Its position.
        seq: u64,
        /// Such as `message.created`.
        kind: String,
        /// When.
        at: Time,
        /// By whom; left out for visitors.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        actor: Option<serde_json::Value>,
        /// About which conversation.
        conversation_id: Option<String>,
        /// The facts, in the shapes of this API.
        data: serde_json::Value,
    },
    /// Everything up to `head` was sent: the client is caught up.
    CaughtUp {
        /// The position reached.
        head: u64,
    },
    /// The client's position is too old, or it was too slow: read the lists again, then subscribe at `head`.
    Resync {
        /// The newest position.
        head: u64,
    },
    /// Presence and typing: good for some seconds, never stored.
    Ephemeral {
        /// `viewing` or `typing`.
        what: Ephemeral,
        /// In which conversation.
        conversation_id: String,
        /// Who: for `viewing` everybody who looks now, for `typing` the one who types.
        agents: Vec<String>,
        /// True when it is the contact who types.
        contact: bool,
    },
    /// The answer to a `phone.offer`.
    #[serde(rename = "phone.answer")]
    PhoneAnswer {
        /// For `setRemoteDescription`. It has the one candidate that there is.
        sdp: String,
    },
    /// How the agent's browser is connected for calls.
    #[serde(rename = "phone.state")]
    PhoneState {
        /// It hears and is heard, or not any more.
        state: PhoneLink,
    },
    /// The agent's browser could not be connected for calls.
    #[serde(rename = "phone.error")]
    PhoneError {
        /// In words.
        message: String,
    },
    /// The answer to a `ping`.
    Pong,
    /// The client said something that the server does not understand; the connection stays.
    Error {
        /// In words.
        message: String,
    },
}

/// How an agent's browser is connected for calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PhoneLink {
    /// It hears and is heard.
    Connected,
    /// Not any more; it can connect again.
    Closed,
}

/// What is ephemeral.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Ephemeral {
    /// Who looks at a conversation.
    Viewing,
    /// Who types in it.
    Typing,
}
