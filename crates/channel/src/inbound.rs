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
        /// Its files, in the blob store already. They become the contact's; who their `owner` is does not matter.
        files: Vec<StoredFile>,
        /// The provider's key of the thread, given back with every answer.
        thread_key: Option<String>,
    },
    /// The contact changed a message that they had sent.
    Edited {
        /// The inbox that it came in through.
        inbox_id: InboxId,
        /// Its `external_id` when it came in.
        external_id: String,
        /// What it says now.
        text: String,
    },
    /// The contact took a message back.
    Deleted {
        /// The inbox that it came in through.
        inbox_id: InboxId,
        /// Its `external_id` when it came in.
        external_id: String,
    },
    /// The provider closed a thread.
    ThreadClosed {
        /// The inbox that the thread is in.
        inbox_id: InboxId,
        /// The provider's key of it.
        thread_key: String,
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
    /// Which message.
    pub message: MessageRef,
    /// What became of it.
    pub fate: Delivery,
}

/// Which message a report is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MessageRef {
    /// By the desk's own id.
    Own {
        /// Its thread.
        conversation_id: ConversationId,
        /// Which message.
        message_id: MessageId,
    },
    /// By the outside's id, as [`crate::Receipt::Sent`] gave it. The report may come before that answer does.
    External {
        /// The inbox that the message left through.
        inbox_id: InboxId,
        /// The outside's id of it.
        external_id: String,
    },
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
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Typing {
    /// In which inbox.
    pub inbox_id: InboxId,
    /// Who. Nobody hears of somebody who has never written.
    pub from: Address,
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
