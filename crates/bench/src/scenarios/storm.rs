//! Everybody reconnects at once, and resumes from the position where they were cut off, while messages keep coming.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail};
use hdrhistogram::Histogram;
use memchr::memmem::Finder;
use tokio::task::JoinSet;

use super::{Context, millis};
use crate::{
    client::{AgentSocket, ClientError},
    desk::Desk,
    load::{Load, Plan},
    watch::Watchers,
};

/// Clients that come back.
const CLIENTS: u32 = 5_000;

/// They come back over one second: every client of ours waits a random part of it before it tries.
const SPREAD: Duration = Duration::from_secs(1);

/// Messages that they missed.
const MISSED: u32 = 200;

/// Messages a second that keep coming: with 5,000 sockets that see everything, 50,000 deliveries a second.
const RATE: u32 = 10;

/// How long the messages keep coming: the bar, and a little more.
const STORM: Duration = Duration::from_secs(6);

/// Longest time for one client.
const PATIENCE: Duration = Duration::from_mins(1);

pub(super) async fn run(context: &mut Context) -> Result<()> {
    for spec in context.turns() {
        let data = context.fresh(spec.kind)?;
        let (server, desk) = Desk::open(&spec, &data, 64).await?;
        let load = Load::new();
        load.run(&desk, Plan::burst(64, 256)).await?;
        let calm = calm(&desk, &load).await?;
        let since = position(&desk).await?;
        load.run(&desk, Plan::burst(64, MISSED)).await?;
        let target = position(&desk).await?;
        let ingest = tokio::spawn({
            let (load, desk) = (load.clone(), desk.clone());
            async move { load.run_apart(&desk, Plan::open(RATE, STORM)).await }
        });
        let took = everybody_returns(&desk, since, target).await?;
        let ingest = ingest.await.context("the load died")??;
        let (before, during) = (
            millis(calm.value_at_quantile(0.99)),
            millis(ingest.latency.value_at_quantile(0.99)),
        );
        context.note(spec.kind, "storm.caught_up_s", took.as_secs_f64());
        context.note(spec.kind, "storm.ingest_calm_p99_ms", before);
        context.note(spec.kind, "storm.ingest_p99_ms", during);
        context.note(spec.kind, "storm.ingest_p99_ratio", during / before);
        server.stop()?;
    }
    Ok(())
}

/// Acknowledgements while the same clients are connected and the same messages come.
async fn calm(desk: &Desk, load: &Arc<Load>) -> Result<Histogram<u64>> {
    let watchers = Watchers::open(desk, load, CLIENTS as usize).await?;
    let outcome = load.run_apart(desk, Plan::open(RATE, STORM)).await?;
    watchers.settled(outcome.acknowledged, PATIENCE).await?;
    Ok(outcome.latency)
}

/// Journal head now.
async fn position(desk: &Desk) -> Result<u64> {
    let socket = AgentSocket::connect(desk.address, &desk.agent_token).await?;
    Ok(socket.head())
}

/// Connects all clients and waits until each has everything up to `target`; all stay until the last has it.
async fn everybody_returns(desk: &Desk, since: u64, target: u64) -> Result<Duration> {
    let began = Instant::now();
    let mut clients = JoinSet::new();
    for number in 0..CLIENTS {
        let desk = desk.clone();
        clients.spawn(async move {
            tokio::time::sleep(SPREAD * number / CLIENTS).await;
            let returned = tokio::time::timeout(PATIENCE, resume(&desk, since, target));
            returned.await.context("a client waits too long")?
        });
    }
    let mut sockets = Vec::new();
    let mut took = Duration::ZERO;
    while let Some(socket) = clients.join_next().await {
        sockets.push(socket.context("a client died")??);
        took = began.elapsed();
    }
    Ok(took)
}

async fn resume(desk: &Desk, since: u64, target: u64) -> Result<AgentSocket> {
    let mut socket = AgentSocket::connect(desk.address, &desk.agent_token).await?;
    socket.subscribe(since).await?;
    let seq = Finder::new(b"\"seq\":");
    let mut expected_after = since;
    while expected_after < target {
        let text = socket.next_text().await?;
        let Some(found) = seq.find(&text).map(|at| &text[at + 6..]) else {
            continue;
        };
        let number = leading_number(found)?;
        if number <= expected_after {
            bail!("position {number} came after {expected_after}");
        }
        expected_after = number;
    }
    Ok(socket)
}

fn leading_number(text: &[u8]) -> Result<u64, ClientError> {
    let digits = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let number = std::str::from_utf8(&text[..digits]).unwrap_or_default();
    number.parse().map_err(|_| ClientError::Protocol("seq"))
}
