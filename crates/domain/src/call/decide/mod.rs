//! What a call answers to a command: changes, or a rejection. Facts of the line are in `facts`, what people and timers
//! want is here and in `transfer`.

mod facts;
mod transfer;

use super::{
    CTI, Call, CallChange, CallCommand, CallDisposition, CallState, Direction, EndCause, EndWord,
    EndedBy, OfferEnd, QueueThen, RecordingState, SILENT_SECS_MAX,
};
use crate::{
    Timestamp,
    actor::Actor,
    decision::RoutingTarget,
    ids::{AgentId, DecisionId},
    rejection::Rejection,
    text,
};

/// Longest note on a call, in characters.
const NOTE_CHARS_MAX: usize = 5_000;

/// Longest code of a write-up, in characters.
const CODE_CHARS_MAX: usize = 60;

/// Answers a command to a call. `leads` is true for somebody who may act in the calls of others; permission was checked
/// before.
///
/// # Errors
/// [`Rejection::Conflict`] when the call has moved on, [`Rejection::Invalid`] when what is asked does not fit.
pub fn decide(
    call: &Call,
    command: &CallCommand,
    by: &Actor,
    leads: bool,
    now: Timestamp,
) -> Result<Vec<CallChange>, Rejection> {
    use CallCommand as C;
    let me = by.agent_id();
    match command {
        C::Advance(fact) => Ok(facts::advance(call, fact, now)),
        C::Fire => Ok(fire(call, now)),
        C::Withdraw { agent_id } => Ok(withdraw(call, *agent_id)),
        C::Lose => Ok(lose(call, now)),
        C::DeleteRecording => Ok(delete_recording(call)),
        C::ReadRecording => Ok(vec![]),
        C::WrapUp {
            code,
            note,
            follow_up_at,
        } => {
            let disposition = CallDisposition {
                code: text::optional_line("code", code.as_deref(), CODE_CHARS_MAX)?,
                noted: note.as_ref().is_some_and(|it| !it.trim().is_empty()),
                follow_up_at: *follow_up_at,
                by: me.ok_or(Rejection::NotFound("call"))?,
            };
            wrap_up(call, disposition, note.as_deref(), leads)
        }
        _ if call.provider == CTI => Err(Rejection::conflict(
            "this call is on your telephone system: use the telephone",
        )),
        C::Route { target, trace } => route(call, *target, trace.id, now),
        C::Accept => accept(call, me),
        C::Decline => decline(call, me),
        C::HangUp => transfer::hang_up(call, me, leads, now),
        C::Hold => hold(call, me, leads),
        C::Resume => resume(call, me, leads),
        C::Transfer { kind, to, note } => {
            check_note(note.as_deref())?;
            transfer::start(call, me, *kind, to, now)
        }
        C::Leave => transfer::leave(call, me),
        C::CompleteTransfer => transfer::complete(call, me),
        C::CancelTransfer => transfer::cancel(call, me),
        C::PauseRecording { paused } => pause(call, me, leads, *paused),
        C::Listen { mode } => {
            let agent_id = me.ok_or(Rejection::NotFound("call"))?;
            talking(call)?;
            let consulted = call.transfer.and_then(|it| it.consulted);
            let asked = consulted == Some(agent_id) && call.state == CallState::Transferring;
            if asked || call.agent_id == Some(agent_id) {
                return Err(Rejection::conflict("you are in this call"));
            }
            Ok(vec![CallChange::Listening {
                agent_id,
                mode: *mode,
            }])
        }
        C::RequestCallback => facts::request_callback(call)
            .ok_or_else(|| Rejection::conflict("nobody waits in this call")),
    }
}

/// What ends a call that nobody talks in any more, and what it is then.
pub(super) fn ended(call: &Call, by: EndedBy, cause: EndCause, now: Timestamp) -> CallChange {
    let state = outcome(call, by, cause.word);
    let wrapup = std::time::Duration::from_secs(call.rules.wrapup_secs.into());
    CallChange::Ended {
        state,
        by,
        cause,
        wrapup_until: (state == CallState::Wrapup).then(|| now + wrapup),
    }
}

fn outcome(call: &Call, by: EndedBy, word: EndWord) -> CallState {
    if word == EndWord::ServerRestart {
        return CallState::Failed;
    }
    let answered = call.times.answered_at.is_some();
    match (call.state, by) {
        (CallState::Voicemail, _) => CallState::Voicemail,
        // Whoever was handed on and waits again can give up again.
        (CallState::Queued | CallState::Offering, EndedBy::Caller) => CallState::Abandoned,
        _ if answered && call.agent_id.is_some() && call.rules.wrapup_secs > 0 => CallState::Wrapup,
        _ if answered => CallState::Closed,
        (_, EndedBy::Agent) => CallState::Abandoned,
        (_, EndedBy::Caller) if call.direction == Direction::Inbound => match word {
            EndWord::AnsweredElsewhere => CallState::Closed,
            _ => CallState::Abandoned,
        },
        _ => match word {
            EndWord::AnsweredElsewhere => CallState::Closed,
            EndWord::Cancelled | EndWord::QueueTimeout | EndWord::Callback => CallState::Abandoned,
            EndWord::MediaLost
            | EndWord::Lost
            | EndWord::Failure
            | EndWord::Unreachable
            | EndWord::ServerRestart => CallState::Failed,
            EndWord::Normal
            | EndWord::Busy
            | EndWord::Declined
            | EndWord::NoAnswer
            | EndWord::Forbidden
            | EndWord::QueueFull
            | EndWord::Closed => CallState::Rejected,
        },
    }
}

/// Routing found somebody. What is not there any more is for routing to find out again.
fn route(
    call: &Call,
    target: RoutingTarget,
    decision: DecisionId,
    now: Timestamp,
) -> Result<Vec<CallChange>, Rejection> {
    if call.is_over() || !call.wants_agent() {
        return Err(Rejection::conflict("the call waits for nobody any more"));
    }
    Ok(match target {
        RoutingTarget::Agent(agent_id) => vec![CallChange::Offered {
            agent_id,
            until: rings_until(call, now),
            decision_id: Some(decision),
        }],
        RoutingTarget::Team(team)
            if call.state == CallState::Queued && call.team_id != Some(team) =>
        {
            vec![CallChange::Queued {
                team_id: Some(team),
            }]
        }
        RoutingTarget::Team(_) | RoutingTarget::Wait => vec![],
    })
}

fn rings_until(call: &Call, now: Timestamp) -> Timestamp {
    now + std::time::Duration::from_secs(call.rules.offer_secs.into())
}

fn accept(call: &Call, me: Option<AgentId>) -> Result<Vec<CallChange>, Rejection> {
    let taken = |agent| {
        let consulted = call.transfer.and_then(|it| it.consulted);
        call.is_with(agent) || (consulted == Some(agent) && call.state == CallState::Transferring)
    };
    match (call.offer, me) {
        (Some(offer), Some(agent_id)) if offer.agent_id == agent_id && !call.is_over() => {
            Ok(vec![CallChange::Accepted { agent_id }])
        }
        // A second click, or a repeated request.
        (None, Some(agent)) if taken(agent) => Ok(vec![]),
        _ => Err(Rejection::conflict(
            "the call does not ring at you any more",
        )),
    }
}

fn decline(call: &Call, me: Option<AgentId>) -> Result<Vec<CallChange>, Rejection> {
    match (call.offer, me) {
        (Some(offer), Some(agent)) if offer.agent_id == agent => {
            Ok(end_offer(call, OfferEnd::Declined))
        }
        (_, Some(agent)) if call.passed.contains(&agent) => Ok(vec![]),
        _ => Err(Rejection::conflict(
            "the call does not ring at you any more",
        )),
    }
}

/// It rings there no more; when a certain agent was to have it, handing on has failed.
fn end_offer(call: &Call, cause: OfferEnd) -> Vec<CallChange> {
    let Some(offer) = call.offer else {
        return vec![];
    };
    let mut changes = vec![CallChange::OfferEnded {
        agent_id: offer.agent_id,
        cause,
    }];
    changes.extend(transfer::missed(call));
    changes
}

/// Whoever went away is rung at no more.
fn withdraw(call: &Call, agent: AgentId) -> Vec<CallChange> {
    let theirs = call.offer.is_some_and(|it| it.agent_id == agent);
    if theirs && !call.is_over() {
        end_offer(call, OfferEnd::Withdrawn)
    } else {
        vec![]
    }
}

fn hold(call: &Call, me: Option<AgentId>, leads: bool) -> Result<Vec<CallChange>, Rejection> {
    in_it(call, me, leads)?;
    match call.state {
        CallState::Held => Ok(vec![]),
        CallState::Active => Ok(vec![CallChange::Held {}]),
        _ => Err(Rejection::conflict("nobody talks in this call")),
    }
}

fn resume(call: &Call, me: Option<AgentId>, leads: bool) -> Result<Vec<CallChange>, Rejection> {
    in_it(call, me, leads)?;
    match call.state {
        CallState::Active => Ok(vec![]),
        CallState::Held => Ok(vec![CallChange::Resumed {}]),
        _ => Err(Rejection::conflict("the call is not on hold")),
    }
}

fn pause(
    call: &Call,
    me: Option<AgentId>,
    leads: bool,
    paused: bool,
) -> Result<Vec<CallChange>, Rejection> {
    in_it(call, me, leads)?;
    match (call.recording.as_ref().map(|it| it.state), paused) {
        (Some(RecordingState::Recording), true) => Ok(vec![CallChange::RecordingPaused {}]),
        (Some(RecordingState::Paused), false) => Ok(vec![CallChange::RecordingResumed {}]),
        (Some(RecordingState::Recording | RecordingState::Paused), _) => Ok(vec![]),
        _ => Err(Rejection::conflict("this call is not being recorded")),
    }
}

/// Refuses who neither talks in it nor leads.
fn in_it(call: &Call, me: Option<AgentId>, leads: bool) -> Result<(), Rejection> {
    if call.is_over() {
        return Err(Rejection::conflict("the call is over"));
    }
    if leads || me.is_some_and(|agent| call.is_with(agent)) {
        Ok(())
    } else {
        Err(Rejection::conflict("you are not in this call"))
    }
}

fn talking(call: &Call) -> Result<(), Rejection> {
    let talking = matches!(
        call.state,
        CallState::Active | CallState::Held | CallState::Transferring
    );
    if talking && !call.is_over() {
        Ok(())
    } else {
        Err(Rejection::conflict("nobody talks in this call"))
    }
}

fn wrap_up(
    call: &Call,
    disposition: CallDisposition,
    note: Option<&str>,
    leads: bool,
) -> Result<Vec<CallChange>, Rejection> {
    check_note(note)?;
    let me = disposition.by;
    let handed_on = call.writing.iter().any(|it| it.agent_id == me)
        || (call.transfer.is_some_and(|it| it.by == me) && !call.is_with(me) && !call.is_missed());
    if handed_on && call.agent_id != Some(me) {
        return Ok(vec![CallChange::WrappedUp {
            disposition: Some(disposition),
            agent_id: Some(me),
        }]);
    }
    // Nobody talked in a call that was missed: whoever works it may write it up.
    let theirs = call.agent_id.is_none() || call.agent_id == Some(disposition.by);
    if !theirs && !leads {
        return Err(Rejection::conflict("you were not in this call"));
    }
    if !call.is_over() {
        return Err(Rejection::conflict("the call is not over yet"));
    }
    if call.disposition.as_ref() == Some(&disposition)
        && !disposition.noted
        && call.is_settled()
        && call.state != CallState::Wrapup
    {
        return Ok(vec![]);
    }
    Ok(vec![CallChange::WrappedUp {
        disposition: Some(disposition),
        agent_id: None,
    }])
}

fn check_note(note: Option<&str>) -> Result<(), Rejection> {
    if note.is_some_and(|it| it.chars().count() > NOTE_CHARS_MAX || it.contains('\0')) {
        return Err(Rejection::invalid(format!(
            "note must be at most {NOTE_CHARS_MAX} characters"
        )));
    }
    Ok(())
}

fn delete_recording(call: &Call) -> Vec<CallChange> {
    match &call.recording {
        Some(recording) if recording.state == RecordingState::Kept => {
            vec![CallChange::RecordingDeleted {}]
        }
        _ => vec![],
    }
}

/// Everything that is due by now. What is not, changes nothing.
fn fire(call: &Call, now: Timestamp) -> Vec<CallChange> {
    let written = call.writing.iter().filter(|it| it.until <= now);
    let mut changes: Vec<_> = written
        .map(|it| CallChange::WrappedUp {
            disposition: None,
            agent_id: Some(it.agent_id),
        })
        .collect();
    changes.extend(fire_own(call, now));
    changes
}

/// What is due besides the write-ups of those who handed it on.
fn fire_own(call: &Call, now: Timestamp) -> Vec<CallChange> {
    if call.state == CallState::Wrapup && call.wrapup_until.is_some_and(|it| it <= now) {
        return vec![CallChange::WrappedUp {
            disposition: None,
            agent_id: None,
        }];
    }
    let expired = |it: &super::Recording| {
        it.state == RecordingState::Kept && it.expires_at.is_some_and(|it| it <= now)
    };
    if call.recording.as_ref().is_some_and(expired) {
        return delete_recording(call);
    }
    if call.is_over() {
        return vec![];
    }
    if call.rejoin_until.is_some_and(|it| it <= now) {
        return agent_lost(call, now);
    }
    let wait = std::time::Duration::from_secs(call.rules.max_wait_secs.into());
    if call.waits_since().is_some_and(|it| it + wait <= now) {
        return wait_over(call);
    }
    if call.offer.is_some_and(|it| it.until <= now) {
        return end_offer(call, OfferEnd::Lapsed);
    }
    let silent = std::time::Duration::from_secs(SILENT_SECS_MAX);
    if call.provider == CTI && call.times.started_at + silent <= now {
        let lost = EndCause::of(EndWord::Lost);
        return vec![ended(call, EndedBy::System, lost, now)];
    }
    vec![]
}

/// The browser of its agent did not come back. Whoever they were consulting has the call then; else a caller waits for somebody
/// else, and somebody whom we called is let go.
fn agent_lost(call: &Call, now: Timestamp) -> Vec<CallChange> {
    let Some(agent_id) = call.agent_id else {
        return vec![];
    };
    if let Some(change) = transfer::taken_over(call) {
        return vec![change];
    }
    if call.direction == Direction::Outbound {
        let lost = EndCause::of(EndWord::MediaLost);
        return vec![ended(call, EndedBy::System, lost, now)];
    }
    let withdrawn = call.offer.map(|it| CallChange::OfferEnded {
        agent_id: it.agent_id,
        cause: OfferEnd::Withdrawn,
    });
    let returned = CallChange::Returned { agent_id };
    withdrawn.into_iter().chain([returned]).collect()
}

/// The caller has waited long enough. A team that they waited for in vain already is no way out.
fn wait_over(call: &Call) -> Vec<CallChange> {
    let then = match call.rules.then {
        QueueThen::Team(team) if call.team_id == Some(team) => QueueThen::Voicemail,
        then => then,
    };
    let mut changes: Vec<_> = call
        .offer
        .map(|it| CallChange::OfferEnded {
            agent_id: it.agent_id,
            cause: OfferEnd::Withdrawn,
        })
        .into_iter()
        .collect();
    changes.push(CallChange::WaitOver { then });
    let word = match then {
        QueueThen::Hangup => Some(EndWord::QueueTimeout),
        QueueThen::Callback => Some(EndWord::Callback),
        QueueThen::Voicemail | QueueThen::Team(_) => None,
    };
    changes.extend(word.map(|word| CallChange::Ended {
        state: CallState::Abandoned,
        by: EndedBy::System,
        cause: EndCause::of(word),
        wrapup_until: None,
    }));
    changes
}

/// Plugboard was started again. A PBX goes on without it.
fn lose(call: &Call, now: Timestamp) -> Vec<CallChange> {
    if call.is_over() || call.provider == CTI {
        return vec![];
    }
    let cause = EndCause::of(EndWord::ServerRestart);
    vec![ended(call, EndedBy::System, cause, now)]
}
