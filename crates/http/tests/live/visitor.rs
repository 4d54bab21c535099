//! What visitors do over HTTP.

use std::time::{Duration, Instant};

use axum::{body::Body, http::Request};
use plugboard_http::HttpConfig;
use plugboard_test_kit::desk::{Caller, TestDesk};
use serde_json::{Value, json};

/// Opens a session.
pub(crate) async fn open(desk: &TestDesk, body: Value) -> Caller {
    let path = format!("/chat/v1/{}/sessions", desk.inbox);
    let session = desk.post(&Caller::nobody(), &path, body).await.expect(201);
    Caller {
        id: session["contact_id"].as_str().unwrap().to_owned(),
        token: session["visitor_token"].as_str().unwrap().to_owned(),
    }
}

/// Writes as a visitor.
pub(crate) async fn say(desk: &TestDesk, visitor: &Caller, text: &str) -> Value {
    let path = format!("/chat/v1/{}/messages", desk.inbox);
    let body = json!({ "text": text });
    desk.post(visitor, &path, body).await.expect(201)
}

/// What a visitor reads.
pub(crate) async fn read(desk: &TestDesk, visitor: &Caller, query: &str) -> Value {
    let path = format!("/chat/v1/{}/messages{query}", desk.inbox);
    desk.get(visitor, &path).await.expect(200)
}

/// Sets the inbox up anew.
pub(crate) async fn set_up(desk: &TestDesk, settings: Value) {
    let path = format!("/api/v1/inboxes/{}", desk.inbox);
    let mut inbox = desk.get(&desk.admin, &path).await.expect(200);
    inbox["settings"] = settings;
    let body = json!({ "name": inbox["name"], "channel": "webchat", "shop": inbox["shop"], "team_id": inbox["team_id"],
                       "settings": inbox["settings"] });
    desk.put(&desk.admin, &path, body).await.expect(200);
}

#[tokio::test]
async fn a_visitor_writes_reads_and_comes_back() {
    let desk = TestDesk::start().await;
    let visitor = open(&desk, json!({ "name": "访客", "locale": "zh-CN" })).await;
    let posted = say(&desk, &visitor, "在吗").await;
    let conversation = posted["conversation_id"].as_str().unwrap();
    assert_eq!(posted["message"]["kind"], "inbound");
    assert_eq!(posted["message"]["text"], "在吗");
    let reply = json!({ "kind": "reply", "text": "在的" });
    let path = format!("/api/v1/conversations/{conversation}/messages");
    desk.post(&desk.agent, &path, reply).await.expect(201);

    let page = read(&desk, &visitor, "?since=0&limit=1").await;
    assert_eq!(page["items"][0], posted["message"]);
    let cursor = page["next_cursor"].as_str().unwrap();
    let page = read(&desk, &visitor, &format!("?limit=1&cursor={cursor}")).await;
    assert_eq!(page["items"][0]["text"], "在的");
    assert_eq!(page["items"][0]["agent_name"], "agent");
    assert_eq!(page["next_cursor"], Value::Null);

    let path = format!("/chat/v1/{}/sessions", desk.inbox);
    let head = desk.head().await;
    for (caller, body) in [
        (
            Caller::nobody(),
            json!({ "visitor_token": visitor.token, "locale": "zh-CN" }),
        ),
        (visitor.clone(), json!({})),
    ] {
        let session = desk.post(&caller, &path, body).await.expect(201);
        assert_eq!(session["visitor_token"], visitor.token);
        assert_eq!(session["contact_id"], visitor.id);
        assert_eq!(session["conversation_id"], conversation);
        assert_eq!(session["verified"], false);
    }
    assert_eq!(desk.head().await, head, "coming back changes nothing");
}

#[tokio::test]
async fn the_same_client_id_is_the_same_message() {
    let desk = TestDesk::start().await;
    let visitor = open(&desk, json!({})).await;
    let path = format!("/chat/v1/{}/messages", desk.inbox);
    let body = json!({ "text": "一次", "client_id": "c-1" });
    let first = desk.post(&visitor, &path, body.clone()).await.expect(201);
    assert_eq!(first["message"]["client_id"], "c-1");
    let again = desk.post(&visitor, &path, body).await.expect(200);
    assert_eq!(first, again);
    let other = json!({ "text": "another text", "client_id": "c-1" });
    assert_eq!(desk.post(&visitor, &path, other).await.expect(200), first);
    // Somebody else's same id is another message.
    let stranger = open(&desk, json!({})).await;
    let body = json!({ "text": "也是", "client_id": "c-1" });
    desk.post(&stranger, &path, body).await.expect(201);
}

#[tokio::test]
async fn what_does_not_fit_is_refused() {
    let desk = TestDesk::start().await;
    let visitor = open(&desk, json!({})).await;
    let path = format!("/chat/v1/{}/messages", desk.inbox);
    for (body, status) in [
        (json!({ "text": "" }), 422),
        (json!({ "text": "字".repeat(5_001) }), 422),
        (json!({ "text": "a", "client_id": "" }), 422),
        (json!({ "text": "a", "client_id": "x".repeat(201) }), 422),
        (json!({ "text": 1 }), 422),
        (json!({ "text": "a", "attachments": ["no id"] }), 422),
        (json!({ "text": "a", "attachments": [desk.inbox] }), 422),
        (json!({ "text": "a\u{0}" }), 422),
    ] {
        let answer = desk.post(&visitor, &path, body.clone()).await;
        assert_eq!(answer.status, status, "{body}");
        answer.expect_error(status, "invalid");
    }
    say(&desk, &visitor, &"字".repeat(5_000)).await;
    for query in [
        "?limit=0",
        "?limit=201",
        "?wait_secs=26",
        "?cursor=zz",
        "?since=x",
        "?since=-1",
    ] {
        let path = format!("{path}{query}");
        desk.get(&visitor, &path).await.expect_error(422, "invalid");
    }
}

#[tokio::test]
async fn a_token_is_good_for_its_visitor_and_its_inbox_alone() {
    let desk = TestDesk::start().await;
    let other = json!({ "name": "other", "channel": "webchat" });
    let other = desk
        .post(&desk.admin, "/api/v1/inboxes", other)
        .await
        .expect(201);
    let (one, two) = (open(&desk, json!({})).await, open(&desk, json!({})).await);
    say(&desk, &one, "我的秘密").await;
    assert_eq!(read(&desk, &two, "").await["items"], json!([]));
    let elsewhere = format!("/chat/v1/{}/messages", other["id"].as_str().unwrap());
    desk.get(&one, &elsewhere)
        .await
        .expect_error(401, "unauthenticated");
    let here = format!("/chat/v1/{}/messages", desk.inbox);
    let mut flipped = one.token.clone().into_bytes();
    flipped[5] = if flipped[5] == b'A' { b'B' } else { b'A' };
    let flipped = String::from_utf8(flipped).unwrap();
    for token in ["", "x", flipped.as_str(), desk.agent.token.as_str()] {
        let forged = Caller::with_token(token);
        desk.get(&forged, &here)
            .await
            .expect_error(401, "unauthenticated");
        desk.post(&forged, &here, json!({ "text": "a" }))
            .await
            .expect_error(401, "unauthenticated");
        let sessions = format!("/chat/v1/{}/sessions", desk.inbox);
        if !token.is_empty() {
            let body = json!({ "visitor_token": token });
            desk.post(&Caller::nobody(), &sessions, body)
                .await
                .expect_error(401, "unauthenticated");
            desk.post(&forged, &sessions, json!({}))
                .await
                .expect_error(401, "unauthenticated");
        }
    }
    // A visitor's token is no agent's.
    desk.get(&one, "/api/v1/conversations")
        .await
        .expect_error(401, "unauthenticated");
    for nowhere in ["x", "01890000-0000-7000-8000-000000000000"] {
        let path = format!("/chat/v1/{nowhere}/sessions");
        desk.post(&Caller::nobody(), &path, json!({}))
            .await
            .expect_error(404, "not_found");
    }
}

#[tokio::test]
async fn a_typed_address_merges_nobody_and_shows_no_history() {
    let desk = TestDesk::start().await;
    let one = open(&desk, json!({ "name": "A", "email": "same@example.com" })).await;
    say(&desk, &one, "订单 123").await;
    let two = open(&desk, json!({ "name": "B", "email": "SAME@example.com" })).await;
    assert_ne!(one.id, two.id);
    assert_eq!(read(&desk, &two, "").await["items"], json!([]));
    let path = format!("/chat/v1/{}/sessions", desk.inbox);
    let bad = json!({ "email": "no address" });
    desk.post(&Caller::nobody(), &path, bad)
        .await
        .expect_error(422, "invalid");
}

#[tokio::test]
async fn a_long_poll_ends_when_somebody_writes() {
    let desk = TestDesk::start().await;
    let visitor = open(&desk, json!({})).await;
    let posted = say(&desk, &visitor, "在吗").await;
    let seq = posted["message"]["seq"].as_u64().unwrap();
    let path = format!(
        "/api/v1/conversations/{}/messages",
        posted["conversation_id"].as_str().unwrap()
    );
    let started = Instant::now();
    let query = format!("?since={seq}&wait_secs=20");
    let answer = async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        // A note wakes nobody.
        let note = json!({ "kind": "note", "text": "内部" });
        desk.post(&desk.agent, &path, note).await.expect(201);
        tokio::time::sleep(Duration::from_millis(300)).await;
        let reply = json!({ "kind": "reply", "text": "在" });
        desk.post(&desk.agent, &path, reply).await.expect(201);
    };
    let (page, ()) = tokio::join!(read(&desk, &visitor, &query), answer);
    assert_eq!(page["items"][0]["text"], "在");
    assert_eq!(page["items"].as_array().unwrap().len(), 1);
    assert!(started.elapsed() >= Duration::from_millis(600));
    assert!(started.elapsed() < Duration::from_secs(5));
    // Nothing comes: the answer is an empty page, after the time.
    let seq = page["items"][0]["seq"].as_u64().unwrap();
    let started = Instant::now();
    let page = read(&desk, &visitor, &format!("?since={seq}&wait_secs=1")).await;
    assert_eq!(page["items"], json!([]));
    assert!(started.elapsed() >= Duration::from_millis(950));
}

#[tokio::test]
async fn reading_marks_what_agents_see() {
    let desk = TestDesk::start().await;
    let visitor = open(&desk, json!({})).await;
    let posted = say(&desk, &visitor, "在吗").await;
    let thread = format!(
        "/api/v1/conversations/{}/messages",
        posted["conversation_id"].as_str().unwrap()
    );
    let reply = json!({ "kind": "reply", "text": "在" });
    let reply = desk.post(&desk.agent, &thread, reply).await.expect(201);
    let seq = reply["seq"]
        .as_u64()
        .or(reply["message"]["seq"].as_u64())
        .unwrap();
    let path = format!("/chat/v1/{}/seen", desk.inbox);
    desk.post(&visitor, &path, json!({ "seq": seq - 1 }))
        .await
        .expect(204);
    let state = |page: Value| page["items"][1]["delivery"]["state"].clone();
    assert_eq!(
        state(desk.get(&desk.agent, &thread).await.expect(200)),
        "sent"
    );
    desk.post(&visitor, &path, json!({ "seq": seq }))
        .await
        .expect(204);
    assert_eq!(
        state(desk.get(&desk.agent, &thread).await.expect(200)),
        "read"
    );
    let head = desk.head().await;
    desk.post(&visitor, &path, json!({ "seq": u64::MAX }))
        .await
        .expect(204);
    assert_eq!(desk.head().await, head, "seen once is seen");
}

#[tokio::test]
async fn floods_are_stopped_and_told_when_to_come_back() {
    let desk = TestDesk::start().await;
    let visitor = open(&desk, json!({})).await;
    let path = format!("/chat/v1/{}/messages", desk.inbox);
    let mut limited = None;
    for at in 0..80 {
        let body = json!({ "text": format!("洪水 {at}") });
        let answer = desk.post(&visitor, &path, body).await;
        if answer.status != 201 {
            limited = Some((at, answer));
            break;
        }
    }
    let (at, answer) = limited.expect("sixty at once are enough");
    assert!(at >= 60);
    answer.expect_error(429, "rate_limited");
    let wait: u64 = answer.headers["retry-after"]
        .to_str()
        .unwrap()
        .parse()
        .unwrap();
    assert!((1..=10).contains(&wait));
    // Somebody else is not concerned.
    let other = open(&desk, json!({})).await;
    say(&desk, &other, "我很安静").await;

    let lifted = HttpConfig {
        rate_limits: false,
        ..HttpConfig::default()
    };
    let desk = TestDesk::start_with(lifted).await;
    let visitor = open(&desk, json!({})).await;
    for _ in 0..80 {
        say(&desk, &visitor, "压力测试").await;
    }
}

#[tokio::test]
async fn only_listed_pages_use_an_inbox() {
    let desk = TestDesk::start().await;
    let ask = |method: &str, origin: Option<&str>, path: &str| {
        let mut request = Request::builder()
            .method(method)
            .uri(format!("/chat/v1/{}/{path}", desk.inbox))
            .header("host", "desk.example")
            .header("content-type", "application/json");
        if let Some(origin) = origin {
            request = request.header("origin", origin);
        }
        if method == "OPTIONS" {
            request = request.header("access-control-request-method", "POST");
        }
        desk.send(
            request
                .body(Body::from(if method == "POST" { "{}" } else { "" }))
                .unwrap(),
        )
    };
    let anywhere = ask("POST", Some("https://anything.example"), "sessions").await;
    assert_eq!(anywhere.status, 201);
    set_up(
        &desk,
        json!({ "allowed_origins": ["https://shop.example", "https://*.brand.example"] }),
    )
    .await;
    for (origin, welcome) in [
        (None, true),
        (Some("https://shop.example"), true),
        (Some("https://www.brand.example"), true),
        (Some("https://desk.example"), true),
        (Some("https://evil.example"), false),
        (Some("http://shop.example"), false),
        (Some("null"), false),
    ] {
        let answer = ask("POST", origin, "sessions").await;
        let status = if welcome { 201 } else { 403 };
        assert_eq!(answer.status, status, "{origin:?}");
        let preflight = ask("OPTIONS", origin, "messages").await;
        let allowed = preflight.headers.get("access-control-allow-origin");
        match origin {
            Some("https://desk.example") | None => assert_eq!(allowed, None),
            Some(origin) if welcome => {
                assert_eq!(preflight.status, 204);
                assert_eq!(allowed.unwrap(), origin);
                assert_eq!(answer.headers["access-control-allow-origin"], origin);
            }
            Some(_) => assert_eq!((preflight.status, allowed), (403, None)),
        }
        assert_eq!(
            ask("GET", origin, "config").await.status,
            if welcome { 200 } else { 403 }
        );
    }
}

#[tokio::test]
async fn the_widget_is_told_what_to_draw() {
    let desk = TestDesk::start().await;
    let path = format!("/chat/v1/{}/config", desk.inbox);
    let config = desk.get(&Caller::nobody(), &path).await.expect(200);
    assert_eq!(config["title"], "官网");
    assert_eq!(config["open_now"], true);
    assert_eq!(config["identity"], "optional");
    assert_eq!(config["attachment_bytes_max"], 10 * 1024 * 1024);
    let settings = json!({ "title": "在线客服", "color": "#AA0000", "prechat": "required", "proactive_after_secs": 2,
                           "greeting": "您好!", "offline_form": true, "locale": "zh" });
    set_up(&desk, settings).await;
    let config = desk.get(&Caller::nobody(), &path).await.expect(200);
    assert_eq!(config["title"], "在线客服");
    assert_eq!(config["color"], "#aa0000");
    assert_eq!(config["greeting"], "您好!");
    assert_eq!(config["prechat"], "required");
    assert_eq!(config["proactive_after_secs"], 2);
}
