//! A real server on a real directory, and a client that knows nothing but the contract.
//!
//! Tests are in `tests/it/`: one file for each table of the contract. They start the binary that `cargo build -p
//! plugboard-server` leaves (or the one that `PLUGBOARD_BIN` names), each on a directory of its own.

pub mod mail;

use std::{
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use futures_util::{SinkExt, StreamExt};
use reqwest::{Method, RequestBuilder, StatusCode};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::TcpStream,
    process::{Child, Command},
};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, tungstenite};

/// Nothing on loopback takes longer, or it never happens.
pub const PATIENCE: Duration = Duration::from_secs(120);

/// How long an answer may take that waits for a plugin to be compiled: minutes on a busy machine, in a build for development.
const PLUGIN_PATIENCE: Duration = Duration::from_secs(300);

/// The password of every agent in the tests.
pub const PASSWORD: &str = "correct horse battery";

/// A running server.
pub struct Server {
    pub address: String,
    pub directory: TempDir,
    child: Child,
}

/// An answer, read whole.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub body: Value,
    pub text: String,
    pub headers: reqwest::header::HeaderMap,
}

/// Somebody with a token.
#[derive(Clone)]
pub struct Client {
    pub http: reqwest::Client,
    pub address: String,
    pub token: Option<String>,
    /// The agent's or contact's id.
    pub id: String,
}

/// A websocket.
pub struct Socket(WebSocketStream<MaybeTlsStream<TcpStream>>);

pub fn binary() -> PathBuf {
    if let Ok(path) = std::env::var("PLUGBOARD_BIN") {
        return path.into();
    }
    // The tests' own executable is in target/<profile>/deps.
    let profile = std::env::current_exe()
        .unwrap()
        .parent()
        .unwrap()
        .parent()
        .unwrap()
        .to_owned();
    let path = profile.join("plugboard");
    assert!(
        path.exists(),
        "{} is missing: cargo build -p plugboard-server",
        path.display()
    );
    path
}

/// Compiled plugins are shared by all tests: compiling one takes seconds.
pub fn plugin_cache() -> PathBuf {
    binary().with_file_name("plugin-cache")
}

/// A package of `plugins/dist`.
pub fn package(key: &str) -> Vec<u8> {
    let dist = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../plugins/dist");
    let path = dist.join(format!("{key}.plugboard"));
    std::fs::read(&path).unwrap_or_else(|_| panic!("{} is missing: make plugins", path.display()))
}

impl Server {
    pub async fn start() -> Self {
        Self::start_on(tempfile::tempdir().unwrap(), &[]).await
    }

    pub async fn start_on(directory: TempDir, more: &[(&str, &str)]) -> Self {
        let mut command = Command::new(binary());
        command
            .args(["serve", "--listen", "127.0.0.1:0", "--data"])
            .arg(directory.path())
            .env("PLUGBOARD_LOG", "warn")
            .env("PLUGBOARD_PLUGIN_CACHE", plugin_cache())
            .stdout(Stdio::piped())
            .kill_on_drop(true);
        for (name, value) in more {
            command.env(name, value);
        }
        let mut child = command.spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let ready = tokio::time::timeout(PATIENCE, lines.next_line())
            .await
            .expect("never ready")
            .unwrap();
        let ready = ready.expect("the server ended instead of starting");
        let address = ready
            .split_whitespace()
            .find_map(|word| word.strip_prefix("http://"))
            .expect("an address");
        let address = address.to_owned();
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        Self {
            address,
            directory,
            child,
        }
    }

    /// Asks it to stop, and gives back its directory and exit code.
    pub async fn stop(mut self) -> (TempDir, Option<i32>) {
        let pid = self.child.id().unwrap().to_string();
        Command::new("kill")
            .args(["-TERM", &pid])
            .status()
            .await
            .unwrap();
        let status = tokio::time::timeout(Duration::from_secs(10), self.child.wait())
            .await
            .expect("did not stop in 10 s");
        (self.directory, status.unwrap().code())
    }

    /// Ends it at once, as the machine would.
    pub async fn kill(mut self) -> TempDir {
        self.child.kill().await.unwrap();
        self.directory
    }

    pub async fn create_agent(&self, email: &str, role: &str) {
        assert!(
            create_agent(self.directory.path(), email, role).await.0,
            "agent create failed"
        );
    }

    /// An administrator, made at the console, signed in.
    pub async fn administrator(&self) -> Client {
        self.create_agent("root@example.com", "administrator").await;
        self.sign_in("root@example.com").await
    }

    pub fn nobody(&self) -> Client {
        // Fails only when there is a provider already.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder()
            .no_proxy()
            .timeout(PLUGIN_PATIENCE)
            .build()
            .unwrap();
        Client {
            http,
            address: self.address.clone(),
            token: None,
            id: String::new(),
        }
    }

    pub async fn sign_in(&self, email: &str) -> Client {
        let client = self.nobody();
        let answer = client
            .post(
                "/api/v1/sessions",
                json!({ "email": email, "password": PASSWORD }),
            )
            .await;
        assert_eq!(answer.status, 201, "{answer:?}");
        Client {
            token: Some(answer.text_at("/token")),
            id: answer.text_at("/agent/id"),
            ..client
        }
    }

    /// A new agent of a role, signed in.
    pub async fn agent(&self, by: &Client, name: &str, role: &str) -> Client {
        let email = format!("{}@example.com", name.to_lowercase());
        let body = json!({ "email": email, "name": name, "role": role, "password": PASSWORD });
        let answer = by.post("/api/v1/agents", body).await;
        assert_eq!(answer.status, 201, "{answer:?}");
        self.sign_in(&email).await
    }

    /// A widget inbox.
    pub async fn inbox(&self, by: &Client, settings: Value) -> String {
        let body = json!({ "name": "Shop", "channel": "webchat", "settings": settings });
        let answer = by.post("/api/v1/inboxes", body).await;
        assert_eq!(answer.status, 201, "{answer:?}");
        answer.text_at("/id")
    }

    /// A visitor with a session.
    pub async fn visitor(&self, inbox: &str) -> Client {
        let client = self.nobody();
        let answer = client
            .post(&format!("/chat/v1/{inbox}/sessions"), json!({}))
            .await;
        assert_eq!(answer.status, 201, "{answer:?}");
        Client {
            token: Some(answer.text_at("/visitor_token")),
            id: answer.text_at("/contact_id"),
            ..client
        }
    }
}

/// Runs `plugboard agent create`: whether it succeeded, and what it printed.
pub async fn create_agent(directory: &Path, email: &str, role: &str) -> (bool, String) {
    let mut child = Command::new(binary())
        .args([
            "agent",
            "create",
            "--password-stdin",
            "--email",
            email,
            "--role",
            role,
            "--data",
        ])
        .arg(directory)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(PASSWORD.as_bytes())
        .await
        .unwrap();
    let output = child.wait_with_output().await.unwrap();
    let text = [output.stdout, output.stderr].concat();
    (
        output.status.success(),
        String::from_utf8_lossy(&text).into_owned(),
    )
}

impl Client {
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self
            .http
            .request(method, format!("http://{}{path}", self.address));
        match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    pub async fn get(&self, path: &str) -> Answer {
        send(self.request(Method::GET, path)).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Answer {
        send(self.request(Method::POST, path).json(&body)).await
    }

    /// Uploads one file.
    pub async fn upload(&self, path: &str, bytes: Vec<u8>) -> Answer {
        let part = reqwest::multipart::Part::bytes(bytes).file_name("upload");
        let form = reqwest::multipart::Form::new().part("file", part);
        send(self.request(Method::POST, path).multipart(form)).await
    }

    pub async fn put(&self, path: &str, body: Value) -> Answer {
        send(self.request(Method::PUT, path).json(&body)).await
    }

    pub async fn patch(&self, path: &str, body: Value) -> Answer {
        send(self.request(Method::PATCH, path).json(&body)).await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        send(self.request(Method::DELETE, path)).await
    }

    /// A visitor writes; the conversation.
    pub async fn say(&self, inbox: &str, text: &str) -> String {
        let body = json!({ "text": text, "client_id": uuid_like() });
        let answer = self.post(&format!("/chat/v1/{inbox}/messages"), body).await;
        assert_eq!(answer.status, 201, "{answer:?}");
        answer.text_at("/conversation_id")
    }

    /// An agent answers.
    pub async fn reply(&self, conversation: &str, text: &str) -> Answer {
        let body = json!({ "kind": "reply", "text": text, "client_id": uuid_like() });
        self.post(
            &format!("/api/v1/conversations/{conversation}/messages"),
            body,
        )
        .await
    }

    pub async fn conversation(&self, id: &str) -> Value {
        let answer = self.get(&format!("/api/v1/conversations/{id}")).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.body
    }

    /// Opens a websocket with the token as subprotocol.
    pub async fn socket(&self, path: &str) -> Socket {
        self.try_socket(path).await.expect("the websocket opens")
    }

    pub async fn try_socket(&self, path: &str) -> Result<Socket, tungstenite::Error> {
        use tungstenite::client::IntoClientRequest;
        let mut request = format!("ws://{}{path}", self.address)
            .into_client_request()
            .unwrap();
        if let Some(token) = &self.token {
            let protocol = format!("bearer.{token}");
            request
                .headers_mut()
                .insert("sec-websocket-protocol", protocol.parse().unwrap());
        }
        let (stream, _) = tokio_tungstenite::connect_async(request).await?;
        Ok(Socket(stream))
    }
}

async fn send(request: RequestBuilder) -> Answer {
    let response = request.send().await.expect("an answer");
    let status = response.status();
    let headers = response.headers().clone();
    let text = response.text().await.unwrap();
    let body = serde_json::from_str(&text).unwrap_or(Value::Null);
    let answer = Answer {
        status: status.as_u16(),
        body,
        text,
        headers,
    };
    if status.is_client_error() || status == StatusCode::SERVICE_UNAVAILABLE {
        answer.assert_error_shape();
    }
    assert_ne!(status, StatusCode::INTERNAL_SERVER_ERROR, "{answer:?}");
    answer
}

impl Answer {
    pub fn text_at(&self, pointer: &str) -> String {
        let found = self.body.pointer(pointer).and_then(Value::as_str);
        found
            .unwrap_or_else(|| panic!("no text at {pointer}: {self:?}"))
            .to_owned()
    }

    pub fn items(&self) -> &Vec<Value> {
        self.body["items"]
            .as_array()
            .unwrap_or_else(|| panic!("no items: {self:?}"))
    }

    pub fn code(&self) -> &str {
        self.body
            .pointer("/error/code")
            .and_then(Value::as_str)
            .unwrap_or_default()
    }

    /// Refused with this status and code.
    #[track_caller]
    pub fn refused(&self, status: u16, code: &str) {
        assert_eq!((self.status, self.code()), (status, code), "{self:?}");
    }

    #[track_caller]
    pub fn accepted(&self, status: u16) -> &Value {
        assert_eq!(self.status, status, "{self:?}");
        &self.body
    }

    #[track_caller]
    fn assert_error_shape(&self) {
        let codes = [
            "unauthenticated",
            "forbidden",
            "not_found",
            "invalid",
            "conflict",
            "rate_limited",
            "too_large",
            "unavailable",
        ];
        assert!(
            codes.contains(&self.code()),
            "not an error of the contract: {self:?}"
        );
        let message = self
            .body
            .pointer("/error/message")
            .and_then(Value::as_str)
            .unwrap_or_default();
        assert!(!message.is_empty(), "an error without words: {self:?}");
        for internal in ["panicked", "src/", "rusqlite", "SELECT", "plugboard_"] {
            assert!(
                !self.text.contains(internal),
                "an error that leaks internals: {self:?}"
            );
        }
    }
}

impl Socket {
    pub async fn send(&mut self, frame: Value) {
        self.0
            .send(tungstenite::Message::text(frame.to_string()))
            .await
            .unwrap();
    }

    pub async fn send_raw(&mut self, message: tungstenite::Message) {
        let _ = self.0.send(message).await;
    }

    /// The next frame; `None` when the server closed.
    pub async fn next(&mut self) -> Option<Value> {
        loop {
            let next = tokio::time::timeout(PATIENCE, self.0.next())
                .await
                .expect("no frame came")?;
            match next {
                Ok(tungstenite::Message::Text(text)) => {
                    return Some(serde_json::from_str(&text).expect("a JSON frame"));
                }
                Ok(tungstenite::Message::Close(_)) | Err(_) => return None,
                Ok(_) => {}
            }
        }
    }

    /// The next frame of a type, whatever comes before.
    pub async fn next_of(&mut self, kind: &str) -> Value {
        loop {
            let frame = self
                .next()
                .await
                .unwrap_or_else(|| panic!("closed before a {kind} frame"));
            if frame["type"] == kind {
                return frame;
            }
        }
    }

    /// The next event of a kind.
    pub async fn event(&mut self, kind: &str) -> Value {
        loop {
            let frame = self.next_of("event").await;
            if frame["kind"] == kind {
                return frame;
            }
        }
    }

    /// Subscribes, and reads until caught up: the events.
    pub async fn subscribe(&mut self, since: u64) -> Vec<Value> {
        self.send(json!({ "type": "subscribe", "since": since }))
            .await;
        let mut events = Vec::new();
        loop {
            let frame = self.next().await.expect("closed while catching up");
            match frame["type"].as_str() {
                Some("event") => events.push(frame),
                Some("caught_up") => return events,
                _ => {}
            }
        }
    }
}

/// A text that no other call gives.
pub fn uuid_like() -> String {
    use std::sync::atomic::{AtomicU64, Ordering};
    static NEXT: AtomicU64 = AtomicU64::new(1);
    format!(
        "client-{}-{}",
        std::process::id(),
        NEXT.fetch_add(1, Ordering::Relaxed)
    )
}
