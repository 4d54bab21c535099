//! The two ends of mail: a mail server that hands mail over by LMTP, and one that takes what the desk sends.

use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
};

use crate::{Client, PATIENCE, Server};

/// A mail that the sink took.
#[derive(Clone, Debug)]
pub struct Taken {
    pub to: Vec<String>,
    pub source: String,
}

/// A mail server. It refuses `gone@`, makes `busy@` wait, and breaks off before it answers for `lost@`.
pub struct Sink {
    pub port: u16,
    taken: Arc<Mutex<Vec<Taken>>>,
}

impl Sink {
    pub async fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let taken = Arc::new(Mutex::new(Vec::new()));
        let all = taken.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, all.clone()));
            }
        });
        Self { port, taken }
    }

    pub fn taken(&self) -> Vec<Taken> {
        self.taken.lock().unwrap().clone()
    }
}

async fn serve(stream: TcpStream, taken: Arc<Mutex<Vec<Taken>>>) -> Option<()> {
    let (read, mut write) = stream.into_split();
    let mut lines = BufReader::new(read).lines();
    write.write_all(b"220 sink\r\n").await.ok()?;
    let mut to: Vec<String> = Vec::new();
    while let Some(line) = lines.next_line().await.ok()? {
        let verb = line.to_ascii_uppercase();
        let answer = if let Some(rest) = verb.strip_prefix("RCPT TO:<") {
            let address = rest.split('>').next()?.to_ascii_lowercase();
            let answer = match address.split('@').next()? {
                "gone" => "550 5.1.1 no such mailbox",
                "busy" => "451 4.7.1 come back in a while",
                _ => "250 2.1.5 ok",
            };
            if answer.starts_with("250") {
                to.push(address);
            }
            answer
        } else if verb == "DATA" {
            write.write_all(b"354 go on\r\n").await.ok()?;
            let mut source = String::new();
            while let Some(line) = lines.next_line().await.ok()? {
                if line == "." {
                    break;
                }
                source.push_str(&line);
                source.push('\n');
            }
            let to = std::mem::take(&mut to);
            if to.iter().any(|it| it.starts_with("lost@")) {
                return None;
            }
            taken.lock().unwrap().push(Taken { to, source });
            "250 2.0.0 taken"
        } else if verb.starts_with("EHLO") {
            "250-sink\r\n250 8BITMIME"
        } else if verb == "QUIT" {
            write.write_all(b"221 bye\r\n").await.ok()?;
            return None;
        } else {
            "250 2.0.0 ok"
        };
        write
            .write_all(format!("{answer}\r\n").as_bytes())
            .await
            .ok()?;
    }
    None
}

/// A desk with an email inbox.
pub struct Post {
    pub server: Server,
    pub admin: Client,
    pub sink: Sink,
    pub inbox: String,
    lmtp: u16,
}

/// The inbox's address.
pub const HELP: &str = "help@shop.example";

impl Post {
    /// Agents may take a mail back for so many seconds.
    pub async fn open(undo_seconds: u64) -> Self {
        let lmtp = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = lmtp.local_addr().unwrap().port();
        drop(lmtp);
        let listen = format!("127.0.0.1:{port}");
        let directory = tempfile::tempdir().unwrap();
        let server = Server::start_on(directory, &[("PLUGBOARD_LMTP", &listen)]).await;
        let admin = server.administrator().await;
        let sink = Sink::open().await;
        let settings = json!({
            "address": HELP, "from_name": "Shop", "lmtp": true, "undo_seconds": undo_seconds, "signature": "<p>The Shop</p>",
            "smtp": { "host": "127.0.0.1", "port": sink.port, "tls": "none", "user": "help" },
            "smtp_password": "hunter2secret",
        });
        let body = json!({ "name": "Help", "channel": "email", "settings": settings });
        let made = admin.post("/api/v1/inboxes", body).await;
        assert_eq!(made.status, 201, "{made:?}");
        let inbox = made.text_at("/id");
        Self {
            server,
            admin,
            sink,
            inbox,
            lmtp: port,
        }
    }

    /// Hands a mail over; what the desk answered after its last dot.
    pub async fn deliver(&self, source: &str) -> String {
        let (read, mut write) = TcpStream::connect(("127.0.0.1", self.lmtp))
            .await
            .unwrap()
            .into_split();
        let mut lines = BufReader::new(read).lines();
        let body = source.replace('\n', "\r\n").replace("\r\n.", "\r\n..");
        let from = "MAIL FROM:<bounce@mail.example>\r\n";
        let to = format!("RCPT TO:<{HELP}>\r\n");
        let said = [
            "",
            "LHLO there\r\n",
            from,
            &to,
            "DATA\r\n",
            &format!("{body}\r\n.\r\n"),
        ];
        let mut last = String::new();
        for line in said {
            write.write_all(line.as_bytes()).await.unwrap();
            loop {
                last = lines.next_line().await.unwrap().expect("an answer");
                if last.as_bytes().get(3) != Some(&b'-') {
                    break;
                }
            }
            assert!(last.starts_with(['2', '3']), "{line:?}: {last}");
        }
        last
    }

    /// The conversation that a mail of this text is in, once it is there.
    pub async fn conversation_with(&self, text: &str) -> Value {
        let path = format!("/api/v1/conversations?inbox={}", self.inbox);
        wait("the mail becomes a conversation", async || {
            let found = self.admin.get(&path).await;
            let has = |it: &&Value| {
                it["last_message"]["text"]
                    .as_str()
                    .is_some_and(|it| it.contains(text))
            };
            found.items().iter().find(has).cloned()
        })
        .await
    }

    /// Its messages, oldest first.
    pub async fn messages(&self, conversation: &str) -> Vec<Value> {
        let path = format!("/api/v1/conversations/{conversation}/messages");
        self.admin.get(&path).await.items().clone()
    }

    /// The newest message of a conversation once this is true of it.
    pub async fn newest(
        &self,
        conversation: &str,
        what: &str,
        is: impl Fn(&Value) -> bool,
    ) -> Value {
        wait(what, async || {
            let all = self.messages(conversation).await;
            all.last().filter(|it| is(it)).cloned()
        })
        .await
    }

    /// Writes an answer by mail.
    pub async fn answer(&self, conversation: &str, mut body: Value) -> crate::Answer {
        body["kind"] = json!("reply");
        let path = format!("/api/v1/conversations/{conversation}/messages");
        self.admin.post(&path, body).await
    }
}

/// A mail of plain text.
pub fn plain(from: &str, subject: &str, id: &str, more: &str, text: &str) -> String {
    format!(
        "From: {from}\nTo: Shop <{HELP}>\nSubject: {subject}\nMessage-ID: <{id}@mail.example>\n{more}Date: Sun, 22 Nov 2026 10:00:00 +0800\nMIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n\n{text}\n"
    )
}

/// Asks until there is an answer.
pub async fn wait<T>(what: &str, ask: impl AsyncFn() -> Option<T>) -> T {
    let end = tokio::time::Instant::now() + PATIENCE;
    loop {
        if let Some(found) = ask().await {
            return found;
        }
        assert!(tokio::time::Instant::now() < end, "waited: {what}");
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
}
