//! Recordings that are whole are stored for good: as files of the desk, sealed as they are.

use std::{io, path::Path, sync::Arc, time::Duration};

use bytes::Bytes;
use futures_util::stream;
use plugboard_domain::{
    Envelope, Principal,
    call::{CallCommand, CallFact},
};
use plugboard_engine::{Engine, EngineError};
use tokio::{fs::File, io::AsyncReadExt, sync::mpsc};
use tracing::{info, warn};

use crate::{host::Shared, sound::Kept};

/// Largest recording: two days.
const BYTES_MAX: u64 = 6 * 1_024 * 1_024 * 1_024;

/// Bytes that are read at once.
const PART: usize = 256 * 1_024;

/// How long to wait after something failed that may work later.
const PAUSE: Duration = Duration::from_secs(5);

/// Stores what is whole until the host stops.
pub(crate) async fn run(shared: Arc<Shared>, engine: Engine, mut kept: mpsc::Receiver<Kept>) {
    loop {
        let next = tokio::select! {
            () = shared.stop.cancelled() => None,
            next = kept.recv() => next,
        };
        let Some(next) = next else { break };
        loop {
            match keep(&shared, &engine, &next).await {
                Ok(()) => break,
                Err(why) => {
                    warn!(call.id = %next.call, %why, "phone: a recording could not be kept yet");
                }
            }
            tokio::select! {
                // What is left is found at the next start.
                () = shared.stop.cancelled() => return,
                () = tokio::time::sleep(PAUSE) => {}
            }
        }
    }
    // What ended with the desk itself.
    while let Ok(next) = kept.try_recv() {
        if let Err(why) = keep(&shared, &engine, &next).await {
            warn!(call.id = %next.call, %why, "phone: a recording waits for the next start");
        }
    }
}

async fn keep(shared: &Shared, engine: &Engine, kept: &Kept) -> Result<(), String> {
    let stored = shared
        .config
        .blobs
        .put_stream(engine.mint(), Box::pin(parts(&kept.path)), BYTES_MAX)
        .await
        .map_err(|it| it.to_string())?;
    let fact = CallFact::RecordingKept {
        blob: stored.digest.to_string(),
        millis: kept.millis,
        channels: 2,
    };
    let command = (kept.call, CallCommand::Advance(fact));
    let envelope = Envelope::new(Principal::System("phone"), command);
    match engine.execute(envelope).await {
        Ok(_) => info!(call.id = %kept.call, millis = kept.millis, "a recording is kept"),
        Err(EngineError::Rejected(why)) => {
            warn!(call.id = %kept.call, %why, "phone: the desk knows no such call; its recording is dropped");
        }
        Err(error) => return Err(error.to_string()),
    }
    tokio::fs::remove_file(&kept.path)
        .await
        .map_err(|it| it.to_string())
}

/// A file in parts.
fn parts(path: &Path) -> impl stream::Stream<Item = Result<Bytes, io::Error>> + use<> {
    let path = path.to_owned();
    stream::try_unfold(None::<File>, move |file| {
        let path = path.clone();
        async move {
            let mut file = match file {
                Some(file) => file,
                None => File::open(&path).await?,
            };
            let mut part = vec![0; PART];
            let length = file.read(&mut part).await?;
            part.truncate(length);
            Ok((length > 0).then_some((Bytes::from(part), Some(file))))
        }
    })
}
