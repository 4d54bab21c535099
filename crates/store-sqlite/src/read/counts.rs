//! Numbers beside views, from an index alone wherever a number could be large.
//!
//! That index holds what is open or snoozed, sorted by status, team and shop. So whatever a scope is, what is in it is a few
//! ranges, and each number is added up from ranges until it is large enough.

use plugboard_domain::{
    access::Scope,
    ids::{AgentId, TeamId},
};
use plugboard_store::{COUNT_MAX, Counts};
use rusqlite::{Connection, OptionalExtension, ToSql, params};
use uuid::Uuid;

use super::drive::blobs;
use crate::{
    codec::{OPEN, SNOOZED, position, seq},
    fault::Outcome,
};

/// The numbers that a viewer sees.
pub(super) fn of(connection: &Connection, viewer: AgentId, scope: &Scope) -> Outcome<Counts> {
    let open = ranges(connection, scope, OPEN)?;
    let snoozed = ranges(connection, scope, SNOOZED)?;
    let mut counts = Counts {
        mine: own(connection, viewer, scope, "TRUE")?,
        mine_needs_reply: own(connection, viewer, scope, "c.needs_reply = 1")?,
        unassigned: count(connection, &open, "c.agent_id IS NULL")?,
        open: count(connection, &open, "TRUE")?,
        needs_reply: count(connection, &open, "c.needs_reply = 1")?,
        snoozed: count(connection, &snoozed, "TRUE")?,
        ..Counts::default()
    };
    for team in teams(connection, scope)? {
        let queue = open.iter().filter(|range| range.team == Some(team.0));
        let waiting = count(connection, queue, "c.agent_id IS NULL")?;
        counts.team_queues.insert(team, waiting);
    }
    Ok(counts)
}

/// Conversations of one status and team, and of one shop if the scope names shops.
struct Range {
    status: i64,
    team: Option<Uuid>,
    shop: Option<Uuid>,
}

/// Adds up what ranges have, no further than [`COUNT_MAX`].
fn count<'a>(
    connection: &Connection,
    ranges: impl IntoIterator<Item = &'a Range>,
    condition: &str,
) -> Outcome<u64> {
    let mut sum = 0;
    for range in ranges {
        let shop = if range.shop.is_some() {
            "c.shop_id = ?3"
        } else {
            "?3 IS NULL"
        };
        let sql = format!(
            "SELECT count(*) FROM (SELECT 1 FROM conversation c INDEXED BY conversation_counts
             WHERE c.status = ?1 AND c.status < 2 AND c.team_id IS ?2 AND {shop} AND {condition} LIMIT ?4)"
        );
        let room = position(COUNT_MAX.saturating_sub(sum));
        let counted: i64 = connection
            .prepare_cached(&sql)?
            .query_row(params![range.status, range.team, range.shop, room], |row| {
                row.get(0)
            })?;
        sum += seq(counted);
    }
    Ok(sum)
}

/// The ranges of a scope: its teams, or those that have such conversations; and what has no team, which everybody sees.
fn ranges(connection: &Connection, scope: &Scope, status: i64) -> Outcome<Vec<Range>> {
    let mut teams: Vec<Option<Uuid>> = vec![None];
    if scope.teams.is_empty() {
        let mut next = connection.prepare_cached(
            "SELECT team_id FROM conversation INDEXED BY conversation_counts
             WHERE status = ?1 AND status < 2 AND team_id > ?2 ORDER BY team_id LIMIT 1",
        )?;
        let mut after: Vec<u8> = Vec::new();
        while let Some(team) = next
            .query_row(params![status, after], |row| row.get::<_, Uuid>(0))
            .optional()?
        {
            after = team.as_bytes().to_vec();
            teams.push(Some(team));
        }
    } else {
        teams.extend(scope.teams.iter().map(|id| Some(id.0)));
    }
    let shops: Vec<Option<Uuid>> = if scope.shops.is_empty() {
        vec![None]
    } else {
        scope.shops.iter().map(|id| Some(id.0)).collect()
    };
    let of_team = |team: Option<Uuid>| {
        shops.iter().map(move |shop| Range {
            status,
            team,
            shop: *shop,
        })
    };
    Ok(teams.into_iter().flat_map(of_team).collect())
}

/// Open conversations of one agent: few, so that their rows may be looked at.
fn own(connection: &Connection, viewer: AgentId, scope: &Scope, condition: &str) -> Outcome<u64> {
    let shops = if scope.shops.is_empty() {
        "?2 IS NULL OR TRUE"
    } else {
        "c.shop_id IN (SELECT value FROM rarray(?2))"
    };
    let teams = if scope.teams.is_empty() {
        "?3 IS NULL OR TRUE"
    } else {
        "c.team_id IS NULL OR c.team_id IN (SELECT value FROM rarray(?3))"
    };
    let sql = format!(
        "SELECT count(*) FROM (SELECT 1 FROM conversation c INDEXED BY conversation_agent
         WHERE c.agent_id = ?1 AND c.status = 0 AND {condition} AND ({shops}) AND ({teams}) LIMIT {COUNT_MAX})"
    );
    let shops = blobs(scope.shops.iter().map(|id| id.0));
    let teams = blobs(scope.teams.iter().map(|id| id.0));
    let values: [&dyn ToSql; 3] = [&viewer.0, &shops, &teams];
    let counted: i64 = connection
        .prepare_cached(&sql)?
        .query_row(&values[..], |row| row.get(0))?;
    Ok(seq(counted))
}

/// Teams whose queues the viewer sees.
fn teams(connection: &Connection, scope: &Scope) -> Outcome<Vec<TeamId>> {
    let mut statement = connection.prepare_cached("SELECT id FROM entity WHERE kind = 'team'")?;
    let all = statement
        .query_map([], |row| row.get(0).map(TeamId))?
        .collect::<Result<Vec<_>, _>>()?;
    let inside = |id: &TeamId| scope.teams.is_empty() || scope.teams.contains(id);
    Ok(all.into_iter().filter(inside).collect())
}
