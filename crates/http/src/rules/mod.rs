//! Rules that teams write. Saving compiles first: what does not compile is never in force.

mod check;
mod dry_run;
mod get;
mod list;
mod remove;
mod rollback;
mod save;

use plugboard_domain::desk::{Desk, PolicyRef, Rule};
use plugboard_protocol::extensions::Problem;

use crate::{
    ApiError,
    api::{Api, routes},
    wire,
};

pub(crate) fn routes() -> Api {
    Api::new()
        .routes(routes!(list::list_rules))
        .routes(routes!(check::check_rule))
        .routes(routes!(dry_run::dry_run))
        .routes(routes!(get::get_rule, save::save_rule, remove::remove_rule))
        .routes(routes!(rollback::rollback_rule))
}

/// The rule of this name.
fn named<'a>(desk: &'a Desk, name: &str) -> Result<&'a Rule, ApiError> {
    desk.rule_by_name(name)
        .ok_or_else(|| ApiError::not_found("rule"))
}

/// As clients see it, with where it is used.
fn shown(desk: &Desk, rule: &Rule, warnings: Vec<Problem>) -> plugboard_protocol::extensions::Rule {
    let name = PolicyRef::Rule(rule.name.clone());
    let slot = desk.policies().map(|it| it.slot(rule.kind));
    let mut used_as = Vec::new();
    if let Some(slot) = slot {
        if slot.live.contains(&name) {
            used_as.push("live".to_owned());
        }
        if slot.shadow.as_ref() == Some(&name) {
            used_as.push("shadow".to_owned());
        }
        if slot.canary.as_ref().is_some_and(|it| it.policy == name) {
            used_as.push("canary".to_owned());
        }
    }
    wire::rule(rule, used_as, warnings)
}
