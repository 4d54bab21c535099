//! From journal events to frames: joins the rows that a stretch of the journal speaks of, and writes each frame once.

use std::collections::{BTreeSet, HashMap};

use axum::extract::ws::Utf8Bytes;
use plugboard_domain::{
    Event, Recorded,
    desk::Entity,
    ids::{AgentId, CallId, ContactId, ConversationId, InboxId, MessageId},
    message::MessageKind,
};
use plugboard_engine::Engine;
use plugboard_protocol::{
    calls::Call, conversations::Conversation, live::ServerFrame, messages::Message, time,
};
use plugboard_store::{ConversationView, MessageView, StoreError};

use super::{
    facts::{Facts, conversations},
    ring::{Chunk, Entry},
    sight::{Place, Route, Teams},
};
use crate::{
    audience::{Audience, audience},
    calls, mail,
    wire::{self, Viewer},
};

/// A stretch of the journal, ready to be sent.
pub(super) struct Encoded {
    pub(super) chunk: Chunk,
    /// Visitors for whom there is something to read.
    pub(super) visitors: Vec<(InboxId, ContactId)>,
}

/// Encodes a stretch. The rows are as they are now, which can be later than the events; clients take no harm, since rows
/// carry the position that they reflect.
pub(super) async fn encode(
    engine: &Engine,
    facts: &mut Facts,
    events: &[Recorded],
) -> Result<Encoded, StoreError> {
    facts.learn(engine.store(), events).await?;
    let rows = Rows::join(engine, events).await?;
    let mut visitors = Vec::new();
    let mut entries = Vec::with_capacity(events.len());
    for recorded in events {
        let known = recorded
            .conversation_id
            .and_then(|id| facts.follow(id, recorded));
        if let (true, Some((_, fact))) = (is_for_visitors(&recorded.event), &known) {
            visitors.extend(fact.contacts.iter().map(|contact| (fact.inbox, *contact)));
        }
        let place = known.map(|(place, _)| place);
        entries.push(rows.entry(recorded, place));
    }
    Ok(Encoded {
        chunk: Chunk::new(entries),
        visitors,
    })
}

fn is_for_visitors(event: &Event) -> bool {
    matches!(event, Event::MessageCreated { message, .. } if !matches!(message.kind, MessageKind::Note | MessageKind::Call))
}

/// Rows that events speak of.
struct Rows {
    /// In full; and masked, where there is something to mask.
    messages: HashMap<MessageId, (Message, Option<Message>)>,
    calls: HashMap<CallId, (Call, Call)>,
    conversations: HashMap<ConversationId, ConversationView>,
}

impl Rows {
    async fn join(engine: &Engine, events: &[Recorded]) -> Result<Self, StoreError> {
        let mut messages = Vec::new();
        let (mut begun, mut called) = (Vec::new(), BTreeSet::new());
        for recorded in events {
            match &recorded.event {
                Event::MessageCreated { message, .. } => messages.push(message.id),
                Event::MessageEdited { message_id } | Event::MessageTakenBack { message_id } => {
                    messages.push(*message_id);
                }
                Event::CallStarted { call } => {
                    called.insert(call.id);
                }
                Event::CallChanged { call_id, .. } => {
                    called.insert(*call_id);
                }
                Event::ConversationCreated { .. } => begun.extend(recorded.conversation_id),
                _ => {}
            }
        }
        let desk = engine.desk();
        let messages = if messages.is_empty() {
            Vec::new()
        } else {
            engine.store().messages_by_id(messages).await?
        };
        let conversations = conversations(engine.store(), &begun).await?;
        let mails = mail::join(engine, &messages).await?;
        let showing = calls::join(engine, &messages).await?;
        let now = engine.now();
        let both = |view: &MessageView| {
            let facts = mails.get(&view.row.id);
            let call = showing.get(&view.row.id);
            let [full, masked] = [true, false].map(|unmasked| {
                let mut it = wire::message_with(view, &desk, facts, shared(unmasked));
                let call = call.map(|it| wire::call(it, None, shared(unmasked), now));
                it.call = call.map(Box::new);
                it
            });
            let differ = facts.is_some() || call.is_some();
            (view.row.id, (full, differ.then_some(masked)))
        };
        Ok(Self {
            messages: messages.iter().map(both).collect(),
            calls: joined_calls(engine, called).await?,
            conversations: conversations
                .into_iter()
                .map(|view| (view.conversation.id, view))
                .collect(),
        })
    }

    fn entry(&self, recorded: &Recorded, place: Option<Place>) -> Entry {
        let (full, masked) = match &recorded.event {
            Event::ConversationCreated { .. } => {
                let view = recorded
                    .conversation_id
                    .and_then(|id| self.conversations.get(&id));
                let [full, masked] = [true, false].map(|unmasked| {
                    let conversation = view.map(|view| wire::conversation(view, shared(unmasked)));
                    frame(recorded, None, conversation.as_ref())
                });
                (full, Some(masked))
            }
            Event::MessageCreated { message, .. } => self.about(recorded, message.id),
            Event::MessageEdited { message_id } | Event::MessageTakenBack { message_id } => {
                self.about(recorded, *message_id)
            }
            Event::CallStarted { call } => self.about_call(recorded, call.id),
            Event::CallChanged { call_id, .. } => self.about_call(recorded, *call_id),
            _ => (frame(recorded, None, None), None),
        };
        Entry {
            seq: recorded.seq,
            route: route(recorded, place),
            shut_out: shut_out(&recorded.event),
            full,
            masked,
        }
    }
}

impl Rows {
    /// The frames of an event about a message.
    fn about(&self, recorded: &Recorded, id: MessageId) -> (Utf8Bytes, Option<Utf8Bytes>) {
        match self.messages.get(&id) {
            Some((full, masked)) => {
                let masked = masked.as_ref();
                (
                    frame(recorded, Some(full), None),
                    masked.map(|it| frame(recorded, Some(it), None)),
                )
            }
            None => (frame(recorded, None, None), None),
        }
    }
}

impl Rows {
    /// The frames of an event about a call: what happened, and the call as it is now.
    fn about_call(&self, recorded: &Recorded, id: CallId) -> (Utf8Bytes, Option<Utf8Bytes>) {
        let Some((full, masked)) = self.calls.get(&id) else {
            return (frame(recorded, None, None), None);
        };
        let with = |call: &Call| {
            let mut data = wire::event_data(&recorded.event, None, None);
            data["call"] = serde_json::to_value(call).unwrap_or_default();
            framed(recorded, data)
        };
        (with(full), Some(with(masked)))
    }
}

/// Calls in full, and masked.
async fn joined_calls(
    engine: &Engine,
    ids: BTreeSet<CallId>,
) -> Result<HashMap<CallId, (Call, Call)>, StoreError> {
    let mut found = HashMap::new();
    let now = engine.now();
    for id in ids {
        if let Some(view) = engine.store().call(id).await? {
            let both = [true, false].map(|it| wire::call(&view, None, shared(it), now));
            let [full, masked] = both;
            found.insert(id, (full, masked));
        }
    }
    Ok(found)
}

/// Everybody who sees addresses in full, or everybody who does not.
fn shared(unmasked: bool) -> Viewer {
    Viewer {
        agent: None,
        unmasked,
    }
}

/// Whose sign-in the event may have ended: who signed out, or was changed (a new password ends sessions).
fn shut_out(event: &Event) -> Option<AgentId> {
    match event {
        Event::SessionEnded { agent_id } => Some(*agent_id),
        Event::DeskSaved {
            entity: Entity::Agent(agent),
        } => Some(agent.id),
        _ => None,
    }
}

fn route(recorded: &Recorded, place: Option<Place>) -> Route {
    match audience(recorded) {
        Audience::Everybody => Route::Everybody,
        Audience::Only(agent) => Route::Only(agent),
        Audience::Holders(permission, agent) => Route::Holders(permission, agent),
        // A conversation that cannot be found is nobody's but those who see everything of no shop.
        Audience::Conversation(_) => Route::Scoped(place.unwrap_or(Place {
            shop: None,
            teams: Teams::In(None),
        })),
    }
}

fn frame(
    recorded: &Recorded,
    message: Option<&Message>,
    conversation: Option<&Conversation>,
) -> Utf8Bytes {
    framed(
        recorded,
        wire::event_data(&recorded.event, message, conversation),
    )
}

fn framed(recorded: &Recorded, data: serde_json::Value) -> Utf8Bytes {
    text(&ServerFrame::Event {
        seq: recorded.seq,
        kind: recorded.event.kind().to_owned(),
        at: time(recorded.at),
        actor: Some(wire::actor(&recorded.actor)),
        conversation_id: recorded.conversation_id.map(|id| id.to_string()),
        data,
    })
}

/// A frame as text.
pub(crate) fn text(frame: &ServerFrame) -> Utf8Bytes {
    serde_json::to_string(frame)
        .expect("frames are plain data with text keys")
        .into()
}
