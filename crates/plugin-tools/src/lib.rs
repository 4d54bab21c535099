//! What authors of plugins work with, over the same sandbox as the server: `plugboard plugin new`, `build`, `check`, `test`
//! and `dev`. It knows no engine and no HTTP server.
//!
//! - [`Project`] is a plugin's folder; [`read_package`] reads what is made of it.
//! - [`create()`] writes a new folder, with everything that it needs; [`build()`] makes its package.
//! - [`check()`] finds every problem of either, in words.
//! - [`cases`] runs `tests/*.toml` on the component itself, with a scripted host: the specification is
//!   `crates/plugin-sdk/TESTING.md`.
//!
//! Cases are completed and compared by the types of the WIT itself: a new function of the contract needs nothing here
//! but the class of its time.

pub mod cases;
mod check;
mod contract;
mod create;
mod host;
mod package;
mod project;
mod sandbox;
mod trial;

pub use check::{Checked, Finding, Severity, check};
pub use create::{Kind, New, NewError, create};
pub use package::{BuildError, Built, build};
pub use project::{Language, Project, ProjectError, read_package};
pub use sandbox::sandbox;
pub use trial::trial;
