//! Facts of uploaded files.

use std::collections::BTreeSet;

use plugboard_domain::{
    command::StoredFile,
    ids::{AttachmentId, ConversationId},
};
use rusqlite::Connection;

use crate::{
    codec::{actor, seq},
    fault::Outcome,
};

/// One file.
pub(crate) fn one(connection: &Connection, id: AttachmentId) -> Outcome<Option<StoredFile>> {
    let mut statement = connection.prepare_cached(
        "SELECT owner_kind, owner_id, sha256, name, content_type, size FROM attachment WHERE id = ?1",
    )?;
    let mut rows = statement.query([id.0])?;
    let Some(row) = rows.next()? else {
        return Ok(None);
    };
    Ok(Some(StoredFile {
        id,
        owner: actor("attachment", row, 0)?,
        sha256: row.get(2)?,
        name: row.get(3)?,
        content_type: row.get(4)?,
        size: seq(row.get(5)?),
    }))
}

/// Some files, in order; unknown ones are left out.
pub(crate) fn several(connection: &Connection, ids: &[AttachmentId]) -> Outcome<Vec<StoredFile>> {
    ids.iter()
        .filter_map(|id| one(connection, *id).transpose())
        .collect()
}

/// A file, and the conversations in which a message was written that has it.
pub(super) fn with_uses(
    connection: &Connection,
    id: AttachmentId,
) -> Outcome<Option<(StoredFile, BTreeSet<ConversationId>)>> {
    let Some(file) = one(connection, id)? else {
        return Ok(None);
    };
    let uses = connection
        .prepare_cached("SELECT conversation_id FROM attachment_use WHERE attachment_id = ?1")?
        .query_map([id.0], |row| row.get(0).map(ConversationId))?
        .collect::<Result<_, _>>()?;
    Ok(Some((file, uses)))
}
