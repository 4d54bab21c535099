//! Agents' sockets that watch the load arrive, and how late each message was.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::{Result, bail};
use hdrhistogram::Histogram;
use memchr::memmem::Finder;
use tokio::task::JoinHandle;

use crate::{
    client::AgentSocket,
    desk::Desk,
    load::{Load, MARKER, MARKER_DIGITS, new_histogram},
};

/// The event that carries a message; others may quote its text in a preview and are not deliveries.
const MESSAGE_EVENT: &[u8] = b"message.created";

/// Connections opened at the same time while setting up: below the listen queue of any server.
const CONNECTING_MAX: usize = 64;

/// A set of sockets that read everything and note when.
pub struct Watchers {
    sockets: Vec<Watcher>,
    deliveries: Arc<AtomicU64>,
    last_micros: Arc<AtomicU64>,
    base: Instant,
}

struct Watcher {
    task: JoinHandle<()>,
    /// Taken for a moment by the socket's task at each frame, and by the reader when a phase ends.
    latency: Arc<Mutex<Histogram<u64>>>,
}

impl Watchers {
    /// Opens `count` sockets that watch `load` arrive.
    pub async fn open(desk: &Desk, load: &Arc<Load>, count: usize) -> Result<Self> {
        let mut watchers = Self {
            sockets: Vec::with_capacity(count),
            deliveries: Arc::default(),
            last_micros: Arc::default(),
            base: Instant::now(),
        };
        for socket in open_sockets(desk, count).await? {
            watchers.add(socket, load);
        }
        Ok(watchers)
    }

    fn add(&mut self, mut socket: AgentSocket, load: &Arc<Load>) {
        let latency = Arc::new(Mutex::new(new_histogram()));
        let (load, deliveries) = (load.clone(), self.deliveries.clone());
        let (last_micros, base, own) = (self.last_micros.clone(), self.base, latency.clone());
        let task = tokio::spawn(async move {
            let markers = Markers::new();
            while let Ok(text) = socket.next_text().await {
                let Some(age) = markers.number(&text).and_then(|n| load.age_micros(n)) else {
                    continue;
                };
                let mut latency = own.lock().expect("nothing panics with the lock");
                latency.saturating_record(age);
                drop(latency);
                deliveries.fetch_add(1, Ordering::Relaxed);
                let now = u64::try_from(base.elapsed().as_micros()).unwrap_or(u64::MAX);
                last_micros.fetch_max(now, Ordering::Relaxed);
            }
        });
        self.sockets.push(Watcher { task, latency });
    }

    /// Sockets in the set.
    pub fn count(&self) -> u64 {
        self.sockets.len() as u64
    }

    /// When the last delivery arrived.
    pub fn last_delivery(&self) -> Instant {
        self.base + Duration::from_micros(self.last_micros.load(Ordering::Relaxed))
    }

    /// Forgets what was seen: a new phase begins.
    pub fn reset(&self) {
        for socket in &self.sockets {
            let mut latency = socket.latency.lock().expect("nothing panics with the lock");
            latency.reset();
        }
        self.deliveries.store(0, Ordering::Relaxed);
    }

    /// Waits until every socket has `messages` since the last reset, then gives the latencies of all.
    pub async fn settled(&self, messages: u64, patience: Duration) -> Result<Histogram<u64>> {
        let wanted = messages * self.count();
        let began = Instant::now();
        while self.deliveries.load(Ordering::Relaxed) < wanted {
            if began.elapsed() > patience {
                let seen = self.deliveries.load(Ordering::Relaxed);
                let open = self.sockets.iter().filter(|s| !s.task.is_finished());
                bail!(
                    "{seen} of {wanted} deliveries in {patience:?}, {} sockets open",
                    open.count()
                );
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        let mut all = new_histogram();
        for socket in &self.sockets {
            let latency = socket.latency.lock().expect("nothing panics with the lock");
            all.add(&*latency)?;
        }
        Ok(all)
    }
}

impl Drop for Watchers {
    fn drop(&mut self) {
        for socket in &self.sockets {
            socket.task.abort();
        }
    }
}

/// Opens `count` subscribed sockets, some at a time.
pub async fn open_sockets(desk: &Desk, count: usize) -> Result<Vec<AgentSocket>> {
    let mut sockets = Vec::with_capacity(count);
    while sockets.len() < count {
        let mut opening = tokio::task::JoinSet::new();
        for _ in sockets.len()..count.min(sockets.len() + CONNECTING_MAX) {
            let desk = desk.clone();
            opening.spawn(async move { desk.live_socket().await });
        }
        for socket in opening.join_all().await {
            sockets.push(socket?);
        }
    }
    Ok(sockets)
}

/// Finds which message of the load a frame carries.
pub struct Markers {
    event: Finder<'static>,
    marker: Finder<'static>,
}

impl Markers {
    /// Prepares the searches.
    #[expect(clippy::new_without_default, reason = "a default says nothing here")]
    pub fn new() -> Self {
        Self {
            event: Finder::new(MESSAGE_EVENT),
            marker: Finder::new(MARKER),
        }
    }

    /// Number of the message in this frame, if it delivers one.
    pub fn number(&self, frame: &[u8]) -> Option<u32> {
        self.event.find(frame)?;
        let start = self.marker.find(frame)? + MARKER.len();
        let digits = frame.get(start..start + MARKER_DIGITS)?;
        std::str::from_utf8(digits).ok()?.parse().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_event_that_delivers_counts() {
        let markers = Markers::new();
        let created = br#"{"kind":"message.created","data":{"text":"pbm:000000017 hi"}}"#;
        let preview = br#"{"kind":"conversation.updated","data":{"last":"pbm:000000017 hi"}}"#;
        assert_eq!(markers.number(created), Some(17));
        assert_eq!(markers.number(preview), None);
    }
}
