//! A mail server whose sessions go stale: when a token ends, the connection stays open and everything on it is refused, as
//! Exchange Online does. It has one folder and lets nobody change it.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use base64::{Engine, engine::general_purpose::STANDARD};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
};

use crate::issuer::Issuer;

/// What is said to whoever goes on with a token that ended.
const STALE: &str = "BAD User is authenticated but not connected.";

/// The server.
pub struct Expiring {
    pub port: u16,
    refused: Arc<AtomicUsize>,
}

impl Expiring {
    /// One with these mails. Every token ends once so many mails were asked for with it, at the end of that command.
    pub async fn start(issuer: &Issuer, mails: Vec<Vec<u8>>, good_for: usize) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let refused = Arc::new(AtomicUsize::new(0));
        let shelf = Arc::new(Shelf {
            issuer: issuer.clone(),
            mails,
            good_for,
            refused: refused.clone(),
        });
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let shelf = shelf.clone();
                tokio::spawn(async move {
                    let _ = shelf.serve(stream).await;
                });
            }
        });
        Self { port, refused }
    }

    /// How many commands it refused since their token had ended.
    pub fn refused(&self) -> usize {
        self.refused.load(Ordering::Relaxed)
    }
}

struct Shelf {
    issuer: Issuer,
    mails: Vec<Vec<u8>>,
    good_for: usize,
    refused: Arc<AtomicUsize>,
}

impl Shelf {
    async fn serve(&self, stream: TcpStream) -> std::io::Result<()> {
        let (read, mut write) = stream.into_split();
        let mut lines = BufReader::new(read).lines();
        let (mut token, mut asked) = (String::new(), 0);
        write.write_all(b"* OK expiring\r\n").await?;
        while let Some(line) = lines.next_line().await? {
            let (tag, command) = line.split_once(' ').unwrap_or((&line, ""));
            let mut out = Vec::new();
            let signed_in = !token.is_empty();
            let end = if command == "AUTHENTICATE XOAUTH2" {
                write.write_all(b"+ \r\n").await?;
                let reply = lines.next_line().await?.unwrap_or_default();
                let reply = STANDARD.decode(reply).unwrap_or_default();
                let reply = String::from_utf8_lossy(&reply).into_owned();
                let bearer = reply.split("Bearer ").nth(1).unwrap_or_default();
                let bearer = bearer.trim_end_matches('\u{1}').to_owned();
                if self.issuer.is_good(&bearer) {
                    token = bearer;
                    "OK signed in"
                } else {
                    "NO [AUTHENTICATIONFAILED] the token has ended"
                }
            } else if command == "CAPABILITY" {
                out.extend_from_slice(b"* CAPABILITY IMAP4rev1 AUTH=XOAUTH2\r\n");
                "OK"
            } else if command == "LOGOUT" {
                write.write_all(b"* BYE\r\n").await?;
                return Ok(());
            } else if !signed_in || !self.issuer.is_good(&token) {
                self.refused.fetch_add(1, Ordering::Relaxed);
                STALE
            } else {
                asked += self.answer(command, &mut out);
                if asked >= self.good_for {
                    self.issuer.end_all();
                }
                "OK done"
            };
            out.extend_from_slice(format!("{tag} {end}\r\n").as_bytes());
            write.write_all(&out).await?;
        }
        Ok(())
    }

    /// Answers a command; how many mails were asked for.
    fn answer(&self, command: &str, out: &mut Vec<u8>) -> usize {
        let mut say = |text: String| out.extend_from_slice(text.as_bytes());
        if command.starts_with("EXAMINE") {
            let next = self.mails.len() + 1;
            say(format!(
                "* {} EXISTS\r\n* OK [UIDVALIDITY 7] x\r\n* OK [UIDNEXT {next}] x\r\n",
                self.mails.len()
            ));
        } else if let Some(criteria) = command.strip_prefix("UID SEARCH ") {
            let all = 1..=self.mails.len();
            let found: Vec<String> = match criteria.strip_prefix("UID ") {
                Some(set) => all
                    .filter(|it| within(set, *it))
                    .map(|it| it.to_string())
                    .collect(),
                None => all.map(|it| it.to_string()).collect(),
            };
            say(format!("* SEARCH {}\r\n", found.join(" ")));
        } else if let Some(rest) = command.strip_prefix("UID FETCH ") {
            let (set, what) = rest.split_once(' ').unwrap();
            let wanted: Vec<usize> = (1..=self.mails.len())
                .filter(|it| within(set, *it))
                .collect();
            let bodies = what.contains("BODY.PEEK[]");
            for uid in &wanted {
                let mail = &self.mails[uid - 1];
                if bodies {
                    out.extend_from_slice(
                        format!("* {uid} FETCH (UID {uid} BODY[] {{{}}}\r\n", mail.len())
                            .as_bytes(),
                    );
                    out.extend_from_slice(mail);
                    out.extend_from_slice(b")\r\n");
                } else {
                    let line = format!(
                        "* {uid} FETCH (UID {uid} RFC822.SIZE {} INTERNALDATE \"06-Oct-2099 10:00:00 +0000\")\r\n",
                        mail.len()
                    );
                    out.extend_from_slice(line.as_bytes());
                }
            }
            return if bodies { wanted.len() } else { 0 };
        }
        0
    }
}

/// Whether a number is in a set: `1:3,7,9:*`.
fn within(set: &str, uid: usize) -> bool {
    set.split(',').any(|part| {
        let (from, to) = part.split_once(':').unwrap_or((part, part));
        let from: usize = from.parse().unwrap();
        let to = if to == "*" {
            usize::MAX
        } else {
            to.parse().unwrap()
        };
        (from..=to).contains(&uid)
    })
}
