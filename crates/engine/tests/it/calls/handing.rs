//! Calls that are handed on, left, and given back; agents who go away; who is to be called.

use std::time::Duration;

use plugboard_domain::{
    Rejection,
    access::Role,
    call::{CallCommand, CallFact, CallState, LegKind, ListenMode, TransferKind, TransferTo},
    conversation::Status,
    desk::Availability,
    ids::{AgentId, CallId},
};
use plugboard_engine::EngineError;
use plugboard_store::{CallFilter, CallStand};
use serde_json::json;

use super::{Exchange, state};

fn refused<T: std::fmt::Debug>(result: Result<T, EngineError>) -> Rejection {
    match result {
        Err(EngineError::Rejected(rejection)) => rejection,
        other => panic!("{other:?} was not refused"),
    }
}

/// Another agent of the exchange than this one.
fn other_than(exchange: &Exchange, agent: AgentId) -> AgentId {
    let mut others = exchange.agents.iter().filter(|it| **it != agent);
    *others.next().expect("there are two")
}

async fn to_call(exchange: &Exchange) -> Vec<CallId> {
    let engine = &exchange.desk.engine;
    let filter = CallFilter {
        stand: Some(CallStand::ToCall),
        now: Some(engine.now()),
        ..CallFilter::default()
    };
    let page = engine.store().calls(filter, None, 50).await.unwrap();
    page.items.iter().map(|it| it.row.call.id).collect()
}

fn write_up(follow_up_at: Option<plugboard_domain::Timestamp>) -> CallCommand {
    CallCommand::WrapUp {
        code: None,
        note: Some("asked for Monday".into()),
        follow_up_at,
    }
}

#[tokio::test]
async fn a_supervisor_leaves_without_ending_anything_and_agents_of_others_calls_cannot_listen() {
    let exchange = Exchange::open(2, json!({})).await;
    let boss = exchange.desk.agent("Boss", Role::Supervisor).await;
    let (id, agent) = exchange.talks("a", "13800138000").await;
    let other = other_than(&exchange, agent);
    for mode in [ListenMode::Listen, ListenMode::Whisper, ListenMode::Barge] {
        let listen = CallCommand::Listen { mode };
        let why = refused(exchange.by(other, id, listen.clone()).await);
        assert!(matches!(why, Rejection::Forbidden(_)), "{why:?}");
        exchange.by(boss, id, listen).await.unwrap();
        assert_eq!(exchange.call(id).await.listening[0].mode, mode);
        exchange.by(boss, id, CallCommand::Leave).await.unwrap();
        let call = exchange.call(id).await;
        assert_eq!(call.state, CallState::Active);
        assert!(call.listening.is_empty());
    }
    // Hanging up is the same as leaving for who listens, also before the line has done anything.
    let mode = ListenMode::Listen;
    exchange
        .by(boss, id, CallCommand::Listen { mode })
        .await
        .unwrap();
    exchange.by(boss, id, CallCommand::HangUp).await.unwrap();
    assert_eq!(exchange.call(id).await.state, CallState::Active);
    let alone = refused(exchange.by(agent, id, CallCommand::Leave).await);
    assert!(matches!(alone, Rejection::Conflict(_)));
    exchange.close().await;
}

#[tokio::test]
async fn a_blind_transfer_leaves_a_write_up_and_a_word_for_the_next() {
    let exchange = Exchange::open(2, json!({})).await;
    let (id, agent) = exchange.talks("a", "13800138000").await;
    let other = other_than(&exchange, agent);
    let transfer = CallCommand::Transfer {
        kind: TransferKind::Blind,
        to: TransferTo::Agent(other),
        note: Some(" order 4711 ".into()),
    };
    exchange.by(agent, id, transfer).await.unwrap();
    let ringing = exchange.view(id).await;
    assert_eq!(ringing.row.line.handover.as_deref(), Some("order 4711"));
    assert_eq!(exchange.rings_at(id).await, other);
    let second = exchange.waits("b", "13800138001").await;
    exchange.by(other, id, CallCommand::Accept).await.unwrap();
    exchange.desk.settle().await;
    assert!(exchange.call(second).await.offer.is_none(), "both are busy");
    exchange.by(agent, id, write_up(None)).await.unwrap();
    assert_eq!(exchange.rings_at(second).await, agent, "free again");
    let handed = exchange.view(id).await;
    assert_eq!(
        handed.row.line.handover.as_deref(),
        Some("order 4711\nasked for Monday")
    );
    assert_eq!(handed.row.line.note, None);
    assert_eq!(handed.row.call.state, CallState::Active);
    exchange.hangs_up(id).await;
    assert_eq!(exchange.call(id).await.state, CallState::Wrapup);
    exchange.close().await;
}

#[tokio::test]
async fn a_write_up_after_handing_on_ends_by_itself() {
    let exchange = Exchange::open(2, json!({})).await;
    let (id, agent) = exchange.talks("a", "13800138000").await;
    let number = TransferTo::Number("13800138009".into());
    let transfer = CallCommand::Transfer {
        kind: TransferKind::Blind,
        to: number,
        note: None,
    };
    exchange.by(agent, id, transfer).await.unwrap();
    assert_eq!(exchange.call(id).await.agent_id, Some(agent));
    let leg_id = exchange.desk.engine.mint();
    let joined = CallFact::LegJoined {
        leg_id,
        kind: LegKind::External,
        agent_id: None,
    };
    exchange.line(id, joined).await;
    exchange.line(id, CallFact::TransferCompleted).await;
    assert_eq!(exchange.call(id).await.occupies(), [agent]);
    exchange.desk.clock.advance(Duration::from_secs(30));
    exchange.until(id, |it| it.occupies().is_empty()).await;
    assert_eq!(exchange.call(id).await.state, CallState::Active);
    exchange.hangs_up(id).await;
    assert_eq!(exchange.call(id).await.state, CallState::Closed);
    exchange.close().await;
}

#[tokio::test]
async fn who_goes_away_while_it_rings_is_rung_at_no_more_and_may_be_again() {
    for away in [Availability::Offline, Availability::Away] {
        let exchange = Exchange::open(2, json!({})).await;
        let id = exchange.waits("a", "13800138000").await;
        let first = exchange.rings_at(id).await;
        exchange.desk.available(first, away).await;
        let other = other_than(&exchange, first);
        let next = exchange
            .until(id, |it| it.offer.is_some_and(|it| it.agent_id == other))
            .await;
        assert!(next.passed.is_empty(), "they did not say no");
        refused(exchange.by(first, id, CallCommand::Accept).await);
        exchange.desk.available(first, Availability::Online).await;
        exchange.by(other, id, CallCommand::Decline).await.unwrap();
        assert_eq!(exchange.rings_at(id).await, first);
        exchange.close().await;
    }
}

#[tokio::test]
async fn when_the_only_one_goes_away_the_caller_waits_on() {
    let exchange = Exchange::open(1, json!({})).await;
    let id = exchange.waits("a", "13800138000").await;
    let only = exchange.rings_at(id).await;
    exchange.desk.available(only, Availability::Offline).await;
    exchange.until(id, state(CallState::Queued)).await;
    exchange.desk.settle().await;
    assert!(exchange.call(id).await.offer.is_none());
    exchange.desk.available(only, Availability::Online).await;
    assert_eq!(exchange.rings_at(id).await, only);
    exchange.close().await;
}

#[tokio::test]
async fn who_rang_in_vain_is_to_be_called_until_somebody_talks_with_them() {
    let exchange = Exchange::open(1, json!({"wrapup_seconds": 0})).await;
    let agent = exchange.agents[0];
    exchange.desk.available(agent, Availability::Offline).await;
    let missed = exchange.waits("a", "13800138000").await;
    exchange.hangs_up(missed).await;
    exchange.desk.clock.advance(Duration::from_secs(1));
    let asked = exchange.waits("b", "13800138001").await;
    exchange.line(asked, CallFact::CallbackRequested).await;
    assert_eq!(to_call(&exchange).await, [asked, missed]);
    assert!(exchange.call(asked).await.callback);
    exchange.desk.available(agent, Availability::Online).await;
    exchange.desk.clock.advance(Duration::from_secs(60));
    let (again, _) = exchange.talks("c", "13800138000").await;
    assert_eq!(to_call(&exchange).await, [asked], "they were talked with");
    exchange.hangs_up(again).await;
    exchange.by(agent, asked, write_up(None)).await.unwrap();
    assert_eq!(to_call(&exchange).await, [], "done by hand");
    exchange.close().await;
}

#[tokio::test]
async fn what_was_agreed_on_is_work_when_it_is_time() {
    let exchange = Exchange::open(1, json!({})).await;
    let (id, agent) = exchange.talks("a", "13800138000").await;
    exchange.hangs_up(id).await;
    let hour = exchange.desk.engine.now() + Duration::from_hours(1);
    exchange.by(agent, id, write_up(Some(hour))).await.unwrap();
    let conversation = exchange.call(id).await.conversation_id;
    let sleeping = exchange.desk.conversation(conversation).await;
    assert_eq!(sleeping.status, Status::Snoozed { until: hour });
    assert_eq!(to_call(&exchange).await, []);
    exchange.desk.clock.advance(Duration::from_hours(1));
    exchange
        .desk
        .until(conversation, |it| it.status == Status::Open)
        .await;
    assert_eq!(to_call(&exchange).await, [id]);
    exchange.by(agent, id, write_up(None)).await.unwrap();
    assert_eq!(to_call(&exchange).await, [], "done");
    exchange.close().await;
}
