//! Contacts: lists, one, and whom a merged one redirects to.

use std::rc::Rc;

use plugboard_domain::{
    access::Scope,
    contact::{Address, Contact, Identity, IdentityKind, Profile},
    ids::{ContactId, IdentityId},
};
use plugboard_store::{ContactView, Cursor, Paged};
use rusqlite::{Connection, OptionalExtension, Row, params, types::Value};
use uuid::Uuid;

use super::blobs;
use crate::{
    codec::{instant, parse},
    fault::{Outcome, corrupt},
    load,
};

/// Most redirections followed: merging always redirects to a root, so more than one is rare already.
const HOPS_MAX: usize = 16;

/// Contacts looked at for one page, when a scope leaves most of them out: about a tenth of a second.
const LOOKED_AT_MAX: usize = 20_000;

/// The contact that this one redirects to in the end; itself when it was not merged.
pub(crate) fn root(connection: &Connection, id: ContactId) -> Outcome<Option<Contact>> {
    let Some(mut contact) = load::contact(connection, id)? else {
        return Ok(None);
    };
    for _ in 0..HOPS_MAX {
        let next = contact
            .merged_into
            .map(|id| load::contact(connection, id))
            .transpose()?
            .flatten();
        match next {
            Some(next) => contact = next,
            None => break,
        }
    }
    Ok(Some(contact))
}

/// A contact as lists show it.
pub(crate) fn view(connection: &Connection, contact: Contact) -> Outcome<ContactView> {
    let profile = profile(connection, contact.id)?;
    let mut verified = false;
    for id in std::iter::once(&contact.id).chain(&contact.absorbed) {
        verified = verified || is_verified(connection, *id)?;
    }
    Ok(ContactView {
        contact,
        profile,
        identities: Vec::new(),
        verified,
    })
}

/// True when somebody with this scope sees the contact.
pub(crate) fn is_seen(connection: &Connection, id: ContactId, scope: &Scope) -> Outcome<bool> {
    match root(connection, id)? {
        Some(root) => is_inside(connection, &root, scope),
        None => Ok(false),
    }
}

/// True when a conversation with a contact that redirects to nobody, or with anybody found to be them, is in the scope.
fn is_inside(connection: &Connection, root: &Contact, scope: &Scope) -> Outcome<bool> {
    if scope.is_everywhere() {
        return Ok(true);
    }
    let all = std::iter::once(root.id).chain(root.absorbed.iter().copied());
    let found = connection
        .prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM conversation c WHERE c.contact_id IN (SELECT value FROM rarray(?1))
               AND (?2 OR c.shop_id IN (SELECT value FROM rarray(?3)))
               AND (?4 OR c.team_id IS NULL OR c.team_id IN (SELECT value FROM rarray(?5))))",
        )?
        .query_row(
            params![
                blobs(all.map(|id| id.0)),
                scope.shops.is_empty(),
                blobs(scope.shops.iter().map(|id| id.0)),
                scope.teams.is_empty(),
                blobs(scope.teams.iter().map(|id| id.0)),
            ],
            |row| row.get(0),
        )?;
    Ok(found)
}

/// A contact with its addresses, when somebody with this scope sees it.
pub(super) fn whole(
    connection: &Connection,
    id: ContactId,
    scope: &Scope,
) -> Outcome<Option<ContactView>> {
    let Some(contact) = load::contact(connection, id)? else {
        return Ok(None);
    };
    if !is_seen(connection, id, scope)? {
        return Ok(None);
    }
    let mut view = view(connection, contact)?;
    for id in std::iter::once(&view.contact.id).chain(&view.contact.absorbed) {
        view.identities.extend(identities(connection, *id)?);
    }
    Ok(Some(view))
}

/// A page of contacts, newest first, without merged ones. `only` are row numbers that words were found in.
pub(super) fn list(
    connection: &Connection,
    only: Option<Vec<i64>>,
    scope: &Scope,
    after: Option<Cursor>,
    limit: usize,
) -> Outcome<Paged<ContactView>> {
    let (at, n) = after.map_or((i64::MAX, i64::MAX), |cursor| {
        (cursor.key, cursor.id.parse().unwrap_or(i64::MAX))
    });
    let (index, words) = match &only {
        None => ("INDEXED BY contact_list", "?3 IS NULL"),
        Some(_) => ("", "n IN (SELECT value FROM rarray(?3))"),
    };
    let only = only.map(|only| Rc::new(only.into_iter().map(Value::Integer).collect::<Vec<_>>()));
    let mut statement = connection.prepare_cached(&format!(
        "SELECT created_at, n, state FROM contact {index} WHERE {words} AND merged_into IS NULL
           AND (created_at, n) < (?1, ?2) ORDER BY created_at DESC, n DESC"
    ))?;
    let mut rows = statement.query(params![at, n, only])?;
    let (mut items, mut last, mut looked_at) = (Vec::new(), None, 0);
    while let Some(row) = rows.next()? {
        let (at, n): (i64, i64) = (row.get(0)?, row.get(1)?);
        if items.len() == limit || looked_at == LOOKED_AT_MAX {
            // There is one more, at least to be looked at.
            let next = last.map(|(key, n): (i64, i64)| Cursor {
                key,
                id: n.to_string(),
            });
            return Ok(Paged { items, next });
        }
        let contact: Contact = parse("contact", n, &row.get::<_, String>(2)?)?;
        if is_inside(connection, &contact, scope)? {
            items.push(view(connection, contact)?);
        }
        last = Some((at, n));
        looked_at += 1;
    }
    Ok(Paged { items, next: None })
}

/// What a contact is called, as of the one that they redirect to.
pub(super) fn name(connection: &Connection, id: ContactId) -> Outcome<Option<String>> {
    let mut statement =
        connection.prepare_cached("SELECT name, merged_into FROM contact WHERE id = ?1")?;
    let mut at = id.0;
    for _ in 0..=HOPS_MAX {
        let found: Option<(Option<String>, Option<Uuid>)> = statement
            .query_row([at], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        match found {
            Some((_, Some(into))) => at = into,
            Some((name, None)) => return Ok(name),
            None => break,
        }
    }
    Ok(None)
}

/// What a contact is called and how to reach them.
pub(super) fn profile(connection: &Connection, id: ContactId) -> Outcome<Profile> {
    let read = |row: &Row<'_>| {
        let (name, email, phone) = (row.get(0)?, row.get(1)?, row.get(2)?);
        Ok(Profile {
            name,
            email,
            phone,
            locale: row.get(3)?,
            note: row.get(4)?,
            tags: labels(row, 5)?,
            attributes: labels(row, 6)?,
        })
    };
    let found = connection
        .prepare_cached(
            "SELECT name, email, phone, locale, note, tags, attributes FROM contact WHERE id = ?1",
        )?
        .query_row([id.0], read)
        .optional()?;
    Ok(found.unwrap_or_default())
}

/// What is kept as JSON; nothing when there is nothing.
fn labels<T: serde::de::DeserializeOwned>(
    row: &Row<'_>,
    column: usize,
) -> rusqlite::Result<Option<T>> {
    let text: Option<String> = row.get(column)?;
    text.map(|text| {
        serde_json::from_str(&text).map_err(|error| {
            rusqlite::Error::FromSqlConversionFailure(
                column,
                rusqlite::types::Type::Text,
                Box::new(error),
            )
        })
    })
    .transpose()
}

fn is_verified(connection: &Connection, id: ContactId) -> Outcome<bool> {
    Ok(connection
        .prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM identity WHERE contact_id = ?1 AND verified)",
        )?
        .query_row([id.0], |row| row.get(0))?)
}

fn identities(connection: &Connection, contact: ContactId) -> Outcome<Vec<Identity>> {
    let mut statement = connection.prepare_cached(
        "SELECT id, kind, scope, value, verified, created_at FROM identity WHERE contact_id = ?1 ORDER BY created_at, id",
    )?;
    let mut rows = statement.query([contact.0])?;
    let mut identities = Vec::new();
    while let Some(row) = rows.next()? {
        let id: Uuid = row.get(0)?;
        let kind = identity_kind(id, row.get_ref(1)?.as_str().unwrap_or_default())?;
        identities.push(Identity {
            id: IdentityId(id),
            contact_id: contact,
            address: Address {
                kind,
                scope: row.get(2)?,
                value: row.get(3)?,
            },
            verified: row.get(4)?,
            created_at: instant("identity", id, row.get(5)?)?,
        });
    }
    Ok(identities)
}

fn identity_kind(row: Uuid, name: &str) -> Outcome<IdentityKind> {
    Ok(match name {
        "visitor" => IdentityKind::Visitor,
        "external" => IdentityKind::External,
        "email" => IdentityKind::Email,
        "phone" => IdentityKind::Phone,
        "channel" => IdentityKind::Channel,
        other => {
            return Err(
                corrupt("identity", row, format!("no identity is of kind {other:?}")).into(),
            );
        }
    })
}
