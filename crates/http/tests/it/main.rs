//! The operations of the edge, asked through the real router over a real store: happy, repeated, unknown, forbidden.

mod agents;
mod assets;
mod attachments;
mod bad_input;
mod calls;
mod cases;
mod channels;
mod contacts;
mod conversations;
mod document;
mod inboxes;
mod journal;
mod lists;
mod mail;
mod messages;
mod ops;
mod prompts;
mod search;
mod sessions;
mod setup;
mod teams;

/// An id that nothing has.
const NOTHING: &str = "0190aaaa-0000-7000-8000-000000000000";
