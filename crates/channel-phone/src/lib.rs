//! Phone: calls over trunks, answered in browsers.
//!
//! Four things to know:
//! - [`PhoneHost`] follows the configuration: it listens for trunks when there is one, and for browsers when there is a phone
//!   inbox; and the journal: what people decide about calls is done, and what lines do is reported;
//! - a call has a task of its own (`call`), which knows how it goes on, and a hub of sound (`sound`) on a runtime of its own,
//!   where nothing of the desk can hold it up;
//! - [`wire::SipPort`] is all that is known of signalling; behind it are `plugboard-sip` and two sockets;
//! - recordings are sealed while they are written ([`vault`]), mended at the next start, and kept as files of the desk.
//!
//! What is absent, on purpose: media in plugins, phones that register here, calls out that no command asked for, numbers in logs.

mod announce;
pub mod browser;
mod call;
mod channel;
mod erase;
mod host;
mod keep;
mod lines;
pub mod sound;
mod telephony;
mod trunks;
mod trying;
pub mod vault;
pub mod wire;

pub use channel::{Phone, TRUNK_PASSWORD};
pub use erase::Eraser;
pub use host::{PhoneConfig, PhoneHost};
