//! What routing an event has to know of its conversation, as of the event.
//!
//! Facts come from the events themselves as far as they were followed, and from the store for conversations that began
//! before. The store can be ahead of the event; [`Fact::seq`] says by how much.

use std::collections::{HashMap, HashSet};

use plugboard_domain::{
    Event, Recorded, Seq,
    conversation::Conversation,
    ids::{ContactId, ConversationId, InboxId, ShopId, TeamId},
};
use plugboard_store::{ConversationFilter, ConversationView, SharedStore, StoreError};

use super::sight::{Place, Teams};

/// Conversations remembered; about 150 bytes each. Beyond it, everything is forgotten and asked again.
const KNOWN_MAX: usize = 50_000;

/// Conversations that are asked for at once: what a list gives.
const ASK_MAX: usize = 200;

/// What is known of a conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fact {
    pub(crate) inbox: InboxId,
    pub(crate) shop: Option<ShopId>,
    pub(crate) team: Option<TeamId>,
    /// Whose it is, and whose were merged into it: all of them may read what is said in it from now on.
    pub(crate) contacts: Vec<ContactId>,
    /// The position that this reflects.
    seq: Seq,
}

impl Fact {
    /// Where agents have to stand to see it.
    pub(super) fn place(&self) -> Place {
        Place {
            shop: self.shop,
            teams: Teams::In(self.team),
        }
    }

    /// The facts of a conversation as the store has it.
    pub(crate) async fn load(
        store: &SharedStore,
        conversation: &Conversation,
    ) -> Result<Self, StoreError> {
        let mut contacts = vec![conversation.contact_id];
        for id in &conversation.absorbed {
            let other = store.conversation(*id, None).await?;
            let other = other.map(|view| view.conversation.contact_id);
            contacts.extend(other.filter(|other| !contacts.contains(other)));
        }
        Ok(Self {
            inbox: conversation.inbox_id,
            shop: conversation.shop_id,
            team: conversation.assignment.team(),
            contacts,
            seq: conversation.seq,
        })
    }
}

/// What is known of conversations.
#[derive(Default)]
pub(super) struct Facts(HashMap<ConversationId, Fact>);

impl Facts {
    /// Asks the store for the conversations of these events that are not known and do not begin among them.
    pub(super) async fn learn(
        &mut self,
        store: &SharedStore,
        events: &[Recorded],
    ) -> Result<(), StoreError> {
        if self.0.len() > KNOWN_MAX {
            self.0.clear();
        }
        let mut missing: HashSet<ConversationId> = HashSet::new();
        let mut begun: HashSet<ConversationId> = HashSet::new();
        for recorded in events {
            let Some(id) = recorded.conversation_id else {
                continue;
            };
            match recorded.event {
                Event::ConversationCreated { .. } => {
                    begun.insert(id);
                }
                // Whose conversations are in it changes: only the store knows all of them.
                Event::Absorbed { .. } | Event::Released { .. } => {
                    self.0.remove(&id);
                    missing.insert(id);
                }
                _ if !self.0.contains_key(&id) && !begun.contains(&id) => {
                    missing.insert(id);
                }
                _ => {}
            }
        }
        let missing: Vec<_> = missing.into_iter().collect();
        for view in conversations(store, &missing).await? {
            let fact = Fact::load(store, &view.conversation).await?;
            self.0.insert(view.conversation.id, fact);
        }
        Ok(())
    }

    /// Follows an event of a conversation: where it is to be seen, and what is known of the conversation after it. `None`
    /// for a conversation that does not exist.
    pub(super) fn follow(
        &mut self,
        id: ConversationId,
        recorded: &Recorded,
    ) -> Option<(Place, &Fact)> {
        match &recorded.event {
            Event::ConversationCreated {
                inbox_id,
                shop_id,
                contact_id,
                team_id,
                ..
            } => {
                // Loaded before, it is ahead of this event, and knows more.
                let fact = self.0.entry(id).or_insert_with(|| Fact {
                    inbox: *inbox_id,
                    shop: *shop_id,
                    team: *team_id,
                    contacts: vec![*contact_id],
                    seq: recorded.seq,
                });
                Some((fact.place(), fact))
            }
            Event::Assigned { assignment, .. } => {
                let fact = self.0.get_mut(&id)?;
                let teams = if recorded.seq > fact.seq {
                    let from = std::mem::replace(&mut fact.team, assignment.team());
                    fact.seq = recorded.seq;
                    Teams::Moves {
                        from,
                        to: fact.team,
                    }
                } else {
                    Teams::MovesFromUnknown
                };
                let shop = fact.shop;
                Some((Place { shop, teams }, fact))
            }
            _ => {
                let fact = self.0.get(&id)?;
                Some((fact.place(), fact))
            }
        }
    }
}

/// Conversations by id, in no order; unknown ones are left out.
pub(super) async fn conversations(
    store: &SharedStore,
    ids: &[ConversationId],
) -> Result<Vec<ConversationView>, StoreError> {
    let mut found = Vec::with_capacity(ids.len());
    for some in ids.chunks(ASK_MAX) {
        let filter = ConversationFilter {
            ids: Some(some.to_vec()),
            ..ConversationFilter::default()
        };
        let page = store.conversations(filter, None, None, some.len()).await?;
        // Lists leave out what was merged away.
        if page.items.len() < some.len() {
            let listed: HashSet<_> = page.items.iter().map(|view| view.conversation.id).collect();
            for id in some.iter().filter(|id| !listed.contains(id)) {
                found.extend(store.conversation(*id, None).await?);
            }
        }
        found.extend(page.items);
    }
    Ok(found)
}
