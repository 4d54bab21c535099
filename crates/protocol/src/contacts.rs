//! Contacts and their identities.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::Time;

/// A customer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Contact {
    /// Identifier.
    pub id: String,
    /// Display name.
    pub name: Option<String>,
    /// Email address; like `z***@example.com` when masked.
    pub email: Option<String>,
    /// Phone number; like `138****5678` when masked.
    pub phone: Option<String>,
    /// Language tag.
    pub locale: Option<String>,
    /// True when `email`, `phone` and identity values are masked.
    pub masked: bool,
    /// True when an identity was proved by a signature or by the channel.
    pub verified: bool,
    /// When first met.
    pub created_at: Time,
}

/// A customer with everything known.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ContactDetail {
    /// The customer.
    #[serde(flatten)]
    pub contact: Contact,
    /// Free text by agents.
    pub note: Option<String>,
    /// What agents call them: `vip`.
    pub tags: Vec<String>,
    /// What the shop knows about them, by name.
    pub attributes: BTreeMap<String, String>,
    /// Addresses, those of merged contacts included.
    pub identities: Vec<Identity>,
    /// The contact that this one was merged into.
    pub merged_into: Option<String>,
    /// Contacts that were merged into this one.
    pub absorbed: Vec<String>,
}

/// An address of a contact.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Identity {
    /// Identifier.
    pub id: String,
    /// `visitor`, `external`, `email`, `phone` or `channel`.
    pub kind: String,
    /// Within what the value is unique.
    pub scope: String,
    /// The address; masked unless permitted, and always empty for `visitor`.
    pub value: String,
    /// True when proved.
    pub verified: bool,
}

/// Which contacts to list; newest first.
#[derive(Clone, Debug, Default, Serialize, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub struct ContactQuery {
    /// Words to find in names and addresses.
    pub q: Option<String>,
    /// Items on a page, 1 to 200; 50 when unset.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<u32>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// Changes to a contact. Fields left out stay; an empty text clears.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct UpdateContact {
    /// Display name.
    pub name: Option<String>,
    /// Email address.
    pub email: Option<String>,
    /// Phone number.
    pub phone: Option<String>,
    /// Language tag.
    pub locale: Option<String>,
    /// Free text.
    pub note: Option<String>,
    /// All tags, at most 30 of 60 characters.
    pub tags: Option<Vec<String>>,
    /// All attributes, at most 50; an empty value leaves one out.
    pub attributes: Option<BTreeMap<String, String>>,
}

/// Which masked field to show.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct RevealRequest {
    /// `email` or `phone`.
    pub field: RevealField,
}

/// A field that is masked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RevealField {
    /// The email address.
    Email,
    /// The phone number.
    Phone,
}

/// A revealed field.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Revealed {
    /// Which one.
    pub field: RevealField,
    /// The value; null when the contact has none.
    pub value: Option<String>,
}
