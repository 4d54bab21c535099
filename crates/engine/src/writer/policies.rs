//! What policies decided, carried out in one; and how far readers of the journal are.

use plugboard_domain::{
    Rejection, Seq, conversation,
    decision::{DecisionTrace, LABEL_CHARS_MAX, REASON_CHARS_MAX, RoutingOutcome},
    escalation::Escalate,
    outbox::Job,
};
use plugboard_store::Write;

use super::{
    conversation::about,
    txn::{Stop, Txn},
    work::only_system,
};
use crate::handle::Outcome;

/// Longest name of a reader of the journal, in characters.
const READER_CHARS_MAX: usize = 120;

/// Most decisions recorded by one command.
const DECISIONS_MAX: usize = 100;

pub(super) fn decide(
    txn: &mut Txn<'_>,
    trace: &DecisionTrace,
    outcome: &RoutingOutcome,
) -> Result<Outcome, Stop> {
    only_system(txn)?;
    let id = trace.conversation_id;
    let state = txn.existing(id)?;
    let events =
        txn.decide(|context| conversation::follow_decision(&state, trace.id, outcome, context))?;
    keep(txn, trace);
    txn.emit(Some(id), events)?;
    Ok(about(id))
}

pub(super) fn keep_decisions(txn: &mut Txn<'_>, traces: &[DecisionTrace]) -> Result<Outcome, Stop> {
    only_system(txn)?;
    if traces.len() > DECISIONS_MAX {
        return Err(Rejection::invalid(format!("at most {DECISIONS_MAX} decisions")).into());
    }
    for trace in traces {
        keep(txn, trace);
    }
    Ok(Outcome::default())
}

/// Everything that an answer asks for, in one transaction: a step happens whole or not at all, and once.
pub(super) fn escalate(txn: &mut Txn<'_>, asked: &Escalate) -> Result<Outcome, Stop> {
    only_system(txn)?;
    let id = asked.trace.conversation_id;
    let state = txn.existing(id)?;
    let done = txn.decide(|context| conversation::escalate(&state, asked, context))?;
    keep(txn, &asked.trace);
    txn.emit(Some(id), done.events)?;
    for (case, summary) in done.summaries {
        txn.write(Write::Case(case, id, summary));
    }
    for (webhook_id, action) in done.pages {
        txn.enqueue(Job::Page {
            webhook_id,
            conversation_id: id,
            decision_id: asked.trace.id,
            action,
        });
    }
    Ok(about(id))
}

pub(super) fn keep_cursor(txn: &mut Txn<'_>, name: &str, seq: Seq) -> Result<Outcome, Stop> {
    only_system(txn)?;
    if name.is_empty() || name.chars().count() > READER_CHARS_MAX {
        return Err(Rejection::invalid(format!(
            "a reader's name is 1 to {READER_CHARS_MAX} characters"
        ))
        .into());
    }
    txn.write(Write::Cursor(name.to_owned(), seq));
    Ok(Outcome::default())
}

/// Stores a decision, its texts cut to their bounds.
pub(super) fn keep(txn: &mut Txn<'_>, trace: &DecisionTrace) {
    let cut = |text: &str, chars: usize| text.chars().take(chars).collect::<String>();
    let at = txn.now();
    let mut trace = trace.clone();
    trace.reason = cut(&trace.reason, REASON_CHARS_MAX);
    trace.version = cut(&trace.version, LABEL_CHARS_MAX);
    trace.fallback = trace.fallback.map(|it| cut(&it, LABEL_CHARS_MAX));
    txn.write(Write::Decision(Box::new(trace), at));
}
