//! Contacts: lists, one, and whom a merged one redirects to.

use std::rc::Rc;

use plugboard_domain::{
    contact::{Address, Contact, Identity, IdentityKind, Profile},
    ids::{ContactId, IdentityId},
};
use plugboard_store::{ContactView, Cursor, Paged};
use rusqlite::{Connection, OptionalExtension, Row, params, types::Value};
use uuid::Uuid;

use crate::{
    codec::{count, instant, parse},
    fault::{Outcome, corrupt},
    load,
};

/// Most redirections followed: merging always redirects to a root, so more than one is rare already.
const HOPS_MAX: usize = 16;

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

/// A contact with its addresses.
pub(super) fn whole(connection: &Connection, id: ContactId) -> Outcome<Option<ContactView>> {
    let Some(contact) = load::contact(connection, id)? else {
        return Ok(None);
    };
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
    after: Option<Cursor>,
    limit: usize,
) -> Outcome<Paged<ContactView>> {
    let (at, n) = after.map_or((i64::MAX, i64::MAX), |cursor| {
        (cursor.key, cursor.id.parse().unwrap_or(i64::MAX))
    });
    let select = "SELECT created_at, n, state FROM contact";
    let page = "merged_into IS NULL AND (created_at, n) < (?1, ?2) ORDER BY created_at DESC, n DESC LIMIT ?3";
    let read = |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?));
    let rows: Vec<(i64, i64, String)> = match only {
        None => connection
            .prepare_cached(&format!("{select} INDEXED BY contact_list WHERE {page}"))?
            .query_map(params![at, n, count(limit + 1)], read)?
            .collect::<Result<_, _>>()?,
        Some(only) => {
            let only: Rc<Vec<Value>> = Rc::new(only.into_iter().map(Value::Integer).collect());
            connection
                .prepare_cached(&format!(
                    "{select} WHERE n IN (SELECT value FROM rarray(?4)) AND {page}"
                ))?
                .query_map(params![at, n, count(limit + 1), only], read)?
                .collect::<Result<_, _>>()?
        }
    };
    let page = Paged::cut(rows, limit, |row| Cursor {
        key: row.0,
        id: row.1.to_string(),
    });
    let views = page
        .items
        .iter()
        .map(|(_, n, state)| view(connection, parse("contact", n, state)?));
    Ok(Paged {
        items: views.collect::<Outcome<_>>()?,
        next: page.next,
    })
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
        })
    };
    let found = connection
        .prepare_cached("SELECT name, email, phone, locale, note FROM contact WHERE id = ?1")?
        .query_row([id.0], read)
        .optional()?;
    Ok(found.unwrap_or_default())
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
