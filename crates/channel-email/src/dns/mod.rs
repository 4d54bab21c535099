//! Asks the domain name system what the origin of mails is checked with: by way of the name servers that this machine uses,
//! each question once for all mails that have it, and never for long.
//!
//! Whoever sends mail chooses the names that are asked about, and can have servers of their own leave questions open. So that
//! is remembered of the names of one owner, and costs others nothing; only when the name servers of this machine do not answer
//! for themselves either is nothing asked for a while. Mail comes in without it then.

mod wire;
mod zone;

use std::{
    collections::HashMap,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use futures_util::future::join_all;
use plugboard_mail::{Answer, Question};
use ring::rand::{SecureRandom, SystemRandom};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpStream, UdpSocket},
    sync::{OnceCell, Semaphore},
    time::timeout,
};
use tracing::warn;

use self::{
    wire::Reply,
    zone::{Zone, Zones},
};

/// How long one server may take, how long all of them together, and how often each is asked.
const PATIENCE: Duration = Duration::from_millis(1_200);
const PATIENCE_WITH_ALL: Duration = Duration::from_secs(3);
const ROUNDS: usize = 2;

/// Name servers that are asked; a machine has three at most.
const SERVERS_MAX: usize = 3;

/// Questions on their way at once. Each holds a socket.
const AT_ONCE: usize = 128;

/// Answers that are remembered.
const KEPT_MAX: usize = 8_192;

/// How long answers are remembered: no shorter and no longer, whatever they say.
const KEPT_LEAST: Duration = Duration::from_mins(1);
const KEPT_MOST: Duration = Duration::from_hours(1);

/// How long it is remembered that there is nothing, and that nobody knew.
const MISSING_KEPT: Duration = Duration::from_mins(5);
const FAILED_KEPT: Duration = Duration::from_secs(20);

/// Questions in a row that nobody answers before the name servers are asked for themselves, how long they may take for that,
/// and how long nothing is asked when they do not answer.
const SILENT_MAX: u32 = 6;
const PROBE: Duration = Duration::from_secs(1);
const REST: Duration = Duration::from_secs(60);

/// Where name servers are asked.
const PORT: u16 = 53;

/// The name servers that this machine uses.
pub fn system_name_servers() -> Vec<SocketAddr> {
    let text = std::fs::read_to_string("/etc/resolv.conf").unwrap_or_default();
    servers_of(&text)
}

fn servers_of(text: &str) -> Vec<SocketAddr> {
    let named = text.lines().filter_map(|line| {
        let mut words = line.split_whitespace();
        let named = words.next() == Some("nameserver");
        let ip: IpAddr = words.next().filter(|_| named)?.parse().ok()?;
        Some(SocketAddr::new(ip, PORT))
    });
    named.take(SERVERS_MAX).collect()
}

/// Asks, and remembers.
pub(crate) struct Resolver {
    servers: Vec<SocketAddr>,
    /// How long one may take, and all of them together.
    patience: (Duration, Duration),
    /// One place for each question, filled once. Leaf data.
    places: Mutex<HashMap<Question, Arc<Place>>>,
    zones: Zones,
    room: Semaphore,
    silence: Mutex<Silence>,
    /// Held by whoever asks the servers for themselves, so that one does.
    probing: tokio::sync::Mutex<()>,
    random: SystemRandom,
}

type Place = OnceCell<(Answer, Instant)>;

#[derive(Default)]
struct Silence {
    /// Questions in a row that nobody answered.
    count: u32,
    /// Until when nothing is asked.
    until: Option<Instant>,
}

impl Resolver {
    /// One that asks these, in this order; nobody when there are none.
    pub(crate) fn new(servers: Vec<SocketAddr>) -> Self {
        Self {
            servers,
            patience: (PATIENCE, PATIENCE_WITH_ALL),
            places: Mutex::default(),
            zones: Zones::default(),
            room: Semaphore::new(AT_ONCE),
            silence: Mutex::default(),
            probing: tokio::sync::Mutex::default(),
            random: SystemRandom::new(),
        }
    }

    /// True when there is somebody to ask.
    pub(crate) fn is_on(&self) -> bool {
        !self.servers.is_empty()
    }

    /// What the names say, now or not long ago.
    pub(crate) async fn answer(&self, question: &Question) -> Answer {
        let place = self.place(question);
        let filled = place.get_or_init(|| self.ask(question)).await;
        filled.0.clone()
    }

    /// The place of a question: what is too old begins anew.
    fn place(&self, question: &Question) -> Arc<Place> {
        let now = Instant::now();
        let mut places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
        let old = |it: &Place| it.get().is_some_and(|it| it.1 <= now);
        if let Some(place) = places.get(question)
            && !old(place)
        {
            return place.clone();
        }
        if places.len() >= KEPT_MAX {
            places.retain(|_, it| !old(it));
            if places.len() >= KEPT_MAX {
                places.clear();
            }
        }
        let place = Arc::new(Place::new());
        places.insert(question.clone(), place.clone());
        place
    }

    async fn ask(&self, question: &Question) -> (Answer, Instant) {
        let found = self.ask_in_turn(question).await;
        let (answer, life) = found.unwrap_or((Answer::Failed, Duration::ZERO));
        let keep = match answer {
            Answer::Failed => FAILED_KEPT,
            Answer::Missing => MISSING_KEPT,
            _ => life.clamp(KEPT_LEAST, KEPT_MOST),
        };
        (answer, Instant::now() + keep)
    }

    /// Asks when it is this question's turn; nothing when nobody answers, or is not asked for now.
    async fn ask_in_turn(&self, question: &Question) -> Option<(Answer, Duration)> {
        let zone = self.zones.of(&question.name);
        // Whoever waits for the turn of a zone takes nobody else's place.
        let _turn = zone.turn().await?;
        if !self.are_servers_there().await {
            return None;
        }
        let _place = self.room.acquire().await.ok()?;
        let asking = Asking {
            resolver: self,
            zone: &zone,
            since: Instant::now(),
            over: false,
        };
        let found = timeout(self.patience.1, self.ask_all(question)).await;
        let found = found.ok().flatten();
        asking.ends(found.is_some());
        found
    }

    fn silence(&self) -> std::sync::MutexGuard<'_, Silence> {
        self.silence.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn heard(&self, answered: bool) {
        let mut silence = self.silence();
        if answered {
            *silence = Silence::default();
        } else {
            silence.count += 1;
        }
    }

    /// Whether there is any use in asking. After some questions that nobody answered, the servers are asked for something that
    /// every one of them knows: when they do not answer that, they are gone, and otherwise the names were to blame.
    async fn are_servers_there(&self) -> bool {
        if self.silence().count < SILENT_MAX {
            return true;
        }
        let _one = self.probing.lock().await;
        {
            let silence = self.silence();
            if silence.count < SILENT_MAX {
                return true;
            }
            if silence.until.is_some_and(|it| Instant::now() < it) {
                return false;
            }
        }
        let asked = self
            .servers
            .iter()
            .map(|it| timeout(PROBE, self.probe(*it)));
        let there = join_all(asked)
            .await
            .iter()
            .any(|it| matches!(it, Ok(Ok(()))));
        let mut silence = self.silence();
        if there {
            *silence = Silence::default();
        } else {
            if silence.until.is_none() {
                warn!("no name server answers: mail comes in without a check of its origin");
            }
            silence.until = Some(Instant::now() + REST);
        }
        there
    }

    /// The answer and its life; nothing when nobody said anything.
    async fn ask_all(&self, question: &Question) -> Option<(Answer, Duration)> {
        // Each gets its share of the time: with many, one that is gone must not take that of the others.
        let turns = u32::try_from(self.servers.len() * ROUNDS).unwrap_or(u32::MAX);
        let patience = self.patience.0.min(self.patience.1 / turns.max(1));
        let mut failed = None;
        for _ in 0..ROUNDS {
            for server in &self.servers {
                match timeout(patience, self.ask_one(*server, question)).await {
                    Ok(Ok((Answer::Failed, life))) => failed = Some((Answer::Failed, life)),
                    Ok(Ok(found)) => return Some(found),
                    Ok(Err(_)) | Err(_) => {}
                }
            }
            // Whoever says that it does not know is not asked twice.
            if failed.is_some() {
                break;
            }
        }
        failed
    }

    /// A number that nobody guesses, and a socket of its own: a port is what a forger has to guess as well.
    async fn open(&self, server: SocketAddr) -> std::io::Result<(u16, UdpSocket)> {
        let mut id = [0; 2];
        self.random
            .fill(&mut id)
            .map_err(|_| std::io::Error::other("no chance to be had"))?;
        let any = match server {
            SocketAddr::V4(_) => IpAddr::from(Ipv4Addr::UNSPECIFIED),
            SocketAddr::V6(_) => IpAddr::from(Ipv6Addr::UNSPECIFIED),
        };
        let socket = UdpSocket::bind((any, 0)).await?;
        socket.connect(server).await?;
        Ok((u16::from_be_bytes(id), socket))
    }

    /// Asks a server where the root is. Whatever it answers, it is there.
    async fn probe(&self, server: SocketAddr) -> std::io::Result<()> {
        let (id, socket) = self.open(server).await?;
        socket.send(&wire::probe(id)).await?;
        let mut buffer = vec![0; 4_096];
        loop {
            let length = socket.recv(&mut buffer).await?;
            if wire::is_answer(&buffer[..length], id) {
                return Ok(());
            }
        }
    }

    async fn ask_one(
        &self,
        server: SocketAddr,
        question: &Question,
    ) -> std::io::Result<(Answer, Duration)> {
        let (id, socket) = self.open(server).await?;
        let packet = wire::ask(id, question);
        socket.send(&packet).await?;
        let mut buffer = vec![0; 4_096];
        loop {
            let length = socket.recv(&mut buffer).await?;
            match wire::read(&buffer[..length], id, question) {
                Reply::Answer(answer, life) => {
                    return Ok((answer, Duration::from_secs(life.into())));
                }
                Reply::Truncated => return ask_at_length(server, id, question, &packet).await,
                Reply::Other => {}
            }
        }
    }
}

/// A question on its way. One that is given up before its end, because nobody waits any longer, counts as one that nobody
/// answered, if it had time.
struct Asking<'a> {
    resolver: &'a Resolver,
    zone: &'a Zone,
    since: Instant,
    over: bool,
}

impl Asking<'_> {
    fn ends(mut self, answered: bool) {
        self.over = true;
        self.note(answered);
    }

    fn note(&self, answered: bool) {
        self.resolver.heard(answered);
        self.zone.heard(answered);
    }
}

impl Drop for Asking<'_> {
    fn drop(&mut self) {
        if !self.over && self.since.elapsed() >= self.resolver.patience.0 {
            self.note(false);
        }
    }
}

/// Asks for what does not fit into a packet.
async fn ask_at_length(
    server: SocketAddr,
    id: u16,
    question: &Question,
    packet: &[u8],
) -> std::io::Result<(Answer, Duration)> {
    let nonsense = || std::io::Error::new(std::io::ErrorKind::InvalidData, "no name server");
    let mut stream = TcpStream::connect(server).await?;
    let length = u16::try_from(packet.len()).map_err(|_| nonsense())?;
    let mut whole = length.to_be_bytes().to_vec();
    whole.extend_from_slice(packet);
    stream.write_all(&whole).await?;
    let length = stream.read_u16().await?;
    let mut answer = vec![0; usize::from(length)];
    stream.read_exact(&mut answer).await?;
    match wire::read(&answer, id, question) {
        Reply::Answer(answer, life) => Ok((answer, Duration::from_secs(life.into()))),
        Reply::Truncated | Reply::Other => Err(nonsense()),
    }
}

#[cfg(test)]
mod tests;
