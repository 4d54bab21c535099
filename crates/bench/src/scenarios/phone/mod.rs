//! Calls: how many are carried, how late, how fast they are answered, whether digits arrive, and what is left of many.
//!
//! Telephones and browsers run in this process, on the cores that the server has, too: what they add is measured beside it, by packets
//! that go from one socket of this process to another without a server between.

mod answers;
mod digits;
mod load;
mod many;
mod probe;
mod rate;

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result};
use hdrhistogram::Histogram;
use plugboard_phone_peers::{Call, Says, Telephone};
use tokio::task::JoinHandle;

use super::{Context, millis};
use crate::{
    load::new_histogram,
    phone::{Agent, Live, PhoneDesk, Seat, until},
    server::{Kind, Spec},
};

pub(super) use answers::run as answers;
pub(super) use digits::run as digits;
pub(super) use load::run as load;
pub(super) use many::run as many;
pub(super) use rate::run as rate;

/// The product, round after round; the floor carries no calls.
fn turns(context: &Context) -> Vec<Spec> {
    let all = context.turns().into_iter();
    all.filter(|it| it.kind == Kind::Product).collect()
}

/// Notes quantiles of microseconds as milliseconds.
fn note(context: &mut Context, name: &str, latency: &Histogram<u64>) {
    for (suffix, quantile) in [("p50_ms", 0.5), ("p95_ms", 0.95), ("p99_ms", 0.99)] {
        let value = millis(latency.value_at_quantile(quantile));
        context.note(Kind::Product, &format!("{name}.{suffix}"), value);
    }
}

fn micros(of: Duration) -> u64 {
    u64::try_from(of.as_micros()).unwrap_or(u64::MAX)
}

/// Agents at work, each with a browser that says stamps.
async fn crew(desk: &PhoneDesk, agents: usize, epoch: Instant) -> Result<Vec<(Agent, Arc<Seat>)>> {
    let mut crew = Vec::new();
    for _ in 0..agents {
        let agent = desk.hire().await?;
        let seat = Seat::open(desk, &agent, Says::Stamps(epoch)).await?;
        desk.works(&agent, true).await?;
        crew.push((agent, Arc::new(seat)));
    }
    Ok(crew)
}

/// Stops a desk, once whoever asked it does no more.
async fn close(desk: Arc<PhoneDesk>) -> Result<()> {
    until("nobody asks the desk any more", || async {
        Ok((Arc::strong_count(&desk) == 1).then_some(()))
    })
    .await?;
    let desk = Arc::into_inner(desk).context("somebody still asks the desk")?;
    desk.server.stop()
}

/// A telephone that says stamps, from a number of its own.
async fn stamped(desk: &PhoneDesk, nth: usize, epoch: Instant) -> Telephone {
    let mut call = Call::new(desk.sip, Says::Stamps(epoch));
    call.from = format!("138{nth:08}");
    Telephone::dial(call).await
}

/// Takes every call at once that rings at an agent, as that agent, and remembers when it was clicked.
struct Clicks {
    clicked: Arc<Mutex<HashMap<String, Instant>>>,
    done: Arc<AtomicUsize>,
    task: JoinHandle<Result<()>>,
}

impl Clicks {
    async fn begin(desk: &Arc<PhoneDesk>, crew: &[(Agent, Arc<Seat>)]) -> Result<Self> {
        let mut live = Live::open(desk).await?;
        let agents: HashMap<String, Agent> = crew
            .iter()
            .map(|(agent, _)| (agent.id.clone(), agent.clone()))
            .collect();
        let clicked = Arc::new(Mutex::new(HashMap::new()));
        let done = Arc::new(AtomicUsize::new(0));
        let (desk, clicks, count) = (desk.clone(), clicked.clone(), done.clone());
        let task = tokio::spawn(async move {
            let mut taken = std::collections::HashSet::new();
            loop {
                let call = live.next().await?;
                if call["state"] != "offering" {
                    continue;
                }
                let id = call["id"].as_str().context("id")?.to_owned();
                let agent = call["offered_to"].as_str().and_then(|it| agents.get(it));
                let Some(agent) = agent.cloned() else {
                    continue;
                };
                if !taken.insert((id.clone(), agent.id.clone())) {
                    continue;
                }
                let (desk, clicks, count) = (desk.clone(), clicks.clone(), count.clone());
                tokio::spawn(async move {
                    let at = Instant::now();
                    clicks
                        .lock()
                        .expect("no clicker panics")
                        .insert(agent.id.clone(), at);
                    match desk.by(&agent, &id, "accept", &serde_json::json!({})).await {
                        Ok(()) => drop(count.fetch_add(1, Ordering::Relaxed)),
                        Err(error) => eprintln!("   a call was not taken: {error:#}"),
                    }
                });
            }
        });
        Ok(Self {
            clicked,
            done,
            task,
        })
    }

    fn done(&self) -> usize {
        self.done.load(Ordering::Relaxed)
    }

    /// When an agent last clicked.
    fn of(&self, agent: &Agent) -> Option<Instant> {
        let clicked = self.clicked.lock().expect("no clicker panics");
        clicked.get(&agent.id).copied()
    }
}

impl Drop for Clicks {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn histogram() -> Histogram<u64> {
    new_histogram()
}
