//! Plugins, policies, rules, and what plugins show beside a conversation.

mod assistance;
mod plugins;
mod rules;

pub use assistance::*;
pub use plugins::*;
pub use rules::*;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A name and its value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Pair {
    /// Name.
    pub name: String,
    /// Value.
    pub value: String,
}

/// A list that is short enough to be whole.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Whole<T> {
    /// All of them.
    pub items: Vec<T>,
}
