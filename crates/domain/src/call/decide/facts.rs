//! Facts of the line. They come late, doubled and in any order, so each is held against where the call stands: what makes
//! no sense any more is no error, it just changes nothing.

use super::ended;
use crate::{
    Timestamp,
    call::{
        Call, CallChange, CallFact, CallState, Direction, LEGS_MAX, LegKind, QueueThen,
        RecordingState, TransferState,
    },
    ids::AgentId,
};

/// Longest key of a blob.
const BLOB_BYTES_MAX: usize = 200;

pub(super) fn advance(call: &Call, fact: &CallFact, now: Timestamp) -> Vec<CallChange> {
    let change = match fact {
        CallFact::RecordingKept {
            blob,
            millis,
            channels,
        } => recording_kept(call, blob, *millis, *channels, now),
        CallFact::LegLeft { leg_id } => {
            let there = |it: &&crate::call::Leg| it.id == *leg_id && it.left_at.is_none();
            let leg = call.legs.iter().find(there);
            leg.map(|_| CallChange::LegLeft { leg_id: *leg_id })
        }
        CallFact::LegHeard { leg_id, quality } => {
            let unknown = |it: &&crate::call::Leg| it.id == *leg_id && it.heard.is_none();
            let leg = call.legs.iter().find(unknown);
            leg.map(|_| CallChange::LegHeard {
                leg_id: *leg_id,
                quality: *quality,
            })
        }
        _ if call.is_over() => None,
        CallFact::Ended { by, cause } => Some(ended(call, *by, *cause, now)),
        CallFact::CallbackRequested => return request_callback(call).unwrap_or_default(),
        CallFact::LegJoined {
            leg_id,
            kind,
            agent_id,
        } => {
            let known = call.legs.iter().any(|it| it.id == *leg_id);
            (!known && call.legs.len() < LEGS_MAX).then_some(CallChange::LegJoined {
                leg_id: *leg_id,
                kind: *kind,
                agent_id: *agent_id,
            })
        }
        CallFact::RecordingStarted | CallFact::RecordingPaused | CallFact::RecordingResumed => {
            recording(call, fact)
        }
        _ => standing(call, fact, now),
    };
    change.into_iter().collect()
}

/// Facts that move a call that goes on from one state to another.
fn standing(call: &Call, fact: &CallFact, now: Timestamp) -> Option<CallChange> {
    use CallState as S;
    let inbound = call.direction == Direction::Inbound;
    let unanswered = call.times.answered_at.is_none();
    match (fact, call.state) {
        (CallFact::Menu, S::New) if inbound => Some(CallChange::Menu {}),
        (CallFact::Queued { team_id }, S::New | S::Ivr) if inbound => Some(CallChange::Queued {
            team_id: team_id.or(call.team_id),
        }),
        (CallFact::EarlyMedia, S::New) if !inbound && call.times.rang_at.is_none() => {
            Some(CallChange::EarlyMedia {})
        }
        (CallFact::Answered, S::New | S::Ivr | S::Queued | S::Offering) if unanswered => {
            Some(CallChange::Answered {
                agent_id: talker(call),
            })
        }
        (CallFact::AgentGone { agent_id }, S::New | S::Active | S::Held | S::Transferring)
            if call.agent_id == Some(*agent_id) && call.rejoin_until.is_none() =>
        {
            let grace = std::time::Duration::from_secs(call.rules.rejoin_secs.into());
            Some(CallChange::AgentGone {
                agent_id: *agent_id,
                until: now + grace,
            })
        }
        (CallFact::AgentGone { agent_id }, _) if call.is_heard_by(*agent_id) => {
            Some(CallChange::Left {
                agent_id: *agent_id,
            })
        }
        (CallFact::AgentGone { agent_id }, S::Transferring)
            if call.agent_id != Some(*agent_id)
                && call.transfer.and_then(|it| it.consulted) == Some(*agent_id) =>
        {
            Some(CallChange::TransferFailed {})
        }
        (CallFact::AgentBack { agent_id }, _)
            if call.agent_id == Some(*agent_id) && call.rejoin_until.is_some() =>
        {
            Some(CallChange::AgentBack {
                agent_id: *agent_id,
            })
        }
        (CallFact::Held, S::Active) => Some(CallChange::Held {}),
        (CallFact::Resumed, S::Held) => Some(CallChange::Resumed {}),
        (CallFact::TransferCompleted, S::Transferring) => Some(CallChange::TransferCompleted {
            agent_id: call.transfer.and_then(|it| it.consulted),
        }),
        (CallFact::TransferFailed, S::Transferring | S::Queued | S::Offering)
            if call.transfer.is_some_and(|it| {
                matches!(it.state, TransferState::Ringing | TransferState::Talking)
            }) =>
        {
            Some(CallChange::TransferFailed {})
        }
        (CallFact::VoicemailStarted, S::New | S::Ivr | S::Queued | S::Offering) if inbound => {
            Some(CallChange::VoicemailStarted {})
        }
        _ => None,
    }
}

/// The agent whose end joined last and is there.
fn talker(call: &Call) -> Option<AgentId> {
    let ends = call.legs.iter().rev();
    let mut ends = ends.filter(|it| it.left_at.is_none() && it.kind != LegKind::Listener);
    ends.find_map(|it| it.agent_id).or(call.agent_id)
}

/// The policy was frozen when the call began; a message that a caller leaves is always kept.
fn recording(call: &Call, fact: &CallFact) -> Option<CallChange> {
    let wanted = call.rules.record || call.voicemail;
    match (fact, call.recording.as_ref().map(|it| it.state)) {
        (CallFact::RecordingStarted, None) if wanted => Some(CallChange::RecordingStarted {}),
        (CallFact::RecordingPaused, Some(RecordingState::Recording)) => {
            Some(CallChange::RecordingPaused {})
        }
        (CallFact::RecordingResumed, Some(RecordingState::Paused)) => {
            Some(CallChange::RecordingResumed {})
        }
        _ => None,
    }
}

fn recording_kept(
    call: &Call,
    blob: &str,
    millis: u64,
    channels: u8,
    now: Timestamp,
) -> Option<CallChange> {
    let going = matches!(
        call.recording.as_ref()?.state,
        RecordingState::Recording | RecordingState::Paused
    );
    let days = |days: u32| now + std::time::Duration::from_hours(u64::from(days) * 24);
    (going && !blob.is_empty() && blob.len() <= BLOB_BYTES_MAX).then(|| CallChange::RecordingKept {
        blob: blob.to_owned(),
        millis,
        channels,
        expires_at: call.rules.retention_days.map(days),
    })
}

/// The caller would rather be called back than wait.
pub(super) fn request_callback(call: &Call) -> Option<Vec<CallChange>> {
    let waits = matches!(
        call.state,
        CallState::New | CallState::Ivr | CallState::Queued | CallState::Offering
    );
    let inbound = call.direction == Direction::Inbound;
    if call.callback && !call.is_over() {
        return Some(vec![]);
    }
    (waits && inbound && !call.is_over()).then(|| {
        let withdrawn = call.offer.map(|it| CallChange::OfferEnded {
            agent_id: it.agent_id,
            cause: crate::call::OfferEnd::Withdrawn,
        });
        let over = [
            CallChange::WaitOver {
                then: QueueThen::Callback,
            },
            CallChange::Ended {
                state: CallState::Abandoned,
                by: crate::call::EndedBy::System,
                cause: crate::call::EndCause::of(crate::call::EndWord::Callback),
                wrapup_until: None,
            },
        ];
        withdrawn.into_iter().chain(over).collect()
    })
}
