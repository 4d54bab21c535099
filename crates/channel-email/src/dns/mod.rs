//! Asks the domain name system what the origin of mails is checked with: by way of the name servers that this machine uses,
//! each question once for all mails that have it, and never for long. When nobody answers, nothing is asked for a while: mail
//! comes in without it.

mod wire;

use std::{
    collections::HashMap,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use plugboard_mail::{Answer, Question};
use ring::rand::{SecureRandom, SystemRandom};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpStream, UdpSocket},
    sync::{OnceCell, Semaphore},
    time::timeout,
};
use tracing::warn;

use self::wire::Reply;

/// How long one server may take, and how often all are asked.
const PATIENCE: Duration = Duration::from_millis(1_200);
const ROUNDS: usize = 2;

/// Name servers that are asked; a machine has three at most.
const SERVERS_MAX: usize = 3;

/// Questions on their way at once.
const AT_ONCE: usize = 64;

/// Answers that are remembered.
const KEPT_MAX: usize = 8_192;

/// How long answers are remembered: no shorter and no longer, whatever they say.
const KEPT_LEAST: Duration = Duration::from_mins(1);
const KEPT_MOST: Duration = Duration::from_hours(1);

/// How long it is remembered that there is nothing, and that nobody knew.
const MISSING_KEPT: Duration = Duration::from_mins(5);
const FAILED_KEPT: Duration = Duration::from_secs(20);

/// Questions in a row that nobody answers before none is asked for a while.
const SILENT_MAX: u32 = 6;
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
    /// One place for each question, filled once. Leaf data.
    places: Mutex<HashMap<Question, Arc<Place>>>,
    room: Semaphore,
    silence: Mutex<Silence>,
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
            places: Mutex::default(),
            room: Semaphore::new(AT_ONCE),
            silence: Mutex::default(),
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
        let (answer, life) = if self.rests() {
            (Answer::Failed, Duration::ZERO)
        } else {
            let found = match self.room.acquire().await {
                Ok(_place) => self.ask_all(question).await,
                Err(_) => None,
            };
            self.heard(found.is_some());
            found.unwrap_or((Answer::Failed, Duration::ZERO))
        };
        let keep = match answer {
            Answer::Failed => FAILED_KEPT,
            Answer::Missing => MISSING_KEPT,
            _ => life.clamp(KEPT_LEAST, KEPT_MOST),
        };
        (answer, Instant::now() + keep)
    }

    fn silence(&self) -> std::sync::MutexGuard<'_, Silence> {
        self.silence.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn rests(&self) -> bool {
        self.silence().until.is_some_and(|it| Instant::now() < it)
    }

    fn heard(&self, answered: bool) {
        let mut silence = self.silence();
        if answered {
            *silence = Silence::default();
            return;
        }
        silence.count += 1;
        if silence.count >= SILENT_MAX {
            if silence.until.is_none() {
                warn!("no name server answers: mail comes in without a check of its origin");
            }
            silence.until = Some(Instant::now() + REST);
        }
    }

    /// The answer and its life; nothing when nobody said anything.
    async fn ask_all(&self, question: &Question) -> Option<(Answer, Duration)> {
        let mut failed = None;
        for _ in 0..ROUNDS {
            for server in &self.servers {
                match timeout(PATIENCE, self.ask_one(*server, question)).await {
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

    async fn ask_one(
        &self,
        server: SocketAddr,
        question: &Question,
    ) -> std::io::Result<(Answer, Duration)> {
        let mut id = [0; 2];
        self.random
            .fill(&mut id)
            .map_err(|_| std::io::Error::other("no chance to be had"))?;
        let id = u16::from_be_bytes(id);
        let packet = wire::ask(id, question);
        let any = match server {
            SocketAddr::V4(_) => IpAddr::from(Ipv4Addr::UNSPECIFIED),
            SocketAddr::V6(_) => IpAddr::from(Ipv6Addr::UNSPECIFIED),
        };
        // A port of its own for each question is what a forger has to guess as well.
        let socket = UdpSocket::bind((any, 0)).await?;
        socket.connect(server).await?;
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
mod tests {
    use plugboard_mail::Record;

    use super::*;

    #[test]
    fn name_servers_are_those_of_the_machine() {
        let text = "# mine\nsearch a.example\nnameserver 192.0.2.1\nnameserver ::1\noptions x\nnameserver nonsense\n";
        let found: Vec<String> = servers_of(text).iter().map(ToString::to_string).collect();
        assert_eq!(found, ["192.0.2.1:53", "[::1]:53"]);
    }

    fn question(n: u32) -> Question {
        Question {
            name: format!("{n}.example"),
            record: Record::Txt,
        }
    }

    #[tokio::test]
    async fn a_question_that_many_have_is_asked_once() {
        let server = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let resolver = Arc::new(Resolver::new(vec![server.local_addr().unwrap()]));
        let asking: Vec<_> = (0..20)
            .map(|_| {
                let resolver = resolver.clone();
                tokio::spawn(async move { resolver.answer(&question(1)).await })
            })
            .collect();
        let mut buffer = [0; 512];
        let (length, who) = server.recv_from(&mut buffer).await.unwrap();
        // Somebody who guesses comes first.
        let mut forged = buffer[..length].to_vec();
        forged[0] ^= 1;
        forged[2] = 0x81;
        server.send_to(&forged, who).await.unwrap();
        let mut answer = buffer[..length].to_vec();
        (answer[2], answer[3]) = (0x81, 0x83);
        server.send_to(&answer, who).await.unwrap();
        for it in asking {
            assert_eq!(it.await.unwrap(), Answer::Missing);
        }
        let again = timeout(Duration::from_millis(50), server.recv_from(&mut buffer)).await;
        assert!(again.is_err(), "asked again");
    }

    #[tokio::test]
    async fn when_nobody_answers_nobody_is_asked_for_a_while() {
        // Nothing listens there: the machine says so at once.
        let gone = UdpSocket::bind("127.0.0.1:0")
            .await
            .unwrap()
            .local_addr()
            .unwrap();
        let resolver = Resolver::new(vec![gone]);
        for n in 0..SILENT_MAX {
            assert!(!resolver.rests());
            assert_eq!(resolver.answer(&question(n)).await, Answer::Failed);
        }
        assert!(resolver.rests());
        assert_eq!(resolver.answer(&question(99)).await, Answer::Failed);
    }
}
