//! SIGKILL at a random moment under load, again and again: nothing acknowledged is lost, nothing is there twice.

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use anyhow::{Context as _, Result, ensure};
use plugboard_bench::{
    desk::Desk,
    server::{Kind, Spec},
};
use plugboard_durability::{
    dice::{Dice, any_seed},
    fresh_folder,
    ledger::{Ledger, write_on},
    setting, subject,
    verify::{Replay, verify},
};
use tokio::task::JoinSet;

/// Visitors that write at the same time, drawn anew each round.
const CONNECTIONS: std::ops::RangeInclusive<usize> = 32..=128;

/// The kill comes so many milliseconds after the first message at most.
const LIFE_MILLIS_MAX: u64 = 900;

#[test]
fn a_killed_server_loses_nothing_that_it_acknowledged() -> Result<()> {
    let seed = setting("KILL_SEED", any_seed());
    let rounds = setting("KILL_ROUNDS", 20);
    eprintln!("KILL_SEED={seed} KILL_ROUNDS={rounds}");
    let data = fresh_folder(Path::new(env!("CARGO_TARGET_TMPDIR")), "kill9")?;
    let runtime = tokio::runtime::Runtime::new()?;
    runtime.block_on(run(
        &subject()?,
        &data.join("data"),
        rounds,
        Dice::seeded(seed),
    ))
}

async fn run(spec: &Spec, data: &Path, rounds: u64, mut dice: Dice) -> Result<()> {
    std::fs::create_dir_all(data)?;
    let visitors = *CONNECTIONS.end();
    let (server, mut desk) = Desk::open(spec, data, visitors).await?;
    server.kill()?;
    let mut ledger = Ledger::new(visitors);
    let mut replay = Replay::default();
    for round in 1..=rounds {
        let server = spec.start(data).await?;
        desk.address = server.address;
        let spread = (CONNECTIONS.end() - CONNECTIONS.start() + 1) as u64;
        let connections = CONNECTIONS.start() + usize::try_from(dice.below(spread))?;
        let life = Duration::from_millis(dice.below(LIFE_MILLIS_MAX));
        let before = ledger.acknowledged();
        let writing = tokio::spawn(write_all(desk.clone(), ledger, connections));
        tokio::time::sleep(life).await;
        server.kill()?;
        ledger = writing.await.context("a writer died")?;
        let told = ledger.acknowledged() - before;
        let server = spec.start(data).await?;
        desk.address = server.address;
        verify(&desk, &mut ledger, &mut replay)
            .await
            .with_context(|| {
                format!("round {round}, {connections} connections, killed after {life:?}")
            })?;
        server.kill()?;
        eprintln!(
            "round {round}: {connections} connections, {life:?}, {told} acknowledged, journal at {}",
            replay.head
        );
    }
    ensure!(ledger.acknowledged() > 0, "no round acknowledged anything");
    doctor(spec, data)?;
    eprintln!(
        "{} acknowledged over {rounds} kills, none lost, none twice",
        ledger.acknowledged()
    );
    Ok(())
}

/// All visitors write until the server is gone; the rest of the pages stay as they are.
async fn write_all(desk: Desk, mut ledger: Ledger, connections: usize) -> Ledger {
    let stop = Arc::new(AtomicBool::new(false));
    let mut writers = JoinSet::new();
    for visitor in 0..connections {
        let (desk, stop) = (desk.clone(), stop.clone());
        let page = std::mem::take(&mut ledger.pages[visitor]);
        writers.spawn(async move { (visitor, write_on(&desk, visitor, page, &stop).await) });
    }
    for (visitor, page) in writers.join_all().await {
        ledger.pages[visitor] = page;
    }
    stop.store(true, Ordering::Relaxed);
    ledger
}

/// The product's own check, on a store that was killed once more.
fn doctor(spec: &Spec, data: &Path) -> Result<()> {
    if spec.kind == Kind::Floor {
        return Ok(());
    }
    let output = spec.command(&["doctor"], data).output()?;
    let said = String::from_utf8_lossy(&output.stdout);
    ensure!(
        output.status.success(),
        "doctor ended with {}:\n{said}",
        output.status
    );
    Ok(())
}
