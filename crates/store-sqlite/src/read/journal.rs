//! Reading what happened, by position.

use plugboard_domain::{Event, Recorded, Seq, ids::ConversationId};
use rusqlite::{Connection, Row};

use crate::{
    codec::{actor, count, instant, position, seq},
    fault::{Outcome, corrupt},
    migrate::meta,
};

/// The columns that [`recorded`] reads.
pub(crate) const COLUMNS: &str =
    "seq, at, kind, actor_kind, actor_id, conversation_id, caused_by, data";

/// Events after a position, in order.
pub(crate) fn since(connection: &Connection, since: Seq, limit: usize) -> Outcome<Vec<Recorded>> {
    let sql = format!("SELECT {COLUMNS} FROM journal WHERE seq > ?1 ORDER BY seq LIMIT ?2");
    let mut statement = connection.prepare_cached(&sql)?;
    let mut rows = statement.query([position(since), count(limit)])?;
    let mut events = Vec::new();
    while let Some(row) = rows.next()? {
        events.push(recorded(row)?);
    }
    Ok(events)
}

/// A position among the facts about the database itself.
pub(crate) fn place(connection: &Connection, key: &'static str) -> Outcome<Seq> {
    Ok(seq(meta(connection, key)?))
}

/// Reads one event.
pub(crate) fn recorded(row: &Row<'_>) -> Outcome<Recorded> {
    let at = row.get(0)?;
    let wrong = |why: &dyn std::fmt::Display| corrupt("journal", at, why);
    let kind = row.get_ref(2)?.as_str().map_err(|why| wrong(&why))?;
    let data = row.get_ref(7)?.as_str().map_err(|why| wrong(&why))?;
    Ok(Recorded {
        seq: seq(at),
        at: instant("journal", at, row.get(1)?)?,
        actor: actor("journal", row, 3)?,
        conversation_id: row.get::<_, Option<_>>(5)?.map(ConversationId),
        caused_by: row.get::<_, Option<_>>(6)?.map(seq),
        event: Event::parse(kind, data).map_err(|why| wrong(&why))?,
    })
}
