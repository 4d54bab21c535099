//! Plugins, rules and policies, as administrators and teams use them.

use std::time::Duration;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use plugboard_contract::{Client, Server, package, uuid_like};
use serde_json::{Value, json};

const KEY: [u8; 32] = [7; 32];

/// Uploads a bundled package, approves it and switches it on.
async fn run(admin: &Client, key: &str) {
    let installed = admin.upload("/api/v1/plugins", package(key)).await;
    installed.accepted(201);
    let path = format!("/api/v1/plugins/{key}");
    admin
        .post(&format!("{path}/approve"), json!({}))
        .await
        .accepted(200);
    admin
        .post(&format!("{path}/enable"), json!({}))
        .await
        .accepted(200);
}

/// Asks until the answer is as expected, for at most a minute.
pub(crate) async fn eventually(ask: impl AsyncFn() -> Option<Value>) -> Value {
    for _ in 0..600 {
        if let Some(found) = ask().await {
            return found;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("never came");
}

/// A desk where two teams share one agent, who is online: the inbox of the first, and both teams.
pub(crate) async fn desk(admin: &Client) -> (String, String, String) {
    let mut teams = Vec::new();
    for name in ["Front", "Refunds"] {
        let team = admin.post("/api/v1/teams", json!({ "name": name })).await;
        let id = team.text_at("/id");
        let path = format!("/api/v1/teams/{id}/members");
        admin.post(&path, json!({ "agent_id": admin.id })).await;
        teams.push(id);
    }
    let path = format!("/api/v1/agents/{}/availability", admin.id);
    admin
        .post(&path, json!({ "state": "online" }))
        .await
        .accepted(200);
    let inbox = admin
        .post(
            "/api/v1/inboxes",
            json!({ "name": "Shop", "channel": "webchat", "team_id": teams[0], "settings": {} }),
        )
        .await;
    (inbox.text_at("/id"), teams[0].clone(), teams[1].clone())
}

#[tokio::test]
async fn a_plugin_waits_for_approval_and_runs_when_it_is_switched_on() {
    let server = Server::start().await;
    let admin = server.administrator().await;
    let agent = server.agent(&admin, "Plain", "agent").await;
    let bytes = package("routing-skills");
    agent
        .upload("/api/v1/plugins", bytes.clone())
        .await
        .refused(403, "forbidden");
    server
        .nobody()
        .upload("/api/v1/plugins", bytes.clone())
        .await
        .refused(401, "unauthenticated");
    admin
        .upload("/api/v1/plugins", b"no package".to_vec())
        .await
        .refused(422, "invalid");

    let installed = admin.upload("/api/v1/plugins", bytes.clone()).await;
    let shown = installed.accepted(201);
    assert_eq!(shown["state"], "pending_approval");
    let asked = shown["permissions"].as_array().unwrap();
    assert!(
        asked
            .iter()
            .all(|it| !it["reason"]["en"].as_str().unwrap().is_empty())
    );
    let path = "/api/v1/plugins/routing-skills";
    admin
        .post(&format!("{path}/enable"), json!({}))
        .await
        .refused(409, "conflict");
    // A body can be left out.
    let approved = admin.request(reqwest::Method::POST, &format!("{path}/approve"));
    assert_eq!(approved.send().await.unwrap().status(), 200);
    let enabled = admin.post(&format!("{path}/enable"), json!({})).await;
    assert_eq!(enabled.accepted(200)["state"], "enabled");
    assert_eq!(enabled.body["breaker"]["state"], "closed");
    admin
        .upload("/api/v1/plugins", bytes)
        .await
        .refused(409, "conflict");

    let by_id = admin
        .get(&format!("/api/v1/plugins/{}", enabled.text_at("/id")))
        .await;
    assert_eq!(by_id.accepted(200)["key"], "routing-skills");
    let all = admin.get("/api/v1/plugins").await;
    assert_eq!(all.items().len(), 1);
    admin
        .get("/api/v1/plugins/unknown")
        .await
        .refused(404, "not_found");

    let live = json!({ "live": { "plugin": "routing-skills" } });
    admin
        .put("/api/v1/policies/routing", live)
        .await
        .accepted(200);
    admin.delete(path).await.refused(409, "conflict");
    admin
        .put("/api/v1/policies/routing", json!({ "live": null }))
        .await
        .accepted(200);
    let off = admin.post(&format!("{path}/disable"), json!({})).await;
    assert_eq!(off.accepted(200)["state"], "disabled");
    admin
        .post(&format!("{path}/rollback"), json!({}))
        .await
        .refused(409, "conflict");
    assert_eq!(admin.delete(path).await.status, 204);
    admin.get(path).await.refused(404, "not_found");
}

#[tokio::test]
async fn the_next_conversation_follows_a_rule_and_says_why() {
    let server = Server::start().await;
    let admin = server.administrator().await;
    let (inbox, _, refunds) = desk(&admin).await;
    let wrong = json!({ "kind": "routing", "source": "def route(conv, candidates, now)\n    return None\n" });
    let refused = admin.put("/api/v1/rules/refunds", wrong).await;
    refused.refused(422, "invalid");
    assert_eq!(refused.body["error"]["details"][0]["line"], 1);
    assert!(
        refused.body["error"]["details"][0]["column"]
            .as_u64()
            .unwrap()
            > 1
    );

    let source = "def route(conv, candidates, now):\n    if 'refund' in conv.text:\n        \
                  return team('Refunds', tags = ['money'], reason = 'wants a refund')\n    return None\n";
    let rule = json!({ "kind": "routing", "source": source });
    admin.put("/api/v1/rules/refunds", rule).await.accepted(201);
    let live = json!({ "live": { "rule": "refunds" } });
    admin
        .put("/api/v1/policies/routing", live)
        .await
        .accepted(200);

    let visitor = server.visitor(&inbox).await;
    let conversation = visitor.say(&inbox, "I want a refund").await;
    let decided = eventually(async || {
        let now = admin.conversation(&conversation).await;
        (now["assignment"]["agent_id"] == admin.id).then_some(now)
    })
    .await;
    assert_eq!(decided["assignment"]["team_id"], refunds);
    assert!(
        decided["tags"]
            .as_array()
            .unwrap()
            .contains(&json!("money"))
    );
    let why = admin
        .get(&format!("/api/v1/conversations/{conversation}/decisions"))
        .await;
    let by_rule = why
        .items()
        .iter()
        .find(|it| it["version"] == "rule:refunds@1");
    let by_rule = by_rule.expect("a decision of the rule");
    assert_eq!(by_rule["reason"], "wants a refund");
    assert!(
        !by_rule["inputs"].to_string().contains("I want a refund"),
        "by reference and hash"
    );

    // A rule that fails holds nobody up, and says where it failed.
    let failing = json!({ "kind": "routing", "source": "def route(conv, candidates, now):\n    return team([][0])\n" });
    admin
        .put("/api/v1/rules/refunds", failing)
        .await
        .accepted(200);
    let other = server.visitor(&inbox).await;
    let conversation = other.say(&inbox, "hello").await;
    eventually(async || {
        let now = admin.conversation(&conversation).await;
        (now["assignment"]["agent_id"] == admin.id).then_some(now)
    })
    .await;
    let why = admin
        .get(&format!("/api/v1/conversations/{conversation}/decisions"))
        .await;
    let fallback = why
        .items()
        .iter()
        .find(|it| it["mode"] == "fallback")
        .expect("a fallback");
    let text = fallback["fallback"].as_str().unwrap();
    assert!(text.starts_with("rule:refunds@2"), "{text}");

    let back = admin
        .post("/api/v1/rules/refunds/rollback", json!({ "number": 1 }))
        .await;
    assert_eq!(back.accepted(200)["live"], 1);
    admin
        .delete("/api/v1/rules/refunds")
        .await
        .refused(409, "conflict");
    let trial = json!({ "kind": "routing", "policy": { "source": source }, "limit": 10 });
    let dry = admin.post("/api/v1/rules/dry_run", trial).await;
    assert_eq!(dry.accepted(200)["items"].as_array().unwrap().len(), 2);

    let period = json!({ "policy": { "rule": "refunds" }, "from": "2026-01-01T00:00:00Z", "to": "2100-01-01T00:00:00Z" });
    let job = admin.post("/api/v1/backtests", period).await;
    assert!((200..300).contains(&job.status), "{job:?}");
    let path = format!("/api/v1/backtests/{}", job.text_at("/id"));
    let done = eventually(async || {
        let now = admin.get(&path).await.body;
        (now["progress"]["state"] == "done").then_some(now)
    })
    .await;
    assert_eq!(done["totals"]["conversations"], 2);
    assert_eq!(done["items"].as_array().unwrap().len(), 2);
}

/// A request as Standard Webhooks signs it.
async fn signed(server: &Server, path: &str, id: &str, body: &Value, key: &[u8]) -> u16 {
    #[expect(
        clippy::disallowed_methods,
        reason = "a provider signs with its own clock"
    )]
    let now = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap();
    let (at, body) = (now.as_secs(), body.to_string());
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(key).unwrap();
    mac.update(format!("{id}.{at}.{body}").as_bytes());
    let signature = format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()));
    let nobody = server.nobody();
    let request = nobody
        .request(reqwest::Method::POST, path)
        .header("webhook-id", id)
        .header("webhook-timestamp", at.to_string())
        .header("webhook-signature", signature)
        .header("content-type", "application/json")
        .body(body);
    request.send().await.unwrap().status().as_u16()
}

#[tokio::test]
async fn a_signed_request_becomes_a_message_once_and_a_forged_one_never() {
    let server = Server::start().await;
    let admin = server.administrator().await;
    run(&admin, "channel-webhook").await;
    let secret = format!("whsec_{}", STANDARD.encode(KEY));
    let missing = json!({ "name": "W", "channel": "plugin:channel-webhook", "settings": { "url": "http://127.0.0.1:9/" } });
    admin
        .post("/api/v1/inboxes", missing)
        .await
        .refused(422, "invalid");
    let inbox = admin
        .post(
            "/api/v1/inboxes",
            json!({ "name": "W", "channel": "plugin:channel-webhook",
                    "settings": { "url": "http://127.0.0.1:9/", "signing_secret": secret } }),
        )
        .await;
    inbox.accepted(201);
    assert!(
        !inbox.body.to_string().contains("whsec_"),
        "a secret is never shown"
    );
    let url = inbox.text_at("/webhook_url");
    let path = &url[url.find("/hooks/").unwrap()..];
    let id = uuid_like();
    let body = json!({ "type": "message", "data": { "id": id, "thread": "t-1",
        "sender": { "id": "42", "name": "Wang Fang" }, "sent_at": 1_790_000_000_000_u64,
        "parts": [{ "text": "Is this in stock?" }] } });
    let forged = signed(&server, path, &uuid_like(), &body, &[8; 32]).await;
    assert!((400..500).contains(&forged), "{forged}");
    assert_eq!(admin.get("/api/v1/conversations").await.items().len(), 0);
    for _ in 0..3 {
        let taken = signed(&server, path, &id, &body, &KEY).await;
        assert!((200..300).contains(&taken), "{taken}");
    }
    let all = admin.get("/api/v1/conversations").await;
    assert_eq!(all.items().len(), 1);
    let conversation = all.items()[0]["id"].as_str().unwrap().to_owned();
    let messages = admin
        .get(&format!("/api/v1/conversations/{conversation}/messages"))
        .await;
    assert_eq!(messages.items().len(), 1);
    assert_eq!(messages.items()[0]["text"], "Is this in stock?");
    // What was acknowledged survives.
    let directory = server.kill().await;
    let server = Server::start_on(directory, &[]).await;
    let admin = server.sign_in("root@example.com").await;
    assert_eq!(admin.get("/api/v1/conversations").await.items().len(), 1);
    let nowhere = signed(&server, "/hooks/unknown", &id, &body, &KEY).await;
    assert_eq!(nowhere, 404);
}
