//! Proves that nothing acknowledged is ever lost, against the real binary.
//!
//! Two different tests, because there are two ways to die. `tests/kill9.rs` kills the process at random moments under
//! load and restarts it: that tests the program, but the kernel still writes what the program had handed over, so it
//! would pass without a single fsync. `tests/power_loss.rs` tests the fsyncs: a shim (`shim/recorder.c`, preloaded)
//! records every write and sync of the data folder and the moment at which each acknowledgement leaves the process; the
//! replay then builds the disk as it could be after a power cut at every recorded step, and opens it.
//!
//! Three types to know: [`ledger::Ledger`] (what was sent and what was acknowledged), [`recording::Step`] (one recorded
//! step) and [`disk::Disk`] (which bytes are durable and which are only pending).
//!
//! Run: `cargo test -p plugboard-durability`. Settings: `KILL_ROUNDS` (20), `KILL_SEED`, `POWER_CUTS_MAX` (all steps),
//! `DURABILITY_SUBJECT=floor` to test the stand-in of `crates/bench` instead of the product, `PLUGBOARD_BIN` to name a binary.
//!
//! Invariants: the product is reached through its command line and API only; the power-loss check reads the
//! message ids of its database file as well, since starting a server on thousands of images would take hours. Only processes
//! that a test started are killed.

#![expect(
    clippy::missing_panics_doc,
    reason = "this is test code: a panic is how it speaks"
)]

pub mod dice;
pub mod disk;
pub mod ledger;
pub mod recording;
pub mod verify;

use std::path::{Path, PathBuf};

use anyhow::Result;
use plugboard_bench::{
    build,
    server::{Kind, Spec},
};

/// The program under test, built if need be.
pub fn subject() -> Result<Spec> {
    if std::env::var("DURABILITY_SUBJECT").as_deref() == Ok("floor") {
        return Ok(Spec::new(Kind::Floor, build::floor()?));
    }
    let program = match std::env::var("PLUGBOARD_BIN") {
        Ok(named) => PathBuf::from(named),
        Err(_) => build::product()?,
    };
    Ok(Spec::new(Kind::Product, program))
}

/// A number from the environment, or the default.
pub fn setting(name: &str, default: u64) -> u64 {
    let value = std::env::var(name).ok();
    value.map_or(default, |text| {
        text.parse()
            .unwrap_or_else(|_| panic!("{name} is a number"))
    })
}

/// An empty folder in `parent`.
pub fn fresh_folder(parent: &Path, name: &str) -> Result<PathBuf> {
    let dir = parent.join(name);
    match std::fs::remove_dir_all(&dir) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
        _ => {}
    }
    std::fs::create_dir_all(&dir)?;
    Ok(dir)
}
