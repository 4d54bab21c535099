//! Routing: who gets a conversation that waits.

use std::{collections::BTreeSet, sync::Arc};

use plugboard_domain::{
    Timestamp,
    conversation::{Conversation, LABEL_CHARS_MAX, Priority},
    decision::{DecisionMode, HOPS_MAX, RoutingOutcome, RoutingTarget},
    desk::{Agent, AssignmentMethod, Availability, Team},
    ids::{AgentId, TeamId},
    text,
};
use serde_json::{Value, json};

use super::{BUILTIN, PolicyError, ShadowAnswer, Work, WorkFacts};

/// Most labels that one answer may put on.
const TAGS_MAX: usize = 10;

/// Chooses agents. The answer must depend on the input alone, so that it can be replayed.
#[async_trait::async_trait]
pub trait RoutingPolicy: Send + Sync {
    /// Returns when it can be asked. A policy that has to be loaded first keeps its worker waiting, since the built-in one
    /// would decide meanwhile what is not its to decide.
    async fn ready(&self) {}

    /// True for policies that look deeper than the built-in one. They are given [`RoutingInput::facts`], and are asked
    /// when something about a waiting conversation changed, even if nobody is free or it is in no team; and again when
    /// capacity became free. Asked before each decision, so the answer may change while the engine runs; call
    /// [`crate::Engine::policies_changed`] then.
    fn wants_facts(&self) -> bool {
        false
    }

    /// Decides.
    async fn route(&self, input: &RoutingInput) -> Result<RoutingVerdict, PolicyError>;

    /// True when a shadow is asked the same questions.
    fn has_shadow(&self) -> bool {
        false
    }

    /// What the shadow answers, where `was` is what the one in force did: kept to compare, never acted on, and nobody waits
    /// for it.
    async fn shadow(&self, _input: &RoutingInput, _was: &RoutingAnswer) -> Option<ShadowAnswer> {
        None
    }
}

/// What a policy is asked.
#[derive(Clone, Debug, PartialEq)]
pub struct RoutingInput {
    /// The conversation.
    pub work: Work,
    /// What else is known of it, for policies that want it.
    pub facts: Option<WorkFacts>,
    /// The queue that it waits in.
    pub queue: Option<Queue>,
    /// Members of the team whose queue it is in; everybody when it is in none.
    pub candidates: Vec<Candidate>,
    /// Every team.
    pub teams: Arc<[TeamView]>,
    /// The time.
    pub now: Timestamp,
}

/// A team's queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Queue {
    /// Whose.
    pub team: TeamId,
    /// Its name, for reasons.
    pub name: String,
    /// How the team wants agents picked.
    pub method: AssignmentMethod,
}

/// A team at this moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TeamView {
    /// Which one.
    pub team: TeamId,
    /// Its name.
    pub name: String,
    /// Members who are online.
    pub online: u32,
    /// How many conversations they can take.
    pub free: u32,
}

/// An agent who might get it.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate {
    /// Who.
    pub agent: AgentId,
    /// Name, for reasons.
    pub name: String,
    /// What they can do.
    pub skills: BTreeSet<String>,
    /// Whether they are there.
    pub availability: Availability,
    /// Whether they work on conversations of this shop and team.
    pub in_scope: bool,
    /// How many open conversations they take.
    pub capacity: u32,
    /// How many they have.
    pub load: u32,
    /// When routing last gave them one.
    pub last_routed_at: Option<Timestamp>,
    /// Whether they let an offer of this one lapse.
    pub passed: bool,
}

impl Queue {
    /// The queue of a team.
    pub fn of(team: &Team) -> Self {
        Self {
            team: team.id,
            name: team.name.clone(),
            method: team.assignment,
        }
    }
}

impl Candidate {
    /// An agent as configured, with nothing to do and never routed to. Who is disabled is not there.
    pub fn of(agent: &Agent, conversation: &Conversation) -> Self {
        Self {
            agent: agent.id,
            name: agent.name.clone(),
            skills: agent.skills.clone(),
            availability: if agent.disabled {
                Availability::Offline
            } else {
                agent.availability
            },
            in_scope: agent.scope.covers(conversation),
            capacity: agent.capacity,
            load: 0,
            last_routed_at: None,
            passed: false,
        }
    }

    /// True when they are there and can take one more.
    pub fn is_free(&self) -> bool {
        self.availability == Availability::Online && self.load < self.capacity
    }
}

/// What a policy answers.
#[derive(Clone, Debug, PartialEq)]
pub struct RoutingAnswer {
    /// Where it goes.
    pub target: RoutingTarget,
    /// Its urgency from now on, when that is to change.
    pub priority: Option<Priority>,
    /// Labels to put on, at most 10.
    pub add_tags: BTreeSet<String>,
    /// Why, for people.
    pub reason: String,
}

/// An answer, and who gave it on what terms.
#[derive(Clone, Debug, PartialEq)]
pub struct RoutingVerdict {
    /// The answer.
    pub answer: RoutingAnswer,
    /// Which version of which implementation gave it.
    pub version: String,
    /// On what terms.
    pub mode: DecisionMode,
    /// When the built-in policy decided in place of another: that one's label and what went wrong.
    pub fallback: Option<String>,
    /// The version that decides about this conversation until it is resolved.
    pub pin: Option<String>,
    /// What exactly was asked, in the words of who asks it again: kept with the inputs. Null for the built-in policy alone.
    pub asked: Value,
}

impl RoutingAnswer {
    /// A place, and why.
    pub fn new(target: RoutingTarget, reason: impl Into<String>) -> Self {
        Self {
            target,
            priority: None,
            add_tags: BTreeSet::new(),
            reason: reason.into(),
        }
    }

    /// The agent, when it chooses one.
    pub fn agent(&self) -> Option<AgentId> {
        match self.target {
            RoutingTarget::Agent(agent) => Some(agent),
            RoutingTarget::Team(_) | RoutingTarget::Wait => None,
        }
    }

    /// The answer as the trace keeps it.
    pub fn to_json(&self) -> Value {
        let mut answer = match self.target {
            RoutingTarget::Agent(agent) => json!({ "assign": agent }),
            RoutingTarget::Team(team) => json!({ "team": team }),
            RoutingTarget::Wait => json!({ "wait": true }),
        };
        if let Some(priority) = self.priority {
            answer["priority"] = json!(priority);
        }
        if !self.add_tags.is_empty() {
            answer["add_tags"] = json!(self.add_tags);
        }
        answer
    }

    /// In one word, what is wrong with it, if anything is: an answer that cannot be carried out is no answer.
    pub(crate) fn fault(&self, input: &RoutingInput) -> Option<&'static str> {
        let one_line = |tag: &String| text::line("tag", tag, LABEL_CHARS_MAX).is_ok();
        if self.add_tags.len() > TAGS_MAX || !self.add_tags.iter().all(one_line) {
            return Some("bad_tags");
        }
        match self.target {
            RoutingTarget::Wait => None,
            RoutingTarget::Team(team) => {
                let known = input.teams.iter().any(|it| it.team == team);
                (!known).then_some("unknown_team")
            }
            RoutingTarget::Agent(agent) => {
                let Some(chosen) = input.candidates.iter().find(|it| it.agent == agent) else {
                    return Some("unknown_agent");
                };
                if chosen.availability != Availability::Online {
                    return Some("absent_agent");
                }
                (!chosen.in_scope).then_some("agent_out_of_scope")
            }
        }
    }
}

impl RoutingVerdict {
    /// An ordinary answer of a policy in force.
    pub fn live(version: impl Into<String>, answer: RoutingAnswer) -> Self {
        Self {
            answer,
            version: version.into(),
            mode: DecisionMode::Live,
            fallback: None,
            pin: None,
            asked: Value::Null,
        }
    }

    /// The built-in answer in place of one that failed.
    pub fn fallback(input: &RoutingInput, failed: impl Into<String>) -> Self {
        Self {
            mode: DecisionMode::Fallback,
            fallback: Some(failed.into()),
            ..Self::live(BUILTIN, super::choose(input))
        }
    }

    /// The built-in answer when policies have moved a conversation in circles: they are not asked any more.
    pub fn too_many_moves(input: &RoutingInput) -> Option<Self> {
        let facts = input.facts.as_ref().filter(|it| it.hops >= HOPS_MAX)?;
        let pinned = facts.pins.routing.clone().unwrap_or_default();
        Some(Self::fallback(input, format!("{pinned}:too_many_moves")))
    }

    /// The verdict, or the built-in one when its answer cannot be carried out.
    #[must_use]
    pub fn checked(self, input: &RoutingInput) -> Self {
        match self.answer.fault(input) {
            None => self,
            Some(fault) => {
                let failed = PolicyError::new(self.version, fault).label();
                Self {
                    asked: self.asked,
                    ..Self::fallback(input, failed)
                }
            }
        }
    }

    /// What is to be carried out.
    pub(crate) fn outcome(&self) -> RoutingOutcome {
        RoutingOutcome {
            target: self.answer.target,
            priority: self.answer.priority,
            add_tags: self.answer.add_tags.clone(),
            pin: self.pin.clone(),
        }
    }
}

impl RoutingInput {
    /// The input as the trace keeps it: ids, labels and numbers; what is personal by reference and hash.
    pub fn to_json(&self) -> Value {
        let candidates: Vec<Value> = self
            .candidates
            .iter()
            .map(|it| {
                json!({
                    "agent": it.agent, "name": it.name, "skills": it.skills, "availability": it.availability, "in_scope": it.in_scope,
                    "capacity": it.capacity, "load": it.load, "last_routed_at": it.last_routed_at, "passed": it.passed,
                })
            })
            .collect();
        let mut input = self.work.to_json();
        input["queue"] = json!(self.queue.as_ref().map(|it| &it.name));
        input["method"] = json!(self.queue.as_ref().map(|it| it.method));
        input["candidates"] = Value::Array(candidates);
        input["now"] = json!(self.now);
        if let Some(facts) = &self.facts {
            let team = |it: &TeamView| json!({ "team": it.team, "name": it.name, "online": it.online, "free": it.free });
            input["teams"] = self.teams.iter().map(team).collect();
            input["facts"] = facts.to_json();
        }
        input
    }
}
