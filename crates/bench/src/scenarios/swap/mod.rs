//! A channel plugin is replaced while five hundred signed webhooks a second come in: upgraded, rolled back, switched off and on,
//! and replaced by a version that falls over. Whether a message is lost, doubled or turned round, and how much longer a
//! provider waits for its answer meanwhile.

mod found;
mod provider;

use std::{sync::Arc, time::Duration};

use anyhow::{Context as _, Result};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::json;

use self::provider::{KEY, Phase, Provider};
use super::{Context, count_f64, millis};
use crate::{admin::Admin, desk::Desk, guests, server::Kind};

/// The plugin.
const PLUGIN: &str = "channel-webhook";

/// Upgrades, each with its rollback, in one round: a desk keeps ten versions.
const SWAPS: usize = 3;

/// How long it is away, switched off or falling.
const AWAY: Duration = Duration::from_millis(500);

pub(super) async fn run(context: &mut Context) -> Result<()> {
    let numbers = (0..SWAPS).map(|nth| format!("0.2.{nth}"));
    let versions: Vec<_> = numbers
        .map(|number| guests::renumbered(PLUGIN, &number))
        .collect::<Result<_>>()?;
    let falling = guests::falling(PLUGIN, "0.3.0")?;
    // The floor has no plugins.
    for spec in context.turns() {
        if spec.kind == Kind::Floor {
            continue;
        }
        let data = context.fresh(spec.kind)?;
        let (server, desk) = Desk::open(&spec, &data, 0).await?;
        let mut admin = Admin::connect(&desk).await?;
        admin.install_bundled(PLUGIN).await?;
        let provider = Arc::new(Provider::new(desk.address, inbox(&mut admin).await?));
        let customers = provider.start();
        change_everything(context.phase, &mut admin, &provider, &versions, &falling).await?;
        let sent = provider.stop(customers).await?;
        let found = found::count(&mut admin, &sent).await?;
        note(context, &provider, &found)?;
        server.stop()?;
    }
    Ok(())
}

/// An inbox of the plugin; the path that its provider calls.
async fn inbox(admin: &mut Admin) -> Result<String> {
    let secret = format!("whsec_{}", STANDARD.encode(KEY));
    let inbox = json!({ "name": "W", "channel": format!("plugin:{PLUGIN}"),
        "settings": { "url": "http://127.0.0.1:9/", "signing_secret": secret } });
    let inbox = admin.post("/api/v1/inboxes", &inbox).await?;
    let url = inbox["webhook_url"].as_str().context("webhook_url")?;
    let path = url.find("/hooks/").context("the path of the webhook")?;
    Ok(url[path..].to_owned())
}

/// Every change that an administrator can make, one after the other, each under load.
async fn change_everything(
    phase: Duration,
    admin: &mut Admin,
    provider: &Provider,
    versions: &[Vec<u8>],
    falling: &[u8],
) -> Result<()> {
    // Conversations begin, and the first instances are made.
    tokio::time::sleep(phase).await;
    for version in versions {
        provider.enter(Phase::Quiet);
        tokio::time::sleep(phase).await;
        provider.enter(Phase::Swapped);
        admin.upload(version).await?;
        tokio::time::sleep(phase / 2).await;
        admin.switch(PLUGIN, "rollback").await?;
        tokio::time::sleep(phase / 2).await;
    }
    // While it is away providers are refused and try again: that is no latency, but nothing may be lost.
    provider.enter(Phase::Uncounted);
    admin.switch(PLUGIN, "disable").await?;
    tokio::time::sleep(AWAY).await;
    admin.switch(PLUGIN, "enable").await?;
    tokio::time::sleep(phase / 2).await;
    admin.upload(falling).await?;
    tokio::time::sleep(AWAY).await;
    admin.switch(PLUGIN, "rollback").await?;
    tokio::time::sleep(phase).await;
    for _ in 0..5 {
        admin.switch(PLUGIN, "disable").await?;
        admin.switch(PLUGIN, "enable").await?;
    }
    tokio::time::sleep(phase / 2).await;
    Ok(())
}

fn note(context: &mut Context, provider: &Provider, found: &found::Found) -> Result<()> {
    let kind = Kind::Product;
    let (quiet, swapped) = (provider.times(Phase::Quiet), provider.times(Phase::Swapped));
    let (rate, refused) = (provider.rate(), provider.refused());
    anyhow::ensure!(refused > 0, "it was never away: nothing was tried");
    context.note(kind, "swap.per_second", rate);
    context.note(kind, "swap.messages", count_f64(found.messages));
    context.note(kind, "swap.refused", count_f64(refused));
    context.note(kind, "swap.lost", count_f64(found.lost));
    context.note(kind, "swap.doubled", count_f64(found.doubled));
    context.note(kind, "swap.turned", count_f64(found.turned));
    context.note_latency(kind, "swap.quiet", &quiet);
    context.note_latency(kind, "swap.swapped", &swapped);
    let p99 = |times: &hdrhistogram::Histogram<u64>| millis(times.value_at_quantile(0.99));
    context.note(kind, "swap.added_p99_ms", p99(&swapped) - p99(&quiet));
    Ok(())
}
