//! Decisions, what cases are about, and how far readers of the journal are.

use plugboard_domain::{
    Seq, Timestamp,
    decision::DecisionTrace,
    ids::{CaseId, ConversationId},
};
use rusqlite::{Transaction, params};

use crate::{
    codec::{mode_column, position},
    fault::Outcome,
};

/// Stores a decision.
pub(super) fn save_decision(
    batch: &Transaction<'_>,
    trace: &DecisionTrace,
    at: Timestamp,
) -> Outcome<()> {
    batch
        .prepare_cached(
            "INSERT INTO decision (id, conversation_id, policy, version, inputs, answer, reason, duration_us, at, mode,
               fallback)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
             ON CONFLICT (id) DO NOTHING",
        )?
        .execute(params![
            trace.id.0,
            trace.conversation_id.0,
            trace.policy,
            trace.version,
            trace.inputs.to_string(),
            trace.answer.to_string(),
            trace.reason,
            position(trace.duration_us),
            at.as_microsecond(),
            mode_column(trace.mode),
            trace.fallback,
        ])?;
    Ok(())
}

/// Stores what a case is about.
pub(super) fn save_case(
    batch: &Transaction<'_>,
    id: CaseId,
    conversation: ConversationId,
    summary: &str,
) -> Outcome<()> {
    batch
        .prepare_cached(
            "INSERT INTO case_summary (id, conversation_id, summary) VALUES (?1, ?2, ?3)
             ON CONFLICT (id) DO UPDATE SET summary = excluded.summary",
        )?
        .execute(params![id.0, conversation.0, summary])?;
    Ok(())
}

/// Keeps how far a reader is; it never goes back.
pub(super) fn keep_cursor(batch: &Transaction<'_>, name: &str, seq: Seq) -> Outcome<()> {
    batch
        .prepare_cached(
            "INSERT INTO reader (name, seq) VALUES (?1, ?2)
             ON CONFLICT (name) DO UPDATE SET seq = max(seq, excluded.seq)",
        )?
        .execute(params![name, position(seq)])?;
    Ok(())
}
