//! The contract between the edges (HTTP, the console) and what extends the desk: plugins, rules, backtests.
//!
//! Four things to know, each a trait that an edge holds as part of [`Extensions`]:
//! - [`Plugins`] installs, approves, switches and describes plugins;
//! - [`Ingress`] hands a raw request from outside to the plugin behind an inbox, and answers what the plugin answers;
//! - [`Rules`] checks what teams write, and tries it on the past: dry runs and backtests;
//! - [`Assistance`] asks plugins for what stands beside a conversation: panels, suggestions, orders.
//!
//! What they answer are wire types already: an edge passes them on as they are.
//!
//! To offer more of plugins at an edge: a method here, its answer as plain data, the call in the plugin host. Whatever
//! changes the desk is a command that the implementation sends on behalf of the principal who asked, so permissions are
//! checked where they always are.
//!
//! What is absent, on purpose: WebAssembly, HTTP, the store.

mod assistance;
mod error;
mod ingress;
mod plugins;
mod rules;

pub use assistance::Assistance;
pub use error::ExtensionError;
pub use ingress::{Ingress, RawReply, RawRequest};
pub use plugins::Plugins;
pub use rules::Rules;

/// Everything that extends the desk.
pub trait Extensions: Plugins + Ingress + Rules + Assistance {}

impl<T: Plugins + Ingress + Rules + Assistance> Extensions for T {}
