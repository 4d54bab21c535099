//! What is to be done: timers, outside work, queues and loads.

use std::collections::BTreeMap;

use plugboard_domain::{
    Timestamp,
    conversation::Conversation,
    ids::{AgentId, ConversationId, InboxId, TeamId},
    outbox::OutboxEntry,
};
use plugboard_store::{Cursor, DueTimer, ORDER_WAIT, OutboxFilter, Paged};
use rusqlite::{Connection, OptionalExtension, Row, params};
use uuid::Uuid;

use crate::{
    codec::{count, instant, json, parse},
    fault::{Outcome, corrupt},
};

/// Timers due at a time, oldest first.
pub(super) fn due_timers(
    connection: &Connection,
    now: Timestamp,
    limit: usize,
) -> Outcome<Vec<DueTimer>> {
    let mut statement = connection
        .prepare_cached("SELECT conversation_id, kind, due_at FROM timer WHERE due_at <= ?1 ORDER BY due_at LIMIT ?2")?;
    let mut rows = statement.query(params![now.as_microsecond(), count(limit)])?;
    let mut due = Vec::new();
    while let Some(row) = rows.next()? {
        let id: Uuid = row.get(0)?;
        let kind = row.get_ref(1)?.as_str().unwrap_or_default();
        due.push(DueTimer {
            conversation_id: ConversationId(id),
            kind: kind.parse().map_err(|why| corrupt("timer", id, why))?,
            due_at: instant("timer", id, row.get(2)?)?,
        });
    }
    Ok(due)
}

/// When the next timer is due.
pub(super) fn next_timer_at(connection: &Connection) -> Outcome<Option<Timestamp>> {
    next(connection, "SELECT min(due_at) FROM timer")
}

/// When the next outside work is due.
pub(super) fn next_outbox_at(connection: &Connection) -> Outcome<Option<Timestamp>> {
    next(
        connection,
        "SELECT min(next_at) FROM outbox WHERE state = 0",
    )
}

/// When there is more to do than now: what comes due, and what will have waited long enough for its turn.
pub(super) fn next_outbox_after(
    connection: &Connection,
    now: Timestamp,
) -> Outcome<Option<Timestamp>> {
    let earliest = |sql: &str, from: Timestamp| -> Outcome<Option<Timestamp>> {
        let micros: Option<i64> = connection
            .prepare_cached(sql)?
            .query_row([from.as_microsecond()], |row| row.get(0))?;
        micros
            .map(|micros| instant("outbox", "next", micros))
            .transpose()
    };
    let due = earliest(
        "SELECT min(next_at) FROM outbox WHERE state = 0 AND next_at > ?1",
        now,
    )?;
    let turn = earliest(
        "SELECT min(next_at) FROM outbox WHERE state = 0 AND next_at > ?1 AND conversation_id IS NOT NULL",
        now - ORDER_WAIT,
    )?;
    let turn = turn.map(|at| at + ORDER_WAIT);
    Ok(due.into_iter().chain(turn).min())
}

fn next(connection: &Connection, sql: &str) -> Outcome<Option<Timestamp>> {
    let micros: Option<i64> = connection
        .prepare_cached(sql)?
        .query_row([], |row| row.get(0))?;
    micros
        .map(|micros| instant("timer", "next", micros))
        .transpose()
}

/// Outside work to be tried at a time, oldest first.
pub(super) fn due_outbox(
    connection: &Connection,
    now: Timestamp,
    limit: usize,
) -> Outcome<Vec<OutboxEntry>> {
    let sql = "SELECT n, entry FROM outbox o WHERE state = 0 AND next_at <= ?1 AND (
                 conversation_id IS NULL OR next_at <= ?2 OR NOT EXISTS (
                   SELECT 1 FROM outbox earlier WHERE earlier.state = 0
                     AND earlier.conversation_id = o.conversation_id AND earlier.n < o.n))
               ORDER BY next_at, n LIMIT ?3";
    let mut statement = connection.prepare_cached(sql)?;
    let waited = now - ORDER_WAIT;
    let mut rows = statement.query(params![
        now.as_microsecond(),
        waited.as_microsecond(),
        count(limit)
    ])?;
    let mut due = Vec::new();
    while let Some(row) = rows.next()? {
        due.push(entry(row)?.1);
    }
    Ok(due)
}

/// Outside work, newest first.
pub(super) fn outbox(
    connection: &Connection,
    filter: &OutboxFilter,
    after: Option<Cursor>,
    limit: usize,
) -> Outcome<Paged<OutboxEntry>> {
    let condition = match filter {
        OutboxFilter::Pending => "state = 0",
        OutboxFilter::Dead => "state = 2",
        OutboxFilter::All => "TRUE",
        OutboxFilter::DeadOf { plugin, inboxes } => {
            return dead_of(connection, plugin, inboxes, after, limit);
        }
    };
    // Pending work is little beside what is done, so sorting it costs less than an index that every job passes through.
    let sql = format!(
        "SELECT n, entry FROM outbox WHERE {condition} AND n < ?1 ORDER BY n DESC LIMIT ?2"
    );
    let mut statement = connection.prepare_cached(&sql)?;
    let from = after.map_or(i64::MAX, |cursor| cursor.key);
    let mut rows = statement.query([from, count(limit + 1)])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(entry(row)?);
    }
    Ok(page(found, limit))
}

/// Work of one plugin that was given up. Dead work is little, so reading each entry costs less than an index.
fn dead_of(
    connection: &Connection,
    plugin: &str,
    inboxes: &[InboxId],
    after: Option<Cursor>,
    limit: usize,
) -> Outcome<Paged<OutboxEntry>> {
    let inboxes: Vec<String> = inboxes.iter().map(ToString::to_string).collect();
    let mut statement = connection.prepare_cached(
        "SELECT n, entry FROM outbox WHERE state = 2 AND n < ?1 AND (
           entry ->> '$.job.plugin' = ?2 OR entry ->> '$.job.inbox_id' IN (SELECT value FROM json_each(?3)))
         ORDER BY n DESC LIMIT ?4",
    )?;
    let from = after.map_or(i64::MAX, |cursor| cursor.key);
    let mut rows = statement.query(params![from, plugin, json(&inboxes), count(limit + 1)])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(entry(row)?);
    }
    Ok(page(found, limit))
}

fn page(found: Vec<(i64, OutboxEntry)>, limit: usize) -> Paged<OutboxEntry> {
    Paged::cut(found, limit, |(n, entry)| Cursor {
        key: *n,
        id: entry.id.to_string(),
    })
    .map(|(_, entry)| entry)
}

fn entry(row: &Row<'_>) -> Outcome<(i64, OutboxEntry)> {
    let n: i64 = row.get(0)?;
    let text: String = row.get(1)?;
    Ok((n, parse("outbox", n, &text)?))
}

/// Open conversations in some teams' queues: urgent first, then longest waiting.
pub(super) fn queued(
    connection: &Connection,
    teams: &[Option<TeamId>],
    limit: usize,
) -> Outcome<Vec<Conversation>> {
    let mut waiting: Vec<(i64, i64, i64)> = Vec::new();
    let mut statement = connection.prepare_cached(
        "SELECT -priority, queued_since, n FROM conversation INDEXED BY conversation_queue
         WHERE team_id IS ?1 AND queued_since IS NOT NULL ORDER BY priority DESC, queued_since, n LIMIT ?2",
    )?;
    for team in teams {
        let found = statement.query_map(params![team.map(|id| id.0), count(limit)], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })?;
        for place in found {
            waiting.push(place?);
        }
    }
    waiting.sort_unstable();
    waiting.dedup();
    let mut statement = connection.prepare_cached("SELECT state FROM conversation WHERE n = ?1")?;
    let states = waiting.iter().take(limit).map(|(_, _, n)| {
        let text: String = statement.query_row([n], |row| row.get(0))?;
        parse("conversation", n, &text)
    });
    states.collect()
}

/// How many open conversations each agent owns or is offered. The index is sorted by agent, so each next one is a step.
pub(super) fn loads(connection: &Connection) -> Outcome<BTreeMap<AgentId, u32>> {
    let mut next = connection.prepare_cached(
        "SELECT agent_id FROM conversation INDEXED BY conversation_agent WHERE agent_id > ?1 ORDER BY agent_id LIMIT 1",
    )?;
    let mut count = connection.prepare_cached(
        "SELECT count(*) FROM conversation INDEXED BY conversation_agent WHERE agent_id = ?1 AND status = 0",
    )?;
    let (mut loads, mut after) = (BTreeMap::new(), Vec::new());
    while let Some(agent) = next
        .query_row([&after], |row| row.get::<_, Uuid>(0))
        .optional()?
    {
        after = agent.as_bytes().to_vec();
        let load: u32 = count.query_row([agent], |row| row.get(0))?;
        if load > 0 {
            loads.insert(AgentId(agent), load);
        }
    }
    Ok(loads)
}

/// When each agent was last given a conversation by routing.
pub(super) fn last_routed(connection: &Connection) -> Outcome<BTreeMap<AgentId, Timestamp>> {
    let mut statement = connection.prepare_cached("SELECT agent_id, at FROM routed")?;
    let mut rows = statement.query([])?;
    let mut routed = BTreeMap::new();
    while let Some(row) = rows.next()? {
        let agent = AgentId(row.get(0)?);
        routed.insert(agent, instant("routed", agent, row.get(1)?)?);
    }
    Ok(routed)
}

/// Open conversations that routing gave or offered to an agent and that owe an answer.
pub(super) fn owed_by(connection: &Connection, agent: AgentId) -> Outcome<Vec<ConversationId>> {
    let sql = "SELECT id FROM conversation INDEXED BY conversation_agent
               WHERE agent_id = ?1 AND status = 0 AND needs_reply = 1 AND by_router = 1";
    Ok(connection
        .prepare_cached(sql)?
        .query_map([agent.0], |row| row.get(0).map(ConversationId))?
        .collect::<Result<_, _>>()?)
}
