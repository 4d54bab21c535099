//! A report becomes commands. Each is idempotent, and the call decides what makes no sense any more.

use plugboard_domain::{
    Command, Envelope, Principal,
    call::{CTI, CallCommand, CallFact, Direction, EndCause, EndWord, EndedBy, LegKind, Ring},
    ids::{AgentId, CallId, InboxId, LegId},
};
use plugboard_engine::EngineError;

use super::report::{Happened, Report};
use crate::{ApiError, App};

/// How the journal names what a PBX reports.
const PART: &str = "cti";

/// Carries a report out; the call that it is about.
pub(super) async fn carry_out(
    app: &App,
    inbox: InboxId,
    report: &Report,
) -> Result<CallId, ApiError> {
    let call = begin(app, inbox, report).await?;
    match report.happened {
        Happened::Began => {}
        Happened::Answered => {
            let joined = CallFact::LegJoined {
                // One telephone for each call, so that a second report of it is the same.
                leg_id: LegId(call.0),
                kind: LegKind::External,
                agent_id: agent(app, report).await?,
            };
            tell(app, call, joined).await?;
            tell(app, call, CallFact::Answered).await?;
        }
        Happened::Ended => tell(app, call, ended(report)).await?,
    }
    Ok(call)
}

async fn begin(app: &App, inbox: InboxId, report: &Report) -> Result<CallId, ApiError> {
    let ring = Ring {
        id: app.engine.mint(),
        inbox_id: inbox,
        provider: CTI.to_owned(),
        // Two PBXs may count alike.
        provider_call_id: format!("{inbox}:{}", report.call_id),
        direction: report.direction,
        from: report.from.clone(),
        to: report.to.clone(),
        name: None,
        conversation_id: app.engine.mint(),
        message_id: app.engine.mint(),
    };
    let outcome = execute(app, Command::Ring(Box::new(ring))).await?;
    outcome
        .call_id
        .ok_or_else(|| ApiError::unavailable("the call was not stored"))
}

async fn tell(app: &App, call: CallId, fact: CallFact) -> Result<(), ApiError> {
    let command = Command::from((call, CallCommand::Advance(fact)));
    execute(app, command).await.map(|_| ())
}

async fn execute(app: &App, command: Command) -> Result<plugboard_engine::Outcome, ApiError> {
    let envelope = Envelope::new(Principal::System(PART), command);
    let done: Result<_, EngineError> = app.engine.execute(envelope).await;
    Ok(done?)
}

/// Who of the desk took it: by the sign-in address or by the name that the PBX has for them. Two of one name are nobody.
async fn agent(app: &App, report: &Report) -> Result<Option<AgentId>, ApiError> {
    if report.users.is_empty() {
        return Ok(None);
    }
    let desk = app.engine.desk();
    let emails = app.engine.store().agent_emails().await?;
    for user in &report.users {
        let by_email = emails.iter().find(|(_, it)| it.eq_ignore_ascii_case(user));
        if let Some((id, _)) = by_email {
            return Ok(Some(*id));
        }
        let wanted = user.to_lowercase();
        let mut named = desk
            .agents()
            .filter(|it| !it.disabled && it.name.to_lowercase() == wanted);
        if let (Some(agent), None) = (named.next(), named.next()) {
            return Ok(Some(agent.id));
        }
    }
    Ok(None)
}

/// Who ended it a PBX does not say; why it does, in words of its own.
fn ended(report: &Report) -> CallFact {
    let inbound = report.direction == Direction::Inbound;
    let (by, word) = match report.cause.as_deref().unwrap_or("normalClearing") {
        "normalClearing" => (EndedBy::Caller, EndWord::Normal),
        "cancel" if inbound => (EndedBy::Caller, EndWord::Cancelled),
        "cancel" => (EndedBy::Agent, EndWord::Cancelled),
        "busy" => (EndedBy::System, EndWord::Busy),
        "noAnswer" => (EndedBy::System, EndWord::NoAnswer),
        "notFound" | "congestion" => (EndedBy::System, EndWord::Unreachable),
        "forwarded" => (EndedBy::System, EndWord::AnsweredElsewhere),
        "rejected" => (EndedBy::System, EndWord::Declined),
        _ => (EndedBy::System, EndWord::Normal),
    };
    CallFact::Ended {
        by,
        cause: EndCause::of(word),
    }
}
