//! What the standard library of guests imports, without any power: no files, no network, no environment, clocks that
//! stand still. What a plugin prints becomes lines of its log.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use ::bytes::Bytes;
use wasmtime_wasi::{
    Deterministic, HostMonotonicClock, HostWallClock, WasiCtx, WasiCtxBuilder, async_trait,
    cli::{IsTerminal, StdoutStream},
    p2::{OutputStream, Pollable, StreamResult},
};

use crate::types::Level;

/// Bytes that are kept of what one call prints; the rest is dropped.
const PRINTED_BYTES: usize = 16 * 1024;

/// What a guest printed in the running call.
#[derive(Clone, Debug, Default)]
pub(crate) struct Stdio {
    out: Sink,
    err: Sink,
}

impl Stdio {
    /// What was printed, standard output first.
    pub(crate) fn take(&self) -> impl Iterator<Item = (Level, String)> + use<> {
        [
            (Level::Info, self.out.take()),
            (Level::Warn, self.err.take()),
        ]
        .into_iter()
        .filter(|(_, text)| !text.is_empty())
    }
}

/// A context that leads nowhere. `pure`: chance is the same each time.
pub(crate) fn powerless(stdio: &Stdio, pure: bool) -> WasiCtx {
    let mut builder = WasiCtxBuilder::new();
    builder
        .stdout(stdio.out.clone())
        .stderr(stdio.err.clone())
        .allow_tcp(false)
        .allow_udp(false)
        .allow_ip_name_lookup(false)
        .max_random_size(65_536)
        // Order of hash maps: the same each time, so that a recorded call can be replayed.
        .insecure_random_seed(0)
        .insecure_random(Deterministic::new((0..=255).collect()))
        .wall_clock(Still)
        .monotonic_clock(Still);
    if pure {
        builder.secure_random(Deterministic::new((0..=255).collect()));
    }
    builder.build()
}

/// Time is asked for by the contract's own import, which is recorded and can be replayed.
struct Still;

impl HostWallClock for Still {
    fn resolution(&self) -> Duration {
        Duration::from_millis(1)
    }

    fn now(&self) -> Duration {
        Duration::ZERO
    }
}

impl HostMonotonicClock for Still {
    fn resolution(&self) -> u64 {
        1_000_000
    }

    fn now(&self) -> u64 {
        0
    }
}

/// Keeps the beginning of what is written.
#[derive(Clone, Debug, Default)]
struct Sink(Arc<Mutex<Vec<u8>>>);

impl Sink {
    fn take(&self) -> String {
        let bytes = std::mem::take(&mut *self.0.lock().expect("no panic while it is held"));
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

impl IsTerminal for Sink {
    fn is_terminal(&self) -> bool {
        false
    }
}

impl StdoutStream for Sink {
    fn async_stream(&self) -> Box<dyn tokio::io::AsyncWrite + Send + Sync> {
        Box::new(tokio::io::sink())
    }

    fn p2_stream(&self) -> Box<dyn OutputStream> {
        Box::new(self.clone())
    }
}

#[async_trait]
impl OutputStream for Sink {
    fn write(&mut self, bytes: Bytes) -> StreamResult<()> {
        let mut kept = self.0.lock().expect("no panic while it is held");
        let room = PRINTED_BYTES.saturating_sub(kept.len());
        kept.extend_from_slice(&bytes[..bytes.len().min(room)]);
        Ok(())
    }

    fn flush(&mut self) -> StreamResult<()> {
        Ok(())
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        Ok(PRINTED_BYTES)
    }
}

#[async_trait]
impl Pollable for Sink {
    async fn ready(&mut self) {}
}
