//! How a policy on trial does beside the one in force: counted as decisions are asked for, and kept every few seconds, so that
//! a restart loses little; every single answer is stored with its trace.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use plugboard_domain::{
    decision::RoutingTarget,
    desk::{Desk, PolicyKind},
    ids::ConversationId,
};
use plugboard_engine::{Engine, ShadowAnswer};
use plugboard_protocol::extensions::{Difference, Shadowed};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio_util::sync::CancellationToken;
use tracing::warn;

use crate::{host::Shared, keep::Part};

/// How often counts are kept.
const KEEP_EVERY: Duration = Duration::from_secs(5);

/// Both kinds, by the names of their rows.
const KINDS: [(&str, PolicyKind); 2] = [
    ("routing", PolicyKind::Routing),
    ("escalation", PolicyKind::Escalation),
];

/// Differences that are shown.
const DIFFERING_MAX: usize = 50;

/// What shadows answered so far.
#[derive(Default)]
pub(crate) struct Shadows {
    /// Leaf data, never held over an await.
    counted: Mutex<[Counted; 2]>,
}

#[derive(Clone, Default, Serialize, Deserialize)]
struct Counted {
    /// The shadow that was counted: another one begins anew.
    version: String,
    so_far: Shadowed,
    /// Whether it has changed since it was kept.
    #[serde(skip)]
    changed: bool,
}

fn part() -> Part {
    Part::of_desk("shadows")
}

/// Reads what was counted before the start, then keeps what is counted, until the host stops.
pub(crate) async fn keep(host: Arc<Shared>, stop: CancellationToken) {
    let Some(engine) = host.engine().cloned() else {
        return;
    };
    if let Err(error) = host.shadows.load(&engine).await {
        warn!(%error, "plugins: what shadows answered before the start was not read");
    }
    loop {
        tokio::select! {
            () = stop.cancelled() => break,
            () = tokio::time::sleep(KEEP_EVERY) => {}
        }
        host.shadows.save(&engine).await;
    }
    host.shadows.save(&engine).await;
}

fn place(kind: PolicyKind) -> usize {
    match kind {
        PolicyKind::Routing => 0,
        PolicyKind::Escalation => 1,
    }
}

impl Shadows {
    async fn load(&self, engine: &Engine) -> Result<(), plugboard_store::StoreError> {
        for (name, kind) in KINDS {
            let Some(kept) = part().get::<Counted>(engine, name).await? else {
                continue;
            };
            let mut all = self.counted.lock().unwrap_or_else(PoisonError::into_inner);
            let counted = &mut all[place(kind)];
            // Decisions may have been asked for meanwhile.
            if counted.version.is_empty() {
                *counted = kept;
            } else if counted.version == kept.version {
                counted.add(kept.so_far);
            }
        }
        Ok(())
    }

    async fn save(&self, engine: &Engine) {
        for (name, kind) in KINDS {
            let counted = {
                let mut all = self.counted.lock().unwrap_or_else(PoisonError::into_inner);
                let counted = &mut all[place(kind)];
                if !std::mem::take(&mut counted.changed) {
                    continue;
                }
                counted.clone()
            };
            part().try_put(engine, name, &counted).await;
        }
    }

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
        counted.changed = true;
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

impl Counted {
    /// What was counted before.
    fn add(&mut self, before: Shadowed) {
        self.changed = true;
        let so_far = &mut self.so_far;
        so_far.decisions += before.decisions;
        so_far.agreed += before.agreed;
        so_far.failed += before.failed;
        so_far.differing.extend(before.differing);
        so_far.differing.truncate(DIFFERING_MAX);
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
