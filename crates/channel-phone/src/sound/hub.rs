//! The hub of one call.

use std::{sync::Arc, time::Duration};

use plugboard_domain::ids::AgentId;
use plugboard_phone_media::{
    FRAME, RATE,
    digits::Digit,
    mix::together,
    recording::Side,
    rtcp::{self, Quality},
    sdp::Described,
    silence::{Ended, Voicemail},
};
use tokio::{
    sync::mpsc,
    time::{Instant, MissedTickBehavior},
};

use super::{
    End, LegKey, Role, Stand,
    leg::{In, Leg, Peer, Telephone, Voice},
    player::{Player, Playing},
    ports::Way,
    recording::Tape,
};
use crate::browser::Browsers;

/// Packets of a call that wait: a fifth of a second of six legs.
const PACKETS_MAX: usize = 64;

/// What a call is told that was not done yet.
const TELLS_MAX: usize = 256;

/// Longest datagram of sound that is taken; real ones have 172 bytes.
const DATAGRAM_MAX: usize = 2_048;

/// After so many samples, ten seconds, somebody who is not there and does not have the call is not waited for any more: a page that is
/// loaded again is back by then.
const LOST: u64 = 10 * RATE as u64;

/// The caller's leg.
const CALLER: LegKey = 0;

/// What a hub is told.
pub enum Tell {
    /// The peer of a telephone described itself.
    Described(LegKey, Box<Described>),
    /// What the caller hears while nobody talks with them.
    Play(Playing),
    /// What music is, from now on.
    Music(Arc<[i16]>),
    /// Agents hear that it rings elsewhere, until the other side is heard.
    RingBack(bool),
    /// A telephone elsewhere joins.
    Telephone(LegKey, Role, Way),
    /// The browser of an agent joins, or has another role from now on.
    Agent(AgentId, Role),
    /// A leg has another role.
    Role(LegKey, Role),
    /// The browser of an agent leaves.
    AgentGone(AgentId),
    /// A telephone leaves.
    Gone(LegKey),
    /// How the call stands.
    Stand(Stand),
    /// Digits for the caller's side.
    Digits(Vec<Digit>),
    /// It is recorded from now on.
    Record(Tape),
    /// It is recorded, or not for the moment.
    Pause(bool),
    /// The caller leaves a message of so many seconds at most.
    Voicemail {
        /// Silence after which it is over.
        silence: u32,
        /// Longest.
        length: u32,
    },
    /// It ends. What was recorded is written.
    Close,
}

/// What is heard in a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heard {
    /// The caller typed a digit.
    Digit(char),
    /// What was to be played once is over.
    Played,
    /// The browser of an agent is there, or is gone.
    Agent(AgentId, bool),
    /// The browser of somebody who hears the call or is consulted in it is gone for so long that it is not waited for any more.
    Lost(AgentId),
    /// How the sound of an end arrived, told when it leaves.
    Arrived(End, Quality),
    /// The message is over; true when something was said.
    MessageOver(bool),
}

/// The handle of a hub.
#[derive(Clone)]
pub struct Hub {
    tells: mpsc::Sender<Tell>,
    packets: mpsc::Sender<In>,
}

impl Hub {
    /// Starts the hub of a call whose caller is heard at a socket. Called within the runtime of sound.
    pub fn start(way: Way, browsers: Browsers, heard: mpsc::Sender<Heard>) -> Self {
        let (tells, told) = mpsc::channel(TELLS_MAX);
        let (packets, arrived) = mpsc::channel(PACKETS_MAX);
        let hub = Self { tells, packets };
        let mut task = Task {
            begun: Instant::now(),
            legs: Vec::new(),
            browsers,
            packets: hub.packets.clone(),
            stand: Stand::Talk,
            player: Player::new(),
            tape: None,
            voicemail: None,
            spoke: 0,
            digits: Vec::new(),
            reports: rtcp::EVERY,
            heard,
        };
        task.telephone(CALLER, Role::Caller, way);
        tokio::spawn(task.run(told, arrived));
        hub
    }

    /// Tells it something. A hub that takes nothing any more is closed.
    pub fn tell(&self, tell: Tell) {
        if self.tells.try_send(tell).is_err() {
            tracing::debug!("phone: a call that is closed was told something");
        }
    }
}

struct Task {
    begun: Instant,
    legs: Vec<Leg>,
    browsers: Browsers,
    packets: mpsc::Sender<In>,
    stand: Stand,
    player: Player,
    tape: Option<Tape>,
    voicemail: Option<Voicemail>,
    /// When the caller last said something, in samples.
    spoke: u64,
    /// Datagrams of digits that are to be sent, the last first.
    digits: Vec<Vec<u8>>,
    /// When reports are due next, in samples.
    reports: u64,
    heard: mpsc::Sender<Heard>,
}

impl Task {
    async fn run(mut self, mut told: mpsc::Receiver<Tell>, mut arrived: mpsc::Receiver<In>) {
        let mut tick = tokio::time::interval(Duration::from_millis(20));
        tick.set_missed_tick_behavior(MissedTickBehavior::Burst);
        loop {
            tokio::select! {
                biased;
                tell = told.recv() => match tell {
                    Some(Tell::Close) | None => break,
                    Some(tell) => self.told(tell),
                },
                packet = arrived.recv() => {
                    if let Some(packet) = packet {
                        self.arrived(packet);
                    }
                }
                _ = tick.tick() => self.tick(),
            }
        }
        let now = self.now();
        for leg in &self.legs {
            self.leaves(leg);
            if let Some(agent) = leg.agent() {
                self.browsers.detach(agent, self.packets.clone());
            }
        }
        if let Some(tape) = self.tape.take() {
            tape.end(now);
        }
    }

    /// Samples since the beginning.
    fn now(&self) -> u64 {
        u64::try_from(self.begun.elapsed().as_micros() / 125).unwrap_or(u64::MAX)
    }

    fn told(&mut self, tell: Tell) {
        match tell {
            Tell::Described(key, described) => {
                if let Some(telephone) = self.leg(key).and_then(Leg::telephone) {
                    telephone.describe(&described);
                }
            }
            Tell::Play(playing) => self.player.play(playing),
            Tell::Music(music) => self.player.take_music(music),
            Tell::RingBack(rings) => self.player.ring(rings),
            Tell::Telephone(key, role, way) => self.telephone(key, role, way),
            Tell::Agent(agent, role) => self.agent(agent, role),
            Tell::Role(key, role) => {
                if let Some(leg) = self.leg(key) {
                    leg.role = role;
                }
            }
            Tell::AgentGone(agent) => {
                self.remove(End::Browser(agent));
                self.browsers.detach(agent, self.packets.clone());
            }
            Tell::Gone(key) => self.remove(End::Telephone(key)),
            Tell::Stand(stand) => self.stand = stand,
            Tell::Digits(digits) => self.say_digits(&digits),
            Tell::Record(mut tape) => {
                tape.begin(self.now());
                self.tape = Some(tape);
            }
            Tell::Pause(paused) => {
                if let Some(tape) = &mut self.tape {
                    tape.pause(paused);
                }
            }
            Tell::Voicemail { silence, length } => {
                self.voicemail = Some(Voicemail::new(silence, length));
                self.spoke = self.now();
            }
            Tell::Close => {}
        }
    }

    fn leg(&mut self, key: LegKey) -> Option<&mut Leg> {
        self.legs
            .iter_mut()
            .find(|it| it.key == key && it.agent().is_none())
    }

    fn remove(&mut self, end: End) {
        if let Some(at) = self.legs.iter().position(|it| it.which() == end) {
            let leg = self.legs.remove(at);
            self.leaves(&leg);
        }
    }

    /// Tells how the sound of a leg arrived, when any did.
    fn leaves(&self, leg: &Leg) {
        let quality = leg.reception.quality();
        if quality.received > 0 {
            let _ = self.heard.try_send(Heard::Arrived(leg.which(), quality));
        }
    }

    fn telephone(&mut self, key: LegKey, role: Role, way: Way) {
        let socket = Arc::new(way.sound);
        let draw = || getrandom::u32().unwrap_or_default();
        let chance = [draw(), draw(), draw()];
        let telephone = Telephone::new(socket.clone(), way.reports, way.trust, chance);
        self.legs
            .push(Leg::new(key, role, Peer::Telephone(Box::new(telephone))));
        let packets = self.packets.clone();
        tokio::spawn(async move {
            let mut buffer = [0; DATAGRAM_MAX];
            // Ends with the hub: it looks at least each second.
            while !packets.is_closed() {
                let read = socket.recv_from(&mut buffer);
                let Ok(read) = tokio::time::timeout(Duration::from_secs(1), read).await else {
                    if Arc::strong_count(&socket) == 1 {
                        return;
                    }
                    continue;
                };
                let Ok((length, from)) = read else { continue };
                let bytes = buffer[..length].to_vec();
                // More than can be taken is lost, as on the way.
                let _ = packets.try_send(In::Datagram {
                    leg: key,
                    from,
                    bytes,
                });
            }
        });
    }

    fn agent(&mut self, agent: AgentId, role: Role) {
        if let Some(leg) = self.legs.iter_mut().find(|it| it.agent() == Some(agent)) {
            leg.role = role;
            if leg.gone.is_some() {
                // Whoever has the call from now on may not be there.
                let _ = self.heard.try_send(Heard::Agent(agent, false));
            }
            return;
        }
        self.browsers.attach(agent, self.packets.clone());
        let end = Peer::Browser(agent, self.browsers.clone());
        self.legs.push(Leg::new(LegKey::MAX, role, end));
    }

    fn say_digits(&mut self, digits: &[Digit]) {
        let now = self.now();
        let mut said = Vec::new();
        if let Some(caller) = self.leg(CALLER) {
            for digit in digits {
                said.extend(caller.digit(*digit, now));
            }
        }
        said.reverse();
        said.append(&mut self.digits);
        self.digits = said;
    }

    fn arrived(&mut self, packet: In) {
        let now = self.now();
        match packet {
            In::Datagram {
                leg: key,
                from,
                bytes,
            } => {
                let Some(at) = self
                    .legs
                    .iter()
                    .position(|it| it.key == key && it.agent().is_none())
                else {
                    return;
                };
                let (voice, digit) = self.legs[at].hear(from, &bytes, now);
                if let Some(digit) = digit.filter(|_| key == CALLER) {
                    let _ = self.heard.try_send(Heard::Digit(digit));
                }
                if let Some((voice, sequence)) = voice {
                    self.spread(at, &voice, sequence);
                }
            }
            In::Presence { agent, there } => self.presence(agent, there),
            In::Browser {
                agent,
                sequence,
                time,
                law,
                payload,
            } => {
                if let Some(at) = self.legs.iter().position(|it| it.agent() == Some(agent)) {
                    self.legs[at].reception.hear(0, sequence, Some(time), now);
                    let voice = Voice { law, time, payload };
                    self.spread(at, &voice, sequence);
                }
            }
        }
    }

    fn presence(&mut self, agent: AgentId, there: bool) {
        let now = self.now();
        let Some(leg) = self.legs.iter_mut().find(|it| it.agent() == Some(agent)) else {
            return;
        };
        if leg.gone.is_some() == there {
            leg.gone = (!there).then_some(now);
            let _ = self.heard.try_send(Heard::Agent(agent, there));
        }
    }

    /// Gives the voice of a leg to whoever hears it.
    fn spread(&mut self, at: usize, voice: &Voice, sequence: u16) {
        let now = self.now();
        let role = self.legs[at].role;
        let mut mixed = false;
        for other in 0..self.legs.len() {
            if other == at || !self.legs[other].role.hears(role, self.stand) {
                continue;
            }
            if self.voices_for(other) > 1 {
                mixed = true;
                continue;
            }
            // A digit is said without a pause, as one stream with what follows it.
            let busy = self.legs[other].role == Role::Caller && !self.digits.is_empty();
            if busy {
                continue;
            }
            self.legs[other].send(voice.law, &voice.payload, now);
            if self.legs[other].role == Role::Caller {
                let samples: Vec<i16> = voice.law.samples(&voice.payload).collect();
                let place = self.legs[at].place(voice.time, now);
                self.tape(Side::Desk, place, &samples);
            }
        }
        if mixed {
            self.legs[at].keep(voice, sequence);
        }
        if role == Role::Caller {
            self.caller_said(at, voice, now);
        }
    }

    fn caller_said(&mut self, at: usize, voice: &Voice, now: u64) {
        self.spoke = now;
        self.player.ring(false);
        if self.tape.is_none() && self.voicemail.is_none() {
            return;
        }
        let samples: Vec<i16> = voice.law.samples(&voice.payload).collect();
        let place = self.legs[at].place(voice.time, now);
        self.tape(Side::Caller, place, &samples);
        self.leave(&samples);
    }

    fn leave(&mut self, samples: &[i16]) {
        let Some(voicemail) = &mut self.voicemail else {
            return;
        };
        let over: Option<Ended> = voicemail.hear(samples);
        if over.is_some() {
            let said = voicemail.is_message();
            self.voicemail = None;
            let _ = self.heard.try_send(Heard::MessageOver(said));
        }
    }

    fn tape(&mut self, side: Side, at: u64, samples: &[i16]) {
        if let Some(tape) = &mut self.tape {
            tape.put(side, at, samples);
        }
    }

    fn voices_for(&self, listener: usize) -> usize {
        let role = self.legs[listener].role;
        let others = self.legs.iter().enumerate();
        others
            .filter(|(at, it)| {
                *at != listener && it.gone.is_none() && role.hears(it.role, self.stand)
            })
            .count()
    }

    /// Every 20 ms: music, prompts, mixing, what is due of a recording.
    fn tick(&mut self) {
        let now = self.now();
        if let Some(datagram) = self.digits.pop() {
            if let Some(caller) = self.leg(CALLER) {
                caller.send_datagram(&datagram);
            }
        } else {
            self.play(now);
        }
        self.mix(now);
        self.ring(now);
        if self.voicemail.is_some() && now.saturating_sub(self.spoke) > 3 * FRAME as u64 {
            // Nothing comes at all: that is silence, too.
            self.leave(&[0; FRAME]);
        }
        if let Some(tape) = &mut self.tape {
            tape.due(now);
        }
        if now >= self.reports {
            self.reports = now + rtcp::EVERY;
            let clock = clock(now);
            for leg in &mut self.legs {
                leg.report(clock, now);
            }
            self.give_up(now);
        }
    }

    /// Tells of those who hear the call, or are consulted in it, and are gone for long. Whoever has the call is waited for by the desk.
    fn give_up(&self, now: u64) {
        let others = self.legs.iter().filter(|it| it.role != Role::Agent);
        let lost = others.filter(|it| it.gone.is_some_and(|since| now - since >= LOST));
        for agent in lost.filter_map(Leg::agent) {
            let _ = self.heard.try_send(Heard::Lost(agent));
        }
    }

    fn play(&mut self, now: u64) {
        let Some(caller) = self.legs.iter().position(|it| it.role == Role::Caller) else {
            return;
        };
        if self.voices_for(caller) > 0 {
            // Who should be heard says nothing: their browser is not there. Something is sent nevertheless.
            if self.legs[caller].is_quiet(now) {
                self.legs[caller].send_samples(&[0; FRAME], now);
            }
            return;
        }
        let left_alone = self.stand != Stand::Talk || self.is_left_alone();
        let frame = self.player.frame(left_alone);
        self.legs[caller].send_samples(&frame, now);
        self.tape(Side::Desk, now, &frame);
        if self.player.is_over() {
            let _ = self.heard.try_send(Heard::Played);
        }
    }

    /// True when the browser of whoever talked with the caller is gone.
    fn is_left_alone(&self) -> bool {
        let hears = |it: &&Leg| it.gone.is_some() && Role::Caller.hears(it.role, self.stand);
        self.legs.iter().any(|it| hears(&it))
    }

    /// What agents hear while it rings elsewhere.
    fn ring(&mut self, now: u64) {
        let Some(frame) = self.player.ringing() else {
            return;
        };
        for leg in self.legs.iter_mut().filter(|it| it.role == Role::Agent) {
            leg.send_samples(&frame, now);
        }
    }

    fn mix(&mut self, now: u64) {
        let many: Vec<usize> = (0..self.legs.len())
            .filter(|it| self.voices_for(*it) > 1)
            .collect();
        if many.is_empty() {
            return;
        }
        let frames: Vec<Vec<i16>> = self.legs.iter_mut().map(Leg::frame).collect();
        for listener in many {
            let role = self.legs[listener].role;
            if role == Role::Caller && !self.digits.is_empty() {
                continue;
            }
            let voices: Vec<&[i16]> = self
                .legs
                .iter()
                .zip(&frames)
                .enumerate()
                .filter(|(at, (it, _))| *at != listener && role.hears(it.role, self.stand))
                .map(|(_, (_, frame))| frame.as_slice())
                .collect();
            let sum = together(&voices);
            self.legs[listener].send_samples(&sum, now);
            if role == Role::Caller {
                self.tape(Side::Desk, now, &sum);
            }
        }
    }
}

/// The time as reports tell it: how long the call goes on (RFC 3550, section 6.4.1), in seconds and parts of 2^32 of them.
fn clock(now: u64) -> u64 {
    let rate = u64::from(RATE);
    ((now / rate) << 32) | (((now % rate) << 32) / rate)
}
