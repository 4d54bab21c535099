//! What tests share. Nothing here is part of the program.
//!
//! - [`world::World`] builds events and rows the way the engine would, with a clock and ids that count upwards;
//! - [`store_story::run`] is one story that every store has to tell the same way.
//! - [`desk::TestDesk`] (feature `desk`) is a whole desk in a directory that goes away, asked through its router.
//!
//! To add a step to the story: a function in `store_story`, called from `run`. Both databases run it.

#[cfg(feature = "desk")]
pub mod desk;
#[cfg(feature = "desk")]
mod phone_inbox;
pub mod store_story;
pub mod world;
