//! Policies that misbehave: how fast they are stopped, what others notice, what they leave behind.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, ensure};
use plugboard_plugin_runtime::{Account, Limits, Manifest, Plugin, types::RouteRequest};

use super::{
    Bench, Row,
    guests::question,
    median, patient,
    rows::TEXT,
    times::{Times, calls, memory},
};

/// How long the others are watched at a time.
const TURN: Duration = Duration::from_secs(3);

/// Turns without bombs, and as many with them.
const PAIRS: usize = 7;

/// Between two bombs.
const BETWEEN_BOMBS: Duration = Duration::from_millis(20);

async fn guest(bench: &Bench, component: &Arc<[u8]>, cpu_ms: u64) -> Result<Plugin> {
    let manifest = Manifest::parse(
        "schema = 1\nid = \"bomb\"\nversion = \"1.0.0\"\nname = \"Bomb\"\n\
         contracts = [\"plugboard:plugin/routing-policy@0.1\"]\n",
    )?;
    let change = |limits: &mut Limits| patient(limits, cpu_ms);
    bench.load(manifest, Arc::clone(component), change).await
}

pub(super) async fn endless_loop(bench: &Bench, component: &Arc<[u8]>) -> Result<Row> {
    const DEADLINE_MS: u64 = 50;
    let (other, account) = bench
        .bundled("routing-skills", |it| patient(it, 1_000))
        .await?;
    let request = question(TEXT);
    calls(&other, &account, &request, 2_000).await?;
    let quiet = beside(&other, &account, &request).await?;
    let stop = Arc::new(AtomicBool::new(false));
    let looping = tokio::spawn({
        let (stop, component) = (Arc::clone(&stop), Arc::clone(component));
        let runtime = Bench {
            cache: bench.cache.clone(),
            runtime: bench.runtime.clone(),
        };
        async move {
            let mut times = Times::new();
            while !stop.load(Ordering::Relaxed) {
                let plugin = guest(&runtime, &component, DEADLINE_MS).await?;
                plugin.route(&Account::default(), question("")).await?;
                for _ in 0..4 {
                    let started = Instant::now();
                    let error = plugin
                        .route(&Account::default(), question("loop"))
                        .await
                        .err();
                    times.add(started.elapsed());
                    let kind = error.map(|it| it.kind());
                    ensure!(kind == Some("timeout_cpu"), "the loop ended with {kind:?}");
                }
            }
            Ok::<_, anyhow::Error>(times)
        }
    });
    let busy = beside(&other, &account, &request).await?;
    stop.store(true, Ordering::Relaxed);
    let killed = looping.await.context("the loops")??;
    let late = killed.at(99.0) / 1_000.0;
    let moved = (busy.at(99.0) - quiet.at(99.0)) / 1_000.0;
    Ok(Row {
        number: "7",
        bar: "a loop with 50 ms is killed in < 70 ms; others' p99 moves < 15 ms",
        measured: format!(
            "killed after p50 {:.1}, p99 {late:.1} ms; others' p99 {:.2} -> {:.2} ms",
            killed.at(50.0) / 1_000.0,
            quiet.at(99.0) / 1_000.0,
            busy.at(99.0) / 1_000.0
        ),
        holds: late < 70.0 && moved < 15.0,
    })
}

/// Calls every millisecond or so for a while, as requests come.
async fn beside(plugin: &Plugin, account: &Account, request: &Arc<RouteRequest>) -> Result<Times> {
    let mut times = Times::new();
    let until = Instant::now() + TURN;
    while Instant::now() < until {
        let due = Instant::now() + Duration::from_millis(1);
        tokio::time::sleep_until(due.into()).await;
        // From when it was due: waiting for a thread is part of it.
        plugin.route(account, Arc::clone(request)).await?;
        times.add(due.elapsed());
    }
    Ok(times)
}

/// Every bomb, and what it is stopped by.
const KINDS: [(&str, &str); 8] = [
    ("memory", "out_of_memory"),
    ("panic", "trap"),
    ("recursion", "stack_overflow"),
    ("lean recursion", "stack_overflow"),
    ("huge answer", "limit_answer"),
    ("bad utf-8", "bad_answer"),
    ("host calls", "limit_host_calls"),
    ("loop", "timeout_cpu"),
];

pub(super) async fn many_bombs(bench: &Bench, component: &Arc<[u8]>, count: usize) -> Result<Row> {
    let mut plugin = guest(bench, component, 20).await?;
    let account = Account::default();
    let (mut before, mut wrong) = (0.0, 0);
    let mut next = Times::new();
    let warm_up = 200;
    for number in 0..count + warm_up {
        if number == warm_up {
            before = memory()?.0;
        }
        if number % 4 == 0 {
            // The breaker would rest after five.
            plugin = guest(bench, component, 20).await?;
        }
        let (bomb, kind) = KINDS[number % KINDS.len()];
        let found = plugin
            .route(&account, question(bomb))
            .await
            .err()
            .map(|it| it.kind());
        wrong += usize::from(found != Some(kind));
        let question = question("");
        let started = Instant::now();
        plugin.route(&account, question).await?;
        next.add(started.elapsed());
    }
    let grown = memory()?.0 - before;
    let next_ms = next.at(99.0) / 1_000.0;
    Ok(Row {
        number: "8",
        bar: "bombs in a row: +- 5 MiB, cause named, next call < 1 ms",
        measured: format!(
            "{count} bombs: {grown:+.1} MiB, {wrong} named wrongly, next call p99 {next_ms:.2} ms"
        ),
        holds: grown.abs() <= 5.0 && wrong == 0 && next_ms < 1.0,
    })
}

/// What others notice of fifty bombs a second when no breaker ever rests, as one of the desk does after five: turns without and with them, one after the other, in this order and the other.
pub(super) async fn others(bench: &Bench, component: &Arc<[u8]>) -> Result<Row> {
    let (other, account) = bench
        .bundled("routing-skills", |it| patient(it, 1_000))
        .await?;
    let request = question(TEXT);
    calls(&other, &account, &request, 2_000).await?;
    let (mut quiet, mut busy, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    for pair in 0..PAIRS {
        let mut p99 = [0.0; 2];
        for nth in 0..2 {
            let with_bombs = (pair + nth) % 2 == 1;
            let storm = if with_bombs {
                Some(tokio::spawn(storm(armed(bench, component).await?)))
            } else {
                None
            };
            let times = beside(&other, &account, &request).await?;
            if let Some(storm) = storm {
                storm.await.context("the bombs")??;
            }
            p99[usize::from(with_bombs)] = times.at(99.0);
        }
        quiet.push(p99[0]);
        busy.push(p99[1]);
        ratios.push(p99[1] / p99[0]);
    }
    let ratio = median(&mut ratios);
    let (quiet, busy) = (median(&mut quiet) / 1_000.0, median(&mut busy) / 1_000.0);
    Ok(Row {
        number: "8",
        bar: "50 bombs of all kinds a second without a breaker: others' p99 moves < 15 ms",
        measured: format!(
            "{ratio:.2} times, the median of {PAIRS} pairs ({quiet:.2} -> {busy:.2} ms); in a desk: `bombs`"
        ),
        holds: busy - quiet < 15.0,
    })
}

/// Policies for one turn, loaded before it: after four bombs each the next one takes over, since the breaker would rest after five.
async fn armed(bench: &Bench, component: &Arc<[u8]>) -> Result<Vec<Plugin>> {
    let bombs = TURN.as_millis() / BETWEEN_BOMBS.as_millis();
    let mut armed = Vec::new();
    for _ in 0..bombs.div_ceil(4) {
        let plugin = guest(bench, component, 20).await?;
        plugin.route(&Account::default(), question("")).await?;
        armed.push(plugin);
    }
    Ok(armed)
}

async fn storm(armed: Vec<Plugin>) -> Result<()> {
    let mut pace = tokio::time::interval(BETWEEN_BOMBS);
    let mut kinds = KINDS.iter().cycle();
    for plugin in armed {
        for _ in 0..4 {
            pace.tick().await;
            let (bomb, kind) = kinds.next().context("a cycle has no end")?;
            let answer = plugin.route(&Account::default(), question(bomb)).await;
            let found = answer.err().map(|it| it.kind());
            ensure!(found == Some(kind), "{bomb} ended with {found:?}");
        }
    }
    Ok(())
}
