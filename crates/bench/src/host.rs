//! What the machine is like at the moment: figures mean nothing without it.

use std::{
    fs::{self, File},
    io::{Seek as _, SeekFrom, Write as _},
    path::Path,
    time::Instant,
};

use anyhow::{Context as _, Result};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use serde::Serialize;

use crate::load::new_histogram;

/// Durable writes timed for the floor of the disk: about a second on a slow one.
const SYNCS: u32 = 400;

/// Bytes overwritten by each, as a small commit does in a reused log file.
const SYNC_BYTES: usize = 4096;

/// Facts printed above the figures.
#[derive(Clone, Debug, Serialize)]
pub struct Facts {
    /// Cores that this process may use.
    pub cores: u32,
    /// Runnable processes over the last minute, before the run. Above half the cores, absolute times are the neighbours'.
    pub load_average: f64,
    /// Kernel release.
    pub kernel: String,
    /// Microseconds of an `fdatasync` after overwriting 4 KiB of a preallocated file, median.
    pub fdatasync_p50_micros: u64,
    /// The same, 99th percentile.
    pub fdatasync_p99_micros: u64,
}

impl Facts {
    /// Looks around, and times the disk under `dir`.
    pub fn gather(dir: &Path) -> Result<Self> {
        let load = fs::read_to_string("/proc/loadavg")?;
        let load_average = load.split(' ').next().context("loadavg")?.parse()?;
        let (fdatasync_p50_micros, fdatasync_p99_micros) = fdatasync_micros(dir)?;
        Ok(Self {
            cores: u32::try_from(std::thread::available_parallelism()?.get())?,
            load_average,
            kernel: fs::read_to_string("/proc/sys/kernel/osrelease")?
                .trim()
                .to_owned(),
            fdatasync_p50_micros,
            fdatasync_p99_micros,
        })
    }
}

/// Median and 99th percentile of a durable overwrite.
fn fdatasync_micros(dir: &Path) -> Result<(u64, u64)> {
    let path = dir.join("fdatasync.probe");
    let mut file = File::create(&path)?;
    let block = [7; SYNC_BYTES];
    for _ in 0..64 {
        file.write_all(&block)?;
    }
    file.sync_all()?;
    let mut micros = new_histogram();
    for turn in 0..SYNCS {
        file.seek(SeekFrom::Start(u64::from(turn % 64) * block.len() as u64))?;
        let began = Instant::now();
        file.write_all(&block)?;
        file.sync_data()?;
        micros.saturating_record(u64::try_from(began.elapsed().as_micros())?);
    }
    fs::remove_file(&path)?;
    Ok((
        micros.value_at_quantile(0.5),
        micros.value_at_quantile(0.99),
    ))
}

/// Raises the limit of open files to the most that the machine allows, for this process and the servers it starts.
pub fn raise_open_files() -> Result<u64> {
    let now = getrlimit(Resource::Nofile);
    let raised = Rlimit {
        current: now.maximum,
        maximum: now.maximum,
    };
    setrlimit(Resource::Nofile, raised)?;
    Ok(now.maximum.unwrap_or(u64::MAX))
}
