//! Mail that a mail server hands over (LMTP, RFC 2033). A mail is acknowledged for each recipient when it is durable for that
//! one, and not before; what the desk cannot take now, the mail server keeps.

use std::{net::IpAddr, sync::Arc, time::Duration};

use plugboard_channel::mailbox::Trouble;
use plugboard_domain::{Command, Envelope, Principal, desk::Inbox};
use plugboard_engine::{Engine, EngineError};
use plugboard_mail::Path;
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use tracing::{debug, warn};

use crate::{
    health::Way,
    host::Shared,
    ingest::{self, Into},
    net::Failure,
    origin::Seen,
    settings::EmailSettings,
    wire::Wire,
};

/// Connections at once: a mail server makes a handful.
const CONNECTIONS_MAX: usize = 50;

/// Recipients of one mail; the mail server hands the others over in another.
const RECIPIENTS_MAX: usize = 100;

/// Longest command.
const COMMAND_MAX: usize = 4 * 1024;

/// How long a mail server may say nothing.
const SILENCE: Duration = Duration::from_mins(5);

/// The name of this way in among the folders of a mailbox.
const FOLDER: &str = "LMTP";

/// Takes connections until it is told to stop.
pub(crate) async fn listen(
    shared: Arc<Shared>,
    engine: Engine,
    listener: TcpListener,
    stop: CancellationToken,
) {
    let room = Arc::new(tokio::sync::Semaphore::new(CONNECTIONS_MAX));
    loop {
        let Ok(place) = room.clone().acquire_owned().await else {
            return;
        };
        let accepted = tokio::select! {
            () = stop.cancelled() => return,
            accepted = listener.accept() => accepted,
        };
        let stream = match accepted {
            Ok((stream, _)) => stream,
            Err(error) => {
                warn!(%error, "LMTP: a connection was not taken");
                tokio::time::sleep(Duration::from_millis(100)).await;
                continue;
            }
        };
        let (shared, engine, stop) = (shared.clone(), engine.clone(), stop.clone());
        shared.clone().tasks.spawn(async move {
            let mut session = Session {
                shared,
                engine,
                wire: Wire::new(stream, SILENCE),
                recipients: Vec::new(),
                sender: None,
                client: Client::default(),
            };
            tokio::select! {
                () = stop.cancelled() => {}
                ended = session.run() => {
                    if let Err(error) = ended {
                        debug!(%error, "LMTP: a connection ended");
                    }
                }
            }
            drop(place);
        });
    }
}

struct Session {
    shared: Arc<Shared>,
    engine: Engine,
    wire: Wire<TcpStream>,
    recipients: Vec<(Inbox, EmailSettings)>,
    /// The sender of the envelope, once it was named.
    sender: Option<String>,
    /// Who handed the mail over to the mail server, when it tells.
    client: Client,
}

/// Who handed a mail over to the mail server that hands it over to us.
#[derive(Clone, Debug, Default)]
struct Client {
    address: Option<IpAddr>,
    helo: String,
}

impl Client {
    /// What `XFORWARD` or `XCLIENT` say, beside what they said before.
    fn note(&mut self, attributes: &str) {
        for word in attributes.split_whitespace() {
            let Some((name, value)) = word.split_once('=') else {
                continue;
            };
            let known = !value.starts_with('[');
            match name.to_ascii_uppercase().as_str() {
                "ADDR" => {
                    let value = value.strip_prefix("IPV6:").unwrap_or(value);
                    self.address = value.parse().ok().filter(|_| known);
                }
                "HELO" => {
                    self.helo = if known {
                        value.to_owned()
                    } else {
                        String::new()
                    }
                }
                _ => {}
            }
        }
    }

    fn seen(&self, sender: &str) -> Seen {
        Seen::HandedOver {
            sender: sender.to_owned(),
            path: self.address.map(|client| Path {
                client,
                helo: self.helo.clone(),
                sender: sender.to_owned(),
            }),
        }
    }
}

impl Session {
    async fn run(&mut self) -> std::io::Result<()> {
        self.say("220 plugboard LMTP").await?;
        loop {
            let line = self.wire.line(COMMAND_MAX).await?;
            let line = String::from_utf8_lossy(&line).into_owned();
            let upper = line.to_ascii_uppercase();
            if upper.starts_with("LHLO") {
                self.reset();
                let size = self.shared.bytes_max;
                self.say(&format!(
                    "250-plugboard\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250-PIPELINING\r\n250-ENHANCEDSTATUSCODES\r\n250-XFORWARD ADDR HELO\r\n250-XCLIENT ADDR HELO\r\n250 SIZE {size}"
                ))
                .await?;
            } else if upper.starts_with("MAIL FROM:") {
                self.reset();
                self.sender = Some(in_brackets(&line["MAIL FROM:".len()..]).to_owned());
                self.say("250 2.1.0 ok").await?;
            } else if upper.starts_with("RCPT TO:") {
                let answer = self.recipient(&line["RCPT TO:".len()..]);
                self.say(answer).await?;
            } else if upper.starts_with("XFORWARD ") {
                self.client.note(&line["XFORWARD ".len()..]);
                self.say("250 2.0.0 ok").await?;
            } else if upper.starts_with("XCLIENT ") {
                self.reset();
                self.client.note(&line["XCLIENT ".len()..]);
                self.say("220 plugboard LMTP").await?;
            } else if upper == "DATA" {
                self.data().await?;
            } else if upper == "RSET" {
                self.reset();
                self.say("250 2.0.0 ok").await?;
            } else if upper == "NOOP" {
                self.say("250 2.0.0 ok").await?;
            } else if upper == "QUIT" {
                return self.say("221 2.0.0 bye").await;
            } else if upper.starts_with("HELO") || upper.starts_with("EHLO") {
                self.say("500 5.5.1 this is LMTP").await?;
            } else {
                self.say("500 5.5.2 unknown command").await?;
            }
        }
    }

    async fn say(&mut self, line: &str) -> std::io::Result<()> {
        self.wire.send(format!("{line}\r\n").as_bytes()).await
    }

    fn reset(&mut self) {
        self.recipients.clear();
        self.sender = None;
    }

    fn recipient(&mut self, argument: &str) -> &'static str {
        if self.sender.is_none() {
            return "503 5.5.1 MAIL first";
        }
        if self.recipients.len() >= RECIPIENTS_MAX {
            return "452 4.5.3 too many recipients";
        }
        match find(&self.engine, in_brackets(argument)) {
            Some(found) => {
                self.recipients.push(found);
                "250 2.1.5 ok"
            }
            None => "550 5.1.1 no inbox has this address",
        }
    }

    async fn data(&mut self) -> std::io::Result<()> {
        if self.recipients.is_empty() {
            return self.say("503 5.5.1 RCPT first").await;
        }
        self.say("354 go ahead").await?;
        let mail = self.read_mail().await?;
        let recipients = std::mem::take(&mut self.recipients);
        let seen = self.client.seen(self.sender.as_deref().unwrap_or_default());
        self.reset();
        // What was told is of this mail.
        self.client = Client::default();
        for (inbox, settings) in recipients {
            let answer = match &mail {
                None => "552 5.3.4 the mail is too large",
                Some(mail) => match take(
                    &self.shared,
                    &self.engine,
                    (&inbox, &settings),
                    mail,
                    seen.clone(),
                )
                .await
                {
                    Ok(()) => "250 2.0.0 taken",
                    Err(why) => {
                        warn!(inbox.id = %inbox.id, why, "LMTP: the desk cannot take a mail now");
                        "451 4.3.0 the desk cannot take mail now"
                    }
                },
            };
            self.say(answer).await?;
        }
        Ok(())
    }

    /// The mail up to the dot that ends it; `None` when it is too large.
    async fn read_mail(&mut self) -> std::io::Result<Option<Vec<u8>>> {
        let most = usize::try_from(self.shared.bytes_max).unwrap_or(usize::MAX);
        let mut mail = Vec::new();
        let mut too_large = false;
        loop {
            let line = self.wire.line(most).await?;
            if line == b"." {
                return Ok((!too_large).then_some(mail));
            }
            let line = line.strip_prefix(b".").unwrap_or(&line);
            if mail.len() + line.len() > most {
                too_large = true;
                mail = Vec::new();
            }
            if !too_large {
                mail.extend_from_slice(line);
                mail.extend_from_slice(b"\r\n");
            }
        }
    }
}

/// The address of a command.
fn in_brackets(argument: &str) -> &str {
    let argument = argument.trim();
    match argument.strip_prefix('<').and_then(|it| it.split_once('>')) {
        Some((address, _)) => address,
        None => argument.split_whitespace().next().unwrap_or_default(),
    }
}

/// The inbox whose address it is, with or without a tag.
fn find(engine: &Engine, address: &str) -> Option<(Inbox, EmailSettings)> {
    let address = address.to_lowercase();
    let plain = match address.rsplit_once('@') {
        Some((local, domain)) => {
            let local = local.split('+').next().unwrap_or(local);
            format!("{local}@{domain}")
        }
        None => address.clone(),
    };
    let desk = engine.desk();
    let mut found = desk.inboxes().filter(|it| {
        it.mail_address()
            .map(str::to_lowercase)
            .is_some_and(|it| it == address || it == plain)
    });
    found.find_map(|inbox| {
        let settings = EmailSettings::parse(&inbox.settings).ok()?;
        settings.lmtp.then(|| (inbox.clone(), settings))
    })
}

async fn take(
    shared: &Arc<Shared>,
    engine: &Engine,
    (inbox, settings): (&Inbox, &EmailSettings),
    mail: &[u8],
    seen: Seen,
) -> Result<(), String> {
    let own = ingest::own_addresses(engine);
    let to = Into {
        engine,
        blobs: &shared.blobs,
        inbox,
        settings,
        own: &own,
        sent: false,
        keys: &shared.keys,
        resolver: &shared.resolver,
    };
    let now = engine.now();
    let taken = take_in(&to, mail, now, seen).await;
    match &taken {
        Ok(()) => {
            shared.health.works(inbox.id, Way::In(FOLDER), now);
            shared.health.folder(inbox.id, FOLDER, now, |it| {
                it.live = true;
                it.checked_at = Some(now);
                it.last_mail_at = Some(now);
            });
        }
        Err(why) => {
            let failure = Failure::new(
                plugboard_channel::mailbox::Step::Listen,
                Trouble::Other,
                why.clone(),
            );
            let way = Way::In(FOLDER);
            shared.health.failed(inbox.id, way, &failure, None, now);
        }
    }
    taken
}

async fn take_in(
    to: &Into<'_>,
    mail: &[u8],
    now: plugboard_domain::Timestamp,
    seen: Seen,
) -> Result<(), String> {
    let unavailable = |error: ingest::Unavailable| error.to_string();
    let prepared = ingest::prepare(to, mail.to_vec(), seen)
        .await
        .map_err(unavailable)?;
    let fingerprint = prepared.fingerprint.clone();
    let command = prepared
        .command(to, Some(now), None)
        .await
        .map_err(unavailable)?;
    let run = async |command| {
        let envelope = Envelope::new(
            Principal::System("mail"),
            Command::TakeMail(Box::new(command)),
        );
        to.engine.execute(envelope).await
    };
    match run(command).await {
        Ok(_) => Ok(()),
        // The mail server would try for days and then tell the customer: what makes no sense is kept for a person to look at.
        Err(EngineError::Rejected(why)) => {
            warn!(inbox.id = %to.inbox.id, %why, "the desk does not take a mail");
            let head = Some(mail.to_vec());
            let stand_in = ingest::placeholder(to, head, fingerprint, "the desk does not take it");
            let stand_in = stand_in.await.map_err(unavailable)?;
            run(stand_in)
                .await
                .map(|_| ())
                .map_err(|error| error.to_string())
        }
        Err(error) => Err(error.to_string()),
    }
}
