//! What agents compose.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::MailAddress;
use crate::{Time, conversations::Conversation, messages::Message};

/// What a reply has besides its text when it goes by mail. Everything that is unset is as
/// `GET /api/v1/conversations/{id}/mail` proposes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct ComposeMail {
    /// To whom.
    #[schema(max_items = 100)]
    pub to: Option<Vec<MailAddress>>,
    /// To whom else.
    #[schema(max_items = 100)]
    pub cc: Option<Vec<MailAddress>>,
    /// To whom else, unseen by the others; nobody when unset.
    #[schema(max_items = 100)]
    pub bcc: Option<Vec<MailAddress>>,
    /// Its subject.
    #[schema(max_length = 500)]
    pub subject: Option<String>,
    /// What was written, as HTML; cleaned by the desk. The text alone when unset. A picture in it is
    /// `<img src="/api/v1/attachments/ID">`, and one of `attachments`.
    #[schema(max_length = 500_000)]
    pub html: Option<String>,
    /// Whether what is answered is quoted below; true when unset.
    pub quote: Option<bool>,
}

/// What the desk proposes for an answer by mail.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ReplyProposal {
    /// As whom it is sent.
    pub from: MailAddress,
    /// To whom.
    pub to: Vec<MailAddress>,
    /// To whom else: everybody else who takes part, without the desk's own addresses.
    pub cc: Vec<MailAddress>,
    /// Its subject.
    pub subject: String,
    /// The message that would be quoted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quotes: Option<String>,
    /// What would be quoted, as text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quoted_text: Option<String>,
    /// The inbox's signature, as cleaned HTML; empty when it has none. It is added by the desk.
    pub signature: String,
    /// For how many seconds a sent mail can be taken back.
    pub undo_seconds: u32,
}

/// A mail that begins a conversation.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct StartMail {
    /// The email inbox to send it from.
    pub inbox_id: String,
    /// To whom; at least one. The first is whom the conversation is with.
    #[schema(min_items = 1, max_items = 100)]
    pub to: Vec<MailAddress>,
    /// To whom else.
    #[serde(default)]
    #[schema(max_items = 100)]
    pub cc: Vec<MailAddress>,
    /// To whom else, unseen by the others.
    #[serde(default)]
    #[schema(max_items = 100)]
    pub bcc: Vec<MailAddress>,
    /// Its subject.
    #[schema(max_length = 500)]
    pub subject: String,
    /// Plain text.
    #[schema(max_length = 50_000)]
    pub text: String,
    /// The same as HTML; cleaned by the desk. See [`ComposeMail::html`].
    #[serde(default)]
    #[schema(max_length = 500_000)]
    pub html: Option<String>,
    /// Ids of uploaded files.
    #[serde(default)]
    #[schema(max_items = 20)]
    pub attachments: Vec<String>,
    /// Your own id for it, 1 to 200 characters: the same id again answers with the first result.
    #[schema(min_length = 1, max_length = 200)]
    pub client_id: Option<String>,
}

/// A conversation that a mail began.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct StartedMail {
    /// The conversation.
    pub conversation: Conversation,
    /// The mail.
    pub message: Message,
}

/// A mail that was taken back, as it was composed, to go on with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct TakenBackMail {
    /// The message.
    pub message_id: String,
    /// Plain text.
    pub text: String,
    /// The rest of what was composed.
    pub mail: ComposeMail,
    /// Ids of its files.
    pub attachments: Vec<String>,
    /// When it was taken back.
    pub at: Time,
}
