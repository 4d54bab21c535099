//! Asks the policy about one conversation, and carries out the answer.

use std::time::{Duration, Instant};

use plugboard_domain::{
    Command, Envelope, Principal, Rejection,
    conversation::Conversation,
    decision::{DecisionMode, DecisionTrace, RoutingTarget},
    desk::Desk,
    ids::ConversationId,
};
use plugboard_store::StoreError;
use tracing::{info, warn};

use super::{board::Board, late::Late, reasons::ROUTER};
use crate::{
    Engine, EngineError, RoutingAnswer, RoutingInput, RoutingVerdict, WorkFacts, policy::with_asked,
};

/// Why the policy is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reason {
    /// Something about the conversation changed.
    Changed,
    /// Capacity became free.
    Freed,
}

/// What the policy is asked, with what rows know if it wants that; `None` for a conversation that waits for nobody.
pub(super) async fn input(
    engine: &Engine,
    board: &Board,
    desk: &Desk,
    conversation: &Conversation,
) -> Result<Option<RoutingInput>, StoreError> {
    let Some(mut input) = board.input(desk, conversation, engine.now()) else {
        return Ok(None);
    };
    if engine.shared.routing.wants_facts() {
        let rows = engine.store().work_facts(conversation.id).await?;
        input.facts = rows.map(|rows| WorkFacts::of(conversation, rows));
    }
    Ok(Some(input))
}

/// The policy's answer, or the built-in one when it fails, answers what cannot be done, or has moved it too often.
pub(super) async fn verdict(engine: &Engine, input: &RoutingInput) -> RoutingVerdict {
    if let Some(verdict) = RoutingVerdict::too_many_moves(input) {
        return verdict;
    }
    let answered = engine.shared.routing.route(input).await;
    let fell_back_itself = matches!(&answered, Ok(it) if it.mode == DecisionMode::Fallback);
    let verdict = answered.map_or_else(
        |error| RoutingVerdict::fallback(input, error.label()),
        |verdict| verdict.checked(input),
    );
    if verdict.mode == DecisionMode::Fallback && !fell_back_itself {
        let failed = verdict.fallback.as_deref().unwrap_or_default();
        warn!(conversation.id = %input.work.conversation_id, failed, "routing: a policy failed, the built-in one decides");
        metrics::counter!("plugboard_policy_fallbacks_total", "policy" => "routing").increment(1);
    }
    verdict
}

/// Asks about one conversation and acts. True when somebody got it; an answer that takes long is left to `late`.
pub(super) async fn ask(
    engine: &Engine,
    board: &mut Board,
    late: &mut Late,
    desk: &Desk,
    conversation: &Conversation,
    reason: Reason,
) -> Result<bool, StoreError> {
    if late.is_asked(conversation.id, reason) {
        return Ok(false);
    }
    let begun = Instant::now();
    let Some(input) = input(engine, board, desk, conversation).await? else {
        return Ok(false);
    };
    let question = Question {
        engine: engine.clone(),
        conversation: conversation.clone(),
        input,
        reason,
        begun,
    };
    match late.patiently(conversation.id, question.answered()).await {
        Some(answered) => Ok(answered.carry_out(board, desk).await),
        None => Ok(false),
    }
}

/// What a policy is asked about one conversation.
struct Question {
    engine: Engine,
    conversation: Conversation,
    input: RoutingInput,
    reason: Reason,
    begun: Instant,
}

impl Question {
    async fn answered(self) -> Answered {
        let started = Instant::now();
        let verdict = verdict(&self.engine, &self.input).await;
        let took = started.elapsed();
        metrics::histogram!("plugboard_routing_decision_seconds").record(took.as_secs_f64());
        let step = self.begun.elapsed().as_secs_f64();
        metrics::histogram!("plugboard_routing_step_seconds").record(step);
        Answered {
            question: self,
            verdict,
            took,
        }
    }
}

/// A question with its answer.
pub(super) struct Answered {
    question: Question,
    verdict: RoutingVerdict,
    took: Duration,
}

impl Answered {
    pub(super) fn conversation(&self) -> ConversationId {
        self.question.conversation.id
    }

    /// Acts as the answer says. True when somebody got the conversation.
    pub(super) async fn carry_out(self, board: &mut Board, desk: &Desk) -> bool {
        let Self {
            question,
            mut verdict,
            took,
        } = self;
        let Question {
            engine,
            conversation,
            input,
            reason,
            ..
        } = question;
        let worth_recording = worth_recording(&conversation, &input, &verdict, reason);
        let has_shadow = engine.shared.routing.has_shadow();
        if !worth_recording && !has_shadow {
            return false;
        }
        let trace = DecisionTrace {
            id: engine.mint(),
            conversation_id: conversation.id,
            policy: "routing".into(),
            version: verdict.version.clone(),
            mode: verdict.mode,
            fallback: verdict.fallback.clone(),
            inputs: with_asked(input.to_json(), std::mem::take(&mut verdict.asked)),
            answer: verdict.answer.to_json(),
            reason: verdict.answer.reason.clone(),
            duration_us: u64::try_from(took.as_micros()).unwrap_or(u64::MAX),
        };
        if has_shadow {
            engine.spawn(ask_shadow(
                engine.clone(),
                conversation.clone(),
                input,
                verdict.answer.clone(),
                trace.clone(),
            ));
        }
        let outcome = verdict.outcome();
        let decided = worth_recording
            && act(&engine, &conversation, Command::Decide { trace, outcome }).await;
        match verdict.answer.target {
            RoutingTarget::Agent(agent) if decided => {
                info!(conversation.id = %conversation.id, agent.id = %agent, "routed");
                board.note(agent, engine.now(), desk);
                true
            }
            _ => false,
        }
    }
}

/// Asks the shadow what was asked, and keeps its answer beside what was decided.
async fn ask_shadow(
    engine: Engine,
    conversation: Conversation,
    input: RoutingInput,
    was: RoutingAnswer,
    decided: DecisionTrace,
) {
    let stop = engine.stopping();
    let asking = engine.shared.routing.shadow(&input, &was);
    let answer = tokio::select! {
        () = stop.cancelled() => None,
        answer = asking => answer,
    };
    if let Some(answer) = answer {
        let beside = vec![answer.trace(engine.mint(), &decided)];
        act(&engine, &conversation, Command::KeepDecisions(beside)).await;
    }
}

/// To wait is recorded when it answers to a change of the conversation, or comes with something else; a policy that is
/// asked again and again since others come and go would fill the desk with the same answer.
fn worth_recording(
    conversation: &Conversation,
    input: &RoutingInput,
    verdict: &RoutingVerdict,
    reason: Reason,
) -> bool {
    let answer = &verdict.answer;
    let stays = match answer.target {
        RoutingTarget::Wait => true,
        RoutingTarget::Team(team) => conversation.assignment.team() == Some(team),
        RoutingTarget::Agent(_) => false,
    };
    let relabels = answer
        .priority
        .is_some_and(|it| it != conversation.priority)
        || !answer.add_tags.is_subset(&conversation.tags)
        || (verdict.pin.is_some() && verdict.pin != conversation.pins.routing);
    let deep = input.facts.is_some();
    !stays || relabels || (deep && reason == Reason::Changed)
}

/// True when it took effect.
async fn act(engine: &Engine, conversation: &Conversation, command: Command) -> bool {
    let envelope = Envelope {
        principal: Principal::System(ROUTER),
        caused_by: None,
        depth: 1,
        command,
    };
    match engine.execute(envelope).await {
        Ok(_) => true,
        // Somebody took it, or the agent left: what changed is in the journal and wakes us again.
        Err(EngineError::Rejected(Rejection::Conflict(_))) => false,
        Err(error) => {
            warn!(conversation.id = %conversation.id, %error, "routing: not carried out");
            false
        }
    }
}
