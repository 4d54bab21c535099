//! Mail: what is known of a message of an email inbox beside its text, and how mail comes in and goes out.
//!
//! Everything here is content: it lives in rows, never in events. The source of a mail is a file; reading it again after a
//! decoder was mended gives these facts again.

use serde::{Deserialize, Serialize};

use crate::{
    Seq, Timestamp,
    command::{Sender, StoredFile},
    ids::{AttachmentId, ConversationId, InboxId, MessageId},
    message::MessageDraft,
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
    /// What was broken in it and repaired, as words.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub problems: Vec<String>,
    /// An outgoing one carries the messages before it.
    #[serde(default)]
    pub quote: bool,
    /// The subject without prefixes of answering and forwarding, small letters: what suggestions are found by.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub topic: String,
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
            problems: Vec::new(),
            quote: false,
            topic: String::new(),
        }
    }
}

/// What an agent says of an outgoing mail beside its text. Everything unset follows from the conversation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MailDraft {
    /// `To`; whoever wrote last when empty.
    pub to: Vec<MailAddress>,
    /// `Cc`.
    pub cc: Vec<MailAddress>,
    /// `Bcc`.
    pub bcc: Vec<MailAddress>,
    /// The subject; the thread's when unset.
    pub subject: Option<String>,
    /// The file of its HTML; made from the text when unset.
    pub html: Option<String>,
    /// Attachments that the HTML shows in its place.
    pub inline: Vec<AttachmentId>,
    /// Carries the messages before it.
    pub quote: bool,
}

impl MailDraft {
    /// Its recipients, none tried yet, nobody twice.
    pub fn recipients(&self) -> Vec<Recipient> {
        let roles = [
            (RecipientRole::To, &self.to),
            (RecipientRole::Cc, &self.cc),
            (RecipientRole::Bcc, &self.bcc),
        ];
        let mut all: Vec<Recipient> = Vec::new();
        for (role, list) in roles {
            for to in list {
                let known = |it: &Recipient| it.to.address.eq_ignore_ascii_case(&to.address);
                if !all.iter().any(known) {
                    all.push(Recipient {
                        to: to.clone(),
                        role,
                        ..Recipient::default()
                    });
                }
            }
        }
        all
    }
}

/// An agent answers by mail.
#[derive(Clone, Debug)]
pub struct WriteMail {
    /// In which conversation.
    pub conversation_id: ConversationId,
    /// The text and files.
    pub draft: MessageDraft,
    /// Up to where the agent has seen the conversation.
    pub seen_seq: Option<Seq>,
    /// The rest.
    pub mail: MailDraft,
}

/// An agent writes to somebody first.
#[derive(Clone, Debug)]
pub struct BeginMail {
    /// Through which inbox.
    pub inbox_id: InboxId,
    /// Identifier to give to the conversation.
    pub conversation_id: ConversationId,
    /// The text and files.
    pub draft: MessageDraft,
    /// The rest; the first of `to` becomes the contact.
    pub mail: MailDraft,
}

/// A person puts a mail into another conversation, or into one of its own: there it comes in anew, here it is taken away.
#[derive(Clone, Debug)]
pub struct MoveMail {
    /// The message as it stands now.
    pub message_id: MessageId,
    /// The same mail as it comes in where it belongs, under an identifier of its own.
    pub take: TakeMail,
}

/// A mail that came in.
#[derive(Clone, Debug)]
pub struct TakeMail {
    /// Where it came in.
    pub inbox_id: InboxId,
    /// Who wrote: an email address.
    pub from: Sender,
    /// What they wrote.
    pub draft: MessageDraft,
    /// Its files, in the blob store already.
    pub files: Vec<StoredFile>,
    /// Everything else that is known of it.
    pub mail: Mail,
    /// The same fingerprint in the same inbox is the same mail, for ever, also when its message is gone.
    pub fingerprint: String,
    /// Where it belongs.
    pub place: MailPlace,
    /// Identifier to give to the conversation, if one begins.
    pub conversation_id: ConversationId,
    /// How much of a stir it makes.
    pub stir: Stir,
    /// It reports on a mail of ours: when that is known, this one becomes no message.
    pub report: Option<MailReport>,
    /// Our own address wrote it: when we know its `Message-ID`, it is a copy of what we sent.
    pub own: bool,
    /// Where it was found, when in a folder.
    pub mark: Option<MailMark>,
}

/// How much of a stir a mail makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stir {
    /// Somebody waits for an answer.
    Live,
    /// A machine wrote it: no clock, no answer, no routing.
    Automatic,
    /// It is older than the inbox: as for a machine's, and nobody outside is told either.
    Backfill,
    /// Somebody of the desk wrote it, in another mail program: it has left already.
    Sent,
}

/// Where a mail belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MailPlace {
    /// It begins a conversation.
    New,
    /// It continues one.
    Into(ConversationId),
}

/// What another server says became of a mail of ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailReport {
    /// `Message-ID`s of which one is that mail's.
    pub about: Vec<String>,
    /// Per recipient.
    pub fates: Vec<ReportedFate>,
}

/// What became of a mail of ours with one recipient.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportedFate {
    /// Who; unset when the report does not say.
    pub address: Option<String>,
    /// Failed for good, or delayed.
    pub state: RecipientState,
    /// The status of RFC 3463, such as `5.1.1`.
    pub status: Option<String>,
}

/// A place in a folder of a mailbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailMark {
    /// The folder, as its server names it.
    pub folder: String,
    /// Its `UIDVALIDITY`.
    pub uid_validity: u32,
    /// The mail's `UID`.
    pub uid: u32,
    /// The `UID` before it in the folder that is to be read, or where reading began: the cursor only moves on from there, so
    /// that a mail which could not be taken is never passed over by the one after it.
    pub after: u32,
}

/// Up to where a folder was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FolderCursor {
    /// `UIDVALIDITY` that the number counts in.
    pub uid_validity: u32,
    /// Everything up to it is accounted for.
    pub last_uid: u32,
}

/// What became of a mail in a folder that is not simply stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UidFate {
    /// Taken in, ahead of the cursor.
    Taken,
    /// Could not be read, so many times.
    Trying(u32),
    /// Could not be read, and a placeholder says so.
    Quarantined,
    /// Not there any more when it was asked for.
    Vanished,
    /// Older than what is wanted.
    Skipped,
}

/// A mail in a folder is accounted for without becoming a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoteUid {
    /// Of which inbox.
    pub inbox_id: InboxId,
    /// Which one.
    pub mark: MailMark,
    /// What became of it.
    pub fate: UidFate,
}

/// Reading a folder begins, or begins anew since its numbers changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BeginFolder {
    /// Of which inbox.
    pub inbox_id: InboxId,
    /// Which folder.
    pub folder: String,
    /// From where.
    pub cursor: FolderCursor,
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
    fn a_recipient_stands_in_one_header() {
        let who = |address: &str| MailAddress {
            name: None,
            address: address.into(),
        };
        let draft = MailDraft {
            to: vec![who("a@x.cn")],
            cc: vec![who("A@X.cn"), who("b@x.cn")],
            ..MailDraft::default()
        };
        let roles: Vec<_> = draft.recipients().into_iter().map(|it| it.role).collect();
        assert_eq!(roles, [RecipientRole::To, RecipientRole::Cc]);
    }

    #[test]
    fn our_message_ids_have_the_domain_of_the_inbox() {
        let id = MessageId(uuid::Uuid::nil());
        assert!(own_rfc_id(id, "Support@Shop.Example").ends_with("@shop.example"));
        assert!(own_rfc_id(id, "nonsense").ends_with("@localhost"));
    }
}
