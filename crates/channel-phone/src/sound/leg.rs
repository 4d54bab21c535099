//! One leg of a call: a telephone behind a port of ours, or the browser of an agent.

use std::{collections::VecDeque, net::SocketAddr, sync::Arc};

use plugboard_domain::ids::AgentId;
use plugboard_phone_media::{
    FRAME,
    digits::{self, Digit, Listener},
    g711::Law,
    jitter::{Jitter, Slot},
    latch::{Latch, Trust, Verdict},
    outlet::Outlet,
    rtcp::{self, Reception},
    rtp::{self, Packet},
    sdp::Described,
};
use tokio::net::UdpSocket;

use super::Role;
use crate::browser::Browsers;

/// Names a leg within its call. The caller's is 0.
pub type LegKey = u32;

/// Samples that wait to be mixed; beyond it the oldest are left out.
const MIX_MAX: usize = 10 * FRAME;

/// Samples of silence on a stream after which its time is set anew: 60 ms.
const GAP: u64 = 3 * FRAME as u64;

/// Samples after which a way that is not used may close, or a peer believe that nobody is there: 200 ms.
const QUIET: u64 = 10 * FRAME as u64;

/// Longest report that is read.
const REPORT_MAX: usize = 1_500;

/// Reports that are read at once. A peer sends one each five seconds.
const REPORTS_MAX: usize = 8;

/// What comes to a hub from its legs.
#[derive(Debug)]
pub enum In {
    /// A datagram at the port of a telephone.
    Datagram {
        /// Of which leg.
        leg: LegKey,
        /// From where.
        from: SocketAddr,
        /// As it is.
        bytes: Vec<u8>,
    },
    /// Sound of a browser.
    Browser {
        /// Of which agent.
        agent: AgentId,
        /// Counts packets.
        sequence: u16,
        /// Counts samples.
        time: u32,
        /// How it is said.
        law: Law,
        /// The sound.
        payload: Vec<u8>,
    },
    /// Whether the browser of an agent is there. Told when it joins, and whenever that changes.
    Presence {
        /// Of which agent.
        agent: AgentId,
        /// False while nothing is heard of it.
        there: bool,
    },
}

/// Sound that was heard on a leg.
pub(super) struct Voice {
    pub(super) law: Law,
    pub(super) time: u32,
    pub(super) payload: Vec<u8>,
}

pub(super) struct Leg {
    pub(super) key: LegKey,
    pub(super) role: Role,
    /// Since when the browser behind it is gone, in samples of the hub. It may come back.
    pub(super) gone: Option<u64>,
    pub(super) end: Peer,
    jitter: Jitter,
    waiting: VecDeque<i16>,
    /// Up to where sound was sent, in samples of the hub.
    sent: u64,
    place: Placer,
    pub(super) reception: Reception,
}

/// Which end of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum End {
    /// A telephone.
    Telephone(LegKey),
    /// The browser of an agent.
    Browser(AgentId),
}

pub(super) enum Peer {
    Telephone(Box<Telephone>),
    Browser(AgentId, Browsers),
}

pub(super) struct Telephone {
    socket: Arc<UdpSocket>,
    /// Where reports arrive, and are sent from.
    reports: Option<UdpSocket>,
    /// The last report of the peer.
    reported: Option<rtcp::Heard>,
    trust: Trust,
    latch: Option<Latch>,
    outlet: Outlet,
    law: Law,
    digits: Option<u8>,
    listener: Listener,
    /// The peer does not want to hear.
    held: bool,
}

/// Where the sound of a stream lies in the time of the hub. A sender's clock is believed while it does not lie.
#[derive(Default)]
pub(super) struct Placer {
    anchor: Option<(u32, u64)>,
}

/// A stream that is further off than this from when it arrives has begun anew: a quarter of a second.
const OFF_MAX: u64 = 2_000;

impl Placer {
    pub(super) fn place(&mut self, time: u32, now: u64) -> u64 {
        if let Some((began, at)) = self.anchor {
            let place = at + u64::from(time.wrapping_sub(began));
            if place.abs_diff(now) <= OFF_MAX {
                return place;
            }
        }
        self.anchor = Some((time, now));
        now
    }
}

impl Telephone {
    pub(super) fn new(
        socket: Arc<UdpSocket>,
        reports: Option<UdpSocket>,
        trust: Trust,
        chance: [u32; 3],
    ) -> Self {
        let [ssrc, sequence, timestamp] = chance;
        let sequence = u16::try_from(sequence & 0xFFFF).unwrap_or_default();
        Self {
            socket,
            reports,
            reported: None,
            trust,
            latch: None,
            outlet: Outlet::new(ssrc, sequence, timestamp, Law::A.payload_type()),
            law: Law::A,
            digits: None,
            listener: Listener::default(),
            held: false,
        }
    }

    /// The peer described itself, or did so again.
    pub(super) fn describe(&mut self, described: &Described) {
        if let Some((law, payload_type)) = described.laws.first() {
            self.law = *law;
            self.outlet.speak(*payload_type);
        }
        self.digits = described.digits;
        self.held = described.holds();
        if let Some(address) = described.address {
            match &mut self.latch {
                Some(latch) => latch.signal(address),
                None => self.latch = Some(Latch::new(address, self.trust)),
            }
        }
    }

    fn send(&self, datagram: &[u8]) {
        if let Some(latch) = &self.latch {
            // What the network does not take at once is as lost as on the way.
            let _ = self.socket.try_send_to(datagram, latch.target());
        }
    }

    /// Tells the peer how its sound arrives and what was sent; reads what it tells.
    fn report(&mut self, reception: &mut Reception, clock: u64, now: u64) {
        let (Some(reports), Some(latch)) = (&self.reports, &self.latch) else {
            return;
        };
        let mut target = latch.target();
        // The next port, unless they agreed on another (RFC 3550, section 11).
        let Some(port) = target.port().checked_add(1) else {
            return;
        };
        target.set_port(port);
        let mut buffer = [0; REPORT_MAX];
        for _ in 0..REPORTS_MAX {
            let Ok((length, from)) = reports.try_recv_from(&mut buffer) else {
                break;
            };
            if from.ip() == target.ip()
                && let Some(stamp) = rtcp::stamp(&buffer[..length])
            {
                self.reported = Some(rtcp::Heard { stamp, at: now });
            }
        }
        let said = rtcp::report(self.outlet.sent(), clock, reception, self.reported, now);
        let _ = reports.try_send_to(&said, target);
    }

    /// Reads a datagram: sound, or a digit.
    fn hear(
        &mut self,
        from: SocketAddr,
        bytes: &[u8],
        reception: &mut Reception,
        now: u64,
    ) -> (Option<Voice>, Option<u16>, Option<char>) {
        let nothing = (None, None, None);
        if rtp::kind(bytes) != rtp::Kind::Rtp {
            return nothing;
        }
        let (Ok(packet), Some(latch)) = (Packet::parse(bytes), &mut self.latch) else {
            return nothing;
        };
        if latch.judge(from, packet.ssrc) == Verdict::Drop {
            return nothing;
        }
        let digit = Some(packet.payload_type) == self.digits;
        let time = (!digit).then_some(packet.timestamp);
        reception.hear(packet.ssrc, packet.sequence, time, now);
        if digit {
            let digit = self
                .listener
                .hear_from(packet.ssrc, packet.timestamp, packet.payload);
            return (None, None, digit.map(Digit::key));
        }
        // What was agreed on, or by its number the other that both sides know.
        let law = Law::of(packet.payload_type).unwrap_or(self.law);
        let known = packet.payload_type < 96 && Law::of(packet.payload_type).is_none();
        if known || packet.payload.is_empty() {
            return nothing;
        }
        let voice = Voice {
            law,
            time: packet.timestamp,
            payload: packet.payload.to_vec(),
        };
        (Some(voice), Some(packet.sequence), None)
    }
}

impl Leg {
    pub(super) fn new(key: LegKey, role: Role, end: Peer) -> Self {
        Self {
            key,
            role,
            gone: None,
            end,
            jitter: Jitter::default(),
            waiting: VecDeque::new(),
            sent: 0,
            place: Placer::default(),
            reception: Reception::default(),
        }
    }

    pub(super) fn agent(&self) -> Option<AgentId> {
        match &self.end {
            Peer::Browser(agent, _) => Some(*agent),
            Peer::Telephone(_) => None,
        }
    }

    pub(super) fn telephone(&mut self) -> Option<&mut Telephone> {
        match &mut self.end {
            Peer::Telephone(telephone) => Some(telephone),
            Peer::Browser(..) => None,
        }
    }

    /// Takes a datagram in; the voice or the digit in it.
    pub(super) fn hear(
        &mut self,
        from: SocketAddr,
        bytes: &[u8],
        now: u64,
    ) -> (Option<(Voice, u16)>, Option<char>) {
        let Peer::Telephone(telephone) = &mut self.end else {
            return (None, None);
        };
        let heard = telephone.hear(from, bytes, &mut self.reception, now);
        let (voice, sequence, digit) = heard;
        (voice.zip(sequence), digit)
    }

    /// Tells the peer of a telephone how its sound arrives.
    pub(super) fn report(&mut self, clock: u64, now: u64) {
        if let Peer::Telephone(telephone) = &mut self.end {
            telephone.report(&mut self.reception, clock, now);
        }
    }

    /// Which end of the call it is.
    pub(super) fn which(&self) -> End {
        match &self.end {
            Peer::Browser(agent, _) => End::Browser(*agent),
            Peer::Telephone(_) => End::Telephone(self.key),
        }
    }

    /// Where its voice lies in the time of the hub.
    pub(super) fn place(&mut self, time: u32, now: u64) -> u64 {
        self.place.place(time, now)
    }

    /// Keeps a voice until it is mixed.
    pub(super) fn keep(&mut self, voice: &Voice, sequence: u16) {
        // The law goes along, so that a stream that changes it is understood.
        let mut kept = vec![voice.law.payload_type()];
        kept.extend(&voice.payload);
        self.jitter.push(sequence, kept);
    }

    /// Its next 20 ms, to be mixed.
    pub(super) fn frame(&mut self) -> Vec<i16> {
        while self.waiting.len() < FRAME {
            match self.jitter.pop() {
                Slot::Frame(kept) => {
                    if let Some((law, payload)) = kept.split_first() {
                        let law = Law::of(*law).unwrap_or(Law::A);
                        self.waiting.extend(law.samples(payload));
                    }
                }
                Slot::Lost => self.waiting.extend([0; FRAME]),
                Slot::Waiting => break,
            }
        }
        if self.waiting.len() > MIX_MAX {
            let over = self.waiting.len() - MIX_MAX;
            self.waiting.drain(..over);
        }
        let count = FRAME.min(self.waiting.len());
        let mut frame: Vec<i16> = self.waiting.drain(..count).collect();
        frame.resize(FRAME, 0);
        frame
    }

    /// Sends a voice, as it is when both speak the same law. `now` is the time of the hub.
    pub(super) fn send(&mut self, law: Law, payload: &[u8], now: u64) {
        match &mut self.end {
            Peer::Browser(agent, browsers) => browsers.play(*agent, law, payload.to_vec()),
            Peer::Telephone(telephone) => {
                if telephone.held {
                    return;
                }
                if self.sent == 0 {
                    self.sent = now;
                }
                let late = now.saturating_sub(self.sent);
                if late > GAP {
                    let late = usize::try_from(late).unwrap_or_default();
                    telephone.outlet.pause(late);
                    self.sent = now;
                }
                self.sent += payload.len() as u64;
                let datagram = if law == telephone.law {
                    telephone.outlet.frame(payload)
                } else {
                    telephone
                        .outlet
                        .frame(&law.translate(payload, telephone.law))
                };
                telephone.send(&datagram);
            }
        }
    }

    /// True when nothing was sent for a while.
    pub(super) fn is_quiet(&self, now: u64) -> bool {
        now.saturating_sub(self.sent) > QUIET
    }

    /// Sends samples.
    pub(super) fn send_samples(&mut self, samples: &[i16], now: u64) {
        let law = match &self.end {
            Peer::Telephone(telephone) => telephone.law,
            Peer::Browser(..) => Law::A,
        };
        let payload = law.payload(samples);
        self.send(law, &payload, now);
    }

    /// The datagrams of a digit, to be sent one each 20 ms; none where the peer does not take digits as events.
    pub(super) fn digit(&mut self, digit: Digit, now: u64) -> Vec<Vec<u8>> {
        let Some(telephone) = self.telephone() else {
            return Vec::new();
        };
        let Some(payload_type) = telephone.digits else {
            return Vec::new();
        };
        let said = telephone
            .outlet
            .digit(payload_type, digit, digits::DIGIT_SAMPLES);
        self.sent = now + u64::from(digits::DIGIT_SAMPLES);
        said
    }

    /// Sends a datagram that was made before.
    pub(super) fn send_datagram(&mut self, datagram: &[u8]) {
        if let Some(telephone) = self.telephone() {
            telephone.send(datagram);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Placer;

    #[test]
    fn a_stream_lies_where_its_time_says_until_it_lies() {
        let mut placer = Placer::default();
        assert_eq!(placer.place(u32::MAX - 80, 1_000), 1_000);
        assert_eq!(placer.place(79, 1_300), 1_160);
        assert_eq!(placer.place(4_000_000, 1_500), 1_500);
        assert_eq!(placer.place(4_000_160, 1_640), 1_660);
    }
}
