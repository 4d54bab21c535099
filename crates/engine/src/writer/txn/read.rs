//! What a command may ask: what it changed itself, else what is in memory; else the writer fetches it and begins again.

use plugboard_domain::{
    Rejection, Seq, Timestamp,
    command::StoredFile,
    contact::{Address, Contact, Identity},
    conversation::Conversation,
    ids::{AgentId, AttachmentId, CallId, ContactId, ConversationId, InboxId, MessageId, OutboxId},
    mail::{FolderCursor, Mail, MailRef, MailSeen, MailSender},
    outbox::OutboxEntry,
    plugin::{PluginSpace, PluginUsage, PluginValue},
};
use plugboard_store::{CallRow, ExternalRef, Key, MessageHead, Said, Scheduled};

use super::{Stop, Txn};

macro_rules! read {
    ($self:ident, $field:ident, $key:expr, $need:expr) => {
        match $self
            .changes
            .facts
            .$field
            .get($key)
            .or_else(|| $self.known.$field.get($key))
        {
            Some(found) => Ok(found.clone()),
            None => Err(Stop::Needs($need)),
        }
    };
}

impl Txn<'_> {
    pub(in crate::writer) fn conversation(
        &self,
        id: ConversationId,
    ) -> Result<Option<Conversation>, Stop> {
        read!(self, conversations, &id, Key::Conversation(id))
    }

    /// A conversation that has to exist.
    pub(in crate::writer) fn existing(&self, id: ConversationId) -> Result<Conversation, Stop> {
        self.conversation(id)?
            .ok_or_else(|| Rejection::NotFound("conversation").into())
    }

    pub(in crate::writer) fn contact(&self, id: ContactId) -> Result<Contact, Stop> {
        read!(self, contacts, &id, Key::Contact(id))?
            .ok_or_else(|| Rejection::NotFound("contact").into())
    }

    /// A contact that the principal may see: inside their scope, as of the last commit. Outside it does not exist.
    pub(in crate::writer) fn visible_contact(&self, id: ContactId) -> Result<Contact, Stop> {
        let contact = self.contact(id)?;
        let scope = self.grants.scope();
        if scope.is_everywhere() {
            return Ok(contact);
        }
        let asked = (id, scope.clone());
        let seen: bool = read!(
            self,
            contacts_seen,
            &asked,
            Key::ContactSeen(id, scope.clone())
        )?;
        if seen {
            Ok(contact)
        } else {
            Err(Rejection::NotFound("contact").into())
        }
    }

    pub(in crate::writer) fn identity(&self, address: &Address) -> Result<Option<Identity>, Stop> {
        read!(self, identities, address, Key::Identity(address.clone()))
    }

    pub(in crate::writer) fn current(
        &self,
        inbox: InboxId,
        contact: ContactId,
    ) -> Result<Option<ConversationId>, Stop> {
        read!(
            self,
            current,
            &(inbox, contact),
            Key::Current(inbox, contact)
        )
    }

    pub(in crate::writer) fn duplicate(&self, key: &str) -> Result<Option<MessageHead>, Stop> {
        read!(self, duplicates, key, Key::Duplicate(key.to_owned()))
    }

    pub(in crate::writer) fn message(&self, id: MessageId) -> Result<Option<MessageHead>, Stop> {
        read!(self, messages, &id, Key::Message(id))
    }

    pub(in crate::writer) fn scheduled(&self, id: MessageId) -> Result<Option<Scheduled>, Stop> {
        read!(self, scheduled, &id, Key::Scheduled(id))
    }

    pub(in crate::writer) fn agent_by_email(&self, email: &str) -> Result<Option<AgentId>, Stop> {
        read!(self, agent_emails, email, Key::AgentEmail(email.to_owned()))
    }

    pub(in crate::writer) fn attachment(
        &self,
        id: AttachmentId,
    ) -> Result<Option<StoredFile>, Stop> {
        read!(self, attachments, &id, Key::Attachment(id))
    }

    /// How many conversations came in through an inbox: as stored, and those that began in this batch.
    pub(in crate::writer) fn conversations_of(&self, inbox: InboxId) -> Result<u64, Stop> {
        let stored: u64 = read!(self, conversations_of, &inbox, Key::ConversationsOf(inbox))?;
        let in_memory = self.known.conversations.values().flatten();
        let in_memory = in_memory.filter(|it| it.inbox_id == inbox).count() as u64;
        Ok(stored.max(in_memory))
    }

    pub(in crate::writer) fn read_mark(
        &self,
        id: ConversationId,
        agent: AgentId,
    ) -> Result<Seq, Stop> {
        read!(self, read_marks, &(id, agent), Key::ReadMark(id, agent))
    }

    pub(in crate::writer) fn outbox(&self, id: OutboxId) -> Result<Option<OutboxEntry>, Stop> {
        read!(self, outbox, &id, Key::Outbox(id))
    }

    pub(in crate::writer) fn said(&self, id: MessageId) -> Result<Option<Said>, Stop> {
        read!(self, said, &id, Key::Said(id))
    }

    pub(in crate::writer) fn external(
        &self,
        inbox: InboxId,
        id: &str,
    ) -> Result<Option<ExternalRef>, Stop> {
        let key = (inbox, id.to_owned());
        read!(self, external, &key, Key::ExternalRef(key.0, key.1))
    }

    pub(in crate::writer) fn thread(
        &self,
        inbox: InboxId,
        thread_key: &str,
    ) -> Result<Option<ConversationId>, Stop> {
        let key = (inbox, thread_key.to_owned());
        read!(self, threads, &key, Key::Thread(key.0, key.1))
    }

    pub(in crate::writer) fn call(&self, id: CallId) -> Result<Option<CallRow>, Stop> {
        read!(self, calls, &id, Key::Call(id))
    }

    pub(in crate::writer) fn call_named(
        &self,
        provider: &str,
        name: &str,
    ) -> Result<Option<CallId>, Stop> {
        let key = (provider.to_owned(), name.to_owned());
        read!(self, call_names, &key, Key::CallNamed(key.0, key.1))
    }

    /// Every call that is not final: as stored, with what this batch began and changed.
    pub(in crate::writer) fn live_calls(&self) -> Result<Vec<CallRow>, Stop> {
        let Some(stored) = &self.known.live_calls else {
            return Err(Stop::Needs(Key::LiveCalls));
        };
        let own = &self.changes.facts.calls;
        let all: std::collections::BTreeSet<CallId> = stored
            .iter()
            .chain(self.known.calls.keys())
            .chain(own.keys())
            .copied()
            .collect();
        let rows = all.iter().filter_map(|id| {
            let row = own.get(id).or_else(|| self.known.calls.get(id));
            row.cloned().flatten()
        });
        Ok(rows.filter(|it| !it.call.is_final()).collect())
    }

    pub(in crate::writer) fn dialled(&self, agent: AgentId, since: Timestamp) -> Result<u64, Stop> {
        read!(self, dialled, &(agent, since), Key::Dialled(agent, since))
    }

    /// A number by which a contact can be called.
    pub(in crate::writer) fn number_of(&self, id: ContactId) -> Result<Option<String>, Stop> {
        read!(self, numbers, &id, Key::NumberOf(id))
    }

    pub(in crate::writer) fn mail(&self, id: MessageId) -> Result<Option<Mail>, Stop> {
        read!(self, mails, &id, Key::Mail(id))
    }

    /// The message that a fingerprint became, if the inbox has seen it.
    pub(in crate::writer) fn mail_seen(
        &self,
        inbox: InboxId,
        fingerprint: &str,
    ) -> Result<Option<MailSeen>, Stop> {
        let key = (inbox, fingerprint.to_owned());
        read!(self, mails_seen, &key, Key::MailSeen(key.0, key.1))
    }

    pub(in crate::writer) fn mail_id(
        &self,
        inbox: InboxId,
        rfc_id: &str,
    ) -> Result<Option<MailRef>, Stop> {
        let key = (inbox, rfc_id.to_owned());
        read!(self, mail_ids, &key, Key::MailId(key.0, key.1))
    }

    pub(in crate::writer) fn mail_sender(
        &self,
        inbox: InboxId,
        address: &str,
    ) -> Result<Option<MailSender>, Stop> {
        let key = (inbox, address.to_owned());
        read!(self, mail_senders, &key, Key::MailSender(key.0, key.1))
    }

    pub(in crate::writer) fn mail_folder(
        &self,
        inbox: InboxId,
        folder: &str,
    ) -> Result<Option<FolderCursor>, Stop> {
        let key = (inbox, folder.to_owned());
        read!(self, mail_folders, &key, Key::MailFolder(key.0, key.1))
    }

    pub(in crate::writer) fn plugin_value(
        &self,
        space: &PluginSpace,
        key: &str,
    ) -> Result<Option<PluginValue>, Stop> {
        let key = (space.clone(), key.to_owned());
        let need = || Key::PluginValue(key.0.clone(), key.1.clone(), self.now);
        read!(self, plugin_values, &key, need())
    }

    pub(in crate::writer) fn plugin_usage(&self, space: &PluginSpace) -> Result<PluginUsage, Stop> {
        let need = || Key::PluginUsage(space.clone(), self.now);
        read!(self, plugin_usage, space, need())
    }
}
