//! Visitors' messages on a schedule, and how long each took to be acknowledged.

mod plan;

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail};
use hdrhistogram::Histogram;
use tokio::{sync::Semaphore, task::JoinSet};

pub use plan::{Outcome, Pace, Plan};

use self::plan::MESSAGES_MAX;
use crate::{client::HttpConnection, desk::Desk};

/// Longest latency told apart, in microseconds: a minute is an outage.
const LATENCY_MICROS_MAX: u64 = 60_000_000;

/// Starts the marker that names a message inside its text; watchers look for it.
pub const MARKER: &[u8] = b"pbm:";

/// Digits after the marker.
pub const MARKER_DIGITS: usize = 9;

/// About 300 bytes of what shops and customers write, Chinese and English.
const FILLER: &str = "你好，我昨天在店里买的连衣裙还没有发货，订单号 20260816003，能帮我看看什么时候可以寄出吗？\
    如果今天不能发，我想退款或者换一个颜色。Hello, could you please check the parcel? The tracking page has not moved since Monday.";

/// The schedule that senders write and watchers read.
pub struct Load {
    base: Instant,
    /// Microseconds after `base` at which each message was due, by message number; 0 is "never".
    due: Vec<AtomicU64>,
    next: AtomicU32,
}

impl Load {
    /// An empty schedule.
    pub fn new() -> Arc<Self> {
        let due = (0..MESSAGES_MAX).map(|_| AtomicU64::new(0)).collect();
        Arc::new(Self {
            base: Instant::now(),
            due,
            next: AtomicU32::new(0),
        })
    }

    /// Microseconds since message `number` was due; nothing for a number that this load never sent.
    pub fn age_micros(&self, number: u32) -> Option<u64> {
        let due = self.due.get(number as usize)?.load(Ordering::Relaxed);
        (due != 0).then(|| self.now_micros().saturating_sub(due))
    }

    /// Runs `plan` against `desk`, and fails on the first answer that is not 201.
    pub async fn run(self: &Arc<Self>, desk: &Desk, plan: Plan) -> Result<Outcome> {
        if desk.visitors.len() < plan.connections {
            bail!("{} connections need as many visitors", plan.connections);
        }
        let mut connections = Vec::with_capacity(plan.connections);
        for _ in 0..plan.connections {
            connections.push(HttpConnection::connect(desk.address).await?);
        }
        let run = Arc::new(Run::new(self, desk, plan));
        let pacer = run.clone().start_pacer();
        let mut senders = JoinSet::new();
        for (visitor, http) in connections.into_iter().enumerate() {
            let (run, token) = (run.clone(), desk.visitors[visitor].clone());
            senders.spawn(async move { run.send_all(http, &token).await });
        }
        let mut failure = None;
        while let Some(ended) = senders.join_next().await {
            if let Err(error) = ended.context("a sender died").flatten() {
                run.over.store(true, Ordering::Relaxed);
                failure.get_or_insert(error);
            }
        }
        run.over.store(true, Ordering::Relaxed);
        if let Some(pacer) = pacer {
            pacer.join().ok().context("the pacer died")?;
        }
        match failure {
            Some(error) => Err(error),
            None => Ok(run.outcome()),
        }
    }

    /// The same on a thread and a runtime of its own: what else this program does meanwhile, such as reading for five thousand
    /// clients, is not the server's latency.
    pub async fn run_apart(self: &Arc<Self>, desk: &Desk, plan: Plan) -> Result<Outcome> {
        let (load, desk) = (self.clone(), desk.clone());
        let apart = tokio::task::spawn_blocking(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()?;
            runtime.block_on(load.run(&desk, plan))
        });
        apart.await.context("the load died")?
    }

    fn now_micros(&self) -> u64 {
        u64::try_from(self.base.elapsed().as_micros()).unwrap_or(u64::MAX)
    }
}

/// Shared state of the senders of one run.
struct Run {
    load: Arc<Load>,
    plan: Plan,
    path: String,
    first: u32,
    began_micros: u64,
    /// One permit for each message that is due; unused in closed loop.
    tickets: Semaphore,
    over: AtomicBool,
    /// Locked once by each sender, as it ends.
    latency: Mutex<Histogram<u64>>,
    last_ack_micros: AtomicU64,
}

impl Run {
    fn new(load: &Arc<Load>, desk: &Desk, plan: Plan) -> Self {
        Self {
            load: load.clone(),
            plan,
            path: desk.messages_path(),
            first: load.next.load(Ordering::Relaxed),
            began_micros: load.now_micros(),
            tickets: Semaphore::new(0),
            over: AtomicBool::new(false),
            latency: Mutex::new(new_histogram()),
            last_ack_micros: AtomicU64::new(0),
        }
    }

    /// A thread of its own hands out tickets: the runtime's timer ticks in milliseconds, a thread's in 50 µs.
    fn start_pacer(self: Arc<Self>) -> Option<std::thread::JoinHandle<()>> {
        let Pace::Open { per_second } = self.plan.pace else {
            return None;
        };
        Some(std::thread::spawn(move || {
            let began = self.load.base + Duration::from_micros(self.began_micros);
            for turn in 0..self.messages_max() {
                let due = began + Duration::from_micros(interval_micros(turn, per_second));
                std::thread::sleep(due.saturating_duration_since(Instant::now()));
                self.tickets.add_permits(1);
                if self.over.load(Ordering::Relaxed) {
                    break;
                }
            }
            // One more for each sender, so that it wakes and sees that nothing is left.
            self.tickets.add_permits(self.plan.connections);
        }))
    }

    fn messages_max(&self) -> u32 {
        let Pace::Open { per_second } = self.plan.pace else {
            return self.plan.messages_max;
        };
        let due = self.plan.duration.as_micros() * u128::from(per_second) / 1_000_000;
        u32::try_from(due)
            .unwrap_or(u32::MAX)
            .min(self.plan.messages_max)
    }

    /// The number of the next message and the moment it is due, or nothing when the run is over.
    async fn next(&self) -> Option<(u32, u64)> {
        if self.over.load(Ordering::Relaxed) {
            return None;
        }
        let now = self.load.now_micros();
        if let Pace::Closed = self.plan.pace
            && now - self.began_micros >= micros(self.plan.duration)
        {
            return None;
        }
        if let Pace::Open { .. } = self.plan.pace {
            self.tickets.acquire().await.ok()?.forget();
        }
        let number = self.load.next.fetch_add(1, Ordering::Relaxed);
        if number >= MESSAGES_MAX || number - self.first >= self.messages_max() {
            return None;
        }
        let due = match self.plan.pace {
            Pace::Closed => self.load.now_micros(),
            Pace::Open { per_second } => {
                self.began_micros + interval_micros(number - self.first, per_second)
            }
        };
        self.load.due[number as usize].store(due.max(1), Ordering::Relaxed);
        Some((number, due))
    }

    async fn send_all(&self, mut http: HttpConnection, token: &str) -> Result<()> {
        let mut latency = new_histogram();
        while let Some((number, due)) = self.next().await {
            let body = message_body(number, self.plan.padding);
            let answer = http.post(&self.path, Some(token), body.as_bytes()).await?;
            if answer.status != 201 {
                return Err(answer.refusal("a visitor's message").into());
            }
            let now = self.load.now_micros();
            latency.saturating_record(now.saturating_sub(due));
            self.last_ack_micros.fetch_max(now, Ordering::Relaxed);
        }
        let mut all = self.latency.lock().expect("no sender panics with the lock");
        all.add(&latency).context("adding up latencies")?;
        Ok(())
    }

    fn outcome(&self) -> Outcome {
        let latency = self.latency.lock().expect("no sender is left").clone();
        let last = self.last_ack_micros.load(Ordering::Relaxed);
        Outcome {
            acknowledged: latency.len(),
            elapsed: Duration::from_micros(last.saturating_sub(self.began_micros).max(1)),
            latency,
        }
    }
}

/// A histogram of microseconds up to a minute, to 1 %.
pub fn new_histogram() -> Histogram<u64> {
    Histogram::new_with_max(LATENCY_MICROS_MAX, 2).expect("2 digits up to a minute are valid")
}

/// Body of message `number`: unique by client id, found by its marker.
pub fn message_body(number: u32, padding: usize) -> String {
    format!(
        r#"{{"client_id":"bench-{number}","text":"{}{number:0width$} {FILLER}{pad}"}}"#,
        std::str::from_utf8(MARKER).expect("ASCII"),
        width = MARKER_DIGITS,
        pad = "x".repeat(padding),
    )
}

fn interval_micros(turn: u32, per_second: u32) -> u64 {
    u64::from(turn) * 1_000_000 / u64::from(per_second)
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_is_json_of_about_300_bytes_with_its_marker() {
        let body = message_body(42, 0);
        let value: serde_json::Value = serde_json::from_str(&body).unwrap();
        let text = value["text"].as_str().unwrap();
        assert!(text.starts_with("pbm:000000042 "));
        assert!((280..420).contains(&text.len()), "{}", text.len());
    }

    #[test]
    fn a_message_never_sent_has_no_age() {
        assert_eq!(Load::new().age_micros(7), None);
    }
}
