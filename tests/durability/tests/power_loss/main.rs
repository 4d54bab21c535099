//! A power cut at every step that a run asked of its disk: every image opens clean and has what was acknowledged by then.

mod examine;
mod replay;

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, Result, ensure};
use plugboard_bench::{
    client::HttpConnection,
    desk::Desk,
    server::{Kind, Spec},
};
use plugboard_durability::{
    dice::any_seed,
    fresh_folder,
    ledger::{Ledger, Page, say},
    recording::{self, Step},
    setting, subject,
};
use tokio::task::JoinSet;

use crate::replay::Replay;

/// Visitors that write at the same time.
const VISITORS: usize = 24;

/// Messages of each visitor before the clean stop, and after it before the kill.
const MESSAGES: [usize; 2] = [12, 6];

#[test]
fn a_power_cut_at_any_step_loses_nothing_acknowledged() -> Result<()> {
    let spec = subject()?;
    let (lost, images) = replay_run(&spec, "power_loss")?;
    ensure!(
        lost.is_empty(),
        "{} images are bad:\n{}",
        lost.len(),
        first(&lost)
    );
    eprintln!("{images} images opened, each clean and complete");
    Ok(())
}

/// The test of the test: with `synchronous=NORMAL` acknowledged messages are lost, and the replay has to see it.
#[test]
fn a_store_that_does_not_sync_is_caught() -> Result<()> {
    let spec = Spec::new(Kind::Floor, env!("CARGO_BIN_EXE_floor-under-test").into())
        .with("FLOOR_SYNCHRONOUS", "NORMAL");
    let (lost, _) = replay_run(&spec, "power_loss_unsynced")?;
    let odd = lost
        .iter()
        .find(|line| !line.contains("acknowledged are lost"));
    ensure!(odd.is_none(), "not what was to be caught: {odd:?}");
    ensure!(
        !lost.is_empty(),
        "acknowledged messages were not durable, and nobody noticed"
    );
    Ok(())
}

fn first(lost: &[String]) -> String {
    lost[..lost.len().min(10)].join("\n")
}

/// Records a run and replays it; answers the complaints and how many images were opened.
fn replay_run(spec: &Spec, name: &str) -> Result<(Vec<String>, u64)> {
    let seed = setting("POWER_SEED", any_seed());
    eprintln!("{name}: POWER_SEED={seed}");
    let dir = fresh_folder(Path::new(env!("CARGO_TARGET_TMPDIR")), name)?;
    let data = dir.join("data");
    fs::create_dir_all(&data)?;
    let log = dir.join("record");
    let recorded = spec
        .clone()
        .with("LD_PRELOAD", path_text(&shim(&dir)?)?)
        .with("RECORD_DIR", path_text(&data)?)
        .with("RECORD_LOG", path_text(&log)?);
    let told = tokio::runtime::Runtime::new()?.block_on(run(&recorded, &data))?;
    let steps = recording::read(&log)?;
    let noted = steps
        .iter()
        .filter(|step| matches!(step, Step::Acknowledge(Some(_))));
    ensure!(noted.count() >= told, "the shim missed acknowledgements");
    Replay::new(spec, &dir, seed)?.over(&steps)
}

fn path_text(path: &Path) -> Result<&str> {
    path.to_str().context("a path that is not UTF-8")
}

/// Compiles the shim with the machine's C compiler.
fn shim(dir: &Path) -> Result<PathBuf> {
    let library = dir.join("recorder.so");
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("shim/recorder.c");
    let status = Command::new("cc")
        .args(["-shared", "-fPIC", "-O2", "-Wall", "-o"])
        .arg(&library)
        .arg(source)
        .args(["-ldl", "-lpthread"])
        .status()
        .context("running cc")?;
    ensure!(status.success(), "cc ended with {status}");
    Ok(library)
}

/// Visitors write, the server stops cleanly (which folds the log into the database), starts again, visitors write, it
/// is killed. Answers how many messages were acknowledged.
async fn run(spec: &Spec, data: &Path) -> Result<usize> {
    let (server, mut desk) = Desk::open(spec, data, VISITORS).await?;
    let ledger = write_all(&desk, Ledger::new(VISITORS), MESSAGES[0]).await?;
    server.stop()?;
    let server = spec.start(data).await?;
    desk.address = server.address;
    let ledger = write_all(&desk, ledger, MESSAGES[1]).await?;
    server.kill()?;
    Ok(ledger.acknowledged())
}

async fn write_all(desk: &Desk, ledger: Ledger, messages: usize) -> Result<Ledger> {
    let mut writers = JoinSet::new();
    for (visitor, page) in ledger.pages.into_iter().enumerate() {
        let desk = desk.clone();
        writers.spawn(async move { write(&desk, visitor, page, messages).await });
    }
    let pages = writers.join_all().await;
    let pages = pages.into_iter().collect::<Result<Vec<_>>>()?;
    Ok(Ledger { pages })
}

async fn write(desk: &Desk, visitor: usize, mut page: Page, messages: usize) -> Result<Page> {
    let mut http = HttpConnection::connect(desk.address).await?;
    for _ in 0..messages {
        say(desk, &mut http, visitor, &mut page).await?;
    }
    Ok(page)
}
