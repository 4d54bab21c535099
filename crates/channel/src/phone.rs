//! Telephony: what the edge asks of it that is not stored — connecting an agent's browser, digits, the sound of a recording.
//!
//! Only the phone channel has it. What people decide about calls are commands, which it follows in the journal.

use std::{collections::BTreeMap, ops::Range};

use async_trait::async_trait;
use futures_util::stream::BoxStream;
use plugboard_domain::ids::{AgentId, CallId, InboxId};
use tokio::sync::watch;

/// Longest description that a browser may send, in bytes: real ones have four thousand.
pub const OFFER_MAX: usize = 16 * 1_024;

/// Most digits that are sent at once.
pub const DIGITS_MAX: usize = 32;

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PhoneError {
    /// Telephony is off, or takes no more.
    #[error("telephony is not available")]
    Unavailable,
    /// The browser's description makes no sense.
    #[error("the description cannot be used: {0}")]
    Unusable(String),
    /// No such call is going on.
    #[error("no such call is going on")]
    NoCall,
    /// No such recording, or it cannot be read.
    #[error("the recording cannot be read")]
    NoRecording,
}

/// How the browser of an agent is connected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkState {
    /// Not yet.
    Connecting,
    /// It hears and is heard.
    Connected,
    /// Not any more. It can connect again.
    Closed,
}

/// A browser that connects.
#[derive(Debug)]
pub struct BrowserLink {
    /// What we answer to its description.
    pub answer: String,
    /// How it goes on.
    pub states: watch::Receiver<LinkState>,
}

/// The sound of a recording: a WAV file, or a part of it.
pub struct Sound {
    /// Bytes of the whole file.
    pub total: u64,
    /// The bytes that were asked for.
    pub stream: BoxStream<'static, Result<bytes::Bytes, PhoneError>>,
}

/// Something that was found out about a trunk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrunkStep {
    /// What was looked at.
    pub check: TrunkCheck,
    /// Whether it is as it should be.
    pub ok: bool,
    /// What was found, in a word for machines, and the values that belong to it.
    pub finding: &'static str,
    /// See `finding`.
    pub values: BTreeMap<&'static str, String>,
    /// The same in plain words.
    pub message: String,
    /// How long it took, in milliseconds.
    pub took_ms: u64,
}

/// What is looked at when a trunk is tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TrunkCheck {
    /// Whether its host is found.
    Host,
    /// Whether trunks can speak to us.
    Listening,
    /// Whether it answers.
    Answer,
    /// Whether it took us in.
    Registration,
    /// What it is told of where sound is heard.
    Sound,
}

/// Telephony, as the edge sees it.
#[async_trait]
pub trait Telephony: Send + Sync {
    /// Connects the browser of an agent, by its description. An earlier browser of theirs is let go; a call that they are in
    /// goes on in this one.
    async fn connect(&self, agent: AgentId, offer: String) -> Result<BrowserLink, PhoneError>;

    /// Lets the browser of an agent go.
    fn leave(&self, agent: AgentId);

    /// Sends digits to the other side of a call.
    async fn digits(&self, call: CallId, digits: &str) -> Result<(), PhoneError>;

    /// The recording of a call, stored under a key: this part of its WAV file, or all of it. A part that ends beyond it ends
    /// with it.
    async fn sound(
        &self,
        call: CallId,
        blob: &str,
        part: Option<Range<u64>>,
    ) -> Result<Sound, PhoneError>;

    /// The sound of a WAV file as lines play it: a WAV file again, the same when it is that already.
    ///
    /// # Errors
    /// [`PhoneError::Unusable`] says in plain words why it cannot be played.
    async fn announcement(&self, file: bytes::Bytes) -> Result<bytes::Bytes, PhoneError>;

    /// Tries the trunk of an inbox, in some seconds: what was found out, one after the other.
    async fn try_trunk(&self, inbox: InboxId) -> Result<Vec<TrunkStep>, PhoneError>;

    /// How far the queue of an inbox is full and lines work, for whoever looks after the desk: what is wrong with trunks.
    fn troubles(&self) -> Vec<String>;
}
