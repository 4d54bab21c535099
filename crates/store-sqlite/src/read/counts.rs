//! Numbers beside views, from indexes alone.

use std::rc::Rc;

use plugboard_domain::{
    access::Scope,
    ids::{AgentId, TeamId},
};
use plugboard_store::{COUNT_MAX, Counts};
use rusqlite::{Connection, ToSql, types::Value};
use uuid::Uuid;

use crate::fault::Outcome;

/// The numbers that a viewer sees.
pub(super) fn of(connection: &Connection, viewer: AgentId, scope: &Scope) -> Outcome<Counts> {
    let counter = Counter::new(connection, scope);
    let mine = Value::Blob(viewer.0.as_bytes().to_vec());
    let nobody = Value::Null;
    let mut counts = Counts {
        mine: counter.count(OPEN, "c.agent_id IS ?3", &mine)?,
        mine_needs_reply: counter.count(OPEN, "c.agent_id IS ?3 AND c.needs_reply = 1", &mine)?,
        unassigned: counter.count(OPEN, "c.agent_id IS ?3", &nobody)?,
        open: counter.count(OPEN, "?3 IS NULL", &nobody)?,
        needs_reply: counter.count(OPEN, "c.needs_reply = 1 AND ?3 IS NULL", &nobody)?,
        snoozed: counter.count(SNOOZED, "?3 IS NULL", &nobody)?,
        ..Counts::default()
    };
    for team in teams(connection)? {
        if scope.teams.is_empty() || scope.teams.contains(&team) {
            let value = Value::Blob(team.0.as_bytes().to_vec());
            counts.team_queues.insert(
                team,
                counter.count(OPEN, "c.agent_id IS NULL AND c.team_id = ?3", &value)?,
            );
        }
    }
    Ok(counts)
}

const OPEN: &str = "conversation c INDEXED BY conversation_open WHERE c.status = 0";
const SNOOZED: &str = "conversation c INDEXED BY conversation_status WHERE c.status = 1";

struct Counter<'a> {
    connection: &'a Connection,
    scope: &'static str,
    shops: Rc<Vec<Value>>,
    teams: Rc<Vec<Value>>,
}

impl<'a> Counter<'a> {
    fn new(connection: &'a Connection, scope: &Scope) -> Self {
        let list = |ids: Vec<Uuid>| {
            Rc::new(
                ids.iter()
                    .map(|id| Value::Blob(id.as_bytes().to_vec()))
                    .collect(),
            )
        };
        // The values are bound either way, so that each condition has the same numbers.
        let sql = match (scope.shops.is_empty(), scope.teams.is_empty()) {
            (true, true) => "?1 IS NULL OR ?2 IS NULL OR 1",
            (false, true) => "c.shop_id IN (SELECT value FROM rarray(?1)) AND (?2 IS NULL OR 1)",
            (true, false) => {
                "(c.team_id IS NULL OR c.team_id IN (SELECT value FROM rarray(?2))) AND (?1 IS NULL OR 1)"
            }
            (false, false) => {
                "c.shop_id IN (SELECT value FROM rarray(?1))
                 AND (c.team_id IS NULL OR c.team_id IN (SELECT value FROM rarray(?2)))"
            }
        };
        Self {
            connection,
            scope: sql,
            shops: list(scope.shops.iter().map(|id| id.0).collect()),
            teams: list(scope.teams.iter().map(|id| id.0).collect()),
        }
    }

    fn count(&self, from: &str, condition: &str, value: &Value) -> Outcome<u64> {
        let sql = format!(
            "SELECT count(*) FROM (SELECT 1 FROM {from} AND {condition} AND ({scope}) LIMIT {COUNT_MAX})",
            scope = self.scope
        );
        let values: [&dyn ToSql; 3] = [&self.shops, &self.teams, value];
        let counted: i64 = self
            .connection
            .prepare_cached(&sql)?
            .query_row(&values[..], |row| row.get(0))?;
        Ok(u64::try_from(counted).unwrap_or(0))
    }
}

fn teams(connection: &Connection) -> Outcome<Vec<TeamId>> {
    Ok(connection
        .prepare_cached("SELECT id FROM entity WHERE kind = 'team'")?
        .query_map([], |row| row.get(0).map(TeamId))?
        .collect::<Result<_, _>>()?)
}
