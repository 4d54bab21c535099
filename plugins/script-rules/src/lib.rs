//! Runs rules that teams write in Starlark: a rule is a file with `route(conv, candidates, now)` or
//! `escalate(conv, event, now)`. The language has no clock, no chance and no endless loop, so a decision can be replayed.
//!
//! The host puts the rule into the setting `source`, and what it decides into `kind`. A compiled rule is kept for as long as
//! the instance lives, found by its source.

mod check;
mod engine;
mod escalate;
mod route;
mod values;
mod words;

pub use check::check;
pub use engine::{Compiled, SOURCE_BYTES_MAX, compile};
pub use escalate::escalate;
pub use route::route;

use plugboard_plugin_sdk::{
    escalation::{Answer, EscalationPolicy, Request as EscalationRequest},
    routing::{Decision, Request as RoutingRequest, RoutingPolicy},
    script::{Kind, Problem, ScriptEngine},
    setting,
};

struct Rules;

impl RoutingPolicy for Rules {
    fn route(request: RoutingRequest) -> Result<Decision, String> {
        route(&current(Kind::Routing)?, &request)
    }
}

impl EscalationPolicy for Rules {
    fn escalate(request: EscalationRequest) -> Result<Answer, String> {
        escalate(&current(Kind::Escalation)?, &request)
    }
}

impl ScriptEngine for Rules {
    fn check(kind: Kind, source: &str) -> Result<Vec<Problem>, Vec<Problem>> {
        check(kind, source)
    }
}

plugboard_plugin_sdk::export!(Rules: script_engine);

/// The rule that the host asks about.
fn current(kind: Kind) -> Result<Compiled, String> {
    let source = setting("source").ok_or("there is no rule: the setting `source` is empty")?;
    engine::cached(kind, &source).map_err(|problem| engine::line(&problem))
}
