//! Limits on what strangers can do. All of them can be lifted for load tests.

use std::{
    net::{IpAddr, Ipv6Addr},
    time::Duration,
};

use plugboard_domain::ids::{ContactId, InboxId};

use crate::{ApiError, limits::Limit};

/// The flood limits of the widget's API.
pub(crate) struct Flood {
    sessions: Limit<IpAddr>,
    conversations: Limit<InboxId>,
    messages: Limit<ContactId>,
    uploads: Limit<ContactId>,
    reads: Limit<ContactId>,
}

impl Flood {
    /// The limits; `enforced` false lets everything through.
    pub(crate) fn new(enforced: bool) -> Self {
        Self {
            sessions: Limit::new(enforced, 120, Duration::from_millis(500)),
            conversations: Limit::new(enforced, 300, Duration::from_millis(200)),
            messages: Limit::new(enforced, 60, Duration::from_millis(500)),
            uploads: Limit::new(enforced, 20, Duration::from_secs(10)),
            reads: Limit::new(enforced, 200, Duration::from_millis(100)),
        }
    }

    /// A new session: 120 at once from an address, 2 a second after that. An office or a school shares one address.
    pub(crate) fn session(&self, address: Option<IpAddr>) -> Result<(), ApiError> {
        address.map_or(Ok(()), |address| self.sessions.take(&network(address)))
    }

    /// A new conversation: 300 at once in an inbox, 5 a second after that.
    pub(crate) fn conversation(&self, inbox: InboxId) -> Result<(), ApiError> {
        self.conversations.take(&inbox)
    }

    /// A message: 60 at once from a visitor, 2 a second after that.
    pub(crate) fn message(&self, contact: ContactId) -> Result<(), ApiError> {
        self.messages.take(&contact)
    }

    /// A file: 20 at once from a visitor, one in ten seconds after that.
    pub(crate) fn upload(&self, contact: ContactId) -> Result<(), ApiError> {
        self.uploads.take(&contact)
    }

    /// Anything else: 200 at once from a visitor, 10 a second after that.
    pub(crate) fn read(&self, contact: ContactId) -> Result<(), ApiError> {
        self.reads.take(&contact)
    }
}

/// Whoever has one address of version 6 has the 64 bits after it, too.
fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(v6) => match v6.to_ipv4_mapped() {
            Some(v4) => v4.into(),
            None => Ipv6Addr::from_bits(v6.to_bits() & !u128::from(u64::MAX)).into(),
        },
    }
}
