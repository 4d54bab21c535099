//! The rules of the desk: what may happen, and what it changes.
//!
//! Three things to know:
//! - a [`Command`] asks for a change; pure `decide` functions answer with [`Event`]s or a [`Rejection`];
//! - an [`Event`] states an outcome and never content: no message body, address or phone number is in it;
//! - pure `apply` functions fold an event into state, so a snapshot plus the events after it is the fresh snapshot.
//!
//! To add another command: give it a variant in [`command`], a `decide` beside the state it touches, an event if no
//! existing one states the outcome, with a golden file, and an act in `tests/it/histories`, where arbitrary histories prove
//! that replay equals the snapshot.
//!
//! What is absent, on purpose: async, IO, SQL, the clock, randomness. Time and identifiers are arguments.

pub mod access;
pub mod actor;
pub mod call;
pub mod channel;
pub mod command;
pub mod contact;
pub mod conversation;
pub mod decision;
pub mod desk;
pub mod escalation;
pub mod event;
pub mod hours;
pub mod ids;
pub mod mail;
pub mod message;
pub mod outbox;
pub mod plugin;
pub mod rejection;
pub mod sla;
pub mod text;
pub mod timer;

pub use actor::{Actor, Principal};
pub use command::{Command, Envelope};
pub use event::{Event, Recorded};
pub use ids::*;
pub use rejection::Rejection;

/// An instant: UTC, microseconds.
pub type Timestamp = jiff::Timestamp;

/// A position in the journal: dense, strictly ordered, starting at 1. Zero is "before everything".
pub type Seq = u64;
