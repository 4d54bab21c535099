//! Calls that wait for an agent: the same policy is asked as for everything else, with the line for work. Whoever it names,
//! and nobody else, is rung at.

use plugboard_domain::{
    Envelope, Principal, Rejection, Seq,
    call::{Call, CallCommand},
    decision::{DecisionTrace, RoutingTarget},
    desk::Desk,
    ids::AgentId,
};
use plugboard_store::StoreError;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use super::{ask, board::Board, reasons::ROUTER};
use crate::{Engine, EngineError, RoutingInput, WorkFacts, policy::with_asked};

/// Asks about every call that waits, the longest waiting first.
pub(super) async fn pass(
    engine: &Engine,
    board: &mut Board,
    desk: &Desk,
    stop: &CancellationToken,
) -> Result<(), StoreError> {
    for call in board.waiting_calls() {
        if stop.is_cancelled() {
            return Ok(());
        }
        place(engine, board, desk, &call).await?;
    }
    Ok(())
}

async fn place(
    engine: &Engine,
    board: &mut Board,
    desk: &Desk,
    call: &Call,
) -> Result<(), StoreError> {
    let Some(view) = engine
        .store()
        .conversation(call.conversation_id, None)
        .await?
    else {
        return Ok(());
    };
    let mut input = board.voice(desk, &view.conversation, call, engine.now());
    if engine.shared.routing.wants_facts() {
        let rows = engine.store().work_facts(call.conversation_id).await?;
        input.facts = rows.map(|rows| WorkFacts::of(&view.conversation, rows));
    }
    let started = std::time::Instant::now();
    let mut verdict = ask::verdict(engine, &input).await;
    let took = started.elapsed();
    let target = possible(&input, verdict.answer.target);
    if target == RoutingTarget::Wait {
        return Ok(());
    }
    let trace = DecisionTrace {
        id: engine.mint(),
        conversation_id: call.conversation_id,
        policy: "routing".into(),
        version: verdict.version.clone(),
        mode: verdict.mode,
        fallback: verdict.fallback.clone(),
        inputs: with_asked(input.to_json(), std::mem::take(&mut verdict.asked)),
        answer: verdict.answer.to_json(),
        reason: verdict.answer.reason.clone(),
        duration_us: u64::try_from(took.as_micros()).unwrap_or(u64::MAX),
    };
    let command = CallCommand::Route {
        target,
        trace: Box::new(trace),
    };
    let envelope = Envelope {
        principal: Principal::System(ROUTER),
        caused_by: None,
        depth: 1,
        command: (call.id, command).into(),
    };
    match engine.execute(envelope).await {
        Ok(_) => {
            if let RoutingTarget::Agent(agent) = target {
                info!(call.id = %call.id, agent.id = %agent, "rings");
                board.rings_at(agent, desk);
            }
        }
        // The caller gave up, or the agent left: what changed is in the journal and wakes us again.
        Err(EngineError::Rejected(Rejection::Conflict(_))) => {}
        Err(error) => warn!(call.id = %call.id, %error, "routing: a call was not offered"),
    }
    Ok(())
}

/// An agent went away: what rings at them rings at somebody else.
pub(super) async fn withdraw(
    engine: &Engine,
    agent: AgentId,
    caused_by: Seq,
) -> Result<(), StoreError> {
    let live = engine.store().live_calls().await?;
    let theirs = live
        .iter()
        .filter(|it| it.row.call.offer.is_some_and(|it| it.agent_id == agent));
    for view in theirs {
        let id = view.row.call.id;
        let command = CallCommand::Withdraw { agent_id: agent };
        let envelope = Envelope {
            principal: Principal::System(ROUTER),
            caused_by: Some(caused_by),
            depth: 1,
            command: (id, command).into(),
        };
        if let Err(error) = engine.execute(envelope).await {
            warn!(call.id = %id, %error, "routing: a call rings on at an agent who went away");
        }
    }
    Ok(())
}

/// A telephone rings only at somebody who is free, and not again where it was let ring, whatever a policy says.
fn possible(input: &RoutingInput, target: RoutingTarget) -> RoutingTarget {
    let RoutingTarget::Agent(agent) = target else {
        return target;
    };
    let free = |it: &crate::Candidate| it.agent == agent && it.is_free() && !it.passed;
    if input.candidates.iter().any(free) {
        target
    } else {
        RoutingTarget::Wait
    }
}
