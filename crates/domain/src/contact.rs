//! Contacts and their identities. Names and addresses are content: they live in rows, and events say only that
//! they changed.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::{
    Timestamp,
    ids::{ContactId, IdentityId},
};

/// The facts of a customer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contact {
    /// Identifier.
    pub id: ContactId,
    /// The contact that this one was found to be; undone by unmerging.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub merged_into: Option<ContactId>,
    /// Contacts that were found to be this one.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub absorbed: BTreeSet<ContactId>,
    /// When first met.
    pub created_at: Timestamp,
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
