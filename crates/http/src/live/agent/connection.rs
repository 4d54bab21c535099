//! One agent's connection: a position in the journal, and a socket.

use std::{sync::Arc, time::Duration};

use axum::extract::ws::{Utf8Bytes, WebSocket};
use plugboard_channel::phone::LinkState;
use plugboard_domain::{Principal, Seq, desk::Desk, ids::ConversationId};
use plugboard_protocol::{
    live::{ClientFrame, ServerFrame},
    time,
};
use plugboard_store::StoreError;
use tokio::sync::{broadcast, watch};
use tracing::error;

use super::{
    super::{
        encode::{encode, text},
        facts::{Fact, Facts},
        feed::READ_MAX,
        presence::{ConnectionId, Typist, Whisper},
        ring::{Chunk, Stretch},
        sight::Sight,
        socket::{End, Heard, Wire},
    },
    phone,
};
use crate::{
    App,
    auth::{self, Authenticated},
};

/// How long a connection that catches up may keep its turn: a few hundred frames are written in half a millisecond, or wait
/// for the network.
const TURN_MAX: Duration = Duration::from_millis(2);

/// An agent's connection.
pub(super) struct Connection {
    pub(super) app: App,
    id: ConnectionId,
    pub(super) caller: Authenticated,
    token_hash: [u8; 32],
    sight: Sight,
    /// The desk that `sight` was worked out from.
    desk: Arc<Desk>,
    /// Up to where events were sent; `None` until the client subscribes, and after it was told to resync.
    position: Option<Seq>,
    /// What the client asked to be told of: that it has reached this position.
    catching_up_to: Option<Seq>,
    /// What was learned while reading the past from the store.
    past: Option<Box<Facts>>,
    /// How the browser that connected for calls over this socket fares.
    pub(super) link: Option<watch::Receiver<LinkState>>,
}

impl Connection {
    pub(super) fn new(app: App, caller: Authenticated, token_hash: [u8; 32]) -> Option<Self> {
        let desk = app.engine.desk();
        let sight = Sight::of(&caller.principal, caller.agent_id, &desk)?;
        Some(Self {
            id: app.live.connection_id(),
            app,
            caller,
            token_hash,
            sight,
            desk,
            position: None,
            catching_up_to: None,
            past: None,
            link: None,
        })
    }

    /// Serves the client until either side ends it. What happens seldom is boxed here: an idle connection pays for the room
    /// of everything that it could do.
    pub(super) fn run(mut self, socket: WebSocket) -> impl Future<Output = ()> + Send {
        let live = self.app.live.clone();
        live.tracked(async move {
            let gauge = metrics::gauge!("plugboard_sockets", "of" => "agent");
            gauge.increment(1.0);
            let mut wire = Wire::new(socket);
            let (agent, presence) = (self.caller.agent_id, self.app.live.presence().clone());
            presence.came(agent).await;
            let Err(end) = self.serve(&mut wire).await;
            presence.left(agent, self.id).await;
            drop(self);
            Box::pin(wire.end(end)).await;
            gauge.decrement(1.0);
        })
    }

    async fn serve(&mut self, wire: &mut Wire) -> Result<std::convert::Infallible, End> {
        let mut head = self.app.live.0.feed.head();
        let mut whispers = self.app.live.presence().listen();
        let stop = self.app.live.stopping().clone();
        self.greet(wire).await?;
        loop {
            let more = self.advance(wire, &mut head).await?;
            tokio::select! {
                biased;
                () = stop.cancelled() => return Err(End::RESTART),
                heard = wire.hear() => match heard? {
                    Heard::Text(said) => Box::pin(self.hear(wire, &said)).await?,
                    Heard::Pulse => Box::pin(self.check_token()).await?,
                },
                whisper = whispers.recv() => self.pass_on(wire, whisper).await?,
                state = phone::changed(&mut self.link) => phone::tell(wire, state).await?,
                () = std::future::ready(()), if more => {}
                changed = head.changed(), if !more => {
                    if changed.is_err() {
                        return Err(End::RESTART);
                    }
                }
            }
        }
    }

    async fn greet(&self, wire: &mut Wire) -> Result<(), End> {
        let hello = ServerFrame::Hello {
            head: *self.app.engine.head().borrow(),
            server: env!("CARGO_PKG_VERSION").to_owned(),
            now: time(self.app.engine.now()),
        };
        say(wire, &hello).await
    }

    /// Sends the next stretch of what the client has not seen; true when there is more.
    async fn advance(
        &mut self,
        wire: &mut Wire,
        head: &mut watch::Receiver<Seq>,
    ) -> Result<bool, End> {
        head.borrow_and_update();
        let Some(position) = self.position else {
            return Ok(false);
        };
        let desk = self.app.engine.desk();
        if !Arc::ptr_eq(&desk, &self.desk) && !Box::pin(self.look_again(wire, desk)).await? {
            return Ok(false);
        }
        match self.app.live.0.feed.read(position) {
            Stretch::UpToDate => {
                // The feed can be a moment behind what was committed when the client subscribed.
                if self.catching_up_to.is_some_and(|to| to <= position) {
                    Box::pin(self.tell_caught_up(wire, position)).await?;
                }
                Ok(false)
            }
            Stretch::Chunk(chunk) => {
                if self.catching_up_to.is_none() {
                    self.send(wire, &chunk, position).await?;
                } else {
                    Box::pin(self.send_in_turn(wire, &chunk, position)).await?;
                }
                Ok(true)
            }
            // It was told everything once, and fell behind by more than the ring holds.
            Stretch::Behind if self.catching_up_to.is_none() => {
                Box::pin(self.resync(wire)).await?;
                Ok(false)
            }
            Stretch::Behind => {
                Box::pin(self.send_past(wire, position)).await?;
                Ok(true)
            }
        }
    }

    /// Looks at the desk again, since it has changed; false when the client has to read everything again, since it sees
    /// something else now.
    async fn look_again(&mut self, wire: &mut Wire, desk: Arc<Desk>) -> Result<bool, End> {
        self.desk = desk;
        let Self { caller, desk, .. } = &*self;
        if let Principal::Token { token, .. } = &caller.principal
            && desk.api_token(*token).is_none()
        {
            return Err(End::SIGNED_OUT);
        }
        let sight = Sight::of(&caller.principal, caller.agent_id, desk).ok_or(End::SIGNED_OUT)?;
        let same = sight.same_view(&self.sight);
        self.sight = sight;
        if !same {
            self.resync(wire).await?;
        }
        Ok(same)
    }

    async fn send(&mut self, wire: &mut Wire, chunk: &Chunk, position: Seq) -> Result<(), End> {
        let entries = chunk.after(position);
        let frames = entries.iter().filter_map(|entry| entry.frame(&self.sight));
        wire.send(frames).await?;
        self.position = chunk.last().or(self.position);
        if entries
            .iter()
            .any(|entry| entry.shut_out == Some(self.caller.agent_id))
        {
            Box::pin(self.check_token()).await?;
        }
        Ok(())
    }

    /// Sends a stretch when it is this connection's turn.
    async fn send_in_turn(
        &mut self,
        wire: &mut Wire,
        chunk: &Chunk,
        position: Seq,
    ) -> Result<(), End> {
        let live = self.app.live.clone();
        let Ok(turn) = live.0.resuming.acquire().await else {
            return Err(End::RESTART);
        };
        let sending = self.send(wire, chunk, position);
        tokio::pin!(sending);
        tokio::select! {
            sent = &mut sending => return sent,
            // The turn is for the processor; who waits for a slow client waits alone.
            () = tokio::time::sleep(TURN_MAX) => drop(turn),
        }
        sending.await
    }

    /// Reads a stretch of the past from the store and sends it the same way.
    async fn send_past(&mut self, wire: &mut Wire, position: Seq) -> Result<(), End> {
        let live = self.app.live.clone();
        let Ok(turn) = live.0.past.acquire().await else {
            return Err(End::RESTART);
        };
        let chunk = match self.read_past(position).await {
            Ok(Some(chunk)) => chunk,
            Ok(None) => return self.resync(wire).await,
            Err(error) => {
                error!(%error, "live: the past could not be read");
                return Err(End::TRY_AGAIN);
            }
        };
        drop(turn);
        self.send_in_turn(wire, &chunk, position).await
    }

    /// `None` when the position is below the horizon.
    async fn read_past(&mut self, position: Seq) -> Result<Option<Chunk>, StoreError> {
        let engine = &self.app.engine;
        let events = engine.store().read_since(position, READ_MAX).await?;
        if events.first().is_none_or(|first| first.seq != position + 1) {
            return Ok(None);
        }
        let facts = self.past.get_or_insert_default();
        Ok(Some(encode(engine, facts, &events).await?.chunk))
    }

    async fn tell_caught_up(&mut self, wire: &mut Wire, position: Seq) -> Result<(), End> {
        self.catching_up_to = None;
        self.past = None;
        say(wire, &ServerFrame::CaughtUp { head: position }).await?;
        let looking = self.app.live.presence().who_looks().await;
        let frames = looking.iter().filter_map(|it| it.frame(&self.sight));
        wire.send(frames).await
    }

    async fn resync(&mut self, wire: &mut Wire) -> Result<(), End> {
        metrics::counter!("plugboard_socket_resyncs_total").increment(1);
        self.position = None;
        self.catching_up_to = None;
        self.past = None;
        let head = *self.app.engine.head().borrow();
        say(wire, &ServerFrame::Resync { head }).await
    }

    async fn pass_on(
        &self,
        wire: &mut Wire,
        whisper: Result<Arc<Whisper>, broadcast::error::RecvError>,
    ) -> Result<(), End> {
        match whisper {
            Ok(whisper) => wire.send(whisper.frame(&self.sight).into_iter()).await,
            // What was missed is seconds old, and will be said again while it is true.
            Err(broadcast::error::RecvError::Lagged(_)) => Ok(()),
            Err(broadcast::error::RecvError::Closed) => Err(End::RESTART),
        }
    }

    async fn hear(&mut self, wire: &mut Wire, said: &Utf8Bytes) -> Result<(), End> {
        let frame = match serde_json::from_str(said) {
            Ok(frame) => frame,
            Err(error) => {
                let message = format!("that is no frame of ours: {error}");
                return say(wire, &ServerFrame::Error { message }).await;
            }
        };
        match frame {
            ClientFrame::Subscribe { since } => self.subscribe(wire, since).await,
            ClientFrame::Viewing { conversation_id } => {
                let at = match &conversation_id {
                    None => None,
                    Some(id) => match self.seen(id).await? {
                        Some((id, fact)) => Some((id, fact.place())),
                        None => return unknown(wire).await,
                    },
                };
                let presence = self.app.live.presence();
                presence.looks(self.caller.agent_id, self.id, at);
                Ok(())
            }
            ClientFrame::Typing {
                conversation_id,
                note,
            } => {
                let Some((id, fact)) = self.seen(&conversation_id.unwrap_or_default()).await?
                else {
                    return unknown(wire).await;
                };
                let who = Typist::Agent {
                    id: self.caller.agent_id,
                    note,
                };
                self.app.live.presence().types(who, id, fact);
                Ok(())
            }
            ClientFrame::PhoneOffer { sdp } => Box::pin(self.connect_phone(wire, sdp)).await,
            ClientFrame::PhoneBye => {
                self.leave_phone();
                Ok(())
            }
            ClientFrame::Ping => say(wire, &ServerFrame::Pong).await,
            ClientFrame::Seen { .. } => {
                let message = "seen is for visitors; agents mark as read over HTTP".to_owned();
                say(wire, &ServerFrame::Error { message }).await
            }
        }
    }

    async fn subscribe(&mut self, wire: &mut Wire, since: Seq) -> Result<(), End> {
        let head = *self.app.engine.head().borrow();
        if since > head {
            return self.resync(wire).await;
        }
        self.position = Some(since);
        self.catching_up_to = Some(head);
        self.past = None;
        Ok(())
    }

    /// A conversation that the agent names, if they may see it.
    async fn seen(&self, id: &str) -> Result<Option<(ConversationId, Fact)>, End> {
        let Ok(id) = id.parse() else { return Ok(None) };
        let store = self.app.engine.store();
        let found = async {
            match store.conversation(id, None).await? {
                None => Ok(None),
                Some(view) => Fact::load(store, &view.conversation).await.map(Some),
            }
        };
        let fact = found.await.map_err(|error: StoreError| {
            error!(%error, "live: a conversation could not be read");
            End::TRY_AGAIN
        })?;
        Ok(fact
            .filter(|fact| self.sight.covers(&fact.place()))
            .map(|fact| (id, fact)))
    }

    /// Ends the connection when its token is not valid any more.
    async fn check_token(&self) -> Result<(), End> {
        // When the store does not answer: it was valid, and will be asked again.
        match auth::still_valid(&self.app, &self.caller, self.token_hash).await {
            Ok(true) | Err(_) => Ok(()),
            Ok(false) => Err(End::SIGNED_OUT),
        }
    }
}

pub(super) async fn say(wire: &mut Wire, frame: &ServerFrame) -> Result<(), End> {
    wire.send(std::iter::once(&text(frame))).await
}

async fn unknown(wire: &mut Wire) -> Result<(), End> {
    let message = "there is no such conversation, or not for you".to_owned();
    say(wire, &ServerFrame::Error { message }).await
}
