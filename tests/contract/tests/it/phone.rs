//! Calls that a PBX reports, in the shape that Zammad's generic CTI has.

use plugboard_contract::{Client, Server};
use reqwest::Method;
use serde_json::{Value, json};

struct Pbx {
    client: Client,
    path: String,
}

impl Pbx {
    async fn of(server: &Server, admin: &Client) -> (Self, String) {
        let body = json!({ "name": "Hotline", "channel": "phone", "settings": { "numbers": ["+8657112345678"] } });
        let made = admin
            .post("/api/v1/inboxes", body)
            .await
            .accepted(201)
            .clone();
        let url = made["cti_url"].as_str().expect("an address").to_owned();
        let at = url.find("/cti/").expect("a path");
        let inbox = made["id"].as_str().expect("an id").to_owned();
        let client = server.nobody();
        let path = url[at..].to_owned();
        (Self { client, path }, inbox)
    }

    /// As a script says it.
    async fn form(&self, event: &str, call: &str, more: &str) -> (u16, String) {
        let body = format!(
            "event={event}&direction=in&from=%2B8613800138000&to=%2B8657112345678&callId={call}{more}"
        );
        let request = self.client.request(Method::POST, &self.path);
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        let answer = request.body(body).send().await.expect("an answer");
        let status = answer.status().as_u16();
        (status, answer.text().await.expect("a text"))
    }

    async fn says(&self, event: &str, call: &str, more: &str) {
        let (status, text) = self.form(event, call, more).await;
        assert_eq!(status, 200, "{text}");
    }
}

async fn calls(admin: &Client, query: &str) -> Vec<Value> {
    let list = admin
        .get(&format!("/api/v1/calls{query}"))
        .await
        .accepted(200)
        .clone();
    list["items"].as_array().expect("a list").clone()
}

#[tokio::test]
async fn a_pbx_reports_a_call_and_it_is_one_item_of_one_conversation() {
    let server = Server::start().await;
    let admin = server.administrator().await;
    let agent = server.agent(&admin, "Lina", "agent").await;
    let (pbx, inbox) = Pbx::of(&server, &admin).await;
    let mut socket = agent.socket("/api/v1/ws").await;
    let head = socket.next_of("hello").await["head"]
        .as_u64()
        .expect("a head");
    socket.subscribe(head).await;
    for _ in 0..2 {
        pbx.says("newCall", "a1", "&queue=care").await;
    }
    let started = socket.event("call.started").await;
    assert_eq!(started["data"]["call"]["state"], "new");
    assert_eq!(
        started["data"]["call"]["number"], "+86****8000",
        "agents see it masked"
    );
    for _ in 0..2 {
        pbx.says("answer", "a1", "&user%5B%5D=lina&answeringNumber=101")
            .await;
    }
    for _ in 0..2 {
        pbx.says("hangup", "a1", "&cause=normalClearing").await;
    }
    let all = calls(&admin, "").await;
    assert_eq!(all.len(), 1, "{all:?}");
    let call = &all[0];
    assert_eq!(call["state"], "wrapup");
    assert_eq!(call["provider"], "cti");
    assert_eq!(call["agent_id"], agent.id.as_str());
    assert_eq!(call["inbox_id"], inbox.as_str());
    assert_eq!(call["number"], "+8613800138000");
    let conversation = call["conversation_id"].as_str().expect("an id").to_owned();
    let thread = agent
        .get(&format!("/api/v1/conversations/{conversation}/messages"))
        .await
        .accepted(200)
        .clone();
    let items = thread["items"].as_array().expect("a list");
    assert_eq!(items.len(), 1);
    assert_eq!(items[0]["kind"], "call");
    assert_eq!(items[0]["call"]["id"], call["id"]);
    let wrap_up = format!(
        "/api/v1/calls/{}/wrap-up",
        call["id"].as_str().expect("an id")
    );
    let written = agent
        .post(
            &wrap_up,
            json!({ "code": "refund", "note": "wants it back" }),
        )
        .await
        .accepted(200)
        .clone();
    assert_eq!(written["state"], "closed");
    // The next call of the same person goes on there, however the PBX writes the number.
    let request = pbx.client.request(Method::POST, &pbx.path);
    let body = json!({ "event": "newCall", "direction": "in", "callId": "a2", "from": "138-0013-8000", "to": "057112345678" });
    let answer = request.json(&body).send().await.expect("an answer");
    assert_eq!(answer.status(), 200);
    let again = calls(&admin, "?state=live").await;
    assert_eq!(again[0]["conversation_id"], conversation.as_str());
    let (_, exit) = server.stop().await;
    assert_eq!(exit, Some(0));
}

#[tokio::test]
async fn reports_in_any_order_end_in_a_call_that_is_over() {
    let server = Server::start().await;
    let admin = server.administrator().await;
    let (pbx, _) = Pbx::of(&server, &admin).await;
    pbx.says("hangup", "late", "&cause=cancel").await;
    pbx.says("newCall", "late", "").await;
    pbx.says("answer", "late", "").await;
    let missed = calls(&admin, "?state=missed").await;
    assert_eq!(missed.len(), 1);
    assert_eq!(missed[0]["state"], "abandoned");
    let id = missed[0]["conversation_id"].as_str().expect("an id");
    let conversation = admin.conversation(id).await;
    assert_eq!(conversation["status"], "open");
    assert_eq!(
        conversation["waiting"]["on"], "agent",
        "a missed call is work"
    );
    pbx.says("answer", "quick", "").await;
    assert_eq!(calls(&admin, "?state=live").await[0]["state"], "active");
    // What a PBX carries goes on when the desk starts again.
    let (directory, _) = server.stop().await;
    let server = Server::start_on(directory, &[]).await;
    let admin = server.sign_in("root@example.com").await;
    assert_eq!(calls(&admin, "?state=live").await[0]["state"], "active");
    let pbx = Pbx {
        client: server.nobody(),
        path: pbx.path,
    };
    pbx.says("hangup", "quick", "").await;
    assert_eq!(calls(&admin, "").await[0]["state"], "closed");
}

#[tokio::test]
async fn who_does_not_know_the_address_reports_nothing_and_what_does_not_fit_is_named() {
    let server = Server::start().await;
    let admin = server.administrator().await;
    let (pbx, inbox) = Pbx::of(&server, &admin).await;
    for (path, status) in [
        (format!("/cti/v1/{inbox}/{}", "0".repeat(32)), 404),
        (format!("/cti/v1/{inbox}/x"), 404),
        (format!("/cti/v1/nothing/{}", "0".repeat(32)), 404),
    ] {
        let wrong = Pbx {
            client: server.nobody(),
            path,
        };
        let (got, text) = wrong.form("newCall", "a", "").await;
        assert_eq!(got, status);
        assert!(text.contains("not_found"), "{text}");
    }
    let (status, text) = pbx.form("dance", "a", "").await;
    assert_eq!(status, 422);
    assert!(text.contains("newCall"), "{text}");
    let (status, text) = pbx.form("newCall", "", "").await;
    assert!(status == 422 && text.contains("callId"), "{text}");
    let (status, _) = pbx.form("newCall", "a", &"&x=y".repeat(10_000)).await;
    assert_eq!(status, 413);
    assert!(calls(&admin, "").await.is_empty());
}

#[tokio::test]
async fn a_desk_without_a_trunk_says_why_it_does_not_call() {
    let server = Server::start().await;
    let admin = server.administrator().await;
    let (pbx, inbox) = Pbx::of(&server, &admin).await;
    let dial = json!({ "inbox_id": inbox, "number": "13800138000" });
    let refused = admin.post("/api/v1/calls", dial).await;
    assert_eq!(refused.status, 409, "{refused:?}");
    assert_eq!(refused.body["error"]["code"], "conflict");
    pbx.says("newCall", "a", "").await;
    let id = calls(&admin, "").await[0]["id"]
        .as_str()
        .expect("an id")
        .to_owned();
    let hold = admin
        .post(&format!("/api/v1/calls/{id}/hold"), json!({}))
        .await;
    assert_eq!(hold.status, 409);
    assert!(hold.text.contains("telephone"), "{}", hold.text);
    let board = admin.get("/api/v1/phone/board").await.accepted(200).clone();
    assert_eq!(board["calls"][0]["id"], id.as_str());
}
