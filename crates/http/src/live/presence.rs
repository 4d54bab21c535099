//! Who looks at a conversation and who types in it; and which agents have a connection, for [`Attendance`].
//!
//! All of it is lossy on purpose: nothing is stored, a full queue drops what is said, a slow listener misses it. What was
//! said is good for [`GOOD_FOR`], and clients say it again while it is true.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::Arc,
    time::Duration,
};

use axum::extract::ws::Utf8Bytes;
use plugboard_domain::ids::{AgentId, ConversationId};
use plugboard_engine::Engine;
use plugboard_protocol::live::{Ephemeral, ServerFrame};
use tokio::{
    sync::{broadcast, mpsc, oneshot},
    time::Instant,
};
use tokio_util::sync::CancellationToken;

use super::{
    attendance::Attendance,
    bells::Bells,
    encode::text,
    facts::Fact,
    sight::{Place, Sight},
};

/// How long a word on viewing or typing is good for, as the API says.
const GOOD_FOR: Duration = Duration::from_secs(6);

/// A word on typing is passed on at most this often.
const TYPING_EVERY: Duration = Duration::from_secs(2);

/// How often what has lapsed is looked for.
const SWEEP_EVERY: Duration = Duration::from_secs(1);

/// What may wait to be taken in: a second of a hundred agents.
const SAID_MAX: usize = 1_024;

/// What a listener may lag behind; beyond it, words are lost to it.
const WHISPERS_MAX: usize = 256;

/// Conversations that somebody looks at or types in. More than that are not remembered.
const ROOMS_MAX: usize = 20_000;

/// The handle of the part that knows who is there.
#[derive(Clone)]
pub(crate) struct Presence {
    said: mpsc::Sender<Said>,
    whispers: broadcast::Sender<Arc<Whisper>>,
}

/// One connection of an agent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct ConnectionId(pub(crate) u64);

/// An ephemeral frame for agents.
pub(super) struct Whisper {
    place: Place,
    /// Who said it knows it.
    not_to: Option<AgentId>,
    frame: Utf8Bytes,
}

impl Whisper {
    /// The frame for this pair of eyes; `None` when it is not for them.
    pub(super) fn frame(&self, sight: &Sight) -> Option<&Utf8Bytes> {
        (self.not_to != Some(sight.agent()) && sight.covers(&self.place)).then_some(&self.frame)
    }
}

/// Who types.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Typist {
    /// An agent, to the contact or (`note`) to colleagues.
    Agent { id: AgentId, note: bool },
    /// The contact.
    Contact,
}

enum Said {
    Came(AgentId),
    Left(AgentId, ConnectionId),
    Looks(AgentId, ConnectionId, Option<(ConversationId, Place)>),
    Types(Typist, ConversationId, Fact),
    WhoLooks(oneshot::Sender<Vec<Arc<Whisper>>>),
}

impl Presence {
    /// Starts it; the future runs until `stop`.
    pub(super) fn start(
        engine: Engine,
        bells: Arc<Bells>,
        offline_after: Duration,
        stop: CancellationToken,
    ) -> (Self, impl Future<Output = ()> + Send) {
        let (said, hears) = mpsc::channel(SAID_MAX);
        let whispers = broadcast::Sender::new(WHISPERS_MAX);
        let room = Keeper {
            attendance: Attendance::new(engine, offline_after),
            bells,
            whispers: whispers.clone(),
            rooms: HashMap::new(),
            connections: HashMap::new(),
            typed: HashMap::new(),
        };
        (Self { said, whispers }, room.run(hears, stop))
    }

    /// What is whispered from now on.
    pub(super) fn listen(&self) -> broadcast::Receiver<Arc<Whisper>> {
        self.whispers.subscribe()
    }

    /// An agent's connection opened. These two must not be lost, or the number of an agent's connections would be wrong.
    pub(super) async fn came(&self, agent: AgentId) {
        let _ = self.said.send(Said::Came(agent)).await;
    }

    /// An agent's connection is gone.
    pub(super) async fn left(&self, agent: AgentId, connection: ConnectionId) {
        let _ = self.said.send(Said::Left(agent, connection)).await;
    }

    /// An agent looks at a conversation, or at none.
    pub(super) fn looks(
        &self,
        agent: AgentId,
        connection: ConnectionId,
        at: Option<(ConversationId, Place)>,
    ) {
        let _ = self.said.try_send(Said::Looks(agent, connection, at));
    }

    /// Somebody types.
    pub(crate) fn types(&self, who: Typist, conversation: ConversationId, fact: Fact) {
        let _ = self.said.try_send(Said::Types(who, conversation, fact));
    }

    /// Who looks at what now, for somebody who has just come.
    pub(super) async fn who_looks(&self) -> Vec<Arc<Whisper>> {
        let (answer, answered) = oneshot::channel();
        if self.said.try_send(Said::WhoLooks(answer)).is_err() {
            return Vec::new();
        }
        answered.await.unwrap_or_default()
    }
}

/// Passes on what channels tell of contacts who type.
pub(super) async fn hear_channels(engine: Engine, presence: Presence, stop: CancellationToken) {
    let mut typing = engine.typing();
    loop {
        let id = tokio::select! {
            () = stop.cancelled() => return,
            heard = typing.recv() => match heard {
                Ok(id) => id,
                // Lossy on purpose: they will type on.
                Err(broadcast::error::RecvError::Lagged(_)) => continue,
                Err(broadcast::error::RecvError::Closed) => return,
            },
        };
        let store = engine.store();
        if let Ok(Some(view)) = store.conversation(id, None).await
            && let Ok(fact) = Fact::load(store, &view.conversation).await
        {
            presence.types(Typist::Contact, id, fact);
        }
    }
}

/// The task's own state.
struct Keeper {
    attendance: Attendance,
    bells: Arc<Bells>,
    whispers: broadcast::Sender<Arc<Whisper>>,
    rooms: HashMap<ConversationId, Room>,
    /// What each connection looks at.
    connections: HashMap<ConnectionId, ConversationId>,
    /// When a word on typing was last passed on.
    typed: HashMap<(ConversationId, Typist), Instant>,
}

/// Who looks at a conversation.
struct Room {
    place: Place,
    viewers: BTreeMap<(AgentId, ConnectionId), Instant>,
}

impl Keeper {
    async fn run(mut self, mut hears: mpsc::Receiver<Said>, stop: CancellationToken) {
        let mut sweep = tokio::time::interval(SWEEP_EVERY);
        sweep.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                said = hears.recv() => match said {
                    Some(said) => self.hear(said),
                    None => return,
                },
                _ = sweep.tick() => self.sweep().await,
            }
        }
    }

    fn hear(&mut self, said: Said) {
        match said {
            Said::Came(agent) => self.attendance.came(agent),
            Said::Left(agent, connection) => {
                self.look_away(agent, connection);
                self.attendance.left(agent);
            }
            Said::Looks(agent, connection, at) => self.look(agent, connection, at),
            Said::Types(who, conversation, fact) => self.typing(who, conversation, &fact),
            Said::WhoLooks(answer) => {
                let now = self
                    .rooms
                    .iter()
                    .map(|(id, room)| Arc::new(room.whisper(*id)));
                let _ = answer.send(now.collect());
            }
        }
    }

    fn look(
        &mut self,
        agent: AgentId,
        connection: ConnectionId,
        at: Option<(ConversationId, Place)>,
    ) {
        let before = self.connections.get(&connection).copied();
        if before != at.map(|(id, _)| id) {
            self.look_away(agent, connection);
        }
        let Some((id, place)) = at else { return };
        if self.rooms.len() >= ROOMS_MAX && !self.rooms.contains_key(&id) {
            return;
        }
        let room = self.rooms.entry(id).or_insert_with(|| Room {
            place,
            viewers: BTreeMap::new(),
        });
        room.place = place;
        let agents = room.agents();
        room.viewers
            .insert((agent, connection), Instant::now() + GOOD_FOR);
        self.connections.insert(connection, id);
        if room.agents() != agents {
            let _ = self.whispers.send(Arc::new(room.whisper(id)));
        }
    }

    fn look_away(&mut self, agent: AgentId, connection: ConnectionId) {
        let Some(id) = self.connections.remove(&connection) else {
            return;
        };
        self.change(id, |viewers| {
            viewers.remove(&(agent, connection));
        });
    }

    /// Changes who looks, and says so when it makes a difference.
    fn change(
        &mut self,
        id: ConversationId,
        change: impl FnOnce(&mut BTreeMap<(AgentId, ConnectionId), Instant>),
    ) {
        let Some(room) = self.rooms.get_mut(&id) else {
            return;
        };
        let agents = room.agents();
        change(&mut room.viewers);
        if room.agents() != agents {
            let _ = self.whispers.send(Arc::new(room.whisper(id)));
        }
        if room.viewers.is_empty() {
            self.rooms.remove(&id);
        }
    }

    fn typing(&mut self, who: Typist, id: ConversationId, fact: &Fact) {
        let now = Instant::now();
        if self.typed.len() >= ROOMS_MAX {
            return;
        }
        let last = self.typed.insert((id, who), now);
        if last.is_some_and(|last| now < last + TYPING_EVERY) {
            // It is not "said again" but "said twice": the first one counts.
            self.typed.insert((id, who), last.unwrap_or(now));
            return;
        }
        let agent = match who {
            Typist::Agent { id, .. } => Some(id),
            Typist::Contact => None,
        };
        let _ = self.whispers.send(Arc::new(Whisper {
            place: fact.place(),
            not_to: agent,
            frame: ephemeral(Ephemeral::Typing, id, agent.as_slice(), agent.is_none()),
        }));
        if let Typist::Agent { note: false, .. } = who {
            // Visitors learn that somebody types, not who works here.
            let frame = ephemeral(Ephemeral::Typing, id, &[], false);
            for contact in &fact.contacts {
                self.bells.typing(fact.inbox, *contact, &frame);
            }
        }
    }

    async fn sweep(&mut self) {
        let now = Instant::now();
        self.typed.retain(|_, at| now < *at + TYPING_EVERY);
        let lapsed = self.rooms.iter().filter_map(|(id, room)| {
            let lapsed = room.viewers.values().any(|until| *until <= now);
            lapsed.then_some(*id)
        });
        for id in lapsed.collect::<Vec<_>>() {
            self.change(id, |viewers| viewers.retain(|_, until| *until > now));
        }
        let looking: HashSet<_> = self
            .rooms
            .values()
            .flat_map(|room| room.viewers.keys().map(|(_, connection)| *connection))
            .collect();
        self.connections.retain(|id, _| looking.contains(id));
        self.attendance.check(now).await;
    }
}

impl Room {
    fn agents(&self) -> Vec<AgentId> {
        let mut agents: Vec<_> = self.viewers.keys().map(|(agent, _)| *agent).collect();
        agents.dedup();
        agents
    }

    fn whisper(&self, id: ConversationId) -> Whisper {
        Whisper {
            place: self.place,
            not_to: None,
            frame: ephemeral(Ephemeral::Viewing, id, &self.agents(), false),
        }
    }
}

fn ephemeral(what: Ephemeral, id: ConversationId, agents: &[AgentId], contact: bool) -> Utf8Bytes {
    text(&ServerFrame::Ephemeral {
        what,
        conversation_id: id.to_string(),
        agents: agents.iter().map(ToString::to_string).collect(),
        contact,
    })
}
