//! What another policy would say of the latest conversations, beside what the one in force says. Both are asked the same: the
//! conversation as it is, in the queue of its inbox, with everybody there and nobody busy. What differs then is what the
//! policies mean, not who happens to be online.

use std::sync::Arc;

use plugboard_domain::{
    Principal, Timestamp,
    conversation::{Assignment, Conversation, Status},
    decision::{DecisionMode, Pins},
    desk::{Availability, Desk, PolicyKind, PolicyRef, Team},
    escalation::Trigger,
};
use plugboard_engine::{
    Candidate, EscalationAnswer, EscalationInput, Queue, RoutingInput, TeamView, Work, WorkFacts,
};
use plugboard_extension::ExtensionError;
use plugboard_protocol::extensions::{Difference, DryRun, Policy, TrialRequest};
use plugboard_store::{ConversationFilter, StoreError};

use crate::{
    host::Shared,
    policy::{self, Chosen, Evaluator, ask_escalation, ask_routing},
};

/// Tries it.
pub(super) async fn run(
    host: &Arc<Shared>,
    by: &Principal,
    trial: TrialRequest,
) -> Result<DryRun, ExtensionError> {
    let engine = host.running()?;
    let kind = super::kind(trial.kind);
    let tried = only(host, kind, &trial.policy).await?;
    let in_force = in_force(host, kind).await;
    let unavailable = |it: StoreError| ExtensionError::Unavailable(it.to_string());
    let filter = ConversationFilter {
        scope: engine.grants(by).scope().clone(),
        ..ConversationFilter::default()
    };
    let page = engine
        .store()
        .conversations(filter, None, None, trial.limit)
        .await
        .map_err(unavailable)?;
    let desk = engine.desk();
    let mut run = DryRun {
        items: Vec::new(),
        changed: 0,
        failed: 0,
    };
    for view in page.items {
        let rows = engine.store().work_facts(view.conversation.id).await;
        let Some(rows) = rows.map_err(unavailable)? else {
            continue;
        };
        let mut facts = WorkFacts::of(&view.conversation, rows);
        facts.pins = Pins::default();
        facts.hops = 0;
        let now = engine.now();
        let (was, would, failed) = match kind {
            PolicyKind::Routing => {
                let input = routing_input(&desk, &view.conversation, facts, now);
                let was = ask_routing(&desk, &in_force, &input).await;
                let would = ask_routing(&desk, &tried, &input).await;
                let failed = would.mode == DecisionMode::Fallback;
                let words = |target| policy::target(&desk, target);
                (
                    (words(was.answer.target), was.answer.reason),
                    (
                        words(would.answer.target),
                        fallback(would.fallback, would.answer.reason),
                    ),
                    failed,
                )
            }
            PolicyKind::Escalation => {
                let input = escalation_input(&desk, &view.conversation, facts, now);
                let was = ask_escalation(&desk, &in_force, &input).await;
                let would = ask_escalation(&desk, &tried, &input).await;
                let failed = would.mode == DecisionMode::Fallback;
                (
                    (steps(&was.answer), was.answer.reason),
                    (
                        steps(&would.answer),
                        fallback(would.fallback, would.answer.reason),
                    ),
                    failed,
                )
            }
        };
        let changed = was.0 != would.0;
        run.changed += usize::from(changed);
        run.failed += usize::from(failed);
        run.items.push(Difference {
            conversation_id: view.conversation.id.to_string(),
            was: was.0,
            would_be: would.0,
            why: would.1,
            changed,
            waited_secs: None,
            would_wait_secs: None,
        });
    }
    Ok(run)
}

/// A policy alone, with the built-in one behind it.
pub(super) async fn only(
    host: &Arc<Shared>,
    kind: PolicyKind,
    policy: &Policy,
) -> Result<Chosen, ExtensionError> {
    let unknown = |what: &str| ExtensionError::NotFound(what.to_owned());
    let desk = host.running()?.desk();
    let evaluator: Option<Arc<Evaluator>> = match policy {
        Policy::Builtin => None,
        Policy::Plugin(key) => {
            let name = PolicyRef::Plugin(key.clone());
            let found = host.registry.policy(host, kind, &name).await;
            Some(found.ok_or_else(|| unknown("running plugin of this kind"))?)
        }
        Policy::Rule(name) => {
            let rule = desk.rule_by_name(name).ok_or_else(|| unknown("rule"))?;
            let label = rule.label(rule.live);
            let found = host.registry.labelled(host, kind, &label).await;
            Some(found.ok_or_else(|| unknown("rule of this kind"))?)
        }
        Policy::RuleVersion { name, version } => {
            let rule = desk.rule_by_name(name).ok_or_else(|| unknown("rule"))?;
            let label = rule.label(*version);
            let found = host.registry.labelled(host, kind, &label).await;
            Some(found.ok_or_else(|| unknown("version of a rule of this kind"))?)
        }
        Policy::Source(source) => {
            let made = host
                .registry
                .source_policy(host, kind, &draft_label(source), source)
                .await
                .map_err(ExtensionError::Unavailable)?;
            Some(Arc::new(made))
        }
    };
    Ok(Chosen {
        chain: evaluator.into_iter().collect(),
        mode: DecisionMode::Live,
        pin: None,
        missing: None,
    })
}

/// Unsaved sources differ by their content, so that the instances of one are not taken for the other.
fn draft_label(source: &str) -> String {
    use sha2::{Digest, Sha256};
    let digest = Sha256::digest(source.as_bytes());
    let hex = digest.iter().take(6).fold(String::new(), |mut hex, byte| {
        use std::fmt::Write;
        let _ = write!(hex, "{byte:02x}");
        hex
    });
    format!("draft:{hex}")
}

/// The chain in force, without shadow and canary.
async fn in_force(host: &Arc<Shared>, kind: PolicyKind) -> Chosen {
    let desk = host.engine().map(plugboard_engine::Engine::desk);
    let live = desk
        .and_then(|desk| desk.policies().map(|it| it.slot(kind).live.clone()))
        .unwrap_or_default();
    let mut chain = Vec::new();
    for name in &live {
        chain.extend(host.registry.policy(host, kind, name).await);
    }
    Chosen {
        chain,
        mode: DecisionMode::Live,
        pin: None,
        missing: None,
    }
}

fn routing_input(
    desk: &Desk,
    conversation: &Conversation,
    facts: WorkFacts,
    now: Timestamp,
) -> RoutingInput {
    let inbox = desk.inbox(conversation.inbox_id);
    let team = inbox.and_then(|it| it.team_id);
    let mut waiting = conversation.clone();
    waiting.status = Status::Open;
    waiting.assignment = Assignment::Unassigned {
        team,
        since: conversation.created_at,
        passed: std::collections::BTreeSet::new(),
        overflowed: std::collections::BTreeSet::new(),
    };
    let queue = team.and_then(|id| desk.team(id));
    RoutingInput {
        work: Work::of(&waiting, desk),
        facts: Some(facts),
        candidates: desk
            .agents()
            .filter(|it| !it.disabled && queue.is_none_or(|team| team.members.contains(&it.id)))
            .map(|agent| Candidate {
                availability: Availability::Online,
                ..Candidate::of(agent, &waiting)
            })
            .collect(),
        queue: queue.map(Queue::of),
        teams: desk.teams().map(|it| team_view(desk, it)).collect(),
        now,
    }
}

fn team_view(desk: &Desk, team: &Team) -> TeamView {
    let members = team.members.iter().filter_map(|it| desk.agent(*it));
    let (online, free) = members
        .filter(|it| !it.disabled)
        .fold((0, 0), |(online, free), it| {
            (online + 1, free + it.capacity)
        });
    TeamView {
        team: team.id,
        name: team.name.clone(),
        online,
        free,
    }
}

fn escalation_input(
    desk: &Desk,
    conversation: &Conversation,
    facts: WorkFacts,
    now: Timestamp,
) -> EscalationInput {
    let managers = conversation.assignment.agent().map(|owner| {
        let mut managers = Vec::new();
        let mut at = desk.agent(owner).and_then(|it| it.reports_to);
        while let Some(manager) = at.filter(|it| !managers.contains(it)) {
            managers.push(manager);
            at = desk.agent(manager).and_then(|it| it.reports_to);
        }
        managers
    });
    EscalationInput {
        work: Work::of(conversation, desk),
        facts,
        trigger: Trigger::Message,
        detail: None,
        history: Vec::new(),
        level: 0,
        managers: managers.unwrap_or_default(),
        now,
    }
}

/// Steps in words.
fn steps(answer: &EscalationAnswer) -> String {
    let json = answer.to_json();
    let actions = json["actions"].as_array().cloned().unwrap_or_default();
    let names: Vec<String> = actions
        .iter()
        .filter_map(|it| it.as_object()?.keys().next().cloned())
        .collect();
    let mut words = if names.is_empty() {
        "nothing".to_owned()
    } else {
        names.join(", ")
    };
    if let Some(after) = answer.ask_again {
        use std::fmt::Write;
        let _ = write!(words, "; looks again in {} s", after.as_secs());
    }
    words
}

fn fallback(failed: Option<String>, reason: String) -> String {
    match failed {
        Some(failed) => format!("failed ({failed}); the built-in policy: {reason}"),
        None => reason,
    }
}
