//! Email: what a message that came or went by mail shows besides its text, what an agent composes, and mailboxes.
//!
//! Addresses are masked like those of contacts: who may not see them reads `z***@example.com`, and may hand that back as a
//! recipient, which then means the address behind it.

mod compose;
mod mailbox;
mod message;

pub use compose::*;
pub use mailbox::*;
pub use message::*;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A name and an address, as in a header of a mail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct MailAddress {
    /// The name beside the address; empty when there is none.
    #[serde(default)]
    #[schema(max_length = 200)]
    pub name: String,
    /// The address: `customer@shop.example`.
    #[schema(max_length = 320)]
    pub address: String,
}
