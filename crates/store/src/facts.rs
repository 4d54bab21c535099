//! What a batch of commands has to know.

use std::collections::{BTreeSet, HashMap};

use plugboard_domain::{
    Seq, Timestamp,
    access::Scope,
    command::StoredFile,
    contact::{Address, Contact, Identity},
    conversation::Conversation,
    ids::{AgentId, AttachmentId, CallId, ContactId, ConversationId, InboxId, MessageId, OutboxId},
    mail::{FolderCursor, Mail, MailDraft, MailRef, MailSeen, MailSender, UidFate},
    message::{Delivery, MessageKind},
    outbox::OutboxEntry,
    plugin::{PluginSpace, PluginUsage, PluginValue},
};

use crate::CallRow;

/// One question.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Key {
    /// A conversation's state.
    Conversation(ConversationId),
    /// A contact's state.
    Contact(ContactId),
    /// Whether somebody with this scope sees the contact; see [`crate::ReadStore::contact`].
    ContactSeen(ContactId, Scope),
    /// Whose address this is.
    Identity(Address),
    /// The newest conversation of a contact in an inbox.
    Current(InboxId, ContactId),
    /// The message that has this deduplication key.
    Duplicate(String),
    /// The facts of a message that receipts need.
    Message(MessageId),
    /// The content of a scheduled reply.
    Scheduled(MessageId),
    /// The agent with this sign-in address.
    AgentEmail(String),
    /// An uploaded file.
    Attachment(AttachmentId),
    /// Outside work.
    Outbox(OutboxId),
    /// How many conversations came in through an inbox, counted to a hundred thousand.
    ConversationsOf(InboxId),
    /// Up to where an agent has read a conversation.
    ReadMark(ConversationId, AgentId),
    /// What a message says.
    Said(MessageId),
    /// What a provider calls a message.
    ExternalRef(InboxId, String),
    /// The conversation whose answers go into a provider's thread.
    Thread(InboxId, String),
    /// A plugin's value, if its time is not over.
    PluginValue(PluginSpace, String, Timestamp),
    /// What a plugin keeps, without what is over.
    PluginUsage(PluginSpace, Timestamp),
    /// A call.
    Call(CallId),
    /// The call that a provider calls by this name.
    CallNamed(String, String),
    /// Every call that is not final.
    LiveCalls,
    /// How many calls an agent dialled since a time.
    Dialled(AgentId, Timestamp),
    /// A number by which somebody can be called.
    NumberOf(ContactId),
    /// What is known of a mail.
    Mail(MessageId),
    /// Whether an inbox has seen a mail with this fingerprint, and as which message.
    MailSeen(InboxId, String),
    /// What a `Message-ID` means in an inbox.
    MailId(InboxId, String),
    /// What an inbox remembers of an address that writes to it.
    MailSender(InboxId, String),
    /// Up to where a folder was read.
    MailFolder(InboxId, String),
    /// What became of a mail in a folder, beside the cursor: folder, `UIDVALIDITY`, `UID`.
    MailUid(InboxId, String, u32, u32),
}

/// What a message says now.
#[derive(Clone, PartialEq, Eq)]
pub struct Said {
    /// Its text.
    pub text: String,
    /// True when the contact took it back.
    pub taken_back: bool,
}

impl std::fmt::Debug for Said {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Said").finish_non_exhaustive()
    }
}

/// What is known of a message by the provider's id of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExternalRef {
    /// It is this message.
    Message(MessageId),
    /// A report came before the provider's answer did, so whose id it is will be known in a moment. Kept for a day.
    Early(Delivery),
}

/// The facts of a message that receipts need.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MessageHead {
    /// Identifier.
    pub id: MessageId,
    /// The conversation that it is shown in.
    pub conversation_id: ConversationId,
    /// Its position.
    pub seq: Seq,
    /// Direction.
    pub kind: MessageKind,
    /// Fate.
    pub delivery: Option<Delivery>,
}

/// The content of a scheduled reply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scheduled {
    /// Its text.
    pub text: String,
    /// Files, in order.
    pub attachments: Vec<AttachmentId>,
    /// The sender's own id.
    pub client_id: Option<String>,
    /// As for a message.
    pub dedup_key: Option<String>,
    /// What it has besides its text when it goes by mail.
    pub mail: Option<Box<MailDraft>>,
}

/// Answers. A key that was asked and does not exist is present with `None`; one that was not asked is not present.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// Conversations.
    pub conversations: HashMap<ConversationId, Option<Conversation>>,
    /// Contacts.
    pub contacts: HashMap<ContactId, Option<Contact>>,
    /// Who is seen in which scope, as of the last commit.
    pub contacts_seen: HashMap<(ContactId, Scope), bool>,
    /// Identities by address.
    pub identities: HashMap<Address, Option<Identity>>,
    /// Newest conversations.
    pub current: HashMap<(InboxId, ContactId), Option<ConversationId>>,
    /// Messages by deduplication key.
    pub duplicates: HashMap<String, Option<MessageHead>>,
    /// Messages.
    pub messages: HashMap<MessageId, Option<MessageHead>>,
    /// Scheduled replies.
    pub scheduled: HashMap<MessageId, Option<Scheduled>>,
    /// Agents by sign-in address.
    pub agent_emails: HashMap<String, Option<AgentId>>,
    /// Files.
    pub attachments: HashMap<AttachmentId, Option<StoredFile>>,
    /// Outside work.
    pub outbox: HashMap<OutboxId, Option<OutboxEntry>>,
    /// What messages say.
    pub said: HashMap<MessageId, Option<Said>>,
    /// Messages by a provider's id.
    pub external: HashMap<(InboxId, String), Option<ExternalRef>>,
    /// Conversations by a provider's thread.
    pub threads: HashMap<(InboxId, String), Option<ConversationId>>,
    /// Values of plugins.
    pub plugin_values: HashMap<(PluginSpace, String), Option<PluginValue>>,
    /// What plugins keep.
    pub plugin_usage: HashMap<PluginSpace, PluginUsage>,
    /// How many conversations came in through an inbox, as of the last commit.
    pub conversations_of: HashMap<InboxId, u64>,
    /// Up to where an agent has read a conversation; 0 when never.
    pub read_marks: HashMap<(ConversationId, AgentId), Seq>,
    /// Calls.
    pub calls: HashMap<CallId, Option<CallRow>>,
    /// Calls by provider and its name of them.
    pub call_names: HashMap<(String, String), Option<CallId>>,
    /// Calls that are not final, as of the last commit; not asked when unset.
    pub live_calls: Option<BTreeSet<CallId>>,
    /// How many calls an agent dialled since a time.
    pub dialled: HashMap<(AgentId, Timestamp), u64>,
    /// Numbers of contacts.
    pub numbers: HashMap<ContactId, Option<String>>,
    /// Mails by message.
    pub mails: HashMap<MessageId, Option<Mail>>,
    /// Fingerprints that inboxes have seen.
    pub mails_seen: HashMap<(InboxId, String), Option<MailSeen>>,
    /// What `Message-ID`s mean.
    pub mail_ids: HashMap<(InboxId, String), Option<MailRef>>,
    /// What inboxes remember of senders.
    pub mail_senders: HashMap<(InboxId, String), Option<MailSender>>,
    /// Cursors of folders.
    pub mail_folders: HashMap<(InboxId, String), Option<FolderCursor>>,
    /// Mails in folders that are accounted for beside the cursor.
    pub mail_uids: HashMap<(InboxId, String, u32, u32), Option<UidFate>>,
}

impl Facts {
    /// Adds answers; newer ones win.
    pub fn extend(&mut self, other: Self) {
        self.conversations.extend(other.conversations);
        self.contacts.extend(other.contacts);
        self.contacts_seen.extend(other.contacts_seen);
        self.identities.extend(other.identities);
        self.current.extend(other.current);
        self.duplicates.extend(other.duplicates);
        self.messages.extend(other.messages);
        self.scheduled.extend(other.scheduled);
        self.agent_emails.extend(other.agent_emails);
        self.attachments.extend(other.attachments);
        self.outbox.extend(other.outbox);
        self.said.extend(other.said);
        self.external.extend(other.external);
        self.threads.extend(other.threads);
        self.plugin_values.extend(other.plugin_values);
        self.plugin_usage.extend(other.plugin_usage);
        self.conversations_of.extend(other.conversations_of);
        self.read_marks.extend(other.read_marks);
        self.calls.extend(other.calls);
        self.call_names.extend(other.call_names);
        self.live_calls = other.live_calls.or(self.live_calls.take());
        self.dialled.extend(other.dialled);
        self.numbers.extend(other.numbers);
        self.mails.extend(other.mails);
        self.mails_seen.extend(other.mails_seen);
        self.mail_ids.extend(other.mail_ids);
        self.mail_senders.extend(other.mail_senders);
        self.mail_folders.extend(other.mail_folders);
        self.mail_uids.extend(other.mail_uids);
    }
}
