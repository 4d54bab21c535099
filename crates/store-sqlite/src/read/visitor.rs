//! What a contact may read.
//!
//! A contact sees what was said to them: everything outbound that was written in their own conversations, and, when one of
//! those was merged into another, what was written there after the merge. Of what was written inbound they see their own
//! words only. So a merge by mistake shows nobody what was said to somebody else before it.

use std::collections::BTreeSet;

use plugboard_domain::{
    Seq,
    conversation::Status,
    ids::{ContactId, ConversationId, InboxId},
};
use plugboard_store::MessageView;
use rusqlite::{Connection, params};
use uuid::Uuid;

use super::messages;
use crate::{
    codec::{count, position},
    fault::Outcome,
    load,
};

/// Most merges followed from one conversation.
const HOPS_MAX: usize = 16;

/// Most conversations of one contact that are looked through, newest first.
const CONVERSATIONS_MAX: i64 = 200;

/// What a contact may read, oldest first, after a position.
pub(super) fn messages(
    connection: &Connection,
    inbox: InboxId,
    contact: ContactId,
    after: Seq,
    limit: usize,
) -> Outcome<Vec<MessageView>> {
    let contacts = load::contact_with_absorbed(connection, contact)?;
    let mut found: BTreeSet<i64> = BTreeSet::new();
    for (conversation, from) in stretches(connection, inbox, &contacts)? {
        for author in &contacts {
            found.extend(positions(
                connection,
                conversation,
                after.max(from),
                *author,
                limit,
            )?);
        }
    }
    let sql = format!("SELECT {} FROM message WHERE seq = ?1", messages::COLUMNS);
    let mut statement = connection.prepare_cached(&sql)?;
    let mut page = Vec::new();
    for seq in found.into_iter().take(limit) {
        let mut rows = statement.query([seq])?;
        if let Some(row) = rows.next()? {
            page.push(messages::read(connection, row)?);
        }
    }
    Ok(page)
}

/// The conversations that the contact may read in, each from a position on.
fn stretches(
    connection: &Connection,
    inbox: InboxId,
    contacts: &[ContactId],
) -> Outcome<BTreeSet<(ConversationId, Seq)>> {
    let mut stretches = BTreeSet::new();
    for contact in contacts {
        let own: Vec<Uuid> = connection
            .prepare_cached(
                "SELECT id FROM conversation WHERE contact_id = ?1 AND inbox_id = ?2 ORDER BY created_at DESC LIMIT ?3",
            )?
            .query_map(params![contact.0, inbox.0, CONVERSATIONS_MAX], |row| row.get(0))?
            .collect::<Result<_, _>>()?;
        for id in own {
            follow(connection, ConversationId(id), &mut stretches)?;
        }
    }
    Ok(stretches)
}

fn follow(
    connection: &Connection,
    mut id: ConversationId,
    stretches: &mut BTreeSet<(ConversationId, Seq)>,
) -> Outcome<()> {
    let mut from = 0;
    for _ in 0..HOPS_MAX {
        stretches.insert((id, from));
        match load::conversation(connection, id)?.map(|it| it.status) {
            Some(Status::Merged { into, at_seq, .. }) => (id, from) = (into, from.max(at_seq)),
            _ => break,
        }
    }
    Ok(())
}

/// Positions of what was written in a conversation and is for the contact. What was written there is shown there, or was
/// moved away by a merge: each has its index.
fn positions(
    connection: &Connection,
    conversation: ConversationId,
    after: Seq,
    author: ContactId,
    limit: usize,
) -> Outcome<Vec<i64>> {
    let for_them = "seq > ?2 AND (kind = 1 OR (kind = 0 AND author_kind = 0 AND author_id = ?3)) ORDER BY seq LIMIT ?4";
    let mut found = Vec::new();
    for written_there in [
        "shown_in = ?1 AND conversation_id = ?1",
        "conversation_id = ?1 AND shown_in <> conversation_id",
    ] {
        let sql = format!("SELECT seq FROM message WHERE {written_there} AND {for_them}");
        let mut statement = connection.prepare_cached(&sql)?;
        let values = params![conversation.0, position(after), author.0, count(limit)];
        for seq in statement.query_map(values, |row| row.get(0))? {
            found.push(seq?);
        }
    }
    Ok(found)
}
