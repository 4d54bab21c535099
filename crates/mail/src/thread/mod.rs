//! Which conversation a mail belongs to, and why.
//!
//! Pure: what the desk has is asked through [`Known`]. A caller that has to load first asks [`wanted`] what, fills a
//! [`Loaded`] and passes that.

mod known;
mod place;
mod subject;
mod token;

pub use known::{Found, Known, Loaded, Wanted, wanted};
pub use place::{Placement, Reason, Target, place};
pub use subject::{is_forward, normalise, number};
pub use token::{Keys, message_id, reply_address, reply_name};
