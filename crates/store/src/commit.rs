//! What a batch of commands changes.

use plugboard_domain::{
    Recorded, Seq, Timestamp,
    actor::Actor,
    command::{DecisionTrace, StoredFile},
    contact::{Contact, Identity, Profile},
    conversation::Conversation,
    desk::{Entity, EntityRef, Private},
    ids::{
        AgentId, AttachmentId, CaseId, ContactId, ConversationId, IdentityId, InboxId, MessageId,
        OutboxId, SessionId,
    },
    mail::{FolderCursor, Mail, MailDraft, MailRef, MailSender, UidFate},
    message::{Amendment, Delivery, MessageKind},
    outbox::OutboxEntry,
    plugin::{PluginSpace, PluginValue},
    timer::Timer,
};

use crate::{CallRow, ExternalRef};

/// The changes of a batch: rows, and the events that tell of them.
#[derive(Clone, Debug, Default)]
pub struct Commit {
    /// Events, in order; the first follows the head.
    pub events: Vec<Recorded>,
    /// Row changes, in order; a later one of the same row wins.
    pub writes: Vec<Write>,
}

/// A message as stored.
#[derive(Clone, Debug, PartialEq)]
pub struct MessageRow {
    /// Identifier.
    pub id: MessageId,
    /// The conversation that it was written in. [`Write::MoveThread`] changes where it is shown, never this.
    pub conversation_id: ConversationId,
    /// Its position in the journal.
    pub seq: Seq,
    /// Direction.
    pub kind: MessageKind,
    /// Who wrote it.
    pub author: Actor,
    /// Its text. Content: rows are its only place.
    pub text: String,
    /// Files, in order.
    pub attachments: Vec<AttachmentId>,
    /// Fate, for outbound messages.
    pub delivery: Option<Delivery>,
    /// The sender's own id.
    pub client_id: Option<String>,
    /// Unique in the desk: a second message with the same key is the same message. See [`crate::Key::Duplicate`].
    pub dedup_key: Option<String>,
    /// When.
    pub at: Timestamp,
}

/// One changed row.
#[derive(Clone, Debug)]
pub enum Write {
    /// A conversation as it is now.
    Conversation(Box<Conversation>),
    /// A new message, shown in the conversation that it was written in.
    Message(Box<MessageRow>),
    /// A message's new fate.
    Delivery(MessageId, Delivery),
    /// A message says something else now. What it said before is kept.
    Amend(MessageId, Amendment, Timestamp),
    /// A file is called something else now.
    RenameFile(AttachmentId, String),
    /// Where answers in a conversation go.
    ReplyTo {
        /// Which conversation.
        conversation_id: ConversationId,
        /// The inbox that the thread is in.
        inbox_id: InboxId,
        /// The address.
        identity_id: IdentityId,
        /// The provider's key of the thread; the one before stays when unset.
        thread_key: Option<String>,
    },
    /// What a provider calls a message.
    ExternalRef {
        /// The inbox that the message left through.
        inbox_id: InboxId,
        /// The provider's id of it.
        external_id: String,
        /// What is known of it.
        known: ExternalRef,
        /// When.
        at: Timestamp,
    },
    /// Messages written in any of `from` are shown in `to` from now on.
    MoveThread {
        /// Where they were written.
        from: Vec<ConversationId>,
        /// Where they are shown.
        to: ConversationId,
    },
    /// The timers that a conversation needs now, in place of those it had.
    Timers(ConversationId, Vec<Timer>),
    /// A reply that waits for its time: its content.
    Schedule {
        /// The message it will become.
        message_id: MessageId,
        /// In which conversation.
        conversation_id: ConversationId,
        /// Its text.
        text: String,
        /// Files, in order.
        attachments: Vec<AttachmentId>,
        /// The sender's own id.
        client_id: Option<String>,
        /// As for a message.
        dedup_key: Option<String>,
        /// What it has besides its text when it goes by mail.
        mail: Option<Box<MailDraft>>,
    },
    /// A scheduled reply was sent or cancelled.
    Unschedule(MessageId),
    /// A contact as it is now.
    Contact(Contact),
    /// Fields of a contact's profile; `None` stays, an empty text clears.
    Profile(ContactId, Profile),
    /// An address of a contact; in place of the one with the same address.
    Identity(Identity),
    /// A configured thing as it is now. `None` fields of the private part stay.
    Entity(Box<Entity>, Private),
    /// A configured thing is gone, with its private part.
    EntityRemoved(EntityRef),
    /// A session begins.
    Session {
        /// Identifier.
        id: SessionId,
        /// Whose.
        agent_id: AgentId,
        /// SHA-256 of the token.
        token_hash: [u8; 32],
        /// When it ends.
        expires_at: Timestamp,
    },
    /// A session is over.
    SessionEnded(SessionId),
    /// All sessions of an agent are over: the password changed or they were shut out.
    SessionsEnded(AgentId),
    /// An agent's draft; an empty text removes it.
    Draft {
        /// In which conversation.
        conversation_id: ConversationId,
        /// Whose.
        agent_id: AgentId,
        /// `Outbound` or `Note`.
        kind: MessageKind,
        /// The text.
        text: String,
        /// When.
        at: Timestamp,
    },
    /// Up to where an agent has read. A smaller position than the stored one makes a conversation unread again.
    Read {
        /// In which conversation.
        conversation_id: ConversationId,
        /// Who.
        agent_id: AgentId,
        /// Up to where.
        seq: Seq,
    },
    /// A decision.
    Decision(Box<DecisionTrace>, Timestamp),
    /// What a case is about.
    Case(CaseId, ConversationId, String),
    /// How far a reader of the journal is; it never goes back.
    Cursor(String, Seq),
    /// An uploaded file.
    Attachment(StoredFile, Timestamp),
    /// Outside work as it is now.
    Outbox(OutboxEntry),
    /// Outside work that leaves nothing is over.
    OutboxGone(OutboxId),
    /// What belongs to outside work, until that is gone: the request of a hook, the payload of a timer.
    OutboxBody(OutboxId, Vec<u8>),
    /// A plugin's value; `None` takes it away. Values whose time was over before `at` go with it.
    PluginValue {
        /// Whose.
        space: PluginSpace,
        /// Under which key.
        key: String,
        /// The value.
        value: Option<PluginValue>,
        /// When.
        at: Timestamp,
    },
    /// Everything that a plugin kept is gone, with its timers.
    PluginForgotten(String),
    /// A call as it is now, with what is content.
    Call(Box<CallRow>),
    /// What is known of a mail.
    Mail(Box<Mail>),
    /// What a `Message-ID` means in an inbox.
    MailId {
        /// In which inbox.
        inbox_id: InboxId,
        /// The id, without brackets.
        rfc_id: String,
        /// What it means.
        means: MailRef,
    },
    /// An inbox has seen a mail with this fingerprint. It is remembered when the message is gone.
    MailSeen {
        /// Which inbox.
        inbox_id: InboxId,
        /// Of what.
        fingerprint: String,
        /// The message that it became.
        message_id: Option<MessageId>,
        /// When.
        at: Timestamp,
    },
    /// What an inbox remembers of an address that writes to it.
    MailSender {
        /// Which inbox.
        inbox_id: InboxId,
        /// Whose, small letters.
        address: String,
        /// What.
        sender: MailSender,
    },
    /// Up to where a folder was read. What was accounted for beside an earlier numbering is forgotten.
    MailFolder {
        /// Of which inbox.
        inbox_id: InboxId,
        /// Which folder.
        folder: String,
        /// Up to where.
        cursor: FolderCursor,
    },
    /// What became of a mail in a folder, beside the cursor.
    MailUid {
        /// Of which inbox.
        inbox_id: InboxId,
        /// Which folder.
        folder: String,
        /// `UIDVALIDITY` of the number.
        uid_validity: u32,
        /// `UID`.
        uid: u32,
        /// What became of it.
        fate: UidFate,
    },
}
