//! Mail that comes in, and up to where the folders that it lies in were read.

use serde::{Deserialize, Serialize};

use super::{Mail, RecipientState};
use crate::{
    command::{Sender, StoredFile},
    ids::{AttachmentId, ContactId, ConversationId, InboxId, MessageId},
    message::MessageDraft,
};

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
    /// A person puts it into one, whatever else would be decided about it.
    Put(ConversationId),
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

/// A mail that came in was read again from its source, by a better decoder or in other characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadAgain {
    /// Which message.
    pub message_id: MessageId,
    /// What it says.
    pub text: String,
    /// What is known of it. Only what its source says counts: where it is, what was found out about it and what became of it
    /// stays.
    pub mail: Mail,
    /// The names of its files, where they read differently now.
    pub names: Vec<(AttachmentId, String)>,
    /// What whoever wrote it is called, when they are called as it was read before.
    pub contact_name: Option<(ContactId, String)>,
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
