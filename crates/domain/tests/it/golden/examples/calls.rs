//! Calls: how one begins, everything that can happen to it, and who heard it.

use plugboard_domain::{
    AgentId, CallId, Event, LegId, TeamId,
    call::{
        CallChange as C, CallDisposition, CallFacts, CallRules, CallState, Direction, EndCause,
        EndWord, EndedBy, LegKind, LegQuality, ListenMode, OfferEnd, QueueThen, Transfer,
        TransferKind, TransferState, TransferTarget,
    },
};

use super::{at, id};

pub(super) fn all() -> Vec<(&'static str, Event)> {
    let mut all = vec![
        ("call.started", started(true)),
        ("call.started-bare", started(false)),
        (
            "call.recording_read",
            Event::RecordingRead {
                call_id: id::<CallId>(40),
            },
        ),
    ];
    all.extend(waiting().into_iter().map(changed));
    all.extend(talking().into_iter().map(changed));
    all.extend(transfers().into_iter().map(changed));
    all.extend(recordings().into_iter().map(changed));
    all.extend(endings().into_iter().map(changed));
    all
}

fn changed((name, change): (&'static str, C)) -> (&'static str, Event) {
    let call_id = id::<CallId>(40);
    (name, Event::CallChanged { call_id, change })
}

fn started(full: bool) -> Event {
    Event::CallStarted {
        call: CallFacts {
            id: id(40),
            message_id: id(6),
            inbox_id: id(1),
            contact_id: id(3),
            identity_id: full.then(|| id(4)),
            direction: if full {
                Direction::Outbound
            } else {
                Direction::Inbound
            },
            provider: if full { "sip" } else { "cti" }.into(),
            agent_id: full.then(|| id(9)),
            team_id: full.then(|| id(5)),
            rules: CallRules {
                offer_secs: 30,
                wrapup_secs: 20,
                max_wait_secs: 300,
                then: if full {
                    QueueThen::Team(id(5))
                } else {
                    QueueThen::Voicemail
                },
                record: full,
                retention_days: full.then_some(180),
                rejoin_secs: 20,
            },
        },
    }
}

fn waiting() -> Vec<(&'static str, C)> {
    let (agent, team) = (id::<AgentId>(9), id::<TeamId>(5));
    let offer = |cause| C::OfferEnded {
        agent_id: agent,
        cause,
    };
    vec![
        ("call.changed-menu", C::Menu {}),
        (
            "call.changed-queued",
            C::Queued {
                team_id: Some(team),
            },
        ),
        (
            "call.changed-offered",
            C::Offered {
                agent_id: agent,
                until: at("03:04:35"),
                decision_id: Some(id(14)),
            },
        ),
        ("call.changed-declined", offer(OfferEnd::Declined)),
        ("call.changed-lapsed", offer(OfferEnd::Lapsed)),
        ("call.changed-withdrawn", offer(OfferEnd::Withdrawn)),
        (
            "call.changed-wait_over_voicemail",
            C::WaitOver {
                then: QueueThen::Voicemail,
            },
        ),
        (
            "call.changed-wait_over_hangup",
            C::WaitOver {
                then: QueueThen::Hangup,
            },
        ),
        (
            "call.changed-wait_over_callback",
            C::WaitOver {
                then: QueueThen::Callback,
            },
        ),
        (
            "call.changed-wait_over_team",
            C::WaitOver {
                then: QueueThen::Team(team),
            },
        ),
        ("call.changed-voicemail", C::VoicemailStarted {}),
        ("call.changed-callback", C::CallbackRequested {}),
    ]
}

fn talking() -> Vec<(&'static str, C)> {
    let (agent, leg) = (id::<AgentId>(9), id::<LegId>(41));
    let joined = |kind, agent_id| C::LegJoined {
        leg_id: leg,
        kind,
        agent_id,
    };
    let listening = |mode| C::Listening {
        agent_id: agent,
        mode,
    };
    vec![
        ("call.changed-accepted", C::Accepted { agent_id: agent }),
        ("call.changed-early_media", C::EarlyMedia {}),
        (
            "call.changed-answered",
            C::Answered {
                agent_id: Some(agent),
            },
        ),
        ("call.changed-answered_bare", C::Answered { agent_id: None }),
        ("call.changed-leg_trunk", joined(LegKind::Trunk, None)),
        (
            "call.changed-leg_browser",
            joined(LegKind::Browser, Some(agent)),
        ),
        ("call.changed-leg_external", joined(LegKind::External, None)),
        (
            "call.changed-leg_voicemail",
            joined(LegKind::Voicemail, None),
        ),
        (
            "call.changed-leg_listener",
            joined(LegKind::Listener, Some(agent)),
        ),
        (
            "call.changed-leg_heard",
            C::LegHeard {
                leg_id: leg,
                quality: LegQuality {
                    received: 3_000,
                    lost: 12,
                    jitter_us: 1_875,
                },
            },
        ),
        ("call.changed-leg_left", C::LegLeft { leg_id: leg }),
        (
            "call.changed-agent_gone",
            C::AgentGone {
                agent_id: agent,
                until: at("03:00:20"),
            },
        ),
        ("call.changed-agent_back", C::AgentBack { agent_id: agent }),
        ("call.changed-returned", C::Returned { agent_id: agent }),
        ("call.changed-held", C::Held {}),
        ("call.changed-resumed", C::Resumed {}),
        ("call.changed-listen", listening(ListenMode::Listen)),
        ("call.changed-whisper", listening(ListenMode::Whisper)),
        ("call.changed-barge", listening(ListenMode::Barge)),
    ]
}

fn transfers() -> Vec<(&'static str, C)> {
    let started = |kind, target, consulted| C::TransferStarted {
        transfer: Transfer {
            kind,
            target,
            state: TransferState::Ringing,
            by: id(9),
            consulted,
        },
    };
    vec![
        (
            "call.changed-transfer_agent",
            started(
                TransferKind::Warm,
                TransferTarget::Agent { agent_id: id(30) },
                Some(id(30)),
            ),
        ),
        (
            "call.changed-transfer_team",
            started(
                TransferKind::Blind,
                TransferTarget::Team { team_id: id(5) },
                None,
            ),
        ),
        (
            "call.changed-transfer_number",
            started(TransferKind::Warm, TransferTarget::Number {}, None),
        ),
        (
            "call.changed-transfer_completed",
            C::TransferCompleted {
                agent_id: Some(id(30)),
            },
        ),
        ("call.changed-transfer_failed", C::TransferFailed {}),
        ("call.changed-transfer_cancelled", C::TransferCancelled {}),
    ]
}

fn recordings() -> Vec<(&'static str, C)> {
    vec![
        ("call.changed-recording_started", C::RecordingStarted {}),
        ("call.changed-recording_paused", C::RecordingPaused {}),
        ("call.changed-recording_resumed", C::RecordingResumed {}),
        (
            "call.changed-recording_kept",
            C::RecordingKept {
                blob: "ab".repeat(32),
                millis: 61_500,
                channels: 2,
                expires_at: Some(at("03:04:05")),
            },
        ),
        ("call.changed-recording_deleted", C::RecordingDeleted {}),
    ]
}

fn endings() -> Vec<(&'static str, C)> {
    let ended = |state, by, word| C::Ended {
        state,
        by,
        cause: EndCause {
            word,
            sip: Some(487),
            q850: Some(16),
        },
        wrapup_until: (state == CallState::Wrapup).then(|| at("03:05:05")),
    };
    let wrapped_up = |disposition| C::WrappedUp {
        disposition,
        agent_id: None,
    };
    vec![
        (
            "call.changed-ended_wrapup",
            ended(CallState::Wrapup, EndedBy::Agent, EndWord::Normal),
        ),
        (
            "call.changed-ended_abandoned",
            ended(CallState::Abandoned, EndedBy::Caller, EndWord::Cancelled),
        ),
        (
            "call.changed-ended_failed",
            ended(CallState::Failed, EndedBy::System, EndWord::ServerRestart),
        ),
        (
            "call.changed-wrapped_up",
            wrapped_up(Some(CallDisposition {
                code: Some("refund".into()),
                noted: true,
                follow_up_at: Some(at("09:00:00")),
                by: id(9),
            })),
        ),
        ("call.changed-wrapped_up_bare", wrapped_up(None)),
        (
            "call.changed-wrapped_up_handed_on",
            C::WrappedUp {
                disposition: None,
                agent_id: Some(id(9)),
            },
        ),
        ("call.changed-left", C::Left { agent_id: id(9) }),
    ]
}
