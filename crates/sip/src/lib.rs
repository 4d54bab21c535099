//! Telephone signalling, SIP (RFC 3261), as bytes and as state. Pure: no sockets, no clock and no chance of its own.
//!
//! Three things to know:
//! - a [`message::Message`] is read from any bytes, or refused with a reason; it holds a bounded amount of them;
//! - a [`Stack`] takes messages in and gives out [`Output`]: what to send where, and what happened ([`Event`]) to which line;
//! - a line is one call with one peer, named by a [`LineId`]; what the desk wants of it is a method of the stack.
//!
//! What is absent, on purpose: forwarding. Nothing that a peer says (REFER, 3xx, a route) makes this side call anybody or send
//! anything to an address that it did not hear from or was not told by its own settings; a call out begins with
//! [`Stack::dial`] and nowhere else. Phones cannot register here.

pub mod address;
pub mod digest;
pub mod framing;
pub mod message;
mod stack;

pub use stack::{
    Chance, Credentials, Dial, Ended, Event, Here, Invitation, LineId, Millis, Output, Place,
    Registration, Stack, Transport,
};
