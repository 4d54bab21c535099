//! How a policy on trial does beside the one in force: counted while the process runs, since decisions are asked for one at a
//! time; every single one is stored with its trace.

use std::sync::{Mutex, PoisonError};

use plugboard_domain::{
    decision::RoutingTarget,
    desk::{Desk, PolicyKind},
    ids::ConversationId,
};
use plugboard_engine::ShadowAnswer;
use plugboard_protocol::extensions::{Difference, Shadowed};
use serde_json::Value;

/// Differences that are shown.
const DIFFERING_MAX: usize = 50;

/// What shadows answered so far.
#[derive(Default)]
pub(crate) struct Shadows {
    /// Leaf data, never held over an await.
    counted: Mutex<[Counted; 2]>,
}

#[derive(Default)]
struct Counted {
    /// The shadow that was counted: another one begins anew.
    version: String,
    so_far: Shadowed,
}

fn place(kind: PolicyKind) -> usize {
    match kind {
        PolicyKind::Routing => 0,
        PolicyKind::Escalation => 1,
    }
}

impl Shadows {
    /// A shadow answered beside the policy in force.
    pub(crate) fn note(
        &self,
        desk: &Desk,
        kind: PolicyKind,
        conversation: ConversationId,
        was: &Value,
        shadow: &ShadowAnswer,
    ) {
        let mut all = self.counted.lock().unwrap_or_else(PoisonError::into_inner);
        let counted = &mut all[place(kind)];
        if counted.version != shadow.version {
            *counted = Counted {
                version: shadow.version.clone(),
                ..Counted::default()
            };
        }
        let so_far = &mut counted.so_far;
        so_far.decisions += 1;
        if shadow.answer.get("failed").is_some() {
            so_far.failed += 1;
        } else if shadow.answer == *was {
            so_far.agreed += 1;
            return;
        }
        so_far.differing.truncate(DIFFERING_MAX - 1);
        so_far.differing.insert(
            0,
            Difference {
                conversation_id: conversation.to_string(),
                was: words(desk, was),
                would_be: words(desk, &shadow.answer),
                why: shadow.reason.clone(),
                changed: true,
                waited_secs: None,
                would_wait_secs: None,
            },
        );
    }

    /// So far.
    pub(crate) fn so_far(&self, kind: PolicyKind) -> Shadowed {
        let all = self.counted.lock().unwrap_or_else(PoisonError::into_inner);
        all[place(kind)].so_far.clone()
    }
}

/// An answer as traces keep it, in words.
fn words(desk: &Desk, answer: &Value) -> String {
    let id = |key: &str| answer.get(key).and_then(Value::as_str);
    if let Some(agent) = id("assign").and_then(|it| it.parse().ok()) {
        return target(desk, RoutingTarget::Agent(agent));
    }
    if let Some(team) = id("team").and_then(|it| it.parse().ok()) {
        return target(desk, RoutingTarget::Team(team));
    }
    if answer.get("wait").is_some() {
        return target(desk, RoutingTarget::Wait);
    }
    match answer.get("actions").and_then(Value::as_array) {
        Some(actions) if actions.is_empty() => "nothing".to_owned(),
        Some(actions) => {
            let names = actions
                .iter()
                .filter_map(|it| it.as_object()?.keys().next());
            names.cloned().collect::<Vec<_>>().join(", ")
        }
        None => id("failed").map_or_else(String::new, |why| format!("failed: {why}")),
    }
}

/// A place in words.
pub(crate) fn target(desk: &Desk, target: RoutingTarget) -> String {
    match target {
        RoutingTarget::Agent(id) => desk
            .agent(id)
            .map_or_else(|| id.to_string(), |it| it.name.clone()),
        RoutingTarget::Team(id) => desk
            .team(id)
            .map_or_else(|| id.to_string(), |it| it.name.clone()),
        RoutingTarget::Wait => "waits".to_owned(),
    }
}
