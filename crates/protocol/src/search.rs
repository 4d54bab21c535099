//! Search results.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::Time;

/// What to find.
#[derive(Clone, Debug, Default, Serialize, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub struct SearchQuery {
    /// Words, in any language; all of them have to occur. Chinese needs no spaces.
    #[param(min_length = 1, max_length = 200)]
    pub q: String,
    /// Only `conversation`, `message` or `contact`.
    pub kind: Option<SearchKind>,
    /// Items on a page, 1 to 200; 50 when unset.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<u32>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// What was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SearchKind {
    /// A conversation, by its tags and disposition.
    Conversation,
    /// A message, by its text.
    Message,
    /// A contact, by name and addresses.
    Contact,
}

/// One result; best first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SearchHit {
    /// What was found.
    pub kind: SearchKind,
    /// Its id.
    pub id: String,
    /// The conversation, for conversations and messages.
    pub conversation_id: Option<String>,
    /// The contact.
    pub contact_id: Option<String>,
    /// The contact's name.
    pub contact_name: Option<String>,
    /// The matching text, cut into runs; those with `hit` matched.
    pub highlights: Vec<Highlight>,
    /// When it was written or made.
    pub at: Time,
    /// Greater is better; comparable only within one answer.
    pub score: f64,
}

/// A run of text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Highlight {
    /// The text.
    pub text: String,
    /// True when it matched.
    pub hit: bool,
}
