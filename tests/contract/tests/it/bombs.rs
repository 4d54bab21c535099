//! Policies that misbehave, in every language: the built-in policy decides in the same request, and the decision names what
//! went wrong.

use std::path::Path;

use plugboard_contract::{Client, Server};
use serde_json::{Value, json};

use crate::{
    guests::{guest, run, with_manifest},
    plugins::{desk, eventually},
};

/// What the customer says, and what each language's policy may be stopped by beside its time, which is short. A
/// fifth failure in a row would let it rest.
const BOMBS: [(&str, &[&str]); 4] = [
    ("loop", &[]),
    ("memory", &["out_of_memory", "refused"]),
    (
        "recursion",
        &["stack_overflow", "trap", "out_of_memory", "refused"],
    ),
    ("huge answer", &["limit_answer", "out_of_memory", "refused"]),
];

/// The same bombs as a rule.
const RULE: &str = r#"
def deeper(n):
    return deeper(n + 1) + 1

def route(conv, candidates, now):
    if conv.text == "loop":
        for i in range(1000000000):
            pass
    if conv.text == "memory":
        kept = []
        for i in range(1000):
            kept.append("x" * 65536 + str(i))
        return wait(reason = str(len(kept)))
    if conv.text == "recursion":
        return wait(reason = str(deeper(0)))
    return wait(reason = "x" * 1000000)
"#;

fn component(language: &str) -> Vec<u8> {
    if language == "rust" {
        return guest("policy");
    }
    let folder =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../crates/plugin-runtime/tests/bombs/dist");
    let path = folder.join(format!("{language}.wasm"));
    std::fs::read(&path).unwrap_or_else(|error| {
        panic!(
            "{}: {error}; build it with: make setup-test",
            path.display()
        )
    })
}

/// Installs the policy of a language and switches it on.
async fn run_bombs(admin: &Client, language: &str) {
    let hook = if language == "rust" {
        ""
    } else {
        ", \"plugboard:plugin/event-hook@0.1\""
    };
    let manifest = format!(
        "schema = 1\nid = \"bombs-{language}\"\nversion = \"1.0.0\"\nname = \"Bombs\"\n\
         contracts = [\"plugboard:plugin/routing-policy@0.1\"{hook}]\n\
         [permissions]\ndata = [{{ field = \"message.text\", reason = \"test\" }}]\n\
         [limits]\nmemory-mib = 64\ncpu-ms = {{ route = 300 }}\ncall-ms = {{ route = 60000, start = 60000 }}\n"
    );
    let package = with_manifest(&component(language), &manifest);
    run(admin, &format!("bombs-{language}"), package).await;
}

/// A customer sets a bomb off, and has an agent all the same.
async fn set_off(server: &Server, admin: &Client, inbox: &str, bomb: &str) -> Vec<Value> {
    let visitor = server.visitor(inbox).await;
    let conversation = visitor.say(inbox, bomb).await;
    eventually(async || {
        let now = admin.conversation(&conversation).await;
        (now["assignment"]["agent_id"] == admin.id).then_some(now)
    })
    .await;
    let path = format!("/api/v1/conversations/{conversation}/decisions");
    admin.get(&path).await.items().clone()
}

#[tokio::test]
async fn the_built_in_policy_decides_in_the_place_of_one_that_misbehaves() {
    // Compiled by the tests of the sandbox as well: their engines are megabytes.
    let cache = Path::new(env!("CARGO_TARGET_TMPDIR")).join("plugin-code");
    let cache = [("PLUGBOARD_PLUGIN_CACHE", cache.to_str().unwrap())];
    let server = Server::start_on(tempfile::tempdir().unwrap(), &cache).await;
    let admin = server.administrator().await;
    let (inbox, _, _) = desk(&admin).await;
    let path = format!("/api/v1/agents/{}", admin.id);
    admin
        .patch(&path, json!({ "capacity": 100 }))
        .await
        .accepted(200);
    for language in ["rust", "typescript", "python", "starlark"] {
        let policy = if language == "starlark" {
            let rule = json!({ "kind": "routing", "source": RULE });
            admin.put("/api/v1/rules/bombs", rule).await.accepted(201);
            json!({ "rule": "bombs" })
        } else {
            run_bombs(&admin, language).await;
            json!({ "plugin": format!("bombs-{language}") })
        };
        let live = json!({ "live": policy });
        admin
            .put("/api/v1/policies/routing", live)
            .await
            .accepted(200);
        for (bomb, kinds) in BOMBS {
            let decisions = set_off(&server, &admin, &inbox, bomb).await;
            let [decision] = decisions.as_slice() else {
                panic!("{language}, {bomb}: one request, one decision: {decisions:#?}");
            };
            assert_eq!(
                decision["mode"], "fallback",
                "{language}, {bomb}: {decision:#}"
            );
            let named = decision["fallback"].as_str().unwrap();
            let of_it = named.contains("bombs");
            let mut kinds = kinds.iter().chain([&"timeout_"]);
            assert!(
                of_it && kinds.any(|it| named.contains(&format!(":{it}"))),
                "{language}, {bomb}: {named}"
            );
        }
    }
}
