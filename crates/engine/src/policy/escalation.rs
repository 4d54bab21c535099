//! Escalation: what happens when a conversation goes wrong.

use std::time::Duration;

use plugboard_domain::{
    Timestamp,
    decision::DecisionMode,
    escalation::{Audience, EscalationAction, EscalationStep, Trigger},
    ids::AgentId,
};
use serde_json::{Value, json};

use super::{BUILTIN, PolicyError, ShadowAnswer, Work, WorkFacts};

/// Says what to do when something happened. The answer must depend on the input alone.
#[async_trait::async_trait]
pub trait EscalationPolicy: Send + Sync {
    /// Returns when it can be asked. A policy that has to be loaded first keeps its worker waiting, since the built-in one
    /// would decide meanwhile what is not its to decide.
    async fn ready(&self) {}

    /// True when it wants to hear of such happenings. Asked for each, so the answer may change while the engine runs.
    fn listens_to(&self, trigger: Trigger) -> bool;

    /// Decides.
    async fn escalate(&self, input: &EscalationInput) -> Result<EscalationVerdict, PolicyError>;
}

/// The built-in policy: nothing happens.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoEscalation;

#[async_trait::async_trait]
impl EscalationPolicy for NoEscalation {
    fn listens_to(&self, _: Trigger) -> bool {
        false
    }

    async fn escalate(&self, _: &EscalationInput) -> Result<EscalationVerdict, PolicyError> {
        Ok(EscalationVerdict::live(
            BUILTIN,
            EscalationAnswer::default(),
        ))
    }
}

/// What a policy is asked.
#[derive(Clone, Debug, PartialEq)]
pub struct EscalationInput {
    /// The conversation.
    pub work: Work,
    /// What else is known of it.
    pub facts: WorkFacts,
    /// What happened.
    pub trigger: Trigger,
    /// The target that was missed, the tags that were put on (parted by commas), the agent who has it now.
    pub detail: Option<String>,
    /// Steps so far, newest last, at most 20.
    pub history: Vec<EscalationStep>,
    /// The level so far.
    pub level: u8,
    /// Whom the owner reports to, nearest first.
    pub managers: Vec<AgentId>,
    /// The time.
    pub now: Timestamp,
}

/// What a policy answers.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct EscalationAnswer {
    /// What to do, at most 10.
    pub actions: Vec<EscalationAction>,
    /// The level from now on.
    pub level: u8,
    /// Asks again after this time, in place of what was asked for before; only when something happens, if unset.
    pub ask_again: Option<Duration>,
    /// Why, for people.
    pub reason: String,
}

/// An answer, and who gave it on what terms.
#[derive(Clone, Debug, PartialEq)]
pub struct EscalationVerdict {
    /// The answer.
    pub answer: EscalationAnswer,
    /// Which version of which implementation gave it.
    pub version: String,
    /// On what terms.
    pub mode: DecisionMode,
    /// When nothing was decided because a policy failed: that one's label and what went wrong.
    pub fallback: Option<String>,
    /// The version that decides about this conversation until it is resolved.
    pub pin: Option<String>,
    /// What policies that run beside it answered.
    pub shadows: Vec<ShadowAnswer>,
    /// What exactly was asked, in the words of who asks it again: kept with the inputs. Null for the built-in policy alone.
    pub asked: Value,
}

impl EscalationVerdict {
    /// An ordinary answer of a policy in force.
    pub fn live(version: impl Into<String>, answer: EscalationAnswer) -> Self {
        Self {
            answer,
            version: version.into(),
            mode: DecisionMode::Live,
            fallback: None,
            pin: None,
            shadows: Vec::new(),
            asked: Value::Null,
        }
    }

    /// The built-in answer in place of one that failed: everything stays as it is.
    pub fn fallback(input: &EscalationInput, failed: impl Into<String>) -> Self {
        let answer = EscalationAnswer {
            level: input.level,
            reason: "a policy failed, and the built-in one does nothing".into(),
            ..EscalationAnswer::default()
        };
        Self {
            mode: DecisionMode::Fallback,
            fallback: Some(failed.into()),
            ..Self::live(BUILTIN, answer)
        }
    }
}

impl EscalationAnswer {
    /// The answer as the trace keeps it. Actions keep their order: who carries a page finds its own by it.
    pub fn to_json(&self) -> Value {
        let actions: Vec<Value> = self.actions.iter().map(action).collect();
        json!({
            "actions": actions, "level": self.level,
            "ask_again_ms": self.ask_again.map(|it| u64::try_from(it.as_millis()).unwrap_or(u64::MAX)),
        })
    }
}

fn action(action: &EscalationAction) -> Value {
    match action {
        EscalationAction::Notify(to, text) => {
            json!({ "notify": { "audience": audience(*to), "text": text } })
        }
        EscalationAction::RaisePriority(to) => json!({ "raise_priority": to }),
        EscalationAction::AssignAgent(agent) => json!({ "assign_agent": agent }),
        EscalationAction::AssignTeam(team) => json!({ "assign_team": team }),
        EscalationAction::AddTags(tags) => json!({ "add_tags": tags }),
        EscalationAction::Page { webhook, payload } => {
            json!({ "page": { "webhook": webhook, "payload": payload } })
        }
        EscalationAction::OpenCase { kind, summary } => {
            json!({ "open_case": { "kind": kind, "summary": summary } })
        }
    }
}

fn audience(audience: Audience) -> Value {
    match audience {
        Audience::Owner => json!("owner"),
        Audience::Manager(nth) => json!({ "manager": nth }),
        Audience::Agent(agent) => json!({ "agent": agent }),
        Audience::Team(team) => json!({ "team": team }),
        Audience::Role(role) => json!({ "role": role }),
    }
}

impl EscalationInput {
    /// The input as the trace keeps it: ids, labels and numbers; what is personal by reference and hash.
    pub fn to_json(&self) -> Value {
        let mut input = self.work.to_json();
        input["facts"] = self.facts.to_json();
        input["trigger"] = json!(self.trigger);
        input["detail"] = json!(self.detail);
        input["history"] = json!(self.history);
        input["level"] = json!(self.level);
        input["managers"] = json!(self.managers);
        input["now"] = json!(self.now);
        input
    }
}
