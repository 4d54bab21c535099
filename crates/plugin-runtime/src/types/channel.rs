//! Channels: requests from outside, sending, polling, sockets.

use serde::{Deserialize, Serialize};
use wasmtime::component::{ComponentType, Lift, Lower};

use super::{ChannelEvent, Value};

/// A request from outside, as it came.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ComponentType, Lift, Lower)]
#[component(record)]
#[serde(rename_all = "kebab-case")]
pub struct Webhook {
    /// HTTP method.
    pub method: String,
    /// What follows `/hooks/{inbox}`.
    pub path: String,
    /// Query string, without the question mark.
    pub query: String,
    /// Headers, names in lower case.
    #[serde(default)]
    pub headers: Vec<(String, String)>,
    /// Body.
    #[serde(default, with = "crate::bytes")]
    pub body: Vec<u8>,
    /// Who sent it.
    #[component(name = "remote-ip")]
    pub remote_ip: String,
    /// The address that the provider called.
    #[component(name = "public-url")]
    pub public_url: String,
}

/// What a request from outside is answered with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ComponentType, Lift, Lower)]
#[component(record)]
#[serde(rename_all = "kebab-case")]
pub struct WebhookReply {
    /// HTTP status.
    pub status: u16,
    /// Headers.
    #[serde(default)]
    pub headers: Vec<(String, String)>,
    /// Body.
    #[serde(default, with = "crate::bytes")]
    pub body: Vec<u8>,
    /// What it told; durable before the answer goes out.
    #[serde(default)]
    pub events: Vec<ChannelEvent>,
    /// There is more to fetch: call `poll` soon.
    pub pull: bool,
}

/// A message that the provider took.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ComponentType, Lift, Lower)]
#[component(record)]
#[serde(rename_all = "kebab-case")]
pub struct Sent {
    /// The provider's id of it.
    #[component(name = "provider-id")]
    pub provider_id: String,
    /// Receipts of it, when the provider told at once.
    #[serde(default)]
    pub events: Vec<ChannelEvent>,
}

/// How long a provider lets a desk answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ComponentType, Lift, Lower)]
#[component(record)]
#[serde(rename_all = "kebab-case")]
pub struct ReplyWindow {
    /// Since the contact's last message.
    pub hours: u32,
    /// Messages within it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sends: Option<u32>,
}

/// What a channel can do.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ComponentType, Lift, Lower)]
#[component(record)]
#[serde(rename_all = "kebab-case")]
pub struct Capabilities {
    /// `image`, `audio`, `video`, `file`.
    #[serde(default)]
    pub media: Vec<String>,
    /// Longest text, characters.
    #[component(name = "max-text")]
    pub max_text: u32,
    /// Largest file.
    #[component(name = "max-attachment-bytes")]
    pub max_attachment_bytes: u64,
    /// Formatted text.
    pub html: bool,
    /// Shows that somebody writes.
    pub typing: bool,
    /// The furthest receipt: `sent`, `delivered`, `read`.
    pub receipts: String,
    /// When answers are refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window: Option<ReplyWindow>,
}

/// What a poll brought.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ComponentType, Lift, Lower)]
#[component(record)]
#[serde(rename_all = "kebab-case")]
pub struct Batch {
    /// What happened.
    #[serde(default)]
    pub events: Vec<ChannelEvent>,
    /// Where to go on; kept after the events are durable.
    #[serde(default, with = "crate::bytes")]
    pub cursor: Vec<u8>,
    /// There is more: poll again at once.
    pub more: bool,
    /// Otherwise when.
    #[component(name = "next-in-ms")]
    pub next_in_ms: u32,
}

/// A message on a socket.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ComponentType, Lift, Lower)]
#[component(variant)]
#[serde(rename_all = "kebab-case")]
pub enum Frame {
    /// Text.
    #[component(name = "text")]
    Text(String),
    /// Bytes.
    #[component(name = "binary")]
    #[serde(with = "crate::bytes")]
    Binary(Vec<u8>),
}

/// How to open a socket.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ComponentType, Lift, Lower)]
#[component(record)]
#[serde(rename_all = "kebab-case")]
pub struct Dial {
    /// Where.
    pub url: String,
    /// Headers.
    #[serde(default)]
    pub headers: Vec<(String, Value)>,
    /// Subprotocols offered.
    #[serde(default)]
    pub subprotocols: Vec<String>,
    /// How often the host pings; 0 for never.
    #[component(name = "ping-every-ms")]
    pub ping_every_ms: u32,
    /// After what silence the host dials anew; 0 for never.
    #[component(name = "idle-timeout-ms")]
    pub idle_timeout_ms: u32,
}

/// What a plugin does about a frame.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ComponentType, Lift, Lower)]
#[component(record)]
#[serde(rename_all = "kebab-case")]
pub struct SocketStep {
    /// Answers, sent after the events are durable.
    #[serde(default)]
    pub send: Vec<Frame>,
    /// What it told.
    #[serde(default)]
    pub events: Vec<ChannelEvent>,
    /// What the host keeps for the next frame.
    #[serde(default, with = "crate::bytes")]
    pub state: Vec<u8>,
    /// Close it, for this reason.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub close: Option<String>,
}
