//! The sandbox: runs plugins within their grants and limits, and names what stopped them.
//!
//! It knows no engine, no store and no HTTP server. What plugins ask of the host goes through a [`Backing`]; what they
//! may ask is decided here.
//!
//! - [`Manifest`] says what a plugin is and asks for; [`Grants`] what it gets; [`Limits`] how much of it.
//! - [`types`] is what crosses the boundary.

pub mod backing;
pub mod bytes;
pub mod contract;
pub mod error;
pub mod grants;
pub mod limits;
pub mod manifest;
pub mod types;

pub use backing::{Account, Allowed, Backing, Caller, Line};
pub use contract::{Contract, ContractError, World};
pub use error::{Bound, CallError, Clock};
pub use grants::{Approval, Change, Grants, HostPattern, PermissionCeiling, Target, denied, diff};
pub use limits::{Class, Limits, LimitsCeiling, Time};
pub use manifest::{Asked, Localized, Manifest, ManifestError, SettingsSchema, check_settings};
