//! An SMTP client (RFC 5321): one mail over one connection, with an answer for each recipient, and with the one thing that
//! libraries do not tell: whether the end of the mail had left when the connection broke.

use std::io;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use plugboard_channel::mailbox::{Step, Trouble};

use crate::{
    imap::Credential,
    net::{self, Endpoint, Failure, Found, Patience, Stream, Tls},
    trouble::trouble_of,
    wire::Wire,
};

/// Longest line of an answer.
const LINE_MAX: usize = 8 * 1024;

/// Lines of one answer.
const LINES_MAX: usize = 100;

/// What a server answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Reply {
    pub(crate) code: u16,
    pub(crate) lines: Vec<String>,
}

impl Reply {
    pub(crate) fn is_ok(&self) -> bool {
        (200..300).contains(&self.code)
    }

    /// True when trying again can help.
    pub(crate) fn is_temporary(&self) -> bool {
        (400..500).contains(&self.code)
    }

    /// The status of RFC 3463, or the code: `5.1.1`.
    pub(crate) fn status(&self) -> String {
        let first = self.lines.first().map(String::as_str).unwrap_or_default();
        let word = first.split_whitespace().next().unwrap_or_default();
        let mut parts = word.split('.');
        let enhanced = parts.by_ref().take(3).filter(|it| {
            !it.is_empty() && it.len() <= 3 && it.bytes().all(|it| it.is_ascii_digit())
        });
        if enhanced.count() == 3 && parts.next().is_none() {
            word.to_owned()
        } else {
            self.code.to_string()
        }
    }

    /// What it says, without addresses, for people: `5.1.1 no such mailbox`.
    pub(crate) fn said(&self) -> String {
        let status = self.status();
        let text = self.lines.join(" ");
        let text = text.strip_prefix(&status).unwrap_or(&text);
        let words = text.split_whitespace();
        let words = words.map(|it| if it.contains('@') { "\u{2026}" } else { it });
        let text = words.collect::<Vec<_>>().join(" ");
        let text: String = text.chars().take(300).collect();
        format!("{status} {text}")
    }
}

/// How handing over a mail ended, beyond what each recipient was answered.
#[derive(Debug)]
pub(crate) enum Handed {
    /// The server took it, or refused it.
    Answered(Reply),
    /// The connection broke before the end of the mail had left: it was not taken.
    NotSent(String),
    /// The connection broke after that: it may have been taken.
    Unknown(String),
}

/// A connection to an SMTP server.
pub(crate) struct Smtp {
    wire: Wire<Stream>,
    patience: Patience,
    /// What the server offers, capital letters, one line each.
    offers: Vec<String>,
}

impl Smtp {
    /// Connects, greets, and makes the connection private.
    pub(crate) async fn connect(
        endpoint: &Endpoint,
        found: &Found,
        name: &str,
        patience: Patience,
    ) -> Result<Self, Failure> {
        let stream = net::connect(endpoint, found, patience).await?;
        let mut smtp = Self {
            wire: Wire::new(stream, patience.silence),
            patience,
            offers: Vec::new(),
        };
        let greeting = smtp.reply().await;
        let greeting = greeting.map_err(|it| broken(Step::Greeting, &it))?;
        if !greeting.is_ok() {
            return Err(refused(Step::Greeting, &greeting));
        }
        smtp.hello(name, Step::Greeting).await?;
        if endpoint.tls == Tls::Starttls {
            smtp = smtp.start_tls(endpoint, found, name).await?;
        }
        Ok(smtp)
    }

    async fn start_tls(
        mut self,
        endpoint: &Endpoint,
        found: &Found,
        name: &str,
    ) -> Result<Self, Failure> {
        if !self.offers.iter().any(|it| it == "STARTTLS") {
            return Err(Failure::new(
                Step::Tls,
                Trouble::NoEncryption,
                "the server offers no STARTTLS",
            ));
        }
        let reply = self.ask("STARTTLS").await;
        let reply = reply.map_err(|it| broken(Step::Tls, &it))?;
        if !reply.is_ok() {
            return Err(refused(Step::Tls, &reply));
        }
        if self.wire.has_more() {
            return Err(Failure::new(
                Step::Tls,
                Trouble::Other,
                "the server goes on in the clear after STARTTLS",
            ));
        }
        let stream = net::encrypt(endpoint, self.wire.into_stream(), found, self.patience).await?;
        let mut smtp = Self {
            wire: Wire::new(stream, self.patience.silence),
            ..self
        };
        smtp.hello(name, Step::Tls).await?;
        Ok(smtp)
    }

    async fn hello(&mut self, name: &str, step: Step) -> Result<(), Failure> {
        let reply = self.ask(&format!("EHLO {name}")).await;
        let reply = reply.map_err(|it| broken(step, &it))?;
        if !reply.is_ok() {
            return Err(refused(step, &reply));
        }
        self.offers = reply
            .lines
            .iter()
            .skip(1)
            .map(|it| it.to_ascii_uppercase())
            .collect();
        Ok(())
    }

    fn mechanisms(&self) -> impl Iterator<Item = &str> {
        self.offers
            .iter()
            .filter(|it| it.starts_with("AUTH"))
            .flat_map(|it| it.split([' ', '=']).skip(1))
    }

    /// True when it takes letters beyond ASCII in addresses.
    pub(crate) fn takes_unicode(&self) -> bool {
        self.offers.iter().any(|it| it == "SMTPUTF8")
    }

    /// Signs in.
    pub(crate) async fn sign_in(
        &mut self,
        user: &str,
        credential: &Credential,
    ) -> Result<(), Failure> {
        let failed = |it: io::Error| broken(Step::SignIn, &it);
        let offers = |name: &str| self.mechanisms().any(|it| it == name);
        let reply = match credential {
            Credential::Token(token) => {
                let proof = STANDARD.encode(format!("user={user}\x01auth=Bearer {token}\x01\x01"));
                let reply = self
                    .ask(&format!("AUTH XOAUTH2 {proof}"))
                    .await
                    .map_err(failed)?;
                if reply.code == 334 {
                    // The reason is in the challenge; it wants an empty answer before it says no.
                    self.ask("").await.map_err(failed)?
                } else {
                    reply
                }
            }
            Credential::Password(password) if offers("PLAIN") || !offers("LOGIN") => {
                let proof = STANDARD.encode(format!("\0{user}\0{password}"));
                self.ask(&format!("AUTH PLAIN {proof}"))
                    .await
                    .map_err(failed)?
            }
            Credential::Password(password) => {
                let mut reply = self.ask("AUTH LOGIN").await.map_err(failed)?;
                for part in [user, password.as_str()] {
                    if reply.code != 334 {
                        break;
                    }
                    reply = self.ask(&STANDARD.encode(part)).await.map_err(failed)?;
                }
                reply
            }
        };
        if reply.is_ok() {
            return Ok(());
        }
        let mut failure = refused(Step::SignIn, &reply);
        if !reply.is_temporary() {
            failure.trouble = credential.refused(failure.trouble);
        }
        Err(failure)
    }

    /// Names the sender. An empty one is that of automatic mail: nobody bounces to it.
    pub(crate) async fn sender(&mut self, address: &str, unicode: bool) -> io::Result<Reply> {
        let more = if unicode { " SMTPUTF8" } else { "" };
        self.ask(&format!("MAIL FROM:<{address}>{more}")).await
    }

    /// Names a recipient.
    pub(crate) async fn recipient(&mut self, address: &str) -> io::Result<Reply> {
        self.ask(&format!("RCPT TO:<{address}>")).await
    }

    /// Takes back what was named: for trying out.
    pub(crate) async fn reset(&mut self) -> io::Result<Reply> {
        self.ask("RSET").await
    }

    /// Hands the mail over.
    pub(crate) async fn hand_over(&mut self, mail: &[u8]) -> Handed {
        match self.ask("DATA").await {
            Ok(reply) if reply.code == 354 => {}
            Ok(reply) => return Handed::Answered(reply),
            Err(error) => return Handed::NotSent(error.to_string()),
        }
        if let Err(error) = self.wire.send(&stuffed(mail)).await {
            return Handed::NotSent(error.to_string());
        }
        // From here on nobody knows, until the server answers.
        if let Err(error) = self.wire.send(b".\r\n").await {
            return Handed::Unknown(error.to_string());
        }
        match self.reply().await {
            Ok(reply) => Handed::Answered(reply),
            Err(error) => Handed::Unknown(error.to_string()),
        }
    }

    /// Says goodbye, as far as anybody listens.
    pub(crate) async fn bye(mut self) {
        let _ = self.ask("QUIT").await;
    }

    async fn ask(&mut self, command: &str) -> io::Result<Reply> {
        if command.contains(['\r', '\n']) {
            return Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                "a line end in a command",
            ));
        }
        self.wire.send(format!("{command}\r\n").as_bytes()).await?;
        self.reply().await
    }

    async fn reply(&mut self) -> io::Result<Reply> {
        let mut lines = Vec::new();
        loop {
            let line = self.wire.line(LINE_MAX).await?;
            let line = String::from_utf8_lossy(&line).into_owned();
            let nonsense = || io::Error::new(io::ErrorKind::InvalidData, "no SMTP server answers");
            let code: u16 = line
                .get(..3)
                .and_then(|it| it.parse().ok())
                .ok_or_else(nonsense)?;
            let more = line.as_bytes().get(3) == Some(&b'-');
            lines.push(line.get(4..).unwrap_or_default().to_owned());
            if !more {
                return Ok(Reply { code, lines });
            }
            if lines.len() > LINES_MAX {
                return Err(nonsense());
            }
        }
    }
}

fn broken(step: Step, error: &io::Error) -> Failure {
    let trouble = match error.kind() {
        io::ErrorKind::TimedOut => Trouble::Timeout,
        io::ErrorKind::InvalidData => Trouble::WrongProtocol,
        _ => Trouble::Broken,
    };
    Failure::new(step, trouble, error.to_string())
}

fn refused(step: Step, reply: &Reply) -> Failure {
    let said = reply.said();
    Failure::new(step, trouble_of(&said), said)
}

/// The mail with its line ends right, and with dots at the beginning of lines doubled.
fn stuffed(mail: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(mail.len() + mail.len() / 50 + 2);
    for line in mail.split_inclusive(|it| *it == b'\n') {
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.first() == Some(&b'.') {
            out.push(b'.');
        }
        out.extend_from_slice(line);
        out.extend_from_slice(b"\r\n");
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dots_are_doubled_and_lines_ended() {
        assert_eq!(stuffed(b"a\n.b\r\n..c\n."), b"a\r\n..b\r\n...c\r\n..\r\n");
        assert_eq!(stuffed(b""), b"");
    }

    #[test]
    fn status_is_the_enhanced_one_or_the_code() {
        let reply = |code, line: &str| Reply {
            code,
            lines: vec![line.to_owned()],
        };
        assert_eq!(reply(550, "5.1.1 <x@y> no such mailbox").status(), "5.1.1");
        assert_eq!(reply(550, "no such mailbox").status(), "550");
        assert_eq!(reply(451, "4.7.1.2 odd").status(), "451");
        assert!(!reply(550, "5.1.1 <x@y> gone").said().contains('@'));
    }
}
