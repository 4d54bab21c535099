//! Customers who set bombs off in the routing policy, and how long the others wait meanwhile for somebody who takes care of them.
//!
//! Quiet turns and turns with a bomb every second, one after the other; both as long as the time that the desk counts failures
//! in, since a policy that failed five times in it rests: that is part of what protects the others. Each turn has a policy
//! of its own, so that none has rested before.

mod crowd;

use std::{sync::Arc, time::Duration};

use anyhow::{Result, ensure};

use self::crowd::Crowd;
use super::{Context, millis};
use crate::{admin::Admin, desk::Desk, guests, server::Kind};

/// A turn.
const TURN: Duration = Duration::from_secs(30);

/// Conversations that begin each second.
const PER_SECOND: u32 = 100;

/// Agents, and room that each of them has: enough for the conversations of two turns.
const AGENTS: usize = 20;
const CAPACITY: u32 = 500;

/// Between two bombs.
const BETWEEN_BOMBS: Duration = Duration::from_secs(1);

/// What is said to set them off. Five explode, and the policy rests: the slowest kind is among them twice.
const BOMBS: [&str; 5] = ["loop", "memory", "lean recursion", "loop", "host calls"];

pub(super) async fn run(context: &mut Context) -> Result<()> {
    // The floor has no plugins.
    let product = context.servers.iter().find(|it| it.kind == Kind::Product);
    let Some(spec) = product.cloned() else {
        return Ok(());
    };
    let policy = guests::guest("policy")?;
    for round in 0..context.rounds {
        let data = context.fresh(spec.kind)?;
        let (server, desk) = Desk::open(&spec, &data, 0).await?;
        let p99 = pair(context, desk, &policy, round % 2 == 1).await?;
        context.note(spec.kind, "bombs.p99_ratio", p99[1] / p99[0]);
        server.stop()?;
    }
    Ok(())
}

/// A turn without bombs and one with them, in this order or the other. The others' 99th percentile in each, in milliseconds.
async fn pair(
    context: &mut Context,
    mut desk: Desk,
    policy: &[u8],
    bombs_first: bool,
) -> Result<[f64; 2]> {
    let each = usize::try_from(PER_SECOND)? * usize::try_from(TURN.as_secs())?;
    let mut admin = Admin::connect(&desk).await?;
    let agents = admin.staff(AGENTS, CAPACITY).await?;
    // Where the built-in policy decides there has to be a team.
    admin.team(&agents, &desk.inbox).await?;
    let mut p99 = [0.0; 2];
    for with_bombs in [bombs_first, !bombs_first] {
        let key = format!("bombs-{}", u8::from(with_bombs));
        admin.upload(&guests::bomb(&key, policy)?).await?;
        admin.switch(&key, "approve").await?;
        admin.switch(&key, "enable").await?;
        admin.route_by(&key).await?;
        let bombers = if with_bombs { bombers() } else { 0 };
        desk.visitors.clear();
        desk.admit(each + bombers).await?;
        let crowd = Arc::new(Crowd::new(&desk, each));
        let (times, exploded) = tokio::try_join!(
            crowd.run(PER_SECOND),
            explode(&desk, each, TURN, &mut admin)
        )?;
        ensure!(exploded == bombers, "{exploded} of {bombers} bombs");
        let name = if with_bombs { "beside" } else { "quiet" };
        context.note_latency(Kind::Product, &format!("bombs.{name}"), &times);
        p99[usize::from(with_bombs)] = millis(times.value_at_quantile(0.99));
    }
    Ok(p99)
}

/// Customers with bombs in one turn.
fn bombers() -> usize {
    usize::try_from(TURN.as_secs() / BETWEEN_BOMBS.as_secs()).unwrap_or_default()
}

/// Every visitor after the first `crowd` sets a bomb off, one a second. How many of their conversations the built-in policy
/// decided, since theirs failed or rested.
async fn explode(desk: &Desk, crowd: usize, turn: Duration, admin: &mut Admin) -> Result<usize> {
    let mut http = crate::client::HttpConnection::connect(desk.address).await?;
    let path = desk.messages_path();
    let ends = tokio::time::Instant::now() + turn;
    let mut conversations = Vec::new();
    for (nth, visitor) in desk.visitors[crowd..].iter().enumerate() {
        tokio::time::sleep(BETWEEN_BOMBS / 2).await;
        let bomb = BOMBS[nth % BOMBS.len()];
        let body = format!(r#"{{"client_id":"bomb-{nth}","text":"{bomb}"}}"#);
        let said = http.post(&path, Some(visitor), body.as_bytes()).await?;
        conversations.push(crowd::conversation(&said.json(&path)?)?);
        tokio::time::sleep(BETWEEN_BOMBS / 2).await;
    }
    tokio::time::sleep_until(ends).await;
    let mut exploded = 0;
    for id in conversations {
        let path = format!("/api/v1/conversations/{id}/decisions");
        let decisions = admin.get(&path).await?;
        exploded += usize::from(decisions["items"][0]["mode"] == "fallback");
    }
    Ok(exploded)
}
