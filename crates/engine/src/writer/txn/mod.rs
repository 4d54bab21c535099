//! One command at work: what it reads, what it changes. Nothing of it counts until it has succeeded whole.

mod keys;
mod read;

use std::{collections::BTreeSet, sync::Arc};

use plugboard_channel::Channels;
use plugboard_domain::{
    Actor, Command, Envelope, Event, Recorded, Rejection, Seq, Timestamp,
    access::Grants,
    conversation::{Context, Conversation, ConversationCommand},
    desk::Desk,
    ids::{ContactId, ConversationId, Mint, OutboxId},
    outbox::{Job, OutboxEntry, delivery_id},
    plugin::PluginUsage,
};
use plugboard_store::{Facts, Key, Write};

pub(super) use self::keys::{is_known, sure_keys};
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
    /// No webhook hears of what is recorded.
    hushed: bool,
    /// Conversations whose row and timers have to be written.
    touched: BTreeSet<ConversationId>,
    changes: Changes,
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
            hushed: false,
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

    /// The `Message-ID` of a message that goes out by mail.
    pub(super) fn mail_name(
        &self,
        conversation: ConversationId,
        message: plugboard_domain::ids::MessageId,
        address: &str,
    ) -> String {
        self.mint.mail_id(conversation, message, address)
    }

    pub(super) fn mint<T: From<uuid::Uuid>>(&self) -> T {
        T::from(self.mint.uuid())
    }

    /// Acts as this contact from here on: somebody outside who was found by their address.
    pub(super) fn act_as(&mut self, contact: ContactId) {
        self.actor = Actor::Contact { id: contact };
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
        let own = |job: &Job| {
            matches!(
                job,
                Job::PluginTimer { plugin: of, .. } | Job::HookEvent { plugin: of, .. } if of == plugin
            )
        };
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
        self.enqueue_at(job, self.now);
    }

    /// Puts outside work into the outbox, due at a time.
    pub(super) fn enqueue_at(&mut self, job: Job, at: Timestamp) {
        let id = match &job {
            Job::Deliver { message_id, .. } => delivery_id(*message_id),
            _ => self.mint(),
        };
        self.save_outbox(OutboxEntry::new(id, job, at, self.now));
    }

    /// From here on webhooks are not called: what is recorded happened long ago.
    pub(super) fn hush(&mut self) {
        self.hushed = true;
    }

    fn enqueue_webhooks(&mut self, recorded: &Recorded) {
        // What a webhook causes must not call webhooks, or a dead endpoint would feed itself.
        if self.hushed
            || matches!(
                recorded.event,
                Event::OutboxDied { .. }
                    | Event::OutboxRedelivered { .. }
                    | Event::Read { .. }
                    | Event::AgentSeen { .. }
                    | Event::DraftChanged { .. }
            )
        {
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
