//! The task that owns the port and what browsers agreed on (ICE, DTLS, SRTP).

use std::{
    collections::HashMap,
    net::SocketAddr,
    time::{Duration, Instant},
};

use plugboard_channel::phone::{LinkState, PhoneError};
use plugboard_domain::ids::AgentId;
use plugboard_phone_media::g711::Law;
use str0m::{
    Candidate, Event, IceConnectionState, Input, Output, Rtc, RtcError,
    change::SdpOffer,
    format::Codec,
    media::{Frequency, MediaKind, MediaTime, Mid, Pt},
    net::{Protocol, Receive},
};
use tokio::{net::UdpSocket, sync::mpsc, sync::watch};
use tracing::debug;

use super::Tell;
use crate::sound::In;

/// Largest datagram that browsers send.
const DATAGRAM_MAX: usize = 2_048;

/// Agents who are connected at once: one port serves so many without looking long for whose a datagram is.
const AGENTS_MAX: usize = 500;

/// How often time moves on for all connections. What is due sooner is done when it is due.
const TICK: Duration = Duration::from_millis(20);

/// A stream that was silent for longer than this has its time set anew.
const GAP: Duration = Duration::from_millis(60);

/// A browser of which nothing is heard for so long is gone: it says something fifty times a second, and even when it has nothing to
/// say each two and a half seconds that it still wants to hear (RFC 7675).
const SILENT: Duration = Duration::from_secs(5);

/// A browser that is not connected after this long is let go.
const CONNECTS_WITHIN: Duration = Duration::from_secs(30);

pub(super) struct Driver {
    socket: UdpSocket,
    told: SocketAddr,
    links: HashMap<AgentId, Link>,
    /// Whose datagrams come from where; learned, and asked first.
    places: HashMap<SocketAddr, AgentId>,
    /// Where the sound of agents goes. Kept apart, so that a page that is loaded again finds its call.
    calls: HashMap<AgentId, Seat>,
}

/// A call that an agent is in.
struct Seat {
    call: mpsc::Sender<In>,
    /// What the call was told of the agent's browser.
    told: Option<bool>,
}

/// The browser of one agent.
struct Link {
    rtc: Rtc,
    state: watch::Sender<LinkState>,
    since: Instant,
    connected: bool,
    /// When something was last heard of it.
    heard: Instant,
    mid: Option<Mid>,
    /// What it takes, by law.
    takes: Vec<(Law, Pt)>,
    /// Samples that were sent, and when the next are due.
    sent: u64,
    due: Option<Instant>,
}

impl Driver {
    pub(super) fn new(socket: UdpSocket, told: SocketAddr) -> Self {
        Self {
            socket,
            told,
            links: HashMap::new(),
            places: HashMap::new(),
            calls: HashMap::new(),
        }
    }

    pub(super) async fn run(mut self, mut told: mpsc::Receiver<Tell>) {
        let mut buffer = vec![0; DATAGRAM_MAX];
        let mut tick = tokio::time::interval(TICK);
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                tell = told.recv() => match tell {
                    Some(tell) => self.told(tell),
                    None => return,
                },
                read = self.socket.recv_from(&mut buffer) => {
                    if let Ok((length, from)) = read {
                        self.arrived(from, &buffer[..length]);
                    }
                }
                _ = tick.tick() => self.tick(),
            }
        }
    }

    fn told(&mut self, tell: Tell) {
        match tell {
            Tell::Offer {
                agent,
                offer,
                answer,
                state,
            } => {
                let answered = self.connect(agent, &offer, state);
                if answer.send(answered).is_err() {
                    self.leave(agent);
                }
            }
            Tell::Bye(agent) => self.leave(agent),
            Tell::Attach(agent, call) => {
                self.calls.insert(agent, Seat { call, told: None });
            }
            Tell::Detach(agent, from) => {
                let theirs = self.calls.get(&agent);
                if theirs.is_some_and(|it| it.call.same_channel(&from)) {
                    self.calls.remove(&agent);
                }
            }
            Tell::Play(agent, law, payload) => {
                if let Some(link) = self.links.get_mut(&agent)
                    && link.play(law, payload).is_err()
                {
                    debug!("phone: a browser did not take sound");
                }
                self.poll(agent);
            }
        }
    }

    fn connect(
        &mut self,
        agent: AgentId,
        offer: &str,
        state: watch::Sender<LinkState>,
    ) -> Result<String, PhoneError> {
        if self.links.len() >= AGENTS_MAX && !self.links.contains_key(&agent) {
            return Err(PhoneError::Unavailable);
        }
        let unusable = |error: String| PhoneError::Unusable(error);
        let offer = SdpOffer::from_sdp_string(offer).map_err(|it| unusable(it.to_string()))?;
        let now = Instant::now();
        let mut rtc = Rtc::builder()
            .set_ice_lite(true)
            .clear_codecs()
            .enable_pcmu(true, false)
            .enable_pcma(true, false)
            .build(now);
        let here = Candidate::host(self.told, "udp").map_err(|it| unusable(it.to_string()))?;
        rtc.add_local_candidate(here);
        let answer = rtc
            .sdp_api()
            .accept_offer(offer)
            .map_err(|it| unusable(it.to_string()))?;
        self.leave(agent);
        let link = Link {
            rtc,
            state,
            since: now,
            connected: false,
            heard: now,
            mid: None,
            takes: Vec::new(),
            sent: 0,
            due: None,
        };
        self.links.insert(agent, link);
        self.poll(agent);
        Ok(answer.to_sdp_string())
    }

    fn leave(&mut self, agent: AgentId) {
        if let Some(mut link) = self.links.remove(&agent) {
            link.state.send_replace(LinkState::Closed);
            link.rtc.disconnect();
            self.places.retain(|_, it| *it != agent);
        }
    }

    fn arrived(&mut self, from: SocketAddr, bytes: &[u8]) {
        let now = Instant::now();
        let Ok(contents) = bytes.try_into() else {
            return;
        };
        let input = Input::Receive(
            now,
            Receive {
                proto: Protocol::Udp,
                source: from,
                destination: self.told,
                contents,
            },
        );
        let known = self.places.get(&from).copied();
        let known = known.filter(|it| self.links.get(it).is_some_and(|it| it.rtc.accepts(&input)));
        let agent = known.or_else(|| {
            let found = self.links.iter().find(|(_, it)| it.rtc.accepts(&input));
            found.map(|(agent, _)| *agent)
        });
        let Some(agent) = agent else { return };
        if known.is_none() {
            self.places.insert(from, agent);
        }
        if let Some(link) = self.links.get_mut(&agent) {
            link.heard = now;
            if link.rtc.handle_input(input).is_err() {
                self.leave(agent);
                return;
            }
        }
        self.poll(agent);
    }

    fn tick(&mut self) {
        let now = Instant::now();
        let agents: Vec<_> = self.links.keys().copied().collect();
        for agent in agents {
            let Some(link) = self.links.get_mut(&agent) else {
                continue;
            };
            let late = !link.connected && now.duration_since(link.since) > CONNECTS_WITHIN;
            if late || !link.rtc.is_alive() || link.rtc.handle_input(Input::Timeout(now)).is_err() {
                self.leave(agent);
            } else {
                self.poll(agent);
            }
        }
        self.tell_calls(now);
    }

    /// Tells calls whether the browsers of their agents are there, as far as they do not know.
    fn tell_calls(&mut self, now: Instant) {
        for (agent, seat) in &mut self.calls {
            let link = self.links.get(agent);
            let there =
                link.is_some_and(|it| it.connected && now.duration_since(it.heard) < SILENT);
            if seat.told == Some(there) {
                continue;
            }
            let agent = *agent;
            // A call that takes nothing now is told at the next tick.
            if seat.call.try_send(In::Presence { agent, there }).is_ok() {
                seat.told = Some(there);
            }
        }
    }

    /// Does all that a connection wants done.
    fn poll(&mut self, agent: AgentId) {
        loop {
            let Some(link) = self.links.get_mut(&agent) else {
                return;
            };
            match link.rtc.poll_output() {
                Ok(Output::Timeout(_)) => return,
                Ok(Output::Transmit(sent)) => {
                    let _ = self.socket.try_send_to(&sent.contents, sent.destination);
                }
                Ok(Output::Event(event)) => {
                    if !self.happened(agent, event) {
                        self.leave(agent);
                        return;
                    }
                }
                Err(error) => {
                    debug!(%error, "phone: the connection with a browser broke");
                    self.leave(agent);
                    return;
                }
            }
        }
    }

    /// False when the connection is over.
    fn happened(&mut self, agent: AgentId, event: Event) -> bool {
        let Some(link) = self.links.get_mut(&agent) else {
            return false;
        };
        match event {
            Event::Connected => {
                link.connected = true;
                link.state.send_replace(LinkState::Connected);
            }
            Event::IceConnectionStateChange(IceConnectionState::Disconnected) | Event::Closed => {
                return false;
            }
            Event::MediaAdded(added) if added.kind == MediaKind::Audio => link.meet(added.mid),
            Event::MediaData(data) => {
                let law = match data.params.spec().codec {
                    Codec::PCMU => Law::Mu,
                    Codec::PCMA => Law::A,
                    _ => return true,
                };
                if let Some(seat) = self.calls.get(&agent) {
                    let time = data.time.rebase(Frequency::EIGHT_KHZ).numer();
                    let heard = In::Browser {
                        agent,
                        sequence: data.seq_range.start().as_u16(),
                        time: u32::try_from(time & u64::from(u32::MAX)).unwrap_or_default(),
                        law,
                        payload: data.data.to_vec(),
                    };
                    // A call that takes nothing more is over, or too slow: what is lost is 20 ms.
                    let _ = seat.call.try_send(heard);
                }
            }
            _ => {}
        }
        true
    }
}

impl Link {
    fn meet(&mut self, mid: Mid) {
        self.mid = Some(mid);
        if let Some(writer) = self.rtc.writer(mid) {
            let law = |codec| match codec {
                Codec::PCMU => Some(Law::Mu),
                Codec::PCMA => Some(Law::A),
                _ => None,
            };
            let takes = writer.payload_params();
            self.takes = takes
                .filter_map(|it| Some((law(it.spec().codec)?, it.pt())))
                .collect();
        }
    }

    /// Sends sound, in the law in which it comes when the browser takes that.
    fn play(&mut self, law: Law, payload: Vec<u8>) -> Result<(), RtcError> {
        let same = self.takes.iter().find(|(it, _)| *it == law);
        let (Some(mid), Some((speaks, pt))) = (self.mid, same.or(self.takes.first()).copied())
        else {
            return Ok(());
        };
        if !self.connected {
            return Ok(());
        }
        let payload = if speaks == law {
            payload
        } else {
            law.translate(&payload, speaks)
        };
        let now = Instant::now();
        let length = payload.len() as u64;
        let due = self.due.unwrap_or(now);
        let late = now.saturating_duration_since(due);
        if late > GAP {
            self.sent += u64::try_from(late.as_micros() / 125).unwrap_or_default();
            self.due = Some(now);
        }
        self.due = Some(self.due.unwrap_or(now) + Duration::from_micros(length * 125));
        let time = MediaTime::new(self.sent, Frequency::EIGHT_KHZ);
        self.sent += length;
        if let Some(writer) = self.rtc.writer(mid) {
            writer.write(pt, now, time, payload)?;
        }
        // It is sent now, and not when time moves on next.
        self.rtc.handle_input(Input::Timeout(now))
    }
}
