//! The binary, and an administrator of it.

use std::{path::PathBuf, process::Stdio, time::Duration};

use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    process::{Child, Command},
};

use crate::{PATIENCE, servers::PASSWORD, until};

/// A running desk.
pub struct Desk {
    pub address: String,
    pub directory: TempDir,
    child: Child,
    http: reqwest::Client,
    token: String,
    arguments: Vec<String>,
}

fn binary() -> PathBuf {
    if let Ok(path) = std::env::var("PLUGBOARD_BIN") {
        return path.into();
    }
    let own = std::env::current_exe().unwrap();
    let path = own.parent().unwrap().parent().unwrap().join("plugboard");
    assert!(
        path.exists(),
        "{} is missing: cargo build -p plugboard-server",
        path.display()
    );
    path
}

impl Desk {
    /// A new desk with an administrator.
    pub async fn start(arguments: &[&str]) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let arguments: Vec<String> = arguments.iter().map(|it| (*it).to_owned()).collect();
        let mut create = Command::new(binary())
            .args([
                "agent",
                "create",
                "--password-stdin",
                "--email",
                "root@example.com",
            ])
            .args(["--role", "administrator", "--data"])
            .arg(directory.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        create
            .stdin
            .take()
            .unwrap()
            .write_all(PASSWORD.as_bytes())
            .await
            .unwrap();
        assert!(create.wait().await.unwrap().success(), "agent create");
        let (child, address) = run(&directory, &arguments).await;
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder()
            .no_proxy()
            .timeout(PATIENCE)
            .build()
            .unwrap();
        let mut desk = Self {
            address,
            directory,
            child,
            http,
            token: String::new(),
            arguments,
        };
        let body = json!({ "email": "root@example.com", "password": PASSWORD });
        let session = desk.post("/api/v1/sessions", body).await;
        desk.token = session["token"].as_str().unwrap().to_owned();
        desk
    }

    /// Kills the process, as a crash would, and starts it again on the same files.
    pub async fn crash(&mut self) {
        self.child.kill().await.unwrap();
        let (child, address) = run(&self.directory, &self.arguments).await;
        self.child = child;
        self.address = address;
    }

    /// The memory of the process, resident now and at its most, in bytes.
    pub fn memory(&self) -> (u64, u64) {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id().unwrap()));
        let status = status.unwrap();
        let find = |name: &str| {
            let line = status.lines().find(|it| it.starts_with(name)).unwrap();
            let number = line.split_whitespace().nth(1).unwrap();
            number.parse::<u64>().unwrap() * 1024
        };
        (find("VmRSS"), find("VmHWM"))
    }

    pub async fn get(&self, path: &str) -> Value {
        let request = self.http.get(format!("http://{}{path}", self.address));
        self.send(request).await.1
    }

    pub async fn post(&self, path: &str, body: Value) -> Value {
        let (status, body) = self.try_post(path, body).await;
        assert!((200..300).contains(&status), "{path}: {status} {body}");
        body
    }

    pub async fn try_post(&self, path: &str, body: Value) -> (u16, Value) {
        let request = self
            .http
            .post(format!("http://{}{path}", self.address))
            .json(&body);
        self.send(request).await
    }

    async fn send(&self, request: reqwest::RequestBuilder) -> (u16, Value) {
        let answer = request.bearer_auth(&self.token).send().await.unwrap();
        let status = answer.status().as_u16();
        let text = answer.text().await.unwrap();
        (
            status,
            serde_json::from_str(&text).unwrap_or(Value::String(text)),
        )
    }

    /// Uploads a file; its id.
    pub async fn upload(&self, name: &str, bytes: &[u8]) -> String {
        let part = reqwest::multipart::Part::bytes(bytes.to_vec()).file_name(name.to_owned());
        let form = reqwest::multipart::Form::new().part("file", part);
        let request = self
            .http
            .post(format!("http://{}/api/v1/attachments", self.address));
        let (status, body) = self.send(request.multipart(form)).await;
        assert!((200..300).contains(&status), "{body}");
        body["id"].as_str().unwrap().to_owned()
    }

    /// The bytes behind a path.
    pub async fn bytes(&self, path: &str) -> Vec<u8> {
        let request = self.http.get(format!("http://{}{path}", self.address));
        let answer = request.bearer_auth(&self.token).send().await.unwrap();
        assert!(answer.status().is_success(), "{path}: {}", answer.status());
        answer.bytes().await.unwrap().to_vec()
    }

    /// An email inbox.
    pub async fn inbox(&self, settings: Value) -> String {
        let body = json!({ "name": settings["address"], "channel": "email", "settings": settings });
        let made = self.post("/api/v1/inboxes", body).await;
        made["id"].as_str().unwrap().to_owned()
    }

    /// All conversations, newest activity first.
    pub async fn conversations(&self) -> Vec<Value> {
        let mut all = Vec::new();
        let mut cursor = String::new();
        loop {
            let page = self
                .get(&format!("/api/v1/conversations?limit=100{cursor}"))
                .await;
            all.extend(
                page["items"]
                    .as_array()
                    .unwrap_or_else(|| panic!("{page}"))
                    .clone(),
            );
            match page["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return all,
            }
        }
    }

    /// Messages of a conversation, oldest first.
    pub async fn messages(&self, id: &str) -> Vec<Value> {
        let page = self
            .get(&format!("/api/v1/conversations/{id}/messages?limit=100"))
            .await;
        page["items"]
            .as_array()
            .unwrap_or_else(|| panic!("{page}"))
            .clone()
    }

    /// Waits for so many conversations; they.
    pub async fn has_conversations(&self, count: usize) -> Vec<Value> {
        until(&format!("{count} conversations"), || async {
            let all = self.conversations().await;
            (all.len() >= count).then_some(all)
        })
        .await
    }

    /// Waits for a message with this in its text; it and its conversation's id.
    pub async fn has_message(&self, text: &str) -> (Value, String) {
        until(&format!("a message {text:?}"), || async {
            for conversation in self.conversations().await {
                let id = conversation["id"].as_str().unwrap().to_owned();
                for message in self.messages(&id).await {
                    if message["text"].as_str().is_some_and(|it| it.contains(text)) {
                        return Some((message, id));
                    }
                }
            }
            None
        })
        .await
    }

    /// Answers in a conversation; the message's id.
    pub async fn reply(&self, id: &str, text: &str, attachments: &[String]) -> String {
        let body = json!({ "kind": "reply", "text": text, "client_id": text.chars().take(100).collect::<String>(), "attachments": attachments });
        let made = self
            .post(&format!("/api/v1/conversations/{id}/messages"), body)
            .await;
        made["id"].as_str().unwrap().to_owned()
    }

    /// Waits until a message's delivery is in this state; the message.
    pub async fn is_delivery(&self, conversation: &str, message: &str, state: &str) -> Value {
        until(&format!("delivery {state}"), || async {
            let all = self.messages(conversation).await;
            let found = all.into_iter().find(|it| it["id"] == message)?;
            (found["delivery"]["state"] == state).then_some(found)
        })
        .await
    }

    /// Texts of everything that came in, in no order.
    pub async fn inbound(&self) -> Vec<String> {
        let mut texts = Vec::new();
        for conversation in self.conversations().await {
            for message in self.messages(conversation["id"].as_str().unwrap()).await {
                if message["kind"] == "inbound" {
                    texts.push(message["text"].as_str().unwrap().trim().to_owned());
                }
            }
        }
        texts
    }
}

async fn run(directory: &TempDir, arguments: &[String]) -> (Child, String) {
    let mut child = Command::new(binary())
        .args(["serve", "--listen", "127.0.0.1:0", "--data"])
        .arg(directory.path())
        .args(arguments)
        .env(
            "PLUGBOARD_LOG",
            std::env::var("PLUGBOARD_LOG").unwrap_or("error".into()),
        )
        .env(
            "PLUGBOARD_PLUGIN_CACHE",
            binary().with_file_name("plugin-cache"),
        )
        .env("PLUGBOARD_RATE_LIMITS", "off")
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let ready = tokio::time::timeout(Duration::from_secs(300), lines.next_line()).await;
    let ready = ready
        .expect("never ready")
        .unwrap()
        .expect("the desk ended instead of starting");
    let address = ready
        .split_whitespace()
        .find_map(|it| it.strip_prefix("http://"));
    let address = address.expect("an address").to_owned();
    tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
    (child, address)
}

/// Settings of an inbox on these servers. `imap` and `smtp` are ports, which may be those of proxies.
pub fn settings(address: &str, imap: u16, smtp: u16) -> Value {
    json!({
        "address": address,
        "imap": { "host": "127.0.0.1", "port": imap, "tls": "none" },
        "imap_password": PASSWORD,
        "smtp": { "host": "127.0.0.1", "port": smtp, "tls": "none", "user": "" },
        "undo_seconds": 0
    })
}
