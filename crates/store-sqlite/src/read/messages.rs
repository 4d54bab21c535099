//! Threads, single messages and drafts.

use plugboard_domain::{
    Actor, Timestamp,
    ids::{AgentId, AttachmentId, ConversationId, MessageId},
};
use plugboard_store::{Amended, DraftView, MessageRow, MessageView, ScheduledView, Stretch};
use rusqlite::{Connection, Row, params};
use uuid::Uuid;

use super::{contacts, files};
use crate::{
    codec::{actor, count, instant, kind, parse, parse_list, position, seq},
    fault::Outcome,
};

/// The columns that [`read`] reads.
pub(super) const COLUMNS: &str =
    "seq, id, conversation_id, shown_in, kind, author_kind, author_id, text, attachments,
    delivery, client_id, dedup_key, at, edited_at, taken_back_at";

/// A page of a thread, oldest first.
pub(super) fn page(
    connection: &Connection,
    id: ConversationId,
    stretch: Stretch,
    limit: usize,
) -> Outcome<Vec<MessageView>> {
    let (condition, order, from) = match stretch {
        Stretch::Newest => ("seq < ?2", "DESC", i64::MAX),
        Stretch::Before(seq) => ("seq < ?2", "DESC", position(seq)),
        Stretch::After(seq) => ("seq > ?2", "ASC", position(seq)),
    };
    let sql = format!(
        "SELECT {COLUMNS} FROM message WHERE shown_in = ?1 AND {condition} ORDER BY seq {order} LIMIT ?3"
    );
    let mut statement = connection.prepare_cached(&sql)?;
    let mut rows = statement.query(params![id.0, from, count(limit)])?;
    let mut messages = Vec::new();
    while let Some(row) = rows.next()? {
        messages.push(read(connection, row)?);
    }
    if order == "DESC" {
        messages.reverse();
    }
    Ok(messages)
}

/// Messages by id.
pub(super) fn by_id(connection: &Connection, ids: &[MessageId]) -> Outcome<Vec<MessageView>> {
    let mut statement =
        connection.prepare_cached(&format!("SELECT {COLUMNS} FROM message WHERE id = ?1"))?;
    let mut messages = Vec::with_capacity(ids.len());
    for id in ids {
        let mut rows = statement.query([id.0])?;
        if let Some(row) = rows.next()? {
            messages.push(read(connection, row)?);
        }
    }
    Ok(messages)
}

/// An agent's drafts in a conversation.
pub(super) fn drafts(
    connection: &Connection,
    id: ConversationId,
    agent: AgentId,
) -> Outcome<Vec<DraftView>> {
    let mut statement = connection
        .prepare_cached("SELECT kind, text, at FROM draft WHERE conversation_id = ?1 AND agent_id = ?2 ORDER BY kind")?;
    let mut rows = statement.query(params![id.0, agent.0])?;
    let mut drafts = Vec::new();
    while let Some(row) = rows.next()? {
        drafts.push(DraftView {
            kind: kind("draft", row.get(0)?)?,
            text: row.get(1)?,
            at: instant("draft", id, row.get(2)?)?,
        });
    }
    Ok(drafts)
}

/// Content of replies that wait for their time, or were kept when the customer wrote first. There are few of them in a desk.
pub(super) fn scheduled(
    connection: &Connection,
    id: ConversationId,
) -> Outcome<Vec<ScheduledView>> {
    let mut statement = connection.prepare_cached(
        "SELECT message_id, text, attachments, mail FROM scheduled WHERE conversation_id = ?1 ORDER BY message_id",
    )?;
    let mut rows = statement.query([id.0])?;
    let mut all = Vec::new();
    while let Some(row) = rows.next()? {
        let message_id: Uuid = row.get(0)?;
        let attachments: Option<String> = row.get(2)?;
        let attachments: Vec<AttachmentId> =
            parse_list("scheduled", message_id, attachments.as_deref())?;
        all.push(ScheduledView {
            message_id: MessageId(message_id),
            text: row.get(1)?,
            files: files::several(connection, &attachments)?,
            mail: row
                .get::<_, Option<String>>(3)?
                .map(|it| parse("scheduled", message_id, &it))
                .transpose()?,
        });
    }
    Ok(all)
}

/// Reads one message, its files and its writer's name.
pub(super) fn read(connection: &Connection, row: &Row<'_>) -> Outcome<MessageView> {
    let id: Uuid = row.get(1)?;
    let attachments: Option<String> = row.get(8)?;
    let attachments: Vec<AttachmentId> = parse_list("message", id, attachments.as_deref())?;
    let delivery: Option<String> = row.get(9)?;
    let author = actor("message", row, 5)?;
    Ok(MessageView {
        shown_in: ConversationId(row.get(3)?),
        files: files::several(connection, &attachments)?,
        contact_name: name(connection, &author)?,
        amended: amended(id, row)?,
        row: MessageRow {
            id: MessageId(id),
            conversation_id: ConversationId(row.get(2)?),
            seq: seq(row.get(0)?),
            kind: kind("message", row.get(4)?)?,
            author,
            text: row.get(7)?,
            attachments,
            delivery: delivery
                .map(|text| parse("message", id, &text))
                .transpose()?,
            client_id: row.get(10)?,
            dedup_key: row.get(11)?,
            at: instant("message", id, row.get(12)?)?,
        },
    })
}

fn amended(id: Uuid, row: &Row<'_>) -> Outcome<Option<Amended>> {
    let time = |at| -> Outcome<Option<Timestamp>> {
        let micros: Option<i64> = row.get(at)?;
        micros
            .map(|micros| instant("message", id, micros))
            .transpose()
    };
    Ok(match (time(13)?, time(14)?) {
        (_, Some(at)) => Some(Amended::TakenBack(at)),
        (Some(at), None) => Some(Amended::Edited(at)),
        (None, None) => None,
    })
}

/// The name of a contact who wrote, as of the one that they redirect to.
fn name(connection: &Connection, author: &Actor) -> Outcome<Option<String>> {
    match author {
        Actor::Contact { id } => contacts::name(connection, *id),
        Actor::Agent { .. } | Actor::System { .. } | Actor::Plugin { .. } => Ok(None),
    }
}
