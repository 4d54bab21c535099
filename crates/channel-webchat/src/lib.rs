//! Web chat: what a widget inbox is set up with, and how a visitor proves who they are.
//!
//! Four things to know:
//! - [`WebchatSettings`] is the inbox's `settings`, parsed; an unknown or ill-fitting setting is refused by name;
//! - a [`VisitorToken`] is what a browser keeps: 256 random bits, of which the desk knows only the hash;
//! - [`identity::verify`] checks the JWT with which a shop says who its customer is;
//! - [`Origins`] says which pages may open the widget.
//!
//! The widget's transport is the HTTP edge (`plugboard-http`, `visitors` and `live`); it reads the journal itself, so
//! what is committed is sent, and [`Webchat::deliver`](plugboard_channel::Channel::deliver) has nothing to do.
//!
//! To add a setting: a field of [`WebchatSettings`] with its line in `settings.rs`, and the widget's configuration.
//!
//! What is absent, on purpose: HTTP, sockets, the clock.

mod channel;
pub mod identity;
mod origins;
mod settings;
mod token;

pub use channel::{IDENTITY_SECRET, Webchat};
pub use identity::{IdentityError, SignedClaims};
pub use origins::Origins;
pub use settings::{IdentityMode, Prechat, WebchatSettings};
pub use token::VisitorToken;

/// Longest text that a visitor may write, in characters. More is a flood or a file.
pub const VISITOR_TEXT_CHARS_MAX: usize = 5_000;

/// Most files of one visitor's message.
pub const VISITOR_ATTACHMENTS_MAX: usize = 10;

/// Largest file of a visitor, in bytes: a photo of a phone fits, a film does not.
pub const VISITOR_ATTACHMENT_BYTES_MAX: u64 = 10 * 1024 * 1024;
