//! `plugboard-fakes [ADDRESS]`: the providers on loopback, at 127.0.0.1:9400 unless told otherwise.

use std::sync::Arc;

use anyhow::Context as _;
use plugboard_fakes::{Clock, Fakes, edge};
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let address = std::env::args()
        .nth(1)
        .unwrap_or_else(|| "127.0.0.1:9400".to_owned());
    let listener = TcpListener::bind(&address)
        .await
        .with_context(|| format!("listening on {address}"))?;
    println!("customers' phones: http://{}/", listener.local_addr()?);
    let fakes = Arc::new(Fakes::new(Clock::running()));
    edge::serve(fakes, None, listener)
        .await
        .context("answering")
}
