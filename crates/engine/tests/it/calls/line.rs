//! A call from its first ring to its write-up, and its conversation beside it.

use std::time::Duration;

use plugboard_domain::{
    Rejection,
    access::{Role, Scope},
    call::{
        CallCommand, CallFact, CallState, EndWord, LegKind, ListenMode, TransferKind, TransferTo,
    },
    conversation::{Status, StatusRequest, Waiting},
    desk::Availability,
    message::MessageKind,
};
use plugboard_engine::EngineError;
use serde_json::json;

use super::{Exchange, state};

fn refused<T: std::fmt::Debug>(result: Result<T, EngineError>) -> Rejection {
    match result {
        Err(EngineError::Rejected(rejection)) => rejection,
        other => panic!("{other:?} was not refused"),
    }
}

#[tokio::test]
async fn one_caller_is_one_contact_one_conversation_and_one_message_for_each_call() {
    let exchange = Exchange::open(0, json!({})).await;
    let first = exchange.rings("a", "13800138000").await;
    let again = exchange.rings("a", "13800138000").await;
    assert!(again.repeated);
    assert_eq!(again.call_id, first.call_id);
    exchange.hangs_up(first.call_id.unwrap()).await;
    let second = exchange.rings("b", "+86 138-0013-8000").await;
    assert_ne!(second.call_id, first.call_id);
    assert_eq!(second.contact_id, first.contact_id);
    assert_eq!(
        second.conversation_id, first.conversation_id,
        "the reuse rule"
    );
    let stranger = exchange.rings("c", "13800138001").await;
    assert_ne!(stranger.contact_id, first.contact_id);
    let hidden = exchange.rings("d", "anonymous").await;
    let hidden_too = exchange.rings("e", "anonymous").await;
    assert_ne!(hidden.contact_id, hidden_too.contact_id);
    let store = exchange.desk.engine.store();
    let messages = store
        .messages(
            first.conversation_id.unwrap(),
            plugboard_store::Stretch::Newest,
            9,
        )
        .await
        .unwrap();
    assert_eq!(messages.len(), 2);
    assert!(messages.iter().all(|it| it.row.kind == MessageKind::Call));
    let view = exchange.view(second.call_id.unwrap()).await;
    assert_eq!(view.row.line.number, "+86 138-0013-8000");
    assert_eq!(view.row.line.e164.as_deref(), Some("+8613800138000"));
    let shown = async |id| {
        let found = store.contact(id, Scope::default()).await.unwrap().unwrap();
        (found.profile.name, found.profile.phone)
    };
    let number = Some("+8613800138000".to_owned());
    assert_eq!(shown(first.contact_id.unwrap()).await, (None, number));
    assert_eq!(shown(hidden.contact_id.unwrap()).await, (None, None));
    exchange.close().await;
}

#[tokio::test]
async fn a_call_is_offered_taken_talked_in_and_written_up() {
    let dispositions = json!({"dispositions": [{"code": "refund", "label": "Refund"}]});
    let exchange = Exchange::open(1, dispositions).await;
    let (id, agent) = exchange.talks("a", "13800138000").await;
    let conversation = exchange.call(id).await.conversation_id;
    let talked = exchange.desk.conversation(conversation).await;
    assert_eq!(talked.assignment.agent(), Some(agent));
    assert!(matches!(talked.waiting, Waiting::Contact { .. }));
    assert!(talked.first_response_at.is_some());
    exchange.desk.clock.advance(Duration::from_secs(10));
    exchange.by(agent, id, CallCommand::Hold).await.unwrap();
    exchange.desk.clock.advance(Duration::from_secs(5));
    exchange.by(agent, id, CallCommand::Resume).await.unwrap();
    exchange.hangs_up(id).await;
    let call = exchange.call(id).await;
    assert_eq!(call.state, CallState::Wrapup);
    assert_eq!(call.times.hold_ms(exchange.desk.engine.now()), 5_000);
    let wrap_up = |code: &str| CallCommand::WrapUp {
        code: Some(code.into()),
        note: Some("wants it back".into()),
        follow_up_at: None,
    };
    refused(exchange.by(agent, id, wrap_up("other")).await);
    exchange.by(agent, id, wrap_up("refund")).await.unwrap();
    let view = exchange.view(id).await;
    assert_eq!(view.row.call.state, CallState::Closed);
    assert_eq!(view.row.line.note.as_deref(), Some("wants it back"));
    exchange.close().await;
}

#[tokio::test]
async fn a_missed_call_is_work_that_waits_for_an_answer() {
    let exchange = Exchange::open(1, json!({})).await;
    let agent = exchange.agents[0];
    exchange.desk.available(agent, Availability::Offline).await;
    let id = exchange.waits("a", "13800138000").await;
    exchange.hangs_up(id).await;
    let call = exchange.call(id).await;
    assert_eq!(call.state, CallState::Abandoned);
    assert!(call.is_missed());
    let missed = exchange.desk.conversation(call.conversation_id).await;
    assert!(missed.needs_reply());
    assert_eq!(missed.assignment.agent(), None);
    exchange.desk.available(agent, Availability::Online).await;
    let found = exchange
        .desk
        .until(call.conversation_id, |it| it.assignment.agent().is_some())
        .await;
    assert_eq!(
        found.assignment.agent(),
        Some(agent),
        "routing gives it out"
    );
    exchange.close().await;
}

#[tokio::test]
async fn a_resolved_conversation_opens_again_when_its_contact_rings() {
    let exchange = Exchange::open(1, json!({})).await;
    let (id, agent) = exchange.talks("a", "13800138000").await;
    exchange.hangs_up(id).await;
    let conversation = exchange.call(id).await.conversation_id;
    let resolve =
        plugboard_domain::conversation::ConversationCommand::SetStatus(StatusRequest::Resolve {
            disposition: None,
        });
    exchange
        .desk
        .by(agent, conversation, resolve)
        .await
        .unwrap();
    let second = exchange.ring("b", "13800138000").await;
    assert_eq!(exchange.call(second).await.conversation_id, conversation);
    let open = exchange.desk.conversation(conversation).await;
    assert_eq!(open.status, Status::Open);
    exchange.close().await;
}

#[tokio::test]
async fn who_hangs_up_in_the_moment_in_which_all_calls_are_looked_at_is_gone() {
    let exchange = Exchange::open(0, json!({})).await;
    let ends = exchange.waits("a", "13800138000").await;
    let begins = exchange.ring("b", "13800138001").await;
    let leg = CallFact::LegJoined {
        leg_id: exchange.desk.engine.mint(),
        kind: LegKind::Trunk,
        agent_id: None,
    };
    // They are one batch: an end; what has to know of all calls that go on; and a late report of the first.
    tokio::join!(
        exchange.hangs_up(ends),
        exchange.line(begins, CallFact::Queued { team_id: None }),
        exchange.line(ends, leg),
    );
    let call = exchange.call(ends).await;
    assert_eq!(call.state, CallState::Abandoned);
    assert!(call.is_over());
    exchange.close().await;
}

#[tokio::test]
async fn what_went_on_at_a_restart_has_failed_and_what_was_over_is_as_it_was() {
    let exchange = Exchange::open(2, json!({})).await;
    let (talking, _) = exchange.talks("a", "13800138000").await;
    let (over, _) = exchange.talks("b", "13800138001").await;
    exchange.hangs_up(over).await;
    let Exchange {
        desk,
        inbox,
        team,
        agents,
    } = exchange;
    let desk = desk.restart().await;
    assert_eq!(desk.engine.end_lost_calls().await.unwrap(), 1);
    assert_eq!(desk.engine.end_lost_calls().await.unwrap(), 0);
    let exchange = Exchange {
        desk,
        inbox,
        team,
        agents,
    };
    let lost = exchange.call(talking).await;
    assert_eq!(lost.state, CallState::Failed);
    assert_eq!(lost.cause.unwrap().word, EndWord::ServerRestart);
    let cut_off = exchange.desk.conversation(lost.conversation_id).await;
    assert!(matches!(cut_off.waiting, Waiting::Agent { .. }));
    let over = exchange.call(over).await;
    assert_eq!(over.state, CallState::Wrapup);
    let talked = exchange.desk.conversation(over.conversation_id).await;
    assert!(matches!(talked.waiting, Waiting::Contact { .. }));
    exchange.close().await;
}

#[tokio::test]
async fn calls_are_handed_on_to_those_who_are_free_and_overheard_by_those_who_lead() {
    let exchange = Exchange::open(2, json!({})).await;
    let boss = exchange.desk.agent("Boss", Role::Supervisor).await;
    let (id, agent) = exchange.talks("a", "13800138000").await;
    let other = exchange
        .agents
        .iter()
        .copied()
        .find(|it| *it != agent)
        .unwrap();
    let listen = || CallCommand::Listen {
        mode: ListenMode::Listen,
    };
    assert!(matches!(
        refused(exchange.by(other, id, listen()).await),
        Rejection::Forbidden(_)
    ));
    exchange.by(boss, id, listen()).await.unwrap();
    let warm = |to| CallCommand::Transfer {
        kind: TransferKind::Warm,
        to: TransferTo::Agent(to),
        note: Some("knows the order".into()),
    };
    exchange.desk.available(other, Availability::Away).await;
    refused(exchange.by(agent, id, warm(other)).await);
    exchange.desk.available(other, Availability::Online).await;
    exchange.by(agent, id, warm(other)).await.unwrap();
    exchange.by(other, id, CallCommand::Accept).await.unwrap();
    exchange
        .by(agent, id, CallCommand::CompleteTransfer)
        .await
        .unwrap();
    assert_eq!(exchange.call(id).await.agent_id, Some(other));
    let number = |number: &str| CallCommand::Transfer {
        kind: TransferKind::Blind,
        to: TransferTo::Number(number.into()),
        note: None,
    };
    refused(exchange.by(other, id, number("+18765552671")).await);
    exchange.by(other, id, number("13800138009")).await.unwrap();
    let view = exchange.view(id).await;
    assert_eq!(
        view.row.line.transfer_number.as_deref(),
        Some("+8613800138009")
    );
    exchange.line(id, CallFact::TransferCompleted).await;
    assert_eq!(exchange.call(id).await.agent_id, None, "they are free");
    exchange.close().await;
}

#[tokio::test]
async fn a_recording_is_read_with_a_mark_and_deleted_when_its_time_is_over() {
    let recording = json!({"recording": {"policy": "always", "retention_days": 1}});
    let exchange = Exchange::open(1, recording).await;
    let (id, agent) = exchange.talks("a", "13800138000").await;
    refused(exchange.by(agent, id, CallCommand::ReadRecording).await);
    exchange.line(id, CallFact::RecordingStarted).await;
    let pause = |paused| CallCommand::PauseRecording { paused };
    exchange.by(agent, id, pause(true)).await.unwrap();
    exchange.by(agent, id, pause(false)).await.unwrap();
    exchange.hangs_up(id).await;
    let kept = CallFact::RecordingKept {
        blob: "ab".repeat(32),
        millis: 900,
        channels: 2,
    };
    exchange.line(id, kept).await;
    exchange
        .by(agent, id, CallCommand::ReadRecording)
        .await
        .unwrap();
    let read = |event: &plugboard_domain::Event| {
        matches!(event, plugboard_domain::Event::RecordingRead { .. })
    };
    assert_eq!(exchange.desk.count(read).await, 1);
    exchange.until(id, state(CallState::Wrapup)).await;
    exchange.desk.clock.advance(Duration::from_secs(31));
    exchange.until(id, state(CallState::Closed)).await;
    exchange.desk.clock.advance(Duration::from_hours(24));
    let gone = exchange
        .until(id, |it| {
            it.recording.as_ref().is_some_and(|it| it.blob.is_none())
        })
        .await;
    assert!(gone.due_at().is_none());
    exchange.close().await;
}
