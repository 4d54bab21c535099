//! The engine over a real store and a clock that the tests move.

mod desk;
mod outbox;
mod routing;
mod timers;
mod writing;
