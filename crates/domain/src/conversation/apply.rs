//! Folding events into the state of a conversation. No decisions here: events state outcomes.

use std::collections::BTreeSet;

use super::{Assignment, Case, Conversation, LastWritten, Status, Waiting, cases::remember};
use crate::{
    Seq, Timestamp,
    actor::Actor,
    call::CallChange,
    decision::Pins,
    escalation::{Escalation, STEPS_MAX},
    event::{Event, Recorded},
    ids::{CallId, ConversationId},
    message::{MessageFacts, MessageKind},
};

impl Conversation {
    /// The state after an event of this conversation. `None` until it is created; an event of something else
    /// changes nothing.
    pub fn apply(state: Option<Self>, id: ConversationId, recorded: &Recorded) -> Option<Self> {
        let Some(mut state) = state else {
            return Self::created(id, recorded);
        };
        if state.fold(recorded) {
            state.seq = recorded.seq;
        }
        Some(state)
    }

    fn created(id: ConversationId, recorded: &Recorded) -> Option<Self> {
        let Event::ConversationCreated {
            inbox_id,
            channel,
            shop_id,
            contact_id,
            identity_id,
            team_id,
            priority,
            stage,
        } = &recorded.event
        else {
            return None;
        };
        Some(Self {
            id,
            inbox_id: *inbox_id,
            channel: channel.clone(),
            shop_id: *shop_id,
            contact_id: *contact_id,
            identity_id: *identity_id,
            status: Status::Open,
            stage: *stage,
            priority: *priority,
            tags: BTreeSet::new(),
            assignment: Assignment::Unassigned {
                team: *team_id,
                since: recorded.at,
                passed: BTreeSet::new(),
                overflowed: BTreeSet::new(),
            },
            waiting: Waiting::Nobody,
            sla: None,
            scheduled: Vec::new(),
            absorbed: BTreeSet::new(),
            pins: Pins::default(),
            hops: 0,
            escalation: Escalation::default(),
            cases: Vec::new(),
            last_written: None,
            last_message_id: None,
            message_count: 0,
            mute_count: 0,
            first_response_at: None,
            created_at: recorded.at,
            last_activity_at: recorded.at,
            live_calls: BTreeSet::new(),
            seq: recorded.seq,
        })
    }

    /// True when the event changed this state.
    fn fold(&mut self, recorded: &Recorded) -> bool {
        match &recorded.event {
            Event::MessageCreated { message, waiting } => {
                self.fold_message(message, *waiting, recorded);
            }
            Event::MessageScheduled { scheduled } => self.scheduled.push(scheduled.clone()),
            Event::ScheduleCancelled { message_id, .. } => {
                self.scheduled.retain(|it| it.message_id != *message_id);
            }
            Event::StatusChanged {
                status, waiting, ..
            } => {
                self.status = status.clone();
                self.waiting = *waiting;
                self.last_activity_at = recorded.at;
                if let Status::Resolved { .. } = status {
                    self.begin_anew();
                }
            }
            Event::Assigned { assignment, .. } => {
                self.assignment = assignment.clone();
                if let Assignment::Assigned { .. } = assignment {
                    self.hops = 0;
                }
            }
            Event::Tagged { added, removed } => {
                self.tags.retain(|tag| !removed.contains(tag));
                self.tags.extend(added.iter().cloned());
            }
            Event::PriorityChanged { priority } => self.priority = *priority,
            Event::StageChanged { stage } => self.stage = *stage,
            Event::Absorbed { other, with } => {
                self.absorbed.insert(*other);
                self.absorbed.extend(with);
                self.last_activity_at = recorded.at;
            }
            Event::Released { other, with } => {
                self.absorbed.retain(|it| it != other && !with.contains(it));
            }
            Event::RoutingDecided { pin, hops, .. } => {
                if let Some(pin) = pin {
                    self.pins.routing = Some(pin.clone());
                }
                self.hops = hops.unwrap_or(self.hops);
            }
            Event::ConversationEscalated {
                trigger_seq,
                step,
                ask_at,
                pin,
                ..
            } => {
                self.escalation.level = step.level;
                self.escalation.steps.push(step.clone());
                let forgotten = self.escalation.steps.len().saturating_sub(STEPS_MAX);
                self.escalation.steps.drain(..forgotten);
                self.plan(*trigger_seq, *ask_at, pin.as_ref());
            }
            Event::EscalationPlanned {
                trigger_seq,
                ask_at,
                pin,
                ..
            } => self.plan(*trigger_seq, *ask_at, pin.as_ref()),
            Event::EscalationDue { .. } => self.escalation.ask_at = None,
            Event::CaseOpened { case_id, kind } => remember(
                &mut self.cases,
                Case {
                    id: *case_id,
                    kind: kind.clone(),
                    opened_at: recorded.at,
                    by: recorded.actor.clone(),
                    closed_at: None,
                },
            ),
            Event::CaseClosed { case_id } => {
                if let Some(case) = self.cases.iter_mut().find(|it| it.id == *case_id) {
                    case.closed_at = Some(recorded.at);
                }
            }
            Event::CallStarted { call } => {
                self.live_calls.insert(call.id);
            }
            Event::CallChanged { call_id, change } => self.fold_call(*call_id, change, recorded.at),
            Event::SlaChanged { sla } => self.sla = Some(sla.clone()),
            Event::MessageTakenBack { .. } => self.mute_count += 1,
            // Marks in the history that change no state of the conversation itself.
            Event::DeliveryChanged { .. }
            | Event::MessageEdited { .. }
            | Event::ThreadClosed {}
            | Event::SlaWarned { .. }
            | Event::SlaBreached { .. }
            | Event::RecordingRead { .. }
            | Event::MacroApplied { .. } => {}
            _ => return false,
        }
        true
    }

    /// What is resolved is over: another version may decide when it comes back, and nothing has gone wrong with it yet.
    fn begin_anew(&mut self) {
        self.pins = Pins::default();
        self.hops = 0;
        self.escalation.level = 0;
        self.escalation.ask_at = None;
    }

    /// What is told of calls is theirs; here it matters that one goes on, and that somebody answered.
    fn fold_call(&mut self, id: CallId, change: &CallChange, at: Timestamp) {
        match change {
            CallChange::Accepted { .. } | CallChange::Answered { .. } => {
                self.first_response_at.get_or_insert(at);
                self.last_activity_at = at;
            }
            CallChange::Ended { .. } => {
                self.live_calls.remove(&id);
                self.last_activity_at = at;
            }
            _ => {}
        }
    }

    fn plan(&mut self, trigger_seq: Seq, ask_at: Option<Timestamp>, pin: Option<&String>) {
        self.escalation.handled = self.escalation.handled.max(trigger_seq);
        self.escalation.ask_at = ask_at;
        if let Some(pin) = pin {
            self.pins.escalation = Some(pin.clone());
        }
    }

    fn fold_message(&mut self, message: &MessageFacts, waiting: Waiting, recorded: &Recorded) {
        self.message_count += 1;
        self.waiting = waiting;
        self.scheduled.retain(|it| it.message_id != message.id);
        // A greeting tells a reader nothing that could change their answer, and must not hide the question in lists.
        let automatic = matches!(message.author, Actor::System { .. });
        self.mute_count += u64::from(automatic);
        if message.kind != MessageKind::Note {
            self.last_activity_at = recorded.at;
            if !automatic {
                self.last_message_id = Some(message.id);
            }
        }
        if message.kind == MessageKind::Outbound
            && self.first_response_at.is_none()
            && message.author.agent_id().is_some()
        {
            self.first_response_at = Some(recorded.at);
        }
        if !automatic {
            let others_seq = match &self.last_written {
                None => 0,
                Some(last) => last.newest_not_by(&message.author),
            };
            self.last_written = Some(LastWritten {
                by: message.author.clone(),
                seq: recorded.seq,
                others_seq,
            });
        }
    }
}
