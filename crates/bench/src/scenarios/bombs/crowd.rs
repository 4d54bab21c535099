//! Customers who write on time, each for the first time, and the agent's socket that tells when each got somebody.

use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail};
use hdrhistogram::Histogram;
use memchr::memmem::Finder;
use serde_json::Value;
use tokio::task::JoinSet;

use crate::{
    client::{AgentSocket, HttpConnection},
    desk::Desk,
    load::new_histogram,
};

/// Connections that they share.
const CONNECTIONS: usize = 16;

/// The event that says who takes care.
const ASSIGNED: &str = "conversation.assigned";

/// Longest wait for the last of them after the last wrote.
const PATIENCE: Duration = Duration::from_secs(30);

/// Customers who begin a conversation each.
pub(super) struct Crowd {
    desk: Desk,
    count: usize,
}

impl Crowd {
    /// The first `count` visitors of the desk.
    pub(super) fn new(desk: &Desk, count: usize) -> Self {
        let desk = desk.clone();
        Self { desk, count }
    }

    /// Lets so many a second write. From when each was due to write until it had an agent, in microseconds.
    pub(super) async fn run(self: &Arc<Self>, per_second: u32) -> Result<Histogram<u64>> {
        let mut socket = self.desk.live_socket().await?;
        let began = Instant::now();
        let every = Duration::from_secs(1) / per_second;
        let mut writers = JoinSet::new();
        for first in 0..CONNECTIONS {
            let this = Arc::clone(self);
            writers.spawn(async move { this.write(first, began, every).await });
        }
        let turn = every * u32::try_from(self.count)?;
        // Whoever sets bombs off gets somebody, too.
        let reading = read(&mut socket, self.desk.visitors.len(), turn + PATIENCE);
        let written = async {
            let mut due = Vec::new();
            while let Some(some) = writers.join_next().await {
                due.extend(some.context("a writer died")??);
            }
            Ok::<_, anyhow::Error>(due)
        };
        let (seen, due) = tokio::try_join!(reading, written)?;
        let mut times = new_histogram();
        for (id, due) in due {
            let seen = seen.get(&id).with_context(|| format!("{id}: nobody"))?;
            let took = seen.saturating_duration_since(due);
            times.saturating_record(u64::try_from(took.as_micros())?);
        }
        Ok(times)
    }

    /// One of the connections: every sixteenth customer writes, on time.
    async fn write(
        &self,
        first: usize,
        began: Instant,
        every: Duration,
    ) -> Result<Vec<(String, Instant)>> {
        let mut http = HttpConnection::connect(self.desk.address).await?;
        let path = self.desk.messages_path();
        let mut written = Vec::new();
        for nth in (first..self.count).step_by(CONNECTIONS) {
            let due = began + every * u32::try_from(nth)?;
            tokio::time::sleep_until(due.into()).await;
            let body = format!(r#"{{"client_id":"{nth}","text":"where is my order?"}}"#);
            let visitor = Some(self.desk.visitors[nth].as_str());
            let said = http.post(&path, visitor, body.as_bytes()).await?;
            written.push((conversation(&said.json(&path)?)?, due));
        }
        Ok(written)
    }
}

/// The conversation that a message began.
pub(super) fn conversation(said: &Value) -> Result<String> {
    let id = said["conversation_id"].as_str();
    Ok(id.context("conversation_id of the message")?.to_owned())
}

/// Reads until so many conversations got somebody; when each did.
async fn read(
    socket: &mut AgentSocket,
    count: usize,
    patience: Duration,
) -> Result<HashMap<String, Instant>> {
    let finder = Finder::new(ASSIGNED);
    let mut seen = HashMap::with_capacity(count);
    let ends = tokio::time::Instant::now() + patience;
    while seen.len() < count {
        let Ok(frame) = tokio::time::timeout_at(ends, socket.next_text()).await else {
            bail!("{} of {count} conversations got somebody", seen.len());
        };
        let frame = frame?;
        if finder.find(&frame).is_none() {
            continue;
        }
        let frame: Value = serde_json::from_slice(&frame)?;
        let id = frame["conversation_id"].as_str();
        if let Some(id) = id.filter(|_| frame["kind"] == ASSIGNED) {
            seen.entry(id.to_owned()).or_insert_with(Instant::now);
        }
    }
    Ok(seen)
}
