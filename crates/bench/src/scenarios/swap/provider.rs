//! The provider: fifty customers who write at the same time, and webhooks that are sent again until they are taken.

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use anyhow::{Context as _, Result, bail};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use hdrhistogram::Histogram;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::json;
use tokio::task::JoinSet;

use crate::{client::HttpConnection, load::new_histogram};

/// What both sides sign with.
pub(super) const KEY: [u8; 32] = [7; 32];

/// Customers, each with a conversation, and one message after the other.
const CUSTOMERS: u32 = 50;

/// Between two messages of one customer: 500 a second in all.
const EVERY: Duration = Duration::from_millis(100);

/// Providers say some things twice: every tenth.
const TWICE_EVERY: u32 = 10;

/// Until a refused webhook is sent again.
const PAUSE: Duration = Duration::from_millis(20);

/// What happens to the plugin at the moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// It comes, goes, or falls over.
    Uncounted,
    /// Nothing.
    Quiet,
    /// It is replaced and rolled back.
    Swapped,
}

/// The provider.
pub(super) struct Provider {
    address: SocketAddr,
    path: String,
    stop: AtomicBool,
    refused: AtomicU64,
    /// Held for a moment.
    counts: Mutex<Counts>,
}

struct Counts {
    phase: Phase,
    since: Instant,
    quiet: Histogram<u64>,
    swapped: Histogram<u64>,
    /// How long the counted phases were.
    counted: Duration,
}

impl Counts {
    fn enter(&mut self, phase: Phase) {
        if self.phase != Phase::Uncounted {
            self.counted += self.since.elapsed();
        }
        self.phase = phase;
        self.since = Instant::now();
    }
}

/// The customers at work: each ends with how many messages it wrote.
pub(super) type Customers = JoinSet<Result<(String, u32)>>;

impl Provider {
    pub(super) fn new(address: SocketAddr, path: String) -> Self {
        Self {
            address,
            path,
            stop: AtomicBool::new(false),
            refused: AtomicU64::new(0),
            counts: Mutex::new(Counts {
                phase: Phase::Uncounted,
                since: Instant::now(),
                quiet: new_histogram(),
                swapped: new_histogram(),
                counted: Duration::ZERO,
            }),
        }
    }

    /// Everybody begins to write.
    pub(super) fn start(self: &Arc<Self>) -> Customers {
        let mut customers = JoinSet::new();
        for customer in 0..CUSTOMERS {
            let this = Arc::clone(self);
            customers.spawn(async move {
                let written = this.customer(customer).await;
                let written = written.with_context(|| format!("customer {customer}"));
                Ok((name(customer), written?))
            });
        }
        customers
    }

    /// Everybody ends; how many messages each customer wrote.
    pub(super) async fn stop(&self, mut customers: Customers) -> Result<BTreeMap<String, u32>> {
        self.enter(Phase::Uncounted);
        self.stop.store(true, Ordering::Relaxed);
        let mut written = BTreeMap::new();
        while let Some(done) = customers.join_next().await {
            let (name, messages) = done.context("a customer died")??;
            written.insert(name, messages);
        }
        Ok(written)
    }

    pub(super) fn enter(&self, phase: Phase) {
        self.counts().enter(phase);
    }

    /// From when a message was due until it was taken, in microseconds.
    pub(super) fn times(&self, phase: Phase) -> Histogram<u64> {
        let counts = self.counts();
        match phase {
            Phase::Swapped => counts.swapped.clone(),
            _ => counts.quiet.clone(),
        }
    }

    /// Messages a second in the counted phases.
    pub(super) fn rate(&self) -> f64 {
        let counts = self.counts();
        let messages = counts.quiet.len() + counts.swapped.len();
        super::count_f64(messages) / counts.counted.as_secs_f64()
    }

    pub(super) fn refused(&self) -> u64 {
        self.refused.load(Ordering::Relaxed)
    }

    fn counts(&self) -> std::sync::MutexGuard<'_, Counts> {
        self.counts.lock().expect("nothing panics with the lock")
    }

    /// One customer writes, on time whatever the desk does, until it is enough.
    async fn customer(&self, customer: u32) -> Result<u32> {
        let mut http = HttpConnection::connect(self.address).await?;
        let began = Instant::now() + EVERY * customer / CUSTOMERS;
        let mut number = 0;
        while !self.stop.load(Ordering::Relaxed) {
            let due = began + EVERY * number;
            tokio::time::sleep_until(due.into()).await;
            let (id, body) = message(customer, number);
            self.deliver(&mut http, &id, &body).await?;
            self.note(due);
            if number % TWICE_EVERY == TWICE_EVERY - 1 {
                self.deliver(&mut http, &id, &body).await?;
            }
            number += 1;
        }
        Ok(number)
    }

    fn note(&self, due: Instant) {
        let micros = u64::try_from(due.elapsed().as_micros()).unwrap_or(u64::MAX);
        let mut counts = self.counts();
        match counts.phase {
            Phase::Uncounted => {}
            Phase::Quiet => counts.quiet.saturating_record(micros),
            Phase::Swapped => counts.swapped.saturating_record(micros),
        }
    }

    /// Sends a webhook until it is taken.
    async fn deliver(&self, http: &mut HttpConnection, id: &str, body: &str) -> Result<()> {
        loop {
            #[expect(
                clippy::disallowed_methods,
                reason = "a provider signs with its own clock"
            )]
            let at = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
            let mut mac = Hmac::<sha2::Sha256>::new_from_slice(&KEY)?;
            mac.update(format!("{id}.{at}.{body}").as_bytes());
            let signature = format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()));
            let at = at.to_string();
            let headers = [
                ("webhook-id", id),
                ("webhook-timestamp", at.as_str()),
                ("webhook-signature", signature.as_str()),
                ("content-type", "application/json"),
            ];
            let sent = http.send("POST", &self.path, &headers, body.as_bytes());
            let answer = sent.await?;
            match answer.status {
                200..300 => return Ok(()),
                500.. => {
                    self.refused.fetch_add(1, Ordering::Relaxed);
                    tokio::time::sleep(PAUSE).await;
                }
                _ => bail!(answer.refusal(id)),
            }
        }
    }
}

fn name(customer: u32) -> String {
    format!("Customer {customer}")
}

/// A message's id and body. Its text is its number, so that order can be told.
fn message(customer: u32, number: u32) -> (String, String) {
    let id = format!("m-{customer}-{number}");
    let body = json!({ "type": "message", "data": { "id": id, "thread": format!("t-{customer}"),
        "sender": { "id": format!("c-{customer}"), "name": name(customer) },
        "sent_at": 1_790_000_000_000_u64 + u64::from(number), "parts": [{ "text": number.to_string() }] } });
    (id, body.to_string())
}
