//! Messages, attachments, drafts.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::{
    Time,
    calls::Call,
    mail::{ComposeMail, Mail},
};

/// One message or note.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Message {
    /// Identifier.
    pub id: String,
    /// The conversation that it is shown in.
    pub conversation_id: String,
    /// Its position in the journal.
    pub seq: u64,
    /// `inbound`, `outbound`, `note` or `call`.
    pub kind: MessageKind,
    /// Who wrote it.
    pub author: Author,
    /// Plain text.
    pub text: String,
    /// Files, in order.
    pub attachments: Vec<Attachment>,
    /// Fate of an outbound message.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delivery: Option<Delivery>,
    /// The sender's own id for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
    /// When the contact last changed it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub edited_at: Option<Time>,
    /// When the contact took it back; its text is empty since.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub taken_back_at: Option<Time>,
    /// What it has besides its text, when it came or went by mail.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mail: Option<Box<Mail>>,
    /// The call that it shows, as it is now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call: Option<Box<Call>>,
    /// When.
    pub at: Time,
}

/// Which way a message goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MessageKind {
    /// From the contact.
    Inbound,
    /// To the contact.
    Outbound,
    /// Between agents; a contact never sees it.
    Note,
    /// A call, which it shows as it is now.
    Call,
}

/// Who wrote a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Author {
    /// `agent`, `contact`, `system` or `plugin`.
    #[serde(rename = "type")]
    pub kind: AuthorKind,
    /// The agent or contact; for `system` the part: `greeting`, `away_message`; for `plugin` its key.
    pub id: String,
    /// Name to show, when one is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// What an author is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AuthorKind {
    /// A member of the desk.
    Agent,
    /// A customer.
    Contact,
    /// Plugboard.
    System,
    /// A plugin.
    Plugin,
}

/// Fate of an outbound message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Delivery {
    /// How far it got.
    pub state: DeliveryState,
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What kind of failure it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cause: Option<DeliveryFailure>,
}

/// Why a message did not arrive. In every case a person may have it tried again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryFailure {
    /// The other side will not take it.
    Refused,
    /// The contact wrote too long ago, or was answered too often since.
    WindowClosed,
    /// It may have arrived, or not.
    Uncertain,
    /// Every try failed, for days.
    GivenUp,
    /// Whoever wrote it took it back before it left.
    Recalled,
}

/// How far an outbound message got.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryState {
    /// Waits to be sent.
    Queued,
    /// The channel took it.
    Sent,
    /// It reached the device.
    Delivered,
    /// It was seen.
    Read,
    /// It will not arrive.
    Failed,
}

/// A stored file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Attachment {
    /// Identifier.
    pub id: String,
    /// File name, cleaned.
    pub name: String,
    /// Media type, found by looking at the bytes.
    pub content_type: String,
    /// Size in bytes.
    pub size: u64,
    /// True when a browser may show it as a picture.
    pub is_image: bool,
}

/// What an agent wants to write.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PostKind {
    /// To the contact.
    Reply,
    /// To colleagues.
    Note,
}

/// A reply or note to write.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct PostMessage {
    /// `reply` or `note`.
    pub kind: PostKind,
    /// Plain text; may be empty when there are attachments.
    #[serde(default)]
    #[schema(max_length = 50000)]
    pub text: String,
    /// Your own id for it, 1 to 200 characters: the same id again answers with the first result.
    #[schema(min_length = 1, max_length = 200)]
    pub client_id: Option<String>,
    /// The journal position that you have seen: refused with `conflict` when somebody else wrote after it.
    pub seen_seq: Option<u64>,
    /// Ids of uploaded files.
    #[serde(default)]
    #[schema(max_items = 20)]
    pub attachments: Vec<String>,
    /// Sends a reply at this time instead of now, unless the contact writes first.
    pub send_at: Option<Time>,
    /// What a reply by mail has besides its text; refused on other channels and for notes.
    #[serde(default)]
    pub mail: Option<ComposeMail>,
}

/// A reply that waits for its time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ScheduledMessage {
    /// The message it will become.
    pub message_id: String,
    /// When it is sent.
    pub at: Time,
    /// The agent who wrote it.
    pub agent_id: Option<String>,
}

/// What a scheduled reply says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ScheduledReply {
    /// The message that it becomes.
    pub message_id: String,
    /// When it is sent; unset when it will not be, because the customer wrote first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<Time>,
    /// The agent who wrote it, while it waits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agent_id: Option<String>,
    /// Plain text.
    pub text: String,
    /// Its files.
    pub attachments: Vec<Attachment>,
    /// What was composed beside the text, when it goes by mail.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mail: Option<ComposeMail>,
}

/// What an agent has typed so far.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Draft {
    /// `reply` or `note`.
    pub kind: PostKind,
    /// The text; empty removes the draft.
    #[schema(max_length = 50000)]
    pub text: String,
    /// When it was last changed; ignored in requests.
    #[serde(default)]
    pub updated_at: Option<Time>,
}

/// Which messages of a conversation; oldest to newest within a page, the newest page first.
#[derive(Clone, Debug, Default, Serialize, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub struct MessagesQuery {
    /// Only messages before this one: a message's `seq` or `id`. For reading history backwards.
    pub before: Option<String>,
    /// Only messages after this journal position, oldest first. For catching up.
    pub after: Option<u64>,
    /// Items on a page, 1 to 200; 50 when unset.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<u32>,
    /// `next_cursor` of the page before: goes on into history, or forwards after `after`.
    pub cursor: Option<String>,
}
