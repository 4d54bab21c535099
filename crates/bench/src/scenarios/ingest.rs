//! How many messages a second go from POST through a durable commit to ten agents' sockets, how late, at what cost.

use std::time::Duration;

use anyhow::Result;

use super::{Context, cpu_micros_each};
use crate::{
    desk::Desk,
    load::{Load, Plan},
    server::{Server, Spec},
    watch::Watchers,
};

/// Agents' sockets that see every message.
const SOCKETS: usize = 10;

/// Connections in the closed-loop phases.
const CONNECTIONS: [usize; 4] = [1, 16, 64, 256];

/// Messages a second in the open-loop phases.
const RATES: [u32; 2] = [500, 2000];

/// How long deliveries may lag behind the last acknowledgement.
const PATIENCE: Duration = Duration::from_secs(20);

/// Messages before anything is counted: conversations exist, caches are warm, the log file has its size.
const WARM_UP: u32 = 5_000;

pub(super) async fn run(context: &mut Context) -> Result<()> {
    for spec in context.turns() {
        let data = context.fresh(spec.kind)?;
        let (server, desk) = Desk::open(&spec, &data, 256).await?;
        let load = Load::new();
        let watchers = Watchers::open(&desk, &load, SOCKETS).await?;
        let warm = load.run(&desk, Plan::burst(256, WARM_UP)).await?;
        watchers.settled(warm.acknowledged, PATIENCE).await?;
        let stage = Stage {
            spec: &spec,
            server: &server,
            desk: &desk,
            load: &load,
            watchers: &watchers,
        };
        for connections in CONNECTIONS {
            let plan = Plan::closed(connections, context.phase);
            stage
                .measure(context, &format!("ingest.{connections}"), plan)
                .await?;
        }
        for rate in RATES {
            let plan = Plan::open(rate, context.phase);
            stage
                .measure(context, &format!("open.{rate}"), plan)
                .await?;
        }
        drop(watchers);
        server.stop()?;
    }
    Ok(())
}

struct Stage<'a> {
    spec: &'a Spec,
    server: &'a Server,
    desk: &'a Desk,
    load: &'a std::sync::Arc<Load>,
    watchers: &'a Watchers,
}

impl Stage<'_> {
    async fn measure(&self, context: &mut Context, name: &str, plan: Plan) -> Result<()> {
        let kind = self.spec.kind;
        self.watchers.reset();
        let before = self.server.cpu()?;
        let outcome = self.load.run(self.desk, plan).await?;
        let delivered = self
            .watchers
            .settled(outcome.acknowledged, PATIENCE)
            .await?;
        let cpu = cpu_micros_each(self.server, before, outcome.acknowledged)?;
        context.note(kind, &format!("{name}.per_second"), outcome.per_second());
        context.note_latency(kind, &format!("{name}.post"), &outcome.latency);
        context.note_latency(kind, &format!("{name}.delivery"), &delivered);
        context.note(kind, &format!("{name}.cpu_us"), cpu);
        Ok(())
    }
}
