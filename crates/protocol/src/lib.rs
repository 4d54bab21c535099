//! The wire: every JSON shape that a client sends or receives, and nothing else.
//!
//! Times are RFC 3339 in UTC, ids are strings, names are `snake_case`. The OpenAPI document and the TypeScript types of
//! the web app are generated from these types, so a change here is a change of the public contract.
//!
//! To add a type: derive `Serialize`/`Deserialize` and `ToSchema`, document each field (the text is what API users read),
//! and convert from domain types beside it.

pub mod admin;
pub mod agents;
pub mod calls;
pub mod contacts;
pub mod conversations;
pub mod error;
pub mod extensions;
pub mod live;
pub mod mail;
pub mod messages;
pub mod page;
pub mod search;
pub mod visitors;

pub use error::{Code, ErrorBody};
pub use page::Page;

/// A time on the wire: RFC 3339 in UTC with microseconds.
pub type Time = String;

/// Writes a time as the wire has it.
pub fn time(at: plugboard_domain::Timestamp) -> Time {
    format!("{at:.6}")
}
