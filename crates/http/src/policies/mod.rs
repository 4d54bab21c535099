//! Which policies decide: the chain in force, one in shadow, one as canary.

mod get;
mod replay;
mod rollback;
mod save;

use plugboard_domain::desk::{Policies, PolicyKind};
use plugboard_protocol::extensions::PolicySlot;

use crate::{
    ApiError, App,
    api::{Api, routes},
    wire,
};

pub(crate) fn routes() -> Api {
    Api::new()
        .routes(routes!(get::get_policy, save::save_policy))
        .routes(routes!(rollback::rollback_policy))
        .routes(routes!(replay::replay_decision))
}

fn kind(text: &str) -> Result<PolicyKind, ApiError> {
    match text {
        "routing" => Ok(PolicyKind::Routing),
        "escalation" => Ok(PolicyKind::Escalation),
        _ => Err(ApiError::not_found("policy")),
    }
}

/// What is in force now, as clients see it.
async fn shown(app: &App, kind: PolicyKind) -> Result<PolicySlot, ApiError> {
    let desk = app.engine.desk();
    let policies = desk.policies().cloned().unwrap_or_default();
    let slot = policies.slot(kind);
    let shown = wire::shown_policy_kind(kind);
    let shadowed = match (&slot.shadow, &app.extensions) {
        (Some(_), Some(extensions)) => extensions.shadowed(shown).await?,
        _ => plugboard_protocol::extensions::Shadowed::default(),
    };
    let canary_report = match (&slot.canary, &app.extensions) {
        (Some(_), Some(extensions)) => Some(extensions.canary(shown).await?),
        _ => None,
    };
    Ok(wire::policy_slot(kind, slot, shadowed, canary_report))
}

/// The policies with one slot changed.
fn changed(
    app: &App,
    kind: PolicyKind,
    change: impl FnOnce(&mut plugboard_domain::desk::PolicySlot),
) -> Policies {
    let mut policies = app.engine.desk().policies().cloned().unwrap_or_default();
    change(match kind {
        PolicyKind::Routing => &mut policies.routing,
        PolicyKind::Escalation => &mut policies.escalation,
    });
    policies
}
