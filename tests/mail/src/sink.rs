//! Where mail to the rest of the world ends: keeps what it gets, and answers as the recipient's name says.

use std::sync::{Arc, Mutex};

use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
};

use crate::until;

/// A mail that arrived.
#[derive(Clone, Debug)]
pub struct Arrived {
    pub from: String,
    pub to: Vec<String>,
    pub raw: String,
}

/// What the sink does with the next mails.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mood {
    /// Takes them.
    #[default]
    Takes,
    /// Breaks the connection after the mail was handed over, and keeps the mail.
    TakesInSilence,
    /// Breaks it in the middle of the mail.
    BreaksOff,
    /// Takes nothing now.
    Defers,
}

/// A mail server that knows everybody, except `bounce@` and, for now, `defer@`.
#[derive(Clone)]
pub struct Sink {
    pub port: u16,
    state: Arc<Mutex<(Mood, Vec<Arrived>)>>,
}

impl Sink {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let sink = Self {
            port: listener.local_addr().unwrap().port(),
            state: Arc::default(),
        };
        let own = sink.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let own = own.clone();
                tokio::spawn(async move {
                    let _ = own.serve(stream).await;
                });
            }
        });
        sink
    }

    pub fn be(&self, mood: Mood) {
        self.state.lock().unwrap().0 = mood;
    }

    fn mood(&self) -> Mood {
        self.state.lock().unwrap().0
    }

    pub fn arrived(&self) -> Vec<Arrived> {
        self.state.lock().unwrap().1.clone()
    }

    /// Waits for a mail to somebody.
    pub async fn mail_to(&self, address: &str) -> Arrived {
        until(&format!("mail to {address}"), || async {
            let found = self.arrived();
            found
                .into_iter()
                .find(|it| it.to.iter().any(|it| it == address))
        })
        .await
    }

    async fn serve(&self, stream: TcpStream) -> std::io::Result<()> {
        let (read, mut write) = stream.into_split();
        let mut read = BufReader::new(read);
        let (mut from, mut to) = (String::new(), Vec::new());
        write.write_all(b"220 sink\r\n").await?;
        loop {
            let mut line = String::new();
            if read.read_line(&mut line).await? == 0 {
                return Ok(());
            }
            let upper = line.to_ascii_uppercase();
            let address = || {
                let inner = line.split_once('<').and_then(|it| it.1.split_once('>'));
                inner.map(|it| it.0.to_owned()).unwrap_or_default()
            };
            let answer: &[u8] = if upper.starts_with("EHLO") {
                b"250-sink\r\n250-8BITMIME\r\n250 PIPELINING\r\n"
            } else if upper.starts_with("MAIL FROM") {
                from = address();
                to.clear();
                b"250 2.1.0 ok\r\n"
            } else if upper.starts_with("RCPT TO") {
                let who = address();
                if who.starts_with("bounce") {
                    b"550 5.1.1 no such mailbox\r\n"
                } else if who.starts_with("defer") || self.mood() == Mood::Defers {
                    b"451 4.2.0 not now\r\n"
                } else {
                    to.push(who);
                    b"250 2.1.5 ok\r\n"
                }
            } else if upper.starts_with("DATA") {
                write.write_all(b"354 go ahead\r\n").await?;
                let mut raw = Vec::new();
                loop {
                    let mut line = Vec::new();
                    if read.read_until(b'\n', &mut line).await? == 0 {
                        return Ok(());
                    }
                    if line == b".\r\n" {
                        break;
                    }
                    if self.mood() == Mood::BreaksOff {
                        return Ok(());
                    }
                    let line = line.strip_prefix(b".").unwrap_or(&line);
                    raw.extend_from_slice(line);
                }
                let arrived = Arrived {
                    from: from.clone(),
                    to: to.clone(),
                    raw: String::from_utf8_lossy(&raw).into_owned(),
                };
                self.state.lock().unwrap().1.push(arrived);
                if self.mood() == Mood::TakesInSilence {
                    return Ok(());
                }
                b"250 2.0.0 taken\r\n"
            } else if upper.starts_with("QUIT") {
                write.write_all(b"221 2.0.0 bye\r\n").await?;
                return Ok(());
            } else {
                b"250 2.0.0 ok\r\n"
            };
            write.write_all(answer).await?;
        }
    }
}
