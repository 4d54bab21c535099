//! Email: mailboxes over IMAP and LMTP, sending over SMTP.
//!
//! Three things to know:
//! - [`EmailHost`] follows every folder of every email inbox ([`folder`]), each with a connection and a task of its own, so that
//!   none waits for another; what it finds becomes a command that takes the mail in and moves the folder's cursor in one
//!   transaction;
//! - its courier carries mail out ([`courier`]): that a mail is being handed over is stored before it is, so that a mail is
//!   never sent twice by mistake;
//! - how mailboxes fare is in memory ([`health`]), since the truth is outside.
//!
//! To support another way in: read bytes, call [`ingest::prepare`] and [`ingest::Prepared::command`], execute, and acknowledge
//! after that.
//!
//! Invariants: a mail is read, never marked; every wait and every answer is bounded; a broken connection is never an empty
//! answer; no address, subject or text is in a log line. The protocols are our own and small: see `imap` and `smtp` for why.

mod access;
mod again;
mod channel;
mod compose;
mod courier;
mod dns;
mod drain;
mod folder;
mod health;
mod host;
mod imap;
mod ingest;
mod lmtp;
mod names;
mod net;
mod oauth;
mod origin;
mod pace;
mod placing;
mod probe;
mod sent;
mod settings;
mod smtp;
mod trouble;
mod wire;

pub use channel::Email;
pub use dns::system_name_servers;
pub use host::{EmailConfig, EmailHost};
pub use names::SigningMint;
pub use net::{Patience, Tls};
