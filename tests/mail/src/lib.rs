//! Email from outside: the real binary between real mail servers.
//!
//! - [`servers`] brings Dovecot, and Postfix for genuine reports, as they are installed, on free ports of this machine, in a
//!   directory that goes away; a server that is missing fails loudly;
//! - [`sink`] is where mail to the rest of the world ends: it keeps what it gets and answers as it is told;
//! - [`toxic`] stands between two of them, and cuts, stalls and slows;
//! - [`names`] is a name server, [`signing`] a mail server that signs, [`tls`] an authority, [`issuer`] a provider of tokens,
//!   [`expiring`] a mail server whose sessions go stale when one ends;
//! - [`desk`] is the binary, and an administrator of it.

pub mod desk;
pub mod expiring;
pub mod issuer;
pub mod mails;
pub mod names;
pub mod servers;
pub mod signing;
pub mod sink;
pub mod tls;
pub mod toxic;

use std::{future::Future, net::SocketAddr, time::Duration};

/// Nothing on this machine takes longer, or it never happens.
pub const PATIENCE: Duration = Duration::from_secs(120);

/// Waits until something is there.
pub async fn until<T, F: Future<Output = Option<T>>>(what: &str, look: impl FnMut() -> F) -> T {
    until_within(PATIENCE, what, look).await
}

/// The same for what takes longer.
pub async fn until_within<T, F: Future<Output = Option<T>>>(
    limit: Duration,
    what: &str,
    mut look: impl FnMut() -> F,
) -> T {
    let waiting = async {
        loop {
            if let Some(found) = look().await {
                return found;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(limit, waiting)
        .await
        .unwrap_or_else(|_| panic!("never: {what}"))
}

/// A port that nobody has now.
pub fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

/// This machine.
pub fn local(port: u16) -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], port))
}
