//! Plugins in TypeScript and Python that misbehave: the same bounds hold, and whatever their engines do about it themselves
//! is named as well. Needs `make setup-test`.

use std::sync::Arc;

use crate::support::{Setup, account, ask, nobody};
use plugboard_plugin_runtime::{Account, CallError, Class, Plugin, Time, types::Target};

const LANGUAGES: [&str; 2] = ["typescript", "python"];

/// `start` belongs to no policy, so they are event hooks as well.
const MANIFEST: &str = r#"schema = 1
id = "bombs"
version = "1.0.0"
name = "Bombs"
contracts = ["plugboard:plugin/routing-policy@0.1", "plugboard:plugin/event-hook@0.1"]
[limits]
memory-mib = 64
"#;

/// The bombs, and what each may be stopped by: the sandbox, or the language's own engine, which then refuses and says why.
const BOMBS: [(&str, &[&str]); 9] = [
    ("loop", &["timeout_cpu"]),
    ("memory", &["out_of_memory", "refused: out of memory"]),
    (
        "recursion",
        &[
            "stack_overflow",
            "trap",
            "out_of_memory",
            "refused: out of memory",
            "refused: too much recursion",
        ],
    ),
    ("huge answer", &["limit_answer", "out_of_memory"]),
    ("many tags", &["limit_answer", "timeout_cpu"]),
    ("host calls", &["limit_host_calls"]),
    ("huge log", &["limit_answer", "timeout_cpu"]),
    ("output flood", &["limit_host_calls"]),
    ("trap", &["trap", "refused: the rule fell over"]),
];

/// So many failures of one loaded plugin, and its breaker still lets it be called.
const BREAKER_ALLOWS: usize = 4;

fn component(language: &str) -> Arc<[u8]> {
    let path = format!(
        "{}/tests/bombs/dist/{language}.wasm",
        env!("CARGO_MANIFEST_DIR")
    );
    let bytes = std::fs::read(&path);
    bytes
        .unwrap_or_else(|error| panic!("{path}: {error}; build it with: make setup-test"))
        .into()
}

async fn load(setup: &Setup, component: &Arc<[u8]>) -> Plugin {
    let change = |limits: &mut plugboard_plugin_runtime::Limits| {
        // Their engines are slower, and the tests' build of the host is, too.
        for class in [Class::Route, Class::Start] {
            let (cpu_ms, wall_ms) = (1_000, 60_000);
            limits.set(class, Time { cpu_ms, wall_ms });
        }
    };
    setup
        .load(MANIFEST, component.clone(), change)
        .await
        .unwrap()
}

async fn route(plugin: &Plugin, account: &Account, text: &str) -> Result<Target, CallError> {
    let decision = plugin.route(account, ask(text)).await?;
    Ok(decision.target)
}

/// What stopped it; and in its own words, when it refused.
fn cause(error: &CallError) -> String {
    match error {
        CallError::Refused(failure) => format!("refused: {}", failure.message),
        error => error.kind().to_owned(),
    }
}

async fn throw_all(setup: &Setup, language: &str, component: &Arc<[u8]>) -> Vec<String> {
    let mut wrong = Vec::new();
    for bombs in BOMBS.chunks(BREAKER_ALLOWS) {
        let plugin = load(setup, component).await;
        for (bomb, kinds) in bombs {
            match route(&plugin, &nobody(), bomb).await {
                Err(error) if kinds.contains(&cause(&error).as_str()) => {}
                answer => wrong.push(format!("{language}, {bomb}: {answer:?}")),
            }
            let after = route(&plugin, &nobody(), "").await;
            if after != Ok(Target::Agent("a19".to_owned())) {
                wrong.push(format!("{language}, after {bomb}: {after:?}"));
            }
        }
    }
    wrong
}

async fn fail_to_start(setup: &Setup, language: &str, component: &Arc<[u8]>) {
    let plugin = load(setup, component).await;
    for (how, kinds) in [("trap", ["trap", "refused"]), ("loop", ["timeout_cpu"; 2])] {
        let account = account("i1", &[("start", how)]);
        let error = route(&plugin, &account, "").await.unwrap_err();
        assert!(kinds.contains(&error.kind()), "{language}, {how}: {error}");
    }
    let target = route(&plugin, &nobody(), "").await;
    assert_eq!(target, Ok(Target::Agent("a19".to_owned())), "{language}");
}

/// Half a pair of UTF-16 has no form in UTF-8: whatever a language makes of it, what arrives is text, or the call failed.
async fn say_what_is_no_text(setup: &Setup, language: &str, component: &Arc<[u8]>) {
    let plugin = load(setup, component).await;
    match plugin.route(&nobody(), ask("bad utf-8")).await {
        Ok(decision) => assert_eq!(decision.reason, "half a pair \u{fffd} alone", "{language}"),
        Err(error) => assert!(
            ["trap", "bad_answer", "refused"].contains(&error.kind()),
            "{language}: {error}"
        ),
    }
    let target = route(&plugin, &nobody(), "").await;
    assert_eq!(target, Ok(Target::Agent("a19".to_owned())), "{language}");
}

/// One test, since each process compiles what no other has compiled yet: their engines are megabytes.
#[tokio::test(flavor = "multi_thread")]
async fn every_bomb_in_every_language_is_stopped_and_named_and_the_next_call_is_answered() {
    let setup = Setup::new(false);
    let mut wrong = Vec::new();
    for language in LANGUAGES {
        let component = component(language);
        fail_to_start(&setup, language, &component).await;
        say_what_is_no_text(&setup, language, &component).await;
        wrong.extend(throw_all(&setup, language, &component).await);
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
