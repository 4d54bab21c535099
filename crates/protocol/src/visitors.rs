//! What the widget sends and receives.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::{
    Time,
    messages::{Attachment, MessageKind},
};

/// Opens the widget, or comes back to it.
#[derive(Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct OpenVisitorSession {
    /// The token of an earlier session: resumes it. May be sent as bearer token instead.
    pub visitor_token: Option<String>,
    /// A JWT signed by the shop (HS256 with the inbox's identity secret): `sub`, `exp`, and `name`, `email`, `phone`.
    pub identity_token: Option<String>,
    /// Typed in; shown to agents, never proof of anything.
    pub name: Option<String>,
    /// Typed in; shown to agents, never proof of anything.
    pub email: Option<String>,
    /// Language tag.
    pub locale: Option<String>,
}

/// A visitor's session.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
pub struct VisitorSession {
    /// Send as `Authorization: Bearer`; resumes the session later.
    pub visitor_token: String,
    /// The visitor's conversation, if there is one that goes on.
    pub conversation_id: Option<String>,
    /// The visitor's contact; for joining the frames of the websocket.
    pub contact_id: String,
    /// True when a signature proved who they are.
    pub verified: bool,
}

/// What the widget needs to draw itself; public.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct WidgetConfig {
    /// The inbox.
    pub inbox_id: String,
    /// Title of the window.
    pub title: String,
    /// Accent colour, `#rrggbb`.
    pub color: String,
    /// Language, when the inbox fixes one: `zh` or `en`.
    pub locale: Option<String>,
    /// The opener shown at once when the widget opens.
    pub greeting: Option<String>,
    /// The opener outside hours.
    pub away_message: Option<String>,
    /// True when people work now.
    pub open_now: bool,
    /// `off`, `optional` or `required`: asks for name and email before the first message.
    pub prechat: String,
    /// True when the widget offers a form instead of a chat outside hours.
    pub offline_form: bool,
    /// Seconds until the widget shows the opener by itself; null for never.
    pub proactive_after_secs: Option<u32>,
    /// `off`, `optional` or `enforce`: whether a signed identity is needed to write.
    pub identity: String,
    /// Largest attachment in bytes.
    pub attachment_bytes_max: u64,
}

/// Something a visitor writes.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct PostVisitorMessage {
    /// Plain text, at most 5,000 characters; may be empty when there are attachments.
    #[serde(default)]
    #[schema(max_length = 5000)]
    pub text: String,
    /// Your own id for it, 1 to 200 characters: the same id again answers with the first result.
    #[schema(min_length = 1, max_length = 200)]
    pub client_id: Option<String>,
    /// Ids of uploaded files.
    #[serde(default)]
    #[schema(max_items = 10)]
    pub attachments: Vec<String>,
}

/// A visitor's message was stored.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct PostedVisitorMessage {
    /// The message.
    pub message: VisitorMessage,
    /// Its conversation.
    pub conversation_id: String,
}

/// A message as the visitor sees it. Notes never are.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct VisitorMessage {
    /// Identifier.
    pub id: String,
    /// Its position in the journal.
    pub seq: u64,
    /// `inbound` (from the visitor) or `outbound`.
    pub kind: MessageKind,
    /// Plain text.
    pub text: String,
    /// The agent's name, for `outbound` by an agent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agent_name: Option<String>,
    /// When.
    pub at: Time,
    /// Files.
    pub attachments: Vec<Attachment>,
    /// The visitor's own id for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
}

/// Which messages.
#[derive(Clone, Debug, Default, Serialize, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub struct VisitorMessagesQuery {
    /// Only messages after this journal position.
    pub since: Option<u64>,
    /// Items on a page, 1 to 200; 50 when unset.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<u32>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
    /// Waits up to this many seconds (at most 25) for a message when there is none: for browsers without websockets.
    #[param(maximum = 25)]
    pub wait_secs: Option<u32>,
}

/// The last message of somebody who leaves: the offline form.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct SeenRequest {
    /// The journal position that the visitor has seen.
    pub seq: u64,
}
