//! Plugins that misbehave: each is stopped, what stopped it is named, and the next call is answered.

use crate::support::{POLICY, SERVICE, Setup, account, ask, guest, nobody};
use plugboard_plugin_runtime::{
    Bound, CallError, Clock, LoadError, Plugin,
    types::{HookEvent, Target},
};

async fn route(plugin: &Plugin, text: &str) -> Result<String, CallError> {
    let decision = plugin.route(&nobody(), ask(text)).await?;
    Ok(match decision.target {
        Target::Agent(id) => id,
        _ => decision.reason,
    })
}

async fn event(plugin: &Plugin, what: &str) -> Result<String, CallError> {
    let event = HookEvent {
        seq: 1,
        name: what.to_owned(),
        at: 1,
        conversation: None,
        payload: "{}".to_owned(),
    };
    match plugin.on_event(&nobody(), event).await {
        Ok(()) => Ok("ok".to_owned()),
        Err(CallError::Refused(failure)) => Ok(failure.message),
        Err(error) => Err(error),
    }
}

/// The bombs of a policy, and what each is stopped by.
const BOMBS: [(&str, &str); 10] = [
    ("loop", "timeout_cpu"),
    ("memory", "out_of_memory"),
    ("recursion", "stack_overflow"),
    ("lean recursion", "stack_overflow"),
    ("huge answer", "limit_answer"),
    ("many tags", "limit_answer"),
    ("bad utf-8", "bad_answer"),
    ("host calls", "limit_host_calls"),
    ("huge log", "limit_answer"),
    ("panic", "trap"),
];

#[tokio::test(flavor = "multi_thread")]
async fn every_bomb_is_stopped_and_named_and_the_next_call_is_answered() {
    let setup = Setup::new(false);
    for (bomb, kind) in BOMBS {
        // Anew each time: the breaker would rest after five.
        let plugin = setup.policy().await;
        let error = route(&plugin, bomb).await.unwrap_err();
        assert_eq!(error.kind(), kind, "{bomb}: {error}");
        assert_eq!(route(&plugin, "").await.unwrap(), "a19", "after {bomb}");
        let figures = plugin.figures();
        assert_eq!((figures.calls, figures.failures[kind]), (2, 1));
        assert_eq!(figures.instances, 2, "the instance that failed is gone");
    }
}

#[tokio::test]
async fn the_cause_tells_what_an_author_needs() {
    let setup = Setup::new(false);
    let plugin = setup.policy().await;
    let memory = route(&plugin, "memory").await.unwrap_err();
    assert!(
        matches!(memory, CallError::OutOfMemory { wanted_bytes, limit_bytes }
            if limit_bytes == 16 << 20 && wanted_bytes > limit_bytes),
        "{memory}"
    );
    let panic = route(&plugin, "panic").await.unwrap_err().to_string();
    assert!(panic.contains("the rule fell over"), "{panic}");
    // And where, in the author's own names.
    assert!(panic.ends_with("routing.route"), "{panic}");
    let exit = route(&plugin, "exit").await.unwrap_err();
    assert!(
        matches!(&exit, CallError::Trap(why) if why.contains("exit") || why.contains("code")),
        "{exit}"
    );
    let calls = route(&plugin, "host calls").await.unwrap_err();
    assert_eq!(
        calls,
        CallError::Limit {
            what: Bound::HostCalls,
            limit: 50
        }
    );
    // A refusal is an answer: the instance stays.
    let made = plugin.figures().instances;
    assert_eq!(route(&plugin, "remember").await.unwrap(), "1");
    assert_eq!(
        route(&plugin, "refuse").await.unwrap_err().to_string(),
        "refused (refused): not today"
    );
    assert_eq!(route(&plugin, "remember").await.unwrap(), "2");
    assert_eq!(plugin.figures().instances, made + 1);
}

#[tokio::test(flavor = "current_thread")]
async fn a_loop_is_stopped_in_time_and_others_on_its_thread_go_on() {
    let setup = Setup::new(false);
    let plugin = setup.policy().await;
    route(&plugin, "").await.unwrap();
    let mut turns = 0_u32;
    let beside = async {
        loop {
            tokio::task::yield_now().await;
            turns += 1;
        }
    };
    let error = tokio::select! {
        biased;
        answer = route(&plugin, "loop") => answer.unwrap_err(),
        () = beside => unreachable!("it goes on for ever"),
    };
    assert_eq!(
        error,
        CallError::Timeout {
            clock: Clock::Cpu,
            limit_ms: 150
        }
    );
    // A call that never gave way would have left no turn at all.
    assert!(turns >= 3, "the other task had {turns} turns");
}

#[tokio::test]
async fn waiting_is_charged_to_the_wall_clock_alone() {
    let setup = Setup::new(false);
    let plugin = setup.service().await;
    // Waits 400 ms and may compute for 150.
    assert_eq!(event(&plugin, "wait").await.unwrap(), "Ok(200)");
    let hasty = setup
        .load(SERVICE, guest("service"), |limits| {
            let mut time = limits.time(plugboard_plugin_runtime::Class::Hook);
            time.wall_ms = 200;
            limits.set(plugboard_plugin_runtime::Class::Hook, time);
        })
        .await
        .unwrap();
    for sleeper in ["fetch https://api.example.com/never", "sleep"] {
        assert_eq!(
            event(&hasty, sleeper).await.unwrap_err(),
            CallError::Timeout {
                clock: Clock::Wall,
                limit_ms: 200
            },
            "{sleeper}"
        );
    }
    assert_eq!(event(&hasty, "ok").await.unwrap(), "ok");
}

#[tokio::test]
async fn a_start_that_fails_is_named_and_nothing_is_called() {
    let setup = Setup::new(false);
    for (how, kind) in [
        ("trap", "trap"),
        ("loop", "timeout_cpu"),
        ("refuse", "refused"),
    ] {
        let plugin = setup.service().await;
        let account = account("i1", &[("start", how)]);
        let error = plugin.describe(&account).await.unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
        assert_eq!(plugin.describe(&nobody()).await.unwrap().name, "service");
    }
}

#[tokio::test]
async fn floods_of_lines_are_cut_and_that_is_told() {
    let setup = Setup::new(false);
    let plugin = setup.policy().await;
    route(&plugin, "many logs").await.unwrap();
    let lines = setup.desk.lines();
    assert_eq!(lines.len(), 21);
    assert_eq!(lines[0], "info line 0");
    assert_eq!(lines[20], "warn 20 more lines were not kept");
    route(&plugin, "prints").await.unwrap();
    assert_eq!(setup.desk.lines(), ["info said aloud"]);
    route(&plugin, "print flood").await.unwrap();
    let kept: usize = setup.desk.lines().iter().map(String::len).sum();
    assert!(kept < 10_000, "{kept}");

    let service = setup.service().await;
    let error = event(&service, "log").await.unwrap_err();
    assert_eq!(error.kind(), "limit_host_calls");
    let lines = setup.desk.lines();
    assert_eq!(lines.len(), 201, "200 lines, and how many more there were");
    let error = event(&service, "huge").await.unwrap_err();
    assert_eq!(error.kind(), "limit_answer");
}

#[tokio::test]
async fn what_is_no_plugin_is_refused_when_it_is_loaded() {
    let setup = Setup::new(false);
    let load = |source: String, component: std::sync::Arc<[u8]>| {
        let setup = &setup;
        async move {
            setup
                .load(&source, component, |_| {})
                .await
                .map(drop)
                .unwrap_err()
        }
    };
    let lie = format!("sha256 = \"{}\"\n{POLICY}", "0".repeat(64));
    assert!(
        matches!(load(lie, guest("policy")).await, LoadError::Digest { said, found }
        if said.starts_with("000") && found.len() == 64)
    );
    let wrong = load(POLICY.to_owned(), guest("service")).await.to_string();
    assert!(wrong.contains("imports plugboard:plugin/"), "{wrong}");
    let panel = POLICY.replace("routing-policy", "escalation-policy");
    let missing = load(panel, guest("policy")).await.to_string();
    assert!(
        missing.contains("plugboard:plugin/routing@0.1.0, which is in none"),
        "{missing}"
    );
    let mut broken = guest("policy").to_vec();
    let middle = broken.len() / 2;
    broken.truncate(middle);
    assert!(matches!(
        load(POLICY.to_owned(), broken.into()).await,
        LoadError::Compile(_)
    ));
    let core = b"\0asm\x01\0\0\0".to_vec();
    assert!(matches!(
        load(POLICY.to_owned(), core.into()).await,
        LoadError::Compile(_)
    ));
}

/// Says that this process runs one test alone.
const ALONE: &str = "PLUGBOARD_ALONE";

/// In a process of its own: the memory of the other tests would be counted, too.
#[test]
fn bombs_in_a_row_leave_no_leak() {
    if std::env::var_os(ALONE).is_some() {
        let threads = tokio::runtime::Runtime::new().unwrap();
        threads.block_on(throw_bombs());
        return;
    }
    let name = "bombs::bombs_in_a_row_leave_no_leak";
    let output = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", name, "--nocapture"])
        .env(ALONE, "1")
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stdout);
    println!("{told}");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success() && told.contains("1 passed"),
        "{errors}"
    );
}

/// `PLUGBOARD_BOMBS` of them; 10,000 for the record. There are 64 places for instances: if one in a hundred stayed, there
/// would soon be none for the next call.
async fn throw_bombs() {
    let rounds: usize = std::env::var("PLUGBOARD_BOMBS")
        .ok()
        .and_then(|it| it.parse().ok())
        .unwrap_or(150);
    let setup = Setup::new(false);
    let load = || async {
        let brief = |limits: &mut plugboard_plugin_runtime::Limits| {
            let class = plugboard_plugin_runtime::Class::Route;
            let mut time = limits.time(class);
            time.cpu_ms = 20;
            limits.set(class, time);
        };
        setup.load(POLICY, guest("policy"), brief).await.unwrap()
    };
    let mut plugin = load().await;
    let (mut before, mut open) = (0, 0);
    for round in 0..rounds + 50 {
        if round == 50 {
            (before, open) = (resident_bytes(), open_files());
        }
        let (bomb, kind) = BOMBS[round % BOMBS.len()];
        if round % 4 == 0 {
            // A fresh breaker.
            plugin = load().await;
        }
        let error = route(&plugin, bomb).await.unwrap_err();
        // A bomb that computes much may be stopped by the shorter clock.
        assert!(
            [kind, "timeout_cpu"].contains(&error.kind()),
            "{bomb}: {error}"
        );
        assert_eq!(route(&plugin, "").await.unwrap(), "a19", "after {bomb}");
    }
    let after = resident_bytes();
    let grown = after.saturating_sub(before) / 1024;
    let still_open = open_files();
    println!(
        "{rounds} bombs: {} KiB and {open} files before, {grown} KiB more and {still_open} files after",
        before / 1024
    );
    assert!(grown < 5 * 1024, "{grown} KiB more");
    assert!(still_open <= open, "{still_open} files are open");
}

fn open_files() -> usize {
    std::fs::read_dir("/proc/self/fd").map_or(0, Iterator::count)
}

fn resident_bytes() -> usize {
    let Ok(status) = std::fs::read_to_string("/proc/self/statm") else {
        return 0;
    };
    let pages: usize = status.split(' ').nth(1).unwrap().parse().unwrap();
    pages * 4096
}
