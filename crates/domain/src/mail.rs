//! Mail: what is known of a message of an email inbox beside its text, and how mail comes in and goes out.
//!
//! Everything here is content: it lives in rows, never in events. The source of a mail is a file; reading it again after a
//! decoder was mended gives these facts again.

mod incoming;
mod origin;
mod outgoing;

use serde::{Deserialize, Serialize};

pub use self::{
    incoming::{
        BeginFolder, FolderCursor, MailMark, MailPlace, MailReport, MoveMail, NoteUid, ReadAgain,
        ReportedFate, Stir, TakeMail, UidFate,
    },
    origin::{MailOrigin, OriginCheck},
    outgoing::{BeginMail, MailDraft, WriteMail},
};
use crate::{
    Timestamp,
    ids::{AttachmentId, ConversationId, InboxId, MessageId},
};

/// Most recipients of one outgoing mail. Providers refuse more, and a desk sends no newsletters.
pub const RECIPIENTS_MAX: usize = 100;

/// Longest subject, in characters.
pub const SUBJECT_CHARS_MAX: usize = 500;

/// How many mails a sender may write in an hour before nothing answers them by itself.
pub const AUTOMATION_PER_HOUR: u32 = 20;

/// How long nothing answers a sender by itself after something did.
pub const AUTO_REPLY_EVERY: std::time::Duration = std::time::Duration::from_hours(24);

/// Somebody in a header of a mail.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct MailAddress {
    /// The name that was written beside it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The address.
    pub address: String,
}

/// In which header a recipient of an outgoing mail stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RecipientRole {
    /// `To`.
    #[default]
    To,
    /// `Cc`.
    Cc,
    /// No header: the others do not see them.
    Bcc,
}

/// How far an outgoing mail is with one recipient.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RecipientState {
    /// Not tried yet.
    #[default]
    Queued,
    /// A try has begun; if it never ends, nobody knows whether the mail left.
    Sending,
    /// The server took it.
    Sent,
    /// A server cannot take it now; it is tried again.
    Deferred,
    /// A server refused it, at once or by a report later.
    Failed,
    /// The connection broke after the mail was handed over.
    Uncertain,
}

/// One recipient of an outgoing mail.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recipient {
    /// Who.
    pub to: MailAddress,
    /// In which header.
    #[serde(default)]
    pub role: RecipientRole,
    /// How far it is.
    #[serde(default)]
    pub state: RecipientState,
    /// What the server said, such as `550 5.1.1 no such mailbox`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

/// What is known of a message of an email inbox.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mail {
    /// The message.
    pub message_id: MessageId,
    /// The inbox that it came in or goes out through.
    pub inbox_id: InboxId,
    /// Its `Message-ID`, without brackets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rfc_id: Option<String>,
    /// `In-Reply-To`, without brackets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub in_reply_to: Option<String>,
    /// `References`, oldest first, without brackets.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub references: Vec<String>,
    /// Its subject; `None` for an outgoing one that takes its thread's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// Who wrote it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<MailAddress>,
    /// Where answers are wanted, when that is not `from`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reply_to: Vec<MailAddress>,
    /// `To` of one that came in.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub to: Vec<MailAddress>,
    /// `Cc` of one that came in.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cc: Vec<MailAddress>,
    /// Recipients of an outgoing one, with their fates. Empty until the first try when nobody named any.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub recipients: Vec<Recipient>,
    /// `Date` of one that came in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date: Option<Timestamp>,
    /// The file of its source: of one that came in, and of an outgoing one once it was tried.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub raw: Option<String>,
    /// The file of its HTML: cleaned if it came in, as it was written if it goes out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub html: Option<String>,
    /// Files that the HTML shows in its place.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub inline: Vec<AttachmentId>,
    /// Remote images that the HTML would load.
    #[serde(default)]
    pub remote_images: u32,
    /// Parts that are only in the source, since a message has so many attachments at most.
    #[serde(default)]
    pub left_out: u32,
    /// Why it is in its conversation, as a word: `in_reply_to`, `references`, `new` ...
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why_here: Option<String>,
    /// A conversation that it may belong to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub related: Option<ConversationId>,
    /// What a machine wrote it as: `auto_reply`, `list`, `bulk` ...; unset for what a person wrote.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auto: Option<String>,
    /// What a reader should be wary of, as words.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
    /// What was found of where it is from, when it came in; unset when nobody looked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<MailOrigin>,
    /// What was broken in it and repaired, as words.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub problems: Vec<String>,
    /// An outgoing one carries the messages before it.
    #[serde(default)]
    pub quote: bool,
    /// The folder that it was found in, as its server names it; `None` of one that a mail server handed over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub folder: Option<String>,
    /// The subject without prefixes of answering and forwarding, small letters: what suggestions are found by.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub topic: String,
    /// What it was read in since a person said so; found out when unset.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub charset: Option<String>,
}

impl Mail {
    /// Facts of a message of which nothing is known yet.
    pub fn new(message_id: MessageId, inbox_id: InboxId) -> Self {
        Self {
            message_id,
            inbox_id,
            rfc_id: None,
            in_reply_to: None,
            references: Vec::new(),
            subject: None,
            from: None,
            reply_to: Vec::new(),
            to: Vec::new(),
            cc: Vec::new(),
            recipients: Vec::new(),
            date: None,
            raw: None,
            html: None,
            inline: Vec::new(),
            remote_images: 0,
            left_out: 0,
            why_here: None,
            related: None,
            auto: None,
            warnings: Vec::new(),
            origin: None,
            problems: Vec::new(),
            quote: false,
            folder: None,
            topic: String::new(),
            charset: None,
        }
    }
}

/// What is known of a `Message-ID` in an inbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MailRef {
    /// The conversation that it was seen in.
    pub conversation_id: ConversationId,
    /// The message that has it; unset when it was only referred to.
    pub message_id: Option<MessageId>,
}

/// An inbox has seen a mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MailSeen {
    /// The message that it became; unset for reports and copies of our own.
    pub message_id: Option<MessageId>,
}

/// What an inbox remembers of somebody who writes to it, so that two machines never answer each other for long.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailSender {
    /// When something last answered them by itself.
    #[serde(default)]
    pub auto_replied_at: Option<Timestamp>,
    /// When the hour began that is counted.
    #[serde(default)]
    pub hour_from: Option<Timestamp>,
    /// Mails in that hour.
    #[serde(default)]
    pub in_hour: u32,
}

impl MailSender {
    /// What is remembered after another mail, and whether something may answer it by itself.
    #[must_use]
    pub fn wrote(mut self, now: Timestamp) -> (Self, bool) {
        let hour = std::time::Duration::from_hours(1);
        if self.hour_from.is_none_or(|from| from + hour <= now) {
            self.hour_from = Some(now);
            self.in_hour = 0;
        }
        self.in_hour += 1;
        let rested = self
            .auto_replied_at
            .is_none_or(|at| at + AUTO_REPLY_EVERY <= now);
        let may = rested && self.in_hour <= AUTOMATION_PER_HOUR;
        (self, may)
    }
}

/// The domain of an address, small letters; `localhost` when it has none.
pub fn domain_of(address: &str) -> String {
    match address.rsplit_once('@') {
        Some((_, domain)) if !domain.is_empty() => domain.to_lowercase(),
        _ => "localhost".to_owned(),
    }
}

/// The `Message-ID` of an outgoing message: known as soon as the message is.
pub fn own_rfc_id(message: MessageId, address: &str) -> String {
    format!("{message}@{}", domain_of(address))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_machine_is_answered_once_a_day_and_never_when_it_floods() {
        let start = Timestamp::UNIX_EPOCH;
        let (mut sender, may) = MailSender::default().wrote(start);
        assert!(may, "somebody new is answered");
        sender.auto_replied_at = Some(start);
        let (sender, may) = sender.wrote(start + std::time::Duration::from_hours(23));
        assert!(!may, "not twice a day");
        let (sender, may) = sender.wrote(start + std::time::Duration::from_hours(24));
        assert!(may, "the next day again");
        let mut flood = MailSender {
            auto_replied_at: None,
            ..sender
        };
        let mut answered = 0;
        for _ in 0..AUTOMATION_PER_HOUR * 2 {
            let (after, may) = flood.wrote(start + std::time::Duration::from_hours(48));
            flood = after;
            answered += u32::from(may);
        }
        assert_eq!(answered, AUTOMATION_PER_HOUR);
    }

    #[test]
    fn our_message_ids_have_the_domain_of_the_inbox() {
        let id = MessageId(uuid::Uuid::nil());
        assert!(own_rfc_id(id, "Support@Shop.Example").ends_with("@shop.example"));
        assert!(own_rfc_id(id, "nonsense").ends_with("@localhost"));
    }
}
