//! Where a peer's sound really comes from. Behind address translation it is another address than the peer signalled, so the
//! first packets decide; then the door shuts, or anybody who guesses a port could speak in a call or be sent its sound.

use std::net::SocketAddr;

/// Packets in a row from one place until the door shuts.
const SHUT_AFTER: u8 = 5;

/// Packets in a row of another stream from the same place until it counts as the peer's.
const CHANGE_AFTER: u8 = 10;

/// From where packets are taken at all before the door shuts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trust {
    /// From the address that was signalled, whatever the port.
    SignalledAddress,
    /// From anywhere: the trunk is behind translation that changes the address.
    AnyAddress,
}

/// What to do with a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is the peer's.
    Take,
    /// It is not, or not yet.
    Drop,
}

/// The door of one port.
#[derive(Clone, Debug)]
pub struct Latch {
    signalled: SocketAddr,
    trust: Trust,
    place: Option<SocketAddr>,
    shut: bool,
    same: u8,
    ssrc: Option<u32>,
    other: Option<(u32, u8)>,
}

impl Latch {
    /// A door that expects a peer.
    pub fn new(signalled: SocketAddr, trust: Trust) -> Self {
        Self {
            signalled,
            trust,
            place: None,
            shut: false,
            same: 0,
            ssrc: None,
            other: None,
        }
    }

    /// The peer signalled another address: the door opens again.
    pub fn signal(&mut self, signalled: SocketAddr) {
        if signalled != self.signalled {
            *self = Self::new(signalled, self.trust);
        }
    }

    /// Where to send: where the peer's sound comes from, or what it signalled while none came.
    pub fn target(&self) -> SocketAddr {
        self.place.unwrap_or(self.signalled)
    }

    /// Whether a packet of a stream that came from somewhere is the peer's.
    pub fn judge(&mut self, from: SocketAddr, ssrc: u32) -> Verdict {
        if self.shut && self.place != Some(from) {
            return Verdict::Drop;
        }
        if self.trust == Trust::SignalledAddress && from.ip() != self.signalled.ip() {
            return Verdict::Drop;
        }
        if self.place == Some(from) {
            self.same = self.same.saturating_add(1);
        } else {
            self.place = Some(from);
            self.same = 1;
            self.ssrc = None;
        }
        self.shut |= self.same >= SHUT_AFTER;
        self.stream(ssrc)
    }

    /// One stream speaks; another takes its place only when it has spoken for a while and the first has not.
    fn stream(&mut self, ssrc: u32) -> Verdict {
        if self.ssrc.is_none() || self.ssrc == Some(ssrc) {
            (self.ssrc, self.other) = (Some(ssrc), None);
            return Verdict::Take;
        }
        let spoken = match self.other {
            Some((other, spoken)) if other == ssrc => spoken + 1,
            _ => 1,
        };
        if spoken < CHANGE_AFTER {
            self.other = Some((ssrc, spoken));
            return Verdict::Drop;
        }
        (self.ssrc, self.other) = (Some(ssrc), None);
        Verdict::Take
    }
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use super::{CHANGE_AFTER, Latch, SHUT_AFTER, Trust, Verdict};

    fn at(address: &str) -> SocketAddr {
        address.parse().unwrap()
    }

    #[test]
    fn a_peer_behind_translation_is_found_and_nobody_comes_in_after_it() {
        let mut latch = Latch::new(at("192.0.2.7:4000"), Trust::SignalledAddress);
        assert_eq!(latch.target(), at("192.0.2.7:4000"));
        for _ in 0..SHUT_AFTER {
            assert_eq!(latch.judge(at("192.0.2.7:61000"), 1), Verdict::Take);
        }
        assert_eq!(latch.target(), at("192.0.2.7:61000"));
        assert_eq!(latch.judge(at("192.0.2.7:61002"), 1), Verdict::Drop);
        assert_eq!(latch.judge(at("192.0.2.7:4000"), 1), Verdict::Drop);
        assert_eq!(latch.target(), at("192.0.2.7:61000"));
    }

    #[test]
    fn an_address_that_nobody_signalled_is_let_in_only_where_that_is_allowed() {
        let stranger = at("198.51.100.9:5000");
        let mut latch = Latch::new(at("192.0.2.7:4000"), Trust::SignalledAddress);
        assert_eq!(latch.judge(stranger, 1), Verdict::Drop);
        let mut latch = Latch::new(at("192.0.2.7:4000"), Trust::AnyAddress);
        assert_eq!(latch.judge(stranger, 1), Verdict::Take);
        assert_eq!(latch.target(), stranger);
    }

    #[test]
    fn a_stream_that_is_pushed_in_between_is_not_heard_and_one_that_takes_over_is() {
        let peer = at("192.0.2.7:4000");
        let mut latch = Latch::new(peer, Trust::SignalledAddress);
        for _ in 0..100 {
            assert_eq!(latch.judge(peer, 1), Verdict::Take);
            assert_eq!(latch.judge(peer, 2), Verdict::Drop);
        }
        for _ in 1..CHANGE_AFTER {
            assert_eq!(latch.judge(peer, 3), Verdict::Drop);
        }
        assert_eq!(latch.judge(peer, 3), Verdict::Take);
        assert_eq!(latch.judge(peer, 3), Verdict::Take);
    }

    #[test]
    fn a_peer_that_moves_says_so_first() {
        let mut latch = Latch::new(at("192.0.2.7:4000"), Trust::SignalledAddress);
        for _ in 0..9 {
            latch.judge(at("192.0.2.7:4000"), 1);
        }
        latch.signal(at("192.0.2.7:4000"));
        assert_eq!(latch.judge(at("192.0.2.7:9"), 1), Verdict::Drop);
        latch.signal(at("192.0.2.8:4000"));
        assert_eq!(latch.judge(at("192.0.2.8:9"), 1), Verdict::Take);
    }
}
