//! Answering a search.
//!
//! The newest matches of each kind, up to [`WINDOW`], are ranked against each other; when a reader has paged through
//! them, the next older ones follow, ranked in turn. So every match is reached, the first page costs the same however many
//! there are, and the cursor says in which window it stands.

use std::cmp::Reverse;

use plugboard_domain::{
    Timestamp,
    access::Scope,
    ids::{ContactId, ConversationId, MessageId},
};
use plugboard_store::{Cursor, Found, FoundKind, Paged, SearchRequest};
use rusqlite::{Connection, OptionalExtension, Row, ToSql, params};
use uuid::Uuid;

use super::{rank, terms};
use crate::{
    codec::instant,
    fault::Outcome,
    read::{blobs, contact_is_seen, contact_view, root},
};

/// Matches of a kind that are ranked together.
const WINDOW: i64 = 500;

/// Most matches looked at for one window, when a scope leaves most of them out.
const LOOKED_AT_MAX: i64 = 20_000;

/// Matches that a list of conversations or contacts is made from: the newest ones.
const LISTED_MAX: i64 = 2_000;

/// Scores in cursors are whole numbers of this fraction.
const SCORE_PARTS: f64 = 1_000_000.0;

/// Finds what a viewer may see, best first.
pub(crate) fn find(connection: &Connection, request: &SearchRequest) -> Outcome<Paged<Found>> {
    let Some(expression) = terms::expression(&request.text) else {
        return Ok(Paged {
            items: Vec::new(),
            next: None,
        });
    };
    let (mut window, mut after) = match request.after.as_ref().and_then(read_cursor) {
        Some((window, place)) => (window, Some(place)),
        None => (Window::newest(connection)?, None),
    };
    let mut items = Vec::new();
    loop {
        let (mut ranked, next) = window.rank(connection, request, &expression)?;
        ranked.sort_by_cached_key(|candidate| Reverse(candidate.place()));
        if let Some(after) = after.take() {
            ranked.retain(|candidate| candidate.place() < after);
        }
        let room = request.limit - items.len();
        let more = ranked.len() > room;
        for candidate in ranked.iter().take(room) {
            items.extend(candidate.found(connection, &request.text)?);
        }
        match (more, next) {
            (true, _) => {
                let last = ranked.get(room.wrapping_sub(1)).map(Candidate::place);
                let place = last.unwrap_or((i64::MAX, String::new()));
                return Ok(Paged {
                    items,
                    next: Some(write_cursor(&window, &place)),
                });
            }
            (false, None) => return Ok(Paged { items, next: None }),
            (false, Some(next)) => window = next,
        }
    }
}

/// Row numbers of conversations with these words: in messages, labels, or the contact's name and addresses.
pub(crate) fn conversations_with(
    connection: &Connection,
    words: &str,
) -> Outcome<Option<Vec<i64>>> {
    let Some(expression) = terms::expression(words) else {
        return Ok(None);
    };
    let found = |sql: &str| -> Outcome<Vec<i64>> {
        Ok(connection
            .prepare_cached(sql)?
            .query_map(params![expression, LISTED_MAX], |row| row.get(0))?
            .collect::<Result<_, _>>()?)
    };
    let mut numbers = found(
        "SELECT DISTINCT c.n FROM (SELECT rowid AS seq FROM search.message_words WHERE message_words MATCH ?1
           ORDER BY rowid DESC LIMIT ?2) f
         CROSS JOIN message m ON m.seq = f.seq CROSS JOIN conversation c ON c.id = m.shown_in",
    )?;
    numbers.extend(found(
        "SELECT rowid FROM search.conversation_words WHERE conversation_words MATCH ?1 ORDER BY rowid DESC LIMIT ?2",
    )?);
    numbers.extend(found(
        "SELECT c.n FROM (SELECT rowid AS n FROM search.contact_words WHERE contact_words MATCH ?1
           ORDER BY rowid DESC LIMIT ?2) f
         CROSS JOIN contact o ON o.n = f.n CROSS JOIN conversation c ON c.contact_id = o.id",
    )?);
    numbers.sort_unstable();
    numbers.dedup();
    Ok(Some(numbers))
}

/// Row numbers of contacts with these words; whom a merged one redirects to stands for it.
pub(crate) fn contacts_with(connection: &Connection, words: &str) -> Outcome<Option<Vec<i64>>> {
    let Some(expression) = terms::expression(words) else {
        return Ok(None);
    };
    let found: Vec<(i64, Option<Uuid>)> = connection
        .prepare_cached(
            "SELECT o.n, o.merged_into FROM (SELECT rowid AS n FROM search.contact_words WHERE contact_words MATCH ?1
               ORDER BY rowid DESC LIMIT ?2) f
             CROSS JOIN contact o ON o.n = f.n",
        )?
        .query_map(params![expression, LISTED_MAX], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<Result<_, _>>()?;
    let mut numbers = Vec::new();
    for (n, merged_into) in found {
        match merged_into
            .map(|id| root(connection, ContactId(id)))
            .transpose()?
            .flatten()
        {
            None => numbers.push(n),
            Some(root) => numbers.push(connection.query_row(
                "SELECT n FROM contact WHERE id = ?1",
                [root.id.0],
                |row| row.get(0),
            )?),
        }
    }
    Ok(Some(numbers))
}

/// Matches older than these row numbers, newest first. 0: that kind is done with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Window {
    messages: i64,
    contacts: i64,
    conversations: i64,
}

impl Window {
    fn newest(connection: &Connection) -> Outcome<Self> {
        let after = |sql: &str| -> Outcome<i64> {
            Ok(connection
                .prepare_cached(sql)?
                .query_row([], |row| row.get(0))?)
        };
        Ok(Self {
            messages: after("SELECT coalesce(max(seq), 0) + 1 FROM message")?,
            contacts: after("SELECT coalesce(max(n), 0) + 1 FROM contact")?,
            conversations: after("SELECT coalesce(max(n), 0) + 1 FROM conversation")?,
        })
    }

    /// The candidates of this window, and the next window if there is one.
    fn rank(
        &self,
        connection: &Connection,
        request: &SearchRequest,
        expression: &str,
    ) -> Outcome<(Vec<Candidate>, Option<Self>)> {
        let mut candidates = Vec::new();
        let mut next = Self {
            messages: 0,
            contacts: 0,
            conversations: 0,
        };
        let wanted = |kind| request.kind.is_none_or(|only| only == kind);
        for (kind, from, next) in [
            (FoundKind::Message, self.messages, &mut next.messages),
            (FoundKind::Contact, self.contacts, &mut next.contacts),
            (
                FoundKind::Conversation,
                self.conversations,
                &mut next.conversations,
            ),
        ] {
            if from > 0 && wanted(kind) {
                *next = gather(connection, kind, from, request, expression, &mut candidates)?;
            }
        }
        let done = next.messages == 0 && next.contacts == 0 && next.conversations == 0;
        Ok((candidates, (!done).then_some(next)))
    }
}

/// Adds candidates of one kind; answers where the next window of it starts, 0 when there is none.
fn gather(
    connection: &Connection,
    kind: FoundKind,
    from: i64,
    request: &SearchRequest,
    expression: &str,
    candidates: &mut Vec<Candidate>,
) -> Outcome<i64> {
    let (matches, row) = sql(kind);
    let scope = scope_sql(kind, &request.scope);
    let mut statement = connection.prepare_cached(&format!("{row}{scope}"))?;
    let shops = blobs(request.scope.shops.iter().map(|id| id.0));
    let teams = blobs(request.scope.teams.iter().map(|id| id.0));
    let mut matching = connection.prepare_cached(matches)?;
    let mut numbers = matching.query(params![expression, from])?;
    let (mut taken, mut looked_at) = (0, 0);
    while let Some(number) = numbers.next()? {
        let last: i64 = number.get(0)?;
        let mut values: Vec<&dyn ToSql> = vec![&last];
        if !scope.is_empty() {
            values.extend([&shops as &dyn ToSql, &teams]);
        }
        let read = |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?));
        let found: Option<(Uuid, String, i64)> =
            statement.query_row(values.as_slice(), read).optional()?;
        let found = match found {
            Some((id, ..)) if !is_seen(connection, kind, id, &request.scope)? => None,
            found => found,
        };
        if let Some((id, text, at)) = found {
            let text = if kind == FoundKind::Conversation {
                terms::of_conversation(last, &text)?
            } else {
                text
            };
            let at = instant("message", id, at)?;
            candidates.push(Candidate {
                kind,
                id,
                at,
                score: rank::score(kind, &text, &request.text, at),
            });
            taken += 1;
        }
        looked_at += 1;
        if taken == WINDOW || looked_at == LOOKED_AT_MAX {
            return Ok(last);
        }
    }
    Ok(0)
}

/// The matches of a kind, newest first, and the row of one.
fn sql(kind: FoundKind) -> (&'static str, &'static str) {
    match kind {
        FoundKind::Message => (
            "SELECT rowid FROM search.message_words WHERE message_words MATCH ?1 AND rowid < ?2 ORDER BY rowid DESC",
            concat!(
                "SELECT m.id, ",
                terms::of_message!(),
                ", m.at FROM message m CROSS JOIN conversation c ON c.id = m.shown_in WHERE m.seq = ?1"
            ),
        ),
        FoundKind::Contact => (
            "SELECT rowid FROM search.contact_words WHERE contact_words MATCH ?1 AND rowid < ?2 ORDER BY rowid DESC",
            "SELECT o.id, coalesce(o.name, ''), o.created_at FROM contact o WHERE o.n = ?1",
        ),
        FoundKind::Conversation => (
            "SELECT rowid FROM search.conversation_words WHERE conversation_words MATCH ?1 AND rowid < ?2
             ORDER BY rowid DESC",
            "SELECT c.id, c.state, c.created_at FROM conversation c WHERE c.n = ?1",
        ),
    }
}

/// True when a viewer with this scope may see it, beside what [`scope_sql`] asks.
fn is_seen(connection: &Connection, kind: FoundKind, id: Uuid, scope: &Scope) -> Outcome<bool> {
    match kind {
        FoundKind::Contact => contact_is_seen(connection, ContactId(id), scope),
        FoundKind::Message | FoundKind::Conversation => Ok(true),
    }
}

/// Which conversations, and messages of them, a viewer with this scope may see.
fn scope_sql(kind: FoundKind, scope: &Scope) -> String {
    if scope.is_everywhere() || kind == FoundKind::Contact {
        return String::new();
    }
    let shops = if scope.shops.is_empty() {
        "TRUE"
    } else {
        "c.shop_id IN (SELECT value FROM rarray(?2))"
    };
    let teams = if scope.teams.is_empty() {
        "TRUE"
    } else {
        "(c.team_id IS NULL OR c.team_id IN (SELECT value FROM rarray(?3)))"
    };
    format!(" AND {shops} AND {teams} AND (?2 IS NULL OR ?3 IS NULL OR TRUE)")
}

/// A match, ranked.
struct Candidate {
    kind: FoundKind,
    id: Uuid,
    at: Timestamp,
    score: f64,
}

impl Candidate {
    /// Its place in the order of a window.
    fn place(&self) -> (i64, String) {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "scores are small; the fraction is cut on purpose"
        )]
        let score = (self.score * SCORE_PARTS) as i64;
        (score, self.id.to_string())
    }

    /// The result as callers see it; nothing when the row is gone since.
    fn found(&self, connection: &Connection, query: &str) -> Outcome<Option<Found>> {
        let (conversation_id, contact_id, text) = match self.kind {
            FoundKind::Message => {
                let (shown_in, contact, text): (Uuid, Uuid, String) = connection
                    .prepare_cached(concat!(
                        "SELECT m.shown_in, c.contact_id, ",
                        terms::of_message!(),
                        " FROM message m JOIN conversation c ON c.id = m.shown_in WHERE m.id = ?1"
                    ))?
                    .query_row([self.id], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
                (Some(ConversationId(shown_in)), ContactId(contact), text)
            }
            FoundKind::Conversation => {
                let (contact, n, state): (Uuid, i64, String) = connection
                    .prepare_cached("SELECT contact_id, n, state FROM conversation WHERE id = ?1")?
                    .query_row([self.id], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
                (
                    Some(ConversationId(self.id)),
                    ContactId(contact),
                    terms::of_conversation(n, &state)?,
                )
            }
            FoundKind::Contact => (None, ContactId(self.id), String::new()),
        };
        let Some(contact) = root(connection, contact_id)? else {
            return Ok(None);
        };
        let contact = contact_view(connection, contact)?;
        let name = contact.profile.name.clone();
        let (id, text) = match self.kind {
            FoundKind::Message => (MessageId(self.id).to_string(), text),
            FoundKind::Conversation => (self.id.to_string(), text),
            FoundKind::Contact => (contact.contact.id.to_string(), described(&contact.profile)),
        };
        Ok(Some(Found {
            kind: self.kind,
            id,
            conversation_id,
            contact_id: Some(contact.contact.id),
            contact_name: name,
            text: rank::window(&text, query),
            at: self.at,
            score: self.score,
        }))
    }
}

fn described(profile: &plugboard_domain::contact::Profile) -> String {
    let parts = [&profile.name, &profile.email, &profile.phone];
    parts
        .into_iter()
        .flatten()
        .map(String::as_str)
        .collect::<Vec<_>>()
        .join(" · ")
}

fn write_cursor(window: &Window, place: &(i64, String)) -> Cursor {
    let Window {
        messages,
        contacts,
        conversations,
    } = window;
    Cursor {
        key: place.0,
        id: format!("{messages}.{contacts}.{conversations}.{}", place.1),
    }
}

fn read_cursor(cursor: &Cursor) -> Option<(Window, (i64, String))> {
    let mut parts = cursor.id.splitn(4, '.');
    let mut number = || parts.next()?.parse().ok();
    let window = Window {
        messages: number()?,
        contacts: number()?,
        conversations: number()?,
    };
    Some((window, (cursor.key, parts.next()?.to_owned())))
}
