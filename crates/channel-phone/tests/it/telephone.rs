//! A telephone: it calls or is called, says a tone, and keeps what it hears.

use std::{
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use plugboard_phone_media::{
    FRAME,
    digits::{DIGIT_SAMPLES, Digit},
    g711::Law,
    outlet::Outlet,
    rtp::Packet,
    sdp::{Described, Direction, Here},
    tone::Tone,
};
use plugboard_sip::{Dial, Event, Here as SipHere, LineId, Output, Place, Stack, Transport};
use tokio::{
    net::UdpSocket,
    sync::{mpsc, watch},
};

/// What it is told.
enum Tell {
    /// It takes the call, with a description or without.
    Answer(bool),
    /// It wants sound to go this way from now on.
    Turn(Direction),
    HangUp,
    Digit(char),
}

/// How it fares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    Calling,
    Ringing,
    Up,
    Over(Option<u16>),
}

/// What is particular about it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Manner {
    Plain,
    Behind,
    Early,
}

pub(crate) struct Telephone {
    tells: mpsc::Sender<Tell>,
    status: watch::Receiver<Status>,
    heard: Arc<Mutex<Vec<i16>>>,
    /// The last report that it was sent.
    report: Arc<Mutex<Vec<u8>>>,
    /// Each so many of its packets are lost; none with 0.
    loses: Arc<AtomicUsize>,
    pub(crate) port: u16,
}

impl Telephone {
    /// Calls our number, and says a tone once it is answered.
    pub(crate) async fn call(desk: SocketAddr, hertz: f64, law: Law) -> Self {
        Self::begin(Some(desk), hertz, law, Manner::Plain).await
    }

    /// The same from behind a translation: it tells an address where nobody is.
    pub(crate) async fn call_from_behind(desk: SocketAddr, hertz: f64) -> Self {
        Self::begin(Some(desk), hertz, Law::A, Manner::Behind).await
    }

    /// Waits to be called, and answers at once.
    pub(crate) async fn wait(hertz: f64) -> Self {
        Self::begin(None, hertz, Law::A, Manner::Plain).await
    }

    /// Waits to be called, and is heard before it answers.
    pub(crate) async fn wait_early(hertz: f64) -> Self {
        Self::begin(None, hertz, Law::A, Manner::Early).await
    }

    async fn begin(desk: Option<SocketAddr>, hertz: f64, law: Law, manner: Manner) -> Self {
        let signalling = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let (media, reports) = pair().await;
        let (report, loses) = (Arc::default(), Arc::default());
        let port = signalling.local_addr().unwrap().port();
        let (tells, told) = mpsc::channel(16);
        let (says, status) = watch::channel(Status::Calling);
        let heard = Arc::new(Mutex::new(Vec::new()));
        let here = SipHere {
            host: "127.0.0.1".into(),
            port,
            agent: "telephone".into(),
        };
        let stack = Stack::new(here, Box::new(|| getrandom::u64().unwrap()));
        let mut address = media.local_addr().unwrap();
        if manner == Manner::Behind {
            address.set_ip([127, 0, 0, 99].into());
        }
        let sdp = Here {
            address,
            session: 1,
            version: 1,
        };
        let task = Task {
            begun: Instant::now(),
            stack,
            signalling,
            media,
            reports,
            report: Arc::clone(&report),
            loses: Arc::clone(&loses),
            said: 0,
            manner,
            sdp,
            line: None,
            law,
            digits: None,
            outlet: Outlet::new(1, 1, 1, law.payload_type()),
            peer: None,
            tone: Tone::new(hertz, 8_000),
            waiting: Vec::new(),
            heard: heard.clone(),
            status: says,
        };
        tokio::spawn(task.run(desk, told));
        Self {
            tells,
            status,
            heard,
            report,
            loses,
            port,
        }
    }

    /// From now on each so many of its packets are lost.
    pub(crate) fn lose(&self, each: usize) {
        self.loses.store(each, Ordering::SeqCst);
    }

    /// The last report that it was sent, once there is one that is so.
    pub(crate) async fn report(&self, wanted: impl Fn(&[u8]) -> bool) -> Vec<u8> {
        crate::until("a report", || async {
            let report = self.report.lock().unwrap().clone();
            wanted(&report).then_some(report)
        })
        .await
    }

    /// Takes the call, with a description or without.
    pub(crate) async fn answer(&self, described: bool) {
        self.tells.send(Tell::Answer(described)).await.unwrap();
    }

    /// Wants sound to go this way from now on.
    pub(crate) async fn turn(&self, direction: Direction) {
        self.tells.send(Tell::Turn(direction)).await.unwrap();
    }

    /// How much it has heard since it was asked last, in samples.
    pub(crate) fn count(&self) -> usize {
        std::mem::take(&mut *self.heard.lock().unwrap()).len()
    }

    pub(crate) async fn hang_up(&self) {
        let _ = self.tells.send(Tell::HangUp).await;
    }

    pub(crate) async fn digit(&self, key: char) {
        self.tells.send(Tell::Digit(key)).await.unwrap();
    }

    /// Waits until it fares so.
    pub(crate) async fn is(&self, wanted: impl Fn(Status) -> bool) -> Status {
        let mut status = self.status.clone();
        let found = status.wait_for(|it| wanted(*it));
        let found = tokio::time::timeout(crate::PATIENCE, found).await;
        *found.expect("never").expect("the telephone is there")
    }

    pub(crate) async fn is_up(&self) {
        assert_eq!(
            self.is(|it| matches!(it, Status::Up | Status::Over(_)))
                .await,
            Status::Up
        );
    }

    pub(crate) async fn is_over(&self) -> Option<u16> {
        match self.is(|it| matches!(it, Status::Over(_))).await {
            Status::Over(code) => code,
            _ => unreachable!("it was waited for"),
        }
    }

    /// Waits until it has heard this sound, from wherever it is in what it heard so far.
    pub(crate) async fn has_heard(&self, sound: &[i16]) {
        // The middle of it: a beginning may be lost while the line is latched.
        let said = Law::A.payload(&sound[sound.len() / 2..][..sound.len() / 4]);
        let middle: Vec<i16> = Law::A.samples(&said).collect();
        crate::until("the sound that was expected", || async {
            let heard = self.heard.lock().unwrap();
            let found = heard.windows(middle.len()).any(|it| it == middle);
            found.then_some(())
        })
        .await;
    }

    /// What it hears from now on, for a second.
    pub(crate) async fn hears(&self) -> Vec<i16> {
        self.heard.lock().unwrap().clear();
        crate::until("a second of sound", || async {
            let heard = self.heard.lock().unwrap();
            (heard.len() >= 8_000).then(|| heard.clone())
        })
        .await
    }
}

struct Task {
    begun: Instant,
    stack: Stack,
    signalling: UdpSocket,
    media: UdpSocket,
    reports: UdpSocket,
    report: Arc<Mutex<Vec<u8>>>,
    loses: Arc<AtomicUsize>,
    said: usize,
    manner: Manner,
    sdp: Here,
    line: Option<LineId>,
    law: Law,
    digits: Option<u8>,
    outlet: Outlet,
    peer: Option<SocketAddr>,
    tone: Tone,
    /// Datagrams of digits, the last first.
    waiting: Vec<Vec<u8>>,
    heard: Arc<Mutex<Vec<i16>>>,
    status: watch::Sender<Status>,
}

impl Task {
    async fn run(mut self, desk: Option<SocketAddr>, mut told: mpsc::Receiver<Tell>) {
        if let Some(address) = desk {
            let host = format!("127.0.0.1:{}", address.port());
            let dial = Dial {
                place: place(address),
                to: format!("sip:{}@{host}", crate::exchange::NUMBER),
                from: "sip:13800138000@127.0.0.1".into(),
                user: "13800138000".into(),
                offer: self.sdp.offer(&[self.law], Direction::Both),
                credentials: None,
            };
            self.line = Some(self.stack.dial(0, dial));
        }
        let mut tick = tokio::time::interval(Duration::from_millis(20));
        let (mut one, mut two, mut three) = ([0; 4_096], [0; 2_048], [0; 2_048]);
        loop {
            let now = u64::try_from(self.begun.elapsed().as_millis()).unwrap();
            tokio::select! {
                tell = told.recv() => match tell {
                    None => return,
                    Some(Tell::Answer(described)) => {
                        let text = if described {
                            self.sdp.offer(&[self.law], Direction::Both)
                        } else {
                            String::new()
                        };
                        self.stack.answer(now, self.line.unwrap(), &text);
                        let _ = self.status.send(Status::Up);
                    }
                    Some(Tell::Turn(direction)) => {
                        self.sdp.version += 1;
                        let text = self.sdp.offer(&[self.law], direction);
                        assert!(self.stack.offer(now, self.line.unwrap(), &text));
                    }
                    Some(Tell::HangUp) => {
                        if let Some(line) = self.line {
                            self.stack.hang_up(now, line, Some(16));
                        }
                        let _ = self.status.send(Status::Over(None));
                    }
                    Some(Tell::Digit(key)) => {
                        let digit = Digit::of(key).unwrap();
                        let payload_type = self.digits.expect("digits were agreed on");
                        self.waiting = self.outlet.digit(payload_type, digit, DIGIT_SAMPLES);
                        self.waiting.reverse();
                    }
                },
                read = self.signalling.recv_from(&mut one) => {
                    let Ok((length, from)) = read else { continue };
                    self.stack.receive(now, place(from), &one[..length]);
                }
                read = self.media.recv_from(&mut two) => {
                    if let Ok((length, _)) = read && let Ok(packet) = Packet::parse(&two[..length])
                        && let Some(law) = Law::of(packet.payload_type)
                    {
                        self.heard.lock().unwrap().extend(law.samples(packet.payload));
                    }
                }
                read = self.reports.recv_from(&mut three) => {
                    if let Ok((length, _)) = read {
                        *self.report.lock().unwrap() = three[..length].to_vec();
                    }
                }
                _ = tick.tick() => {
                    self.stack.tick(now);
                    self.say().await;
                }
            }
            self.drain(now).await;
        }
    }

    async fn say(&mut self) {
        let Some(peer) = self.peer else { return };
        let datagram = if let Some(datagram) = self.waiting.pop() {
            datagram
        } else {
            let frame: Vec<i16> = self.tone.by_ref().take(FRAME).collect();
            self.outlet.frame(&self.law.payload(&frame))
        };
        self.said += 1;
        let each = self.loses.load(Ordering::SeqCst);
        if each == 0 || !self.said.is_multiple_of(each) {
            let _ = self.media.send_to(&datagram, peer).await;
        }
    }

    async fn drain(&mut self, now: u64) {
        while let Some(output) = self.stack.poll() {
            match output {
                Output::Send { place, bytes } => {
                    let _ = self.signalling.send_to(&bytes, place.address).await;
                }
                Output::Event(event) => self.happened(now, event),
            }
        }
    }

    fn describe(&mut self, described: &Described) {
        self.peer = described.address;
        self.digits = described.digits;
        self.law = described.laws[0].0;
        self.outlet.speak(described.laws[0].1);
    }

    fn happened(&mut self, now: u64, event: Event) {
        let status = match event {
            Event::Invited(invitation) => {
                let described = Described::read(invitation.offer.as_deref().unwrap()).unwrap();
                self.describe(&described);
                self.line = Some(invitation.line);
                let answer = described.answer(&self.sdp);
                if self.manner == Manner::Early {
                    self.stack.progress(now, invitation.line, &answer);
                    let _ = self.status.send(Status::Ringing);
                    return;
                }
                self.stack.ring(now, invitation.line);
                self.stack.answer(now, invitation.line, &answer);
                Status::Up
            }
            Event::Ringing { .. } => Status::Ringing,
            Event::Answered { answer, .. } => {
                self.describe(&Described::read(&answer).unwrap());
                Status::Up
            }
            Event::Ended { how, .. } => {
                self.peer = None;
                Status::Over(how.code)
            }
            _ => return,
        };
        let _ = self.status.send(status);
    }
}

fn place(address: SocketAddr) -> Place {
    Place {
        transport: Transport::Udp,
        address,
    }
}

/// A port for sound, and the next one for reports.
async fn pair() -> (UdpSocket, UdpSocket) {
    loop {
        let sound = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let next = sound.local_addr().unwrap().port().checked_add(1);
        if let Some(next) = next
            && let Ok(reports) = UdpSocket::bind(("127.0.0.1", next)).await
        {
            return (sound, reports);
        }
    }
}
