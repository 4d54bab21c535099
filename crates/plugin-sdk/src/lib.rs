//! What a plugin in Rust is written with.
//!
//! A plugin is a WebAssembly component: it exports one or more *worlds* (a channel, a routing policy, a side panel ...) and
//! imports what the desk grants it. The contract is the folder `wit/since-v0.1`; this crate is that contract with Rust's
//! names, traits with sensible defaults, and helpers for what every plugin needs.
//!
//! 1. Depend on this crate with a feature for each world: `channel-webhook`, `channel-polling`, `channel-socket`,
//!    `routing-policy`, `escalation-policy`, `script-engine`, `reply-assistant`, `commerce-source`, `event-hook`,
//!    `side-panel`. `crate-type = ["cdylib", "rlib"]`.
//! 2. Implement the world's traits for a unit struct.
//! 3. Name it in [`export!`].
//! 4. `cargo build --release --target wasm32-wasip2`.
//!
//! ```
//! use plugboard_plugin_sdk::routing::{Decision, Request, RoutingPolicy, Target};
//!
//! struct LeastBusy;
//!
//! impl RoutingPolicy for LeastBusy {
//!     fn route(request: Request) -> Result<Decision, String> {
//!         let free = request.candidates.iter().filter(|c| c.online && c.load < c.capacity);
//!         Ok(match free.min_by_key(|c| c.load) {
//!             Some(agent) => Decision::new(Target::Agent(agent.id.clone()), "least busy"),
//!             None => Decision::new(Target::Wait, "nobody is free"),
//!         })
//!     }
//! }
//!
//! plugboard_plugin_sdk::export!(LeastBusy: routing);
//! # fn main() {}
//! ```
//!
//! # The types to know
//!
//! - [`Failure`]: why something did not work, and whether trying again is of use. `?` works on every host call.
//! - [`http::Builder`]: requests, with secrets by name.
//! - [`settings()`]: what the administrator typed in, as a struct.
//!
//! # Invariants
//!
//! - A plugin never sees a secret: it names one, and the host puts it into the request, digest or cipher.
//! - Policies are pure: they get no clock, network or store, so that each decision can be replayed.
//! - An instance serves one call at a time. It may be thrown away between two calls: what must last goes into [`kv`].
//! - Off WebAssembly, host calls do not exist: calling one panics, except for [`log`], which prints. Unit tests of a plugin
//!   test its logic; whole calls with scripted host answers are `plugboard plugin test` (TESTING.md).

#[expect(clippy::pedantic, reason = "written by the generator")]
#[doc(hidden)]
pub mod bindings;
mod channel;
mod desk;
pub mod encoding;
mod export;
mod failure;
mod host;
pub mod http;
mod policy;
mod settings;
pub mod steps;
mod types;

#[doc(hidden)]
pub use wit_bindgen as __wit_bindgen;

pub use serde_json as json;

#[cfg(any(feature = "lifecycle", not(target_arch = "wasm32")))]
pub use channel::lifecycle;
#[cfg(any(feature = "channel", not(target_arch = "wasm32")))]
pub use channel::messaging;
#[cfg(any(feature = "poller", not(target_arch = "wasm32")))]
pub use channel::polling;
#[cfg(any(feature = "socket", not(target_arch = "wasm32")))]
pub use channel::socket;
#[cfg(any(feature = "ingress", not(target_arch = "wasm32")))]
pub use channel::web;
#[cfg(any(feature = "assistant", not(target_arch = "wasm32")))]
pub use desk::assistant;
#[cfg(any(feature = "commerce", not(target_arch = "wasm32")))]
pub use desk::commerce;
#[cfg(any(feature = "hooks", not(target_arch = "wasm32")))]
pub use desk::hooks;
#[cfg(any(feature = "panel", not(target_arch = "wasm32")))]
pub use desk::panel;
#[cfg(any(feature = "escalation", not(target_arch = "wasm32")))]
pub use policy::escalation;
#[cfg(any(feature = "routing", not(target_arch = "wasm32")))]
pub use policy::routing;
#[cfg(any(feature = "script", not(target_arch = "wasm32")))]
pub use policy::script;

pub use host::{blobs, clock, commands, intake, kv, log, random, secrets, timers};
pub use settings::{SettingsError, account, setting, settings, settings_from};
pub use types::{
    Body, ChannelEvent, ContactView, ConversationView, Failure, Identity, Inbound, MediaRef,
    Outbound, Receipt, ReceiptKind, RetryAdvice, Stage,
};
