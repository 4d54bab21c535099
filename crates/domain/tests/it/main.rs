//! What the domain promises, told as stories, as properties of arbitrary histories, and as files that must decode for
//! ever. One binary, so that it links once.

#![expect(
    clippy::unwrap_used,
    reason = "what a story takes for granted may fail the test on the spot"
)]

mod support;

mod access;
mod attendance;
mod calls;
mod contacts;
mod conversations;
mod desk;
mod golden;
mod histories;
mod hours;
mod outbox;
mod plugins;
mod sla;
mod texts;
