//! Decisions made once more: the same versions are asked the same question, and the answers are compared bit for bit. What is
//! gone or has changed since is said, and then nothing is asked: a decision about other inputs would prove nothing.

use std::{fmt::Write, sync::Arc};

use plugboard_domain::{
    Timestamp,
    decision::{DecisionMode, DecisionTrace, REASON_CHARS_MAX},
    desk::{Desk, PolicyKind},
    ids::DecisionId,
};
use plugboard_engine::{
    BUILTIN, Engine, EscalationInput, RebuildError, RoutingInput, RoutingVerdict, ShadowAnswer,
    Work,
};
use plugboard_extension::ExtensionError;
use plugboard_protocol::{
    extensions::{Answered, DecisionReplay, ReplayOutcome},
    time,
};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{Chosen, Evaluator, escalation, routing};
use crate::{host::Shared, view};

/// What exactly is asked, for the trace: versions, what they were configured with (as a hash: settings are the
/// administrator's), and the names of things that rules are written with.
pub(super) fn asked<'a>(
    desk: &Desk,
    work: &Work,
    chain: impl IntoIterator<Item = &'a Evaluator>,
    missing: Option<&str>,
) -> Value {
    let chain: Vec<Value> = chain
        .into_iter()
        .map(|it| json!({ "version": &*it.label, "config": config(desk, it) }))
        .collect();
    let mut asked = json!({ "chain": chain, "names": names(desk, work) });
    if let Some(missing) = missing {
        asked["missing"] = json!(missing);
    }
    asked
}

fn names(desk: &Desk, work: &Work) -> Value {
    view::names(desk, work)
        .into_iter()
        .map(|(key, name)| (key, Value::String(name)))
        .collect::<serde_json::Map<_, _>>()
        .into()
}

/// SHA-256 of settings and grants. The script engine has none but the rule itself, whose version says all.
fn config(desk: &Desk, evaluator: &Evaluator) -> String {
    let grants = desk
        .plugin_by_key(&evaluator.loaded.key)
        .map(|it| &it.grants);
    let whole = json!([&*evaluator.account.settings, grants]);
    let digest = Sha256::digest(whole.to_string().as_bytes());
    digest.iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

/// Makes a decision once more.
pub(crate) async fn replay(
    host: &Shared,
    engine: &Engine,
    id: DecisionId,
) -> Result<DecisionReplay, ExtensionError> {
    let found = engine.store().decision(id).await;
    let found = found.map_err(|it| ExtensionError::Unavailable(it.to_string()))?;
    let (trace, at) = found.ok_or_else(|| ExtensionError::NotFound("decision".to_owned()))?;
    let answered = match trace.policy.as_str() {
        "escalation" => escalated(host, engine, &trace).await,
        _ => routed(host, engine, &trace).await,
    };
    match answered {
        Ok(now) => Ok(compared(&trace, at, now)),
        Err(RebuildError::Gone(gone)) => Ok(DecisionReplay {
            outcome: ReplayOutcome::Gone,
            gone,
            ..shown(&trace, at)
        }),
        Err(RebuildError::Store(error)) => Err(ExtensionError::Unavailable(error.to_string())),
    }
}

fn shown(trace: &DecisionTrace, at: Timestamp) -> DecisionReplay {
    DecisionReplay {
        id: trace.id.to_string(),
        conversation_id: trace.conversation_id.to_string(),
        policy: trace.policy.clone(),
        at: time(at),
        outcome: ReplayOutcome::Same,
        recorded: Answered {
            version: trace.version.clone(),
            answer: trace.answer.clone(),
            reason: trace.reason.clone(),
            fallback: trace.fallback.clone(),
        },
        now: None,
        differs: Vec::new(),
        gone: Vec::new(),
    }
}

fn compared(trace: &DecisionTrace, at: Timestamp, mut now: Answered) -> DecisionReplay {
    let mut replay = shown(trace, at);
    // Traces keep reasons cut.
    now.reason = now.reason.chars().take(REASON_CHARS_MAX).collect();
    let was = &replay.recorded;
    let parts = [
        ("answer", was.answer == now.answer),
        ("reason", was.reason == now.reason),
        ("version", was.version == now.version),
        ("fallback", was.fallback == now.fallback),
    ];
    for (part, same) in parts {
        if !same {
            replay.differs.push(part.to_owned());
        }
    }
    if !replay.differs.is_empty() {
        replay.outcome = ReplayOutcome::Different;
    }
    replay.now = Some(now);
    replay
}

/// The versions that were asked, as they were.
async fn chain(
    host: &Shared,
    kind: PolicyKind,
    trace: &DecisionTrace,
    work: &Work,
) -> Result<Chosen, RebuildError> {
    let Some(asked) = trace.inputs.get("asked") else {
        // The built-in policy alone leaves nothing.
        if trace.version == BUILTIN && trace.fallback.is_none() {
            return Ok(chosen(trace, Vec::new(), None));
        }
        let why = "the trace does not say which policies were asked";
        return Err(RebuildError::Gone(vec![why.to_owned()]));
    };
    let desk = host
        .running()
        .map_err(|it| RebuildError::Gone(vec![it.to_string()]))?
        .desk();
    let mut gone = Vec::new();
    if asked.get("names") != Some(&names(&desk, work)) {
        gone.push("the inbox, shop, team or owner has another name since".to_owned());
    }
    let mut evaluators = Vec::new();
    let versions = asked.get("chain").and_then(Value::as_array);
    for version in versions.into_iter().flatten() {
        let label = version.get("version").and_then(Value::as_str);
        let label = label.unwrap_or_default();
        match host.registry.labelled(host, kind, label).await {
            None => gone.push(format!("{label} is not there any more, or does not run")),
            Some(it) if version.get("config") != Some(&json!(config(&desk, &it))) => {
                gone.push(format!("{label} has other settings or grants since"));
            }
            Some(it) => evaluators.push(it),
        }
    }
    if !gone.is_empty() {
        return Err(RebuildError::Gone(gone));
    }
    let missing = asked.get("missing").and_then(Value::as_str);
    Ok(chosen(trace, evaluators, missing.map(str::to_owned)))
}

fn chosen(trace: &DecisionTrace, chain: Vec<Arc<Evaluator>>, missing: Option<String>) -> Chosen {
    let mode = match trace.mode {
        DecisionMode::Canary => DecisionMode::Canary,
        _ => DecisionMode::Live,
    };
    Chosen {
        chain,
        mode,
        pin: None,
        missing,
    }
}

async fn routed(
    host: &Shared,
    engine: &Engine,
    trace: &DecisionTrace,
) -> Result<Answered, RebuildError> {
    let input = RoutingInput::rebuild(engine.store(), trace).await?;
    if trace.mode == DecisionMode::Fallback
        && let Some(verdict) = RoutingVerdict::too_many_moves(&input)
    {
        return Ok(of_verdict(verdict));
    }
    let chosen = chain(host, PolicyKind::Routing, trace, &input.work).await?;
    let desk = engine.desk();
    if let (DecisionMode::Shadow, Some(shadow)) = (trace.mode, chosen.chain.first()) {
        return Ok(of_shadow(routing::ask_beside(&desk, shadow, &input).await));
    }
    let verdict = routing::ask(&desk, &chosen, &input).await.checked(&input);
    Ok(of_verdict(verdict))
}

fn of_verdict(verdict: RoutingVerdict) -> Answered {
    Answered {
        version: verdict.version,
        answer: verdict.answer.to_json(),
        reason: verdict.answer.reason,
        fallback: verdict.fallback,
    }
}

fn of_shadow(answer: ShadowAnswer) -> Answered {
    Answered {
        version: answer.version,
        answer: answer.answer,
        reason: answer.reason,
        fallback: None,
    }
}

async fn escalated(
    host: &Shared,
    engine: &Engine,
    trace: &DecisionTrace,
) -> Result<Answered, RebuildError> {
    let input = EscalationInput::rebuild(engine.store(), trace).await?;
    let chosen = chain(host, PolicyKind::Escalation, trace, &input.work).await?;
    let desk = engine.desk();
    if let (DecisionMode::Shadow, Some(shadow)) = (trace.mode, chosen.chain.first()) {
        return Ok(of_shadow(
            escalation::ask_beside(&desk, shadow, &input).await,
        ));
    }
    let verdict = escalation::ask(&desk, &chosen, &input).await;
    Ok(Answered {
        version: verdict.version,
        answer: verdict.answer.to_json(),
        reason: verdict.answer.reason,
        fallback: verdict.fallback,
    })
}
