//! An escalation policy answered: its actions, as one step.

use std::{collections::BTreeSet, time::Duration};

use uuid::Uuid;

use super::{Context, assign, cases, labels};
use crate::{
    access::Scope,
    conversation::{Conversation, Priority, Status},
    decision::DecisionTrace,
    desk::{Agent, Desk},
    escalation::{
        ACTIONS_MAX, ASK_AGAIN_SECS_MAX, Audience, Escalate, EscalationAction, EscalationStep,
    },
    event::Event,
    ids::{AgentId, CaseId, TeamId, WebhookId},
    rejection::Rejection,
};

/// What a step changes, and what has to be kept or done beside it.
#[derive(Clone, Debug, PartialEq)]
pub struct Escalated {
    /// What happens.
    pub events: Vec<Event>,
    /// Webhooks to call, each with the place of its action in the answer.
    pub pages: Vec<(WebhookId, u32)>,
    /// What cases that it opens are about.
    pub summaries: Vec<(CaseId, String)>,
}

/// The step that an answer makes. What cannot be done is left out and said so: an agent who left must not keep a manager
/// from being told.
pub fn escalate(
    state: &Conversation,
    asked: &Escalate,
    context: &Context<'_>,
) -> Result<Escalated, Rejection> {
    if asked.trigger_seq <= state.escalation.handled {
        return Err(Rejection::conflict("it was acted on already"));
    }
    if asked.expected_level != state.escalation.level {
        return Err(Rejection::conflict("it has another level by now"));
    }
    if !matches!(state.status, Status::Open | Status::Snoozed { .. }) {
        return Err(Rejection::conflict("it is over"));
    }
    if asked.actions.len() > ACTIONS_MAX {
        return Err(Rejection::invalid(format!("at most {ACTIONS_MAX} actions")));
    }
    // A time that has passed since the policy was asked is due at once: to refuse it would lose the step.
    let latest = context.now + Duration::from_secs(ASK_AGAIN_SECS_MAX);
    let ask_at = asked.ask_at.map(|at| at.min(latest));
    let pin = asked
        .pin
        .clone()
        .filter(|pin| state.pins.escalation.as_ref() != Some(pin));
    if asked.actions.is_empty() && asked.level == state.escalation.level {
        let planned = Event::EscalationPlanned {
            decision_id: asked.trace.id,
            trigger_seq: asked.trigger_seq,
            ask_at,
            pin,
        };
        return Ok(Escalated {
            events: vec![planned],
            pages: vec![],
            summaries: vec![],
        });
    }
    let mut step = Step::new(state, &asked.trace, context);
    for (nth, action) in (0..).zip(&asked.actions) {
        let done = step.take(nth, action);
        step.told.push(done.unwrap_or_else(skipped));
    }
    let mut events = vec![Event::ConversationEscalated {
        decision_id: asked.trace.id,
        trigger_seq: asked.trigger_seq,
        step: EscalationStep {
            level: asked.level,
            at: context.now,
            trigger: asked.trigger,
            actions: step.told,
        },
        ask_at,
        notify: step.notify,
        pin,
    }];
    events.extend(labels::put_on(state, &step.tags));
    if let Some(priority) = step.priority {
        events.extend(labels::set_priority(state, priority));
    }
    events.extend(step.assigned);
    events.extend(step.opened);
    Ok(Escalated {
        events,
        pages: step.pages,
        summaries: step.summaries,
    })
}

fn skipped(why: Rejection) -> String {
    format!("skipped: {why}")
}

/// A step as it comes together.
struct Step<'a> {
    state: &'a Conversation,
    trace: &'a DecisionTrace,
    context: &'a Context<'a>,
    told: Vec<String>,
    notify: BTreeSet<AgentId>,
    tags: BTreeSet<String>,
    priority: Option<Priority>,
    assigned: Option<Event>,
    opened: Vec<Event>,
    pages: Vec<(WebhookId, u32)>,
    summaries: Vec<(CaseId, String)>,
}

impl<'a> Step<'a> {
    fn new(state: &'a Conversation, trace: &'a DecisionTrace, context: &'a Context<'a>) -> Self {
        Self {
            state,
            trace,
            context,
            told: Vec::new(),
            notify: BTreeSet::new(),
            tags: BTreeSet::new(),
            priority: None,
            assigned: None,
            opened: Vec::new(),
            pages: Vec::new(),
            summaries: Vec::new(),
        }
    }

    /// Takes one action in, and says so.
    fn take(&mut self, nth: u32, action: &EscalationAction) -> Result<String, Rejection> {
        let desk = self.context.desk;
        match action {
            EscalationAction::Notify(audience, _) => {
                let told = members(desk, self.state, *audience);
                if told.is_empty() {
                    return Err(Rejection::conflict(format!(
                        "nobody is {}",
                        words(*audience)
                    )));
                }
                self.notify.extend(told);
                Ok(format!("notify {}", words(*audience)))
            }
            EscalationAction::RaisePriority(to) => {
                let now = self.priority.unwrap_or(self.state.priority);
                if *to > now {
                    self.priority = Some(*to);
                }
                Ok(format!("raise_priority {to:?}").to_lowercase())
            }
            EscalationAction::AssignAgent(agent) => {
                let team = self.state.assignment.team();
                self.assign(Some(*agent), team)?;
                Ok(format!("assign_agent {agent}"))
            }
            EscalationAction::AssignTeam(team) => {
                self.assign(None, Some(*team))?;
                Ok(format!("assign_team {team}"))
            }
            EscalationAction::AddTags(tags) => {
                let clean = labels::clean(tags)?;
                let told = clean.iter().map(String::as_str).collect::<Vec<_>>();
                let told = format!("add_tags {}", told.join(", "));
                self.tags.extend(clean);
                Ok(told)
            }
            EscalationAction::Page { webhook, .. } => {
                let found = desk.webhooks().find(|it| it.name == *webhook && it.enabled);
                let found = found.ok_or(Rejection::NotFound("webhook to page"))?;
                self.pages.push((found.id, nth));
                Ok(format!("page {}", found.name))
            }
            EscalationAction::OpenCase { kind, summary } => {
                let case_id = case_id(self.trace, nth);
                self.opened
                    .extend(cases::open(self.state, case_id, kind, summary)?);
                self.summaries.push((case_id, summary.clone()));
                Ok(format!("open_case {}", kind.trim()))
            }
        }
    }

    /// The last assignment of an answer counts.
    fn assign(&mut self, agent: Option<AgentId>, team: Option<TeamId>) -> Result<(), Rejection> {
        let events = assign::assign(self.state, agent, team, self.context)?;
        self.assigned = events.into_iter().next().map(|event| match event {
            Event::Assigned { assignment, .. } => Event::Assigned {
                assignment,
                cause: "escalated".into(),
                decision_id: Some(self.trace.id),
            },
            other => other,
        });
        Ok(())
    }
}

/// The same step opens the same case, however often it is tried.
fn case_id(trace: &DecisionTrace, nth: u32) -> CaseId {
    CaseId(Uuid::from_u128(
        trace.id.0.as_u128().wrapping_add(u128::from(nth) + 1),
    ))
}

/// Who an audience is, among those who can be told.
fn members(desk: &Desk, state: &Conversation, audience: Audience) -> BTreeSet<AgentId> {
    let owner = state.assignment.agent();
    let sees = |agent: &&Agent| agent.scope == Scope::default() || agent.scope.covers(state);
    let found: Vec<AgentId> = match audience {
        Audience::Owner => owner.into_iter().collect(),
        Audience::Manager(0) => vec![],
        Audience::Manager(nth) => {
            let line = owner.map(|it| desk.managers(it)).unwrap_or_default();
            line.get(usize::from(nth) - 1)
                .copied()
                .into_iter()
                .collect()
        }
        Audience::Agent(agent) => vec![agent],
        Audience::Team(team) => {
            let team = desk.team(team);
            team.iter().flat_map(|it| &it.members).copied().collect()
        }
        Audience::Role(role) => {
            let agents = desk.agents().filter(|it| it.role == role).filter(sees);
            agents.map(|it| it.id).collect()
        }
    };
    let there = |id: &AgentId| desk.agent(*id).is_some_and(|it| !it.disabled);
    found.into_iter().filter(there).collect()
}

fn words(audience: Audience) -> String {
    match audience {
        Audience::Owner => "owner".to_owned(),
        Audience::Manager(nth) => format!("manager({nth})"),
        Audience::Agent(id) => format!("agent {id}"),
        Audience::Team(id) => format!("team {id}"),
        Audience::Role(role) => match serde_json::to_value(role) {
            Ok(serde_json::Value::String(name)) => format!("role {name}"),
            _ => unreachable!("a unit variant encodes as its name"),
        },
    }
}
