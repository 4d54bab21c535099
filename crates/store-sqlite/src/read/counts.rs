//! Numbers beside views, from indexes alone wherever a number could be large.
//!
//! The index of open conversations is sorted by team, then shop. So whatever a scope is, its open conversations are a few
//! ranges of it, and each number is added up from ranges until it is large enough.

use plugboard_domain::{
    access::Scope,
    ids::{AgentId, TeamId},
};
use plugboard_store::{COUNT_MAX, Counts};
use rusqlite::{Connection, OptionalExtension, ToSql, params};
use uuid::Uuid;

use super::drive::blobs;
use crate::{
    codec::{SNOOZED, position, seq},
    fault::Outcome,
};

/// The numbers that a viewer sees.
pub(super) fn of(connection: &Connection, viewer: AgentId, scope: &Scope) -> Outcome<Counts> {
    let ranges = ranges(connection, scope)?;
    let open = |condition: &str| {
        ranges
            .iter()
            .try_fold(0, |sum, range| range.count(connection, condition, sum))
    };
    let mut counts = Counts {
        mine: own(connection, viewer, scope, "TRUE")?,
        mine_needs_reply: own(connection, viewer, scope, "c.needs_reply = 1")?,
        unassigned: open("c.agent_id IS NULL")?,
        open: open("TRUE")?,
        needs_reply: open("c.needs_reply = 1")?,
        snoozed: snoozed(connection, scope)?,
        ..Counts::default()
    };
    for team in teams(connection, scope)? {
        let queue = ranges.iter().filter(|range| range.team == Some(team.0));
        let waiting = queue.map(|range| (range, "c.agent_id IS NULL"));
        let sum = waiting.into_iter().try_fold(0, |sum, (range, queued)| {
            range.count(connection, queued, sum)
        })?;
        counts.team_queues.insert(team, sum);
    }
    Ok(counts)
}

/// Open conversations of one team, and of one shop if the scope names shops.
struct Range {
    team: Option<Uuid>,
    shop: Option<Uuid>,
}

impl Range {
    /// Adds the conversations of the range to a sum that goes no further than [`COUNT_MAX`].
    fn count(&self, connection: &Connection, condition: &str, sum: u64) -> Outcome<u64> {
        let shop = if self.shop.is_some() {
            "c.shop_id = ?2"
        } else {
            "?2 IS NULL"
        };
        let sql = format!(
            "SELECT count(*) FROM (SELECT 1 FROM conversation c INDEXED BY conversation_open
             WHERE c.status = 0 AND c.team_id IS ?1 AND {shop} AND {condition} LIMIT ?3)"
        );
        let room = position(COUNT_MAX.saturating_sub(sum));
        let counted: i64 = connection
            .prepare_cached(&sql)?
            .query_row(params![self.team, self.shop, room], |row| row.get(0))?;
        Ok(sum + seq(counted))
    }
}

/// The ranges of a scope: teams that have open conversations, and what has no team, which everybody sees.
fn ranges(connection: &Connection, scope: &Scope) -> Outcome<Vec<Range>> {
    let mut teams: Vec<Option<Uuid>> = vec![None];
    if scope.teams.is_empty() {
        let mut next = connection.prepare_cached(
            "SELECT team_id FROM conversation INDEXED BY conversation_open
             WHERE status = 0 AND team_id > ?1 ORDER BY team_id LIMIT 1",
        )?;
        let mut after: Vec<u8> = Vec::new();
        while let Some(team) = next
            .query_row([&after], |row| row.get::<_, Uuid>(0))
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
    let each = teams.iter().flat_map(|team| {
        shops.iter().map(|shop| Range {
            team: *team,
            shop: *shop,
        })
    });
    Ok(each.collect())
}

/// Open conversations of one agent: few, so that their rows may be looked at.
fn own(connection: &Connection, viewer: AgentId, scope: &Scope, condition: &str) -> Outcome<u64> {
    let from = format!(
        "INDEXED BY conversation_agent WHERE c.agent_id = ?3 AND c.status = 0 AND {condition}"
    );
    inside(connection, &from, scope, &viewer.0)
}

fn snoozed(connection: &Connection, scope: &Scope) -> Outcome<u64> {
    inside(
        connection,
        "INDEXED BY conversation_status WHERE c.status = ?3",
        scope,
        &SNOOZED,
    )
}

fn inside(connection: &Connection, from: &str, scope: &Scope, value: &dyn ToSql) -> Outcome<u64> {
    let shops = if scope.shops.is_empty() {
        "?1 IS NULL OR TRUE"
    } else {
        "c.shop_id IN (SELECT value FROM rarray(?1))"
    };
    let teams = if scope.teams.is_empty() {
        "?2 IS NULL OR TRUE"
    } else {
        "c.team_id IS NULL OR c.team_id IN (SELECT value FROM rarray(?2))"
    };
    let sql = format!(
        "SELECT count(*) FROM (SELECT 1 FROM conversation c {from} AND ({shops}) AND ({teams}) LIMIT {COUNT_MAX})"
    );
    let (shops, teams) = (
        blobs(scope.shops.iter().map(|id| id.0)),
        blobs(scope.teams.iter().map(|id| id.0)),
    );
    let values: [&dyn ToSql; 3] = [&shops, &teams, value];
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
    Ok(all
        .into_iter()
        .filter(|id| scope.teams.is_empty() || scope.teams.contains(id))
        .collect())
}
