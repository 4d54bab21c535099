//! From the desk to the contact.

use plugboard_domain::{
    command::StoredFile,
    contact::Address,
    ids::{ConversationId, MessageId},
};

/// One message to carry to a contact. Content: never log it.
#[derive(Clone, PartialEq, Eq)]
pub struct Outbound {
    /// The idempotency key: the same id is the same message.
    pub message_id: MessageId,
    /// Its thread.
    pub conversation_id: ConversationId,
    /// Where to; `None` when the conversation began without an address.
    pub to: Option<Address>,
    /// The provider's key of the thread, as it came with the contact's last message.
    pub thread_key: Option<String>,
    /// Plain text; may be empty when there are files.
    pub text: String,
    /// Files, in order; their bytes are in the blob store under `sha256`.
    pub files: Vec<StoredFile>,
    /// The name to sign with, when a person wrote it.
    pub author_name: Option<String>,
}

/// How one try to carry a message ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Receipt {
    /// The other side has it.
    Sent {
        /// Its id over there, for receipts that come later.
        external_id: Option<String>,
    },
    /// It may work later.
    Retry {
        /// What went wrong, without content.
        why: String,
        /// The soonest that the other side wants to hear from us again, in seconds.
        after_secs: Option<u64>,
    },
    /// It will never work: no such address, not allowed, too large.
    Refused {
        /// What went wrong, without content.
        why: String,
    },
    /// The channel's reply window is closed: see [`crate::ReplyWindow`].
    WindowClosed,
    /// The connection broke after the message was handed over: it may or may not have arrived, and the other side knows
    /// no idempotency key. A person decides, since a second copy can be worse than none.
    Uncertain {
        /// What went wrong, without content.
        why: String,
    },
}
