//! Retention: the oldest events go, in short transactions, and the horizon moves with them.

use plugboard_domain::{Seq, Timestamp};
use rusqlite::{Connection, TransactionBehavior, params};

use crate::{
    codec::{count, position, seq},
    fault::Outcome,
    migrate::meta,
};

/// Up to where nobody who keeps a place in the journal needs it any more: readers with a cursor have read that far, and
/// pending outside work tells of later events. `None` when there is neither.
pub(crate) fn unneeded(connection: &Connection) -> Outcome<Option<Seq>> {
    let position: Option<i64> = connection
        .prepare_cached(
            "SELECT min(position) FROM (
               SELECT min(entry ->> '$.job.seq') - 1 AS position FROM outbox INDEXED BY outbox_pending WHERE state = 0
               UNION ALL SELECT min(seq) FROM reader)",
        )?
        .query_row([], |row| row.get(0))?;
    Ok(position.map(seq))
}

/// Removes events before a time and up to a position, at most `limit` of them; answers how many.
pub(crate) fn run(
    connection: &mut Connection,
    before: Timestamp,
    up_to: Seq,
    limit: usize,
) -> Outcome<usize> {
    let batch = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let horizon = meta(&batch, "horizon")?;
    let mut reached = horizon;
    let mut removed = 0;
    {
        // In order, and no further than the first that is too young: positions stay dense, whatever the clock did.
        let mut statement = batch.prepare_cached(
            "SELECT seq, at FROM journal WHERE seq > ?1 AND seq <= ?2 ORDER BY seq LIMIT ?3",
        )?;
        let mut rows = statement.query(params![horizon, position(up_to), count(limit)])?;
        while let Some(row) = rows.next()? {
            if row.get::<_, i64>(1)? >= before.as_microsecond() {
                break;
            }
            reached = row.get(0)?;
            removed += 1;
        }
    }
    if removed == 0 {
        return Ok(0);
    }
    batch
        .prepare_cached("DELETE FROM journal WHERE seq <= ?1")?
        .execute([reached])?;
    batch
        .prepare_cached("UPDATE meta SET value = ?1 WHERE key = 'horizon'")?
        .execute([reached])?;
    batch.commit()?;
    Ok(removed)
}
