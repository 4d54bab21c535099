//! What crosses the boundary between the desk and its plugins, as plain data.
//!
//! The names, the order and the shapes are those of `crates/plugin-sdk/wit`, newest minor: a type that differs is refused
//! when a plugin is loaded, with the difference named. As JSON (recordings, cases) the names are the WIT's own.

/// An `enum` of the WIT: its cases hold nothing.
macro_rules! enumeration {
    ($(#[$of:meta])* pub enum $name:ident { $($(#[$case_of:meta])* $case:ident,)* }) => {
        $(#[$of])*
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
            ComponentType, Lift, Lower,
        )]
        #[component(enum)]
        #[repr(u8)]
        #[serde(rename_all = "kebab-case")]
        pub enum $name { $($(#[$case_of])* $case,)* }
    };
}

mod assistance;
mod channel;
mod host;
mod policy;

pub use assistance::*;
pub use channel::*;
pub use host::*;
pub use policy::*;

use serde::{Deserialize, Serialize};
use wasmtime::component::{ComponentType, Lift, Lower};

/// Room for growth: keys that the host may add in any patch release.
pub type Extras = Vec<(String, String)>;

/// The codes of failures that the host itself makes.
pub mod code {
    /// Not granted.
    pub const DENIED: &str = "denied";
    /// More than is allowed.
    pub const LIMIT: &str = "limit";
    /// It took too long.
    pub const TIMEOUT: &str = "timeout";
    /// The other side was not reached.
    pub const NETWORK: &str = "network";
    /// Bigger than is allowed.
    pub const TOO_LARGE: &str = "too-large";
    /// There is no such thing.
    pub const NOT_FOUND: &str = "not-found";
    /// Somebody else changed it first.
    pub const CONFLICT: &str = "conflict";
    /// The request makes no sense.
    pub const INVALID: &str = "invalid";
    /// What the plugin said without a code of its own.
    pub const REFUSED: &str = "refused";
}

impl Failure {
    /// A failure that comes again.
    pub fn lasting(code: &str, message: impl Into<String>) -> Self {
        Self {
            code: code.to_owned(),
            message: message.into(),
            advice: RetryAdvice::NoRetry,
            retry_after_ms: None,
        }
    }

    /// A failure that may pass.
    pub fn passing(code: &str, message: impl Into<String>) -> Self {
        Self {
            advice: RetryAdvice::Retry,
            ..Self::lasting(code, message)
        }
    }
}

/// Whether the same call may be made again.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    ComponentType,
    Lift,
    Lower,
    Default,
)]
#[component(enum)]
#[repr(u8)]
#[serde(rename_all = "kebab-case")]
pub enum RetryAdvice {
    /// It will fail again.
    #[default]
    #[component(name = "no-retry")]
    NoRetry,
    /// It may work later.
    #[component(name = "retry")]
    Retry,
    /// It will work once somebody gives new credentials.
    #[component(name = "retry-after-reauth")]
    RetryAfterReauth,
}

/// Why something did not work.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ComponentType, Lift, Lower)]
#[component(record)]
#[serde(rename_all = "kebab-case")]
pub struct Failure {
    /// A word of the plugin's own, or one of [`code`].
    pub code: String,
    /// For people; says nothing personal.
    pub message: String,
    /// Whether to try again.
    pub advice: RetryAdvice,
    /// How long to wait before that, milliseconds.
    #[component(name = "retry-after-ms")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_ms: Option<u32>,
}

/// An address on a channel, unique by (`scheme`, `scope`, `value`).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ComponentType, Lift, Lower)]
#[component(record)]
#[serde(rename_all = "kebab-case")]
pub struct Identity {
    /// What kind of address: `telegram`, `e164`.
    pub scheme: String,
    /// Within what it is unique: `bot:123`.
    pub scope: String,
    /// The address.
    pub value: String,
    /// What its owner calls itself.
    #[component(name = "display-name")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    /// Whether the provider vouches for it.
    pub verified: bool,
}

/// A file in the desk's store.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ComponentType, Lift, Lower)]
#[component(record)]
#[serde(rename_all = "kebab-case")]
pub struct MediaRef {
    /// Key in the store.
    pub id: String,
    /// File name.
    pub name: String,
    /// Media type.
    pub mime: String,
    /// Bytes.
    pub size: u64,
}

/// One part of a message.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ComponentType, Lift, Lower)]
#[component(variant)]
#[serde(rename_all = "kebab-case")]
pub enum Body {
    /// Plain text.
    #[component(name = "text")]
    Text(String),
    /// Formatted text.
    #[component(name = "html")]
    Html(String),
    /// A file.
    #[component(name = "media")]
    Media(MediaRef),
    /// Latitude and longitude.
    #[component(name = "location")]
    Location((f64, f64)),
    /// A prompt and its options.
    #[component(name = "choice")]
    Choice((String, Vec<String>)),
    /// A kind of the provider's own, and its payload as JSON.
    #[component(name = "other")]
    Other((String, String)),
}

/// A message that came in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ComponentType, Lift, Lower)]
#[component(record)]
#[serde(rename_all = "kebab-case")]
pub struct Inbound {
    /// The provider's id of the message: the host makes (account, dedupe key) unique.
    #[component(name = "dedupe-key")]
    pub dedupe_key: String,
    /// The provider's id of the conversation, given back with [`Outbound`].
    #[component(name = "thread-key")]
    pub thread_key: String,
    /// Who wrote.
    pub sender: Identity,
    /// When, Unix milliseconds.
    #[component(name = "sent-at")]
    pub sent_at: u64,
    /// What.
    #[serde(default)]
    pub parts: Vec<Body>,
    /// The provider's id of the message that it answers.
    #[component(name = "reply-to")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<String>,
    /// Room for growth.
    #[serde(default)]
    pub extras: Extras,
}

enumeration! {
    /// How far a message got.
    pub enum ReceiptKind {
        /// The provider took it.
        #[component(name = "accepted")]
        Accepted,
        /// It left the provider.
        #[component(name = "sent")]
        Sent,
        /// It reached a device.
        #[component(name = "delivered")]
        Delivered,
        /// Somebody looked at it.
        #[component(name = "read")]
        Read,
        /// It did not arrive.
        #[component(name = "failed")]
        Failed,
    }
}

/// News of a message that was sent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ComponentType, Lift, Lower)]
#[component(record)]
#[serde(rename_all = "kebab-case")]
pub struct Receipt {
    /// The provider's id of the message.
    #[component(name = "provider-id")]
    pub provider_id: String,
    /// How far it got.
    pub kind: ReceiptKind,
    /// When, Unix milliseconds.
    pub at: u64,
    /// Why it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<Failure>,
}

/// What happens on a channel.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ComponentType, Lift, Lower)]
#[component(variant)]
#[serde(rename_all = "kebab-case")]
pub enum ChannelEvent {
    /// A message came in.
    #[component(name = "message")]
    Message(Inbound),
    /// News of one that went out.
    #[component(name = "receipt")]
    Receipt(Receipt),
    /// Somebody writes.
    #[component(name = "typing")]
    Typing(Identity),
    /// The same dedupe key with new parts.
    #[component(name = "edited")]
    Edited(Inbound),
    /// The dedupe key of a message that its author took back.
    #[component(name = "deleted")]
    Deleted(String),
    /// The provider ended the conversation with this thread key.
    #[component(name = "thread-closed")]
    ThreadClosed(String),
}

/// A message to send.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ComponentType, Lift, Lower)]
#[component(record)]
#[serde(rename_all = "kebab-case")]
pub struct Outbound {
    /// Stable across retries.
    #[component(name = "idempotency-key")]
    pub idempotency_key: String,
    /// The inbox.
    pub account: String,
    /// The provider's id of the conversation.
    #[component(name = "thread-key")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thread_key: Option<String>,
    /// To whom.
    pub to: Identity,
    /// What.
    #[serde(default)]
    pub parts: Vec<Body>,
    /// Name of a template, and its values as JSON.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template: Option<(String, String)>,
    /// Room for growth.
    #[serde(default)]
    pub extras: Extras,
}

/// A contact, as far as the plugin may see.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ComponentType, Lift, Lower)]
#[component(record)]
#[serde(rename_all = "kebab-case")]
pub struct ContactView {
    /// Identifier.
    pub id: String,
    /// Name.
    #[component(name = "display-name")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    /// BCP 47.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// Addresses.
    #[serde(default)]
    pub identities: Vec<Identity>,
    /// Custom fields.
    #[serde(default)]
    pub attributes: Vec<(String, String)>,
    /// Tags.
    #[serde(default)]
    pub tags: Vec<String>,
}

enumeration! {
    /// Where a sale stands.
    pub enum Stage {
        /// Before the order.
        #[component(name = "presale")]
        Presale,
        /// Ordered, not delivered.
        #[component(name = "in-sale")]
        InSale,
        /// Delivered.
        #[component(name = "aftersale")]
        Aftersale,
        /// Being reviewed.
        #[component(name = "review")]
        Review,
    }
}

/// A conversation, as far as the plugin may see.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ComponentType, Lift, Lower)]
#[component(record)]
#[serde(rename_all = "kebab-case")]
pub struct ConversationView {
    /// Identifier.
    pub id: String,
    /// Kind of channel.
    pub channel: String,
    /// The inbox.
    pub account: String,
    /// The shop.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shop: Option<String>,
    /// Where its sale stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stage: Option<Stage>,
    /// `open`, `snoozed`, `resolved`.
    pub status: String,
    /// Subject.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// The contact's newest text, cut at 4 KiB.
    #[component(name = "last-text")]
    pub last_text: String,
    /// BCP 47.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// When it was opened, Unix milliseconds.
    #[component(name = "opened-at")]
    pub opened_at: u64,
    /// Since when the contact waits for an answer.
    #[component(name = "waiting-since")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waiting_since: Option<u64>,
    /// 0 low, 1 normal, 2 high, 3 urgent.
    pub priority: u8,
    /// Tags.
    #[serde(default)]
    pub tags: Vec<String>,
    /// The team whose queue it is in or came from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub team: Option<String>,
    /// Its owner.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assignee: Option<String>,
    /// Messages so far.
    #[component(name = "message-count")]
    pub message_count: u32,
    /// With whom.
    pub contact: ContactView,
    /// Room for growth.
    #[serde(default)]
    pub extras: Extras,
}
