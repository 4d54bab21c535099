//! The sandbox: runs plugins within their grants and limits, and names what stopped them.
//!
//! It knows no engine, no store and no HTTP server. What plugins ask of the host goes through a [`Backing`]; what they
//! may ask is decided here.
//!
//! - [`Runtime`] loads a [`Plugin`], which has one method for each function of the contracts; a call that gives no answer
//!   says why with a [`CallError`].
//! - [`Package`] is what is installed; [`Manifest`] says what a plugin is and asks for; [`Grants`] what it gets; [`Limits`] how much of it.
//! - [`types`] is what crosses the boundary.
//!
//! A call takes a warm instance from the pool of its account, or makes one; computing time, time in all, memory, calls of
//! the host and the size of what is handed over are bounded, and whichever bound stops a call is named. After anything but
//! an answer the instance is thrown away.
//!
//! To offer another minor of the contract: add it to [`contract::MINORS`], register its imports in `host.rs`, convert what
//! differs to [`types`], and find its exports in `functions.rs`.

pub mod backing;
mod breaker;
pub mod bytes;
mod cache;
mod clock;
pub mod contract;
pub mod error;
mod functions;
pub mod grants;
mod host;
mod instance;
pub mod limits;
pub mod manifest;
mod metrics;
pub mod package;
mod place;
mod plugin;
mod pool;
pub mod record;
mod runtime;
mod state;
pub mod types;
mod wasi;
mod weigh;

pub use backing::{Account, Allowed, Backing, Caller, Line, Memory, Nothing, Secrets};
pub use breaker::{Breaker, BreakerState};
pub use contract::{Contract, ContractError, World};
pub use error::{Bound, CallError, Clock};
pub use functions::Checked;
pub use grants::{Approval, Change, Grants, HostPattern, PermissionCeiling, Target, denied, diff};
pub use limits::{Class, Limits, LimitsCeiling, Time};
pub use manifest::{Asked, Localized, Manifest, ManifestError, SettingsSchema, check_settings};
pub use metrics::Figures;
pub use package::{Package, PackageError, TrustedKeys};
pub use plugin::{ObserveError, Observed, Plugin, Recorder};
pub use record::{HostCall, Recording, ReplayError};
pub use runtime::{Load, LoadError, Names, Runtime, RuntimeError, RuntimeOptions};
