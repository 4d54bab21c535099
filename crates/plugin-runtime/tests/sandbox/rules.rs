//! Rules in Starlark that misbehave, in the bundled script runner: the same bounds hold. Needs `make plugins`.

use crate::support::{Setup, account, ask, nobody};
use plugboard_plugin_runtime::{
    Account, CallError, Package, Plugin, TrustedKeys,
    types::{ScriptKind, Target},
};

async fn runner(setup: &Setup) -> Plugin {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../plugins/dist/script-rules.plugboard"
    );
    let bytes = std::fs::read(path)
        .unwrap_or_else(|error| panic!("{path}: {error}; build it with: make plugins"));
    let package = Package::read(&bytes, &TrustedKeys::default()).unwrap();
    let plugin = setup.load_package(package, |_| {}).await.unwrap();
    let rule = rule("def route(conv, candidates, now):\n    return wait()\n");
    plugin.route(&rule, ask("")).await.unwrap();
    plugin
}

/// A rule has instances of its own.
fn rule(source: &str) -> Account {
    account("rule", &[("source", source), ("kind", "routing")])
}

const BOMBS: [(&str, &[&str], &str); 6] = [
    (
        "loop",
        &["timeout_cpu"],
        "def route(conv, candidates, now):\n    x = 0\n    for i in range(1000000000):\n        x = i\n    return wait()\n",
    ),
    (
        "memory",
        &["out_of_memory"],
        "def route(conv, candidates, now):\n    x, kept = \"x\" * 65536, []\n    for i in range(1000):\n        kept.append(x + str(i))\n    return wait(reason = str(len(kept)))\n",
    ),
    (
        "recursion",
        &["refused", "stack_overflow"],
        "def deeper(n):\n    return deeper(n + 1) + 1\n\ndef route(conv, candidates, now):\n    deeper(0)\n    return wait()\n",
    ),
    (
        "huge answer",
        &["limit_answer", "refused"],
        "def route(conv, candidates, now):\n    return wait(reason = \"x\" * 1000000)\n",
    ),
    (
        "print flood",
        &["limit_host_calls"],
        "def route(conv, candidates, now):\n    for i in range(100000):\n        print(\"line\", i)\n    return wait()\n",
    ),
    (
        "fails",
        &["refused"],
        "def route(conv, candidates, now):\n    return 1 / 0\n",
    ),
];

#[tokio::test(flavor = "multi_thread")]
async fn every_bomb_in_starlark_is_stopped_and_named_and_the_next_rule_decides() {
    let setup = Setup::new(false);
    for (bomb, kinds, source) in BOMBS {
        let plugin = runner(&setup).await;
        let error = plugin.route(&rule(source), ask("")).await.unwrap_err();
        assert!(kinds.contains(&error.kind()), "{bomb}: {error}");
        if let CallError::Refused(failure) = &error {
            assert!(
                failure.message.contains("line"),
                "{bomb}: {}",
                failure.message
            );
        }
        let good = "def route(conv, candidates, now):\n    return agent(candidates[0])\n";
        let decision = plugin.route(&rule(good), ask("")).await.unwrap();
        assert_eq!(
            decision.target,
            Target::Agent("a0".to_owned()),
            "after {bomb}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_that_does_not_compile_is_told_by_line() {
    let setup = Setup::new(false);
    let plugin = runner(&setup).await;
    let source = "def route(conv, candidates, now):\n    retrun wait()\n";
    let checked = plugin
        .check_script(&nobody(), ScriptKind::Routing, source)
        .await
        .unwrap();
    let problems = checked.unwrap_err();
    assert_eq!(problems[0].line, 2, "{problems:?}");
}
