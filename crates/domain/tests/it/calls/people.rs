//! What agents and timers decide.

use plugboard_domain::{
    Actor, Rejection,
    call::{
        CallChange, CallCommand as C, CallFact, CallRules, CallState, Direction, EndCause, EndWord,
        EndedBy, LegKind, ListenMode, QueueThen, TransferKind, TransferState, TransferTo,
    },
};

use plugboard_domain::ids::LegId;
use uuid::Uuid;

use super::{Story, lines::route_to};
use crate::support::{CARE, LI, NIGHT, WANG};

fn router(story: &mut Story, agent: plugboard_domain::AgentId) {
    story
        .ask(&Actor::system("router"), true, &route_to(agent))
        .unwrap();
}

fn queued() -> Story {
    let mut story = Story::ringing();
    story.line(CallFact::Queued { team_id: None });
    story
}

fn talking() -> Story {
    let mut story = queued();
    router(&mut story, LI);
    story.after(5).agent(LI, &C::Accept).unwrap();
    story
}

/// Whoever has it hands it on.
fn hand(story: &mut Story, kind: TransferKind, to: TransferTo) {
    let note = None;
    story.agent(LI, &C::Transfer { kind, to, note }).unwrap();
}

fn hang_up() -> CallFact {
    CallFact::Ended {
        by: EndedBy::Caller,
        cause: EndCause::of(EndWord::Normal),
    }
}

#[test]
fn only_the_agent_at_whom_it_rings_can_take_it() {
    let mut story = queued();
    router(&mut story, LI);
    let refused = story.agent(WANG, &C::Accept).unwrap_err();
    assert!(matches!(refused, Rejection::Conflict(_)));
    story.after(5).agent(LI, &C::Accept).unwrap();
    assert_eq!(story.call.state, CallState::Active);
    assert_eq!(story.call.times.wait_ms(story.now), 5_000);
    assert_eq!(story.agent(LI, &C::Accept).unwrap(), [], "a second click");
}

#[test]
fn who_declines_or_lets_it_ring_has_passed_and_it_waits_again() {
    let mut story = queued();
    router(&mut story, LI);
    story.agent(LI, &C::Decline).unwrap();
    assert!(story.call.wants_agent());
    router(&mut story, WANG);
    assert_eq!(story.after(29).fire(), []);
    story.after(1).fire();
    assert!(story.call.wants_agent());
    assert_eq!(story.call.passed, [LI, WANG].into());
}

#[test]
fn who_has_waited_long_enough_may_leave_a_message_even_while_it_rings() {
    let mut story = queued();
    story.after(290);
    router(&mut story, LI);
    story.after(10).fire();
    assert_eq!(story.call.state, CallState::Voicemail);
    assert!(story.agent(LI, &C::Accept).is_err());
    story.line(hang_up());
    assert_eq!(story.call.state, CallState::Voicemail);
    assert!(story.call.is_missed() && story.call.is_final());
}

#[test]
fn another_team_gets_one_chance_and_then_they_may_leave_a_message() {
    let then = QueueThen::Team(NIGHT);
    let rules = CallRules {
        then,
        ..CallRules::default()
    };
    let mut story = Story::new(Direction::Inbound, "sip", rules);
    story.line(CallFact::Queued { team_id: None });
    story.after(300).fire();
    assert_eq!(story.call.team_id, Some(NIGHT));
    assert!(story.call.wants_agent());
    story.after(300).fire();
    assert_eq!(story.call.state, CallState::Voicemail);
}

#[test]
fn waiting_ends_with_hanging_up_or_with_the_wish_to_be_called_back() {
    for (then, callback) in [(QueueThen::Hangup, false), (QueueThen::Callback, true)] {
        let rules = CallRules {
            then,
            ..CallRules::default()
        };
        let mut story = Story::new(Direction::Inbound, "sip", rules);
        story.line(CallFact::Queued { team_id: None });
        story.after(300).fire();
        assert_eq!(story.call.state, CallState::Abandoned);
        assert_eq!(story.call.callback, callback);
    }
}

#[test]
fn music_does_not_count_as_talk_and_the_call_is_written_up_in_time() {
    let mut story = talking();
    story.after(10).agent(LI, &C::Hold).unwrap();
    assert_eq!(story.agent(LI, &C::Hold).unwrap(), [], "a second click");
    story.after(20).agent(LI, &C::Resume).unwrap();
    story.after(30).line(hang_up());
    let times = story.call.times;
    assert_eq!(times.hold_ms(story.now), 20_000);
    assert_eq!(times.talk_ms(story.now), 40_000);
    assert_eq!(story.call.state, CallState::Wrapup);
    assert_eq!(story.call.occupies(), [LI]);
    story.after(30).fire();
    assert_eq!(story.call.state, CallState::Closed);
    assert_eq!(story.call.occupies(), []);
    let written = C::WrapUp {
        code: Some("refund".into()),
        note: Some("wants it back".into()),
        follow_up_at: None,
    };
    assert!(story.agent(WANG, &written).is_err(), "not their call");
    story.agent(LI, &written).unwrap();
    let disposition = story.call.disposition.as_ref().unwrap();
    assert_eq!(disposition.code.as_deref(), Some("refund"));
    assert!(disposition.noted);
}

#[test]
fn a_warm_transfer_speaks_first_and_can_be_taken_back() {
    let mut story = talking();
    let transfer = C::Transfer {
        kind: TransferKind::Warm,
        to: TransferTo::Agent(WANG),
        note: None,
    };
    story.agent(LI, &transfer).unwrap();
    assert!(story.agent(LI, &C::CompleteTransfer).is_err(), "too early");
    story.agent(WANG, &C::Accept).unwrap();
    assert_eq!(story.call.occupies(), [LI, WANG]);
    story.agent(LI, &C::CancelTransfer).unwrap();
    assert_eq!(story.call.agent_id, Some(LI));
    assert_eq!(story.call.state, CallState::Active);
    story.agent(LI, &transfer).unwrap();
    story.agent(WANG, &C::Accept).unwrap();
    story.agent(LI, &C::CompleteTransfer).unwrap();
    assert_eq!(story.call.agent_id, Some(WANG));
    assert_eq!(story.call.transfer.unwrap().state, TransferState::Completed);
    assert!(story.agent(LI, &C::Hold).is_err(), "not theirs any more");
}

#[test]
fn a_blind_transfer_that_nobody_takes_goes_back_to_the_queue() {
    let mut story = talking();
    let transfer = C::Transfer {
        kind: TransferKind::Blind,
        to: TransferTo::Agent(WANG),
        note: None,
    };
    story.agent(LI, &transfer).unwrap();
    assert_eq!(
        story.call.occupies(),
        [LI, WANG],
        "who handed it on writes it up"
    );
    story.after(30).fire();
    assert_eq!(story.call.occupies(), [], "and is free again");
    assert_eq!(story.call.state, CallState::Queued);
    assert_eq!(story.call.transfer.unwrap().state, TransferState::Failed);
    assert!(story.call.wants_agent());
    story.line(hang_up());
    assert_eq!(story.call.state, CallState::Abandoned);
}

#[test]
fn a_transfer_to_a_team_lets_routing_choose_while_its_agent_waits_or_not() {
    for (kind, with) in [(TransferKind::Warm, Some(LI)), (TransferKind::Blind, None)] {
        let mut story = talking();
        let to = TransferTo::Team(NIGHT);
        hand(&mut story, kind, to);
        assert!(story.call.wants_agent());
        assert_eq!(story.call.wanted_team(), Some(NIGHT));
        assert_eq!(story.call.agent_id, with);
        router(&mut story, WANG);
        story.agent(WANG, &C::Accept).unwrap();
        assert!(!story.call.wants_agent());
    }
    assert_ne!(CARE, NIGHT);
}

#[test]
fn who_is_consulted_leaves_alone_and_who_has_it_ends_it() {
    let mut story = talking();
    let to = TransferTo::Agent(WANG);
    let kind = TransferKind::Warm;
    hand(&mut story, kind, to);
    story.agent(WANG, &C::Accept).unwrap();
    story.agent(WANG, &C::HangUp).unwrap();
    assert_eq!(story.call.state, CallState::Active);
    story.agent(LI, &C::HangUp).unwrap();
    assert_eq!(story.call.state, CallState::Wrapup);
    assert_eq!(story.call.ended_by, Some(EndedBy::Agent));
    assert_eq!(story.agent(LI, &C::HangUp).unwrap(), [], "a second click");
}

#[test]
fn who_listens_leaves_alone() {
    let mut story = talking();
    let leg_id = LegId(Uuid::from_u128(77));
    story.line(CallFact::LegJoined {
        leg_id,
        kind: LegKind::Listener,
        agent_id: Some(WANG),
    });
    assert!(story.call.occupies().contains(&WANG));
    let left = story.agent(WANG, &C::HangUp).unwrap();
    assert_eq!(left, [CallChange::Left { agent_id: WANG }]);
    assert_eq!(story.call.state, CallState::Active);
    assert!(story.call.legs.iter().all(|it| it.left_at.is_some()));
    assert_eq!(story.call.occupies(), [LI]);
    story.agent(WANG, &C::HangUp).unwrap_err();
    story.agent(WANG, &C::Leave).expect("a second click");
    assert_eq!(story.call.state, CallState::Active);
}

#[test]
fn who_listens_can_leave_before_their_end_is_there() {
    let mut story = talking();
    let mode = ListenMode::Barge;
    story.agent(WANG, &C::Listen { mode }).unwrap();
    assert_eq!(story.call.occupies(), [LI, WANG], "nothing rings at them");
    story.agent(WANG, &C::Leave).unwrap();
    assert_eq!(story.call.state, CallState::Active, "it goes on");
    assert_eq!(story.call.occupies(), [LI]);
    // What the line did before it heard of it.
    let leg_id = LegId(Uuid::from_u128(77));
    story.line(CallFact::LegJoined {
        leg_id,
        kind: LegKind::Listener,
        agent_id: Some(WANG),
    });
    story.line(CallFact::LegLeft { leg_id });
    assert_eq!(story.call.occupies(), [LI]);
}

#[test]
fn who_is_alone_with_the_caller_cannot_leave_and_who_put_two_together_can() {
    let mut story = talking();
    assert!(matches!(
        story.agent(LI, &C::Leave),
        Err(Rejection::Conflict(_))
    ));
    let to = TransferTo::Agent(WANG);
    let transfer = C::Transfer {
        kind: TransferKind::Warm,
        to,
        note: None,
    };
    story.agent(LI, &transfer).unwrap();
    assert!(story.agent(LI, &C::Leave).is_err(), "nobody is there yet");
    story.agent(WANG, &C::Accept).unwrap();
    story.agent(WANG, &C::Leave).unwrap();
    assert_eq!(
        story.call.agent_id,
        Some(LI),
        "who is consulted gives it back"
    );
    story.agent(LI, &transfer).unwrap();
    story.agent(WANG, &C::Accept).unwrap();
    story.agent(LI, &C::Leave).unwrap();
    assert_eq!(story.call.agent_id, Some(WANG));
    assert_eq!(story.call.state, CallState::Active);
}

#[test]
fn who_hands_a_call_on_writes_it_up_and_who_talked_last_has_the_last_word() {
    let mut story = talking();
    let transfer = C::Transfer {
        kind: TransferKind::Blind,
        to: TransferTo::Team(NIGHT),
        note: None,
    };
    story.agent(LI, &transfer).unwrap();
    router(&mut story, WANG);
    story.agent(WANG, &C::Accept).unwrap();
    assert_eq!(story.call.occupies(), [LI, WANG]);
    let written = |code: &str| C::WrapUp {
        code: Some(code.into()),
        note: None,
        follow_up_at: None,
    };
    story.agent(LI, &written("order")).unwrap();
    assert_eq!(story.call.state, CallState::Active, "it goes on");
    assert_eq!(story.call.occupies(), [WANG]);
    story.line(hang_up());
    story.agent(WANG, &written("refund")).unwrap();
    story.agent(LI, &written("late")).unwrap();
    let disposition = story.call.disposition.as_ref().unwrap();
    assert_eq!(disposition.code.as_deref(), Some("refund"));
    assert!(story.call.is_final());
}

#[test]
fn a_write_up_of_who_handed_it_on_outlasts_the_call_and_ends_in_time() {
    let mut story = talking();
    let transfer = C::Transfer {
        kind: TransferKind::Blind,
        to: TransferTo::Team(NIGHT),
        note: None,
    };
    story.agent(LI, &transfer).unwrap();
    story.line(hang_up());
    assert_eq!(story.call.state, CallState::Abandoned);
    assert!(!story.call.is_final());
    assert_eq!(story.call.occupies(), [LI]);
    story.after(30).fire();
    assert!(story.call.is_final());
    assert_eq!(story.call.state, CallState::Abandoned);
}

#[test]
fn a_dialled_call_rings_is_answered_or_given_up() {
    let dialled = || Story::new(Direction::Outbound, "sip", CallRules::default());
    let mut story = dialled();
    assert_eq!(story.call.occupies(), [LI]);
    story.after(2).line(CallFact::EarlyMedia);
    story.after(3).line(CallFact::Answered);
    assert_eq!(story.call.state, CallState::Active);
    assert_eq!(story.call.agent_id, Some(LI));
    let mut given_up = dialled();
    given_up.agent(LI, &C::HangUp).unwrap();
    assert_eq!(given_up.call.state, CallState::Abandoned);
    for (word, state) in [
        (EndWord::Busy, CallState::Rejected),
        (EndWord::NoAnswer, CallState::Rejected),
        (EndWord::Failure, CallState::Failed),
        (EndWord::Unreachable, CallState::Failed),
    ] {
        let mut story = dialled();
        let cause = EndCause::of(word);
        story.line(CallFact::Ended {
            by: EndedBy::Caller,
            cause,
        });
        assert_eq!(story.call.state, state, "{word:?}");
        assert!(!story.call.is_missed());
    }
}

#[test]
fn a_call_of_a_pbx_is_worked_at_the_telephone() {
    let mut story = Story::new(Direction::Inbound, "cti", CallRules::default());
    story.line(CallFact::Answered);
    let refused = story.agent(LI, &C::Hold).unwrap_err();
    assert!(refused.to_string().contains("telephone"));
}

/// The browser of the agent is gone.
fn gone() -> Story {
    let mut story = talking();
    story.line(CallFact::AgentGone { agent_id: LI });
    story
}

#[test]
fn a_call_stays_with_an_agent_whose_page_is_loaded_again() {
    let mut story = gone();
    assert_eq!(story.call.state, CallState::Active);
    assert_eq!(story.line(CallFact::AgentGone { agent_id: LI }), []);
    assert_eq!(story.line(CallFact::AgentBack { agent_id: WANG }), []);
    assert_eq!(story.after(19).fire(), []);
    story.line(CallFact::AgentBack { agent_id: LI });
    assert_eq!(story.call.rejoin_until, None);
    assert_eq!(story.after(60).fire(), []);
    assert!(story.call.is_with(LI));
}

#[test]
fn who_lost_their_agent_waits_before_all_others_and_not_for_the_same_one() {
    let mut story = gone();
    story.after(20).fire();
    assert!(story.call.wants_agent() && story.call.returned);
    assert_eq!(story.call.agent_id, None);
    assert_eq!(story.call.passed, [LI].into());
    assert!(story.call.occupies().is_empty());
    let mut earlier = queued().call;
    earlier.id = plugboard_domain::CallId(Uuid::from_u128(1));
    let waiting = [earlier, story.call.clone()];
    assert_eq!(
        waiting.each_ref().map(|it| it.place(waiting.iter())),
        [Some(2), Some(1)]
    );
    router(&mut story, WANG);
    story.after(3).agent(WANG, &C::Accept).unwrap();
    assert!(story.call.is_with(WANG) && !story.call.returned);
    story.line(hang_up());
    assert_eq!(story.call.state, CallState::Wrapup);
}

#[test]
fn when_nobody_else_comes_they_may_leave_a_message() {
    let mut story = gone();
    story.after(20).fire();
    assert_eq!(story.after(299).fire(), []);
    story.after(1).fire();
    assert_eq!(story.call.state, CallState::Voicemail);
    story.line(hang_up());
    assert!(story.call.is_missed());
}

#[test]
fn whoever_was_consulted_has_the_call_when_its_agent_is_lost() {
    let mut story = talking();
    let kind = TransferKind::Warm;
    let to = TransferTo::Agent(WANG);
    hand(&mut story, kind, to);
    story.line(CallFact::AgentGone { agent_id: LI });
    story.agent(WANG, &C::Accept).unwrap();
    story.after(20).fire();
    assert!(story.call.is_with(WANG));
    assert_eq!(story.call.transfer.unwrap().state, TransferState::Completed);
}

#[test]
fn whoever_only_hears_it_or_is_consulted_and_is_gone_is_not_in_it_any_more() {
    let mut story = talking();
    let mode = ListenMode::Listen;
    story.agent(WANG, &C::Listen { mode }).unwrap();
    let gone = || CallFact::AgentGone { agent_id: WANG };
    assert_eq!(story.line(gone()), [CallChange::Left { agent_id: WANG }]);
    assert_eq!(story.line(gone()), [], "told again");
    hand(&mut story, TransferKind::Warm, TransferTo::Agent(WANG));
    story.agent(WANG, &C::Accept).unwrap();
    assert_eq!(story.line(gone()), [CallChange::TransferFailed {}]);
    assert_eq!(
        (story.call.state, story.call.agent_id),
        (CallState::Active, Some(LI))
    );
    assert_eq!(story.call.rejoin_until, None, "who talks is there");
}

#[test]
fn somebody_whom_a_lost_agent_called_is_let_go() {
    let mut story = Story::new(Direction::Outbound, "sip", CallRules::default());
    story.line(CallFact::Answered);
    story.line(CallFact::AgentGone { agent_id: LI });
    story.after(20).fire();
    assert!(story.call.is_over());
    assert_eq!(story.call.cause.unwrap().word, EndWord::MediaLost);
}

#[test]
fn it_rings_no_more_at_whoever_went_away() {
    let mut story = queued();
    router(&mut story, LI);
    let away = |agent_id| C::Withdraw { agent_id };
    let system = Actor::system("router");
    assert_eq!(story.ask(&system, true, &away(WANG)).unwrap(), []);
    story.ask(&system, true, &away(LI)).unwrap();
    assert!(story.call.wants_agent() && story.call.passed.is_empty());
    let mut handed = talking();
    let to = TransferTo::Agent(WANG);
    let kind = TransferKind::Warm;
    handed
        .agent(
            LI,
            &C::Transfer {
                kind,
                to,
                note: None,
            },
        )
        .unwrap();
    handed.ask(&system, true, &away(WANG)).unwrap();
    assert!(handed.call.is_with(LI));
    assert_eq!(handed.call.transfer.unwrap().state, TransferState::Failed);
}
