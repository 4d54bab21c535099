//! From the domain and the store to the wire, and back. The only place where clients' shapes are made.

mod call;
mod contact;
mod conversation;
mod desk;
mod event;
mod extensions;
mod mail;
mod mailbox;
mod message;
mod names;
mod settings;

#[cfg(test)]
mod reducer_fixtures;

pub use call::{call, hearing, queue_position, trunk_report};
pub use contact::{contact, contact_detail, mask_email, mask_in_text, mask_phone};
pub use conversation::{case, conversation, decision, sla_clock, waiting};
pub use desk::{
    agent, api_token, business_hours, inbox, macro_, outbox_entry, shop, sla_policy, targets, team,
    view, webhook, weekly_hours,
};
pub use event::{event_data, journal_item};
pub(crate) use extensions::{
    canary, policy_kind, policy_ref, policy_slot, rule, shown_policy_kind,
};
pub use mail::{MailFacts, People};
pub use mailbox::{mailbox_health, mailbox_report, worse};
pub use message::{attachment, author, delivery, is_image, message, message_with, scheduled};
pub use names::*;
pub use settings::{merged as inbox_settings, split as split_settings};

use plugboard_domain::{
    access::{Grants, Permission},
    ids::AgentId,
};

/// For whom something is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Viewer {
    /// Whose read marks count; `None` for what is encoded once and shared.
    pub agent: Option<AgentId>,
    /// True when addresses are shown in full.
    pub unmasked: bool,
}

impl Viewer {
    /// An agent with these grants.
    pub fn new(agent: AgentId, grants: &Grants) -> Self {
        Self {
            agent: Some(agent),
            ..Self::shared(grants)
        }
    }

    /// Everybody with such grants.
    pub fn shared(grants: &Grants) -> Self {
        Self {
            agent: None,
            unmasked: grants.has(Permission::ContactsUnmasked),
        }
    }
}
