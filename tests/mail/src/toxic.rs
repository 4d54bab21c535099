//! Stands between two that talk, and does what networks do: cuts after so many bytes, stalls, slows.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

use crate::local;

/// A proxy with faults.
#[derive(Clone)]
pub struct Toxic {
    pub port: u16,
    faults: Arc<Faults>,
}

#[derive(Default)]
struct Faults {
    /// Connections are cut after so many bytes to the client, 1 to this; 0 for never.
    cut_within: AtomicU64,
    /// The next connections are cut after so many bytes from the client; 0 for never.
    cut_up_after: AtomicU64,
    /// So many bytes after each of which the answer waits; 0 for never.
    slow_every: AtomicU64,
    /// Connections that stall for ever after their first bytes.
    stalls: AtomicU64,
    /// The state of a small generator: cuts fall everywhere, and on the same places in each run.
    chance: AtomicU64,
    /// How often it cut.
    cuts: AtomicU64,
}

impl Toxic {
    /// A proxy before a port, without faults yet.
    pub async fn before(port: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let toxic = Self {
            port: listener.local_addr().unwrap().port(),
            faults: Arc::default(),
        };
        let faults = toxic.faults.clone();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(pass(client, port, faults.clone()));
            }
        });
        toxic
    }

    /// Cuts each connection somewhere within so many bytes; 0 heals it.
    pub fn cut_within(&self, bytes: u64) {
        self.faults.cut_within.store(bytes, Ordering::Relaxed);
    }

    /// Cuts the next connection after so many bytes from the client, on which it heals.
    pub fn cut_up_after(&self, bytes: u64) {
        self.faults.cut_up_after.store(bytes, Ordering::Relaxed);
    }

    /// Waits a little after each so many bytes.
    pub fn slow_every(&self, bytes: u64) {
        self.faults.slow_every.store(bytes, Ordering::Relaxed);
    }

    /// The next connections say nothing after their first bytes.
    pub fn stall(&self, connections: u64) {
        self.faults.stalls.store(connections, Ordering::Relaxed);
    }

    /// How often it cut.
    pub fn cuts(&self) -> u64 {
        self.faults.cuts.load(Ordering::Relaxed)
    }
}

impl Faults {
    fn draw(&self, below: u64) -> u64 {
        let before = self
            .chance
            .fetch_add(0x9E37_79B9_7F4A_7C15, Ordering::Relaxed);
        let mut mixed = before ^ (before >> 30);
        mixed = mixed.wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed ^= mixed >> 27;
        mixed.wrapping_mul(0x94D0_49BB_1331_11EB) % below.max(1)
    }
}

async fn pass(client: TcpStream, port: u16, faults: Arc<Faults>) {
    let Ok(server) = TcpStream::connect(local(port)).await else {
        return;
    };
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = server.into_split();
    let cut_up = faults.cut_up_after.swap(0, Ordering::Relaxed);
    let counted = faults.clone();
    let mut up = tokio::spawn(async move {
        if cut_up > 0 {
            let _ = tokio::io::copy(&mut (&mut from_client).take(cut_up), &mut to_server).await;
            counted.cuts.fetch_add(1, Ordering::Relaxed);
            // What was let through is on its way; nothing comes back.
            return true;
        }
        let _ = tokio::io::copy(&mut from_client, &mut to_server).await;
        false
    });
    let cut_within = faults.cut_within.load(Ordering::Relaxed);
    let mut left = (cut_within > 0).then(|| 1 + faults.draw(cut_within));
    let stalls = faults
        .stalls
        .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |it| it.checked_sub(1))
        .is_ok();
    let mut buffer = vec![0; 4096];
    let mut passed = 0;
    loop {
        let read = tokio::select! {
            cut = &mut up, if cut_up > 0 => {
                if cut.unwrap_or(true) {
                    return;
                }
                break;
            }
            read = from_server.read(&mut buffer) => read,
        };
        let Ok(read) = read else { break };
        if read == 0 {
            break;
        }
        if stalls && passed > 200 {
            // Open, and silent: what a dead firewall entry looks like.
            tokio::time::sleep(Duration::from_secs(3_600)).await;
        }
        let take = left.map_or(read, |left| read.min(usize::try_from(left).unwrap_or(read)));
        if to_client.write_all(&buffer[..take]).await.is_err() {
            break;
        }
        passed += take as u64;
        if let Some(left) = &mut left {
            *left -= take as u64;
            if *left == 0 {
                faults.cuts.fetch_add(1, Ordering::Relaxed);
                break;
            }
        }
        let slow = faults.slow_every.load(Ordering::Relaxed);
        if slow > 0 {
            tokio::time::sleep(Duration::from_millis(take as u64 * 20 / slow.max(1))).await;
        }
    }
    up.abort();
}
