//! Routing by the chain in force.

use std::time::Instant;

use plugboard_domain::{
    conversation::Priority,
    decision::{DecisionMode, RoutingTarget},
    desk::{Desk, PolicyKind},
};
use plugboard_engine::{
    BUILTIN, PolicyError, RoutingAnswer, RoutingInput, RoutingPolicy, RoutingVerdict, ShadowAnswer,
    choose,
};

use super::{
    Chosen, Evaluator, PolicyChain,
    evaluator::{Said, micros},
    replay::asked,
};

#[async_trait::async_trait]
impl RoutingPolicy for PolicyChain {
    async fn ready(&self) {
        self.loaded().await;
    }

    fn wants_facts(&self) -> bool {
        self.host
            .upgrade()
            .is_some_and(|host| host.has_policies(PolicyKind::Routing))
    }

    async fn route(&self, input: &RoutingInput) -> Result<RoutingVerdict, PolicyError> {
        let host = self.host.upgrade();
        let (Some(host), Some(facts)) = (host, &input.facts) else {
            return Ok(RoutingVerdict::live(BUILTIN, choose(input)));
        };
        let Some(engine) = host.engine() else {
            return Ok(RoutingVerdict::live(BUILTIN, choose(input)));
        };
        let desk = engine.desk();
        let chosen = host
            .chosen(
                PolicyKind::Routing,
                input.work.conversation_id,
                facts.opened_at,
                facts.pins.routing.as_deref(),
            )
            .await;
        let mut verdict = ask(&desk, &chosen, input).await;
        if !chosen.chain.is_empty() || chosen.missing.is_some() {
            let chain = chosen.chain.iter().map(|it| &**it);
            verdict.asked = asked(&desk, &input.work, chain, chosen.missing.as_deref());
        }
        if chosen.mode == DecisionMode::Canary {
            host.canaries
                .note(PolicyKind::Routing, verdict.fallback.is_some());
        }
        Ok(verdict)
    }

    fn has_shadow(&self) -> bool {
        let host = self.host.upgrade();
        host.is_some_and(|host| host.shadow_name(PolicyKind::Routing).is_some())
    }

    async fn shadow(&self, input: &RoutingInput, was: &RoutingAnswer) -> Option<ShadowAnswer> {
        input.facts.as_ref()?;
        let host = self.host.upgrade()?;
        let desk = host.engine()?.desk();
        let shadow = host.shadow(PolicyKind::Routing).await?;
        let answer = ask_beside(&desk, &shadow, input).await;
        let (id, was) = (input.work.conversation_id, was.to_json());
        host.shadows
            .note(&desk, PolicyKind::Routing, id, &was, &answer);
        Some(answer)
    }
}

/// Asks one after the other. The first that fails ends it: the built-in policy answers in its place.
pub(crate) async fn ask(desk: &Desk, chosen: &Chosen, input: &RoutingInput) -> RoutingVerdict {
    if let Some(missing) = &chosen.missing {
        return RoutingVerdict::fallback(input, format!("{missing}:not_running"));
    }
    let (mut priority, mut tags) = (None::<Priority>, std::collections::BTreeSet::new());
    for evaluator in &chosen.chain {
        let answer = match evaluator.route(desk, input).await {
            Err(fault) => {
                let mut verdict =
                    RoutingVerdict::fallback(input, format!("{}:{fault}", evaluator.label));
                verdict.pin.clone_from(&chosen.pin);
                return verdict;
            }
            Ok(Said::Next(decision)) => {
                priority = decision.priority.map(crate::backing::urgency).or(priority);
                tags.extend(decision.add_tags);
                continue;
            }
            Ok(Said::Answer(answer)) => answer,
        };
        // It is in that queue already: who of the team gets it is for the next one to say.
        let there = input.queue.as_ref().map(|it| RoutingTarget::Team(it.team));
        if there == Some(answer.target) {
            priority = answer.priority.or(priority);
            tags.extend(answer.add_tags);
            continue;
        }
        return live(chosen, &evaluator.label, answer, priority, tags);
    }
    live(chosen, BUILTIN, choose(input), priority, tags)
}

fn live(
    chosen: &Chosen,
    label: &str,
    mut answer: RoutingAnswer,
    priority: Option<Priority>,
    tags: std::collections::BTreeSet<String>,
) -> RoutingVerdict {
    answer.priority = answer.priority.or(priority);
    answer.add_tags.extend(tags);
    RoutingVerdict {
        mode: chosen.mode,
        pin: chosen.pin.clone(),
        ..RoutingVerdict::live(label, answer)
    }
}

/// What a shadow answers, with the built-in policy behind it as behind any other.
pub(super) async fn ask_beside(
    desk: &Desk,
    shadow: &Evaluator,
    input: &RoutingInput,
) -> ShadowAnswer {
    let started = Instant::now();
    let (answer, reason) = match shadow.route(desk, input).await {
        Ok(Said::Answer(answer)) => (answer.to_json(), answer.reason),
        Ok(Said::Next(_)) => {
            let answer = choose(input);
            (answer.to_json(), answer.reason)
        }
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
