//! From `exec` to the first durable answer, after a clean stop and after a kill; and what an idle process weighs.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use anyhow::{Result, bail};

use super::{Context, count_f64};
use crate::{
    client::HttpConnection,
    desk::Desk,
    load::{Load, Plan},
    server::Spec,
};

/// Messages in the store that is started on.
const STORED: u32 = 20_000;

/// A process that did something is idle when it has given back what that took: threads end after two seconds.
const IDLE_AFTER: Duration = Duration::from_secs(10);

/// Longest wait for the first durable answer.
const PATIENCE: Duration = Duration::from_mins(1);

pub(super) async fn run(context: &mut Context) -> Result<()> {
    for spec in context.turns() {
        let data = context.fresh(spec.kind)?;
        let (server, mut desk) = Desk::open(&spec, &data, 64).await?;
        let load = Load::new();
        load.run(&desk, Plan::burst(1, 1)).await?;
        tokio::time::sleep(IDLE_AFTER).await;
        context.note(
            spec.kind,
            "idle.rss_mib",
            count_f64(server.rss_kib()?) / 1024.0,
        );
        load.run(&desk, Plan::burst(64, STORED)).await?;
        server.stop()?;
        let clean = first_durable_write(&spec, &data, &mut desk, "clean").await?;
        context.note(spec.kind, "start.clean_ms", clean);
        let killed = first_durable_write(&spec, &data, &mut desk, "killed").await?;
        context.note(spec.kind, "start.killed_ms", killed);
    }
    Ok(())
}

/// Starts, sends one message as soon as anybody listens, then kills the server under load; answers milliseconds.
pub(super) async fn first_durable_write(
    spec: &Spec,
    data: &Path,
    desk: &mut Desk,
    client_id: &str,
) -> Result<f64> {
    let server = spec.spawn(data)?;
    desk.address = server.address;
    let body = format!(r#"{{"client_id":"first-{client_id}","text":"first"}}"#);
    let took = loop {
        if server.started.elapsed() > PATIENCE {
            bail!("no durable answer in {PATIENCE:?}");
        }
        if say(desk, body.as_bytes()).await {
            break server.started.elapsed();
        }
        tokio::time::sleep(Duration::from_micros(500)).await;
    };
    let load = Load::new();
    let (visitor_load, visitor_desk) = (load.clone(), desk.clone());
    let running = tokio::spawn(async move {
        // It ends with an error when the server is killed, as it should.
        let plan = Plan::closed(32, Duration::from_secs(30));
        let _ = visitor_load.run(&visitor_desk, plan).await;
    });
    let until = Instant::now() + Duration::from_secs(2);
    tokio::time::sleep_until(until.into()).await;
    server.kill()?;
    running.await?;
    Ok(took.as_secs_f64() * 1e3)
}

async fn say(desk: &Desk, body: &[u8]) -> bool {
    let Ok(mut http) = HttpConnection::connect(desk.address).await else {
        return false;
    };
    let path = desk.messages_path();
    let sent = http.post(&path, Some(&desk.visitors[0]), body);
    sent.await.is_ok_and(|answer| answer.status == 201)
}
