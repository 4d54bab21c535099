//! The sound of calls: a task for each call on a runtime of its own, where nothing else can hold it up.
//!
//! A call is a small hub of legs: the caller's, those of agents, one to a number elsewhere. Who hears one other leg is passed its
//! packets as they come; who hears several hears them mixed. Who hears nobody hears music or a prompt, when it is the caller.

mod hub;
mod leg;
mod player;
pub mod ports;
pub mod prompts;
mod recording;
mod roles;

pub use hub::{Heard, Hub, Tell};
pub use leg::{End, In, LegKey};
pub use player::Playing;
pub use recording::{Kept, Recordings, Tape};
pub use roles::{Role, Stand};
