//! Messages: what was said, and what became of it. The text is content and lives in rows, never in events.

use serde::{Deserialize, Serialize};

use crate::{
    Timestamp,
    actor::Actor,
    ids::{AttachmentId, MessageId},
};

/// Longest message text, in characters. A page of Chinese is about 1,000; mail bodies fit, floods do not.
pub const TEXT_CHARS_MAX: usize = 50_000;

/// Most attachments of one message.
pub const ATTACHMENTS_MAX: usize = 20;

/// Which way a message goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MessageKind {
    /// From the contact.
    Inbound,
    /// To the contact.
    Outbound,
    /// Between agents; a contact never sees it.
    Note,
    /// A call: what it shows is the call itself, as it is now.
    Call,
}

/// Fate of an outbound message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum Delivery {
    /// Waits in the outbox.
    Queued,
    /// The channel took it.
    Sent,
    /// It reached the contact's device.
    Delivered,
    /// The contact has seen it.
    Read,
    /// It will not arrive by itself; the reason is for people.
    Failed {
        /// What went wrong, without addresses.
        reason: String,
        /// What kind of failure it is.
        #[serde(default, skip_serializing_if = "Undelivered::is_refused")]
        cause: Undelivered,
    },
}

/// Why a message was not delivered. In every case a person may have it tried again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Undelivered {
    /// The other side will not take it.
    #[default]
    Refused,
    /// The contact wrote too long ago, or was answered too often since.
    WindowClosed,
    /// It may have arrived, or not; a second copy could be worse than none.
    Uncertain,
    /// Every try failed, for days.
    GivenUp,
    /// Whoever wrote it took it back before it left.
    Recalled,
}

impl Undelivered {
    #[expect(
        clippy::trivially_copy_pass_by_ref,
        reason = "serde asks for a reference"
    )]
    fn is_refused(&self) -> bool {
        *self == Self::Refused
    }
}

/// Why a message of a contact says something else now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Amendment {
    /// It says something else now.
    Edited {
        /// The new text.
        text: String,
    },
    /// They took it back.
    TakenBack,
    /// The source was read again, and says this. Nobody changed anything.
    ReadAgain {
        /// The text.
        text: String,
    },
}

impl Delivery {
    /// Progress only goes forward: receipts arrive out of order, and a late `delivered` must not undo `read`.
    /// Failure is the exception on both sides: a channel may bounce what it had taken, and what failed may be
    /// delivered again.
    pub fn advances_to(&self, next: &Self) -> bool {
        let rank = |delivery: &Self| match delivery {
            Self::Queued => 0,
            Self::Sent => 1,
            Self::Delivered => 2,
            Self::Read => 3,
            Self::Failed { .. } => unreachable!("handled before"),
        };
        match (self, next) {
            (Self::Failed { .. }, Self::Failed { .. }) => false,
            (Self::Failed { .. }, _) => true,
            (_, Self::Failed { .. }) => rank(self) < 2,
            _ => rank(next) > rank(self),
        }
    }
}

/// What somebody wants to say: the content of a message before it is accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MessageDraft {
    /// Identifier to give it.
    pub id: MessageId,
    /// Plain text.
    pub text: String,
    /// Uploaded files to attach, in order.
    pub attachments: Vec<AttachmentId>,
    /// The sender's own id for it; the same id again is the same message.
    pub client_id: Option<String>,
}

/// The facts of a message, as the journal keeps them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessageFacts {
    /// Identifier.
    pub id: MessageId,
    /// Direction.
    pub kind: MessageKind,
    /// Who wrote it.
    pub author: Actor,
    /// Files attached, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<AttachmentId>,
    /// The sender's own id for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
    /// Fate, for outbound messages.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delivery: Option<Delivery>,
}

/// A reply that waits for its time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scheduled {
    /// The message it will become.
    pub message_id: MessageId,
    /// When it is sent.
    pub at: Timestamp,
    /// Who wrote it.
    pub author: Actor,
    /// The sender's own id for it: the same id again is the same reply, while it waits as after.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
}
