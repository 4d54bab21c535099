//! The HTTP and websocket edge of the desk.
//!
//! Three things to know:
//! - [`App`] is the state that every handler holds; [`router`] is the whole edge;
//! - an operation is one file: its wire types come from `plugboard-protocol`, its handler translates them into a command or a
//!   read, and never decides;
//! - [`ApiError`] is the only answer that is not a success.
//!
//! To add an operation: a file in the folder of its noun, a `#[utoipa::path]` on the handler that names every status it can
//! answer, a line in the folder's `routes()`, and tests beside it (happy, repeated, unknown, forbidden).
//!
//! What is absent, on purpose: SQL, concrete channels and stores, business rules.

mod agents;
mod api;
mod app;
mod assets;
mod assistance;
mod attachments;
mod audience;
pub mod auth;
mod backtests;
mod base_url;
mod calls;
mod config;
mod contacts;
mod conversations;
mod cti;
mod drain;
mod error;
pub mod extract;
pub mod failures;
mod hooks;
mod inboxes;
mod journal;
pub mod limits;
mod live;
mod mail;
mod mailboxes;
mod me;
mod middleware;
mod ops;
pub mod passwords;
mod plugins;
mod policies;
mod responses;
mod router;
mod rules;
mod search;
mod sessions;
mod setup;
mod teams;
mod visitors;
pub mod wire;

pub use app::{App, AppParts, AppSetup, ReadyCheck};
pub use assets::{NoFiles, StaticFile, StaticFiles};
pub use config::{HttpConfig, OFFLINE_AFTER_SECS};
pub use error::ApiError;
pub use live::{close_code, socket_config};
pub use router::{openapi, router};
