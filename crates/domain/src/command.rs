//! Commands: everything that can be asked of the desk. There is no other way to change it.

use crate::{
    Seq, Timestamp,
    actor::{Actor, Principal},
    call::{CallCommand, DialNumber, Ring},
    contact::{Address, ContactField, Profile},
    conversation::ConversationCommand,
    decision::RoutingOutcome,
    desk::{Availability, Entity, EntityRef, Private},
    escalation::Escalate,
    ids::{
        AgentId, AttachmentId, CallId, ContactId, ConversationId, InboxId, MacroId, MessageId,
        OutboxId, PluginId, SessionId, ShopId,
    },
    mail::{BeginFolder, BeginMail, Mail, MoveMail, NoteUid, ReadAgain, TakeMail, WriteMail},
    message::{Amendment, Delivery, MessageDraft, MessageKind},
    outbox::Attempt,
    plugin::{HookRequest, PluginWrite},
};

pub use crate::decision::DecisionTrace;

/// How deep consequences of consequences may go before the engine suspects a loop.
pub const DEPTH_MAX: u8 = 8;

/// A command and who asks.
#[derive(Clone, Debug)]
pub struct Envelope {
    /// Who asks.
    pub principal: Principal,
    /// The event that led to it, when a policy or rule asks.
    pub caused_by: Option<Seq>,
    /// How many consequences deep it is.
    pub depth: u8,
    /// What is asked.
    pub command: Command,
}

impl Envelope {
    /// A command that somebody asks for directly.
    pub fn new(principal: Principal, command: impl Into<Command>) -> Self {
        Self {
            principal,
            caused_by: None,
            depth: 0,
            command: command.into(),
        }
    }
}

/// Everything that can be asked.
#[derive(Clone, Debug)]
pub enum Command {
    /// To one conversation.
    Conversation {
        /// Which one.
        id: ConversationId,
        /// What.
        command: ConversationCommand,
    },
    /// Somebody outside wrote: finds or makes the contact and the conversation.
    Receive(Receive),
    /// A channel brings what somebody outside wrote, with its files and the provider's thread.
    TakeIn(Box<TakeIn>),
    /// A provider reports on a message by the id that it gave it.
    ReportExternal {
        /// The inbox that the message left through.
        inbox_id: InboxId,
        /// The provider's id of it.
        external_id: String,
        /// What became of it.
        fate: Delivery,
    },
    /// The contact changed a message, or took it back.
    Amend {
        /// The inbox that it came in through.
        inbox_id: InboxId,
        /// The channel's id of it.
        external_id: String,
        /// What they did.
        amendment: Amendment,
    },
    /// The provider closed a thread.
    CloseThread {
        /// The inbox that the thread is in.
        inbox_id: InboxId,
        /// The provider's key of it.
        thread_key: String,
    },
    /// A person wants a message that was not delivered to be tried again.
    RetryMessage {
        /// Which one.
        message_id: MessageId,
    },
    /// A mailbox brings a mail, and the cursor of its folder moves with it.
    TakeMail(Box<TakeMail>),
    /// A mail in a folder is accounted for without becoming a message.
    NoteUid(NoteUid),
    /// Reading a folder begins, or begins anew since its numbers changed.
    BeginFolder(BeginFolder),
    /// An agent answers by mail.
    WriteMail(Box<WriteMail>),
    /// An agent writes to somebody first, by mail.
    BeginMail(Box<BeginMail>),
    /// A person puts a mail where it belongs.
    MoveMail(Box<MoveMail>),
    /// A mail was read again from its source.
    ReadMailAgain(Box<ReadAgain>),
    /// What is known of a mail is this now: how far it is with its recipients, where its source is.
    KeepMail(Box<Mail>),
    /// An agent takes a message back before it left.
    RecallMessage {
        /// Which one.
        message_id: MessageId,
    },
    /// Somebody opened the widget or came back to it: finds or makes the contact.
    Identify(Identify),
    /// An agent keeps what they have typed so far. An empty text removes the draft.
    SaveDraft {
        /// In which conversation.
        conversation_id: ConversationId,
        /// `Outbound` or `Note`.
        kind: MessageKind,
        /// The text.
        text: String,
    },
    /// Carries out a macro's actions, all of them or none.
    ApplyMacro {
        /// On which conversation.
        conversation_id: ConversationId,
        /// Which macro.
        macro_id: MacroId,
    },
    /// Changes what is known of a contact.
    UpdateContact {
        /// Whose.
        id: ContactId,
        /// The changes.
        profile: Profile,
    },
    /// Two contacts are one.
    MergeContacts {
        /// The one that will redirect.
        id: ContactId,
        /// To whom.
        into: ContactId,
    },
    /// Undoes a merge.
    UnmergeContact {
        /// The one that redirects.
        id: ContactId,
    },
    /// An agent wants to see a masked field.
    RevealContact {
        /// Whose.
        id: ContactId,
        /// Which.
        field: ContactField,
    },
    /// Somebody reads recorded calls of a plugin.
    ReadRecording {
        /// Whose calls.
        plugin: PluginId,
        /// How many.
        calls: u32,
    },
    /// Configures something.
    Save {
        /// The thing as it shall be.
        entity: Entity,
        /// What of it stays out of the journal.
        private: Private,
    },
    /// Removes something configured.
    Remove(EntityRef),
    /// An agent comes or goes.
    SetAvailability {
        /// Who.
        agent_id: AgentId,
        /// The new state.
        availability: Availability,
    },
    /// A live connection of an agent is open. Only the edge that holds it says so.
    NoteSeen {
        /// Whose.
        agent_id: AgentId,
    },
    /// None of an agent's live connections was open for long.
    NoteMissed {
        /// Whose.
        agent_id: AgentId,
    },
    /// An agent proved who they are.
    StartSession {
        /// Identifier to give it.
        id: SessionId,
        /// Who.
        agent_id: AgentId,
        /// SHA-256 of the token.
        token_hash: [u8; 32],
        /// When it ends.
        expires_at: Timestamp,
    },
    /// An agent signs out.
    EndSession {
        /// Which session.
        id: SessionId,
        /// Whose.
        agent_id: AgentId,
    },
    /// A file was uploaded and stored; it can now be attached by whoever uploaded it.
    StoreAttachment(StoredFile),
    /// Records why routing decided, and does what it decided, in one.
    Decide {
        /// Why.
        trace: DecisionTrace,
        /// What.
        outcome: RoutingOutcome,
    },
    /// Records decisions that nothing follows from: of policies that run beside the one in force.
    KeepDecisions(Vec<DecisionTrace>),
    /// An escalation policy answered: its actions happen together, and once.
    Escalate(Box<Escalate>),
    /// A reader of the journal keeps how far it is. No event tells of it.
    KeepCursor {
        /// Which reader.
        name: String,
        /// Up to where everything was done. A smaller position than the stored one changes nothing.
        seq: Seq,
    },
    /// The outbox tried a job.
    RecordAttempt {
        /// Which job.
        id: OutboxId,
        /// The [`crate::outbox::OutboxEntry::round`] that was tried: what was scheduled anew meanwhile stays.
        round: u32,
        /// How it ended.
        attempt: Attempt,
    },
    /// A dead job is to be tried again.
    Redeliver {
        /// Which job.
        id: OutboxId,
    },
    /// A call begins at the line.
    Ring(Box<Ring>),
    /// An agent calls somebody.
    Dial(Box<DialNumber>),
    /// To one call.
    Call {
        /// Which one.
        id: CallId,
        /// What.
        command: CallCommand,
    },
    /// A plugin keeps something.
    KeepPlugin(PluginWrite),
    /// A request of a provider is kept until a plugin has dealt with it. Finished as all outside work is, by
    /// [`Command::RecordAttempt`]; the request is gone when it is done.
    StoreHook {
        /// Identifier to give to the outside work.
        id: OutboxId,
        /// The request.
        request: Box<HookRequest>,
        /// Until then whoever stored it deals with it; from then on the outbox does.
        not_before: Timestamp,
    },
}

/// Something that somebody outside wrote.
#[derive(Clone, Debug)]
pub struct Receive {
    /// Where it came in.
    pub inbox_id: InboxId,
    /// Who wrote.
    pub from: Sender,
    /// What they wrote.
    pub draft: MessageDraft,
    /// The channel's id for it: the same id again is the same message.
    pub external_id: Option<String>,
    /// Identifier to give to the conversation, if one begins.
    pub conversation_id: ConversationId,
}

/// Something that a channel brings.
#[derive(Clone, Debug)]
pub struct TakeIn {
    /// What was written. Its draft names no attachments: the files become them.
    pub receive: Receive,
    /// Its files, in order, in the blob store already. They become the contact's.
    pub files: Vec<StoredFile>,
    /// The provider's key of the thread, given back with every answer.
    pub thread_key: Option<String>,
}

/// Who wrote from outside.
#[derive(Clone, Debug)]
#[expect(
    clippy::large_enum_variant,
    reason = "one exists for each message that comes in, and most are the large ones"
)]
pub enum Sender {
    /// A contact that is known already.
    Known(ContactId),
    /// Whoever this address belongs to; somebody new if nobody.
    Address {
        /// The address.
        address: Address,
        /// True when the channel or a signature proved it.
        verified: bool,
        /// What the channel says about them, used for somebody new.
        profile: Profile,
    },
}

/// A file in the blob store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredFile {
    /// Identifier.
    pub id: AttachmentId,
    /// Who uploaded it; only they may attach it.
    pub owner: Actor,
    /// SHA-256 of the bytes, in hex: the key in the blob store.
    pub sha256: String,
    /// File name, cleaned.
    pub name: String,
    /// Media type, found by looking at the bytes.
    pub content_type: String,
    /// Size in bytes.
    pub size: u64,
}

/// Somebody opened the widget.
#[derive(Clone, Debug)]
pub struct Identify {
    /// Which one.
    pub inbox_id: InboxId,
    /// Their browser.
    pub visitor: Address,
    /// Who the shop's signature says that they are.
    pub signed: Option<SignedIdentity>,
    /// What they typed in. Never proof, never matched on.
    pub profile: Profile,
}

/// Who the shop's signature says that a visitor is.
#[derive(Clone, Debug)]
pub struct SignedIdentity {
    /// The shop's own id of the customer.
    pub external: Address,
    /// A verified email address, when the token has one.
    pub email: Option<Address>,
    /// What the token says about them.
    pub profile: Profile,
}

impl From<(ConversationId, ConversationCommand)> for Command {
    fn from((id, command): (ConversationId, ConversationCommand)) -> Self {
        Self::Conversation { id, command }
    }
}

impl From<(CallId, CallCommand)> for Command {
    fn from((id, command): (CallId, CallCommand)) -> Self {
        Self::Call { id, command }
    }
}

/// The scope of identities that are an inbox's own.
pub fn inbox_scope(inbox_id: InboxId) -> String {
    format!("inbox:{inbox_id}")
}

/// The scope of identities that are a shop's own.
pub fn shop_scope(shop_id: ShopId) -> String {
    format!("shop:{shop_id}")
}
