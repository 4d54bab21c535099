//! A provider that gives tokens and says which are good: what Gmail and Microsoft are to a mailbox, on this machine.

use std::sync::{Arc, Mutex};

use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

/// Gives tokens.
#[derive(Clone)]
pub struct Issuer {
    pub port: u16,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    /// How many tokens it gave; each takes the place of the one before.
    given: u32,
    /// How long a token is good for, in seconds.
    life: u64,
    /// It gives no more.
    withdrawn: bool,
    /// How many of those that it gave ended before their time.
    ended: u32,
}

impl State {
    /// Whether this has the newest token in it, which has not ended.
    fn is_good(&self, text: &str) -> bool {
        let newest = format!("token-{}", self.given);
        let whole = |at: usize| {
            let rest = &text[at + newest.len()..];
            !rest.starts_with(|it: char| it.is_ascii_digit())
        };
        let named = text.match_indices(&newest).any(|(at, _)| whole(at));
        self.given > self.ended && !self.withdrawn && named
    }
}

impl Issuer {
    /// One whose tokens are good for so long.
    pub async fn start(life: u64) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let issuer = Self {
            port: listener.local_addr().unwrap().port(),
            state: Arc::default(),
        };
        issuer.state.lock().unwrap().life = life;
        let own = issuer.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let own = own.clone();
                tokio::spawn(async move {
                    let _ = own.serve(stream).await;
                });
            }
        });
        issuer
    }

    /// How many tokens it gave.
    pub fn given(&self) -> u32 {
        self.state.lock().unwrap().given
    }

    /// Ends every token that it gave; new ones can be had.
    pub fn end_all(&self) {
        let mut state = self.state.lock().unwrap();
        state.ended = state.given;
    }

    /// Whether a token is good now.
    pub fn is_good(&self, token: &str) -> bool {
        self.state.lock().unwrap().is_good(token)
    }

    /// Takes its leave back.
    pub fn withdraw(&self) {
        self.state.lock().unwrap().withdrawn = true;
    }

    fn answer(&self, request: &str) -> (u16, serde_json::Value) {
        let mut state = self.state.lock().unwrap();
        if request.contains("grant_type=") {
            let known = request.contains("refresh_token=leave");
            if state.withdrawn || !known {
                return (400, json!({ "error": "invalid_grant" }));
            }
            state.given += 1;
            let token = format!("token-{}", state.given);
            return (
                200,
                json!({ "access_token": token, "expires_in": state.life, "token_type": "Bearer" }),
            );
        }
        if state.is_good(request) {
            (
                200,
                json!({ "active": true, "username": "help@shop.example" }),
            )
        } else {
            (200, json!({ "active": false }))
        }
    }

    async fn serve(&self, mut stream: TcpStream) -> std::io::Result<()> {
        let mut request = Vec::new();
        let mut buffer = [0; 4096];
        loop {
            let read = stream.read(&mut buffer).await?;
            request.extend_from_slice(&buffer[..read]);
            let text = String::from_utf8_lossy(&request).into_owned();
            let whole = text.split_once("\r\n\r\n").is_some_and(|(head, body)| {
                let length = head.lines().find_map(|it| {
                    let (name, value) = it.split_once(':')?;
                    name.eq_ignore_ascii_case("content-length")
                        .then(|| value.trim().parse().ok())?
                });
                body.len() >= length.unwrap_or(0)
            });
            if whole {
                let (status, body) = self.answer(&text);
                let body = body.to_string();
                let answer = format!(
                    "HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
                    body.len()
                );
                return stream.write_all(answer.as_bytes()).await;
            }
            if read == 0 {
                return Ok(());
            }
        }
    }
}
