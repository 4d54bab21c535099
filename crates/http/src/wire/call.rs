//! Calls. What needs another moment to be told (a place in a queue) is given by the caller.

use plugboard_channel::phone::{TrunkCheck, TrunkStep};
use plugboard_domain::{
    Timestamp,
    call::{self as domain, TransferTarget},
};
use plugboard_protocol::{
    calls::{
        self as wire, Call, CallCause, CallContact, CallDisposition, CallLeg, CallRecording,
        CallTransfer, CallWriteUp, RecordingAccess,
    },
    time,
};
use plugboard_store::CallView;

use super::{
    Viewer, call_direction, call_ended_by, call_leg_kind, call_recording_state, call_state,
    listen_mode, mask_phone, transfer_kind, transfer_state,
};

/// A call as this viewer may see it.
pub fn call(view: &CallView, position: Option<u32>, viewer: Viewer, now: Timestamp) -> Call {
    let (it, line) = (&view.row.call, &view.row.line);
    let times = &it.times;
    Call {
        id: it.id.to_string(),
        conversation_id: it.conversation_id.to_string(),
        message_id: it.message_id.to_string(),
        inbox_id: it.inbox_id.to_string(),
        contact: CallContact {
            id: view.contact_id.to_string(),
            name: view.contact_name.clone(),
        },
        direction: call_direction(it.direction),
        number: shown(line.e164.as_deref().unwrap_or(&line.number), viewer),
        own_number: Some(line.own_number.clone()).filter(|it| !it.is_empty()),
        provider: it.provider.clone(),
        state: call_state(it.state),
        team_id: it.team_id.map(|id| id.to_string()),
        agent_id: it.agent_id.map(|id| id.to_string()),
        rejoin_until: it.rejoin_until.map(time),
        offered_to: it.offer.map(|it| it.agent_id.to_string()),
        offer_until: it.offer.map(|it| time(it.until)),
        started_at: time(times.started_at),
        queued_at: times.queued_at.map(time),
        answered_at: times.answered_at.map(time),
        ended_at: times.ended_at.map(time),
        wrapup_until: it.wrapup_until.map(time),
        wait_ms: times.wait_ms(now),
        talk_ms: times.talk_ms(now),
        hold_ms: times.hold_ms(now),
        held_since: times.held_since.map(time),
        ended_by: it.ended_by.map(call_ended_by),
        cause: it.cause.map(cause),
        recording: it.recording.as_ref().map(recording),
        voicemail: it.voicemail,
        callback: it.callback,
        missed: it.is_missed(),
        disposition: it.disposition.as_ref().map(|disposition| CallDisposition {
            code: disposition.code.clone(),
            note: line.note.clone(),
            follow_up_at: disposition.follow_up_at.map(time),
            agent_id: disposition.by.to_string(),
        }),
        transfer: it.transfer.map(|it| {
            let number = line.transfer_number.as_deref().unwrap_or_default();
            let mut shape = transfer(it, number, viewer);
            shape.note.clone_from(&line.handover);
            shape
        }),
        writing: it.writing.iter().map(write_up).collect(),
        legs: it.legs.iter().map(|end| leg(it, end)).collect(),
        queue_position: position,
    }
}

fn shown(number: &str, viewer: Viewer) -> Option<String> {
    if number.trim().is_empty() {
        None
    } else if viewer.unmasked {
        Some(number.to_owned())
    } else {
        Some(mask_phone(number))
    }
}

fn cause(it: domain::EndCause) -> CallCause {
    let Ok(serde_json::Value::String(word)) = serde_json::to_value(it.word) else {
        unreachable!("a word is a text");
    };
    CallCause {
        word,
        sip: it.sip,
        q850: it.q850,
    }
}

fn recording(it: &domain::Recording) -> CallRecording {
    CallRecording {
        state: call_recording_state(it.state),
        seconds: std::time::Duration::from_millis(it.millis).as_secs_f64(),
        channels: it.channels,
        expires_at: it.expires_at.map(time),
    }
}

fn transfer(it: domain::Transfer, number: &str, viewer: Viewer) -> CallTransfer {
    let mut shape = CallTransfer {
        kind: transfer_kind(it.kind),
        to_agent_id: None,
        to_team_id: None,
        to_number: None,
        by: it.by.to_string(),
        consulted: it.consulted.map(|id| id.to_string()),
        note: None,
        state: transfer_state(it.state),
    };
    match it.target {
        TransferTarget::Agent { agent_id } => shape.to_agent_id = Some(agent_id.to_string()),
        TransferTarget::Team { team_id } => shape.to_team_id = Some(team_id.to_string()),
        TransferTarget::Number {} => shape.to_number = shown(number, viewer),
    }
    shape
}

fn write_up(it: &domain::WriteUp) -> CallWriteUp {
    CallWriteUp {
        agent_id: it.agent_id.to_string(),
        until: time(it.until),
    }
}

/// Somebody began to hear a recording.
pub fn hearing(it: &domain::Hearing) -> RecordingAccess {
    RecordingAccess {
        agent_id: it.agent_id.to_string(),
        at: time(it.at),
    }
}

fn leg(call: &domain::Call, it: &domain::Leg) -> CallLeg {
    let hears = |by: &&domain::Listening| {
        it.kind == domain::LegKind::Listener
            && it.left_at.is_none()
            && it.agent_id == Some(by.agent_id)
    };
    let mode = call.listening.iter().find(hears).map(|by| by.mode);
    let heard = it.heard;
    CallLeg {
        mode: mode.map(listen_mode),
        id: it.id.to_string(),
        kind: call_leg_kind(it.kind),
        agent_id: it.agent_id.map(|id| id.to_string()),
        joined_at: time(it.joined_at),
        left_at: it.left_at.map(time),
        loss: heard.map(|it| share(it.lost, it.lost + it.received)),
        jitter_ms: heard.map(|it| f64::from(it.jitter_us) / 1_000.0),
    }
}

/// The share that a part is of a whole.
#[expect(
    clippy::cast_precision_loss,
    reason = "packets of a call are far fewer than 2^52"
)]
fn share(part: u64, whole: u64) -> f64 {
    part as f64 / whole.max(1) as f64
}

/// The caller's place among those who wait in the same inbox, from 1.
pub fn queue_position(view: &CallView, live: &[CallView]) -> Option<u32> {
    view.row.call.place(live.iter().map(|it| &it.row.call))
}

/// What was found out about a trunk.
pub fn trunk_report(steps: &[TrunkStep]) -> wire::TrunkReport {
    let step = |it: &TrunkStep| wire::TrunkStep {
        check: match it.check {
            TrunkCheck::Host => wire::TrunkCheck::Host,
            TrunkCheck::Listening => wire::TrunkCheck::Listening,
            TrunkCheck::Answer => wire::TrunkCheck::Answer,
            TrunkCheck::Registration => wire::TrunkCheck::Registration,
            TrunkCheck::Sound => wire::TrunkCheck::Sound,
        },
        ok: it.ok,
        finding: it.finding.to_owned(),
        values: it
            .values
            .iter()
            .map(|(name, value)| ((*name).to_owned(), value.clone()))
            .collect(),
        message: it.message.clone(),
        took_ms: it.took_ms,
    };
    wire::TrunkReport {
        ok: steps.iter().all(|it| it.ok),
        steps: steps.iter().map(step).collect(),
    }
}
