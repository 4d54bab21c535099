//! Commands to contacts.

use std::collections::BTreeSet;

use plugboard_domain::{
    Event, Rejection,
    access::Permission,
    contact::{self, Contact, ContactField, Profile},
    ids::ContactId,
    text,
};
use plugboard_store::Write;

use super::txn::{Stop, Txn};
use crate::handle::Outcome;

/// Longest free text about a contact, in characters.
const NOTE_CHARS_MAX: usize = 5_000;

pub(super) fn update(txn: &mut Txn<'_>, id: ContactId, profile: &Profile) -> Result<Outcome, Stop> {
    txn.grants().require(Permission::ContactsManage)?;
    txn.visible_contact(id)?;
    change_profile(txn, id, profile)?;
    Ok(about(id))
}

pub(super) fn merge(txn: &mut Txn<'_>, id: ContactId, into: ContactId) -> Result<Outcome, Stop> {
    txn.grants().require(Permission::ContactsManage)?;
    let (contact, target) = (txn.visible_contact(id)?, txn.visible_contact(into)?);
    let events = contact::merge(&contact, &target)?;
    fold(txn, events, [id, into])?;
    Ok(about(into))
}

pub(super) fn unmerge(txn: &mut Txn<'_>, id: ContactId) -> Result<Outcome, Stop> {
    txn.grants().require(Permission::ContactsManage)?;
    let contact = txn.visible_contact(id)?;
    let Some(into) = contact.merged_into else {
        return Err(Rejection::conflict("the contact is not merged").into());
    };
    let target = txn.contact(into)?;
    let events = contact::unmerge(&contact, &target)?;
    fold(txn, events, [id, into])?;
    Ok(about(id))
}

pub(super) fn reveal(
    txn: &mut Txn<'_>,
    id: ContactId,
    field: ContactField,
) -> Result<Outcome, Stop> {
    txn.grants().require(Permission::ContactsReveal)?;
    txn.visible_contact(id)?;
    txn.emit(
        None,
        vec![Event::ContactRevealed {
            contact_id: id,
            field,
        }],
    )?;
    Ok(about(id))
}

/// Records events and writes the states of the contacts that they change.
fn fold(txn: &mut Txn<'_>, events: Vec<Event>, ids: [ContactId; 2]) -> Result<(), Stop> {
    let first = txn.events().len();
    txn.emit(None, events)?;
    let recorded: Vec<_> = txn.events()[first..].to_vec();
    for id in ids {
        let mut state = Some(txn.contact(id)?);
        for recorded in &recorded {
            state = Contact::apply(state, id, recorded);
        }
        if let Some(state) = state {
            txn.write(Write::Contact(state.clone()));
            txn.facts().contacts.insert(id, Some(state));
        }
    }
    Ok(())
}

/// Changes fields of a profile, and says which. Nothing to change says nothing.
pub(super) fn change_profile(
    txn: &mut Txn<'_>,
    id: ContactId,
    profile: &Profile,
) -> Result<(), Stop> {
    let clean = Profile {
        name: clean("name", profile.name.as_deref(), 200)?,
        email: match profile.email.as_deref().map(str::trim) {
            Some(email) if !email.is_empty() => Some(text::email(email)?),
            other => other.map(str::to_owned),
        },
        phone: clean("phone", profile.phone.as_deref(), 50)?,
        locale: clean("locale", profile.locale.as_deref(), 35)?,
        note: match &profile.note {
            Some(note) if note.chars().count() > NOTE_CHARS_MAX => {
                return Err(Rejection::invalid(format!(
                    "note must be at most {NOTE_CHARS_MAX} characters"
                ))
                .into());
            }
            note => note.clone(),
        },
        tags: profile.tags.as_ref().map(contact::tags).transpose()?,
        attributes: profile
            .attributes
            .as_ref()
            .map(contact::attributes)
            .transpose()?,
    };
    let fields: BTreeSet<String> = [
        ("name", clean.name.is_some()),
        ("email", clean.email.is_some()),
        ("phone", clean.phone.is_some()),
        ("locale", clean.locale.is_some()),
        ("note", clean.note.is_some()),
        ("tags", clean.tags.is_some()),
        ("attributes", clean.attributes.is_some()),
    ]
    .into_iter()
    .filter(|(_, given)| *given)
    .map(|(field, _)| field.to_owned())
    .collect();
    if fields.is_empty() {
        return Ok(());
    }
    txn.write(Write::Profile(id, clean));
    txn.emit(
        None,
        vec![Event::ContactUpdated {
            contact_id: id,
            fields,
        }],
    )
}

/// A one-line field: `None` stays `None`, an empty text stays empty (it clears the field).
fn clean(what: &str, value: Option<&str>, chars_max: usize) -> Result<Option<String>, Rejection> {
    match value.map(str::trim) {
        Some(value) if !value.is_empty() => text::line(what, value, chars_max).map(Some),
        other => Ok(other.map(str::to_owned)),
    }
}

fn about(id: ContactId) -> Outcome {
    Outcome {
        contact_id: Some(id),
        ..Outcome::default()
    }
}
