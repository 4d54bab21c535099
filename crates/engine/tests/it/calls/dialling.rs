//! Agents who call, and what keeps them from it.

use plugboard_domain::{
    Command, Envelope, Principal, Rejection,
    access::Role,
    call::{CallCommand, CallFact, CallState, DialNumber, Direction},
    conversation::Waiting,
    ids::{AgentId, ContactId, ConversationId},
};
use plugboard_engine::{EngineError, Outcome};
use serde_json::json;

use super::Exchange;

async fn dial(
    exchange: &Exchange,
    agent: AgentId,
    number: Option<&str>,
    contact_id: Option<ContactId>,
    conversation_id: Option<ConversationId>,
) -> Result<Outcome, EngineError> {
    let engine = &exchange.desk.engine;
    let dial = DialNumber {
        id: engine.mint(),
        inbox_id: exchange.inbox,
        number: number.map(str::to_owned),
        contact_id,
        conversation_id,
        new_conversation_id: engine.mint(),
        message_id: engine.mint(),
    };
    let command = Command::Dial(Box::new(dial));
    engine
        .execute(Envelope::new(Principal::Agent(agent), command))
        .await
}

fn why<T: std::fmt::Debug>(result: Result<T, EngineError>) -> String {
    match result {
        Err(EngineError::Rejected(rejection)) => rejection.to_string(),
        other => panic!("{other:?} was not refused"),
    }
}

#[tokio::test]
async fn an_agent_calls_a_number_and_the_answer_goes_into_the_same_conversation() {
    let exchange = Exchange::open(1, json!({})).await;
    let agent = exchange.agents[0];
    let dialled = dial(&exchange, agent, Some("13800138000"), None, None)
        .await
        .unwrap();
    let id = dialled.call_id.unwrap();
    let call = exchange.call(id).await;
    assert_eq!(call.direction, Direction::Outbound);
    assert_eq!((call.state, call.agent_id), (CallState::New, Some(agent)));
    let view = exchange.view(id).await;
    assert_eq!(view.row.line.number, "+8613800138000");
    assert_eq!(view.row.line.own_number, "+8657112345678");
    let begun = exchange.desk.conversation(call.conversation_id).await;
    assert_eq!(begun.assignment.agent(), Some(agent));
    assert!(matches!(begun.waiting, Waiting::Contact { .. }));
    let refused = why(dial(&exchange, agent, Some("13800138001"), None, None).await);
    assert_eq!(refused, "you are in a call already");
    exchange.line(id, CallFact::EarlyMedia).await;
    exchange.line(id, CallFact::Answered).await;
    exchange.by(agent, id, CallCommand::HangUp).await.unwrap();
    assert_eq!(exchange.call(id).await.state, CallState::Wrapup);
    let back = exchange.rings("b", "13800138000").await;
    assert_eq!(back.conversation_id, dialled.conversation_id);
    exchange.close().await;
}

#[tokio::test]
async fn a_contact_is_called_by_the_number_that_they_were_met_under() {
    let exchange = Exchange::open(1, json!({"wrapup_seconds": 0})).await;
    let agent = exchange.agents[0];
    let met = exchange.rings("a", "13800138000").await;
    exchange.hangs_up(met.call_id.unwrap()).await;
    let called = dial(&exchange, agent, None, met.contact_id, None)
        .await
        .unwrap();
    assert_eq!(called.conversation_id, met.conversation_id);
    let view = exchange.view(called.call_id.unwrap()).await;
    assert_eq!(view.row.line.number, "+8613800138000");
    let given_up = called.call_id.unwrap();
    exchange
        .by(agent, given_up, CallCommand::HangUp)
        .await
        .unwrap();
    assert_eq!(exchange.call(given_up).await.state, CallState::Abandoned);
    let stranger = exchange.rings("b", "13800138001").await;
    let mixed = dial(
        &exchange,
        agent,
        None,
        met.contact_id,
        stranger.conversation_id,
    );
    assert!(why(mixed.await).contains("another contact"));
    exchange.close().await;
}

#[tokio::test]
async fn what_the_policy_of_the_inbox_does_not_permit_is_not_dialled() {
    let settings = json!({"dial": {"countries": ["CN"], "deny": ["+8610"], "per_agent_day": 1}, "wrapup_seconds": 0});
    let exchange = Exchange::open(1, settings).await;
    let agent = exchange.agents[0];
    for number in ["+14155552671", "+18765552671", "010-12345678", "110", "abc"] {
        let refused = why(dial(&exchange, agent, Some(number), None, None).await);
        assert!(refused.starts_with("number:"), "{number}: {refused}");
    }
    let reader = exchange.desk.agent("Reader", Role::QualityInspector).await;
    let refused = dial(&exchange, reader, Some("13800138000"), None, None).await;
    assert!(matches!(
        refused,
        Err(EngineError::Rejected(Rejection::Forbidden(_)))
    ));
    let once = dial(&exchange, agent, Some("13800138000"), None, None)
        .await
        .unwrap();
    let id = once.call_id.unwrap();
    exchange.by(agent, id, CallCommand::HangUp).await.unwrap();
    let refused = why(dial(&exchange, agent, Some("13800138000"), None, None).await);
    assert!(refused.contains("calls of a day"), "{refused}");
    exchange.close().await;
}

#[tokio::test]
async fn without_a_trunk_nobody_is_called() {
    let exchange = Exchange::open(1, json!({"trunk": {"kind": "none"}})).await;
    let refused = dial(
        &exchange,
        exchange.agents[0],
        Some("13800138000"),
        None,
        None,
    );
    assert!(why(refused.await).contains("no trunk"));
    exchange.close().await;
}
