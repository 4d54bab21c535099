//! Folding what happened into the state of a call. No decisions here: changes state outcomes. A fold is total: a change that
//! cannot follow leaves the state as it is, so that no order of facts can damage it.

use std::collections::BTreeSet;

use super::{
    Call, CallChange, CallFacts, CallState, CallTimes, HEARINGS_MAX, Hearing, LEGS_MAX, Leg,
    LegKind, Listening, Offer, OfferEnd, QueueThen, Recording, RecordingState, Transfer,
    TransferKind, TransferState, TransferTarget, WriteUp, millis,
};
use crate::{
    Timestamp,
    event::{Event, Recorded},
    ids::{AgentId, CallId, ConversationId, LegId},
};

impl Call {
    /// The state after an event of this call. `None` until it begins; an event of something else changes nothing.
    pub fn apply(state: Option<Self>, id: CallId, recorded: &Recorded) -> Option<Self> {
        let Some(mut state) = state else {
            return match (&recorded.event, recorded.conversation_id) {
                (Event::CallStarted { call }, Some(conversation)) if call.id == id => {
                    Some(Self::begun(call, conversation, recorded))
                }
                _ => None,
            };
        };
        match &recorded.event {
            Event::CallChanged { call_id, change } if *call_id == id => {
                state.fold(change, recorded.at);
                state.seq = recorded.seq;
            }
            Event::RecordingRead { call_id } if *call_id == id => {
                state.hear(recorded.actor.agent_id(), recorded.at);
                state.seq = recorded.seq;
            }
            _ => {}
        }
        Some(state)
    }

    fn begun(facts: &CallFacts, conversation_id: ConversationId, recorded: &Recorded) -> Self {
        Self {
            id: facts.id,
            conversation_id,
            message_id: facts.message_id,
            inbox_id: facts.inbox_id,
            contact_id: facts.contact_id,
            identity_id: facts.identity_id,
            direction: facts.direction,
            provider: facts.provider.clone(),
            state: CallState::New,
            rules: facts.rules.clone(),
            team_id: facts.team_id,
            offer: None,
            passed: BTreeSet::new(),
            agent_id: facts.agent_id,
            rejoin_until: None,
            returned: false,
            legs: Vec::new(),
            times: CallTimes {
                started_at: recorded.at,
                queued_at: None,
                rang_at: None,
                answered_at: None,
                held_since: None,
                held_ms: 0,
                ended_at: None,
            },
            transfer: None,
            listening: Vec::new(),
            writing: Vec::new(),
            cause: None,
            ended_by: None,
            recording: None,
            heard: Vec::new(),
            voicemail: false,
            callback: false,
            wrapup_until: None,
            disposition: None,
            settled: false,
            seq: recorded.seq,
        }
    }

    fn fold(&mut self, change: &CallChange, at: Timestamp) {
        use CallChange as C;
        match change {
            C::LegLeft { leg_id } => self.leave(*leg_id, at),
            C::LegHeard { leg_id, quality } => {
                if let Some(leg) = self.legs.iter_mut().find(|it| it.id == *leg_id) {
                    leg.heard.get_or_insert(*quality);
                }
            }
            C::RecordingStarted {} => self.begin_recording(),
            C::RecordingPaused {} => self.turn_recording(RecordingState::Paused),
            C::RecordingResumed {} => self.turn_recording(RecordingState::Recording),
            C::RecordingKept {
                blob,
                millis,
                channels,
                expires_at,
            } => {
                self.recording = Some(Recording {
                    state: RecordingState::Kept,
                    blob: Some(blob.clone()),
                    millis: *millis,
                    channels: *channels,
                    expires_at: *expires_at,
                });
            }
            C::RecordingDeleted {} => {
                if let Some(recording) = &mut self.recording {
                    recording.state = RecordingState::Deleted;
                    recording.blob = None;
                }
            }
            C::WrappedUp {
                disposition,
                agent_id: Some(agent),
            } => {
                self.writing.retain(|it| it.agent_id != *agent);
                // Whoever talked last has the last word.
                let theirs = |it: &super::CallDisposition| it.by == *agent;
                if disposition.is_some() && self.disposition.as_ref().is_none_or(theirs) {
                    self.disposition.clone_from(disposition);
                }
            }
            C::WrappedUp {
                disposition,
                agent_id: None,
            } => {
                if self.state == CallState::Wrapup {
                    self.state = CallState::Closed;
                }
                self.wrapup_until = None;
                if disposition.is_some() {
                    self.disposition.clone_from(disposition);
                    self.settled = true;
                }
            }
            // The line is gone: nothing of it can change any more.
            _ if self.is_over() => {}
            _ => self.fold_live(change, at),
        }
    }

    fn fold_live(&mut self, change: &CallChange, at: Timestamp) {
        use CallChange as C;
        match change {
            C::Menu {} => self.state = CallState::Ivr,
            C::Queued { team_id } => {
                self.state = CallState::Queued;
                self.offer = None;
                self.times.queued_at.get_or_insert(at);
                if team_id.is_some() {
                    self.team_id = *team_id;
                }
            }
            C::Offered {
                agent_id, until, ..
            } => self.ring_at(*agent_id, at, *until),
            C::OfferEnded { agent_id, cause } => self.pass(*agent_id, *cause),
            C::Accepted { agent_id } => self.take(*agent_id, at),
            C::EarlyMedia {} => {
                self.times.rang_at.get_or_insert(at);
            }
            C::Answered { agent_id } => {
                self.agent_id = agent_id.or(self.agent_id);
                self.talk(at);
            }
            C::LegJoined {
                leg_id,
                kind,
                agent_id,
            } => self.join(*leg_id, *kind, *agent_id, at),
            C::AgentGone { until, .. } => self.rejoin_until = Some(*until),
            C::AgentBack { .. } => self.rejoin_until = None,
            C::Returned { agent_id } => self.come_back(*agent_id, at),
            C::Held {} => {
                self.state = CallState::Held;
                self.times.held_since.get_or_insert(at);
            }
            C::Resumed {} => {
                self.state = CallState::Active;
                self.unhold(at);
            }
            C::TransferStarted { transfer } => self.hand_on(*transfer, at),
            C::TransferCompleted { agent_id } => {
                if let Some(transfer) = self.transfer {
                    self.write_up(transfer.by, at);
                }
                self.end_transfer(TransferState::Completed);
                self.agent_id = *agent_id;
                self.rejoin_until = None;
                self.offer = None;
                self.state = CallState::Active;
                self.unhold(at);
            }
            C::TransferFailed {} => self.take_back(TransferState::Failed, at),
            C::TransferCancelled {} => self.take_back(TransferState::Cancelled, at),
            C::WaitOver { then } => self.wait_over(*then, at),
            C::VoicemailStarted {} => self.leave_message(),
            C::CallbackRequested {} => self.callback = true,
            C::Listening { agent_id, mode } => {
                self.listening.retain(|it| it.agent_id != *agent_id);
                self.listening.push(Listening {
                    agent_id: *agent_id,
                    mode: *mode,
                });
            }
            C::Left { agent_id } => {
                self.listening.retain(|it| it.agent_id != *agent_id);
                self.leave_listening(*agent_id, at);
            }
            C::Ended {
                state,
                by,
                cause,
                wrapup_until,
            } => {
                self.unhold(at);
                self.state = *state;
                self.offer = None;
                self.rejoin_until = None;
                self.end_transfer(TransferState::Failed);
                self.ended_by = Some(*by);
                self.cause = Some(*cause);
                self.wrapup_until = *wrapup_until;
                self.times.ended_at = Some(at);
                self.listening.clear();
                for leg in &mut self.legs {
                    leg.left_at.get_or_insert(at);
                }
            }
            // What is left was folded before.
            _ => {}
        }
    }

    fn ring_at(&mut self, agent_id: AgentId, at: Timestamp, until: Timestamp) {
        self.offer = Some(Offer {
            agent_id,
            since: at,
            until,
        });
        if self.state != CallState::Transferring {
            self.state = CallState::Offering;
            self.times.rang_at.get_or_insert(at);
            self.times.queued_at.get_or_insert(at);
        }
    }

    fn pass(&mut self, agent_id: AgentId, cause: OfferEnd) {
        self.offer = None;
        if cause != OfferEnd::Withdrawn {
            self.passed.insert(agent_id);
        }
        if self.state == CallState::Offering {
            self.state = CallState::Queued;
        }
    }

    fn take(&mut self, agent_id: AgentId, at: Timestamp) {
        self.offer = None;
        self.writing.retain(|it| it.agent_id != agent_id);
        if let (CallState::Transferring, Some(transfer)) = (self.state, &mut self.transfer) {
            transfer.consulted = Some(agent_id);
            transfer.state = TransferState::Talking;
            return;
        }
        self.end_transfer(TransferState::Completed);
        self.agent_id = Some(agent_id);
        self.talk(at);
    }

    /// Its agent was lost. The caller waits as long as anybody who comes now, and before all of them.
    fn come_back(&mut self, from: AgentId, at: Timestamp) {
        self.unhold(at);
        self.end_transfer(TransferState::Failed);
        self.rejoin_until = None;
        self.offer = None;
        self.agent_id = None;
        self.state = CallState::Queued;
        self.times.queued_at = Some(at);
        self.passed = BTreeSet::from([from]);
        self.returned = true;
    }

    fn talk(&mut self, at: Timestamp) {
        self.state = CallState::Active;
        self.returned = false;
        self.rejoin_until = None;
        self.offer = None;
        self.times.answered_at.get_or_insert(at);
        self.unhold(at);
    }

    fn unhold(&mut self, at: Timestamp) {
        if let Some(since) = self.times.held_since.take() {
            self.times.held_ms += millis(since, at);
        }
    }

    fn join(&mut self, id: LegId, kind: LegKind, agent_id: Option<AgentId>, at: Timestamp) {
        if self.legs.len() >= LEGS_MAX || self.legs.iter().any(|it| it.id == id) {
            return;
        }
        self.legs.push(Leg {
            id,
            kind,
            agent_id,
            joined_at: at,
            left_at: None,
            heard: None,
        });
        if let (CallState::Transferring, LegKind::External, Some(transfer)) =
            (self.state, kind, &mut self.transfer)
            && matches!(transfer.target, TransferTarget::Number {})
        {
            transfer.state = TransferState::Talking;
        }
    }

    fn leave(&mut self, id: LegId, at: Timestamp) {
        let Some(leg) = self.legs.iter_mut().find(|it| it.id == id) else {
            return;
        };
        leg.left_at.get_or_insert(at);
        if leg.kind == LegKind::Listener {
            let agent = leg.agent_id;
            self.listening.retain(|it| Some(it.agent_id) != agent);
        }
    }

    fn leave_listening(&mut self, agent_id: AgentId, at: Timestamp) {
        let listens = |it: &&mut Leg| it.kind == LegKind::Listener && it.agent_id == Some(agent_id);
        for leg in self.legs.iter_mut().filter(listens) {
            leg.left_at.get_or_insert(at);
        }
    }

    /// Who handed it on writes up what they heard, however long it goes on.
    fn write_up(&mut self, agent_id: AgentId, at: Timestamp) {
        let wrapup = std::time::Duration::from_secs(self.rules.wrapup_secs.into());
        if wrapup.is_zero() || self.writing.iter().any(|it| it.agent_id == agent_id) {
            return;
        }
        self.writing.push(WriteUp {
            agent_id,
            until: at + wrapup,
        });
    }

    fn hear(&mut self, agent_id: Option<AgentId>, at: Timestamp) {
        let Some(agent_id) = agent_id else { return };
        if self.heard.len() >= HEARINGS_MAX {
            self.heard.remove(0);
        }
        self.heard.push(Hearing { agent_id, at });
    }

    /// Consulting somebody, or reaching a number, keeps the agent. Handing on at once to people leaves the caller waiting
    /// for them, as in a queue.
    fn hand_on(&mut self, transfer: Transfer, at: Timestamp) {
        self.transfer = Some(transfer);
        self.times.held_since.get_or_insert(at);
        let at_once = transfer.kind == TransferKind::Blind;
        match transfer.target {
            TransferTarget::Agent { .. } | TransferTarget::Team { .. } if at_once => {
                if let TransferTarget::Team { team_id } = transfer.target {
                    self.team_id = Some(team_id);
                }
                self.agent_id = None;
                self.write_up(transfer.by, at);
                self.rejoin_until = None;
                self.state = CallState::Queued;
                self.times.queued_at = Some(at);
                self.passed = BTreeSet::from([transfer.by]);
            }
            _ => self.state = CallState::Transferring,
        }
    }

    fn take_back(&mut self, how: TransferState, at: Timestamp) {
        self.end_transfer(how);
        self.offer = None;
        match self.state {
            CallState::Transferring => {
                self.state = CallState::Active;
                self.unhold(at);
            }
            CallState::Offering => self.state = CallState::Queued,
            _ => {}
        }
    }

    fn end_transfer(&mut self, how: TransferState) {
        if let Some(transfer) = &mut self.transfer
            && matches!(
                transfer.state,
                TransferState::Ringing | TransferState::Talking
            )
        {
            transfer.state = how;
        }
    }

    fn wait_over(&mut self, then: QueueThen, at: Timestamp) {
        match then {
            QueueThen::Voicemail => self.leave_message(),
            QueueThen::Callback => self.callback = true,
            QueueThen::Hangup => {}
            QueueThen::Team(team) => {
                self.state = CallState::Queued;
                self.offer = None;
                self.team_id = Some(team);
                self.times.queued_at = Some(at);
                // Whoever was lost is not asked again.
                if !self.returned {
                    self.passed = BTreeSet::new();
                }
            }
        }
    }

    fn leave_message(&mut self) {
        self.state = CallState::Voicemail;
        self.voicemail = true;
        self.offer = None;
        self.rejoin_until = None;
        self.agent_id = None;
    }

    fn begin_recording(&mut self) {
        if self.recording.is_none() && !self.is_over() {
            self.recording = Some(Recording {
                state: RecordingState::Recording,
                blob: None,
                millis: 0,
                channels: 0,
                expires_at: None,
            });
        }
    }

    fn turn_recording(&mut self, to: RecordingState) {
        if let Some(recording) = &mut self.recording
            && matches!(
                recording.state,
                RecordingState::Recording | RecordingState::Paused
            )
        {
            recording.state = to;
        }
    }
}
