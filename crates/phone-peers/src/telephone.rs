//! A telephone: it calls or is called, says something, presses keys, and keeps what it hears.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use plugboard_phone_media::{
    digits::{DIGIT_SAMPLES, Digit, Listener},
    g711::Law,
    outlet::Outlet,
    rtp::Packet,
    sdp::{Described, Direction, Here},
};
use plugboard_sip::{
    Credentials, Dial, Event, Here as SipHere, LineId, Output, Place, Stack, Transport,
};
use tokio::{
    net::UdpSocket,
    sync::{mpsc, watch},
};

use crate::{
    NUMBER,
    sound::{Ear, Mouth, Says},
};

/// A call to be made.
#[derive(Clone)]
pub struct Call {
    /// Where it is sent.
    pub to: SocketAddr,
    /// The number that is called.
    pub number: String,
    /// The number that calls.
    pub from: String,
    /// How sound is offered.
    pub law: Law,
    /// What is said.
    pub says: Says,
    /// Who it is, when that is asked for.
    pub credentials: Option<(String, String)>,
}

impl Call {
    /// Of the desk's number.
    pub fn new(to: SocketAddr, says: Says) -> Self {
        Self {
            to,
            number: NUMBER.to_owned(),
            from: "13800138000".to_owned(),
            law: Law::A,
            says,
            credentials: None,
        }
    }
}

/// What it is told.
enum Tell {
    HangUp,
    Digit(char),
}

/// How it fares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Nothing was heard of the other side yet; or it waits to be called.
    Calling,
    /// It rings there.
    Ringing,
    /// Both are connected.
    Up,
    /// It is over, with a code where there was one.
    Over(Option<u16>),
}

/// When what happened.
#[derive(Clone, Copy, Debug, Default)]
pub struct Times {
    /// The invitation left.
    pub invited: Option<Instant>,
    /// It rang.
    pub rang: Option<Instant>,
    /// It was answered.
    pub answered: Option<Instant>,
}

/// A telephone with one call. Dropped, it is gone without a word.
pub struct Telephone {
    tells: mpsc::Sender<Tell>,
    status: watch::Receiver<Status>,
    times: Arc<Mutex<Times>>,
    pressed: Arc<Mutex<String>>,
    ear: Ear,
    /// Where it can be called.
    pub port: u16,
}

impl Telephone {
    /// Calls our number, and says a tone once it is answered.
    pub async fn call(desk: SocketAddr, hertz: f64, law: Law) -> Self {
        let says = Says::Tone(hertz);
        Self::dial(Call {
            law,
            ..Call::new(desk, says)
        })
        .await
    }

    /// Calls.
    pub async fn dial(call: Call) -> Self {
        let (says, law) = (call.says, call.law);
        Self::begin(Some(call), says, law).await
    }

    /// Waits to be called, and answers at once with a tone.
    pub async fn wait(hertz: f64) -> Self {
        Self::begin(None, Says::Tone(hertz), Law::A).await
    }

    async fn begin(call: Option<Call>, says: Says, law: Law) -> Self {
        let signalling = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let media = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let port = signalling.local_addr().unwrap().port();
        let (tells, told) = mpsc::channel(1_024);
        let (says_status, status) = watch::channel(Status::Calling);
        let here = SipHere {
            host: "127.0.0.1".into(),
            port,
            agent: "telephone".into(),
        };
        let stack = Stack::new(here, Box::new(|| getrandom::u64().unwrap()));
        let sdp = Here {
            address: media.local_addr().unwrap(),
            session: 1,
            version: 1,
        };
        let ear = Ear::new(says);
        let times = Arc::new(Mutex::new(Times::default()));
        let pressed = Arc::new(Mutex::new(String::new()));
        let task = Task {
            begun: Instant::now(),
            stack,
            signalling,
            media,
            sdp,
            line: None,
            law,
            digits: None,
            outlet: Outlet::new(1, 1, 1, law.payload_type()),
            peer: None,
            mouth: Mouth::new(says),
            waiting: Vec::new(),
            listener: Listener::default(),
            ear: ear.clone(),
            times: times.clone(),
            pressed: pressed.clone(),
            status: says_status,
        };
        tokio::spawn(task.run(call, told));
        Self {
            tells,
            status,
            times,
            pressed,
            ear,
            port,
        }
    }

    /// Ends the call.
    pub async fn hang_up(&self) {
        let _ = self.tells.send(Tell::HangUp).await;
    }

    /// Presses a key, after those that were pressed before.
    pub async fn digit(&self, key: char) {
        self.tells.send(Tell::Digit(key)).await.unwrap();
    }

    /// Keys that the other side pressed, as events in the sound.
    pub fn pressed(&self) -> String {
        self.pressed.lock().unwrap().clone()
    }

    /// When what happened.
    pub fn times(&self) -> Times {
        *self.times.lock().unwrap()
    }

    /// Waits until it fares so.
    pub async fn is(&self, wanted: impl Fn(Status) -> bool) -> Status {
        let mut status = self.status.clone();
        let found = status.wait_for(|it| wanted(*it));
        let found = tokio::time::timeout(crate::PATIENCE, found).await;
        *found.expect("never").expect("the telephone is there")
    }

    /// Waits until both are connected; panics when that is refused.
    pub async fn is_up(&self) {
        let status = self
            .is(|it| matches!(it, Status::Up | Status::Over(_)))
            .await;
        assert_eq!(status, Status::Up);
    }

    /// Waits until it is over; the code, where there was one.
    pub async fn is_over(&self) -> Option<u16> {
        match self.is(|it| matches!(it, Status::Over(_))).await {
            Status::Over(code) => code,
            _ => unreachable!("it was waited for"),
        }
    }

    /// What it hears.
    pub fn ear(&self) -> &Ear {
        &self.ear
    }

    /// Waits until it has heard this sound, from wherever it is in what it heard so far.
    pub async fn has_heard(&self, sound: &[i16]) {
        self.ear.has_heard(sound).await;
    }

    /// What it hears from now on, for a second.
    pub async fn hears(&self) -> Vec<i16> {
        self.ear.hears().await
    }
}

struct Task {
    begun: Instant,
    stack: Stack,
    signalling: UdpSocket,
    media: UdpSocket,
    sdp: Here,
    line: Option<LineId>,
    law: Law,
    digits: Option<u8>,
    outlet: Outlet,
    peer: Option<SocketAddr>,
    mouth: Mouth,
    /// Datagrams of digits, the last first.
    waiting: Vec<Vec<u8>>,
    listener: Listener,
    ear: Ear,
    times: Arc<Mutex<Times>>,
    pressed: Arc<Mutex<String>>,
    status: watch::Sender<Status>,
}

impl Task {
    async fn run(mut self, call: Option<Call>, mut told: mpsc::Receiver<Tell>) {
        if let Some(call) = call {
            let dial = Dial {
                place: place(call.to),
                to: format!("sip:{}@{}", call.number, call.to),
                from: format!("sip:{}@127.0.0.1", call.from),
                user: call.from,
                offer: self.sdp.offer(&[self.law], Direction::Both),
                credentials: call
                    .credentials
                    .map(|(user, password)| Credentials { user, password }),
            };
            self.times.lock().unwrap().invited = Some(Instant::now());
            self.line = Some(self.stack.dial(0, dial));
            self.drain(0).await;
        }
        let mut tick = tokio::time::interval(Duration::from_millis(20));
        let (mut one, mut two) = ([0; 4_096], [0; 2_048]);
        loop {
            tokio::select! {
                tell = told.recv() => match tell {
                    None => return,
                    Some(Tell::HangUp) => {
                        if let Some(line) = self.line {
                            self.stack.hang_up(self.now(), line, Some(16));
                        }
                        self.peer = None;
                        let _ = self.status.send(Status::Over(None));
                    }
                    Some(Tell::Digit(key)) => self.press(key),
                },
                read = self.signalling.recv_from(&mut one) => {
                    let Ok((length, from)) = read else { continue };
                    self.stack.receive(self.now(), place(from), &one[..length]);
                }
                read = self.media.recv_from(&mut two) => {
                    if let Ok((length, _)) = read {
                        self.hear(&two[..length]);
                    }
                    continue;
                }
                _ = tick.tick() => {
                    self.stack.tick(self.now());
                    self.say().await;
                }
            }
            self.drain(self.now()).await;
        }
    }

    fn now(&self) -> u64 {
        u64::try_from(self.begun.elapsed().as_millis()).unwrap()
    }

    fn press(&mut self, key: char) {
        let digit = Digit::of(key).unwrap();
        let payload_type = self.digits.expect("digits were agreed on");
        let mut said = self.outlet.digit(payload_type, digit, DIGIT_SAMPLES);
        said.reverse();
        said.append(&mut self.waiting);
        self.waiting = said;
    }

    fn hear(&mut self, datagram: &[u8]) {
        let Ok(packet) = Packet::parse(datagram) else {
            return;
        };
        if let Some(law) = Law::of(packet.payload_type) {
            self.ear.hear(law, packet.payload);
        } else if Some(packet.payload_type) == self.digits
            && let Some(digit) = self.listener.hear(packet.timestamp, packet.payload)
        {
            self.pressed.lock().unwrap().push(digit.key());
        }
    }

    async fn say(&mut self) {
        let Some(peer) = self.peer else { return };
        let datagram = match self.waiting.pop() {
            Some(datagram) => datagram,
            None => match self.mouth.frame(self.law) {
                Some(frame) => self.outlet.frame(&frame),
                None => return,
            },
        };
        let _ = self.media.send_to(&datagram, peer).await;
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
                self.stack.ring(now, invitation.line);
                self.stack
                    .answer(now, invitation.line, &described.answer(&self.sdp));
                Status::Up
            }
            Event::Ringing { .. } => {
                let mut times = self.times.lock().unwrap();
                times.rang.get_or_insert_with(Instant::now);
                Status::Ringing
            }
            Event::Answered { answer, .. } => {
                self.times.lock().unwrap().answered = Some(Instant::now());
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
