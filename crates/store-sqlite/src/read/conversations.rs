//! Lists of conversations, and one of them.

use plugboard_domain::{
    channel::ChannelKind,
    contact::Contact,
    conversation::Conversation,
    ids::{AgentId, ContactId, ConversationId, InboxId, MessageId},
    text,
};
use plugboard_store::{ConversationFilter, ConversationView, Cursor, Paged, Preview};
use rusqlite::{Connection, OptionalExtension, ToSql, params};
use uuid::Uuid;

use super::{contacts, drive, mail};
use crate::{
    codec::{count, instant, kind, parse, seq},
    fault::Outcome,
    load,
};

/// Most merges followed to where a conversation goes on: far more than anybody makes, and an end to any circle.
const HOPS_MAX: usize = 16;

/// A place in the list: activity, then row number.
type Place = (i64, i64);

/// A page of conversations, newest activity first. `only` are row numbers that words were found in.
pub(super) fn list(
    connection: &Connection,
    filter: &ConversationFilter,
    only: Option<Vec<i64>>,
    viewer: Option<AgentId>,
    after: Option<Cursor>,
    limit: usize,
) -> Outcome<Paged<ConversationView>> {
    let contacts = filter
        .contact
        .map(|id| load::contact_with_absorbed(connection, id))
        .transpose()?;
    let contacts = contacts.map(|ids| ids.into_iter().map(|id| id.0).collect());
    let from = after.map_or((i64::MAX, i64::MAX), |cursor| {
        (cursor.key, cursor.id.parse().unwrap_or(i64::MAX))
    });
    let mut places: Vec<Place> = Vec::new();
    for range in drive::ranges(filter, &drive::Narrow { only, contacts }) {
        let mut statement = connection.prepare_cached(&range.sql(count(limit + 1)))?;
        let mut values: Vec<&dyn ToSql> = range
            .values
            .iter()
            .map(|value| value.as_ref() as &dyn ToSql)
            .collect();
        values.extend([&from.0 as &dyn ToSql, &from.1]);
        let found = statement.query_map(values.as_slice(), |row| Ok((row.get(0)?, row.get(1)?)))?;
        for place in found {
            places.push(place?);
        }
    }
    places.sort_unstable_by(|a, b| b.cmp(a));
    let page = Paged::cut(places, limit, |place| Cursor {
        key: place.0,
        id: place.1.to_string(),
    });
    let items = page
        .items
        .iter()
        .map(|place| numbered(connection, place.1, viewer))
        .collect::<Outcome<_>>()?;
    Ok(Paged {
        items,
        next: page.next,
    })
}

fn numbered(connection: &Connection, n: i64, viewer: Option<AgentId>) -> Outcome<ConversationView> {
    let text: String = connection
        .prepare_cached("SELECT state FROM conversation WHERE n = ?1")?
        .query_row([n], |row| row.get(0))?;
    view(connection, parse("conversation", n, &text)?, viewer)
}

/// One conversation.
pub(super) fn one(
    connection: &Connection,
    id: ConversationId,
    viewer: Option<AgentId>,
) -> Outcome<Option<ConversationView>> {
    let found = load::conversation(connection, id)?;
    found
        .map(|conversation| view(connection, conversation, viewer))
        .transpose()
}

fn view(
    connection: &Connection,
    conversation: Conversation,
    viewer: Option<AgentId>,
) -> Outcome<ConversationView> {
    let contact = contacts::root(connection, conversation.contact_id)?;
    let contact = contact.unwrap_or_else(|| nobody(&conversation));
    let last_message = conversation
        .last_message_id
        .map(|id| preview(connection, id))
        .transpose()?
        .flatten();
    let read_seq = viewer
        .map(|viewer| read_seq(connection, conversation.id, viewer))
        .transpose()?
        .unwrap_or(0);
    let subject = if conversation.channel == ChannelKind::Email {
        mail::subject(connection, conversation.id)?
    } else {
        None
    };
    Ok(ConversationView {
        contact: contacts::view(connection, contact)?,
        last_message,
        subject,
        read_seq,
        conversation,
    })
}

/// A foreign key keeps this from happening; a list that fails over one row would be worse.
fn nobody(conversation: &Conversation) -> Contact {
    let (id, created_at) = (conversation.contact_id, conversation.created_at);
    Contact {
        id,
        merged_into: None,
        absorbed: std::collections::BTreeSet::new(),
        created_at,
    }
}

fn preview(connection: &Connection, id: MessageId) -> Outcome<Option<Preview>> {
    let found: Option<(i64, String, i64, bool)> = connection
        .prepare_cached(
            "SELECT kind, substr(text, 1, 200), at, taken_back_at IS NOT NULL FROM message WHERE id = ?1",
        )?
        .query_row([id.0], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
        })
        .optional()?;
    found
        .map(|(column, text, at, taken_back)| {
            let text = text::preview(&text);
            Ok(Preview {
                id,
                kind: kind("message", column)?,
                text,
                taken_back,
                at: instant("message", id, at)?,
            })
        })
        .transpose()
}

fn read_seq(connection: &Connection, id: ConversationId, viewer: AgentId) -> Outcome<u64> {
    let found: Option<i64> = connection
        .prepare_cached("SELECT seq FROM read_mark WHERE conversation_id = ?1 AND agent_id = ?2")?
        .query_row(params![id.0, viewer.0], |row| row.get(0))
        .optional()?;
    Ok(found.map_or(0, seq))
}

/// The newest conversation of a contact in an inbox, merges followed.
pub(super) fn current(
    connection: &Connection,
    inbox: InboxId,
    contact: ContactId,
) -> Outcome<Option<Conversation>> {
    let Some(mut id) = load::current(connection, inbox, contact)? else {
        return Ok(None);
    };
    for _ in 0..HOPS_MAX {
        match merged_into(connection, id)? {
            Some(next) => id = next,
            None => break,
        }
    }
    load::conversation(connection, id)
}

/// Where a conversation goes on, when it was merged away.
fn merged_into(connection: &Connection, id: ConversationId) -> Outcome<Option<ConversationId>> {
    let found: Option<Option<Uuid>> = connection
        .prepare_cached("SELECT merged_into FROM conversation WHERE id = ?1")?
        .query_row([id.0], |row| row.get(0))
        .optional()?;
    Ok(found.flatten().map(ConversationId))
}
