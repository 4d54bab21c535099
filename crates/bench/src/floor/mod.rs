//! The floor prototype, "F": the least that a durable, live inbox on `SQLite` can do and still keep its promises.
//!
//! POST one message: one insert with three indexes and one update of its conversation, in a transaction shared with
//! whatever else is waiting, acknowledged after the commit; then one frame, encoded once, to every socket. No domain, no
//! permissions, no search, no outbox. It answers the handful of calls of the public API that the load generator makes, in
//! the documented shapes, so that one client measures both servers.
//!
//! It is frozen: making it faster would move every bar. Settings are for the comparisons in the bars table:
//! `FLOOR_SYNCHRONOUS=NORMAL` gives up durability, `FLOOR_GROUP=off` commits each message alone.

mod hub;
mod routes;
mod store;
mod writer;

use std::{net::SocketAddr, path::PathBuf};

use anyhow::{Context as _, Result, bail};

/// What the floor is started with; the same command line as the product.
struct Options {
    data: PathBuf,
    listen: SocketAddr,
}

/// Serves until killed or told to stop.
pub async fn serve(mut args: impl Iterator<Item = String>) -> Result<()> {
    let options = parse(&mut args)?;
    std::fs::create_dir_all(&options.data)?;
    let store = store::Store::open(&options.data)?;
    let hub = hub::Hub::new(store.head()?);
    let writer = writer::start(store, hub.clone());
    let app = routes::router(options.data, writer, hub);
    let listener = tokio::net::TcpListener::bind(options.listen).await?;
    println!("floor listens on {}", listener.local_addr()?);
    let mut stop = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    tokio::select! {
        served = axum::serve(listener, app) => served?,
        _ = stop.recv() => {}
    }
    Ok(())
}

fn parse(args: &mut impl Iterator<Item = String>) -> Result<Options> {
    if args.next().as_deref() != Some("serve") {
        bail!("usage: floor serve --data DIR --listen ADDR");
    }
    let (mut data, mut listen) = (None, None);
    while let Some(name) = args.next() {
        let value = args
            .next()
            .with_context(|| format!("{name} needs a value"))?;
        match name.as_str() {
            "--data" => data = Some(PathBuf::from(value)),
            "--listen" => listen = Some(value.parse().context("--listen")?),
            _ => bail!("unknown option {name}"),
        }
    }
    Ok(Options {
        data: data.context("--data is missing")?,
        listen: listen.context("--listen is missing")?,
    })
}
