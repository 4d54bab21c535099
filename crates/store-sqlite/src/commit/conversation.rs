//! Conversations, their timers, and decisions about them.

use std::collections::BTreeSet;

use plugboard_domain::{
    Timestamp,
    conversation::{AssignedBy, Assignment, Conversation, Waiting},
    ids::ConversationId,
    timer::Timer,
};
use rusqlite::{Transaction, params};
use uuid::Uuid;

use crate::{
    codec::{json, priority_column, stage_column, status_column},
    fault::Outcome,
};

/// The columns that lists filter and sort by.
struct Columns {
    status: i64,
    inbox: Uuid,
    contact: Uuid,
    shop: Option<Uuid>,
    team: Option<Uuid>,
    agent: Option<Uuid>,
    by_router: bool,
    priority: i64,
    stage: Option<i64>,
    needs_reply: bool,
    queued_since: Option<i64>,
    merged_into: Option<Uuid>,
    active_at: i64,
}

impl Columns {
    fn of(it: &Conversation) -> Self {
        let by_router = match &it.assignment {
            Assignment::Unassigned { .. } => false,
            Assignment::Offered { .. } => true,
            Assignment::Assigned { by, .. } => *by == AssignedBy::Router,
        };
        Self {
            status: status_column(&it.status),
            inbox: it.inbox_id.0,
            contact: it.contact_id.0,
            shop: it.shop_id.map(|id| id.0),
            team: it.assignment.team().map(|id| id.0),
            agent: it.assignment.agent().map(|id| id.0),
            by_router,
            priority: priority_column(it.priority),
            stage: it.stage.map(stage_column),
            needs_reply: it.needs_reply(),
            queued_since: it.is_queued().then(|| waits_since(it).as_microsecond()),
            merged_into: it.merged_into().map(|id| id.0),
            active_at: it.last_activity_at.as_microsecond(),
        }
    }
}

/// The contact's wait counts, when one waits: going back to the queue must not cost a customer their place.
fn waits_since(it: &Conversation) -> Timestamp {
    match it.waiting {
        Waiting::Agent { since } => since,
        Waiting::Nobody | Waiting::Contact { .. } => it.assignment.since(),
    }
}

/// Stores a conversation as it is now.
pub(super) fn save(batch: &Transaction<'_>, it: &Conversation) -> Outcome<()> {
    let columns = Columns::of(it);
    let state = json(it);
    if !touch(batch, it, &columns, &state)? {
        upsert(batch, it, &columns, &state)?;
    }
    save_tags(batch, it, &columns)
}

/// The common change is a message: only the state, the time and who waits differ. Naming no other column spares the
/// indexes over the others. False when something else differs.
fn touch(
    batch: &Transaction<'_>,
    it: &Conversation,
    columns: &Columns,
    state: &str,
) -> Outcome<bool> {
    let changed = batch
        .prepare_cached(
            "UPDATE conversation SET state = ?2, active_at = ?3
             WHERE id = ?1 AND status = ?4 AND shop_id IS ?5 AND team_id IS ?6 AND agent_id IS ?7 AND by_router = ?8
               AND priority = ?9 AND stage IS ?10 AND queued_since IS ?11 AND merged_into IS ?12 AND needs_reply = ?13
               AND contact_id = ?14 AND inbox_id = ?15",
        )?
        .execute(params![
            it.id.0,
            state,
            columns.active_at,
            columns.status,
            columns.shop,
            columns.team,
            columns.agent,
            columns.by_router,
            columns.priority,
            columns.stage,
            columns.queued_since,
            columns.merged_into,
            columns.needs_reply,
            columns.contact,
            columns.inbox,
        ])?;
    Ok(changed == 1)
}

fn upsert(
    batch: &Transaction<'_>,
    it: &Conversation,
    columns: &Columns,
    state: &str,
) -> Outcome<()> {
    batch
        .prepare_cached(
            "INSERT INTO conversation (id, status, inbox_id, contact_id, shop_id, team_id, agent_id, by_router, priority,
               stage, needs_reply, queued_since, merged_into, created_at, active_at, state)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)
             ON CONFLICT (id) DO UPDATE SET
               status = excluded.status, inbox_id = excluded.inbox_id, contact_id = excluded.contact_id,
               shop_id = excluded.shop_id, team_id = excluded.team_id, agent_id = excluded.agent_id,
               by_router = excluded.by_router, priority = excluded.priority, stage = excluded.stage,
               needs_reply = excluded.needs_reply, queued_since = excluded.queued_since,
               merged_into = excluded.merged_into, active_at = excluded.active_at, state = excluded.state",
        )?
        .execute(params![
            it.id.0,
            columns.status,
            columns.inbox,
            columns.contact,
            columns.shop,
            columns.team,
            columns.agent,
            columns.by_router,
            columns.priority,
            columns.stage,
            columns.needs_reply,
            columns.queued_since,
            columns.merged_into,
            it.created_at.as_microsecond(),
            columns.active_at,
            state,
        ])?;
    Ok(())
}

/// Keeps the list of each label in step.
fn save_tags(batch: &Transaction<'_>, it: &Conversation, columns: &Columns) -> Outcome<()> {
    if it.tags.is_empty() {
        // The common case, in one statement.
        batch
            .prepare_cached(
                "DELETE FROM conversation_tag WHERE n = (SELECT n FROM conversation WHERE id = ?1)",
            )?
            .execute([it.id.0])?;
        return Ok(());
    }
    let n: i64 = batch
        .prepare_cached("SELECT n FROM conversation WHERE id = ?1")?
        .query_row([it.id.0], |row| row.get(0))?;
    let stored: BTreeSet<String> = batch
        .prepare_cached("SELECT tag FROM conversation_tag WHERE n = ?1")?
        .query_map([n], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    if stored == it.tags {
        batch
            .prepare_cached("UPDATE conversation_tag SET status = ?2, active_at = ?3 WHERE n = ?1")?
            .execute(params![n, columns.status, columns.active_at])?;
        return Ok(());
    }
    batch
        .prepare_cached("DELETE FROM conversation_tag WHERE n = ?1")?
        .execute([n])?;
    let mut insert = batch.prepare_cached(
        "INSERT INTO conversation_tag (tag, status, active_at, n) VALUES (?1, ?2, ?3, ?4)",
    )?;
    for tag in &it.tags {
        insert.execute(params![tag, columns.status, columns.active_at, n])?;
    }
    Ok(())
}

/// Replaces the timers of a conversation; those that stay as they are cost no write.
pub(super) fn set_timers(
    batch: &Transaction<'_>,
    id: ConversationId,
    timers: &[Timer],
) -> Outcome<()> {
    let stored: Vec<(String, i64)> = batch
        .prepare_cached("SELECT kind, due_at FROM timer WHERE conversation_id = ?1")?
        .query_map([id.0], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<Result<_, _>>()?;
    let wanted: Vec<(String, i64)> = timers
        .iter()
        .map(|timer| (timer.kind.to_string(), timer.due_at.as_microsecond()))
        .collect();
    for (kind, _) in stored
        .iter()
        .filter(|(kind, _)| !wanted.iter().any(|(it, _)| it == kind))
    {
        batch
            .prepare_cached("DELETE FROM timer WHERE conversation_id = ?1 AND kind = ?2")?
            .execute(params![id.0, kind])?;
    }
    for timer in wanted.iter().filter(|timer| !stored.contains(timer)) {
        batch
            .prepare_cached(
                "INSERT INTO timer (conversation_id, kind, due_at) VALUES (?1, ?2, ?3)
                 ON CONFLICT (conversation_id, kind) DO UPDATE SET due_at = excluded.due_at",
            )?
            .execute(params![id.0, timer.0, timer.1])?;
    }
    Ok(())
}
