//! The line: late, doubled and reordered facts.

use plugboard_domain::{
    AgentId, DecisionId, LegId,
    call::{
        Call, CallCommand, CallFact, CallRules, CallState, Direction, EndCause, EndWord, EndedBy,
        LegKind, LegQuality,
    },
    decision::{DecisionMode, DecisionTrace, RoutingTarget},
};
use proptest::prelude::*;
use uuid::Uuid;

use super::{CALL, Story};
use crate::support::{CARE, LI, NIGHT, WANG};

fn leg(n: u128) -> LegId {
    LegId(Uuid::from_u128(80 + n))
}

pub(super) fn route_to(agent: AgentId) -> CallCommand {
    CallCommand::Route {
        target: RoutingTarget::Agent(agent),
        trace: Box::new(DecisionTrace {
            id: DecisionId(Uuid::from_u128(73)),
            conversation_id: Uuid::from_u128(72).into(),
            policy: "routing".into(),
            version: "builtin@1".into(),
            mode: DecisionMode::Live,
            fallback: None,
            inputs: serde_json::Value::Null,
            answer: serde_json::Value::Null,
            reason: "free".into(),
            duration_us: 1,
        }),
    }
}

/// Everything that can come, from the line, from people, from the clock.
#[derive(Clone, Debug)]
enum Act {
    Fact(CallFact),
    Agent(AgentId, usize),
    Route(AgentId),
    Fire,
    Lose,
    Wait(u64),
}

fn commands() -> Vec<CallCommand> {
    use plugboard_domain::call::{ListenMode, TransferKind as K, TransferTo as T};
    let transfer = |kind, to| CallCommand::Transfer {
        kind,
        to,
        note: None,
    };
    vec![
        CallCommand::Accept,
        CallCommand::Decline,
        CallCommand::HangUp,
        CallCommand::Hold,
        CallCommand::Resume,
        transfer(K::Warm, T::Agent(WANG)),
        transfer(K::Blind, T::Agent(WANG)),
        transfer(K::Blind, T::Team(NIGHT)),
        transfer(K::Warm, T::Team(NIGHT)),
        transfer(K::Blind, T::Number("+8613800138000".into())),
        transfer(K::Warm, T::Number("+8613800138000".into())),
        CallCommand::CompleteTransfer,
        CallCommand::Leave,
        CallCommand::CancelTransfer,
        CallCommand::PauseRecording { paused: true },
        CallCommand::PauseRecording { paused: false },
        CallCommand::Listen {
            mode: ListenMode::Whisper,
        },
        CallCommand::WrapUp {
            code: Some("refund".into()),
            note: None,
            follow_up_at: None,
        },
        CallCommand::RequestCallback,
        CallCommand::DeleteRecording,
    ]
}

fn fact() -> impl Strategy<Value = CallFact> {
    let who = prop_oneof![Just(None), Just(Some(LI)), Just(Some(WANG))];
    let kind = prop_oneof![
        Just(LegKind::Trunk),
        Just(LegKind::Browser),
        Just(LegKind::External),
        Just(LegKind::Listener),
    ];
    let by = prop_oneof![
        Just(EndedBy::Caller),
        Just(EndedBy::Agent),
        Just(EndedBy::System),
    ];
    let word = prop_oneof![
        Just(EndWord::Normal),
        Just(EndWord::Busy),
        Just(EndWord::Failure),
        Just(EndWord::AnsweredElsewhere),
    ];
    prop_oneof![
        Just(CallFact::Menu),
        Just(CallFact::Queued { team_id: None }),
        Just(CallFact::Queued {
            team_id: Some(CARE)
        }),
        Just(CallFact::EarlyMedia),
        Just(CallFact::Answered),
        Just(CallFact::Held),
        Just(CallFact::Resumed),
        Just(CallFact::TransferCompleted),
        Just(CallFact::TransferFailed),
        Just(CallFact::RecordingStarted),
        Just(CallFact::RecordingPaused),
        Just(CallFact::RecordingResumed),
        Just(CallFact::RecordingKept {
            blob: "a".into(),
            millis: 5,
            channels: 2
        }),
        (0u128..4).prop_map(|n| CallFact::LegHeard {
            leg_id: leg(n),
            quality: LegQuality::default()
        }),
        Just(CallFact::AgentGone { agent_id: LI }),
        Just(CallFact::AgentBack { agent_id: LI }),
        Just(CallFact::VoicemailStarted),
        Just(CallFact::CallbackRequested),
        (0u128..4, kind, who).prop_map(|(n, kind, agent_id)| CallFact::LegJoined {
            leg_id: leg(n),
            kind,
            agent_id
        }),
        (0u128..4).prop_map(|n| CallFact::LegLeft { leg_id: leg(n) }),
        (by, word).prop_map(|(by, word)| CallFact::Ended {
            by,
            cause: EndCause::of(word)
        }),
    ]
}

fn act() -> impl Strategy<Value = Act> {
    let agent = prop_oneof![Just(LI), Just(WANG)];
    prop_oneof![
        6 => fact().prop_map(Act::Fact),
        4 => (agent.clone(), 0..commands().len()).prop_map(|(who, n)| Act::Agent(who, n)),
        3 => agent.prop_map(Act::Route),
        1 => Just(Act::Fire),
        1 => Just(Act::Lose),
        2 => (0u64..400).prop_map(Act::Wait),
    ]
}

fn direction() -> impl Strategy<Value = Direction> {
    prop_oneof![3 => Just(Direction::Inbound), 1 => Just(Direction::Outbound)]
}

/// What was final stays so, whatever comes.
fn assert_final_stays(before: &Call, after: &Call) {
    if !before.is_over() {
        return;
    }
    let left = match before.state {
        CallState::Wrapup => matches!(after.state, CallState::Wrapup | CallState::Closed),
        state => after.state == state,
    };
    assert!(left, "{:?} became {:?}", before.state, after.state);
    assert_eq!(
        (before.times, before.cause, before.ended_by, before.agent_id),
        (after.times, after.cause, after.ended_by, after.agent_id)
    );
    assert!(after.offer.is_none() && after.is_over());
}

fn assert_sound(story: &Story) {
    let call = &story.call;
    assert_eq!(
        call.state == CallState::Offering,
        call.offer.is_some() && call.state != CallState::Transferring
    );
    let now = story.now;
    let whole = call.times.ended_at.unwrap_or(now).as_millisecond()
        - call.times.started_at.as_millisecond();
    let told = call.times.talk_ms(now) + call.times.wait_ms(now);
    assert!(told <= u64::try_from(whole).unwrap(), "{told} of {whole}");
    if matches!(call.state, CallState::Active | CallState::Held) {
        assert!(call.times.answered_at.is_some());
    }
    assert_eq!(call.is_final(), call.due_at().is_none() && call.is_over());
}

proptest! {
    #[test]
    fn no_order_of_things_makes_a_call_unsound(
        direction in direction(),
        record in any::<bool>(),
        acts in prop::collection::vec(act(), 0..60),
    ) {
        let rules = CallRules { record, ..CallRules::default() };
        let mut story = Story::new(direction, "sip", rules);
        for act in acts {
            let before = story.call.clone();
            match act {
                Act::Fact(fact) => {
                    story.line(fact.clone());
                    let again = story.line(fact.clone());
                    // A hold and the like may come again at any time; the same fact right behind itself is never news.
                    prop_assert_eq!(again, vec![], "{:?} twice", fact);
                }
                Act::Agent(agent, n) => {
                    let _ = story.agent(agent, &commands()[n]);
                }
                Act::Route(agent) => {
                    let _ = story.ask(&plugboard_domain::Actor::system("router"), true, &route_to(agent));
                }
                Act::Fire => {
                    for _ in 0..10 {
                        if story.fire().is_empty() { break; }
                    }
                    prop_assert_eq!(story.fire(), vec![], "timers come to rest");
                }
                Act::Lose => {
                    story.ask(&plugboard_domain::Actor::system("start"), true, &CallCommand::Lose).unwrap();
                    prop_assert!(story.call.is_over());
                }
                Act::Wait(secs) => { story.after(secs); }
            }
            assert_final_stays(&before, &story.call);
            assert_sound(&story);
        }
        // An old snapshot and what came after it are the fresh one.
        for n in 0..=story.journal.len() {
            let snapshot = story.journal[..n].iter().fold(None, |it, recorded| Call::apply(it, CALL, recorded));
            let stored = serde_json::to_string(&snapshot).unwrap();
            let snapshot: Option<Call> = serde_json::from_str(&stored).unwrap();
            let fresh = story.journal[n..].iter().fold(snapshot, |it, recorded| Call::apply(it, CALL, recorded));
            prop_assert_eq!(fresh.as_ref(), Some(&story.call));
        }
    }

    #[test]
    fn what_a_pbx_says_in_any_order_is_one_answered_call(order in Just(vec![0, 1, 2, 0, 1, 2]).prop_shuffle()) {
        let mut story = Story::new(Direction::Inbound, "cti", CallRules::default());
        let said = [
            CallFact::LegJoined { leg_id: leg(1), kind: LegKind::External, agent_id: Some(LI) },
            CallFact::Answered,
            CallFact::Ended { by: EndedBy::Caller, cause: EndCause::of(EndWord::Normal) },
        ];
        let first = |n| order.iter().position(|it| *it == n).unwrap();
        for n in &order {
            story.after(5);
            story.line(said[*n].clone());
        }
        let answered = first(1) < first(2);
        let expected = match (answered, first(0) < first(1)) {
            (false, _) => CallState::Abandoned,
            (true, true) => CallState::Wrapup,
            (true, false) => CallState::Closed,
        };
        prop_assert_eq!(story.call.state, expected);
    }
}

#[test]
fn a_pbx_that_falls_silent_is_not_believed_for_ever() {
    let mut story = Story::new(Direction::Inbound, "cti", CallRules::default());
    story.line(CallFact::Answered);
    assert_eq!(story.after(11 * 3_600).fire(), []);
    story.after(2 * 3_600).fire();
    assert_eq!(story.call.cause.unwrap().word, EndWord::Lost);
    assert!(story.call.is_final());
}

#[test]
fn a_restart_fails_what_the_line_carried_and_leaves_what_a_pbx_carries() {
    let lose = |story: &mut Story| {
        story
            .ask(
                &plugboard_domain::Actor::system("start"),
                true,
                &CallCommand::Lose,
            )
            .unwrap();
        story.call.state
    };
    let mut ours = Story::ringing();
    ours.line(CallFact::Answered);
    assert_eq!(lose(&mut ours), CallState::Failed);
    assert_eq!(ours.call.cause.unwrap().word, EndWord::ServerRestart);
    let mut theirs = Story::new(Direction::Inbound, "cti", CallRules::default());
    theirs.line(CallFact::Answered);
    assert_eq!(lose(&mut theirs), CallState::Active);
}

#[test]
fn nothing_is_recorded_against_the_policy_but_what_a_caller_leaves_is() {
    let mut story = Story::ringing();
    assert_eq!(story.line(CallFact::RecordingStarted), []);
    story.line(CallFact::VoicemailStarted);
    assert_eq!(story.line(CallFact::RecordingStarted).len(), 1);
}
