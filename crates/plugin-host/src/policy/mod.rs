//! The policies in force: chains of plugins and rules that end in the built-in one, with a shadow or a canary beside them.
//!
//! Which version decides about a conversation is decided once, and stays until it is resolved (its pin). A failure never
//! holds anything up: the built-in policy answers in the same request, and the trace says whose place it took.

mod canary;
mod chain;
mod escalation;
mod evaluator;
mod replay;
mod routing;
mod shadow;
mod translate;

pub(crate) use canary::{Canaries, watch as watch_canaries};
pub(crate) use chain::Chosen;
use chain::share_of;
pub(crate) use escalation::ask as ask_escalation;
pub(crate) use evaluator::Evaluator;
pub(crate) use replay::replay;
pub(crate) use routing::ask as ask_routing;
pub(crate) use shadow::{Shadows, keep as keep_shadows, target};

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

    /// Returns when the plugins and rules that are switched on were loaded: before, the chain is not the one in force.
    async fn loaded(&self) {
        let loaded = self.host.upgrade().map(|host| host.loaded());
        if let Some(loaded) = loaded {
            loaded.cancelled().await;
        }
    }
}
