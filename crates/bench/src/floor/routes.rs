//! The calls that the load generator makes, in the documented shapes.

use std::{
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
        mpsc::SyncSender,
    },
};

use axum::{
    Json, Router,
    extract::{
        Path, Query, State,
        ws::{Message, WebSocket, WebSocketUpgrade},
    },
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::oneshot;

use super::{hub::Hub, store, writer::Command};

/// Read buffer of each socket, in bytes: the default of 128 KiB would cost 20 times the memory.
const READ_BUFFER_BYTES: usize = 4096;

/// Frames fed to a socket before it is flushed.
const FEED_MAX: usize = 256;

#[derive(Clone)]
struct Floor {
    data: PathBuf,
    writer: SyncSender<Command>,
    hub: Hub,
    visitors: Arc<AtomicU64>,
}

/// All routes of the floor.
pub(super) fn router(data: PathBuf, writer: SyncSender<Command>, hub: Hub) -> Router {
    let floor = Floor {
        data,
        writer,
        hub,
        visitors: Arc::default(),
    };
    Router::new()
        .route("/healthz", get(|| async { "ok" }))
        .route("/api/v1/sessions", post(sign_in))
        .route("/api/v1/inboxes", post(create_inbox))
        .route("/api/v1/journal", get(journal))
        .route("/api/v1/conversations/{id}", get(conversation))
        .route("/api/v1/ws", get(socket))
        .route("/chat/v1/{inbox}/sessions", post(admit))
        .route("/chat/v1/{inbox}/messages", post(say).get(history))
        .with_state(floor)
}

async fn sign_in() -> (StatusCode, Json<Value>) {
    let body = json!({ "token": "floor", "agent": { "id": "1" } });
    (StatusCode::CREATED, Json(body))
}

async fn create_inbox() -> (StatusCode, Json<Value>) {
    (StatusCode::CREATED, Json(json!({ "id": "1" })))
}

async fn admit(State(floor): State<Floor>) -> (StatusCode, Json<Value>) {
    let number = floor.visitors.fetch_add(1, Ordering::Relaxed) + 1;
    let body = json!({ "visitor_token": number.to_string(), "conversation_id": null });
    (StatusCode::CREATED, Json(body))
}

#[derive(Deserialize)]
struct Say {
    text: String,
    client_id: String,
}

async fn say(
    State(floor): State<Floor>,
    Path(_inbox): Path<String>,
    headers: HeaderMap,
    Json(say): Json<Say>,
) -> Response {
    let Some(conversation) = visitor(&headers) else {
        return StatusCode::UNAUTHORIZED.into_response();
    };
    let (done, answer) = oneshot::channel();
    let command = Command {
        conversation,
        client_id: say.client_id,
        text: say.text,
        done,
    };
    if floor.writer.try_send(command).is_err() {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    let Ok((stored, new)) = answer.await else {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    };
    let status = if new {
        StatusCode::CREATED
    } else {
        StatusCode::OK
    };
    let body =
        json!({ "message": message(&stored), "conversation_id": stored.conversation.to_string() });
    (status, Json(body)).into_response()
}

/// The number that `admit` gave, which is also the conversation.
fn visitor(headers: &HeaderMap) -> Option<i64> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    value.strip_prefix("Bearer ")?.parse().ok()
}

#[derive(Deserialize)]
struct Range {
    #[serde(default)]
    since: i64,
    #[serde(default = "Range::default_limit")]
    limit: i64,
}

impl Range {
    fn default_limit() -> i64 {
        100
    }
}

async fn history(
    State(floor): State<Floor>,
    headers: HeaderMap,
    Query(range): Query<Range>,
) -> Response {
    let Some(conversation) = visitor(&headers) else {
        return StatusCode::UNAUTHORIZED.into_response();
    };
    match store::page(&floor.data, Some(conversation), range.since, range.limit) {
        Ok(rows) => list(&rows.iter().map(message).collect::<Vec<_>>(), &json!({})),
        Err(error) => failure(&error),
    }
}

async fn journal(State(floor): State<Floor>, Query(range): Query<Range>) -> Response {
    let head = *floor.hub.follow().borrow();
    match store::page(&floor.data, None, range.since, range.limit) {
        Ok(rows) => {
            let items: Vec<_> = rows.iter().map(event).collect();
            list(&items, &json!({ "head": head }))
        }
        Err(error) => failure(&error),
    }
}

async fn conversation(State(floor): State<Floor>, Path(id): Path<i64>) -> Response {
    match store::message_count(&floor.data, id) {
        Ok(Some(count)) => {
            Json(json!({ "id": id.to_string(), "message_count": count })).into_response()
        }
        Ok(None) => StatusCode::NOT_FOUND.into_response(),
        Err(error) => failure(&error),
    }
}

fn list(items: &[Value], more: &Value) -> Response {
    let mut body = json!({ "items": items, "next_cursor": null });
    if let (Some(body), Some(more)) = (body.as_object_mut(), more.as_object()) {
        body.extend(more.clone());
    }
    Json(body).into_response()
}

fn failure(error: &anyhow::Error) -> Response {
    let body = json!({ "error": { "code": "unavailable", "message": error.to_string() } });
    (StatusCode::SERVICE_UNAVAILABLE, Json(body)).into_response()
}

fn message(stored: &store::Stored) -> Value {
    json!({ "id": stored.id, "seq": stored.seq, "kind": "inbound", "text": stored.text })
}

fn event(stored: &store::Stored) -> Value {
    json!({
        "seq": stored.seq, "kind": "message.created",
        "conversation_id": stored.conversation.to_string(), "data": { "message": { "id": stored.id } },
    })
}

async fn socket(State(floor): State<Floor>, upgrade: WebSocketUpgrade) -> Response {
    let asked = upgrade.requested_protocols().next().cloned();
    let upgrade = upgrade.read_buffer_size(READ_BUFFER_BYTES);
    let upgrade = match asked {
        Some(protocol) => upgrade.protocols([protocol.to_str().unwrap_or_default().to_owned()]),
        None => upgrade,
    };
    upgrade.on_upgrade(move |socket| async move {
        // An error here is the other side leaving.
        let _ = follow(socket, &floor.hub).await;
    })
}

#[derive(Deserialize)]
struct Subscribe {
    since: i64,
}

async fn follow(mut socket: WebSocket, hub: &Hub) -> Result<(), axum::Error> {
    let mut head = hub.follow();
    let hello = json!({ "type": "hello", "head": *head.borrow() });
    socket.send(Message::text(hello.to_string())).await?;
    let Some(Ok(Message::Text(asked))) = socket.recv().await else {
        return Ok(());
    };
    let Ok(Subscribe { mut since }) = serde_json::from_str(&asked) else {
        return Ok(());
    };
    loop {
        while since < *head.borrow_and_update() {
            since = catch_up(&mut socket, hub, since).await?;
        }
        tokio::select! {
            news = head.changed() => if news.is_err() { return Ok(()) },
            frame = socket.recv() => if !matches!(frame, Some(Ok(_))) { return Ok(()) },
        }
    }
}

/// Feeds what is new and flushes once; answers the position reached.
async fn catch_up(socket: &mut WebSocket, hub: &Hub, since: i64) -> Result<i64, axum::Error> {
    use futures_util::SinkExt as _;
    let Some(frames) = hub.after(since, FEED_MAX) else {
        let resync = json!({ "type": "resync", "head": *hub.follow().borrow() });
        socket.send(Message::text(resync.to_string())).await?;
        return Err(axum::Error::new("not kept any more"));
    };
    let reached = since + i64::try_from(frames.len()).expect("at most 256");
    for frame in frames {
        socket.feed(Message::Text(frame)).await?;
    }
    socket.flush().await?;
    Ok(reached)
}
