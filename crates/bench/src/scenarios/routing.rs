//! What a routing decision costs as a whole: reading the queue and the candidates, asking a plugin, and falling back if need be.

use anyhow::{Result, bail, ensure};

use super::{Context, count_f64};
use crate::{admin::Admin, client::HttpConnection, desk::Desk, server::Kind};

/// Conversations that begin, one after the other.
const CONVERSATIONS: usize = 500;

/// Agents that each could be given to, besides the administrator.
const AGENTS: usize = 20;

/// The policy that decides.
const POLICY: &str = "routing-skills";

pub(super) async fn run(context: &mut Context) -> Result<()> {
    // The floor routes nothing.
    for spec in context.turns() {
        if spec.kind == Kind::Floor {
            continue;
        }
        let data = context.fresh(spec.kind)?;
        let (server, desk) = Desk::open(&spec, &data, CONVERSATIONS).await?;
        let mut admin = Admin::connect(&desk).await?;
        admin.staff(AGENTS, 500).await?;
        admin.install_bundled(POLICY).await?;
        admin.route_by(POLICY).await?;
        let mut http = HttpConnection::connect(desk.address).await?;

        // One after the other: what a step costs, not how long it waits behind others.
        for (nth, visitor) in desk.visitors.iter().enumerate() {
            let body = format!(r#"{{"client_id":"{nth}","text":"where is my order?"}}"#);
            let path = desk.messages_path();
            let said = http.post(&path, Some(visitor), body.as_bytes()).await?;
            said.json(&path)?;
        }
        let metrics = http.get("/metrics", Some(&desk.agent_token)).await?;
        let metrics = String::from_utf8_lossy(&metrics.body);
        let asked = sample(&metrics, "plugboard_routing_step_seconds_count")?;
        // The last ones may still be under way.
        ensure!(
            asked >= 0.9 * count_f64(CONVERSATIONS as u64),
            "only {asked} steps"
        );
        for (name, quantile) in [("routing.p50_us", "0.5"), ("routing.p99_us", "0.99")] {
            let line = format!("plugboard_routing_step_seconds{{quantile=\"{quantile}\"}}");
            context.note(spec.kind, name, sample(&metrics, &line)? * 1e6);
        }
        server.stop()?;
    }
    Ok(())
}

/// The value of a line of the metrics.
fn sample(metrics: &str, name: &str) -> Result<f64> {
    let value = metrics.lines().find_map(|line| {
        let rest = line.strip_prefix(name)?;
        rest.trim().parse().ok()
    });
    match value {
        Some(value) => Ok(value),
        None => bail!("no {name} among the metrics"),
    }
}
