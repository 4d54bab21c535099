//! Identifiers: one newtype per entity over a `UUIDv7`, so that ids of different things cannot be mixed up
//! and later things sort after earlier ones.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }

        impl From<Uuid> for $name {
            fn from(id: Uuid) -> Self {
                Self(id)
            }
        }
    )*};
}

ids! {
    /// A person or program that works in the desk.
    AgentId,
    /// A group of agents that shares a queue.
    TeamId,
    /// A store or brand that inboxes serve.
    ShopId,
    /// A configured endpoint: one mailbox, one widget, one number.
    InboxId,
    /// A customer.
    ContactId,
    /// One address of a contact on a channel.
    IdentityId,
    /// A thread of messages with one contact.
    ConversationId,
    /// One message or note.
    MessageId,
    /// A stored file.
    AttachmentId,
    /// A set of response targets.
    SlaPolicyId,
    /// A weekly timetable with holidays.
    BusinessHoursId,
    /// A saved reply with actions.
    MacroId,
    /// An endpoint that hears of events.
    WebhookId,
    /// A key for scripts.
    ApiTokenId,
    /// A saved list filter.
    ViewId,
    /// A piece of work to be done outside the desk.
    OutboxId,
    /// A recorded routing or escalation decision.
    DecisionId,
    /// An installed plugin.
    PluginId,
    /// A rule that a team wrote.
    RuleId,
    /// After-sale or complaint work with its own steps.
    CaseId,
    /// A signed-in browser or program.
    SessionId,
    /// One call.
    CallId,
    /// One end of a call.
    LegId,
}

/// Where new identifiers come from. The engine's implementation uses the clock and the system's randomness;
/// tests count upwards.
pub trait Mint: Send + Sync {
    /// A fresh `UUIDv7`.
    fn uuid(&self) -> Uuid;

    /// The `Message-ID`, without brackets, of a message that goes out by mail from this address. Whoever can sign them
    /// recognises an answer by its own proof.
    fn mail_id(&self, _: ConversationId, message: MessageId, address: &str) -> String {
        crate::mail::own_rfc_id(message, address)
    }

    /// A fresh identifier of the kind that the caller expects.
    fn id<T: From<Uuid>>(&self) -> T
    where
        Self: Sized,
    {
        T::from(self.uuid())
    }
}
