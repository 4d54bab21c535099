//! What administrators set up: shops, inboxes, SLA policies, business hours, macros, views, webhooks, API tokens, and the
//! outbox.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::{IntoParams, ToSchema};

use crate::{
    Time,
    conversations::{Priority, SlaTarget, Stage},
};

/// A store or brand.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Shop {
    /// Identifier.
    pub id: String,
    /// Name.
    pub name: String,
    /// When it was made.
    pub created_at: Time,
}

/// A shop as it shall be.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct SaveShop {
    /// Name.
    pub name: String,
}

/// A configured endpoint.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Inbox {
    /// Identifier.
    pub id: String,
    /// Name.
    pub name: String,
    /// `webchat`, `email`, `phone` or `plugin:ID`.
    pub channel: String,
    /// The shop's id.
    pub shop: Option<String>,
    /// Whose queue its conversations enter.
    pub team_id: Option<String>,
    /// How its conversations are treated, and what the channel needs. Secrets are never shown.
    pub settings: Map<String, Value>,
    /// What to paste into the shop's pages, for `webchat`.
    pub snippet: Option<String>,
    /// Where providers call, for plugin channels.
    pub webhook_url: Option<String>,
    /// Where a PBX reports its calls, for `phone`, and for those who may manage inboxes: whoever knows it can report.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cti_url: Option<String>,
    /// What its channel can do; nothing while the channel is not installed or turned off.
    pub capabilities: Option<ChannelCapabilities>,
    /// When it was made.
    pub created_at: Time,
}

/// What a channel can do. Replies that do not fit are refused with `invalid`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ChannelCapabilities {
    /// Longest text of one message, in characters.
    pub text_chars_max: u32,
    /// What may be attached: `image`, `audio`, `video`, `file`.
    pub media: Vec<String>,
    /// Most attachments of one message.
    pub attachments_max: u32,
    /// Largest attachment, in bytes.
    pub attachment_bytes_max: u64,
    /// True when each side can see that the other types.
    pub typing: bool,
    /// How far it follows a message: `sent`, `delivered` or `read`.
    pub receipts: String,
    /// When the contact may be answered; always when unset.
    pub reply_window: Option<ReplyWindow>,
}

/// A limit on answering: so many messages within so many hours after the contact wrote.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ReplyWindow {
    /// How long after the contact's last message an answer is taken, in hours.
    pub hours: u32,
    /// How many answers are taken in that time; any number when unset.
    pub sends: Option<u32>,
}

/// A new inbox, or (in `PUT`) an inbox as it shall be; the channel cannot change.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct SaveInbox {
    /// Name.
    pub name: String,
    /// `webchat`, `email`, `phone` or `plugin:ID`.
    pub channel: String,
    /// A shop's id; a shop of that name is made if there is none.
    #[serde(default)]
    pub shop: Option<String>,
    /// Whose queue its conversations enter.
    #[serde(default)]
    pub team_id: Option<String>,
    /// How its conversations are treated, on any channel: `greeting`, `away_message`, `business_hours_id`, `sla_policy_id`,
    /// `priority`, `stage`, `required_skills`, `offer_timeout_secs`, `reopen_within_hours`, `require_disposition`; and for
    /// `webchat`: `allowed_origins`, `title`, `color`, `locale`, `prechat` (`off`, `optional`, `required`), `offline_form`,
    /// `proactive_after_secs`, `identity` (`off`, `optional`, `enforce`), `identity_secret` (write only).
    #[serde(default)]
    pub settings: Map<String, Value>,
}

/// Response targets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SlaPolicy {
    /// Identifier.
    pub id: String,
    /// Name.
    pub name: String,
    /// Working seconds allowed for each target.
    pub targets: BTreeMap<SlaTarget, u64>,
    /// When it was made.
    pub created_at: Time,
}

/// An SLA policy as it shall be.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct SaveSlaPolicy {
    /// Name.
    pub name: String,
    /// Working seconds allowed for each target, 1 second to 365 days; at least one.
    pub targets: BTreeMap<SlaTarget, u64>,
}

/// A named timetable.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct BusinessHours {
    /// Identifier.
    pub id: String,
    /// The timetable.
    #[serde(flatten)]
    pub hours: SaveBusinessHours,
    /// When it was made.
    pub created_at: Time,
}

/// Business hours as they shall be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SaveBusinessHours {
    /// Name.
    pub name: String,
    /// IANA time zone, such as `Asia/Shanghai`.
    pub time_zone: String,
    /// Opening periods by ISO weekday, `1` (Monday) to `7`.
    pub week: BTreeMap<String, Vec<Period>>,
    /// Days off, `YYYY-MM-DD`.
    #[serde(default)]
    pub holidays: Vec<String>,
    /// Days with other hours than their weekday's, by `YYYY-MM-DD`.
    #[serde(default)]
    pub exceptions: BTreeMap<String, Vec<Period>>,
}

/// A stretch of one day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Period {
    /// Minutes after midnight.
    #[schema(maximum = 1439)]
    pub from: u16,
    /// Minutes after midnight, exclusive, at most 1440.
    #[schema(maximum = 1440)]
    pub to: u16,
}

/// A saved reply with actions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Macro {
    /// Identifier.
    pub id: String,
    /// The macro.
    #[serde(flatten)]
    pub content: SaveMacro,
    /// Whose it is; null for everybody's.
    pub owner: Option<String>,
    /// When it was made.
    pub created_at: Time,
}

/// A macro as it shall be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SaveMacro {
    /// Name.
    pub name: String,
    /// True when only you see it. Shared macros need the permission `desk_manage`.
    #[serde(default)]
    pub personal: bool,
    /// Text for the composer. `{{contact.name}}`, `{{agent.name}}` and `{{shop.name}}` are filled in.
    #[serde(default)]
    pub text: String,
    /// Labels put on.
    #[serde(default)]
    pub add_tags: Vec<String>,
    /// Stage set.
    #[serde(default)]
    pub set_stage: Option<Stage>,
    /// Urgency set.
    #[serde(default)]
    pub set_priority: Option<Priority>,
    /// Team assigned.
    #[serde(default)]
    pub assign_team: Option<String>,
    /// Resolves, with this disposition.
    #[serde(default)]
    pub resolve_as: Option<String>,
}

/// What applying a macro gives: its actions were carried out, its text is for the composer.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct AppliedMacro {
    /// The text, filled in.
    pub text: String,
    /// The conversation after the actions.
    pub conversation: crate::conversations::Conversation,
}

/// A saved list filter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct View {
    /// Identifier.
    pub id: String,
    /// Name.
    pub name: String,
    /// Whose it is; null for everybody's.
    pub owner: Option<String>,
    /// Query parameters of the conversation list.
    pub filter: BTreeMap<String, String>,
    /// When it was made.
    pub created_at: Time,
}

/// A view as it shall be.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct SaveView {
    /// Name.
    pub name: String,
    /// True when only you see it. Shared views need the permission `desk_manage`.
    #[serde(default)]
    pub personal: bool,
    /// Query parameters of the conversation list.
    pub filter: BTreeMap<String, String>,
}

/// An endpoint that hears of events (Standard Webhooks).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Webhook {
    /// Identifier.
    pub id: String,
    /// Name.
    pub name: String,
    /// Where it listens.
    pub url: String,
    /// Kinds of event, such as `message.created` or `message.*`; everything when empty.
    pub events: Vec<String>,
    /// False when paused.
    pub enabled: bool,
    /// The signing secret, `whsec_…`; shown only when it is made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secret: Option<String>,
    /// When it was made.
    pub created_at: Time,
}

/// A webhook as it shall be.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct SaveWebhook {
    /// Name.
    pub name: String,
    /// Where it listens: `https://…`.
    pub url: String,
    /// Kinds of event; everything when empty.
    #[serde(default)]
    pub events: Vec<String>,
    /// False to pause it; true when unset.
    pub enabled: Option<bool>,
}

/// A key for scripts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ApiToken {
    /// Identifier.
    pub id: String,
    /// Name.
    pub name: String,
    /// Whom it acts as.
    pub agent_id: String,
    /// Permissions.
    pub scopes: Vec<String>,
    /// When it ends.
    pub expires_at: Option<Time>,
    /// The token; shown only when it is made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
    /// When it was made.
    pub created_at: Time,
}

/// A new API token.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct CreateApiToken {
    /// Name.
    pub name: String,
    /// Permissions, as in `GET /api/v1/me`; it never gets more than its maker has.
    pub scopes: Vec<String>,
    /// When it ends.
    #[serde(default)]
    pub expires_at: Option<Time>,
}

/// Work outside the desk that is waiting, or was given up.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct OutboxEntry {
    /// Identifier; also the webhook call's `webhook-id`.
    pub id: String,
    /// `call_webhook`, `page`, `deliver`, `hook`, `plugin_timer` or `hook_event`.
    pub job: String,
    /// The webhook, the inbox or the plugin.
    pub target_id: String,
    /// `pending`, `done` or `dead`.
    pub state: String,
    /// Tries so far.
    pub attempts: u32,
    /// What went wrong last.
    pub last_error: Option<String>,
    /// When it is tried next.
    pub next_at: Option<Time>,
    /// When it was enqueued.
    pub created_at: Time,
}

/// Which outside work to list; newest first.
#[derive(Clone, Debug, Default, Serialize, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub struct OutboxQuery {
    /// `pending`, `dead` or `all`; `dead` when unset.
    #[param(inline)]
    pub state: Option<OutboxState>,
    /// Items on a page, 1 to 200; 50 when unset.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<u32>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// Which outside work to list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum OutboxState {
    /// To be tried.
    Pending,
    /// Given up.
    Dead,
    /// Everything.
    All,
}
