//! Recording: what both sides say, put together by the hub, sealed and written by a task beside, which never holds it up.

use std::{
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

use plugboard_domain::ids::CallId;
use plugboard_phone_media::{
    RATE,
    g711::Law,
    recording::{Recorder, Side},
};
use tokio::{fs, io::AsyncWriteExt, sync::mpsc};
use tracing::warn;

use crate::vault::{PIECE, Vault};

/// Pieces that wait to be written, two minutes of them: a disk that is slower is broken.
const WAITING_MAX: usize = 480;

/// Ending of files that are being written, or whose writer died.
const PART: &str = "part";

/// A recording that is whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Of which call.
    pub call: CallId,
    /// Where it lies until it is stored for good.
    pub path: PathBuf,
    /// How long it is.
    pub millis: u64,
}

/// Where recordings are written.
#[derive(Clone)]
pub struct Recordings {
    directory: Arc<Path>,
    vault: Vault,
    kept: mpsc::Sender<Kept>,
}

impl Recordings {
    /// In a directory, which is made. What is whole is told.
    pub fn new(directory: &Path, vault: Vault, kept: mpsc::Sender<Kept>) -> io::Result<Self> {
        std::fs::create_dir_all(directory)?;
        Ok(Self {
            directory: directory.into(),
            vault,
            kept,
        })
    }

    /// A recording of a call, to be given to its hub. Called within the runtime of sound.
    pub fn begin(&self, call: CallId) -> Tape {
        let (writes, written) = mpsc::channel(WAITING_MAX);
        let writer = Writer {
            call,
            path: self.directory.join(format!("{call}.{PART}")),
            vault: self.vault.clone(),
            kept: self.kept.clone(),
        };
        tokio::spawn(writer.run(written));
        Tape {
            recorder: Recorder::default(),
            began: 0,
            gathered: Vec::new(),
            writes,
            lost: false,
        }
    }

    /// Leaves a recording that was made elsewhere, as one whose writer died.
    pub fn leave(&self, call: CallId, caller: &[u8], agent: &[u8]) -> io::Result<()> {
        let sides = Law::A.samples(caller).zip(Law::A.samples(agent));
        let sound: Vec<u8> = sides
            .flat_map(|(left, right)| [left.to_le_bytes(), right.to_le_bytes()])
            .flatten()
            .collect();
        let seal = self.vault.of(call);
        let pieces = (0_u64..).zip(sound.chunks(PIECE));
        let sealed: Vec<u8> = pieces
            .flat_map(|(number, piece)| seal.seal(number, false, piece))
            .collect();
        std::fs::write(self.directory.join(format!("{call}.{PART}")), sealed)
    }

    /// Mends what earlier writers left when they died, and tells of it as of any other.
    pub async fn mend(&self) -> io::Result<()> {
        let mut entries = fs::read_dir(&*self.directory).await?;
        while let Some(entry) = entries.next_entry().await? {
            let path = entry.path();
            let call: Option<CallId> = path
                .file_stem()
                .and_then(|it| it.to_str())
                .and_then(|it| it.parse().ok());
            let Some(call) = call else { continue };
            let stored = fs::read(&path).await?;
            let (mended, bytes) = self.vault.of(call).mended(&stored);
            if bytes == 0 {
                fs::remove_file(&path).await?;
                continue;
            }
            let whole = path.with_extension("whole");
            let writing = path.with_extension("mending");
            fs::write(&writing, &mended).await?;
            fs::rename(&writing, &whole).await?;
            if whole != path {
                fs::remove_file(&path).await?;
            }
            let kept = Kept {
                call,
                path: whole,
                millis: millis(bytes),
            };
            if self.kept.send(kept).await.is_err() {
                return Ok(());
            }
        }
        Ok(())
    }
}

fn millis(bytes: u64) -> u64 {
    bytes / 4 * 1_000 / u64::from(RATE)
}

/// A recording while it is made.
pub struct Tape {
    recorder: Recorder,
    /// When it began, in samples of the hub.
    began: u64,
    /// What is due and not a piece yet.
    gathered: Vec<u8>,
    writes: mpsc::Sender<Vec<u8>>,
    lost: bool,
}

impl Tape {
    pub(super) fn begin(&mut self, now: u64) {
        self.began = now;
    }

    pub(super) fn pause(&mut self, paused: bool) {
        self.recorder.pause(paused);
    }

    pub(super) fn put(&mut self, side: Side, at: u64, samples: &[i16]) {
        if let Some(at) = at.checked_sub(self.began) {
            self.recorder.put(side, at, samples);
        }
    }

    pub(super) fn due(&mut self, now: u64) {
        let due = self.recorder.due(now.saturating_sub(self.began));
        self.gathered.extend(due);
        if self.gathered.len() >= PIECE {
            self.write();
        }
    }

    pub(super) fn end(mut self, now: u64) {
        let rest = self.recorder.rest(now.saturating_sub(self.began));
        self.gathered.extend(rest);
        self.write();
    }

    fn write(&mut self) {
        let sound = std::mem::take(&mut self.gathered);
        if !sound.is_empty() && !self.lost && self.writes.try_send(sound).is_err() {
            // The call goes on; what was written so far is kept.
            self.lost = true;
            warn!("phone: a recording cannot be written and ends here");
        }
    }
}

struct Writer {
    call: CallId,
    path: PathBuf,
    vault: Vault,
    kept: mpsc::Sender<Kept>,
}

impl Writer {
    async fn run(self, written: mpsc::Receiver<Vec<u8>>) {
        match self.write(written).await {
            Ok(bytes) => {
                let whole = self.path.with_extension("whole");
                if let Err(error) = fs::rename(&self.path, &whole).await {
                    warn!(%error, call.id = %self.call, "phone: a recording could not be named");
                    return;
                }
                let kept = Kept {
                    call: self.call,
                    path: whole,
                    millis: millis(bytes),
                };
                // When nobody takes it, it is found at the next start.
                let _ = self.kept.send(kept).await;
            }
            Err(error) => {
                warn!(%error, call.id = %self.call, "phone: a recording could not be written");
            }
        }
    }

    /// Writes until no more comes; the bytes of sound.
    async fn write(&self, mut written: mpsc::Receiver<Vec<u8>>) -> io::Result<u64> {
        let seal = self.vault.of(self.call);
        let mut file = fs::File::create(&self.path).await?;
        let (mut held, mut number, mut bytes) = (Vec::new(), 0_u64, 0_u64);
        while let Some(sound) = written.recv().await {
            held.extend(sound);
            // One more byte than a piece has to be there, so that the last is never empty.
            while held.len() > PIECE {
                let piece: Vec<u8> = held.drain(..PIECE).collect();
                file.write_all(&seal.seal(number, false, &piece)).await?;
                number += 1;
                bytes += piece.len() as u64;
            }
        }
        if !held.is_empty() {
            file.write_all(&seal.seal(number, true, &held)).await?;
            bytes += held.len() as u64;
        }
        file.sync_all().await?;
        Ok(bytes)
    }
}
