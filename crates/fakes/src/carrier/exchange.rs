//! The company's exchange: which telephone has which line.

use std::{
    collections::HashMap,
    net::SocketAddr,
    time::{Duration, Instant},
};

use plugboard_phone_media::{
    g711::Law,
    sdp::{Described, Direction, Here},
};
use plugboard_sip::{
    Dial, Event, Here as SipHere, Invitation, LineId, Millis, Output, Place, Stack, Transport,
};
use tokio::{
    net::UdpSocket,
    sync::{mpsc, oneshot},
};

use super::Desk;

/// Longest datagram of signalling.
const DATAGRAM_MAX: usize = 65_535;

/// Nobody has this number, or their telephone is off (480).
const NOT_THERE: u16 = 480;

/// They talk with somebody else (486).
const BUSY: u16 = 486;

/// What is offered cannot be spoken here (488).
const UNUSABLE: u16 = 488;

/// Of a number in China, the digits that tell it from others, however it is written.
const OWN_DIGITS: usize = 11;

/// What pages ask for.
pub(super) enum Ask {
    Join(Joined),
    Dial { phone: u64, number: String },
    Answer(u64),
    HangUp(u64),
    Leave(u64),
}

/// A page that is a telephone from now on.
pub(super) struct Joined {
    pub(super) number: String,
    /// Where its sound is heard.
    pub(super) heard_at: SocketAddr,
    pub(super) tells: mpsc::Sender<Told>,
    /// Its name among the telephones.
    pub(super) seat: oneshot::Sender<u64>,
}

/// What a page is told.
pub(super) enum Told {
    /// It rings at the desk, which may let something be heard.
    Ringing(Option<Box<Described>>),
    /// The desk calls.
    Called(String),
    /// Both sides talk, or talk otherwise than before.
    Up(Box<Described>),
    /// It is over.
    Over(Option<u16>),
}

struct Phone {
    number: String,
    here: Here,
    tells: mpsc::Sender<Told>,
    line: Option<LineId>,
    /// What the desk offered, while it rings here.
    offered: Option<Described>,
}

pub(super) struct Exchange {
    socket: UdpSocket,
    address: SocketAddr,
    desk: Desk,
    stack: Stack,
    begun: Instant,
    phones: HashMap<u64, Phone>,
    next: u64,
}

impl Exchange {
    pub(super) fn new(socket: UdpSocket, address: SocketAddr, desk: Desk) -> Self {
        let here = SipHere {
            host: address.ip().to_string(),
            port: address.port(),
            agent: "carrier".to_owned(),
        };
        let chance = || getrandom::u64().unwrap_or_default();
        Self {
            socket,
            address,
            desk,
            stack: Stack::new(here, Box::new(chance)),
            begun: Instant::now(),
            phones: HashMap::new(),
            next: 0,
        }
    }

    pub(super) async fn run(mut self, mut asked: mpsc::Receiver<Ask>) {
        let mut tick = tokio::time::interval(Duration::from_millis(100));
        let mut buffer = vec![0; DATAGRAM_MAX];
        loop {
            tokio::select! {
                ask = asked.recv() => match ask {
                    Some(ask) => self.asked(ask),
                    None => return,
                },
                read = self.socket.recv_from(&mut buffer) => {
                    let Ok((length, from)) = read else { continue };
                    self.stack.receive(self.now(), over_udp(from), &buffer[..length]);
                }
                _ = tick.tick() => self.stack.tick(self.now()),
            }
            while let Some(output) = self.stack.poll() {
                match output {
                    Output::Send { place, bytes } => {
                        let _ = self.socket.send_to(&bytes, place.address).await;
                    }
                    Output::Event(event) => self.happened(event),
                }
            }
        }
    }

    fn now(&self) -> Millis {
        Millis::try_from(self.begun.elapsed().as_millis()).unwrap_or(Millis::MAX)
    }

    fn asked(&mut self, ask: Ask) {
        let now = self.now();
        match ask {
            Ask::Join(joined) => {
                self.next += 1;
                let phone = Phone {
                    number: joined.number,
                    here: Here {
                        address: joined.heard_at,
                        session: self.next,
                        version: 1,
                    },
                    tells: joined.tells,
                    line: None,
                    offered: None,
                };
                self.phones.insert(self.next, phone);
                let _ = joined.seat.send(self.next);
            }
            Ask::Dial { phone, number } => self.dial(now, phone, &number),
            Ask::Answer(phone) => {
                let Some(phone) = self.phones.get_mut(&phone) else {
                    return;
                };
                if let (Some(line), Some(offered)) = (phone.line, phone.offered.take()) {
                    let answer = offered.answer(&phone.here);
                    self.stack.answer(now, line, &answer);
                    phone.tell(Told::Up(Box::new(offered)));
                }
            }
            Ask::HangUp(phone) => self.hang_up(now, phone),
            Ask::Leave(phone) => {
                self.hang_up(now, phone);
                self.phones.remove(&phone);
            }
        }
    }

    fn dial(&mut self, now: Millis, phone: u64, number: &str) {
        let Some(phone) = self.phones.get_mut(&phone) else {
            return;
        };
        let number: String = number.chars().filter(char::is_ascii_digit).collect();
        if phone.line.is_some() {
            return;
        }
        let Some(desk) = (self.desk)().filter(|_| !number.is_empty()) else {
            phone.tell(Told::Over(Some(NOT_THERE)));
            return;
        };
        // Seen from here, a desk that hears all addresses is on this machine.
        let desk = if desk.ip().is_unspecified() {
            SocketAddr::new(self.address.ip(), desk.port())
        } else {
            desk
        };
        phone.here.version += 1;
        let dial = Dial {
            place: over_udp(desk),
            to: format!("sip:{number}@{desk}"),
            from: format!("sip:{}@{}", digits(&phone.number), self.address.ip()),
            user: digits(&phone.number),
            offer: phone.here.offer(&[Law::A, Law::Mu], Direction::Both),
            credentials: None,
        };
        phone.line = Some(self.stack.dial(now, dial));
    }

    fn hang_up(&mut self, now: Millis, phone: u64) {
        let Some(phone) = self.phones.get_mut(&phone) else {
            return;
        };
        let Some(line) = phone.line.take() else {
            return;
        };
        match phone.offered.take() {
            Some(_) => self.stack.refuse(now, line, BUSY),
            None => self.stack.hang_up(now, line, Some(16)),
        }
        phone.tell(Told::Over(None));
    }

    fn happened(&mut self, event: Event) {
        let now = self.now();
        match event {
            Event::Invited(invitation) => self.invited(now, &invitation),
            Event::Ringing { line, answer, .. } => {
                let described = answer.and_then(|it| Described::read(&it).ok());
                self.tell(line, Told::Ringing(described.map(Box::new)));
            }
            Event::Answered { line, answer } => match Described::read(&answer) {
                Ok(described) => self.tell(line, Told::Up(Box::new(described))),
                Err(_) => self.stack.hang_up(now, line, None),
            },
            Event::Asked { line, offer } => self.change(now, line, offer),
            Event::Ended { line, how } => {
                if let Some(phone) = self.phones.values_mut().find(|it| it.line == Some(line)) {
                    phone.line = None;
                    phone.offered = None;
                    phone.tell(Told::Over(how.code));
                }
            }
            _ => {}
        }
    }

    /// The desk calls a number.
    fn invited(&mut self, now: Millis, invitation: &Invitation) {
        let line = invitation.line;
        let wanted = invitation.called.first().map(|it| own(it));
        let phone = self
            .phones
            .values_mut()
            .find(|it| Some(own(&it.number)) == wanted);
        let offered = invitation.offer.as_deref();
        let offered = offered.and_then(|it| Described::read(it).ok());
        match (phone, offered) {
            (Some(phone), Some(offered)) if phone.line.is_none() => {
                phone.line = Some(line);
                phone.offered = Some(offered);
                self.stack.ring(now, line);
                phone.tell(Told::Called(
                    invitation.from.uri.user.clone().unwrap_or_default(),
                ));
            }
            (Some(_), _) => self.stack.refuse(now, line, BUSY),
            (None, _) => self.stack.refuse(now, line, NOT_THERE),
        }
    }

    /// The desk holds the call, or goes on with it elsewhere.
    fn change(&mut self, now: Millis, line: LineId, offer: Option<Vec<u8>>) {
        let Some(phone) = self.phones.values_mut().find(|it| it.line == Some(line)) else {
            self.stack.disagree(now, line, NOT_THERE);
            return;
        };
        phone.here.version += 1;
        let agreed = match offer {
            None => phone.here.offer(&[Law::A, Law::Mu], Direction::Both),
            Some(offer) => {
                let Ok(described) = Described::read(&offer) else {
                    self.stack.disagree(now, line, UNUSABLE);
                    return;
                };
                let answer = described.answer(&phone.here);
                phone.tell(Told::Up(Box::new(described)));
                answer
            }
        };
        self.stack.agree(now, line, &agreed);
    }

    fn tell(&self, line: LineId, told: Told) {
        if let Some(phone) = self.phones.values().find(|it| it.line == Some(line)) {
            phone.tell(told);
        }
    }
}

impl Phone {
    /// A page that does not listen is told nothing: it finds out when it does.
    fn tell(&self, told: Told) {
        let _ = self.tells.try_send(told);
    }
}

fn over_udp(address: SocketAddr) -> Place {
    Place {
        transport: Transport::Udp,
        address,
    }
}

fn digits(number: &str) -> String {
    number.chars().filter(char::is_ascii_digit).collect()
}

/// What tells a number from others, with or without what is dialled before it.
fn own(number: &str) -> String {
    let digits = digits(number);
    let from = digits.len().saturating_sub(OWN_DIGITS);
    digits[from..].to_owned()
}
