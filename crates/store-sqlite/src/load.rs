//! What a batch of commands has to know. SQLite runs in this process, so a prepared look-up for each key costs what a
//! set-based statement would; keys of one kind share one statement.

use plugboard_domain::{
    Seq,
    contact::{Address, Contact, Identity},
    conversation::Conversation,
    desk::Desk,
    ids::{AgentId, ContactId, ConversationId, IdentityId, InboxId, MessageId, OutboxId},
    outbox::OutboxEntry,
};
use plugboard_store::{Facts, Key, MessageHead, Scheduled};
use rusqlite::{Connection, OptionalExtension, Row, params};
use uuid::Uuid;

use crate::{
    codec::{instant, kind, parse, parse_list, seq},
    commit::identity_kind,
    fault::Outcome,
    read::{calls, contact_is_seen, files, mail, plugin},
};

/// Answers every key.
pub(crate) fn facts(connection: &Connection, keys: Vec<Key>) -> Outcome<Facts> {
    let mut facts = Facts::default();
    for key in keys {
        match key {
            Key::Conversation(id) => {
                facts
                    .conversations
                    .insert(id, conversation(connection, id)?);
            }
            Key::Contact(id) => {
                facts.contacts.insert(id, contact(connection, id)?);
            }
            Key::ContactSeen(id, scope) => {
                let seen = contact_is_seen(connection, id, &scope)?;
                facts.contacts_seen.insert((id, scope), seen);
            }
            Key::Identity(address) => {
                let found = identity(connection, &address)?;
                facts.identities.insert(address, found);
            }
            Key::Current(inbox, of) => {
                facts
                    .current
                    .insert((inbox, of), current(connection, inbox, of)?);
            }
            Key::Duplicate(key) => {
                let found = head(connection, "dedup_key = ?1", &key)?;
                facts.duplicates.insert(key, found);
            }
            Key::Message(id) => {
                facts
                    .messages
                    .insert(id, head(connection, "id = ?1", id.0)?);
            }
            Key::Scheduled(id) => {
                facts.scheduled.insert(id, scheduled(connection, id)?);
            }
            Key::AgentEmail(email) => {
                let found = agent_by_email(connection, &email)?;
                facts.agent_emails.insert(email, found);
            }
            Key::Attachment(id) => {
                facts.attachments.insert(id, files::one(connection, id)?);
            }
            Key::Outbox(id) => {
                facts.outbox.insert(id, outbox(connection, id)?);
            }
            Key::ConversationsOf(id) => {
                facts
                    .conversations_of
                    .insert(id, conversations_of(connection, id)?);
            }
            Key::ReadMark(id, agent) => {
                let read = read_mark(connection, id, agent)?;
                facts.read_marks.insert((id, agent), read);
            }
            key @ (Key::Call(_)
            | Key::CallNamed(..)
            | Key::LiveCalls
            | Key::Dialled(..)
            | Key::NumberOf(_)) => calls::facts(connection, key, &mut facts)?,
            key @ (Key::Mail(_)
            | Key::MailSeen(..)
            | Key::MailId(..)
            | Key::MailSender(..)
            | Key::MailFolder(..)
            | Key::MailUid(..)) => mail::facts(connection, key, &mut facts)?,
            key => outside(connection, key, &mut facts)?,
        }
    }
    Ok(facts)
}

/// Answers keys of providers and plugins.
fn outside(connection: &Connection, key: Key, facts: &mut Facts) -> Outcome<()> {
    match key {
        Key::ExternalRef(inbox, id) => {
            let found = plugin::external(connection, inbox, &id)?;
            facts.external.insert((inbox, id), found);
        }
        Key::Said(id) => {
            facts.said.insert(id, plugin::said(connection, id)?);
        }
        Key::Thread(inbox, key) => {
            let found = plugin::thread(connection, inbox, &key)?;
            facts.threads.insert((inbox, key), found);
        }
        Key::PluginValue(space, key, now) => {
            let found = plugin::value(connection, &space, &key, now)?;
            facts.plugin_values.insert((space, key), found);
        }
        Key::PluginUsage(space, now) => {
            let found = plugin::usage(connection, &space, now)?;
            facts.plugin_usage.insert(space, found);
        }
        _ => unreachable!("the other keys are answered by the caller"),
    }
    Ok(())
}

/// The whole configuration.
pub(crate) fn desk(connection: &Connection) -> Outcome<Desk> {
    let mut desk = Desk::default();
    let mut statement = connection.prepare("SELECT kind, state FROM entity")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        desk.save(parse(
            "entity",
            row.get_ref(0)?.as_str().unwrap_or("?"),
            &row.get::<_, String>(1)?,
        )?);
    }
    Ok(desk)
}

/// One conversation's state.
pub(crate) fn conversation(
    connection: &Connection,
    id: ConversationId,
) -> Outcome<Option<Conversation>> {
    state(
        connection,
        "conversation",
        "SELECT state FROM conversation WHERE id = ?1",
        id.0,
    )
}

/// One contact's state.
pub(crate) fn contact(connection: &Connection, id: ContactId) -> Outcome<Option<Contact>> {
    state(
        connection,
        "contact",
        "SELECT state FROM contact WHERE id = ?1",
        id.0,
    )
}

/// One piece of outside work.
pub(crate) fn outbox(connection: &Connection, id: OutboxId) -> Outcome<Option<OutboxEntry>> {
    state(
        connection,
        "outbox",
        "SELECT entry FROM outbox WHERE id = ?1",
        id.0,
    )
}

fn state<T: serde::de::DeserializeOwned>(
    connection: &Connection,
    table: &'static str,
    sql: &str,
    id: Uuid,
) -> Outcome<Option<T>> {
    let text: Option<String> = connection
        .prepare_cached(sql)?
        .query_row([id], |row| row.get(0))
        .optional()?;
    text.map(|text| parse(table, id, &text)).transpose()
}

/// A contact and everybody found to be them.
pub(crate) fn contact_with_absorbed(
    connection: &Connection,
    id: ContactId,
) -> Outcome<Vec<ContactId>> {
    let absorbed = contact(connection, id)?
        .map(|contact| contact.absorbed)
        .unwrap_or_default();
    Ok(std::iter::once(id).chain(absorbed).collect())
}

/// The newest conversation of a contact, or of anybody found to be them, in an inbox.
pub(crate) fn current(
    connection: &Connection,
    inbox: InboxId,
    of: ContactId,
) -> Outcome<Option<ConversationId>> {
    let mut newest: Option<(i64, i64, Uuid)> = None;
    for contact in contact_with_absorbed(connection, of)? {
        let found = connection
            .prepare_cached(
                "SELECT created_at, n, id FROM conversation WHERE contact_id = ?1 AND inbox_id = ?2
                 ORDER BY created_at DESC, n DESC LIMIT 1",
            )?
            .query_row(params![contact.0, inbox.0], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?))
            })
            .optional()?;
        newest = newest.max(found);
    }
    Ok(newest.map(|(_, _, id)| ConversationId(id)))
}

/// Whose address this is.
pub(crate) fn identity(connection: &Connection, address: &Address) -> Outcome<Option<Identity>> {
    let found: Option<(Uuid, Uuid, bool, i64)> = connection
        .prepare_cached(
            "SELECT id, contact_id, verified, created_at FROM identity WHERE value = ?1 AND kind = ?2 AND scope = ?3",
        )?
        .query_row(params![address.value, identity_kind(&address.kind), address.scope], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
        })
        .optional()?;
    found
        .map(|(id, contact_id, verified, created_at)| {
            Ok(Identity {
                id: IdentityId(id),
                contact_id: ContactId(contact_id),
                address: address.clone(),
                verified,
                created_at: instant("identity", id, created_at)?,
            })
        })
        .transpose()
}

/// The agent with this sign-in address.
pub(crate) fn agent_by_email(connection: &Connection, email: &str) -> Outcome<Option<AgentId>> {
    Ok(connection
        .prepare_cached("SELECT id FROM entity WHERE email = ?1 AND kind = 'agent'")?
        .query_row([email], |row| row.get(0).map(AgentId))
        .optional()?)
}

/// Conversations of an inbox that are counted: that there are many is all that matters.
const COUNTED_MAX: i64 = 100_000;

fn conversations_of(connection: &Connection, id: InboxId) -> Outcome<u64> {
    let count: i64 = connection
        .prepare_cached(
            "SELECT count(*) FROM (SELECT 1 FROM conversation WHERE inbox_id = ?1 LIMIT ?2)",
        )?
        .query_row(params![id.0, COUNTED_MAX], |row| row.get(0))?;
    Ok(count.unsigned_abs())
}

fn read_mark(connection: &Connection, id: ConversationId, agent: AgentId) -> Outcome<Seq> {
    let found: Option<i64> = connection
        .prepare_cached("SELECT seq FROM read_mark WHERE conversation_id = ?1 AND agent_id = ?2")?
        .query_row(params![id.0, agent.0], |row| row.get(0))
        .optional()?;
    Ok(found.map_or(0, seq))
}

fn head(
    connection: &Connection,
    which: &str,
    value: impl rusqlite::ToSql,
) -> Outcome<Option<MessageHead>> {
    let sql = format!("SELECT id, shown_in, seq, kind, delivery FROM message WHERE {which}");
    let mut statement = connection.prepare_cached(&sql)?;
    let mut rows = statement.query([value])?;
    rows.next()?.map(read_head).transpose()
}

fn read_head(row: &Row<'_>) -> Outcome<MessageHead> {
    let id: Uuid = row.get(0)?;
    let delivery: Option<String> = row.get(4)?;
    Ok(MessageHead {
        id: MessageId(id),
        conversation_id: ConversationId(row.get(1)?),
        seq: seq(row.get(2)?),
        kind: kind("message", row.get(3)?)?,
        delivery: delivery
            .map(|text| parse("message", id, &text))
            .transpose()?,
    })
}

fn scheduled(connection: &Connection, id: MessageId) -> Outcome<Option<Scheduled>> {
    let mut statement = connection.prepare_cached(
        "SELECT text, attachments, client_id, dedup_key, mail FROM scheduled WHERE message_id = ?1",
    )?;
    let mut rows = statement.query([id.0])?;
    let Some(row) = rows.next()? else {
        return Ok(None);
    };
    let attachments: Option<String> = row.get(1)?;
    Ok(Some(Scheduled {
        text: row.get(0)?,
        attachments: parse_list("scheduled", id, attachments.as_deref())?,
        client_id: row.get(2)?,
        dedup_key: row.get(3)?,
        mail: row
            .get::<_, Option<String>>(4)?
            .map(|it| parse("scheduled", id, &it))
            .transpose()?,
    }))
}
