//! Recordings whose time is over, or that somebody deleted: their files are erased, however often the process dies before it is done.

use plugboard_blob::{Blobs, Digest};
use plugboard_domain::outbox::{Attempt, Job, OutboxEntry};
use plugboard_engine::{Courier, Engine};
use tracing::{info, warn};

/// Erases files that the desk does not name any more.
pub struct Eraser {
    blobs: Blobs,
}

impl Eraser {
    /// From where they are kept.
    pub fn new(blobs: Blobs) -> Self {
        Self { blobs }
    }
}

#[async_trait::async_trait]
impl Courier for Eraser {
    fn takes(&self, job: &Job) -> bool {
        matches!(job, Job::EraseFile { .. })
    }

    async fn attempt(&self, _: &Engine, entry: &OutboxEntry) -> Attempt {
        let digest: Option<Digest> = match &entry.job {
            Job::EraseFile { blob } => blob.parse().ok(),
            _ => None,
        };
        let Some(digest) = digest else {
            return Attempt::GiveUp {
                error: "this is no key of a file".into(),
            };
        };
        match self.blobs.erase(digest).await {
            Ok(()) => {
                info!("a recording was erased");
                Attempt::Done
            }
            Err(error) => {
                warn!(%error, "a recording was not erased yet");
                Attempt::Retry {
                    error: "the file store failed".into(),
                    after_secs: None,
                }
            }
        }
    }
}
