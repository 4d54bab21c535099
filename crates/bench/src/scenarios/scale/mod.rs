//! A store of 100,000 conversations and a million messages: lists, search, memory, start.
//!
//! It is filled through the public API, like everything else here, which takes some minutes; so the filled store is kept
//! in the work folder and used again while it has the wanted size. Remove `WORK/scale-*` to fill it anew.

mod fill;
mod measure;
mod texts;

use anyhow::Result;

use super::{Context, count_f64, start::first_durable_write};
use crate::server::Kind;

pub(super) async fn run(context: &mut Context) -> Result<()> {
    let product = context
        .servers
        .iter()
        .find(|spec| spec.kind == Kind::Product);
    let Some(spec) = product.cloned() else {
        eprintln!("   only the product has lists and search");
        return Ok(());
    };
    let conversations = context.scale_conversations;
    let dir = context.work.join(format!("scale-{conversations}"));
    let filled = fill::filled(&spec, &dir, conversations).await?;
    let data = dir.join("data");
    let server = spec.start(&data).await?;
    let mut desk = filled.desk.clone();
    desk.address = server.address;
    measure::lists(context, &desk).await?;
    measure::searches(context, &desk).await?;
    let (recall, exact) = measure::recall(&desk, &filled).await?;
    context.note(spec.kind, "scale.search.recall", recall);
    context.note(spec.kind, "scale.search.exact", exact);
    let rss = count_f64(server.rss_kib()?) / 1024.0;
    context.note(spec.kind, "scale.rss_mib", rss);
    let anonymous = count_f64(server.anonymous_kib()?) / 1024.0;
    context.note(spec.kind, "scale.rss_anonymous_mib", anonymous);
    context.note(spec.kind, "scale.disk_mib", fill::disk_mib(&data)?);
    server.stop()?;
    for round in 0..context.rounds {
        spec.start(&data).await?.stop()?;
        // The store may be from an earlier run: a client id must not repeat.
        let turn = format!("{}-{round}", std::process::id());
        let clean = first_durable_write(&spec, &data, &mut desk, &format!("clean-{turn}")).await?;
        context.note(spec.kind, "scale.start_ms", clean);
        let killed =
            first_durable_write(&spec, &data, &mut desk, &format!("killed-{turn}")).await?;
        context.note(spec.kind, "scale.start_killed_ms", killed);
    }
    Ok(())
}
