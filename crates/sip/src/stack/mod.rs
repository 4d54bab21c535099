//! The state of signalling: transactions (RFC 3261, section 17; RFC 6026) and lines.
//!
//! Time is an argument, in milliseconds; chance is one at the beginning. Who drives it gives every message to
//! [`Stack::receive`], calls [`Stack::tick`] some twenty times a second, and takes [`Stack::poll`] out until it is empty.

mod answering;
mod client;
mod inbound;
mod line;
mod outbound;
mod register;
mod server;
mod types;

#[cfg(test)]
mod tests;

use std::collections::{HashMap, VecDeque};

use crate::message::Message;
pub use types::{
    Chance, Credentials, Dial, Ended, Event, Here, Invitation, LineId, Millis, Output, Place,
    Registration, Transport,
};

use client::Client;
use line::Line;
use register::Registered;
use server::Server;

/// The first interval of repetitions (T1).
const FIRST: Millis = 500;

/// The longest interval of repetitions (T2).
const LONGEST: Millis = 4_000;

/// After this long without an answer nobody is there (64 × T1).
const PATIENCE: Millis = 64 * FIRST;

/// Calls that wait for an answer, in all. What is more is told to come later; a desk has some dozens.
const HALF_OPEN_MAX: usize = 512;

/// Calls that wait for an answer, from one address.
const HALF_OPEN_PER_SOURCE: usize = 64;

/// The same from an address that is trusted: all that a trunk of a large desk brings comes from one.
const HALF_OPEN_TRUSTED: usize = 256;

/// Transactions that are remembered: forty calls a second with all that belongs to them, for as long as they may be repeated.
const SERVERS_MAX: usize = 8_192;

/// All lines of a desk.
pub struct Stack {
    here: Here,
    chance: Chance,
    servers: HashMap<String, Server>,
    clients: HashMap<String, Client>,
    lines: HashMap<LineId, Line>,
    /// Lines by the tag of this side, which is drawn by chance for each.
    tags: HashMap<String, LineId>,
    registered: HashMap<u64, Registered>,
    next_line: u64,
    /// Whoever says what is being read is trusted.
    trusted: bool,
    out: VecDeque<Output>,
}

impl Stack {
    /// Without lines.
    pub fn new(here: Here, chance: Chance) -> Self {
        Self {
            here,
            chance,
            servers: HashMap::new(),
            clients: HashMap::new(),
            lines: HashMap::new(),
            tags: HashMap::new(),
            registered: HashMap::new(),
            next_line: 1,
            trusted: false,
            out: VecDeque::new(),
        }
    }

    /// Takes a message in that came from somewhere. Who is allowed to speak at all is decided before.
    pub fn receive(&mut self, now: Millis, from: Place, bytes: &[u8]) {
        let Ok(message) = Message::parse(bytes) else {
            return;
        };
        if message.code().is_some() {
            self.response(now, message);
        } else {
            self.request(now, from, message);
        }
    }

    /// The same from a peer that is named by its address alone: it may have more calls that wait for an answer.
    pub fn receive_trusted(&mut self, now: Millis, from: Place, bytes: &[u8]) {
        self.trusted = true;
        self.receive(now, from, bytes);
        self.trusted = false;
    }

    /// Does what is due.
    pub fn tick(&mut self, now: Millis) {
        self.tick_servers(now);
        self.tick_clients(now);
        self.tick_lines(now);
        self.tick_registrations(now);
    }

    /// What to do next outside.
    pub fn poll(&mut self) -> Option<Output> {
        self.out.pop_front()
    }

    /// Lines that are not over.
    pub fn lines(&self) -> usize {
        self.lines.len()
    }

    /// Transactions that are remembered.
    pub fn transactions(&self) -> usize {
        self.servers.len() + self.clients.len()
    }

    fn send(&mut self, place: Place, bytes: Vec<u8>) {
        self.out.push_back(Output::Send { place, bytes });
    }

    fn tell(&mut self, event: Event) {
        self.out.push_back(Output::Event(event));
    }

    /// Something nobody can guess, as letters.
    fn token(&mut self) -> String {
        format!("{:016x}", (self.chance)())
    }

    fn branch(&mut self) -> String {
        // The beginning says that it is unique (section 8.1.1.7).
        format!("z9hG4bK{}", self.token())
    }

    fn line_id(&mut self) -> LineId {
        let id = LineId(self.next_line);
        self.next_line += 1;
        id
    }

    fn via(&self, place: Place, branch: &str) -> String {
        let Here { host, port, .. } = &self.here;
        let transport = place.transport.name();
        format!("SIP/2.0/{transport} {host}:{port};branch={branch};rport")
    }

    fn contact(&self, place: Place, user: &str) -> String {
        let Here { host, port, .. } = &self.here;
        match place.transport {
            Transport::Udp => format!("<sip:{user}@{host}:{port}>"),
            Transport::Tcp => format!("<sip:{user}@{host}:{port};transport=tcp>"),
        }
    }
}
