//! One of a thousand sockets stops reading: what the others notice, and what the server keeps for it.

use std::{sync::Arc, time::Duration};

use anyhow::Result;

use super::{Context, count_f64, millis};
use crate::{
    client::AgentSocket,
    desk::Desk,
    load::{Load, Plan},
    server::{Server, Spec},
    watch::Watchers,
};

/// Sockets that read.
const SOCKETS: usize = 1_000;

/// Messages a second while latencies are compared: a busy desk, far from saturation.
const RATE: u32 = 20;

/// Messages of a flood, and bytes added to each: 6 MB together, since the kernel takes 4 MB for a socket that nobody reads
/// before the server feels it.
const FLOOD: u32 = 1_500;
const FLOOD_PADDING: usize = 3_600;

/// Floods before anything is compared: until the server's ring of recent events (64 MiB) is full, each makes it grow.
const FILLING: u32 = 12;

/// Floods with and without a stuck socket inside one round; the median difference counts.
const FLOODS: u32 = 5;

/// Turns of with and without inside one round; the median ratio counts, since one slow write of the disk is a turn's p99.
const TURNS: u32 = 5;

const PATIENCE: Duration = Duration::from_mins(1);

pub(super) async fn run(context: &mut Context) -> Result<()> {
    for spec in context.turns() {
        let data = context.fresh(spec.kind)?;
        let (server, desk) = Desk::open(&spec, &data, 64).await?;
        let load = Load::new();
        let watchers = Watchers::open(&desk, &load, SOCKETS).await?;
        let stage = Stage {
            server: &server,
            desk: &desk,
            load: &load,
            watchers: &watchers,
            phase: context.phase,
        };
        for _ in 0..FILLING {
            stage.flood().await?;
        }
        stage.growth(context, &spec).await?;
        stage.delay(context, &spec).await?;
        drop(watchers);
        server.stop()?;
    }
    Ok(())
}

struct Stage<'a> {
    server: &'a Server,
    desk: &'a Desk,
    load: &'a Arc<Load>,
    watchers: &'a Watchers,
    phase: Duration,
}

impl Stage<'_> {
    /// What the server keeps for a socket that nobody reads.
    async fn growth(&self, context: &mut Context, spec: &Spec) -> Result<()> {
        for _ in 0..FLOODS {
            let own = self.flood().await?;
            let stuck = self.stuck().await?;
            let with = self.flood().await?;
            drop(stuck);
            context.note(spec.kind, "stuck.growth_mib", (with - own) / 1024.0);
        }
        Ok(())
    }

    /// What the others notice of it.
    async fn delay(&self, context: &mut Context, spec: &Spec) -> Result<()> {
        for _ in 0..TURNS {
            // Both come after a flood: what is left to do behind it (index, checkpoint) is the same.
            self.flood().await?;
            let free = self.paced().await?;
            let stuck = self.stuck().await?;
            self.flood().await?;
            let beside = self.paced().await?;
            drop(stuck);
            context.note(spec.kind, "stuck.p99_without_ms", free);
            context.note(spec.kind, "stuck.p99_with_ms", beside);
            context.note(spec.kind, "stuck.p99_ratio", beside / free);
        }
        Ok(())
    }

    /// A socket that wants everything and reads nothing.
    async fn stuck(&self) -> Result<AgentSocket> {
        let mut stuck =
            AgentSocket::connect_narrow(self.desk.address, &self.desk.agent_token).await?;
        let head = stuck.head();
        stuck.subscribe(head).await?;
        Ok(stuck)
    }

    /// Floods, and answers by how many KiB the server grew.
    async fn flood(&self) -> Result<f64> {
        let before = self.server.rss_kib()?;
        self.watchers.reset();
        let outcome = self
            .load
            .run(self.desk, Plan::burst(64, FLOOD).padded(FLOOD_PADDING))
            .await?;
        self.watchers
            .settled(outcome.acknowledged, PATIENCE)
            .await?;
        Ok(count_f64(self.server.rss_kib()?) - count_f64(before))
    }

    /// 99th percentile of the readers' delivery at a steady pace, in milliseconds.
    async fn paced(&self) -> Result<f64> {
        self.watchers.reset();
        let plan = Plan::open(RATE, self.phase);
        let outcome = self.load.run(self.desk, plan).await?;
        let latency = self
            .watchers
            .settled(outcome.acknowledged, PATIENCE)
            .await?;
        Ok(millis(latency.value_at_quantile(0.99)))
    }
}
