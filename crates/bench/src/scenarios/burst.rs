//! Fan-out: a burst to a thousand sockets, one message to thousands, and what an idle socket weighs.

use std::time::{Duration, Instant};

use anyhow::Result;

use super::{Context, count_f64, cpu_micros_each};
use crate::{
    desk::Desk,
    load::{Load, Plan},
    server::{Server, Spec},
    watch::Watchers,
};

/// Sockets in the burst.
const BURST_SOCKETS: usize = 1_000;

/// Messages in the burst: a million deliveries, a second or two.
const BURST_MESSAGES: u32 = 1_000;

/// Sockets in the wide test; with the server's own files this stays below a limit of 20,000 in each process.
const WIDE_SOCKETS: usize = 9_500;

/// Single messages in the wide test.
const WIDE_MESSAGES: u32 = 5;

/// How long a wave of deliveries may take before something is wrong.
const PATIENCE: Duration = Duration::from_mins(1);

pub(super) async fn run(context: &mut Context) -> Result<()> {
    for spec in context.turns() {
        let data = context.fresh(spec.kind)?;
        let (server, desk) = Desk::open(&spec, &data, 64).await?;
        let load = Load::new();
        load.run(&desk, Plan::burst(64, 256)).await?;
        burst(context, &spec, &server, &desk, &load).await?;
        server.stop()?;
        let data = context.fresh(spec.kind)?;
        let (server, desk) = Desk::open(&spec, &data, 64).await?;
        wide(context, &spec, &server, &desk).await?;
        server.stop()?;
    }
    Ok(())
}

async fn burst(
    context: &mut Context,
    spec: &Spec,
    server: &Server,
    desk: &Desk,
    load: &std::sync::Arc<Load>,
) -> Result<()> {
    let watchers = Watchers::open(desk, load, BURST_SOCKETS).await?;
    let before = server.cpu()?;
    let began = Instant::now();
    let outcome = load.run(desk, Plan::burst(64, BURST_MESSAGES)).await?;
    watchers.settled(outcome.acknowledged, PATIENCE).await?;
    let took = watchers.last_delivery().saturating_duration_since(began);
    let deliveries = outcome.acknowledged * watchers.count();
    let per_second = count_f64(deliveries) / took.as_secs_f64();
    context.note(spec.kind, "burst.deliveries_per_second", per_second);
    let cpu = cpu_micros_each(server, before, deliveries)?;
    context.note(spec.kind, "burst.cpu_us_per_delivery", cpu);
    Ok(())
}

/// Weighs idle sockets first: deliveries grow buffers.
async fn wide(context: &mut Context, spec: &Spec, server: &Server, desk: &Desk) -> Result<()> {
    let load = Load::new();
    load.run(desk, Plan::burst(1, 16)).await?;
    tokio::time::sleep(Duration::from_millis(500)).await;
    let before = server.rss_kib()?;
    let watchers = Watchers::open(desk, &load, WIDE_SOCKETS).await?;
    tokio::time::sleep(Duration::from_secs(1)).await;
    let grown = server.rss_kib()?.saturating_sub(before);
    let each = count_f64(grown) / count_f64(watchers.count());
    context.note(spec.kind, "socket.idle_kib", each);
    for _ in 0..WIDE_MESSAGES {
        watchers.reset();
        let began = Instant::now();
        load.run(desk, Plan::burst(1, 1)).await?;
        watchers.settled(1, PATIENCE).await?;
        let took = watchers.last_delivery().saturating_duration_since(began);
        context.note(spec.kind, "wide.last_delivery_ms", took.as_secs_f64() * 1e3);
    }
    Ok(())
}
