//! What a routing decision costs as a whole: reading the queue and the candidates, asking a plugin, and falling back if need be.

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::{Value, json};

use super::{Context, count_f64};
use crate::{client::HttpConnection, desk::Desk, server::Kind};

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
        let mut http = HttpConnection::connect(desk.address).await?;
        staff(&mut http, &desk).await?;
        let plugin = format!("/api/v1/plugins/{POLICY}");
        for path in [
            format!("/api/v1/plugins/available/{POLICY}/install"),
            format!("{plugin}/approve"),
            format!("{plugin}/enable"),
        ] {
            let token = Some(desk.agent_token.as_str());
            http.call(&path, token, &json!({})).await?;
        }
        let live = serde_json::to_vec(&json!({ "live": { "plugin": POLICY } }))?;
        let path = "/api/v1/policies/routing";
        let token = Some(desk.agent_token.as_str());
        let put = http.request("PUT", path, token, Some(&live)).await?;
        put.json(path)?;

        // One after the other: what a step costs, not how long it waits behind others.
        for (nth, visitor) in desk.visitors.iter().enumerate() {
            let body = format!(r#"{{"client_id":"{nth}","text":"where is my order?"}}"#);
            let path = desk.messages_path();
            let said = http.post(&path, Some(visitor), body.as_bytes()).await?;
            said.json(&path)?;
        }
        let metrics = http.get("/metrics", token).await?;
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

/// Twenty agents at work.
async fn staff(http: &mut HttpConnection, desk: &Desk) -> Result<()> {
    let token = Some(desk.agent_token.as_str());
    for nth in 0..AGENTS {
        let agent = json!({
            "email": format!("agent{nth}@example.com"), "name": format!("Agent {nth}"), "role": "agent",
            "capacity": 500, "skills": ["zh"],
        });
        let agent: Value = http.call("/api/v1/agents", token, &agent).await?;
        let id = agent["id"].as_str().context("id of the agent")?;
        let path = format!("/api/v1/agents/{id}/availability");
        http.call(&path, token, &json!({ "state": "online" }))
            .await?;
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
