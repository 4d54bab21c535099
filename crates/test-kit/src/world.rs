//! A small desk that writes to a store the way the engine does: it folds its own events, and commits them with the rows
//! that they make.

use std::collections::{BTreeMap, BTreeSet};

use plugboard_domain::{
    Actor, Event, Recorded, Seq, Timestamp,
    channel::ChannelKind,
    contact::{Address, Contact, Identity, IdentityKind, Profile},
    conversation::{Conversation, Priority, Waiting},
    ids::{ContactId, ConversationId, IdentityId, InboxId, MessageId, ShopId, TeamId},
    message::{Delivery, MessageFacts, MessageKind},
};
use plugboard_store::{Commit, MessageRow, Store, Write};
use uuid::Uuid;

/// The state of the desk as its events tell it, and what is not committed yet.
pub struct World {
    /// The newest position given out.
    pub seq: Seq,
    /// The time of the next event, in seconds.
    pub secs: i64,
    /// Conversations as they are now.
    pub conversations: BTreeMap<ConversationId, Conversation>,
    /// Contacts as they are now.
    pub contacts: BTreeMap<ContactId, Contact>,
    ids: u128,
    batch: Commit,
}

impl World {
    /// An empty desk in late 2026.
    pub fn new() -> Self {
        Self {
            seq: 0,
            secs: 1_790_000_000,
            conversations: BTreeMap::new(),
            contacts: BTreeMap::new(),
            ids: 0,
            batch: Commit::default(),
        }
    }

    /// The present time.
    pub fn now(&self) -> Timestamp {
        Timestamp::from_second(self.secs).expect("the time of a test is in range")
    }

    /// A fresh identifier. Shaped like a UUIDv7, so that later ones sort after earlier ones, with a tail that spreads.
    pub fn id<T: From<Uuid>>(&mut self) -> T {
        self.ids += 1;
        let tail = self.ids.wrapping_mul(0x9E37_79B9) & 0x3FFF_FFFF;
        T::from(Uuid::from_u128(
            0x0190_0000_0000_7000_8000_0000_0000_0000 | (self.ids << 80) | tail,
        ))
    }

    /// Records an event, a second after the last one.
    pub fn event(
        &mut self,
        actor: Actor,
        conversation_id: Option<ConversationId>,
        event: Event,
    ) -> Seq {
        self.seq += 1;
        self.secs += 1;
        let recorded = Recorded {
            seq: self.seq,
            at: self.now(),
            actor,
            conversation_id,
            caused_by: None,
            event,
        };
        if let Some(id) = conversation_id {
            let state = Conversation::apply(self.conversations.remove(&id), id, &recorded);
            if let Some(state) = state {
                self.batch
                    .writes
                    .push(Write::Conversation(Box::new(state.clone())));
                self.conversations.insert(id, state);
            }
        }
        let concerned: &[ContactId] = match &recorded.event {
            Event::ContactCreated { contact_id } => &[*contact_id],
            Event::ContactMerged {
                contact_id, into, ..
            } => &[*contact_id, *into],
            Event::ContactUnmerged {
                contact_id, from, ..
            } => &[*contact_id, *from],
            _ => &[],
        };
        for id in concerned {
            if let Some(state) = Contact::apply(self.contacts.remove(id), *id, &recorded) {
                self.batch.writes.push(Write::Contact(state.clone()));
                self.contacts.insert(*id, state);
            }
        }
        self.batch.events.push(recorded);
        self.seq
    }

    /// Adds a row change to what is committed next.
    pub fn write(&mut self, write: Write) {
        self.batch.writes.push(write);
    }

    /// A new contact with a name.
    pub fn contact(&mut self, name: &str) -> ContactId {
        let contact_id: ContactId = self.id();
        self.event(
            Actor::system("console"),
            None,
            Event::ContactCreated { contact_id },
        );
        self.write(Write::Profile(
            contact_id,
            Profile {
                name: Some(name.into()),
                ..Profile::default()
            },
        ));
        contact_id
    }

    /// A new address of a contact.
    pub fn identity(
        &mut self,
        contact_id: ContactId,
        kind: IdentityKind,
        value: &str,
        verified: bool,
    ) -> Identity {
        let address = Address {
            kind: kind.clone(),
            scope: String::new(),
            value: value.into(),
        };
        let id: IdentityId = self.id();
        self.event(
            Actor::system("console"),
            None,
            Event::ContactIdentified {
                contact_id,
                identity_id: id,
                identity: kind,
                verified,
            },
        );
        let identity = Identity {
            id,
            contact_id,
            address,
            verified,
            created_at: self.now(),
        };
        self.write(Write::Identity(identity.clone()));
        identity
    }

    /// A new conversation, in a team's queue.
    pub fn conversation(
        &mut self,
        contact_id: ContactId,
        inbox_id: InboxId,
        shop_id: Option<ShopId>,
        team_id: Option<TeamId>,
    ) -> ConversationId {
        let id: ConversationId = self.id();
        self.event(
            Actor::Contact { id: contact_id },
            Some(id),
            Event::ConversationCreated {
                inbox_id,
                channel: ChannelKind::Webchat,
                shop_id,
                contact_id,
                identity_id: None,
                team_id,
                priority: Priority::Normal,
                stage: None,
            },
        );
        id
    }

    /// A new message; an outbound one waits for delivery.
    pub fn message(
        &mut self,
        conversation: ConversationId,
        kind: MessageKind,
        author: Actor,
        text: &str,
    ) -> MessageId {
        let id: MessageId = self.id();
        let delivery = (kind == MessageKind::Outbound).then_some(Delivery::Queued);
        let waiting = match kind {
            MessageKind::Inbound => Waiting::Agent { since: self.now() },
            MessageKind::Outbound => Waiting::Contact { since: self.now() },
            MessageKind::Note | MessageKind::Call => self.conversations[&conversation].waiting,
        };
        let message = MessageFacts {
            id,
            kind,
            author: author.clone(),
            attachments: vec![],
            client_id: None,
            delivery: delivery.clone(),
        };
        let seq = self.event(
            author.clone(),
            Some(conversation),
            Event::MessageCreated { message, waiting },
        );
        self.write(Write::Message(Box::new(MessageRow {
            id,
            conversation_id: conversation,
            seq,
            kind,
            author,
            text: text.into(),
            attachments: vec![],
            delivery,
            client_id: None,
            dedup_key: Some(format!("test:{id}")),
            at: self.now(),
        })));
        id
    }

    /// What is not committed yet.
    pub fn take(&mut self) -> Commit {
        std::mem::take(&mut self.batch)
    }

    /// Commits what happened since the last time.
    ///
    /// # Panics
    /// When the store refuses it.
    pub async fn commit(&mut self, store: &dyn Store) {
        let batch = self.take();
        store
            .commit(batch)
            .await
            .expect("the store takes a good batch");
    }

    /// Labels a conversation.
    pub fn tag(&mut self, conversation: ConversationId, tag: &str) {
        let added = BTreeSet::from([tag.to_owned()]);
        self.event(
            Actor::system("console"),
            Some(conversation),
            Event::Tagged {
                added,
                removed: BTreeSet::new(),
            },
        );
    }
}

impl Default for World {
    fn default() -> Self {
        Self::new()
    }
}
