//! Recordings, decisions made once more, and what outlives a restart.

use plugboard_contract::{Answer, Client, PATIENCE, Server};
use serde_json::{Value, json};

use crate::{
    guests::{guest, with_manifest},
    operate::{api_token, plugboard},
};

/// Asks until the answer is as expected.
async fn eventually(ask: impl AsyncFn() -> Option<Value>) -> Value {
    let started = tokio::time::Instant::now();
    while started.elapsed() < PATIENCE {
        if let Some(found) = ask().await {
            return found;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    panic!("never came");
}

/// A desk whose only agent is online, with an inbox of their team.
async fn desk(admin: &Client) -> String {
    let team = admin
        .post("/api/v1/teams", json!({ "name": "Front" }))
        .await;
    let team = team.text_at("/id");
    let path = format!("/api/v1/teams/{team}/members");
    admin.post(&path, json!({ "agent_id": admin.id })).await;
    let path = format!("/api/v1/agents/{}/availability", admin.id);
    let online = admin.post(&path, json!({ "state": "online" })).await;
    online.accepted(200);
    let inbox = json!({ "name": "Shop", "channel": "webchat", "team_id": team, "settings": {} });
    admin.post("/api/v1/inboxes", inbox).await.text_at("/id")
}

async fn run(admin: &Client, key: &str) {
    let path = format!("/api/v1/plugins/available/{key}/install");
    admin.post(&path, json!({})).await.accepted(201);
    for step in ["approve", "enable"] {
        let path = format!("/api/v1/plugins/{key}/{step}");
        admin.post(&path, json!({})).await.accepted(200);
    }
}

async fn decisions(admin: &Client, conversation: &str) -> Vec<Value> {
    let path = format!("/api/v1/conversations/{conversation}/decisions");
    admin.get(&path).await.items().clone()
}

/// Whether no call of it was cut by its time limit.
fn in_time(decision: &Value) -> bool {
    let cut = |it: &Value| it.to_string().contains("timeout");
    !cut(&decision["fallback"]) && !cut(&decision["answer"])
}

#[tokio::test]
async fn recorded_calls_are_the_same_when_they_run_again() {
    let server = Server::start().await;
    let admin = server.administrator().await;
    let token = api_token(&admin).await;
    let inbox = desk(&admin).await;
    run(&admin, "routing-skills").await;
    let live = json!({ "live": { "plugin": "routing-skills" } });
    admin
        .put("/api/v1/policies/routing", live)
        .await
        .accepted(200);

    let path = "/api/v1/plugins/routing-skills/recording";
    admin.get(path).await.refused(404, "not_found");
    let agent = server.agent(&admin, "Plain", "agent").await;
    agent
        .post(path, json!({ "calls": 2 }))
        .await
        .refused(403, "forbidden");
    agent.get(path).await.refused(403, "forbidden");
    let calls = format!("{path}/calls");
    agent.get(&calls).await.refused(403, "forbidden");
    admin.get(&calls).await.refused(404, "not_found");
    let end = format!("{path}/end");
    agent.post(&end, json!({})).await.refused(403, "forbidden");
    admin.post(&end, json!({})).await.refused(404, "not_found");
    admin
        .post(path, json!({ "calls": 101 }))
        .await
        .refused(422, "invalid");
    admin
        .post("/api/v1/plugins/unknown/recording", json!({ "calls": 2 }))
        .await
        .refused(404, "not_found");

    let files = tempfile::tempdir().unwrap();
    let file = files.path().join("calls.jsonl");
    let file = file.to_str().unwrap();
    let arguments = [
        "plugin",
        "record",
        "routing-skills",
        "--calls",
        "4",
        "-o",
        file,
    ];
    let recording = plugboard(&admin, &token, &arguments);
    let talking = async {
        eventually(async || {
            let now = admin.get(path).await;
            (now.status == 200 && now.body["running"] == true).then_some(now.body)
        })
        .await;
        for text in ["my parcel is lost", "and my refund", "hello", "anybody?"] {
            let visitor = server.visitor(&inbox).await;
            visitor.say(&inbox, text).await;
        }
    };
    let (said, ()) = tokio::join!(recording, talking);
    assert!(said.well().contains("4 calls in"));
    admin.get(path).await.refused(404, "not_found");
    let journal = admin.get("/api/v1/journal?since=0&limit=1000").await;
    assert!(journal.text.contains("\"recording\":{"), "{}", journal.text);
    let reads = recording_reads(&journal);
    assert_eq!(reads.len(), 1, "the command read it once: {reads:?}");
    assert_eq!(reads[0]["data"]["calls"], 4);
    assert_eq!(reads[0]["actor"]["id"], json!(admin.id));

    let replay = ["plugin", "replay", file];
    // On a busy machine a call can be cut by its time limit, then or now: such a one says nothing.
    let written = std::fs::read_to_string(file).unwrap();
    let written: Vec<&str> = written
        .lines()
        .filter(|it| !it.contains("timeout"))
        .collect();
    let written = written.join("\n");
    std::fs::write(file, &written).unwrap();
    let again = async || {
        let text = eventually(async || {
            let said = plugboard(&admin, &token, &replay).await.either();
            (!said.contains("timeout")).then(|| json!(said))
        })
        .await;
        text.as_str().unwrap().to_owned()
    };
    let said = again().await;
    assert!(
        said.ends_with("calls, each the same bit for bit.\n"),
        "{said}"
    );
    assert!(written.contains("routing.route"), "{written}");
    let forged = written.replacen("\"load\":0", "\"load\":1", 1).replacen(
        "in-scope\":true",
        "in-scope\":false",
        1,
    );
    assert_ne!(forged, written);
    std::fs::write(file, forged).unwrap();
    let said = again().await;
    assert!(said.contains("the answer differs"), "{said}");
}

#[tokio::test]
async fn a_decision_is_made_once_more_or_it_is_said_what_is_gone() {
    let server = Server::start().await;
    let admin = server.administrator().await;
    let token = api_token(&admin).await;
    let inbox = desk(&admin).await;
    run(&admin, "routing-skills").await;
    let skills = json!({ "plugin": "routing-skills" });
    let both = json!({ "live": skills, "shadow": skills });
    admin
        .put("/api/v1/policies/routing", both)
        .await
        .accepted(200);
    // On a busy machine a call can be cut by its time limit; that is another answer, so it is asked about another visitor.
    let by_plugin = |all: &[Value], mode: &str| {
        let by = |it: &&Value| {
            it["version"] != "builtin@1" && it["mode"] == mode && it["id"] != "now" && in_time(it)
        };
        all.iter().find(by).cloned()
    };
    let found = eventually(async || {
        let visitor = server.visitor(&inbox).await;
        let conversation = visitor.say(&inbox, "hello there").await;
        let stored = async || {
            let all = decisions(&admin, &conversation).await;
            let live = |it: &Value| it["mode"] != "shadow" && it["id"] != "now";
            all.iter().any(live).then(|| json!(all))
        };
        let all = eventually(stored).await;
        let all = all.as_array().unwrap();
        Some(json!([by_plugin(all, "live")?, by_plugin(all, "shadow")?]))
    })
    .await;
    let replay = |id: &str| format!("/api/v1/decisions/{id}/replay");
    for decision in found.as_array().unwrap() {
        let path = replay(decision["id"].as_str().unwrap());
        let again = eventually(async || {
            let again = admin.post(&path, json!({})).await;
            in_time(&again.accepted(200)["now"]).then_some(again.body)
        })
        .await;
        assert_eq!(again["outcome"], "same", "{again}");
    }
    let decision = &found[0];
    let id = decision["id"].as_str().unwrap();
    let arguments = ["plugin", "replay", "--decision", id];
    eventually(async || {
        let said = plugboard(&admin, &token, &arguments).await.either();
        (!said.contains("timeout")).then(|| {
            assert!(said.contains("the same, bit for bit"), "{said}");
            Value::Null
        })
    })
    .await;
    let agent = server.agent(&admin, "Plain", "agent").await;
    agent
        .post(&replay(id), json!({}))
        .await
        .refused(403, "forbidden");
    let unknown = replay("0190aaaa-0000-7000-8000-000000000000");
    admin
        .post(&unknown, json!({}))
        .await
        .refused(404, "not_found");

    // The inbox is called something else by now, and rules see names.
    let path = format!("/api/v1/inboxes/{inbox}");
    let shown = admin.get(&path).await.body;
    let other = json!({
        "name": "Other", "channel": "webchat", "team_id": shown["team_id"], "settings": {},
    });
    admin.put(&path, other).await.accepted(200);
    let again = admin.post(&replay(id), json!({})).await;
    assert_eq!(again.accepted(200)["outcome"], "gone");
    let said = plugboard(&admin, &token, &arguments).await.failed();
    assert!(said.contains("another name since"), "{said}");
}

#[tokio::test]
async fn counts_of_shadows_and_backtests_outlive_a_restart() {
    let server = Server::start().await;
    let admin = server.administrator().await;
    let inbox = desk(&admin).await;
    let rule = json!({ "kind": "routing", "source": "def route(conv, candidates, now):\n    return None\n" });
    admin.put("/api/v1/rules/pass", rule).await.accepted(201);
    let shadow = json!({ "live": null, "shadow": { "rule": "pass" } });
    admin
        .put("/api/v1/policies/routing", shadow)
        .await
        .accepted(200);
    server.visitor(&inbox).await.say(&inbox, "hello").await;
    let counted = async |admin: &Client| {
        let slot = admin.get("/api/v1/policies/routing").await.body;
        let counted = slot["shadowed"]["decisions"].as_u64().unwrap_or(0);
        (counted > 0).then(|| slot["shadowed"].clone())
    };
    let before = eventually(async || counted(&admin).await).await;
    let period = json!({ "policy": { "rule": "pass" }, "from": "2026-01-01T00:00:00Z", "to": "2100-01-01T00:00:00Z" });
    let job = admin.post("/api/v1/backtests", period).await.text_at("/id");
    let path = format!("/api/v1/backtests/{job}");
    let done = eventually(async || {
        let now = admin.get(&path).await.body;
        (now["progress"]["state"] == "done").then_some(now)
    })
    .await;

    let (directory, _) = server.stop().await;
    let server = Server::start_on(directory, &[]).await;
    let admin = server.sign_in("root@example.com").await;
    let after = eventually(async || counted(&admin).await).await;
    assert!(
        after["decisions"].as_u64() >= before["decisions"].as_u64(),
        "{before} {after}"
    );
    assert_eq!(admin.get(&path).await.accepted(200), &done);
    let all = admin.get("/api/v1/backtests").await;
    assert_eq!(all.items().len(), 1);
}

#[tokio::test]
async fn how_a_canary_does_stands_beside_the_others() {
    let server = Server::start().await;
    let admin = server.administrator().await;
    let inbox = desk(&admin).await;
    let rule = json!({ "kind": "routing", "source": "def route(conv, candidates, now):\n    return None\n" });
    admin.put("/api/v1/rules/pass", rule).await.accepted(201);
    let path = "/api/v1/policies/routing";
    assert!(admin.get(path).await.body["canary_report"].is_null());
    let all = json!({ "live": null, "canary": { "rule": "pass", "percent": 100 } });
    let set = admin.put(path, all).await;
    assert_eq!(set.accepted(200)["canary_report"]["decisions"], 0);
    for text in ["hello", "anybody?"] {
        server.visitor(&inbox).await.say(&inbox, text).await;
    }
    let report = eventually(async || {
        let report = admin.get(path).await.body["canary_report"].clone();
        let seen = report["on_trial"]["conversations"] == 2;
        (seen && report["decisions"].as_u64() >= Some(2)).then_some(report)
    })
    .await;
    assert_eq!(report["others"], json!({ "conversations": 0, "missed": 0 }));
    assert_eq!(report["on_trial"]["missed"], 0);
}

/// A plugin that refuses every event of conversations: the guest of the sandbox's own tests.
fn refusing() -> Vec<u8> {
    let manifest = "schema = 1\nid = \"refuses\"\nversion = \"1.0.0\"\nname = \"Refuses\"\n\
         contracts = [\"plugboard:plugin/event-hook@0.1\"]\n\
         [permissions]\nevents = { subscribe = [\"conversation.created\"], reason = \"test\" }\n";
    with_manifest(&guest("service"), manifest)
}

#[tokio::test]
async fn an_event_that_a_hook_cannot_take_is_a_dead_letter() {
    let server = Server::start().await;
    let admin = server.administrator().await;
    let inbox = desk(&admin).await;
    admin
        .upload("/api/v1/plugins", refusing())
        .await
        .accepted(201);
    for step in ["approve", "enable"] {
        let path = format!("/api/v1/plugins/refuses/{step}");
        admin.post(&path, json!({})).await.accepted(200);
    }
    let path = "/api/v1/plugins/refuses/dead_letters";
    // What happened before the hook began to follow is not told.
    let dead = eventually(async || {
        visitor_speaks(&server, &inbox).await;
        let dead = admin.get(path).await;
        dead.items().first().cloned()
    })
    .await;
    assert_eq!(dead["job"], "hook_event");
    assert_eq!(dead["target_id"], "refuses");
    let error = dead["last_error"].as_str().unwrap();
    assert!(error.starts_with("conversation.created: "), "{error}");
    let only = json!({ "id": dead["id"] });
    let replayed = admin.post(&format!("{path}/replay"), only).await;
    assert_eq!(replayed.accepted(200)["replayed"], 1);
    // It refuses again: given up after one try.
    eventually(async || {
        let dead_again = admin.get(path).await;
        let of = |it: &&Value| it["id"] == dead["id"] && it["last_error"] != dead["last_error"];
        dead_again.items().iter().find(of).cloned()
    })
    .await;
    assert_eq!(admin.delete("/api/v1/plugins/refuses").await.status, 204);
    let outbox = admin.get("/api/v1/outbox?state=dead").await;
    assert!(!outbox.text.contains("hook_event"), "{}", outbox.text);
}

async fn visitor_speaks(server: &Server, inbox: &str) {
    server.visitor(inbox).await.say(inbox, "hello").await;
}

fn recording_reads(journal: &Answer) -> Vec<&Value> {
    let items = journal.items().iter();
    items
        .filter(|it| it["kind"] == "plugin.recording_read")
        .collect()
}

#[tokio::test]
async fn a_recording_is_ended_early_kept_and_read_on_the_record() {
    let server = Server::start().await;
    let admin = server.administrator().await;
    let inbox = desk(&admin).await;
    run(&admin, "routing-skills").await;
    let live = json!({ "live": { "plugin": "routing-skills" } });
    admin
        .put("/api/v1/policies/routing", live)
        .await
        .accepted(200);

    let page = "/api/v1/plugins/routing-skills";
    let path = format!("{page}/recording");
    assert!(admin.get(page).await.body["recording"].is_null());
    admin
        .post(&path, json!({ "calls": 50 }))
        .await
        .accepted(202);
    eventually(async || {
        let now = admin.get(&path).await.body;
        (now["running"] == true).then_some(now)
    })
    .await;
    server.visitor(&inbox).await.say(&inbox, "hello").await;
    eventually(async || {
        let now = admin.get(&path).await.body;
        (now["taken"] == 1).then_some(now)
    })
    .await;
    let ended = admin.post(&format!("{path}/end"), json!({})).await;
    assert_eq!(ended.accepted(200)["taken"], 1);
    let shown = eventually(async || {
        let now = admin.get(page).await.body["recording"].clone();
        (now["running"] == false).then_some(now)
    })
    .await;
    assert_eq!((&shown["asked"], &shown["taken"]), (&json!(50), &json!(1)));
    // What is called now is not recorded any more.
    server.visitor(&inbox).await.say(&inbox, "and again").await;

    let journal = admin.get("/api/v1/journal?since=0&limit=1000").await;
    assert!(recording_reads(&journal).is_empty(), "nobody has read it");
    let calls = admin.get(&format!("{path}/calls")).await;
    assert_eq!(calls.items().len(), 1);
    assert_eq!(calls.items()[0]["function"], "routing.route");
    let journal = admin.get("/api/v1/journal?since=0&limit=1000").await;
    let reads = recording_reads(&journal);
    assert_eq!(reads.len(), 1);
    assert_eq!(reads[0]["data"]["calls"], 1);
    assert!(!journal.text.contains("hello"), "no texts in the journal");
    let token = json!({ "name": "Reader", "scopes": ["conversations_read"] });
    let token = admin.post("/api/v1/api_tokens", token).await;
    let reader = Client {
        token: Some(token.text_at("/token")),
        ..admin.clone()
    };
    reader
        .get(&format!("{path}/calls"))
        .await
        .refused(403, "forbidden");
    let gone = admin.delete(&path).await;
    gone.accepted(204);
    admin
        .get(&format!("{path}/calls"))
        .await
        .refused(404, "not_found");
}
