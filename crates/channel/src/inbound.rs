//! From the outside to the desk.

use async_trait::async_trait;
use plugboard_domain::{
    Rejection, Seq, Timestamp,
    command::{Receive, StoredFile},
    contact::Address,
    ids::{ConversationId, InboxId, MessageId},
    message::Delivery,
};

/// Something that came in through a channel.
#[derive(Clone, Debug)]
pub enum Inbound {
    /// Somebody wrote.
    Message {
        /// The message. Its `external_id` keeps a repeated one from being stored twice.
        receive: Box<Receive>,
        /// Its files, in the blob store already.
        files: Vec<StoredFile>,
    },
    /// The outside reports on a message that it was given.
    Receipt(InboundReceipt),
    /// Something happened to a call.
    Call(CallEvent),
    /// The contact types: good for some seconds, never stored, and lost when nobody looks.
    Typing(Typing),
}

/// The fate of a message, as the outside reports it. Late and repeated reports are harmless: fates only go forward.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InboundReceipt {
    /// Its thread.
    pub conversation_id: ConversationId,
    /// Which message.
    pub message_id: MessageId,
    /// What became of it.
    pub fate: Delivery,
}

/// A step of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallEvent {
    /// On which line.
    pub inbox_id: InboxId,
    /// The trunk's id of the call.
    pub external_id: String,
    /// The other party.
    pub peer: Address,
    /// What happened.
    pub step: CallStep,
    /// When.
    pub at: Timestamp,
}

/// What happens to a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallStep {
    /// It rings.
    Ringing,
    /// Somebody took it.
    Answered,
    /// It is over.
    Ended,
}

/// Somebody outside types.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Typing {
    /// In which conversation.
    pub conversation_id: ConversationId,
}

/// What became of something that came in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// The journal position after it.
    pub seq: Seq,
    /// True when it had come in before.
    pub repeated: bool,
    /// The conversation that it is in.
    pub conversation_id: Option<ConversationId>,
}

/// Why something was not taken in.
#[derive(Clone, Debug, thiserror::Error)]
pub enum IntakeError {
    /// It makes no sense, and will make none the next time: tell the outside so, or drop it with a log line.
    #[error(transparent)]
    Refused(#[from] Rejection),
    /// The desk cannot take it now. Do not acknowledge it; try again, or let the outside do so.
    #[error("the desk is unavailable: {0}")]
    Unavailable(String),
}

/// Where channels hand in what comes. The engine is one.
#[async_trait]
pub trait Intake: Send + Sync {
    /// Takes something in. When this returns `Ok`, it is durable.
    async fn take(&self, inbound: Inbound) -> Result<Accepted, IntakeError>;
}
