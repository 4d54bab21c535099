//! The visitors' socket: `GET /chat/v1/{inbox_id}/ws`. It hears a bell and reads the store, whose rule is the only one that
//! says what a visitor may see: the same as for `GET …/messages`.

use std::convert::Infallible;

use axum::{
    extract::{
        Request, State,
        ws::{Utf8Bytes, WebSocket},
    },
    response::Response,
};
use plugboard_domain::{Seq, message::Delivery};
use plugboard_protocol::{
    live::{ClientFrame, ServerFrame},
    time,
};
use plugboard_store::{MessageView, StoreError};
use serde::Deserialize;
use tokio::time::{Duration, Instant};
use tracing::error;
use utoipa::IntoParams;

use super::{
    agent::{bearer, upgrade},
    bells::Listening,
    encode::text,
    facts::Fact,
    presence::Typist,
    socket::{End, Heard, Wire},
};
use crate::{
    ApiError, App,
    extract::Query,
    responses::PublicErrors,
    visitors::{
        access::{self, Site, Visitor},
        message::visitor_message,
        seen::{mark_seen, report},
    },
};

/// Messages read and sent at once.
const READ_MAX: usize = 100;

/// A visitor's word on typing is taken this often at most: each costs a look at the store.
const TYPING_EVERY: Duration = Duration::from_secs(1);

/// Where to go on.
#[derive(Clone, Copy, Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub(super) struct SocketQuery {
    /// The journal position that the client has: subscribes at once. Without it, say `subscribe`.
    since: Option<u64>,
}

/// The visitor's live connection: a websocket. The token goes as subprotocol `bearer.TOKEN` or as `Authorization`; never in
/// the address, which ends up in logs.
#[utoipa::path(
    get,
    path = "/chat/v1/{inbox_id}/ws",
    tag = "visitors",
    security(("bearer" = [])),
    params(("inbox_id" = String, Path), SocketQuery),
    responses(
        (status = 101, description = "Switches to a websocket"),
        PublicErrors,
    )
)]
pub(super) async fn connect_visitor(
    State(app): State<App>,
    site: Site,
    Query(query): Query<SocketQuery>,
    request: Request,
) -> Result<Response, ApiError> {
    let (mut parts, _) = request.into_parts();
    let presented = bearer(&parts.headers);
    let token = match &presented {
        Some((token, _)) => Some(token.as_str()),
        None => access::bearer(&parts.headers),
    };
    let token = token.ok_or_else(|| {
        ApiError::unauthenticated("send the visitor token as subprotocol bearer.TOKEN")
    })?;
    let visitor = Visitor::find(&app, site, token).await?;
    app.flood.read(visitor.contact)?;
    let mut upgrade = upgrade(&mut parts, &app).await?;
    if let Some((_, protocol)) = presented {
        upgrade.set_selected_protocol(protocol);
    }
    let bell = app.live.bells().listen(visitor.inbox_id(), visitor.contact);
    let bell = bell.ok_or_else(|| ApiError::rate_limited(5))?;
    let connection = Connection {
        app,
        visitor,
        bell,
        position: query.since,
        catching_up: query.since.is_some(),
        told_to_resync: false,
        seen: 0,
        typed_at: None,
    };
    Ok(upgrade.on_upgrade(|socket| connection.run(socket)))
}

struct Connection {
    app: App,
    visitor: Visitor,
    bell: Listening,
    /// Up to where messages were sent; `None` until the client subscribes.
    position: Option<Seq>,
    /// True until the client was told that it has everything.
    catching_up: bool,
    /// A client that asks for the future again after `resync` is taken to mean now.
    told_to_resync: bool,
    /// Up to where messages were marked as read.
    seen: Seq,
    typed_at: Option<Instant>,
}

impl Connection {
    fn run(mut self, socket: WebSocket) -> impl Future<Output = ()> + Send {
        let live = self.app.live.clone();
        live.tracked(async move {
            let gauge = metrics::gauge!("plugboard_sockets", "of" => "visitor");
            gauge.increment(1.0);
            let mut wire = Wire::new(socket);
            let Err(end) = self.serve(&mut wire).await;
            drop(self);
            Box::pin(wire.end(end)).await;
            gauge.decrement(1.0);
        })
    }

    async fn serve(&mut self, wire: &mut Wire) -> Result<Infallible, End> {
        let stop = self.app.live.stopping().clone();
        let hello = ServerFrame::Hello {
            head: self.head(),
            server: env!("CARGO_PKG_VERSION").to_owned(),
            now: time(self.app.engine.now()),
        };
        say(wire, &hello).await?;
        if let Some(since) = self.position {
            self.subscribe(wire, since).await?;
        }
        let mut more = self.position.is_some();
        loop {
            if more {
                more = Box::pin(self.advance(wire)).await?;
            }
            tokio::select! {
                biased;
                () = stop.cancelled() => return Err(End::RESTART),
                heard = wire.hear() => match heard? {
                    Heard::Text(said) => more |= Box::pin(self.hear(wire, &said)).await?,
                    Heard::Pulse => Box::pin(self.check()).await?,
                },
                frame = self.bell.typing() => wire.send(std::iter::once(&frame)).await?,
                () = std::future::ready(()), if more => {}
                () = self.bell.rung() => more = true,
            }
        }
    }

    fn head(&self) -> Seq {
        *self.app.engine.head().borrow()
    }

    /// Sends what the visitor has not got yet; true when there is more.
    async fn advance(&mut self, wire: &mut Wire) -> Result<bool, End> {
        let Some(position) = self.position else {
            return Ok(false);
        };
        // Before reading: what is committed later rings again.
        let head = self.head();
        let store = self.app.engine.store();
        let (inbox, contact) = (self.visitor.inbox_id(), self.visitor.contact);
        let found = store
            .visitor_messages(inbox, contact, position, READ_MAX)
            .await
            .map_err(|error| failed(&error))?;
        let desk = self.app.engine.desk();
        let frames: Vec<_> = found.iter().map(|view| frame(view, &desk)).collect();
        wire.send(frames.iter()).await?;
        if let Some(last) = found.last() {
            self.position = Some(last.row.seq);
            report(&self.app, &self.visitor, found.iter(), &Delivery::Delivered).await;
        }
        if found.len() == READ_MAX {
            return Ok(true);
        }
        if self.catching_up {
            self.catching_up = false;
            let head = head.max(position);
            say(wire, &ServerFrame::CaughtUp { head }).await?;
        }
        Ok(false)
    }

    /// Acts on what the client says; true when there may be something to send.
    async fn hear(&mut self, wire: &mut Wire, said: &Utf8Bytes) -> Result<bool, End> {
        let frame = match serde_json::from_str(said) {
            Ok(frame) => frame,
            Err(error) => {
                let message = format!("that is no frame of ours: {error}");
                say(wire, &ServerFrame::Error { message }).await?;
                return Ok(false);
            }
        };
        match frame {
            ClientFrame::Subscribe { since } => {
                self.subscribe(wire, since).await?;
                return Ok(true);
            }
            ClientFrame::Typing { .. } => self.typing().await?,
            ClientFrame::Seen { seq } if seq > self.seen => {
                let to = seq.min(self.head());
                mark_seen(&self.app, &self.visitor, self.seen, to)
                    .await
                    .map_err(|error| failed(&error))?;
                self.seen = to;
            }
            ClientFrame::Seen { .. } => {}
            ClientFrame::Ping => say(wire, &ServerFrame::Pong).await?,
            ClientFrame::Viewing { .. }
            | ClientFrame::PhoneOffer { .. }
            | ClientFrame::PhoneBye => {
                let message = "that is for agents".to_owned();
                say(wire, &ServerFrame::Error { message }).await?;
            }
        }
        Ok(false)
    }

    async fn subscribe(&mut self, wire: &mut Wire, since: Seq) -> Result<(), End> {
        let head = self.head();
        if since > head && !self.told_to_resync {
            self.told_to_resync = true;
            self.position = None;
            metrics::counter!("plugboard_socket_resyncs_total").increment(1);
            return say(wire, &ServerFrame::Resync { head }).await;
        }
        self.position = Some(since.min(head));
        self.catching_up = true;
        Ok(())
    }

    async fn typing(&mut self) -> Result<(), End> {
        let now = Instant::now();
        if self.typed_at.is_some_and(|at| now < at + TYPING_EVERY) {
            return Ok(());
        }
        self.typed_at = Some(now);
        let store = self.app.engine.store();
        let (inbox, contact) = (self.visitor.inbox_id(), self.visitor.contact);
        let current = store.current_conversation(inbox, contact).await;
        if let Some(conversation) = current.map_err(|error| failed(&error))? {
            let fact = Fact::load(store, &conversation)
                .await
                .map_err(|error| failed(&error))?;
            let presence = self.app.live.presence();
            presence.types(Typist::Contact, conversation.id, fact);
        }
        Ok(())
    }

    /// Ends the connection when the inbox is gone, or the token is nobody's any more.
    async fn check(&self) -> Result<(), End> {
        let id = self.visitor.inbox_id().to_string();
        let Ok(site) = Site::find(&self.app, &id) else {
            return Err(End::SIGNED_OUT);
        };
        let found = Visitor::find(&self.app, site, self.visitor.token.reveal()).await;
        match found {
            Ok(found) if found.contact == self.visitor.contact => Ok(()),
            Err(error) if error.status().is_server_error() => Ok(()),
            _ => Err(End::SIGNED_OUT),
        }
    }
}

fn frame(view: &MessageView, desk: &plugboard_domain::desk::Desk) -> Utf8Bytes {
    let message = visitor_message(view, desk);
    text(&ServerFrame::Event {
        seq: message.seq,
        kind: "message.created".to_owned(),
        at: message.at.clone(),
        actor: None,
        conversation_id: Some(view.shown_in.to_string()),
        data: serde_json::json!({ "message": message }),
    })
}

async fn say(wire: &mut Wire, frame: &ServerFrame) -> Result<(), End> {
    wire.send(std::iter::once(&text(frame))).await
}

fn failed(error: &StoreError) -> End {
    error!(%error, "live: a visitor's messages could not be read");
    End::TRY_AGAIN
}
