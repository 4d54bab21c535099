//! Escalation by the chain in force. An answer without actions lets the next policy speak, too.

use std::time::Instant;

use plugboard_domain::{
    decision::DecisionMode,
    desk::{Desk, PolicyKind},
    escalation::{ACTIONS_MAX, Trigger},
};
use plugboard_engine::{
    BUILTIN, EscalationAnswer, EscalationInput, EscalationPolicy, EscalationVerdict, PolicyError,
    ShadowAnswer,
};

use super::{Chosen, Evaluator, PolicyChain, evaluator::micros, replay::asked};

#[async_trait::async_trait]
impl EscalationPolicy for PolicyChain {
    async fn ready(&self) {
        self.loaded().await;
    }

    fn listens_to(&self, _: Trigger) -> bool {
        self.host
            .upgrade()
            .is_some_and(|host| host.has_policies(PolicyKind::Escalation))
    }

    async fn escalate(&self, input: &EscalationInput) -> Result<EscalationVerdict, PolicyError> {
        let nothing = || {
            let answer = EscalationAnswer {
                level: input.level,
                ..EscalationAnswer::default()
            };
            EscalationVerdict::live(BUILTIN, answer)
        };
        let Some(host) = self.host.upgrade() else {
            return Ok(nothing());
        };
        let Some(engine) = host.engine() else {
            return Ok(nothing());
        };
        let desk = engine.desk();
        let facts = &input.facts;
        let chosen = host
            .chosen(
                PolicyKind::Escalation,
                input.work.conversation_id,
                facts.opened_at,
                facts.pins.escalation.as_deref(),
            )
            .await;
        let beside = async {
            let shadow = host.shadow(PolicyKind::Escalation).await?;
            Some(ask_beside(&desk, &shadow, input).await)
        };
        let (mut verdict, shadow) = tokio::join!(ask(&desk, &chosen, input), beside);
        if !chosen.chain.is_empty() || chosen.missing.is_some() {
            let chain = chosen.chain.iter().map(|it| &**it);
            verdict.asked = asked(&desk, &input.work, chain, chosen.missing.as_deref());
        }
        if let Some(shadow) = shadow {
            let (id, was) = (input.work.conversation_id, verdict.answer.to_json());
            host.shadows
                .note(&desk, PolicyKind::Escalation, id, &was, &shadow);
            verdict.shadows.push(shadow);
        }
        if chosen.mode == DecisionMode::Canary {
            host.canaries
                .note(PolicyKind::Escalation, verdict.fallback.is_some());
        }
        Ok(verdict)
    }
}

/// Asks all of the chain and puts their answers together: the actions in order, the highest level, the soonest time.
pub(crate) async fn ask(
    desk: &Desk,
    chosen: &Chosen,
    input: &EscalationInput,
) -> EscalationVerdict {
    if let Some(missing) = &chosen.missing {
        return EscalationVerdict::fallback(input, format!("{missing}:not_running"));
    }
    let mut whole = EscalationAnswer {
        level: input.level,
        ..EscalationAnswer::default()
    };
    let mut label = BUILTIN;
    for (nth, evaluator) in chosen.chain.iter().enumerate() {
        let answer = match evaluator.escalate(desk, input).await {
            Ok(answer) => answer,
            Err(fault) => {
                let mut verdict =
                    EscalationVerdict::fallback(input, format!("{}:{fault}", evaluator.label));
                verdict.pin.clone_from(&chosen.pin);
                return verdict;
            }
        };
        if nth == 0 || !answer.actions.is_empty() {
            label = &evaluator.label;
            whole.reason = answer.reason;
        }
        whole.level = whole.level.max(answer.level);
        whole.ask_again = match (whole.ask_again, answer.ask_again) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
        whole.actions.extend(answer.actions);
        whole.actions.truncate(ACTIONS_MAX);
    }
    EscalationVerdict {
        mode: chosen.mode,
        pin: chosen.pin.clone(),
        ..EscalationVerdict::live(label, whole)
    }
}

pub(super) async fn ask_beside(
    desk: &Desk,
    shadow: &Evaluator,
    input: &EscalationInput,
) -> ShadowAnswer {
    let started = Instant::now();
    let (answer, reason) = match shadow.escalate(desk, input).await {
        Ok(answer) => (answer.to_json(), answer.reason),
        Err(fault) => (serde_json::json!({ "failed": fault }), fault),
    };
    ShadowAnswer {
        version: shadow.label.to_string(),
        answer,
        reason,
        duration_us: micros(started),
        asked: asked(desk, &input.work, [shadow], None),
    }
}
