//! Escalation on virtual time: each conversation's own events, and the times at which the policy asks to be asked again.

use std::collections::BTreeMap;

use plugboard_domain::{
    Timestamp,
    conversation::Waiting,
    decision::{DecisionMode, Pins},
    desk::Desk,
    escalation::{EscalationStep, STEPS_MAX, Trigger},
    ids::AgentId,
};
use plugboard_engine::{EscalationInput, Work, WorkFacts};
use plugboard_protocol::extensions::Difference;
use serde_json::Value;

use crate::{Incident, Past, PastConversation, Replayed, Run, totals};

/// Questions about one conversation: a policy that asks to be asked again each second ends here.
const QUESTIONS_MAX: usize = 500;

/// Plays the past with another policy.
pub async fn escalation(
    desk: &Desk,
    past: &Past,
    policy: &dyn Replayed,
    progress: impl Fn(u64, u64),
) -> Run {
    let of = past.conversations.len() as u64;
    let (mut items, mut failed, mut changed, mut missed) = (Vec::new(), 0, 0, 0);
    let (mut was, mut would_be) = (BTreeMap::new(), BTreeMap::new());
    for (nth, it) in past.conversations.iter().enumerate() {
        if nth % 200 == 0 {
            progress(nth as u64, of);
        }
        let told = Told::of(desk, it, policy).await;
        failed += u64::from(told.failed);
        missed += it.missed;
        count(&mut was, &it.escalated);
        count(&mut would_be, &told.actions);
        let differs = it.escalated != told.actions;
        changed += u64::from(differs);
        items.push(Difference {
            conversation_id: it.began.id.to_string(),
            was: words(&it.escalated),
            would_be: words(&told.actions),
            why: told.why,
            changed: differs,
            waited_secs: None,
            would_wait_secs: None,
        });
    }
    Run {
        totals: totals::escalation(of, changed, failed, was, would_be, missed),
        items,
    }
}

fn words(actions: &[String]) -> String {
    if actions.is_empty() {
        "nothing".to_owned()
    } else {
        actions.join(", ")
    }
}

fn count(counts: &mut BTreeMap<String, u64>, actions: &[String]) {
    for action in actions {
        let kind = action.split([' ', ':']).next().unwrap_or_default();
        *counts.entry(kind.to_owned()).or_default() += 1;
    }
}

/// What a policy would have done in one conversation.
struct Told {
    actions: Vec<String>,
    why: String,
    failed: bool,
}

impl Told {
    async fn of(desk: &Desk, it: &PastConversation, policy: &dyn Replayed) -> Self {
        let mut told = Self {
            actions: Vec::new(),
            why: String::new(),
            failed: false,
        };
        let mut state = State::new(it);
        let mut incidents = it.incidents.iter().peekable();
        let mut ask_at: Option<Timestamp> = None;
        for _ in 0..QUESTIONS_MAX {
            let due = match (incidents.peek(), ask_at) {
                (None, None) => break,
                (Some(next), Some(at)) => at < next.at,
                (next, _) => next.is_none(),
            };
            let due_incident;
            let incident = if due {
                let at = ask_at.take().unwrap_or(it.began.created_at);
                due_incident = Incident {
                    seq: 0,
                    at,
                    trigger: Trigger::Due,
                    detail: None,
                    text: None,
                    owner: None,
                };
                &due_incident
            } else if let Some(next) = incidents.next() {
                next
            } else {
                break;
            };
            state.take(incident);
            let verdict = policy.escalate(&state.input(desk, it, incident)).await;
            told.failed |= verdict.mode == DecisionMode::Fallback;
            let answer = verdict.answer;
            ask_at = answer.ask_again.map(|after| incident.at + after);
            let json = answer.to_json();
            let kinds: Vec<String> = json["actions"]
                .as_array()
                .map(|all| all.iter().filter_map(kind).collect())
                .unwrap_or_default();
            if !kinds.is_empty() {
                told.why = answer.reason;
                state.step(incident, answer.level, &kinds);
                told.actions.extend(kinds);
            }
            state.level = answer.level;
        }
        told
    }
}

fn kind(action: &Value) -> Option<String> {
    action.as_object()?.keys().next().cloned()
}

/// A conversation as it goes.
struct State {
    owner: Option<AgentId>,
    waiting_since: Option<Timestamp>,
    answered_at: Option<Timestamp>,
    text: Option<plugboard_engine::TextFact>,
    messages: u64,
    level: u8,
    history: Vec<EscalationStep>,
}

impl State {
    fn new(it: &PastConversation) -> Self {
        Self {
            owner: None,
            waiting_since: match it.began.waiting {
                Waiting::Agent { since } => Some(since),
                _ => None,
            },
            answered_at: None,
            text: it.text.clone(),
            messages: 0,
            level: 0,
            history: Vec::new(),
        }
    }

    fn take(&mut self, incident: &Incident) {
        match incident.trigger {
            Trigger::Message => {
                self.messages += 1;
                self.waiting_since.get_or_insert(incident.at);
                if incident.text.is_some() {
                    self.text.clone_from(&incident.text);
                }
            }
            Trigger::Replied => {
                self.messages += 1;
                self.waiting_since = None;
                self.answered_at = Some(incident.at);
            }
            _ => {}
        }
        if let Some(owner) = incident.owner {
            self.owner = owner;
        }
    }

    fn step(&mut self, incident: &Incident, level: u8, actions: &[String]) {
        if self.history.len() >= STEPS_MAX {
            self.history.remove(0);
        }
        self.history.push(EscalationStep {
            level,
            at: incident.at,
            trigger: incident.trigger,
            actions: actions.to_vec(),
        });
    }

    fn input(&self, desk: &Desk, it: &PastConversation, incident: &Incident) -> EscalationInput {
        let mut work = Work::of(&it.began, desk);
        work.assignee = self.owner;
        EscalationInput {
            work,
            facts: WorkFacts {
                text: self.text.clone(),
                contact: it.contact.clone(),
                previous_agent: None,
                answered_at: self.answered_at,
                opened_at: it.began.created_at,
                waiting_since: self.waiting_since,
                message_count: self.messages,
                hops: 0,
                pins: Pins::default(),
            },
            trigger: incident.trigger,
            detail: incident.detail.clone(),
            history: self.history.clone(),
            level: self.level,
            managers: managers(desk, self.owner),
            now: incident.at,
        }
    }
}

/// Whom somebody reports to, nearest first.
fn managers(desk: &Desk, owner: Option<AgentId>) -> Vec<AgentId> {
    let mut managers = Vec::new();
    let mut at = owner.and_then(|it| desk.agent(it)?.reports_to);
    while let Some(manager) = at.filter(|it| !managers.contains(it)) {
        managers.push(manager);
        at = desk.agent(manager).and_then(|it| it.reports_to);
    }
    managers
}
