//! What policies look at, and what they decided.

use std::collections::BTreeMap;

use plugboard_domain::{
    Seq, Timestamp,
    access::Scope,
    decision::DecisionTrace,
    ids::{AgentId, CaseId, ConversationId, DecisionId, MessageId},
};
use plugboard_store::WorkFacts;
use rusqlite::{Connection, OptionalExtension, Row, params};
use uuid::Uuid;

use super::contacts;
use crate::{
    codec::{instant, mode, parse, seq},
    fault::{Outcome, corrupt},
    load,
};

/// What a policy may look at besides the conversation's own state.
pub(super) fn work_facts(
    connection: &Connection,
    id: ConversationId,
) -> Outcome<Option<WorkFacts>> {
    let Some(conversation) = load::conversation(connection, id)? else {
        return Ok(None);
    };
    let root = contacts::root(connection, conversation.contact_id)?;
    let contact = root
        .map(|root| contacts::whole(connection, root.id, &Scope::default()))
        .transpose()?
        .flatten();
    let contact =
        contact.ok_or_else(|| corrupt("conversation", id, "its contact does not exist"))?;
    let text = connection
        .prepare_cached(
            "SELECT id, text FROM message WHERE shown_in = ?1 AND kind = 0 ORDER BY seq DESC LIMIT 1",
        )?
        .query_row([id.0], |row| Ok((MessageId(row.get(0)?), row.get(1)?)))
        .optional()?;
    let answered: Option<(Uuid, i64)> = connection
        .prepare_cached(
            "SELECT author_id, at FROM message WHERE shown_in = ?1 AND kind = 1 AND author_kind = 1
             ORDER BY seq DESC LIMIT 1",
        )?
        .query_row([id.0], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let answered_at = answered
        .map(|(_, at)| instant("message", id, at))
        .transpose()?;
    let previous_agent = match answered {
        Some((agent, _)) => Some(AgentId(agent)),
        None => owner_before(connection, id, &contact)?,
    };
    Ok(Some(WorkFacts {
        text,
        contact,
        previous_agent,
        answered_at,
    }))
}

/// Who had the contact's newest other conversation.
fn owner_before(
    connection: &Connection,
    id: ConversationId,
    contact: &plugboard_store::ContactView,
) -> Outcome<Option<AgentId>> {
    let mut newest: Option<(i64, Uuid)> = None;
    for contact in std::iter::once(&contact.contact.id).chain(&contact.contact.absorbed) {
        let found = connection
            .prepare_cached(
                "SELECT active_at, agent_id FROM conversation INDEXED BY conversation_contact
                 WHERE contact_id = ?1 AND agent_id IS NOT NULL AND id <> ?2 ORDER BY active_at DESC LIMIT 1",
            )?
            .query_row(params![contact.0, id.0], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })
            .optional()?;
        newest = newest.max(found);
    }
    Ok(newest.map(|(_, agent)| AgentId(agent)))
}

/// How far a reader of the journal is.
pub(super) fn cursor(connection: &Connection, name: &str) -> Outcome<Option<Seq>> {
    Ok(connection
        .prepare_cached("SELECT seq FROM reader WHERE name = ?1")?
        .query_row([name], |row| row.get(0).map(seq))
        .optional()?)
}

/// What the cases of a conversation are about.
pub(super) fn case_summaries(
    connection: &Connection,
    id: ConversationId,
) -> Outcome<BTreeMap<CaseId, String>> {
    Ok(connection
        .prepare_cached("SELECT id, summary FROM case_summary WHERE conversation_id = ?1")?
        .query_map([id.0], |row| Ok((CaseId(row.get(0)?), row.get(1)?)))?
        .collect::<Result<_, _>>()?)
}

/// Most decisions shown for one conversation; older ones stay stored.
const DECISIONS_MAX: i64 = 200;

const COLUMNS: &str =
    "id, conversation_id, policy, version, inputs, answer, reason, duration_us, at, mode, fallback";

/// Decisions about a conversation, newest first.
pub(super) fn decisions(
    connection: &Connection,
    id: ConversationId,
) -> Outcome<Vec<(DecisionTrace, Timestamp)>> {
    let mut statement = connection.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM decision WHERE conversation_id = ?1 ORDER BY n DESC LIMIT ?2"
    ))?;
    let mut rows = statement.query(params![id.0, DECISIONS_MAX])?;
    let mut decisions = Vec::new();
    while let Some(row) = rows.next()? {
        decisions.push(decided(row)?);
    }
    Ok(decisions)
}

/// One decision.
pub(super) fn decision(
    connection: &Connection,
    id: DecisionId,
) -> Outcome<Option<(DecisionTrace, Timestamp)>> {
    let mut statement =
        connection.prepare_cached(&format!("SELECT {COLUMNS} FROM decision WHERE id = ?1"))?;
    let mut rows = statement.query([id.0])?;
    rows.next()?.map(decided).transpose()
}

fn decided(row: &Row<'_>) -> Outcome<(DecisionTrace, Timestamp)> {
    let decision: Uuid = row.get(0)?;
    let json = |at| -> Outcome<_> {
        parse(
            "decision",
            decision,
            row.get_ref(at)?.as_str().unwrap_or_default(),
        )
    };
    let trace = DecisionTrace {
        id: DecisionId(decision),
        conversation_id: ConversationId(row.get(1)?),
        policy: row.get(2)?,
        version: row.get(3)?,
        inputs: json(4)?,
        answer: json(5)?,
        reason: row.get(6)?,
        duration_us: seq(row.get(7)?),
        mode: mode("decision", row.get(9)?)?,
        fallback: row.get(10)?,
    };
    Ok((trace, instant("decision", decision, row.get(8)?)?))
}
