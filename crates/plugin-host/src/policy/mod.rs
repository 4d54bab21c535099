//! The policies in force: chains of plugins and rules that end in the built-in one, with a shadow or a canary beside them.
//!
//! Which version decides about a conversation is decided once, and stays until it is resolved (its pin). A failure never
//! holds anything up: the built-in policy answers in the same request, and the trace says whose place it took.

mod canary;
mod chain;
mod escalation;
mod evaluator;
mod routing;
mod translate;

pub(crate) use canary::watch as watch_canaries;
pub(crate) use chain::{Chosen, share_of};
pub(crate) use evaluator::Evaluator;

use std::sync::Weak;

use crate::host::Shared;

/// The policies of a host, as the engine asks them.
#[derive(Clone)]
pub(crate) struct PolicyChain {
    host: Weak<Shared>,
}

impl PolicyChain {
    pub(crate) fn new(host: Weak<Shared>) -> Self {
        Self { host }
    }
}
