//! Connections over TCP: made by peers, or by us where there is none.

use std::{collections::HashMap, net::SocketAddr, time::Duration};

use plugboard_sip::framing::Framing;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    sync::mpsc,
    time::timeout,
};
use tokio_util::sync::CancellationToken;
use tracing::debug;

/// Connections at once: a trunk has one or two.
const STREAMS_MAX: usize = 64;

/// What waits to be sent on one.
const QUEUE_MAX: usize = 128;

/// How long making one may take.
const CONNECT: Duration = Duration::from_secs(5);

/// A connection on which nothing is said for so long is closed: trunks say something each half minute.
const IDLE: Duration = Duration::from_secs(600);

/// All connections.
pub(super) struct Streams {
    open: HashMap<SocketAddr, mpsc::Sender<Vec<u8>>>,
    heard: mpsc::Receiver<(SocketAddr, Vec<u8>)>,
    hears: mpsc::Sender<(SocketAddr, Vec<u8>)>,
    stop: CancellationToken,
}

impl Streams {
    pub(super) fn new(stop: CancellationToken) -> Self {
        let (hears, heard) = mpsc::channel(QUEUE_MAX);
        Self {
            open: HashMap::new(),
            heard,
            hears,
            stop,
        }
    }

    /// The next message that arrives on one of them.
    pub(super) async fn heard(&mut self) -> Option<(SocketAddr, Vec<u8>)> {
        self.heard.recv().await
    }

    /// A peer made one.
    pub(super) fn take(&mut self, stream: TcpStream, address: SocketAddr) {
        if let Some(queue) = self.room(address) {
            let (hears, stop) = (self.hears.clone(), self.stop.clone());
            tokio::spawn(async move {
                tokio::select! {
                    () = stop.cancelled() => {}
                    () = carry(stream, address, hears, queue) => {}
                }
            });
        }
    }

    /// Sends on the connection with a peer; makes one where there is none.
    pub(super) fn send(&mut self, address: SocketAddr, bytes: Vec<u8>) {
        if let Some(open) = self.open.get(&address).filter(|it| !it.is_closed()) {
            // One that takes nothing any more loses what is said, as on a bad line.
            let _ = open.try_send(bytes);
            return;
        }
        let Some(queue) = self.room(address) else {
            return;
        };
        if let Some(open) = self.open.get(&address) {
            let _ = open.try_send(bytes);
        }
        let (hears, stop) = (self.hears.clone(), self.stop.clone());
        tokio::spawn(async move {
            let made = timeout(CONNECT, TcpStream::connect(address)).await;
            let Ok(Ok(stream)) = made else {
                debug!("phone: no connection with a trunk could be made");
                return;
            };
            tokio::select! {
                () = stop.cancelled() => {}
                () = carry(stream, address, hears, queue) => {}
            }
        });
    }

    fn room(&mut self, address: SocketAddr) -> Option<mpsc::Receiver<Vec<u8>>> {
        self.open.retain(|_, it| !it.is_closed());
        if self.open.len() >= STREAMS_MAX {
            return None;
        }
        let (sends, queue) = mpsc::channel(QUEUE_MAX);
        self.open.insert(address, sends);
        Some(queue)
    }
}

/// Carries messages both ways until either side ends it.
async fn carry(
    stream: TcpStream,
    address: SocketAddr,
    hears: mpsc::Sender<(SocketAddr, Vec<u8>)>,
    mut queue: mpsc::Receiver<Vec<u8>>,
) {
    let _ = stream.set_nodelay(true);
    let (mut reads, mut writes) = stream.into_split();
    let mut framing = Framing::default();
    let mut buffer = vec![0; 16 * 1_024];
    loop {
        tokio::select! {
            read = timeout(IDLE, reads.read(&mut buffer)) => {
                let Ok(Ok(length @ 1..)) = read else { return };
                framing.push(&buffer[..length]);
                loop {
                    match framing.message() {
                        Ok(Some(message)) => {
                            if hears.send((address, message)).await.is_err() {
                                return;
                            }
                        }
                        Ok(None) => break,
                        Err(_) => return,
                    }
                }
            }
            bytes = queue.recv() => {
                let Some(bytes) = bytes else { return };
                if writes.write_all(&bytes).await.is_err() {
                    return;
                }
            }
        }
    }
}
