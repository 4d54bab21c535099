//! Runs plugins for a desk: an edge over the engine, like the HTTP one.
//!
//! Four things to know:
//! - [`PluginHost`] is made before the engine, which asks it who gets a conversation and gives it outside work to carry;
//!   [`PluginHost::attach`] then gives it the engine. It is what edges know as `Extensions`;
//! - what plugins ask of the host is answered by the desk (`backing`), after the sandbox has checked their grants; what they
//!   see is cut to their grants (`view`, `mask`);
//! - policies are chains of plugins and rules that end in the built-in one (`policy`); channels of plugins are channels like
//!   any other (`channels`); event hooks follow the journal (`hooks`);
//! - configuration is the desk's: a plugin, a rule, the policies in force are entities that commands save, and the host runs
//!   what they say.
//!
//! To let plugins do something new: a function in the WIT, its place in the runtime, its answer in `backing`.
//!
//! What is absent, on purpose: WebAssembly itself (the runtime's), HTTP routes (the edge's), SQL.

mod admin;
mod assistance;
mod backing;
mod bundled;
mod cause;
mod channels;
mod hooks;
mod host;
mod intake;
mod keep;
mod lock;
mod logs;
mod mask;
mod policy;
mod recording;
mod registry;
mod sandbox;
mod trials;
mod view;

pub use bundled::{Bundled, NoBundle};
pub use host::{HostConfig, HostError, PluginHost};
pub use lock::{LockError, Locked, PluginsLock};
pub use plugboard_plugin_runtime::{LimitsCeiling, PermissionCeiling, package::TrustedKeys};
pub use registry::SCRIPT_ENGINE;
