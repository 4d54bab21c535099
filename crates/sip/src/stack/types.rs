//! What goes in and out.

use std::net::SocketAddr;

use crate::address::NameAddr;

/// Milliseconds since a beginning that the caller chose.
pub type Millis = u64;

/// Draws numbers that nobody can guess.
pub type Chance = Box<dyn FnMut() -> u64 + Send>;

/// How messages travel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Transport {
    /// In datagrams, which may be lost.
    Udp,
    /// In a stream.
    Tcp,
}

impl Transport {
    /// Its name in messages.
    pub fn name(self) -> &'static str {
        match self {
            Self::Udp => "UDP",
            Self::Tcp => "TCP",
        }
    }
}

/// Where a peer is. With [`Transport::Tcp`] the address names a connection, and where to make one when there is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Place {
    /// How it is spoken to.
    pub transport: Transport,
    /// Where.
    pub address: SocketAddr,
}

/// This side, as peers reach it.
#[derive(Clone, Debug)]
pub struct Here {
    /// Its machine, without a port.
    pub host: String,
    /// Where it listens.
    pub port: u16,
    /// What it calls itself.
    pub agent: String,
}

/// Names a line for the life of a stack.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LineId(pub u64);

/// A call that comes in.
#[derive(Clone, Debug)]
pub struct Invitation {
    /// Its line from now on.
    pub line: LineId,
    /// From which peer.
    pub place: Place,
    /// What the peer calls it.
    pub call_id: String,
    /// Who calls: as the network asserts it (RFC 3325), or as the caller says.
    pub from: NameAddr,
    /// Which numbers were called, the most particular first: of the request, then of its `To`.
    pub called: Vec<String>,
    /// What is offered; nothing when the peer wants to be offered something.
    pub offer: Option<Vec<u8>>,
}

/// How a line ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ended {
    /// The peer ended it, and not this side.
    pub by_peer: bool,
    /// The code of SIP, where one was said.
    pub code: Option<u16>,
    /// The cause of the telephone network (Q.850), where one was said (RFC 3326).
    pub q850: Option<u16>,
}

/// What happened.
#[derive(Clone, Debug)]
pub enum Event {
    /// Somebody calls.
    Invited(Box<Invitation>),
    /// The peer has taken notice that we answered. In a call without an offer this is where the description is.
    Acknowledged {
        /// Which line.
        line: LineId,
        /// What the peer answered to our offer, if it was ours.
        answer: Option<Vec<u8>>,
    },
    /// The peer wants to change the call: answer with [`crate::Stack::agree`] or [`crate::Stack::disagree`].
    Asked {
        /// Which line.
        line: LineId,
        /// What is offered; nothing when the peer wants to be offered something.
        offer: Option<Vec<u8>>,
    },
    /// The peer agreed to what we offered in a call that was there.
    Agreed {
        /// Which line.
        line: LineId,
        /// Its answer.
        answer: Vec<u8>,
    },
    /// The peer did not agree. The call goes on as it was.
    Disagreed {
        /// Which line.
        line: LineId,
        /// Why.
        code: u16,
    },
    /// The peer typed a digit, said in a message.
    Digit {
        /// Which line.
        line: LineId,
        /// Its key.
        key: char,
    },
    /// The peer that we call is told of it.
    Ringing {
        /// Which line.
        line: LineId,
        /// How far it is: 180 rings, 183 goes on.
        code: u16,
        /// What is to be heard meanwhile.
        answer: Option<Vec<u8>>,
    },
    /// The peer that we call has answered.
    Answered {
        /// Which line.
        line: LineId,
        /// Its description.
        answer: Vec<u8>,
    },
    /// A line is no more. Nothing follows.
    Ended {
        /// Which line.
        line: LineId,
        /// How.
        how: Ended,
    },
    /// A peer answered to [`crate::Stack::probe`], or nobody is there.
    Probed {
        /// Which probe.
        probe: u64,
        /// What it said; 408 when nobody answered.
        code: u16,
    },
    /// A registrar knows where we are.
    Registered {
        /// Which registration.
        registration: u64,
        /// For how long, in seconds.
        seconds: u32,
    },
    /// A registrar does not know us. It is tried again by itself.
    NotRegistered {
        /// Which registration.
        registration: u64,
        /// Why; 408 when nobody answered.
        code: u16,
    },
}

/// What to do outside.
#[derive(Clone, Debug)]
pub enum Output {
    /// Send this.
    Send {
        /// To whom.
        place: Place,
        /// As it is.
        bytes: Vec<u8>,
    },
    /// Take notice.
    Event(Event),
}

/// A name and a password.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    /// The name.
    pub user: String,
    /// The password.
    pub password: String,
}

/// A call out.
#[derive(Clone)]
pub struct Dial {
    /// The peer that carries it.
    pub place: Place,
    /// Whom, as an address at the peer.
    pub to: String,
    /// Who we say that we are, as an address at the peer.
    pub from: String,
    /// The name in our contact.
    pub user: String,
    /// What we offer.
    pub offer: String,
    /// Who we are, when the peer asks.
    pub credentials: Option<Credentials>,
}

/// A place at a registrar.
#[derive(Clone)]
pub struct Registration {
    /// Names it.
    pub id: u64,
    /// Where the registrar is.
    pub place: Place,
    /// What it is called: `sip:example.com`.
    pub registrar: String,
    /// Who we are there: `sip:name@example.com`.
    pub address: String,
    /// The name in our contact.
    pub user: String,
    /// Who we are, when it asks.
    pub credentials: Credentials,
    /// For how long, in seconds.
    pub seconds: u32,
}
