//! One command at work: what it reads, what it changes. Nothing of it counts until it has succeeded whole.

use std::{collections::BTreeSet, sync::Arc};

use plugboard_channel::Channels;
use plugboard_domain::{
    Actor, Command, Envelope, Event, Recorded, Rejection, Seq, Timestamp,
    access::Grants,
    command::{Sender, StoredFile},
    contact::{Address, Contact, Identity},
    conversation::{Context, Conversation, ConversationCommand},
    desk::Desk,
    ids::{AgentId, AttachmentId, ContactId, ConversationId, InboxId, MessageId, Mint, OutboxId},
    outbox::{Job, OutboxEntry, delivery_id},
    plugin::{PluginSpace, PluginUsage, PluginValue},
};
use plugboard_store::{ExternalRef, Facts, Key, MessageHead, Said, Scheduled, Write};

use crate::handle::Outcome;

/// Why a command stopped.
#[derive(Debug)]
pub(super) enum Stop {
    /// It was refused.
    Rejected(Rejection),
    /// It needs to know something first.
    Needs(Key),
}

impl From<Rejection> for Stop {
    fn from(rejection: Rejection) -> Self {
        Self::Rejected(rejection)
    }
}

/// What a command changed.
pub(super) struct Changes {
    pub(super) facts: Facts,
    pub(super) events: Vec<Recorded>,
    pub(super) writes: Vec<Write>,
    pub(super) desk: Arc<Desk>,
}

/// A command at work.
pub(super) struct Txn<'a> {
    known: &'a Facts,
    envelope: &'a Envelope,
    mint: &'a dyn Mint,
    channels: &'a dyn Channels,
    actor: Actor,
    now: Timestamp,
    next_seq: Seq,
    /// The event whose consequence the next ones are.
    caused_by: Option<Seq>,
    grants: Grants,
    /// Conversations whose row and timers have to be written.
    touched: BTreeSet<ConversationId>,
    changes: Changes,
}

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

impl<'a> Txn<'a> {
    pub(super) fn new(
        known: &'a Facts,
        desk: Arc<Desk>,
        envelope: &'a Envelope,
        mint: &'a dyn Mint,
        channels: &'a dyn Channels,
        now: Timestamp,
        next_seq: Seq,
    ) -> Self {
        Self {
            known,
            envelope,
            mint,
            channels,
            actor: envelope.principal.actor(),
            now,
            next_seq,
            caused_by: envelope.caused_by,
            grants: Grants::of(&envelope.principal, &desk),
            touched: BTreeSet::new(),
            changes: Changes {
                facts: Facts::default(),
                events: Vec::new(),
                writes: Vec::new(),
                desk,
            },
        }
    }

    pub(super) fn desk(&self) -> &Desk {
        &self.changes.desk
    }

    pub(super) fn desk_arc(&self) -> Arc<Desk> {
        self.changes.desk.clone()
    }

    pub(super) fn channels(&self) -> &'a dyn Channels {
        self.channels
    }

    pub(super) fn grants(&self) -> &Grants {
        &self.grants
    }

    pub(super) fn principal(&self) -> &'a plugboard_domain::Principal {
        &self.envelope.principal
    }

    pub(super) fn actor(&self) -> &Actor {
        &self.actor
    }

    pub(super) fn now(&self) -> Timestamp {
        self.now
    }

    pub(super) fn mint<T: From<uuid::Uuid>>(&self) -> T {
        T::from(self.mint.uuid())
    }

    /// Acts as this contact from here on: somebody outside who was found by their address.
    pub(super) fn act_as(&mut self, contact: ContactId) {
        self.actor = Actor::Contact { id: contact };
    }

    pub(super) fn conversation(&self, id: ConversationId) -> Result<Option<Conversation>, Stop> {
        read!(self, conversations, &id, Key::Conversation(id))
    }

    /// A conversation that has to exist.
    pub(super) fn existing(&self, id: ConversationId) -> Result<Conversation, Stop> {
        self.conversation(id)?
            .ok_or_else(|| Rejection::NotFound("conversation").into())
    }

    pub(super) fn contact(&self, id: ContactId) -> Result<Contact, Stop> {
        read!(self, contacts, &id, Key::Contact(id))?
            .ok_or_else(|| Rejection::NotFound("contact").into())
    }

    /// A contact that the principal may see: inside their scope, as of the last commit. Outside it does not exist.
    pub(super) fn visible_contact(&self, id: ContactId) -> Result<Contact, Stop> {
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

    pub(super) fn identity(&self, address: &Address) -> Result<Option<Identity>, Stop> {
        read!(self, identities, address, Key::Identity(address.clone()))
    }

    pub(super) fn current(
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

    pub(super) fn duplicate(&self, key: &str) -> Result<Option<MessageHead>, Stop> {
        read!(self, duplicates, key, Key::Duplicate(key.to_owned()))
    }

    pub(super) fn message(&self, id: MessageId) -> Result<Option<MessageHead>, Stop> {
        read!(self, messages, &id, Key::Message(id))
    }

    pub(super) fn scheduled(&self, id: MessageId) -> Result<Option<Scheduled>, Stop> {
        read!(self, scheduled, &id, Key::Scheduled(id))
    }

    pub(super) fn agent_by_email(&self, email: &str) -> Result<Option<AgentId>, Stop> {
        read!(self, agent_emails, email, Key::AgentEmail(email.to_owned()))
    }

    pub(super) fn attachment(&self, id: AttachmentId) -> Result<Option<StoredFile>, Stop> {
        read!(self, attachments, &id, Key::Attachment(id))
    }

    /// How many conversations came in through an inbox: as stored, and those that began in this batch.
    pub(super) fn conversations_of(&self, inbox: InboxId) -> Result<u64, Stop> {
        let stored: u64 = read!(self, conversations_of, &inbox, Key::ConversationsOf(inbox))?;
        let in_memory = self.known.conversations.values().flatten();
        let in_memory = in_memory.filter(|it| it.inbox_id == inbox).count() as u64;
        Ok(stored.max(in_memory))
    }

    pub(super) fn read_mark(&self, id: ConversationId, agent: AgentId) -> Result<Seq, Stop> {
        read!(self, read_marks, &(id, agent), Key::ReadMark(id, agent))
    }

    pub(super) fn outbox(&self, id: OutboxId) -> Result<Option<OutboxEntry>, Stop> {
        read!(self, outbox, &id, Key::Outbox(id))
    }

    pub(super) fn said(&self, id: MessageId) -> Result<Option<Said>, Stop> {
        read!(self, said, &id, Key::Said(id))
    }

    pub(super) fn external(&self, inbox: InboxId, id: &str) -> Result<Option<ExternalRef>, Stop> {
        let key = (inbox, id.to_owned());
        read!(self, external, &key, Key::ExternalRef(key.0, key.1))
    }

    pub(super) fn thread(
        &self,
        inbox: InboxId,
        thread_key: &str,
    ) -> Result<Option<ConversationId>, Stop> {
        let key = (inbox, thread_key.to_owned());
        read!(self, threads, &key, Key::Thread(key.0, key.1))
    }

    pub(super) fn plugin_value(
        &self,
        space: &PluginSpace,
        key: &str,
    ) -> Result<Option<PluginValue>, Stop> {
        let key = (space.clone(), key.to_owned());
        let need = || Key::PluginValue(key.0.clone(), key.1.clone(), self.now);
        read!(self, plugin_values, &key, need())
    }

    pub(super) fn plugin_usage(&self, space: &PluginSpace) -> Result<PluginUsage, Stop> {
        let need = || Key::PluginUsage(space.clone(), self.now);
        read!(self, plugin_usage, space, need())
    }

    /// The plugin keeps nothing any more, as far as this batch knows as well.
    pub(super) fn forget_plugin(&mut self, plugin: &str) {
        let facts = &self.changes.facts;
        let values = self
            .known
            .plugin_values
            .keys()
            .chain(facts.plugin_values.keys());
        let values: Vec<_> = values
            .filter(|(it, _)| it.plugin == plugin)
            .cloned()
            .collect();
        let spaces = self
            .known
            .plugin_usage
            .keys()
            .chain(facts.plugin_usage.keys());
        let spaces: Vec<_> = spaces.filter(|it| it.plugin == plugin).cloned().collect();
        let own = |job: &Job| matches!(job, Job::PluginTimer { plugin: of, .. } if of == plugin);
        let jobs = self.known.outbox.values().chain(facts.outbox.values());
        let jobs: Vec<_> = jobs
            .flatten()
            .filter(|it| own(&it.job))
            .map(|it| it.id)
            .collect();
        let facts = &mut self.changes.facts;
        facts
            .plugin_values
            .extend(values.into_iter().map(|it| (it, None)));
        facts
            .plugin_usage
            .extend(spaces.into_iter().map(|it| (it, PluginUsage::default())));
        facts.outbox.extend(jobs.into_iter().map(|id| (id, None)));
        self.write(Write::PluginForgotten(plugin.to_owned()));
    }

    /// Keeps outside work as it is now.
    pub(super) fn save_outbox(&mut self, entry: OutboxEntry) {
        self.changes
            .facts
            .outbox
            .insert(entry.id, Some(entry.clone()));
        self.write(Write::Outbox(entry));
    }

    /// Outside work is over and leaves nothing.
    pub(super) fn remove_outbox(&mut self, id: OutboxId) {
        self.changes.facts.outbox.insert(id, None);
        self.write(Write::OutboxGone(id));
    }

    /// What a decision of a conversation may look at.
    pub(super) fn decide<T>(
        &self,
        decide: impl FnOnce(&Context<'_>) -> Result<T, Rejection>,
    ) -> Result<T, Stop> {
        let principal = match &self.actor {
            Actor::Contact { id } => plugboard_domain::Principal::Contact(*id),
            _ => self.envelope.principal.clone(),
        };
        let context = Context {
            desk: self.desk(),
            principal: &principal,
            now: self.now,
            next_seq: self.next_seq(),
            spare_id: self.mint(),
        };
        Ok(decide(&context)?)
    }

    /// Records events, applies those of a conversation to its state, and returns their positions.
    pub(super) fn emit(
        &mut self,
        about: Option<ConversationId>,
        events: Vec<Event>,
    ) -> Result<(), Stop> {
        for event in events {
            let recorded = Recorded {
                seq: self.next_seq(),
                at: self.now,
                actor: self.actor.clone(),
                conversation_id: about,
                caused_by: self.caused_by,
                event,
            };
            if let Some(id) = about {
                let before = match &recorded.event {
                    Event::ConversationCreated { .. } => None,
                    _ => self.conversation(id)?,
                };
                let after = Conversation::apply(before, id, &recorded);
                self.changes.facts.conversations.insert(id, after);
                self.touched.insert(id);
            }
            self.enqueue_webhooks(&recorded);
            self.changes.events.push(recorded);
        }
        Ok(())
    }

    /// What is recorded from here on is the consequence of the last event.
    pub(super) fn follow_from_last(&mut self) {
        self.caused_by = self.changes.events.last().map(|last| last.seq);
    }

    /// Also writes the row and timers of a conversation that no event touched.
    pub(super) fn touch(&mut self, id: ConversationId) {
        self.touched.insert(id);
    }

    pub(super) fn write(&mut self, write: Write) {
        self.changes.writes.push(write);
    }

    pub(super) fn facts(&mut self) -> &mut Facts {
        &mut self.changes.facts
    }

    pub(super) fn desk_mut(&mut self) -> &mut Desk {
        Arc::make_mut(&mut self.changes.desk)
    }

    pub(super) fn events(&self) -> &[Recorded] {
        &self.changes.events
    }

    fn next_seq(&self) -> Seq {
        self.next_seq + self.changes.events.len() as Seq
    }

    /// Puts outside work into the outbox, due now.
    pub(super) fn enqueue(&mut self, job: Job) {
        let id = match &job {
            Job::Deliver { message_id, .. } => delivery_id(*message_id),
            _ => self.mint(),
        };
        self.save_outbox(OutboxEntry::new(id, job, self.now, self.now));
    }

    fn enqueue_webhooks(&mut self, recorded: &Recorded) {
        // What a webhook causes must not call webhooks, or a dead endpoint would feed itself.
        if matches!(
            recorded.event,
            Event::OutboxDied { .. }
                | Event::OutboxRedelivered { .. }
                | Event::Read { .. }
                | Event::AgentSeen { .. }
                | Event::DraftChanged { .. }
        ) {
            return;
        }
        let kind = recorded.event.kind();
        let wanting: Vec<_> = self
            .desk()
            .webhooks()
            .filter(|it| {
                it.enabled
                    && (it.events.is_empty() || it.events.iter().any(|want| wants(want, kind)))
            })
            .map(|it| it.id)
            .collect();
        for webhook_id in wanting {
            self.enqueue(Job::CallWebhook {
                webhook_id,
                seq: recorded.seq,
            });
        }
    }

    /// The changes of a command that succeeded.
    pub(super) fn finish(mut self, mut outcome: Outcome) -> (Outcome, Changes) {
        for id in std::mem::take(&mut self.touched) {
            let after = self
                .changes
                .facts
                .conversations
                .get(&id)
                .or_else(|| self.known.conversations.get(&id));
            if let Some(Some(after)) = after.cloned() {
                let timers = after.timers(&self.changes.desk);
                let before = self.known.conversations.get(&id).and_then(Option::as_ref);
                let fired = matches!(
                    &self.envelope.command,
                    Command::Conversation {
                        command: ConversationCommand::Fire(_),
                        ..
                    }
                );
                let had = before
                    .map(|before| before.timers(&self.changes.desk))
                    .unwrap_or_default();
                if fired || had != timers {
                    self.changes.writes.push(Write::Timers(id, timers));
                }
                self.changes
                    .writes
                    .push(Write::Conversation(Box::new(after)));
            }
        }
        outcome.seq = self
            .changes
            .events
            .last()
            .map_or(self.next_seq - 1, |last| last.seq);
        (outcome, self.changes)
    }
}

/// True when a webhook's wish names a kind: `message.created`, `message.*` or `*`.
fn wants(wish: &str, kind: &str) -> bool {
    wish == "*"
        || wish == kind
        || wish
            .strip_suffix('*')
            .is_some_and(|prefix| prefix.ends_with('.') && kind.starts_with(prefix))
}

/// What a command is sure to ask, so that a batch can be answered in one round trip.
pub(super) fn sure_keys(envelope: &Envelope) -> Vec<Key> {
    match &envelope.command {
        Command::Conversation { id, command } => {
            let mut keys = vec![Key::Conversation(*id)];
            if let ConversationCommand::Post { draft, .. }
            | ConversationCommand::Schedule { draft, .. } = command
            {
                let duplicate = super::conversation::dedup_key(&envelope.principal, *id, draft);
                keys.extend(duplicate.map(Key::Duplicate));
                keys.extend(draft.attachments.iter().map(|id| Key::Attachment(*id)));
            }
            keys
        }
        Command::SaveDraft {
            conversation_id: id,
            ..
        }
        | Command::ApplyMacro {
            conversation_id: id,
            ..
        } => vec![Key::Conversation(*id)],
        Command::Receive(receive) => match &receive.from {
            Sender::Known(contact) => {
                let mut keys = vec![
                    Key::Contact(*contact),
                    Key::Current(receive.inbox_id, *contact),
                ];
                keys.extend(super::receive::dedup_key(receive, *contact).map(Key::Duplicate));
                keys.extend(
                    receive
                        .draft
                        .attachments
                        .iter()
                        .map(|id| Key::Attachment(*id)),
                );
                keys
            }
            Sender::Address { address, .. } => vec![Key::Identity(address.clone())],
        },
        Command::Identify(identify) => vec![Key::Identity(identify.visitor.clone())],
        Command::Decide { trace, .. } => vec![Key::Conversation(trace.conversation_id)],
        Command::Escalate(asked) => vec![Key::Conversation(asked.trace.conversation_id)],
        Command::TakeIn(take_in) => {
            let receive = &take_in.receive;
            let duplicate = receive.external_id.as_ref();
            let duplicate = duplicate.map(|id| super::receive::external_key(receive.inbox_id, id));
            let mut keys: Vec<_> = duplicate.map(Key::Duplicate).into_iter().collect();
            match &receive.from {
                Sender::Known(contact) => keys.push(Key::Current(receive.inbox_id, *contact)),
                Sender::Address { address, .. } => keys.push(Key::Identity(address.clone())),
            }
            keys
        }
        Command::RecordAttempt { id, .. } | Command::Redeliver { id } => vec![Key::Outbox(*id)],
        _ => vec![],
    }
}

/// True when the answer is in memory.
pub(super) fn is_known(known: &Facts, key: &Key) -> bool {
    match key {
        Key::Conversation(id) => known.conversations.contains_key(id),
        Key::Contact(id) => known.contacts.contains_key(id),
        Key::ContactSeen(id, scope) => known.contacts_seen.contains_key(&(*id, scope.clone())),
        Key::Identity(address) => known.identities.contains_key(address),
        Key::Current(inbox, contact) => known.current.contains_key(&(*inbox, *contact)),
        Key::Duplicate(key) => known.duplicates.contains_key(key),
        Key::Message(id) => known.messages.contains_key(id),
        Key::Scheduled(id) => known.scheduled.contains_key(id),
        Key::AgentEmail(email) => known.agent_emails.contains_key(email),
        Key::Attachment(id) => known.attachments.contains_key(id),
        Key::Outbox(id) => known.outbox.contains_key(id),
        Key::Said(id) => known.said.contains_key(id),
        Key::ExternalRef(inbox, id) => known.external.contains_key(&(*inbox, id.clone())),
        Key::Thread(inbox, key) => known.threads.contains_key(&(*inbox, key.clone())),
        Key::PluginValue(space, key, _) => known
            .plugin_values
            .contains_key(&(space.clone(), key.clone())),
        Key::PluginUsage(space, _) => known.plugin_usage.contains_key(space),
        Key::ConversationsOf(inbox) => known.conversations_of.contains_key(inbox),
        Key::ReadMark(id, agent) => known.read_marks.contains_key(&(*id, *agent)),
    }
}
