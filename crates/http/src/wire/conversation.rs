//! Conversations, their clocks, and decisions about them.

use plugboard_domain::{
    Timestamp,
    actor::Actor,
    command::DecisionTrace,
    conversation as domain,
    sla::{self, ClockState},
};
use plugboard_protocol::{
    conversations::{
        Assignment, AssignmentState, Case, Conversation, ConversationStatus, Decision, Preview,
        SlaClock, SlaClockState, Waiting, WaitingOn,
    },
    time,
};
use plugboard_store::ConversationView;

use super::{Viewer, contact, decision_mode, message_kind, priority, scheduled, sla_target, stage};

/// A conversation as the viewer sees it.
pub fn conversation(view: &ConversationView, viewer: Viewer) -> Conversation {
    let it = &view.conversation;
    let status = StatusParts::of(&it.status);
    let news_seq = news_seq(it, viewer);
    Conversation {
        id: it.id.to_string(),
        inbox_id: it.inbox_id.to_string(),
        channel: it.channel.to_string(),
        shop_id: it.shop_id.map(|id| id.to_string()),
        contact: contact(&view.contact, viewer),
        status: status.status,
        snoozed_until: status.snoozed_until.map(time),
        resolved_at: status.resolved_at.map(time),
        disposition: status.disposition,
        merged_into: status.merged_into,
        absorbed: it.absorbed.iter().map(ToString::to_string).collect(),
        stage: it.stage.map(stage),
        priority: priority(it.priority),
        tags: it.tags.iter().cloned().collect(),
        assignment: assignment(&it.assignment),
        waiting: waiting(it.waiting),
        needs_reply: it.needs_reply(),
        sla_clocks: sla_clocks(it.sla.as_ref()),
        escalation_level: it.escalation.level,
        cases: it.cases.iter().map(case).collect(),
        scheduled: it.scheduled.iter().map(scheduled).collect(),
        last_message: view.last_message.as_ref().map(preview),
        subject: view.subject.clone(),
        message_count: it.message_count,
        emptied: matches!(it.status, domain::Status::Resolved { .. }) && it.is_emptied(),
        read_seq: view.read_seq,
        news_seq,
        unread: news_seq > view.read_seq,
        created_at: time(it.created_at),
        last_activity_at: time(it.last_activity_at),
        seq: it.seq,
    }
}

/// A case, without what it is about.
pub fn case(it: &domain::Case) -> Case {
    Case {
        id: it.id.to_string(),
        kind: it.kind.clone(),
        opened_at: time(it.opened_at),
        opened_by: it.by.agent_id().map(|id| id.to_string()),
        closed_at: it.closed_at.map(time),
    }
}

/// What others wrote last; to a token, which has read nothing and written nothing, everybody is another.
fn news_seq(conversation: &domain::Conversation, viewer: Viewer) -> u64 {
    conversation
        .last_written
        .as_ref()
        .map_or(0, |last| match viewer.agent {
            Some(id) => last.newest_not_by(&Actor::Agent { id }),
            None => last.seq,
        })
}

/// The parts of a status, as the wire spreads them.
pub(super) struct StatusParts {
    pub(super) status: ConversationStatus,
    pub(super) snoozed_until: Option<Timestamp>,
    pub(super) resolved_at: Option<Timestamp>,
    pub(super) disposition: Option<String>,
    pub(super) merged_into: Option<String>,
}

impl StatusParts {
    pub(super) fn of(status: &domain::Status) -> Self {
        let mut parts = Self {
            status: ConversationStatus::Open,
            snoozed_until: None,
            resolved_at: None,
            disposition: None,
            merged_into: None,
        };
        match status {
            domain::Status::Open => {}
            domain::Status::Snoozed { until } => {
                parts.status = ConversationStatus::Snoozed;
                parts.snoozed_until = Some(*until);
            }
            domain::Status::Resolved {
                at, disposition, ..
            } => {
                parts.status = ConversationStatus::Resolved;
                parts.resolved_at = Some(*at);
                parts.disposition.clone_from(disposition);
            }
            domain::Status::Merged { into, .. } => {
                parts.status = ConversationStatus::Merged;
                parts.merged_into = Some(into.to_string());
            }
        }
        parts
    }
}

fn preview(it: &plugboard_store::Preview) -> Preview {
    Preview {
        id: it.id.to_string(),
        kind: message_kind(it.kind),
        text: it.text.clone(),
        taken_back: it.taken_back,
        at: time(it.at),
    }
}

pub(super) fn assignment(it: &domain::Assignment) -> Assignment {
    let (state, offer_until) = match it {
        domain::Assignment::Unassigned { .. } => (AssignmentState::Unassigned, None),
        domain::Assignment::Offered { until, .. } => (AssignmentState::Offered, Some(time(*until))),
        domain::Assignment::Assigned { .. } => (AssignmentState::Assigned, None),
    };
    Assignment {
        state,
        agent_id: it.agent().map(|id| id.to_string()),
        team_id: it.team().map(|id| id.to_string()),
        since: time(it.since()),
        offer_until,
    }
}

/// Who waits for whom.
pub fn waiting(it: domain::Waiting) -> Waiting {
    let (on, since) = match it {
        domain::Waiting::Nobody => (WaitingOn::Nobody, None),
        domain::Waiting::Agent { since } => (WaitingOn::Agent, Some(since)),
        domain::Waiting::Contact { since } => (WaitingOn::Contact, Some(since)),
    };
    Waiting {
        on,
        since: since.map(time),
    }
}

pub(super) fn sla_clocks(sla: Option<&domain::Sla>) -> Vec<SlaClock> {
    sla.map_or(&[][..], |sla| &sla.clocks)
        .iter()
        .map(sla_clock)
        .collect()
}

/// One response target.
pub fn sla_clock(clock: &sla::SlaClock) -> SlaClock {
    let mut wire = SlaClock {
        target: sla_target(clock.target),
        state: SlaClockState::Running,
        limit_secs: clock.limit_secs,
        due_at: None,
        warn_at: None,
        used_secs: None,
        ended_at: None,
    };
    match &clock.state {
        ClockState::Running {
            warn_at, due_at, ..
        } => {
            wire.due_at = Some(time(*due_at));
            wire.warn_at = warn_at.map(time);
        }
        ClockState::Paused { used_secs } => {
            wire.state = SlaClockState::Paused;
            wire.used_secs = Some(*used_secs);
        }
        ClockState::Met { at } => {
            wire.state = SlaClockState::Met;
            wire.ended_at = Some(time(*at));
        }
        ClockState::Breached { due_at, ended_at } => {
            wire.state = SlaClockState::Breached;
            wire.due_at = Some(time(*due_at));
            wire.ended_at = ended_at.map(time);
        }
    }
    wire
}

/// A stored decision.
pub fn decision(trace: &DecisionTrace, at: Timestamp) -> Decision {
    Decision {
        id: trace.id.to_string(),
        policy: trace.policy.clone(),
        version: trace.version.clone(),
        mode: decision_mode(trace.mode),
        fallback: trace.fallback.clone(),
        inputs: trace.inputs.clone(),
        answer: trace.answer.clone(),
        reason: trace.reason.clone(),
        duration_us: trace.duration_us,
        at: time(at),
    }
}
