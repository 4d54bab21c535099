//! Errors: a closed set of codes, and a sentence for people.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{extensions::Problem, messages::Message};

/// What went wrong, for programs. The set is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Code {
    /// No valid session, token or password (401).
    Unauthenticated,
    /// Known, but not allowed to (403).
    Forbidden,
    /// No such thing, or not for you (404).
    NotFound,
    /// The request does not fit the contract (400, 405, 415 or 422).
    Invalid,
    /// The state has moved on (409).
    Conflict,
    /// Too many requests; `Retry-After` says when to come back (429).
    RateLimited,
    /// The body is larger than allowed (413).
    TooLarge,
    /// Cannot be served now; try again (503).
    Unavailable,
}

/// The body of every answer that is not a success.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ErrorBody {
    /// The error.
    pub error: ErrorDetail,
    /// With `conflict` on a reply: the messages that the sender has not seen, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub messages: Vec<Message>,
}

/// One error.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ErrorDetail {
    /// For programs.
    pub code: Code,
    /// For people.
    pub message: String,
    /// With `invalid` on a rule: what does not compile, and where.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub details: Vec<Problem>,
}
