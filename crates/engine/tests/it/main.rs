//! The engine over a real store and a clock that the tests move.

#![expect(
    clippy::unwrap_used,
    reason = "a desk that cannot be set up has failed its test"
)]

mod attendance;
mod calls;
mod channels;
mod desk;
mod escalation;
mod extending;
mod killed;
mod late;
mod macros;
mod mail;
mod outbox;
mod plugins;
mod policies;
mod retention;
mod routing;
mod timers;
mod writing;
