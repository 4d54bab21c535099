//! Signalling on the network: one port for UDP and one for TCP, and the stack behind them, owned by one task.
//!
//! Who is not known is not heard: a datagram from an address that no trunk has is dropped before it is read, and a connection
//! from one is closed. Nothing is said to them, so a scanner finds nothing here. Trunks that
//! are named by their address are never mistaken for a flood; from a range of addresses each may begin only so many calls. What any may
//! keep open is bounded by the stack.

mod bucket;
mod known;
mod sockets;
mod streams;

use std::{io, net::SocketAddr, sync::Arc};

use arc_swap::ArcSwap;
use plugboard_sip::{Dial, Event, Here, LineId, Place, Registration};
use tokio::sync::{mpsc, oneshot};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tracing::warn;

pub use bucket::{Buckets, Rate};
pub use known::{Known, Net};

/// What the desk wants of the lines and was not done yet. A call needs some ten of them in its life.
const ASKS_MAX: usize = 4_096;

/// What happened on the lines and was not taken yet.
const EVENTS_MAX: usize = 1_024;

/// What the desk wants of a line.
pub enum Ask {
    /// The caller is told that it rings.
    Ring(LineId),
    /// It is taken, with this description.
    Answer(LineId, String),
    /// It is not taken, for this reason.
    Refuse(LineId, u16),
    /// A change is agreed to.
    Agree(LineId, String),
    /// A change is not agreed to.
    Disagree(LineId, u16),
    /// It ends, for this cause of the telephone network.
    HangUp(LineId, Option<u16>),
    /// Somebody is called; the line is told.
    Dial(Box<Dial>, oneshot::Sender<LineId>),
    /// A registrar is to know us.
    Register(Box<Registration>),
    /// A registrar is to forget us.
    Unregister(u64),
    /// Whether a peer answers at all: its number, where it is and what it is called.
    Probe(u64, Place, String),
}

/// Lines, wherever they come from: a network, or a test.
pub trait SipPort: Send + Sync {
    /// Asks for something. It is done soon, and what comes of it is an event.
    fn ask(&self, ask: Ask);

    /// Where it listens.
    fn address(&self) -> Option<SocketAddr>;
}

/// Lines over a network.
pub struct Wire {
    asks: mpsc::Sender<Ask>,
    address: SocketAddr,
    stop: CancellationToken,
}

impl Wire {
    /// Listens, and follows the lines until it is dropped or `stop` is cancelled. `host` is what peers reach this machine by.
    pub async fn open(
        listen: SocketAddr,
        host: String,
        known: Arc<ArcSwap<Known>>,
        tasks: &TaskTracker,
        stop: CancellationToken,
    ) -> io::Result<(Self, mpsc::Receiver<Event>)> {
        let (asks, asked) = mpsc::channel(ASKS_MAX);
        let (events, heard) = mpsc::channel(EVENTS_MAX);
        let sockets = sockets::Sockets::bind(listen, known, events).await?;
        let address = sockets.address()?;
        let here = Here {
            host,
            port: address.port(),
            agent: format!("Plugboard/{}", env!("CARGO_PKG_VERSION")),
        };
        let stop = stop.child_token();
        tasks.spawn(sockets.run(here, asked, stop.clone()));
        let wire = Self {
            asks,
            address,
            stop,
        };
        Ok((wire, heard))
    }
}

impl SipPort for Wire {
    fn ask(&self, ask: Ask) {
        if self.asks.try_send(ask).is_err() {
            warn!("phone: too much is asked of the lines at once, or they are closed");
        }
    }

    fn address(&self) -> Option<SocketAddr> {
        Some(self.address)
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}
