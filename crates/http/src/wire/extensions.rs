//! Rules and policies, between the desk and the wire.

use plugboard_domain::{Timestamp, desk};
use plugboard_protocol::{extensions as shown, time};

/// A rule as clients see it, newest version first.
pub(crate) fn rule(
    rule: &desk::Rule,
    used_as: Vec<String>,
    warnings: Vec<shown::Problem>,
) -> shown::Rule {
    let source = rule.in_force().map(|it| it.source.clone());
    shown::Rule {
        id: rule.id.to_string(),
        name: rule.name.clone(),
        kind: shown_policy_kind(rule.kind),
        live: rule.live,
        source: source.unwrap_or_default(),
        versions: rule.versions.iter().rev().map(version).collect(),
        used_as,
        warnings,
        created_at: time(rule.created_at),
    }
}

fn version(version: &desk::RuleVersion) -> shown::RuleVersion {
    shown::RuleVersion {
        number: version.number,
        source: version.source.clone(),
        builder: version.builder.clone(),
        saved_at: time(version.saved_at),
        saved_by: version.saved_by.agent_id().map(|it| it.to_string()),
    }
}

/// From the wire.
pub(crate) fn policy_kind(kind: shown::PolicyKind) -> desk::PolicyKind {
    match kind {
        shown::PolicyKind::Routing => desk::PolicyKind::Routing,
        shown::PolicyKind::Escalation => desk::PolicyKind::Escalation,
    }
}

/// To the wire.
pub(crate) fn shown_policy_kind(kind: desk::PolicyKind) -> shown::PolicyKind {
    match kind {
        desk::PolicyKind::Routing => shown::PolicyKind::Routing,
        desk::PolicyKind::Escalation => shown::PolicyKind::Escalation,
    }
}

/// From the wire.
pub(crate) fn policy_ref(policy: shown::PolicyRef) -> desk::PolicyRef {
    match policy {
        shown::PolicyRef::Plugin(key) => desk::PolicyRef::Plugin(key),
        shown::PolicyRef::Rule(name) => desk::PolicyRef::Rule(name),
    }
}

fn shown_policy_ref(policy: &desk::PolicyRef) -> shown::PolicyRef {
    match policy {
        desk::PolicyRef::Plugin(key) => shown::PolicyRef::Plugin(key.clone()),
        desk::PolicyRef::Rule(name) => shown::PolicyRef::Rule(name.clone()),
    }
}

/// Taken back when more of its calls fail, unless the client says otherwise.
const MAX_ERROR_PERCENT: u8 = 5;

/// Taken back when its missed targets rise by more, unless the client says otherwise.
const MAX_SLA_RISE_PERCENT: u8 = 10;

/// From the wire. A trial that goes on keeps its beginning.
pub(crate) fn canary(
    asked: shown::Canary,
    before: Option<desk::Canary>,
    now: Timestamp,
) -> desk::Canary {
    let policy = policy_ref(asked.policy);
    let since = before
        .filter(|it| it.policy == policy)
        .map_or(now, |it| it.since);
    desk::Canary {
        policy,
        percent: asked.percent,
        since,
        max_error_percent: asked.max_error_percent.unwrap_or(MAX_ERROR_PERCENT),
        max_sla_rise_percent: asked.max_sla_rise_percent.unwrap_or(MAX_SLA_RISE_PERCENT),
    }
}

/// To the wire.
pub(crate) fn policy_slot(
    kind: desk::PolicyKind,
    slot: &desk::PolicySlot,
    shadowed: shown::Shadowed,
    canary_report: Option<shown::CanaryReport>,
) -> shown::PolicySlot {
    shown::PolicySlot {
        kind: shown_policy_kind(kind),
        live: slot.live.iter().map(shown_policy_ref).collect(),
        previous: slot.previous.iter().map(shown_policy_ref).collect(),
        shadow: slot.shadow.as_ref().map(shown_policy_ref),
        canary: slot.canary.as_ref().map(|it| shown::Canary {
            policy: shown_policy_ref(&it.policy),
            percent: it.percent,
            max_error_percent: Some(it.max_error_percent),
            max_sla_rise_percent: Some(it.max_sla_rise_percent),
            since: Some(time(it.since)),
        }),
        shadowed,
        canary_report,
    }
}
