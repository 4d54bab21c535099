//! Contacts and their identities. Names and addresses are content: they live in rows, and events say only that
//! they changed.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::{
    Timestamp,
    event::{Event, Recorded},
    ids::{ContactId, IdentityId},
    rejection::Rejection,
    text,
};

/// The facts of a customer.
///
/// Merged contacts form a tree: each redirects to the one it was found to be, and the root knows everybody below it.
/// Merges are undone in the reverse order, so what a merged contact absorbed never changes while it is merged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contact {
    /// Identifier.
    pub id: ContactId,
    /// The contact that this one was found to be; undone by unmerging.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub merged_into: Option<ContactId>,
    /// Contacts that were found to be this one, and everybody that they had absorbed.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub absorbed: BTreeSet<ContactId>,
    /// When first met.
    pub created_at: Timestamp,
}

impl Contact {
    /// The state after an event of this contact. `None` until it is created; an event of somebody else changes nothing.
    pub fn apply(state: Option<Self>, id: ContactId, recorded: &Recorded) -> Option<Self> {
        let Some(mut state) = state else {
            return match recorded.event {
                Event::ContactCreated { contact_id } if contact_id == id => Some(Self {
                    id,
                    merged_into: None,
                    absorbed: BTreeSet::new(),
                    created_at: recorded.at,
                }),
                _ => None,
            };
        };
        match &recorded.event {
            Event::ContactMerged {
                contact_id, into, ..
            } if *contact_id == id => state.merged_into = Some(*into),
            Event::ContactMerged {
                contact_id,
                into,
                with,
            } if *into == id => {
                state.absorbed.insert(*contact_id);
                state.absorbed.extend(with);
            }
            Event::ContactUnmerged { contact_id, .. } if *contact_id == id => {
                state.merged_into = None;
            }
            Event::ContactUnmerged {
                contact_id,
                from,
                with,
            } if *from == id => {
                state
                    .absorbed
                    .retain(|it| it != contact_id && !with.contains(it));
            }
            _ => {}
        }
        Some(state)
    }
}

/// Two contacts are one: `contact` will redirect to `into`. Either may have absorbed others before, but neither may
/// redirect already; so no circle can arise, and the caller follows `merged_into` to the root first.
pub fn merge(contact: &Contact, into: &Contact) -> Result<Vec<Event>, Rejection> {
    if contact.id == into.id {
        return Err(Rejection::invalid("a contact cannot be merged into itself"));
    }
    if contact.merged_into.is_some() {
        return Err(Rejection::conflict(
            "the contact was merged into another already",
        ));
    }
    if into.merged_into.is_some() {
        return Err(Rejection::conflict(
            "the other contact was merged into another itself",
        ));
    }
    Ok(vec![Event::ContactMerged {
        contact_id: contact.id,
        into: into.id,
        with: contact.absorbed.clone(),
    }])
}

/// Undoes the merge of `contact` into `from`.
pub fn unmerge(contact: &Contact, from: &Contact) -> Result<Vec<Event>, Rejection> {
    if contact.merged_into != Some(from.id) {
        return Err(Rejection::conflict(
            "the contact is not merged into the other",
        ));
    }
    if from.merged_into.is_some() {
        return Err(Rejection::conflict(
            "the other contact was merged since: undo that first",
        ));
    }
    Ok(vec![Event::ContactUnmerged {
        contact_id: contact.id,
        from: from.id,
        with: contact.absorbed.clone(),
    }])
}

/// What kind of address an identity is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IdentityKind {
    /// A browser that keeps a resume token; scope is the inbox.
    Visitor,
    /// An id in the shop's own system, from a signed token; scope is the shop or inbox.
    External,
    /// An email address; no scope.
    Email,
    /// A phone number, E.164; no scope.
    Phone,
    /// An address on a plugin channel; scope is the inbox.
    Channel,
}

/// An address as it is looked up: unique in the desk.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Address {
    /// Its kind.
    pub kind: IdentityKind,
    /// Within what the value is unique; empty when everywhere.
    pub scope: String,
    /// The address itself, normalised.
    pub value: String,
}

/// A contact's address on a channel, as stored. Content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// Identifier.
    pub id: IdentityId,
    /// Whose it is.
    pub contact_id: ContactId,
    /// The address.
    pub address: Address,
    /// True when a signature or the channel itself proved it. A typed-in address is never proof.
    pub verified: bool,
    /// When first seen.
    pub created_at: Timestamp,
}

/// What people call a contact and how to reach them. Content. `None` leaves a field as it is in an update;
/// an empty text clears it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profile {
    /// Display name.
    pub name: Option<String>,
    /// Address typed in or edited by an agent: shown, never matched on.
    pub email: Option<String>,
    /// Number typed in or edited by an agent: shown, never matched on.
    pub phone: Option<String>,
    /// Language tag such as `zh-CN`.
    pub locale: Option<String>,
    /// Free text by agents.
    pub note: Option<String>,
    /// What agents call them: `vip`. The whole set.
    #[serde(default)]
    pub tags: Option<BTreeSet<String>>,
    /// What the shop knows about them, by name: `lifetime_value`. The whole map.
    #[serde(default)]
    pub attributes: Option<BTreeMap<String, String>>,
}

/// Labels of one contact.
pub const TAGS_MAX: usize = 30;

/// Longest label of a contact and longest name of an attribute, in characters.
pub const TAG_CHARS_MAX: usize = 60;

/// Attributes of one contact.
pub const ATTRIBUTES_MAX: usize = 50;

/// Longest value of an attribute, in characters.
pub const ATTRIBUTE_CHARS_MAX: usize = 500;

/// The labels as they are kept: trimmed, each once.
///
/// # Errors
/// [`Rejection::Invalid`] when one is empty, of several lines or too long, or there are too many.
pub fn tags(given: &BTreeSet<String>) -> Result<BTreeSet<String>, Rejection> {
    if given.len() > TAGS_MAX {
        return Err(Rejection::invalid(format!(
            "a contact has at most {TAGS_MAX} tags"
        )));
    }
    given
        .iter()
        .map(|tag| text::line("tag", tag, TAG_CHARS_MAX))
        .collect()
}

/// The attributes as they are kept. One without a value is left out.
///
/// # Errors
/// [`Rejection::Invalid`] when a name or value does not fit, or there are too many.
pub fn attributes(given: &BTreeMap<String, String>) -> Result<BTreeMap<String, String>, Rejection> {
    if given.len() > ATTRIBUTES_MAX {
        return Err(Rejection::invalid(format!(
            "a contact has at most {ATTRIBUTES_MAX} attributes"
        )));
    }
    given
        .iter()
        .filter(|(_, value)| !value.trim().is_empty())
        .map(|(name, value)| {
            let name = text::line("attribute name", name, TAG_CHARS_MAX)?;
            let value = text::line("attribute", value, ATTRIBUTE_CHARS_MAX)?;
            Ok((name, value))
        })
        .collect()
}

/// A field of the profile that may be masked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ContactField {
    /// The email address.
    Email,
    /// The phone number.
    Phone,
}
