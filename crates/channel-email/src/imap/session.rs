//! A connection to an IMAP server: greeting, privacy, signing in, and commands with their answers.

use std::{collections::BTreeSet, io};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use plugboard_channel::mailbox::{Step, Trouble};

use super::parse::{Piece, Token, count_at_end, tokens};
use crate::{
    net::{self, Endpoint, Failure, Found, Patience, Stream, Tls},
    trouble::trouble_of,
    wire::Wire,
};

/// Longest line of an answer: a search finds a hundred thousand mails in less than a megabyte.
const LINE_MAX: usize = 4 * 1024 * 1024;

/// Counted pieces of one answer; a mail is one.
const PIECES_MAX: usize = 64;

/// Proves who we are.
#[derive(Clone)]
pub(crate) enum Credential {
    /// A password, an app password, or what Chinese providers call an authorisation code.
    Password(String),
    /// An OAuth access token.
    Token(String),
}

impl Credential {
    /// What it means that a server did not take it, by what it said: many say the same of both kinds.
    pub(crate) fn refused(&self, said: Trouble) -> Trouble {
        match (self, said) {
            (Self::Token(_), Trouble::Other | Trouble::WrongPassword | Trouble::OauthNeeded) => {
                Trouble::LeaveNeeded
            }
            (Self::Password(_), Trouble::Other) => Trouble::WrongPassword,
            _ => said,
        }
    }
}

/// What went wrong with a command.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ImapError {
    /// The connection is of no use any more.
    #[error("the connection was lost: {0}")]
    Lost(String),
    /// The server ended the connection, and said so.
    #[error("the server said goodbye: {0}")]
    Bye(String),
    /// The server says no; the connection can be used on.
    #[error("the server says no: {0}")]
    No(String),
    /// An answer is larger than it may be.
    #[error("the server sends {0} bytes at once")]
    TooLarge(u64),
}

impl From<io::Error> for ImapError {
    fn from(error: io::Error) -> Self {
        Self::Lost(error.to_string())
    }
}

impl ImapError {
    /// The same for people, at a step.
    pub(crate) fn at(&self, step: Step) -> Failure {
        let trouble = match self {
            Self::Lost(why) if why.contains("says nothing") => Trouble::Timeout,
            Self::Lost(_) | Self::Bye(_) => Trouble::Broken,
            Self::No(text) => trouble_of(text),
            Self::TooLarge(_) => Trouble::Other,
        };
        Failure::new(step, trouble, self.to_string())
    }
}

/// A connection to an IMAP server.
pub(crate) struct Imap {
    pub(super) wire: Wire<Stream>,
    pub(super) patience: Patience,
    /// Largest counted piece that is read.
    pub(super) bytes_max: u64,
    /// What the server can, capital letters.
    pub(crate) capabilities: BTreeSet<String>,
    /// How many mails the selected folder has, as the server said last.
    pub(super) exists: u32,
    tag: u32,
}

impl Imap {
    /// Connects and hears the greeting.
    pub(crate) async fn connect(
        endpoint: &Endpoint,
        found: &Found,
        patience: Patience,
        bytes_max: u64,
    ) -> Result<Self, Failure> {
        let stream = net::connect(endpoint, found, patience).await?;
        let mut imap = Self {
            wire: Wire::new(stream, patience.silence),
            patience,
            bytes_max,
            capabilities: BTreeSet::new(),
            exists: 0,
            tag: 0,
        };
        let greeting = imap.wire.line(LINE_MAX).await;
        let greeting = greeting.map_err(|it| ImapError::from(it).at(Step::Greeting))?;
        let greeting = String::from_utf8_lossy(&greeting).into_owned();
        if greeting.starts_with("* BYE") {
            let trouble = trouble_of(&greeting);
            return Err(Failure::new(Step::Greeting, trouble, greeting));
        }
        if !greeting.starts_with("* OK") && !greeting.starts_with("* PREAUTH") {
            return Err(Failure::new(
                Step::Greeting,
                Trouble::WrongProtocol,
                "what answers is no IMAP server: often a wrong port",
            ));
        }
        imap.ask_capabilities(Step::Greeting).await?;
        if endpoint.tls == Tls::Starttls {
            imap = imap.start_tls(endpoint, found).await?;
        }
        Ok(imap)
    }

    async fn start_tls(mut self, endpoint: &Endpoint, found: &Found) -> Result<Self, Failure> {
        if !self.can("STARTTLS") {
            return Err(Failure::new(
                Step::Tls,
                Trouble::NoEncryption,
                "the server offers no STARTTLS",
            ));
        }
        self.command("STARTTLS")
            .await
            .map_err(|it| it.at(Step::Tls))?;
        if self.wire.has_more() {
            return Err(Failure::new(
                Step::Tls,
                Trouble::Other,
                "the server goes on in the clear after STARTTLS",
            ));
        }
        let stream = net::encrypt(endpoint, self.wire.into_stream(), found, self.patience).await?;
        let mut imap = Self {
            wire: Wire::new(stream, self.patience.silence),
            ..self
        };
        imap.ask_capabilities(Step::Tls).await?;
        Ok(imap)
    }

    async fn ask_capabilities(&mut self, step: Step) -> Result<(), Failure> {
        let answers = self.command("CAPABILITY").await.map_err(|it| it.at(step))?;
        for answer in answers {
            let mut words = answer.iter().filter_map(Token::text);
            if words.next().as_deref() == Some("*")
                && words
                    .next()
                    .is_some_and(|it| it.eq_ignore_ascii_case("CAPABILITY"))
            {
                self.capabilities = words.map(|it| it.to_ascii_uppercase()).collect();
            }
        }
        Ok(())
    }

    /// True when the server can do this.
    pub(crate) fn can(&self, what: &str) -> bool {
        self.capabilities.contains(what)
    }

    /// Signs in, says who we are to servers that want to know, and learns what can be done now.
    pub(crate) async fn sign_in(
        &mut self,
        user: &str,
        credential: &Credential,
    ) -> Result<(), Failure> {
        let signed = match credential {
            Credential::Token(token) => {
                let reply = format!("user={user}\x01auth=Bearer {token}\x01\x01");
                self.authenticate("XOAUTH2", &reply).await
            }
            Credential::Password(password) if self.can("AUTH=PLAIN") => {
                self.authenticate("PLAIN", &format!("\0{user}\0{password}"))
                    .await
            }
            Credential::Password(password) => {
                if self.can("LOGINDISABLED") {
                    return Err(Failure::new(
                        Step::SignIn,
                        Trouble::NoEncryption,
                        "the server takes no password on this connection",
                    ));
                }
                self.login(user, password).await
            }
        };
        signed.map_err(|error| {
            let mut failure = error.at(Step::SignIn);
            if let ImapError::No(_) = error {
                failure.trouble = credential.refused(failure.trouble);
            }
            failure
        })?;
        // Dovecot shows the whole list only now.
        self.ask_capabilities(Step::SignIn).await?;
        if self.can("ID") {
            // 163 opens no folder for whoever does not say who they are (RFC 2971).
            let id = r#"ID ("name" "Plugboard" "vendor" "Plugboard")"#;
            match self.command(id).await {
                Ok(_) | Err(ImapError::No(_)) => {}
                Err(error) => return Err(error.at(Step::SignIn)),
            }
        }
        Ok(())
    }

    async fn authenticate(&mut self, mechanism: &str, reply: &str) -> Result<(), ImapError> {
        let reply = STANDARD.encode(reply);
        let tag = self.next_tag();
        self.send_line(&format!("{tag} AUTHENTICATE {mechanism}"))
            .await?;
        let mut replied = false;
        loop {
            let answer = self.answer().await?;
            match answer.first() {
                Some(Token::Atom(it)) if it == "+" => {
                    // A second challenge is XOAUTH2's way to say what is wrong: it wants an empty answer.
                    let line = if replied { "" } else { reply.as_str() };
                    replied = true;
                    self.send_line(line).await?;
                }
                Some(Token::Atom(it)) if *it == tag => return outcome(&answer),
                _ => self.note(&answer)?,
            }
        }
    }

    async fn login(&mut self, user: &str, password: &str) -> Result<(), ImapError> {
        let command = format!("LOGIN {} {}", quote(user)?, quote(password)?);
        self.command(&command).await.map(|_| ())
    }

    pub(super) fn next_tag(&mut self) -> String {
        self.tag += 1;
        format!("P{}", self.tag)
    }

    pub(super) async fn send_line(&mut self, line: &str) -> Result<(), ImapError> {
        Ok(self.wire.send(format!("{line}\r\n").as_bytes()).await?)
    }

    /// Runs a command; the untagged answers.
    pub(crate) async fn command(&mut self, command: &str) -> Result<Vec<Vec<Token>>, ImapError> {
        let mut answers = Vec::new();
        self.run(command, |answer| answers.push(answer)).await?;
        Ok(answers)
    }

    /// Runs a command, and shows each untagged answer as it comes.
    pub(super) async fn run(
        &mut self,
        command: &str,
        mut each: impl FnMut(Vec<Token>),
    ) -> Result<(), ImapError> {
        let tag = self.next_tag();
        self.send_line(&format!("{tag} {command}")).await?;
        loop {
            let answer = self.answer().await?;
            match answer.first() {
                Some(Token::Atom(it)) if *it == tag => return outcome(&answer),
                Some(Token::Atom(it)) if it == "+" => {
                    return Err(ImapError::Lost(
                        "the server waits for more of a command".into(),
                    ));
                }
                _ => {
                    self.note(&answer)?;
                    each(answer);
                }
            }
        }
    }

    /// What a server says without being asked: how many mails there are, and that it goes.
    pub(super) fn note(&mut self, answer: &[Token]) -> Result<(), ImapError> {
        let words: Vec<_> = answer.iter().take(3).collect();
        match words.as_slice() {
            [Token::Atom(star), Token::Atom(bye), ..]
                if star == "*" && bye.eq_ignore_ascii_case("BYE") =>
            {
                Err(ImapError::Bye(said(answer, 2)))
            }
            [_, count, Token::Atom(what)] if what.eq_ignore_ascii_case("EXISTS") => {
                self.exists = count.number().unwrap_or(self.exists);
                Ok(())
            }
            [_, _, Token::Atom(what)] if what.eq_ignore_ascii_case("EXPUNGE") => {
                self.exists = self.exists.saturating_sub(1);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// One whole answer, in bounds.
    pub(super) async fn answer(&mut self) -> Result<Vec<Token>, ImapError> {
        let mut pieces = Vec::new();
        loop {
            let line = self.wire.line(LINE_MAX).await?;
            let count = count_at_end(&line);
            pieces.push(Piece::Line(line));
            let Some(count) = count else {
                return Ok(tokens(pieces));
            };
            if count > self.bytes_max || pieces.len() > PIECES_MAX {
                return Err(ImapError::TooLarge(count));
            }
            let count = usize::try_from(count).map_err(|_| ImapError::TooLarge(count))?;
            pieces.push(Piece::Counted(self.wire.exactly(count).await?));
        }
    }

    /// Says goodbye, as far as anybody listens.
    pub(crate) async fn bye(mut self) {
        let _ = self.command("LOGOUT").await;
    }
}

/// How a command ended.
pub(super) fn outcome(answer: &[Token]) -> Result<(), ImapError> {
    match answer.get(1) {
        Some(Token::Atom(it)) if it.eq_ignore_ascii_case("OK") => Ok(()),
        Some(Token::Atom(it))
            if it.eq_ignore_ascii_case("NO") || it.eq_ignore_ascii_case("BAD") =>
        {
            Err(ImapError::No(said(answer, 2)))
        }
        _ => Err(ImapError::Lost("an answer that makes no sense".into())),
    }
}

/// The words of an answer for people, from one on; addresses in it are left out.
pub(super) fn said(answer: &[Token], from: usize) -> String {
    let words = answer.iter().skip(from).filter_map(Token::text);
    let words: Vec<_> = words
        .map(|it| {
            if it.contains('@') {
                "…".to_owned()
            } else {
                it
            }
        })
        .collect();
    let text = words.join(" ");
    text.chars().take(300).collect()
}

/// A text in quotes. Line ends cannot be sent so, and mean an attack.
pub(super) fn quote(text: &str) -> Result<String, ImapError> {
    if text.contains(['\r', '\n', '\0']) {
        return Err(ImapError::No("a line end where none may be".into()));
    }
    let escaped = text.replace('\\', "\\\\").replace('"', "\\\"");
    Ok(format!("\"{escaped}\""))
}
