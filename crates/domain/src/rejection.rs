//! Why a command was refused.

use crate::{Seq, access::Permission, plugin::PluginAct};

/// A command was refused; nothing changed. Each variant is something that the caller can act on.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// The principal lacks a permission.
    #[error("not permitted: {0:?} is needed")]
    Forbidden(Permission),
    /// The plugin was not granted this.
    #[error("not granted: {0}")]
    NotGranted(PluginAct),
    /// The named thing does not exist, or not for this principal.
    #[error("{0} not found")]
    NotFound(&'static str),
    /// A value is out of bounds or does not fit; the text says which and why.
    #[error("{0}")]
    Invalid(String),
    /// Somebody else wrote meanwhile: messages after this position have not been seen.
    #[error("somebody else wrote after position {since}")]
    Unseen {
        /// The position that the caller has seen.
        since: Seq,
    },
    /// The state has moved on, so the command makes no sense any more; the text says how.
    #[error("{0}")]
    Conflict(String),
}

impl Rejection {
    /// A value is out of bounds or does not fit.
    pub fn invalid(why: impl Into<String>) -> Self {
        Self::Invalid(why.into())
    }

    /// The state has moved on.
    pub fn conflict(why: impl Into<String>) -> Self {
        Self::Conflict(why.into())
    }
}
