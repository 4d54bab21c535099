//! The live edge through the real router, a real store and real sockets.

#![expect(clippy::unwrap_used, reason = "tests")]

mod agent;
mod attachments;
mod client;
mod identity;
mod notes;
mod presence;
mod shutdown;
mod sight;
mod visitor;
mod visitor_socket;
