//! An IMAP client (RFC 3501, with IDLE, ID, UIDPLUS, SPECIAL-USE and XOAUTH2), no larger than reading a mailbox needs.
//!
//! It is our own since three things matter more here than all the rest of IMAP, and libraries leave them out: an answer never
//! takes more memory than it is allowed to, every wait ends, and a connection that broke is never taken for an empty answer.

mod folder;
mod parse;
mod session;

pub(crate) use folder::{IdleEnd, Listed, Selected};
pub(crate) use session::{Credential, Imap, ImapError};
