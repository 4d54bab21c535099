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

mod app;
pub mod auth;
mod config;
mod error;
pub mod extract;
pub mod limits;
mod live;
mod router;
mod visitors;
pub mod wire;

pub use app::{App, AppParts};
pub use config::HttpConfig;
pub use error::ApiError;
pub use router::router;
