//! What `plugboard doctor` asks of a store: is everything there, and does the journal tell the same as the rows?

use std::collections::BTreeMap;

use plugboard_domain::{
    contact::Contact,
    conversation::Conversation,
    desk::Desk,
    event::{Event, Recorded},
    ids::{ContactId, ConversationId},
};
use plugboard_store::StoreError;
use rusqlite::Connection;
use uuid::Uuid;

use crate::{
    SqliteStore,
    codec::{parse, seq},
    fault::Outcome,
    load,
    migrate::meta,
    read::journal,
};

/// Findings are for people; a damaged desk would give one for each row.
const PROBLEMS_MAX: usize = 100;

/// Conversations are replayed in this many parts, so that memory holds one part at a time.
const PARTS: u8 = 16;

/// What a check found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// What is wrong, in words; empty when all is well. At most 100.
    pub problems: Vec<String>,
    /// Rows by table.
    pub rows: BTreeMap<&'static str, u64>,
    /// True when the journal reaches back to the beginning, so that it could be compared with the rows.
    pub replayed: bool,
}

impl Report {
    /// True when nothing is wrong.
    pub fn is_well(&self) -> bool {
        self.problems.is_empty()
    }

    fn problem(&mut self, problem: impl Into<String>) {
        if self.problems.len() < PROBLEMS_MAX {
            self.problems.push(problem.into());
        }
    }
}

impl SqliteStore {
    /// Checks everything: the file, references, that the journal has no gap, and that replaying it gives what the rows
    /// say. Reads the whole desk; runs beside a server.
    pub async fn check(&self) -> Result<Report, StoreError> {
        self.readers.ask(check).await
    }
}

fn check(connection: &Connection) -> Outcome<Report> {
    let mut report = Report::default();
    integrity(connection, &mut report)?;
    count(connection, &mut report)?;
    dense(connection, &mut report)?;
    report.replayed = meta(connection, "horizon")? == 0;
    if report.replayed {
        for part in 0..PARTS {
            conversations(connection, part, &mut report)?;
        }
        contacts_and_desk(connection, &mut report)?;
    }
    Ok(report)
}

fn integrity(connection: &Connection, report: &mut Report) -> Outcome<()> {
    let mut statement = connection.prepare("PRAGMA integrity_check(20)")?;
    let found = statement
        .query_map([], |row| row.get::<_, String>(0))?
        .collect::<Result<Vec<_>, _>>()?;
    for line in found.into_iter().filter(|line| line != "ok") {
        report.problem(format!("the file is damaged: {line}"));
    }
    let lost: i64 = connection.query_row(
        "SELECT count(*) FROM message m
         WHERE NOT EXISTS (SELECT 1 FROM conversation c WHERE c.id = m.conversation_id)
            OR NOT EXISTS (SELECT 1 FROM conversation c WHERE c.id = m.shown_in)",
        [],
        |row| row.get(0),
    )?;
    if lost > 0 {
        report.problem(format!("{lost} messages belong to no conversation"));
    }
    let mut statement = connection.prepare("PRAGMA foreign_key_check")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let (table, parent): (String, String) = (row.get(0)?, row.get(2)?);
        report.problem(format!(
            "a row of {table} refers to a row of {parent} that does not exist"
        ));
    }
    Ok(())
}

fn count(connection: &Connection, report: &mut Report) -> Outcome<()> {
    for table in [
        "journal",
        "conversation",
        "message",
        "contact",
        "identity",
        "timer",
        "outbox",
        "attachment",
        "entity",
        "session",
    ] {
        let rows: i64 =
            connection.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| {
                row.get(0)
            })?;
        report.rows.insert(table, seq(rows));
    }
    Ok(())
}

fn dense(connection: &Connection, report: &mut Report) -> Outcome<()> {
    let (head, horizon) = (meta(connection, "head")?, meta(connection, "horizon")?);
    let (rows, oldest, newest): (i64, Option<i64>, Option<i64>) = connection.query_row(
        "SELECT count(*), min(seq), max(seq) FROM journal",
        [],
        |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
    )?;
    let expected = head - horizon;
    if rows != expected
        || newest.unwrap_or(horizon) != head
        || oldest.unwrap_or(horizon + 1) != horizon + 1
    {
        report.problem(format!("the journal should hold {horizon} to {head} and holds {rows} events, {oldest:?} to {newest:?}"));
    }
    let strays: i64 = connection.query_row(
        "SELECT count(*) FROM message m LEFT JOIN journal j ON j.seq = m.seq
         WHERE m.seq > ?1 AND (j.seq IS NULL OR j.kind <> 'message.created')",
        [horizon],
        |row| row.get(0),
    )?;
    if strays > 0 {
        report.problem(format!(
            "{strays} messages are at positions where the journal tells of none"
        ));
    }
    Ok(())
}

fn each_event(
    connection: &Connection,
    condition: &str,
    mut take: impl FnMut(Recorded),
) -> Outcome<()> {
    let sql = format!(
        "SELECT {} FROM journal WHERE {condition} ORDER BY seq",
        journal::COLUMNS
    );
    let mut statement = connection.prepare(&sql)?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        take(journal::recorded(row)?);
    }
    Ok(())
}

/// Ids end in random bytes, so the last one parts them evenly.
fn conversations(connection: &Connection, part: u8, report: &mut Report) -> Outcome<()> {
    let mut states: BTreeMap<ConversationId, Option<Conversation>> = BTreeMap::new();
    let digit = format!("{part:X}");
    let condition = format!("substr(hex(substr(conversation_id, 16)), 2) = '{digit}'");
    each_event(connection, &condition, |recorded| {
        if let Some(id) = recorded.conversation_id {
            let state = states.entry(id).or_default();
            *state = Conversation::apply(state.take(), id, &recorded);
        }
    })?;
    let mut statement = connection
        .prepare("SELECT id, state FROM conversation WHERE substr(hex(substr(id, 16)), 2) = ?1")?;
    let mut rows = statement.query([digit])?;
    while let Some(row) = rows.next()? {
        let id: Uuid = row.get(0)?;
        let text: String = row.get(1)?;
        let stored: Conversation = parse("conversation", id, &text)?;
        if states.remove(&ConversationId(id)).flatten().as_ref() != Some(&stored) {
            report.problem(format!("conversation {id} is not what its events say"));
        }
    }
    for (id, _) in states.iter().filter(|(_, state)| state.is_some()) {
        report.problem(format!(
            "conversation {id} is in the journal and nowhere else"
        ));
    }
    Ok(())
}

fn contacts_and_desk(connection: &Connection, report: &mut Report) -> Outcome<()> {
    let mut contacts: BTreeMap<ContactId, Option<Contact>> = BTreeMap::new();
    let mut desk = Desk::default();
    let condition = "kind IN ('contact.created', 'contact.merged', 'contact.unmerged', 'desk.saved', 'desk.removed',
        'agent.availability_changed')";
    each_event(connection, condition, |recorded| {
        let concerned = match &recorded.event {
            Event::ContactCreated { contact_id } => vec![*contact_id],
            Event::ContactMerged {
                contact_id, into, ..
            } => vec![*contact_id, *into],
            Event::ContactUnmerged {
                contact_id, from, ..
            } => vec![*contact_id, *from],
            _ => vec![],
        };
        for id in concerned {
            let state = contacts.entry(id).or_default();
            *state = Contact::apply(state.take(), id, &recorded);
        }
        desk.apply(&recorded);
    })?;
    let mut statement = connection.prepare("SELECT id, state FROM contact")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let id: Uuid = row.get(0)?;
        let text: String = row.get(1)?;
        let stored: Contact = parse("contact", id, &text)?;
        if contacts.remove(&ContactId(id)).flatten().as_ref() != Some(&stored) {
            report.problem(format!("contact {id} is not what its events say"));
        }
    }
    for (id, _) in contacts.iter().filter(|(_, state)| state.is_some()) {
        report.problem(format!("contact {id} is in the journal and nowhere else"));
    }
    if load::desk(connection)? != desk {
        report.problem("the configuration is not what its events say");
    }
    Ok(())
}
