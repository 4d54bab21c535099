//! Asks the policy about one happening, and carries out the answer.

use std::time::Duration;

use plugboard_domain::{
    Command, Envelope, Principal, Rejection, Timestamp,
    conversation::{Conversation, Status},
    decision::{DecisionMode, DecisionTrace},
    escalation::{ACTIONS_MAX, ASK_AGAIN_SECS_MAX, Escalate},
    ids::ConversationId,
};
use tracing::{info, warn};

use super::{Again, PART, triggers::Happening};
use crate::{
    Engine, EngineError, EscalationInput, EscalationVerdict, PolicyError, Work, WorkFacts,
    policy::with_asked,
};

/// How often a decision is made anew because the conversation moved on meanwhile.
const TRIES_MAX: usize = 3;

/// After a failure the policy is asked again by itself after this time: what it would have done must not be lost.
const AFTER_FAILURE: Duration = Duration::from_secs(300);

/// The soonest that a policy can ask to be asked again: sooner would be a loop.
const ASK_AGAIN_MIN: Duration = Duration::from_secs(1);

/// Asks about one happening, unless an answer to it, or to a later one, was carried out before.
pub(super) async fn ask(
    engine: &Engine,
    id: ConversationId,
    happening: &Happening,
) -> Result<(), Again> {
    for _ in 0..TRIES_MAX {
        let Some(view) = engine.store().conversation(id, None).await? else {
            return Ok(());
        };
        let state = view.conversation;
        let over = !matches!(state.status, Status::Open | Status::Snoozed { .. });
        if over || state.escalation.handled >= happening.seq {
            return Ok(());
        }
        let Some(rows) = engine.store().work_facts(id).await? else {
            return Ok(());
        };
        let input = input(engine, &state, WorkFacts::of(&state, rows), happening);
        if carry_out(engine, &state, &input, happening).await? {
            return Ok(());
        }
    }
    warn!(conversation.id = %id, "escalation: the conversation moved on faster than the policy could follow");
    Ok(())
}

fn input(
    engine: &Engine,
    state: &Conversation,
    facts: WorkFacts,
    happening: &Happening,
) -> EscalationInput {
    let desk = engine.desk();
    let owner = state.assignment.agent();
    EscalationInput {
        work: Work::of(state, &desk),
        facts,
        trigger: happening.trigger,
        detail: happening.detail.clone(),
        history: state.escalation.steps.clone(),
        level: state.escalation.level,
        managers: owner.map(|it| desk.managers(it)).unwrap_or_default(),
        now: engine.now(),
    }
}

/// Asks, and carries the answer out. False when the conversation moved on meanwhile.
async fn carry_out(
    engine: &Engine,
    state: &Conversation,
    input: &EscalationInput,
    happening: &Happening,
) -> Result<bool, Again> {
    let started = std::time::Instant::now();
    let mut verdict = verdict(engine, input).await;
    let took = started.elapsed();
    metrics::histogram!("plugboard_escalation_decision_seconds").record(took.as_secs_f64());
    let shadows = std::mem::take(&mut verdict.shadows);
    let ask_at = ask_at(state, &verdict, input.now);
    let acts = !verdict.answer.actions.is_empty()
        || verdict.answer.level != state.escalation.level
        || ask_at != state.escalation.ask_at
        || (verdict.pin.is_some() && verdict.pin != state.pins.escalation);
    if !acts && shadows.is_empty() {
        return Ok(true);
    }
    let trace = DecisionTrace {
        id: engine.mint(),
        conversation_id: state.id,
        policy: "escalation".into(),
        version: verdict.version,
        mode: verdict.mode,
        fallback: verdict.fallback,
        inputs: with_asked(input.to_json(), verdict.asked),
        answer: verdict.answer.to_json(),
        reason: verdict.answer.reason,
        duration_us: u64::try_from(took.as_micros()).unwrap_or(u64::MAX),
    };
    let beside: Vec<_> = shadows
        .into_iter()
        .map(|it| it.trace(engine.mint(), &trace))
        .collect();
    if !beside.is_empty() {
        send(engine, happening, Command::KeepDecisions(beside)).await?;
    }
    if !acts {
        return Ok(true);
    }
    let asked = Escalate {
        trace,
        trigger: happening.trigger,
        trigger_seq: happening.seq,
        expected_level: state.escalation.level,
        actions: verdict.answer.actions,
        level: verdict.answer.level,
        ask_at,
        pin: verdict.pin,
    };
    let steps = !asked.actions.is_empty();
    let done = send(engine, happening, Command::Escalate(Box::new(asked))).await?;
    if done && steps {
        info!(conversation.id = %state.id, trigger = %happening.trigger, "escalated");
    }
    Ok(done)
}

/// The policy's answer, or none when it fails or answers what cannot be done.
async fn verdict(engine: &Engine, input: &EscalationInput) -> EscalationVerdict {
    let answered = engine.shared.escalation.escalate(input).await;
    let checked = answered.and_then(|verdict| {
        if verdict.answer.actions.len() > ACTIONS_MAX {
            return Err(PolicyError::new(verdict.version, "too_many_actions"));
        }
        Ok(verdict)
    });
    checked.unwrap_or_else(|error| {
        warn!(conversation.id = %input.work.conversation_id, %error, "escalation: a policy failed");
        metrics::counter!("plugboard_policy_fallbacks_total", "policy" => "escalation")
            .increment(1);
        EscalationVerdict::fallback(input, error.label())
    })
}

/// When to ask again.
fn ask_at(state: &Conversation, verdict: &EscalationVerdict, now: Timestamp) -> Option<Timestamp> {
    if verdict.mode == DecisionMode::Fallback {
        let soon = now + AFTER_FAILURE;
        let planned = state.escalation.ask_at.filter(|it| *it > now);
        return Some(planned.map_or(soon, |planned| planned.min(soon)));
    }
    let longest = Duration::from_secs(ASK_AGAIN_SECS_MAX);
    let after = verdict.answer.ask_again?;
    Some(now + after.clamp(ASK_AGAIN_MIN, longest))
}

/// True when it took effect; false when the conversation moved on.
async fn send(engine: &Engine, happening: &Happening, command: Command) -> Result<bool, Again> {
    let envelope = Envelope {
        principal: Principal::System(PART),
        caused_by: Some(happening.seq),
        depth: 1,
        command,
    };
    match engine.execute(envelope).await {
        Ok(_) => Ok(true),
        Err(EngineError::Rejected(Rejection::Conflict(_))) => Ok(false),
        Err(EngineError::Rejected(error)) => {
            warn!(%error, "escalation: not carried out");
            Ok(true)
        }
        Err(error) => Err(error.into()),
    }
}
