//! Asking what is.

use std::collections::{BTreeMap, BTreeSet};

use plugboard_domain::{
    Seq, Timestamp,
    access::Scope,
    command::{DecisionTrace, StoredFile},
    contact::{Address, Contact, Identity, Profile},
    conversation::{Conversation, Priority, Stage},
    desk::EntityRef,
    ids::{
        AgentId, ApiTokenId, AttachmentId, CallId, CaseId, ContactId, ConversationId, DecisionId,
        InboxId, MessageId, OutboxId, SessionId, ShopId, TeamId,
    },
    mail::{FolderCursor, Mail, MailDraft, MailRef, UidFate},
    message::MessageKind,
    outbox::OutboxEntry,
    plugin::{PluginSpace, PluginValue},
    timer::TimerKind,
};

use crate::{CallFilter, CallView, Cursor, MessageRow, Paged, StoreError};

/// Which conversations. Unset filters let everything through.
#[derive(Clone, Debug, Default)]
pub struct ConversationFilter {
    /// A status; without one, all but merged.
    pub status: Option<StatusFilter>,
    /// An owner.
    pub assignee: Option<AssigneeFilter>,
    /// A team; `Some(None)` for no team.
    pub team: Option<Option<TeamId>>,
    /// An endpoint.
    pub inbox: Option<InboxId>,
    /// A shop.
    pub shop: Option<ShopId>,
    /// A contact; contacts merged into it are included.
    pub contact: Option<ContactId>,
    /// A label.
    pub tag: Option<String>,
    /// An urgency.
    pub priority: Option<Priority>,
    /// A stage.
    pub stage: Option<Stage>,
    /// Words, as in search.
    pub words: Option<String>,
    /// Whether the contact waits for an answer and it is open.
    pub needs_reply: Option<bool>,
    /// Only these.
    pub ids: Option<Vec<ConversationId>>,
    /// What the viewer may see.
    pub scope: Scope,
}

/// A status to filter by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StatusFilter {
    /// Open.
    Open,
    /// Snoozed.
    Snoozed,
    /// Resolved.
    Resolved,
    /// Merged away.
    Merged,
}

/// An owner to filter by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AssigneeFilter {
    /// This agent, offers included.
    Agent(AgentId),
    /// Nobody.
    Nobody,
}

/// A conversation with what a list shows of it.
#[derive(Clone, Debug)]
pub struct ConversationView {
    /// Its state.
    pub conversation: Conversation,
    /// Whom it is with: the contact that its own one redirects to.
    pub contact: ContactView,
    /// Its newest message that is not a note.
    pub last_message: Option<Preview>,
    /// The subject of its newest mail that has one.
    pub subject: Option<String>,
    /// Up to where the viewer has read; 0 when never.
    pub read_seq: Seq,
}

/// A reply that waits for its time, or waited until the customer wrote first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScheduledView {
    /// The message that it becomes.
    pub message_id: MessageId,
    /// Its text.
    pub text: String,
    /// Its files, in order.
    pub files: Vec<StoredFile>,
    /// What it has besides its text when it goes by mail.
    pub mail: Option<Box<MailDraft>>,
}

/// The start of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Preview {
    /// The message.
    pub id: MessageId,
    /// Direction.
    pub kind: MessageKind,
    /// Its first 200 characters, line breaks as spaces.
    pub text: String,
    /// Whether the contact took it back; it has no text then.
    pub taken_back: bool,
    /// When.
    pub at: Timestamp,
}

/// A contact with its content.
#[derive(Clone, Debug, PartialEq)]
pub struct ContactView {
    /// Its state.
    pub contact: Contact,
    /// Names and addresses.
    pub profile: Profile,
    /// Addresses, those of absorbed contacts included. Lists leave them out.
    pub identities: Vec<Identity>,
    /// True when any address of it, or of an absorbed contact, was proved.
    pub verified: bool,
}

/// A message with what showing it needs.
#[derive(Clone, Debug, PartialEq)]
pub struct MessageView {
    /// The message.
    pub row: MessageRow,
    /// The conversation that it is shown in.
    pub shown_in: ConversationId,
    /// Its files, in order.
    pub files: Vec<StoredFile>,
    /// The contact's name, when the contact wrote it and has one.
    pub contact_name: Option<String>,
    /// What the contact did to it since they sent it.
    pub amended: Option<Amended>,
}

/// What a contact did to a message since they sent it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Amended {
    /// Changed it, last at this time.
    Edited(Timestamp),
    /// Took it back.
    TakenBack(Timestamp),
}

/// Where answers in a conversation go.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReplyTo {
    /// The address that the contact last wrote from; `None` when the conversation began without one.
    pub address: Option<Address>,
    /// The provider's key of the thread.
    pub thread_key: Option<String>,
}

/// Which end of a thread to read from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stretch {
    /// The newest ones.
    Newest,
    /// The newest ones before a position.
    Before(Seq),
    /// The oldest ones after a position.
    After(Seq),
}

/// Numbers beside views, each counted no further than [`COUNT_MAX`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Open and the viewer's.
    pub mine: u64,
    /// Of those, the contact waits.
    pub mine_needs_reply: u64,
    /// Open and nobody's.
    pub unassigned: u64,
    /// Open.
    pub open: u64,
    /// Open, the contact waits.
    pub needs_reply: u64,
    /// Snoozed.
    pub snoozed: u64,
    /// Open and unassigned, by team.
    pub team_queues: BTreeMap<TeamId, u64>,
}

/// "999+" is all that anybody reads, and counting further costs more than it tells.
pub const COUNT_MAX: u64 = 1_000;

/// What to find.
#[derive(Clone, Debug)]
pub struct SearchRequest {
    /// What was typed.
    pub text: String,
    /// Only one kind.
    pub kind: Option<FoundKind>,
    /// What the viewer may see.
    pub scope: Scope,
    /// Where the page starts.
    pub after: Option<Cursor>,
    /// Items on the page.
    pub limit: usize,
}

/// What was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FoundKind {
    /// A conversation, by tags and disposition.
    Conversation,
    /// A message, by text.
    Message,
    /// A contact, by name and addresses.
    Contact,
}

/// A search result.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// What.
    pub kind: FoundKind,
    /// Its identifier, as text.
    pub id: String,
    /// The conversation that it belongs to or is.
    pub conversation_id: Option<ConversationId>,
    /// The contact that it belongs to or is.
    pub contact_id: Option<ContactId>,
    /// The contact's name.
    pub contact_name: Option<String>,
    /// The text that matched: a stretch of it around the first match. Unmasked; the edge masks.
    pub text: String,
    /// When it was written or made.
    pub at: Timestamp,
    /// Greater is better.
    pub score: f64,
}

/// What proves who an agent is.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    /// The agent.
    pub agent_id: AgentId,
    /// Argon2id, PHC form; `None` when no password was set.
    pub password_hash: Option<String>,
}

/// A session that was found by its token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionView {
    /// Identifier.
    pub id: SessionId,
    /// Whose.
    pub agent_id: AgentId,
    /// When it ends.
    pub expires_at: Timestamp,
}

/// An agent's draft.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DraftView {
    /// `Outbound` or `Note`.
    pub kind: MessageKind,
    /// The text.
    pub text: String,
    /// When it was last changed.
    pub at: Timestamp,
}

/// What a policy may look at besides a conversation's own state. Content.
#[derive(Clone, Debug, PartialEq)]
pub struct WorkFacts {
    /// The contact's newest message.
    pub text: Option<(MessageId, String)>,
    /// The contact, merges followed, with addresses.
    pub contact: ContactView,
    /// The agent who last answered in it, or who had the contact's newest other conversation.
    pub previous_agent: Option<AgentId>,
    /// When an agent last answered in it.
    pub answered_at: Option<Timestamp>,
}

/// A timer that is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DueTimer {
    /// Whose.
    pub conversation_id: ConversationId,
    /// What is due.
    pub kind: TimerKind,
    /// Since when.
    pub due_at: Timestamp,
}

/// Which outside work to list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OutboxFilter {
    /// To be tried, by its time.
    Pending,
    /// Given up.
    Dead,
    /// Everything.
    All,
    /// Given up, of one plugin: its timers, and the work of its inboxes.
    DeadOf {
        /// The plugin's key.
        plugin: String,
        /// Its inboxes.
        inboxes: Vec<InboxId>,
    },
}

/// How long a job waits for an earlier one of its conversation that is to be tried again. Beyond it, a late answer is
/// worse than one out of order.
pub const ORDER_WAIT: std::time::Duration = std::time::Duration::from_mins(30);

/// The read side: what is. Readers have their own connections.
#[async_trait::async_trait]
pub trait ReadStore: Send + Sync {
    /// A list of conversations, newest activity first. `viewer` is for read marks.
    async fn conversations(
        &self,
        filter: ConversationFilter,
        viewer: Option<AgentId>,
        after: Option<Cursor>,
        limit: usize,
    ) -> Result<Paged<ConversationView>, StoreError>;

    /// One conversation.
    async fn conversation(
        &self,
        id: ConversationId,
        viewer: Option<AgentId>,
    ) -> Result<Option<ConversationView>, StoreError>;

    /// Numbers beside views.
    async fn counts(&self, viewer: AgentId, scope: Scope) -> Result<Counts, StoreError>;

    /// Messages that are shown in a conversation, oldest first.
    async fn messages(
        &self,
        id: ConversationId,
        stretch: Stretch,
        limit: usize,
    ) -> Result<Vec<MessageView>, StoreError>;

    /// Messages by id, in no order; unknown ones are left out.
    async fn messages_by_id(&self, ids: Vec<MessageId>) -> Result<Vec<MessageView>, StoreError>;

    /// What a contact may read in an inbox, oldest first: never notes, never what was said by others to others.
    /// `after` is a position.
    async fn visitor_messages(
        &self,
        inbox: InboxId,
        contact: ContactId,
        after: Seq,
        limit: usize,
    ) -> Result<Vec<MessageView>, StoreError>;

    /// The newest conversation of a contact in an inbox, merges followed.
    async fn current_conversation(
        &self,
        inbox: InboxId,
        contact: ContactId,
    ) -> Result<Option<Conversation>, StoreError>;

    /// Contacts that a viewer with this scope sees, newest first; merged ones are left out. A scope that leaves nearly all of
    /// them out can give a page with fewer items than asked for, and more behind it.
    async fn contacts(
        &self,
        words: Option<String>,
        scope: Scope,
        after: Option<Cursor>,
        limit: usize,
    ) -> Result<Paged<ContactView>, StoreError>;

    /// One contact as stored: a merged one is not followed. `None` also for one that a viewer with this scope does not see:
    /// a contact is seen by whoever sees a conversation with them, or with anybody found to be them.
    async fn contact(&self, id: ContactId, scope: Scope)
    -> Result<Option<ContactView>, StoreError>;

    /// Whose address this is.
    async fn identity(&self, address: Address) -> Result<Option<Identity>, StoreError>;

    /// Conversations, messages and contacts with these words, best first. Whatever was committed before the call is found.
    async fn search(&self, request: SearchRequest) -> Result<Paged<Found>, StoreError>;

    /// Decisions about a conversation, newest first.
    async fn decisions(
        &self,
        id: ConversationId,
    ) -> Result<Vec<(DecisionTrace, Timestamp)>, StoreError>;

    /// One decision.
    async fn decision(
        &self,
        id: DecisionId,
    ) -> Result<Option<(DecisionTrace, Timestamp)>, StoreError>;

    /// What a policy may look at besides the conversation's own state.
    async fn work_facts(&self, id: ConversationId) -> Result<Option<WorkFacts>, StoreError>;

    /// What the cases of a conversation are about.
    async fn case_summaries(
        &self,
        id: ConversationId,
    ) -> Result<BTreeMap<CaseId, String>, StoreError>;

    /// How far a reader of the journal is, by its name; `None` when it never kept it.
    async fn cursor(&self, name: &str) -> Result<Option<Seq>, StoreError>;

    /// An agent's drafts in a conversation.
    async fn drafts(
        &self,
        id: ConversationId,
        agent: AgentId,
    ) -> Result<Vec<DraftView>, StoreError>;

    /// Content of replies of a conversation that wait, or were kept when the customer wrote first; oldest first.
    async fn scheduled(&self, id: ConversationId) -> Result<Vec<ScheduledView>, StoreError>;

    /// An uploaded file, and the conversations in which a message has it.
    async fn attachment(
        &self,
        id: AttachmentId,
    ) -> Result<Option<(StoredFile, BTreeSet<ConversationId>)>, StoreError>;

    /// What proves who the agent with this sign-in address is.
    async fn credentials(&self, email: &str) -> Result<Option<Credentials>, StoreError>;

    /// The session with this token hash, ended or not.
    async fn session(&self, token_hash: [u8; 32]) -> Result<Option<SessionView>, StoreError>;

    /// The API token with this hash.
    async fn api_token(&self, token_hash: [u8; 32]) -> Result<Option<ApiTokenId>, StoreError>;

    /// Sign-in addresses of all agents.
    async fn agent_emails(&self) -> Result<BTreeMap<AgentId, String>, StoreError>;

    /// Decrypted secrets of a configured thing.
    async fn secrets(&self, of: EntityRef) -> Result<BTreeMap<String, String>, StoreError>;

    /// Timers due at `now`, oldest first.
    async fn due_timers(&self, now: Timestamp, limit: usize) -> Result<Vec<DueTimer>, StoreError>;

    /// When the next timer is due.
    async fn next_timer_at(&self) -> Result<Option<Timestamp>, StoreError>;

    /// Outside work to be tried at `now`, oldest first. Jobs of one conversation come one after the other: a later one is left
    /// out while an earlier one waits to be tried, for at most [`ORDER_WAIT`].
    async fn due_outbox(
        &self,
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<OutboxEntry>, StoreError>;

    /// When there is more to do than [`ReadStore::due_outbox`] says now, or said before: what is due already is left out.
    async fn next_outbox_after(&self, now: Timestamp) -> Result<Option<Timestamp>, StoreError>;

    /// When the next outside work is due.
    async fn next_outbox_at(&self) -> Result<Option<Timestamp>, StoreError>;

    /// Outside work, newest first.
    async fn outbox(
        &self,
        filter: OutboxFilter,
        after: Option<Cursor>,
        limit: usize,
    ) -> Result<Paged<OutboxEntry>, StoreError>;

    /// One piece of outside work.
    async fn outbox_entry(&self, id: OutboxId) -> Result<Option<OutboxEntry>, StoreError>;

    /// What belongs to a piece of outside work: the request of a hook, the payload of a timer.
    async fn outbox_body(&self, id: OutboxId) -> Result<Option<Vec<u8>>, StoreError>;

    /// Where answers in a conversation go.
    async fn reply_to(&self, id: ConversationId) -> Result<ReplyTo, StoreError>;

    /// What a message said before the contact changed it or took it back, oldest first, and until when it said so.
    async fn earlier_texts(&self, id: MessageId) -> Result<Vec<(String, Timestamp)>, StoreError>;

    /// What is known of mails, by message, in no order; messages that are none are left out.
    async fn mails(&self, ids: Vec<MessageId>) -> Result<Vec<Mail>, StoreError>;

    /// Mails that came in or went out through an inbox, oldest first, behind a message.
    async fn mails_of(
        &self,
        inbox: InboxId,
        after: Option<MessageId>,
        limit: usize,
    ) -> Result<Vec<Mail>, StoreError>;

    /// Mails that are shown in a conversation, newest first.
    async fn mail_thread(&self, id: ConversationId, limit: usize) -> Result<Vec<Mail>, StoreError>;

    /// What `Message-ID`s mean in an inbox, as far as they are known.
    async fn mail_ids(
        &self,
        inbox: InboxId,
        ids: Vec<String>,
    ) -> Result<BTreeMap<String, MailRef>, StoreError>;

    /// The newest conversation of an inbox in which this address wrote about this topic since a time.
    async fn mail_topic(
        &self,
        inbox: InboxId,
        address: String,
        topic: String,
        since: Timestamp,
    ) -> Result<Option<ConversationId>, StoreError>;

    /// Up to where a folder was read.
    async fn mail_folder(
        &self,
        inbox: InboxId,
        folder: String,
    ) -> Result<Option<FolderCursor>, StoreError>;

    /// Mails in a folder that are accounted for beside its cursor, by `UID`.
    async fn mail_uids(
        &self,
        inbox: InboxId,
        folder: String,
        uid_validity: u32,
    ) -> Result<BTreeMap<u32, UidFate>, StoreError>;

    /// Whether an inbox has seen a mail with this fingerprint.
    async fn mail_seen(&self, inbox: InboxId, fingerprint: String) -> Result<bool, StoreError>;

    /// Calls, the newest first.
    async fn calls(
        &self,
        filter: CallFilter,
        after: Option<Cursor>,
        limit: usize,
    ) -> Result<Paged<CallView>, StoreError>;

    /// One call.
    async fn call(&self, id: CallId) -> Result<Option<CallView>, StoreError>;

    /// Calls by the messages that show them, in no order; messages that show none are left out.
    async fn calls_of(&self, messages: Vec<MessageId>) -> Result<Vec<CallView>, StoreError>;

    /// Calls that are not final, the oldest first.
    async fn live_calls(&self) -> Result<Vec<CallView>, StoreError>;

    /// Calls of which something is due at `now`, oldest first.
    async fn due_calls(&self, now: Timestamp, limit: usize) -> Result<Vec<CallId>, StoreError>;

    /// When something of a call is due next.
    async fn next_call_at(&self) -> Result<Option<Timestamp>, StoreError>;

    /// When each agent's newest call ended, of those that began since a time.
    async fn last_talked(
        &self,
        since: Timestamp,
    ) -> Result<BTreeMap<AgentId, Timestamp>, StoreError>;

    /// A plugin's value, if its time is not over.
    async fn plugin_value(
        &self,
        space: PluginSpace,
        key: String,
        now: Timestamp,
    ) -> Result<Option<PluginValue>, StoreError>;

    /// Keys of a plugin's values that begin with a prefix, in order, after one of them.
    async fn plugin_keys(
        &self,
        space: PluginSpace,
        prefix: String,
        after: Option<String>,
        limit: usize,
        now: Timestamp,
    ) -> Result<Vec<String>, StoreError>;

    /// Open conversations in these teams' queues, or in no team's, that nobody owns: urgent first, then longest waiting.
    async fn queued(
        &self,
        teams: Vec<Option<TeamId>>,
        limit: usize,
    ) -> Result<Vec<Conversation>, StoreError>;

    /// How many open conversations each agent owns or is offered.
    async fn loads(&self) -> Result<BTreeMap<AgentId, u32>, StoreError>;

    /// When each agent was last given a conversation by routing.
    async fn last_routed(&self) -> Result<BTreeMap<AgentId, Timestamp>, StoreError>;

    /// Open conversations that routing gave to an agent and that owe an answer.
    async fn owed_by(&self, agent: AgentId) -> Result<Vec<ConversationId>, StoreError>;
}
