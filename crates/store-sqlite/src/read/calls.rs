//! Calls: lists, one, those that go on, and what is due.

use std::collections::BTreeMap;

use plugboard_domain::{
    Timestamp,
    call::{Call, CallLine},
    ids::{AgentId, CallId, ContactId, MessageId},
};
use plugboard_store::{CallFilter, CallRow, CallStand, CallView, Cursor, Facts, Key, Paged};
use rusqlite::{Connection, OptionalExtension, Row, named_params, params};
use uuid::Uuid;

use super::{blobs, contact_view, root};
use crate::{
    codec::{count, instant, parse},
    fault::Outcome,
};

/// What every question about calls reads.
const COLUMNS: &str = "call.id, call.state, provider_call_id, number, e164, own_number, transfer_number, note, handover";

/// Whoever is to be called: they rang in vain and nobody wrote that up, or it was agreed on and it is time. Over as soon as
/// somebody of the desk talks with them, whoever rang; before the time that was agreed on only when the desk rang.
const TO_CALL: &str = "((missed = 1 AND written_up = 0) OR follow_up_at <= :now)
  AND NOT EXISTS (
    SELECT 1 FROM conversation theirs JOIN call later ON later.conversation_id = theirs.id
    WHERE theirs.contact_id = c.contact_id AND later.answered_at IS NOT NULL
      AND (later.started_at > COALESCE(call.follow_up_at, call.started_at)
           OR (later.dialled_by IS NOT NULL AND later.started_at > call.started_at)))";

/// Answers keys about calls.
pub(crate) fn facts(connection: &Connection, key: Key, facts: &mut Facts) -> Outcome<()> {
    match key {
        Key::Call(id) => {
            facts.calls.insert(id, row(connection, id)?);
        }
        Key::CallNamed(provider, name) => {
            let found = connection
                .prepare_cached(
                    "SELECT id FROM call WHERE provider = ?1 AND provider_call_id = ?2",
                )?
                .query_row(params![provider, name], |row| row.get(0).map(CallId))
                .optional()?;
            facts.call_names.insert((provider, name), found);
        }
        Key::LiveCalls => {
            let rows = live_rows(connection)?;
            facts.live_calls = Some(rows.iter().map(|it| it.call.id).collect());
            let rows = rows.into_iter().map(|it| (it.call.id, Some(it)));
            facts.calls.extend(rows);
        }
        Key::Dialled(agent, since) => {
            let dialled: i64 = connection
                .prepare_cached(
                    "SELECT count(*) FROM call WHERE dialled_by = ?1 AND started_at >= ?2",
                )?
                .query_row(params![agent.0, since.as_microsecond()], |row| row.get(0))?;
            let dialled = u64::try_from(dialled).unwrap_or(0);
            facts.dialled.insert((agent, since), dialled);
        }
        Key::NumberOf(contact) => {
            facts.numbers.insert(contact, number(connection, contact)?);
        }
        _ => unreachable!("the other keys are answered by the caller"),
    }
    Ok(())
}

/// The number that a contact was last met under, or else the one that was typed in.
fn number(connection: &Connection, contact: ContactId) -> Outcome<Option<String>> {
    let met: Option<String> = connection
        .prepare_cached(
            "SELECT value FROM identity WHERE contact_id = ?1 AND kind = 'phone' ORDER BY created_at DESC LIMIT 1",
        )?
        .query_row([contact.0], |row| row.get(0))
        .optional()?;
    if met.is_some() {
        return Ok(met);
    }
    let typed: Option<Option<String>> = connection
        .prepare_cached("SELECT phone FROM contact WHERE id = ?1")?
        .query_row([contact.0], |row| row.get(0))
        .optional()?;
    Ok(typed.flatten())
}

fn row(connection: &Connection, id: CallId) -> Outcome<Option<CallRow>> {
    let sql = format!("SELECT {COLUMNS} FROM call WHERE id = ?1");
    let mut statement = connection.prepare_cached(&sql)?;
    let mut rows = statement.query([id.0])?;
    rows.next()?.map(read).transpose()
}

fn read(row: &Row<'_>) -> Outcome<CallRow> {
    let id: Uuid = row.get(0)?;
    let call: Call = parse("call", id, &row.get::<_, String>(1)?)?;
    Ok(CallRow {
        call,
        line: CallLine {
            provider_call_id: row.get(2)?,
            number: row.get(3)?,
            e164: row.get(4)?,
            own_number: row.get(5)?,
            transfer_number: row.get(6)?,
            note: row.get(7)?,
            handover: row.get(8)?,
        },
    })
}

fn live_rows(connection: &Connection) -> Outcome<Vec<CallRow>> {
    let sql = format!("SELECT {COLUMNS} FROM call WHERE live = 1 ORDER BY started_at");
    let mut statement = connection.prepare_cached(&sql)?;
    let mut rows = statement.query([])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(read(row)?);
    }
    Ok(found)
}

fn view(connection: &Connection, row: CallRow) -> Outcome<CallView> {
    let contact = root(connection, row.call.contact_id)?;
    let id = contact.as_ref().map_or(row.call.contact_id, |it| it.id);
    let view = contact.map(|it| contact_view(connection, it)).transpose()?;
    Ok(CallView {
        row,
        contact_id: id,
        contact_name: view.and_then(|it| it.profile.name),
    })
}

/// Calls that are not final, the oldest first.
pub(super) fn live(connection: &Connection) -> Outcome<Vec<CallView>> {
    let rows = live_rows(connection)?;
    rows.into_iter().map(|it| view(connection, it)).collect()
}

/// One call.
pub(super) fn one(connection: &Connection, id: CallId) -> Outcome<Option<CallView>> {
    row(connection, id)?
        .map(|it| view(connection, it))
        .transpose()
}

/// Calls by the messages that show them.
pub(super) fn of_messages(connection: &Connection, ids: &[MessageId]) -> Outcome<Vec<CallView>> {
    let sql = format!("SELECT {COLUMNS} FROM call WHERE message_id = ?1");
    let mut statement = connection.prepare_cached(&sql)?;
    let mut found = Vec::new();
    for id in ids {
        let mut rows = statement.query([id.0])?;
        if let Some(row) = rows.next()? {
            found.push(view(connection, read(row)?)?);
        }
    }
    Ok(found)
}

/// A page of calls, the newest first.
pub(super) fn list(
    connection: &Connection,
    filter: &CallFilter,
    after: Option<&Cursor>,
    limit: usize,
) -> Outcome<Paged<CallView>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM call JOIN conversation c ON c.id = call.conversation_id
         WHERE (:stand = 0 OR (:stand = 1 AND live = 1) OR (:stand = 2 AND call.ended_at IS NOT NULL)
                OR (:stand = 3 AND missed = 1) OR (:stand = 4 AND {TO_CALL}))
           AND (:inbox IS NULL OR call.inbox_id = :inbox) AND (:agent IS NULL OR call.agent_id = :agent)
           AND (:any_shop OR c.shop_id IN (SELECT value FROM rarray(:shops)))
           AND (:any_team OR c.team_id IS NULL OR c.team_id IN (SELECT value FROM rarray(:teams)))
           AND (:key IS NULL OR (started_at, call.id) < (:key, :id))
         ORDER BY started_at DESC, call.id DESC LIMIT :limit"
    );
    let stand = match filter.stand {
        None => 0_i64,
        Some(CallStand::Live) => 1,
        Some(CallStand::Ended) => 2,
        Some(CallStand::Missed) => 3,
        Some(CallStand::ToCall) => 4,
    };
    let now = filter.now.map(Timestamp::as_microsecond);
    let id: Option<Uuid> = after.and_then(|it| it.id.parse().ok());
    let mut statement = connection.prepare_cached(&sql)?;
    let mut rows = statement.query(named_params! {
        ":stand": stand,
        ":now": now,
        ":inbox": filter.inbox.map(|it| it.0),
        ":agent": filter.agent.map(|it| it.0),
        ":any_shop": filter.scope.shops.is_empty(),
        ":shops": blobs(filter.scope.shops.iter().map(|it| it.0)),
        ":any_team": filter.scope.teams.is_empty(),
        ":teams": blobs(filter.scope.teams.iter().map(|it| it.0)),
        ":key": id.and(after).map(|it| it.key),
        ":id": id,
        ":limit": count(limit + 1),
    })?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(view(connection, read(row)?)?);
    }
    Ok(Paged::cut(found, limit, |it| Cursor {
        key: it.row.call.times.started_at.as_microsecond(),
        id: it.row.call.id.to_string(),
    }))
}

/// Calls of which something is due, oldest first.
pub(super) fn due(connection: &Connection, now: Timestamp, limit: usize) -> Outcome<Vec<CallId>> {
    let mut statement = connection
        .prepare_cached("SELECT id FROM call WHERE due_at <= ?1 ORDER BY due_at LIMIT ?2")?;
    let rows = statement.query_map(params![now.as_microsecond(), count(limit)], |row| {
        row.get(0).map(CallId)
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// When something is due next.
pub(super) fn next_at(connection: &Connection) -> Outcome<Option<Timestamp>> {
    let next: Option<i64> = connection
        .prepare_cached("SELECT min(due_at) FROM call WHERE due_at IS NOT NULL")?
        .query_row([], |row| row.get(0))?;
    next.map(|it| instant("call", "due_at", it)).transpose()
}

/// When each agent's newest call ended, of those that began since a time.
pub(super) fn last_talked(
    connection: &Connection,
    since: Timestamp,
) -> Outcome<BTreeMap<AgentId, Timestamp>> {
    let mut statement = connection.prepare_cached(
        "SELECT agent_id, max(ended_at) FROM call
         WHERE started_at >= ?1 AND agent_id IS NOT NULL AND ended_at IS NOT NULL GROUP BY agent_id",
    )?;
    let mut rows = statement.query([since.as_microsecond()])?;
    let mut found = BTreeMap::new();
    while let Some(row) = rows.next()? {
        let at = instant("call", "ended_at", row.get(1)?)?;
        found.insert(AgentId(row.get(0)?), at);
    }
    Ok(found)
}
