//! Runs a policy over a past period, on virtual time: who would have got what and when, and what would have escalated.
//!
//! Three things to know:
//! - [`load`] reads what happened from the journal and its rows into a [`Past`], which knows no store any more;
//! - [`routing`] plays the arrivals against the agents who were there, with the time that each conversation took in truth;
//!   [`escalation`] plays each conversation's own events;
//! - the same past and the same policy give the same bytes: order is by time and position, nothing is drawn.
//!
//! What it cannot know is said in the figures' names: another owner might have taken longer, and a conversation that was
//! never resolved is taken to have lasted as long as the median one.
//!
//! What is absent, on purpose: WebAssembly, the clock, writing anything.

mod escalation;
mod load;
mod past;
mod routing;
mod totals;

use plugboard_engine::{EscalationInput, EscalationVerdict, RoutingInput, RoutingVerdict};
use plugboard_protocol::extensions::{BacktestTotals, Difference};

pub use escalation::escalation;
pub use load::load;
pub use past::{Incident, Past, PastConversation, Period, Shift};
pub use routing::routing;

/// The policy that is tried. Always answers: whoever implements it has the built-in policy behind it.
#[async_trait::async_trait]
pub trait Replayed: Send + Sync {
    /// Who gets it.
    async fn route(&self, input: &RoutingInput) -> RoutingVerdict;

    /// What happens when it goes wrong.
    async fn escalate(&self, input: &EscalationInput) -> EscalationVerdict;
}

/// What came out.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Run {
    /// One for each conversation, in the order in which they began.
    pub items: Vec<Difference>,
    /// In total.
    pub totals: BacktestTotals,
}
