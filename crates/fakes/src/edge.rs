//! The fakes on loopback: the providers' APIs, their sockets, the customers' phones, and the control of faults and clock.

use std::{sync::Arc, time::Duration};

use axum::{
    Extension, Router,
    body::Bytes,
    extract::{
        Path, Query, State, WebSocketUpgrade,
        ws::{Message, WebSocket},
    },
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri},
    response::{Html, IntoResponse, Json, Response},
    routing::{any, get, post},
};
use futures_util::{SinkExt as _, StreamExt as _};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::{
    Answer, Asked, Fakes, Fault, Push, Said,
    carrier::{self, Carrier},
    phone,
};

/// How often waiting things look at the clock without news.
const LOOK_MS: u64 = 250;

/// The largest body that is taken: Telegram lets bots send 50 MB.
const BODY_MAX: usize = 52 * 1024 * 1024;

/// How a webhook that was not taken is noted among the calls.
pub const WEBHOOK: &str = "webhook";

type Shared = State<Arc<Fakes>>;

/// All routes of the providers.
pub fn router(fakes: Arc<Fakes>) -> Router {
    Router::new()
        .route("/", get(index))
        .route("/dingtalk/connect", get(stream))
        .route("/control/clock", get(clock).post(set_clock))
        .route("/control/{provider}", get(state))
        .route("/control/{provider}/say", post(say))
        .route("/control/{provider}/read", post(read))
        .route("/control/{provider}/act", post(act))
        .route("/control/{provider}/lines", get(lines))
        .route("/control/{provider}/faults", post(arm))
        .route("/control/{provider}/hook", post(hook))
        .route("/control/{provider}/block", post(block))
        .route("/control/{provider}/files/{id}", get(file))
        .route("/{provider}", get(page))
        .route("/{provider}/", get(page))
        .route("/{provider}/{*path}", any(api))
        .layer(axum::extract::DefaultBodyLimit::max(BODY_MAX))
        .with_state(fakes)
}

/// Answers on the listener and carries pushes, until the process ends; with the telephones of a carrier where there is one.
pub async fn serve(
    fakes: Arc<Fakes>,
    carrier: Option<Carrier>,
    listener: TcpListener,
) -> std::io::Result<()> {
    let others = if carrier.is_some() {
        &[carrier::PAGE][..]
    } else {
        &[]
    };
    let telephones = carrier.map(Carrier::router).unwrap_or_default();
    let all = router(Arc::clone(&fakes)).merge(telephones);
    let all = all.layer(Extension(Others(others)));
    let answering = axum::serve(listener, all).into_future();
    // Whoever drops this ends both.
    tokio::select! {
        ended = answering => ended,
        () = carry(fakes) => Ok(()),
    }
}

/// Carries pushes to the webhooks, one after the other for each provider.
pub async fn carry(fakes: Arc<Fakes>) {
    // The process may have chosen a provider already; that is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::new();
    loop {
        for name in fakes.names() {
            let target = fakes
                .get(name)
                .and_then(|mut provider| provider.board().hook.clone());
            while let Some(target) = &target {
                let Some(push) = fakes.take_push(name) else {
                    break;
                };
                let answer = ask(&client, target, &push).await;
                // Nobody there is no status.
                let status = answer.map_or(0, |(status, _)| status);
                if !(200..300).contains(&status) {
                    let now_ms = fakes.clock.now_ms();
                    if let Some(mut provider) = fakes.get(name) {
                        provider.board().called(WEBHOOK.to_owned(), status, now_ms);
                    }
                    fakes.refused(name, push);
                    break;
                }
            }
        }
        let _ = tokio::time::timeout(Duration::from_millis(LOOK_MS), fakes.news.notified()).await;
    }
}

async fn ask(client: &reqwest::Client, target: &str, push: &Push) -> Option<(u16, String)> {
    let mut url = target.to_owned();
    if !push.query.is_empty() {
        url.push(if url.contains('?') { '&' } else { '?' });
        url.push_str(&push.query);
    }
    let method = reqwest::Method::from_bytes(push.method.as_bytes()).ok()?;
    let mut request = client
        .request(method, url)
        .body(push.body.clone())
        .timeout(Duration::from_secs(5));
    for (name, value) in &push.headers {
        request = request.header(name, value);
    }
    let answer = request.send().await.ok()?;
    let status = answer.status().as_u16();
    Some((status, answer.text().await.ok()?))
}

async fn api(
    State(fakes): Shared,
    Path((provider, path)): Path<(String, String)>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let raw = uri
        .path()
        .split_once(&format!("/{provider}/"))
        .map_or(path, |(_, rest)| rest.to_owned());
    let mut asked = Asked {
        method: method.to_string(),
        path: format!("/{raw}"),
        query: uri.query().unwrap_or_default().to_owned(),
        headers: headers
            .iter()
            .map(|(name, value)| {
                (
                    name.to_string(),
                    String::from_utf8_lossy(value.as_bytes()).into_owned(),
                )
            })
            .collect(),
        body: body.to_vec(),
        waited: false,
    };
    let mut waited_ms = 0;
    loop {
        let answer = fakes.call(&provider, &asked);
        let Some(wait_ms) = answer.wait_ms else {
            tokio::time::sleep(Duration::from_millis(answer.delay_ms)).await;
            return response(answer);
        };
        let _ = tokio::time::timeout(Duration::from_millis(LOOK_MS), fakes.news.notified()).await;
        waited_ms += LOOK_MS;
        asked.waited = waited_ms >= wait_ms;
    }
}

fn response(answer: Answer) -> Response {
    let mut response = Response::new(answer.body.into());
    *response.status_mut() = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::BAD_GATEWAY);
    for (name, value) in answer.headers {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

#[derive(Deserialize)]
struct Ticket {
    ticket: String,
}

async fn stream(
    State(fakes): Shared,
    Query(ticket): Query<Ticket>,
    upgrade: WebSocketUpgrade,
) -> Response {
    let now_ms = fakes.clock.now_ms();
    let socket = fakes
        .get("dingtalk")
        .and_then(|mut provider| provider.socket_open(now_ms, &ticket.ticket));
    match socket {
        Some(id) => upgrade.on_upgrade(move |socket| follow(fakes, id, socket)),
        None => StatusCode::UNAUTHORIZED.into_response(),
    }
}

async fn follow(fakes: Arc<Fakes>, id: u64, socket: WebSocket) {
    let (mut out, mut heard) = socket.split();
    loop {
        let now_ms = fakes.clock.now_ms();
        let due = fakes
            .get("dingtalk")
            .and_then(|mut provider| provider.socket_take(now_ms, id));
        let Some(due) = due else {
            let _ = out.close().await;
            return;
        };
        for frame in due {
            if out.send(Message::Text(frame.into())).await.is_err() {
                break;
            }
        }
        tokio::select! {
            () = fakes.news.notified() => {}
            () = tokio::time::sleep(Duration::from_millis(LOOK_MS)) => {}
            frame = heard.next() => {
                let Some(Ok(frame)) = frame else { break };
                if let (Message::Text(text), Some(mut provider)) = (frame, fakes.get("dingtalk")) {
                    provider.socket_heard(now_ms, id, &text);
                }
            }
        }
    }
    if let Some(mut provider) = fakes.get("dingtalk") {
        provider.socket_gone(id);
    }
}

/// Pages beside those of the providers.
#[derive(Clone, Copy)]
struct Others(&'static [&'static str]);

async fn index(State(fakes): Shared, others: Option<Extension<Others>>) -> Html<String> {
    let mut names = fakes.names();
    names.extend(others.map(|it| it.0.0).unwrap_or_default());
    Html(phone::index(&names))
}

async fn page(State(fakes): Shared, Path(provider): Path<String>) -> Response {
    if fakes.names().contains(&provider.as_str()) {
        Html(phone::page(&provider)).into_response()
    } else {
        StatusCode::NOT_FOUND.into_response()
    }
}

async fn clock(State(fakes): Shared) -> Json<Value> {
    Json(json!({"now_ms": fakes.clock.now_ms()}))
}

#[derive(Deserialize)]
struct SetClock {
    #[serde(default)]
    at_ms: Option<i64>,
    #[serde(default)]
    advance_ms: Option<i64>,
}

/// `{"at_ms": …}` stops it, `{"advance_ms": …}` moves it, `{}` lets it follow the machine.
async fn set_clock(State(fakes): Shared, Json(set): Json<SetClock>) -> Json<Value> {
    match set.advance_ms {
        Some(by_ms) => fakes.clock.advance(by_ms),
        None => fakes.clock.set(set.at_ms),
    }
    fakes.news.notify_waiters();
    clock(State(fakes)).await
}

async fn state(State(fakes): Shared, Path(name): Path<String>, headers: HeaderMap) -> Response {
    let host = headers
        .get("host")
        .and_then(|host| host.to_str().ok())
        .unwrap_or("127.0.0.1");
    let Some(mut provider) = fakes.get(&name) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let setup = provider.setup(&format!("http://{host}/{name}"));
    let board = provider.board();
    Json(json!({
        "setup": setup, "hook": board.hook, "faults": board.armed(), "people": board.people.values().collect::<Vec<_>>(),
        "waiting_pushes": board.pushes.len(), "calls": board.calls
    }))
    .into_response()
}

async fn say(State(fakes): Shared, Path(name): Path<String>, Json(said): Json<Said>) -> Response {
    if fakes.get(&name).is_none() {
        return StatusCode::NOT_FOUND.into_response();
    }
    Json(json!({"id": fakes.say(&name, &said)})).into_response()
}

#[derive(Deserialize)]
struct Who {
    person: String,
    #[serde(default)]
    blocked: bool,
}

async fn read(State(fakes): Shared, Path(name): Path<String>, Json(who): Json<Who>) -> StatusCode {
    fakes.read(&name, &who.person);
    StatusCode::NO_CONTENT
}

async fn block(State(fakes): Shared, Path(name): Path<String>, Json(who): Json<Who>) -> StatusCode {
    let Some(mut provider) = fakes.get(&name) else {
        return StatusCode::NOT_FOUND;
    };
    match provider.board().people.get_mut(&who.person) {
        Some(person) => {
            person.blocked = who.blocked;
            StatusCode::NO_CONTENT
        }
        None => StatusCode::NOT_FOUND,
    }
}

async fn act(State(fakes): Shared, Path(name): Path<String>, Json(act): Json<Value>) -> Response {
    let now_ms = fakes.clock.now_ms();
    let Some(done) = fakes
        .get(&name)
        .map(|mut provider| provider.act(now_ms, &act))
    else {
        return StatusCode::NOT_FOUND.into_response();
    };
    fakes.news.notify_waiters();
    Json(done).into_response()
}

#[derive(Deserialize)]
struct OfPerson {
    person: Option<String>,
}

async fn lines(
    State(fakes): Shared,
    Path(name): Path<String>,
    Query(of): Query<OfPerson>,
) -> Json<Value> {
    let lines: Vec<Value> = fakes
        .lines(&name)
        .into_iter()
        .filter(|line| of.person.as_ref().is_none_or(|person| line.person == *person))
        .map(|line| {
            let media = line.media.as_ref().map(|media| {
                json!({"url": format!("/control/{name}/files/{}", media.id), "name": media.name, "mime": media.mime})
            });
            json!({
                "id": line.id, "person": line.person, "from_person": line.from_person, "text": line.text,
                "media": media, "at_ms": line.at_ms, "state": line.state
            })
        })
        .collect();
    Json(json!(lines))
}

async fn file(State(fakes): Shared, Path((name, id)): Path<(String, String)>) -> Response {
    let file = fakes
        .get(&name)
        .and_then(|mut provider| provider.board().files.get(&id).cloned());
    match file {
        Some(file) => response(Answer::file(&file.mime, &file.name, file.data)),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

#[derive(Deserialize)]
struct Arm {
    fault: Fault,
    #[serde(default = "once")]
    times: u32,
}

fn once() -> u32 {
    1
}

async fn arm(State(fakes): Shared, Path(name): Path<String>, Json(arm): Json<Arm>) -> StatusCode {
    fakes.arm(&name, arm.fault, arm.times);
    StatusCode::NO_CONTENT
}

#[derive(Deserialize)]
struct Hook {
    url: Option<String>,
}

/// Says where pushes go, as one does in the provider's own pages, and verifies it as the provider would.
async fn hook(State(fakes): Shared, Path(name): Path<String>, Json(hook): Json<Hook>) -> Response {
    let now_ms = fakes.clock.now_ms();
    let verification = fakes
        .get(&name)
        .and_then(|mut provider| provider.verification(now_ms));
    if let (Some(url), Some((push, wanted))) = (&hook.url, verification) {
        let client = reqwest::Client::new();
        let answer = ask(&client, url, &push).await;
        if answer
            .as_ref()
            .is_none_or(|(status, body)| *status != 200 || *body != wanted)
        {
            let status = answer.map(|(status, _)| status);
            return (
                StatusCode::BAD_REQUEST,
                Json(json!({"error": "the webhook was not verified", "status": status})),
            )
                .into_response();
        }
    }
    if let Some(mut provider) = fakes.get(&name) {
        provider.board().hook = hook.url;
    }
    fakes.news.notify_waiters();
    StatusCode::NO_CONTENT.into_response()
}
