//! What the desk knows, as far as placing a mail needs it.

use std::collections::{HashMap, HashSet};

use uuid::Uuid;

use super::{Keys, subject};
use crate::{Mail, report};

/// A message that the desk has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Found {
    /// Its conversation, as it is now: after merges and moves.
    pub conversation: Uuid,
    /// The message.
    pub message: Uuid,
    /// Whether the desk sent it.
    pub ours: bool,
}

/// What the desk knows. All of it is about the inbox that the mail came to: a mail to two inboxes is a conversation in each.
pub trait Known {
    /// The message with this `Message-ID`.
    fn message(&self, message_id: &str) -> Option<Found>;

    /// The conversation that has this id, or took it over; nothing when it is of another inbox or gone.
    fn conversation(&self, id: Uuid) -> Option<Uuid>;

    /// The conversation of which some mail names this id in its `References` or `In-Reply-To`, the latest if several.
    fn reference(&self, message_id: &str) -> Option<Uuid>;

    /// The conversation with this number.
    fn number(&self, number: u64) -> Option<Uuid>;

    /// Whether the address is of somebody who wrote or was written to in the conversation.
    fn takes_part(&self, conversation: Uuid, address: &str) -> bool;

    /// The latest conversation with this sender under this [normalised](super::normalise) subject, of the last days.
    fn similar(&self, sender: &str, subject: &str) -> Option<Uuid>;
}

/// What has to be looked up before a mail can be placed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Message ids, for [`Known::message`] and [`Known::reference`]: the mail's own, then what it answers, newest first.
    pub message_ids: Vec<String>,
    /// Conversations that tokens name.
    pub conversations: Vec<Uuid>,
    /// The number in the subject.
    pub number: Option<u64>,
    /// The sender, in lower case.
    pub sender: String,
    /// The normalised subject; empty when there is none worth comparing.
    pub subject: String,
}

/// What to look up for a mail.
pub fn wanted(mail: &Mail, keys: &Keys) -> Wanted {
    let mut message_ids: Vec<String> = mail.message_id.iter().cloned().collect();
    message_ids.extend(super::place::answered(mail).cloned());
    let mut conversations: Vec<Uuid> = super::place::addressed(mail, keys).collect();
    if let Some(report) = report(mail) {
        message_ids.extend(report.original.clone());
    }
    conversations.extend(
        message_ids
            .iter()
            .filter_map(|it| keys.of_message_id(it))
            .map(|it| it.0),
    );
    let mut seen = HashSet::new();
    message_ids.retain(|it| seen.insert(it.clone()));
    conversations.sort_unstable();
    conversations.dedup();
    Wanted {
        message_ids,
        conversations,
        number: subject::number(&mail.subject),
        sender: mail
            .from
            .as_ref()
            .map(|it| it.address.to_lowercase())
            .unwrap_or_default(),
        subject: subject::normalise(&mail.subject),
    }
}

/// What was looked up, in memory.
#[derive(Clone, Debug, Default)]
pub struct Loaded {
    /// [`Known::message`].
    pub messages: HashMap<String, Found>,
    /// [`Known::conversation`]: from what it was called to what it is.
    pub conversations: HashMap<Uuid, Uuid>,
    /// [`Known::reference`].
    pub references: HashMap<String, Uuid>,
    /// [`Known::number`].
    pub numbers: HashMap<u64, Uuid>,
    /// [`Known::takes_part`]: addresses in lower case.
    pub participants: HashSet<(Uuid, String)>,
    /// [`Known::similar`], for the sender and the subject of the one mail that this was loaded for.
    pub similar: Option<Uuid>,
}

impl Known for Loaded {
    fn message(&self, message_id: &str) -> Option<Found> {
        self.messages.get(message_id).copied()
    }

    fn conversation(&self, id: Uuid) -> Option<Uuid> {
        self.conversations.get(&id).copied()
    }

    fn reference(&self, message_id: &str) -> Option<Uuid> {
        self.references.get(message_id).copied()
    }

    fn number(&self, number: u64) -> Option<Uuid> {
        self.numbers.get(&number).copied()
    }

    fn takes_part(&self, conversation: Uuid, address: &str) -> bool {
        self.participants
            .contains(&(conversation, address.to_lowercase()))
    }

    fn similar(&self, _sender: &str, _subject: &str) -> Option<Uuid> {
        self.similar
    }
}
