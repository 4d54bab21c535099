//! One function for each bar.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Result, ensure};
use plugboard_plugin_runtime::{Account, Plugin, RuntimeOptions, types::ScriptKind};

use super::{
    Bench, Row, backtest, bombs, epochs,
    guests::{example, question},
    patient,
    times::{Times, calls, memory, now_since, process_cpu},
};

/// A text of 200 characters.
pub(super) const TEXT: &str = "Hello, I bought these shoes in your shop a week ago and they are too small, so that I would like \
                    to send them back and have the next size instead. How do I do that, and who pays for the parcel? \
                    Thanks a lot!";

/// A rule of fifteen lines.
const RULE: &str = r#"
WORDS = ["refund", "return", "send them back"]

def route(conv, candidates, now):
    if not has_any(conv.text, WORDS):
        return None
    best = None
    for it in candidates:
        if not it.online or it.busy >= it.capacity or "returns" not in it.skills:
            continue
        if best == None or it.busy < best.busy:
            best = it
    if best == None:
        return team("Aftersale")
    return agent(best, tags = ["return"], reason = "least busy who knows returns")
"#;

pub(super) async fn measure(count: usize, mut report: impl FnMut(Row)) -> Result<()> {
    // First: later rows leave memory behind.
    report(live_instances().await?);
    let bench = Bench::new(RuntimeOptions::default())?;
    let (plugin, account) = bench
        .bundled("routing-skills", |it| patient(it, 1_000))
        .await?;
    report(warm_call(&plugin, &account).await?);
    report(script(&bench).await?);
    report(fresh_call(&plugin, &account).await?);
    report(throughput(&plugin, &account).await?);
    report(backtest::row(&plugin, &account).await?);
    let guest = plugboard_bench::guests::guest("policy")?.into();
    report(bombs::endless_loop(&bench, &guest).await?);
    report(bombs::others(&bench, &guest).await?);
    report(bombs::many_bombs(&bench, &guest, count).await?);
    report(restart(&bench).await?);
    for (name, bar, most_us) in LANGUAGES {
        report(language(&bench, name, bar, most_us).await?);
    }
    report(epochs::row().await?);
    Ok(())
}

async fn warm_call(plugin: &Plugin, account: &Account) -> Result<Row> {
    let request = question(TEXT);
    calls(plugin, account, &request, 5_000).await?;
    let times = calls(plugin, account, &request, 50_000).await?;
    Ok(Row {
        number: "1",
        bar: "Rust policy, 20 candidates: p50 < 25 us, p99 < 60 us",
        measured: times.text(),
        holds: times.at(50.0) < 25.0 && times.at(99.0) < 60.0,
    })
}

async fn script(bench: &Bench) -> Result<Row> {
    let (plugin, _) = bench
        .bundled("script-rules", |it| patient(it, 1_000))
        .await?;
    let settings = [("source", RULE), ("kind", "routing")];
    let settings = settings.map(|(name, value)| (name.to_owned(), value.to_owned()));
    // Saved: checked, an instance made for it, and asked once.
    let saved = Instant::now();
    let checker = Account::new("check", [].into());
    let warnings = plugin
        .check_script(&checker, ScriptKind::Routing, RULE)
        .await?;
    ensure!(warnings.is_ok(), "the rule does not compile: {warnings:?}");
    let account = Account::new("rule", settings.into());
    plugin.warm(&account).await?;
    let decision = plugin.route(&account, question(TEXT)).await?;
    let active = saved.elapsed();
    ensure!(
        decision.add_tags == ["return"],
        "the rule did not decide: {decision:?}"
    );
    let request = question(TEXT);
    calls(&plugin, &account, &request, 2_000).await?;
    let times = calls(&plugin, &account, &request, 20_000).await?;
    let active_ms = active.as_secs_f64() * 1_000.0;
    Ok(Row {
        number: "2",
        bar: "Starlark rule: p50 < 60 us, p99 < 200 us; active in < 100 ms",
        measured: format!("{}; active in {active_ms:.1} ms", times.text()),
        holds: times.at(50.0) < 60.0 && times.at(99.0) < 200.0 && active_ms < 100.0,
    })
}

async fn fresh_call(plugin: &Plugin, account: &Account) -> Result<Row> {
    let request = question(TEXT);
    let mut times = Times::new();
    for _ in 0..5_000 {
        plugin.cool();
        let started = Instant::now();
        plugin.route(account, Arc::clone(&request)).await?;
        times.add(started.elapsed());
    }
    Ok(Row {
        number: "3",
        bar: "fresh instance and call, Rust: p99 < 250 us",
        measured: times.text(),
        holds: times.at(99.0) < 250.0,
    })
}

/// Calls by this thread alone: a core, when nobody else wants it.
async fn throughput(plugin: &Plugin, account: &Account) -> Result<Row> {
    let request = question(TEXT);
    let cpu = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    let started = Instant::now();
    let mut count = 0_u32;
    while started.elapsed() < Duration::from_secs(4) {
        for _ in 0..100 {
            plugin.route(account, Arc::clone(&request)).await?;
        }
        count += 100;
    }
    let wall = started.elapsed().as_secs_f64();
    let now = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    let seconds = now_since(cpu, now).as_secs_f64();
    let by_cpu = f64::from(count) / seconds;
    let by_wall = f64::from(count) / wall;
    Ok(Row {
        number: "5",
        bar: "one core: >= 30,000 warm calls/s",
        measured: format!("{by_wall:.0}/s by the wall clock, {by_cpu:.0}/s of computing time"),
        holds: by_cpu >= 30_000.0,
    })
}

async fn live_instances() -> Result<Row> {
    let bench = Bench::new(RuntimeOptions {
        instances: 512,
        ..RuntimeOptions::default()
    })?;
    let (plugin, account) = bench
        .bundled("routing-skills", |it| patient(it, 1_000))
        .await?;
    let request = question(TEXT);
    plugin.route(&account, Arc::clone(&request)).await?;
    let (before, _) = memory()?;
    for number in 0..500 {
        let one = Account {
            id: number.to_string().into(),
            ..account.clone()
        };
        plugin.route(&one, Arc::clone(&request)).await?;
    }
    let (after, reserved) = memory()?;
    ensure!(
        plugin.idle() >= 500,
        "only {} instances live",
        plugin.idle()
    );
    let (grown, reserved) = (after - before, reserved / 1_024.0);
    Ok(Row {
        number: "6",
        bar: "500 live instances < 40 MiB; address space < 100 GiB",
        measured: format!("{grown:.1} MiB; {reserved:.1} GiB"),
        holds: grown < 40.0 && reserved < 100.0,
    })
}

/// Ten times the largest of the bundled plugins, from compiled code.
async fn restart(bench: &Bench) -> Result<Row> {
    drop(bench.bundled("script-rules", |_| {}).await?);
    let started = Instant::now();
    let again = Bench::new(RuntimeOptions::default())?;
    let mut computing = Duration::ZERO;
    for _ in 0..10 {
        let before = process_cpu();
        drop(again.bundled("script-rules", |_| {}).await?);
        computing += process_cpu().saturating_sub(before);
    }
    let seconds = started.elapsed().as_secs_f64();
    let computing = computing.as_secs_f64();
    Ok(Row {
        number: "9",
        bar: "restart with 10 installed plugins, compiled before: < 1 s",
        measured: format!(
            "{seconds:.2} s, {computing:.2} s of computing (the 5 MB script runner ten times)"
        ),
        holds: seconds < 1.0,
    })
}

/// The example policies in other languages, which are built with their own tools (plugins/examples/README.md).
const LANGUAGES: [(&str, &str, f64); 2] = [
    (
        "python-routing",
        "policy in Python, warm: p99 < 1.5 ms",
        1_500.0,
    ),
    (
        "typescript-routing",
        "policy in TypeScript, warm: p99 < 2 ms",
        2_000.0,
    ),
];

#[expect(
    clippy::cast_precision_loss,
    reason = "components are below 2^52 bytes"
)]
async fn language(bench: &Bench, name: &str, bar: &'static str, most_us: f64) -> Result<Row> {
    let number = "9";
    let Some((manifest, component)) = example(name)? else {
        let measured = "not measured: the example is not built".to_owned();
        let holds = false;
        return Ok(Row {
            number,
            bar,
            measured,
            holds,
        });
    };
    let size = component.len() as f64 / 1_048_576.0;
    let started = Instant::now();
    let plugin = bench
        .load(manifest, component, |it| patient(it, 5_000))
        .await?;
    let loaded = started.elapsed().as_secs_f64();
    let account = Account::default();
    let request = question(TEXT);
    calls(&plugin, &account, &request, 200).await?;
    let times = calls(&plugin, &account, &request, 3_000).await?;
    Ok(Row {
        number,
        bar,
        measured: format!("{}; {size:.1} MB, loaded in {loaded:.1} s", times.text()),
        holds: times.at(99.0) < most_us,
    })
}
