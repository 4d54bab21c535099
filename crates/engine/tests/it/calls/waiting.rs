//! Who is rung at, and what happens to those who wait.

use std::time::Duration;

use plugboard_domain::{
    call::{CallCommand, CallFact, CallState, EndWord},
    conversation::Assignment,
    desk::{AssignmentMethod, Availability},
};
use serde_json::json;

use super::{Exchange, state};

#[tokio::test]
async fn it_rings_at_one_then_at_the_next_and_then_they_may_leave_a_message() {
    let exchange = Exchange::open(2, json!({"queue": {"max_wait_seconds": 100}})).await;
    let id = exchange.waits("a", "13800138000").await;
    let first = exchange.rings_at(id).await;
    exchange.by(first, id, CallCommand::Decline).await.unwrap();
    let second = exchange
        .until(id, |it| {
            it.offer.is_some_and(|offer| offer.agent_id != first)
        })
        .await
        .offer
        .unwrap()
        .agent_id;
    assert_ne!(second, first);
    exchange.desk.clock.advance(Duration::from_secs(30));
    let passed = exchange.until(id, |it| it.passed.len() == 2).await;
    assert!(passed.wants_agent());
    exchange.desk.settle().await;
    assert!(exchange.call(id).await.offer.is_none(), "not a second time");
    exchange.desk.clock.advance(Duration::from_secs(70));
    exchange.until(id, state(CallState::Voicemail)).await;
    exchange.close().await;
}

#[tokio::test]
async fn a_decision_says_why_it_rang_there() {
    let exchange = Exchange::open(1, json!({})).await;
    let (id, _) = exchange.talks("a", "13800138000").await;
    let conversation = exchange.call(id).await.conversation_id;
    let store = exchange.desk.engine.store();
    let traces = store.decisions(conversation).await.unwrap();
    assert_eq!(traces.len(), 1, "and nothing else was decided about it");
    assert_eq!(traces[0].0.inputs["voice"], true);
    assert!(
        traces[0].0.reason.contains("longest without a call"),
        "{}",
        traces[0].0.reason
    );
    exchange.close().await;
}

#[tokio::test]
async fn who_talks_or_writes_up_is_rung_at_by_nobody_and_gets_nothing_else() {
    let exchange = Exchange::open(1, json!({})).await;
    let (first, agent) = exchange.talks("a", "13800138000").await;
    let second = exchange.waits("b", "13800138001").await;
    let chat = exchange
        .desk
        .inbox(
            Some(exchange.team),
            plugboard_domain::desk::InboxPolicy::default(),
        )
        .await;
    let written = exchange.desk.says(chat, "visitor", "hello").await;
    exchange.desk.settle().await;
    assert!(exchange.call(second).await.offer.is_none());
    assert_eq!(
        exchange.desk.conversation(written).await.assignment.agent(),
        None
    );
    exchange.hangs_up(first).await;
    exchange.desk.settle().await;
    assert!(
        exchange.call(second).await.offer.is_none(),
        "they write it up"
    );
    exchange.desk.clock.advance(Duration::from_secs(30));
    assert_eq!(exchange.rings_at(second).await, agent);
    exchange.hangs_up(second).await;
    exchange
        .desk
        .until(written, |it| it.assignment.agent() == Some(agent))
        .await;
    exchange.close().await;
}

#[tokio::test]
async fn the_longest_idle_is_rung_at_first() {
    let exchange = Exchange::open(2, json!({"wrapup_seconds": 0})).await;
    let (id, first) = exchange.talks("a", "13800138000").await;
    exchange.desk.clock.advance(Duration::from_secs(10));
    exchange.hangs_up(id).await;
    let (id, second) = exchange.talks("b", "13800138001").await;
    assert_ne!(second, first);
    exchange.desk.clock.advance(Duration::from_secs(10));
    exchange.hangs_up(id).await;
    let third = exchange.waits("c", "13800138002").await;
    assert_eq!(exchange.rings_at(third).await, first);
    exchange.close().await;
}

#[tokio::test]
async fn a_conversation_stays_its_owners_and_rings_at_them_first() {
    let exchange = Exchange::open(2, json!({"wrapup_seconds": 0})).await;
    let (id, owner) = exchange.talks("a", "13800138000").await;
    exchange.desk.clock.advance(Duration::from_secs(1));
    exchange.hangs_up(id).await;
    let again = exchange.waits("b", "13800138000").await;
    assert_eq!(
        exchange.rings_at(again).await,
        owner,
        "though the other idles"
    );
    exchange
        .by(owner, again, CallCommand::Decline)
        .await
        .unwrap();
    let other = exchange
        .until(again, |it| {
            it.offer.is_some_and(|offer| offer.agent_id != owner)
        })
        .await;
    let other = other.offer.unwrap().agent_id;
    exchange
        .by(other, again, CallCommand::Accept)
        .await
        .unwrap();
    let conversation = exchange.call(again).await.conversation_id;
    let state = exchange.desk.conversation(conversation).await;
    assert!(matches!(state.assignment, Assignment::Assigned { agent, .. } if agent == owner));
    exchange.close().await;
}

#[tokio::test]
async fn who_comes_online_is_rung_at_and_no_team_means_everybody() {
    let exchange = Exchange::open(1, json!({})).await;
    let agent = exchange.agents[0];
    exchange.desk.available(agent, Availability::Offline).await;
    let anywhere = super::phone(&exchange.desk, None, json!({})).await;
    let exchange = Exchange {
        inbox: anywhere,
        ..exchange
    };
    let id = exchange.waits("a", "13800138000").await;
    exchange.desk.settle().await;
    assert!(exchange.call(id).await.offer.is_none());
    exchange.desk.available(agent, Availability::Online).await;
    assert_eq!(exchange.rings_at(id).await, agent);
    exchange.close().await;
}

#[tokio::test]
async fn too_many_who_wait_are_dealt_with_at_once() {
    let full = json!({"queue": {"limit": 1, "then": "hangup"}});
    let exchange = Exchange::open(0, full).await;
    let first = exchange.waits("a", "13800138000").await;
    let second = exchange.waits("b", "13800138001").await;
    assert_eq!(exchange.call(first).await.state, CallState::Queued);
    let full = exchange.call(second).await;
    assert_eq!(full.state, CallState::Rejected);
    assert_eq!(full.cause.unwrap().word, EndWord::QueueFull);
    exchange.close().await;
}

#[tokio::test]
async fn who_would_rather_be_called_back_is_work() {
    let exchange = Exchange::open(0, json!({})).await;
    let id = exchange.waits("a", "13800138000").await;
    exchange.line(id, CallFact::CallbackRequested).await;
    let call = exchange.call(id).await;
    assert!(call.callback && call.is_missed());
    let state = exchange.desk.conversation(call.conversation_id).await;
    assert!(state.needs_reply());
    exchange.close().await;
}

#[tokio::test]
async fn another_team_is_rung_at_when_the_first_does_not_answer() {
    let exchange = Exchange::open(1, json!({})).await;
    exchange
        .desk
        .available(exchange.agents[0], Availability::Offline)
        .await;
    let night = exchange
        .desk
        .agent("Night", plugboard_domain::access::Role::Agent)
        .await;
    let team = exchange.desk.team(&[night], AssignmentMethod::Manual).await;
    exchange.desk.available(night, Availability::Online).await;
    let then = json!({"queue": {"max_wait_seconds": 60, "then": team}});
    let inbox = super::phone(&exchange.desk, Some(exchange.team), then).await;
    let exchange = Exchange { inbox, ..exchange };
    let id = exchange.waits("a", "13800138000").await;
    exchange.desk.settle().await;
    exchange.desk.clock.advance(Duration::from_secs(60));
    assert_eq!(exchange.rings_at(id).await, night, "even by hand");
    exchange.close().await;
}
