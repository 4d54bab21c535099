//! Configured endpoints.

use axum::{
    body::Body,
    http::{Request, header},
};
use plugboard_http::HttpConfig;
use plugboard_test_kit::desk::{TestDesk, id};
use serde_json::json;

use crate::NOTHING;

const INBOXES: &str = "/api/v1/inboxes";

#[tokio::test]
async fn a_chat_inbox_comes_with_its_snippet() {
    let config = HttpConfig {
        public_url: Some("https://desk.example/".into()),
        ..HttpConfig::default()
    };
    let desk = TestDesk::start_with(config).await;
    let asked = json!({
        "name": "Shop", "channel": "webchat", "shop": "Acme",
        "settings": { "greeting": "您好", "title": "Acme", "require_disposition": true, "identity_secret": "s".repeat(32) },
    });
    let made = desk.post(&desk.admin, INBOXES, asked).await.expect(201);
    let snippet = format!(
        r#"<script src="https://desk.example/widget/v1/loader.js" data-inbox="{}" async></script>"#,
        id(&made)
    );
    assert_eq!(made["snippet"], snippet);
    assert_eq!(made["webhook_url"], json!(null));
    assert_eq!(made["settings"]["greeting"], "您好");
    assert_eq!(made["settings"]["title"], "Acme");
    assert_eq!(made["settings"]["require_disposition"], true);
    assert!(!made.to_string().contains("ssssssss"), "{made}");
    let shops = desk.get(&desk.agent, "/api/v1/shops").await.expect(200);
    assert!(
        shops["items"]
            .as_array()
            .expect("items")
            .iter()
            .any(|it| it["name"] == "Acme" && it["id"] == made["shop"])
    );
    let path = format!("{INBOXES}/{}", id(&made));
    assert_eq!(desk.get(&desk.agent, &path).await.expect(200), made);
}

#[tokio::test]
async fn the_snippet_names_the_host_that_was_asked_unless_that_is_nonsense() {
    let desk = TestDesk::start().await;
    for (host, base) in [
        ("desk.test:8080", "http://desk.test:8080"),
        ("\"><script>", "http://localhost"),
    ] {
        let request = Request::get(format!("{INBOXES}/{}", desk.inbox))
            .header(header::HOST, host)
            .header(
                header::AUTHORIZATION,
                format!("Bearer {}", desk.agent.token),
            )
            .body(Body::empty());
        let inbox = desk.send(request.expect("a request")).await.expect(200);
        let snippet = inbox["snippet"].as_str().expect("a snippet");
        assert!(
            snippet.starts_with(&format!(r#"<script src="{base}/widget/"#)),
            "{snippet}"
        );
    }
}

#[tokio::test]
async fn an_inbox_is_replaced_but_keeps_channel_and_secret() {
    let desk = TestDesk::start().await;
    let path = format!("{INBOXES}/{}", desk.inbox);
    let enforce =
        json!({ "name": "官网", "channel": "webchat", "settings": { "identity": "enforce" } });
    desk.put(&desk.admin, &path, enforce.clone())
        .await
        .expect_error(422, "invalid");
    let mut with_secret = enforce.clone();
    with_secret["settings"]["identity_secret"] = json!("0123456789abcdef0123456789abcdef");
    desk.put(&desk.admin, &path, with_secret).await.expect(200);
    let changed = desk.put(&desk.admin, &path, enforce).await.expect(200);
    assert_eq!(changed["settings"]["identity"], "enforce");
    assert_eq!(changed["shop"], json!(null));
    let moved = json!({ "name": "官网", "channel": "email" });
    desk.put(&desk.admin, &path, moved)
        .await
        .expect_error(422, "invalid");
    let asked = json!({ "name": "x", "channel": "webchat" });
    desk.put(&desk.agent, &path, asked.clone())
        .await
        .expect_error(403, "forbidden");
    desk.put(&desk.admin, &format!("{INBOXES}/{NOTHING}"), asked)
        .await
        .expect_error(404, "not_found");
}

#[tokio::test]
async fn what_no_inbox_can_be_is_refused() {
    let desk = TestDesk::start().await;
    let message = desk
        .post(
            &desk.admin,
            INBOXES,
            json!({ "name": "Mail", "channel": "email" }),
        )
        .await;
    let message = message.expect_error(422, "invalid");
    assert_eq!(message, "channel: email is not installed, or is turned off");
    for asked in [
        json!({ "name": "", "channel": "webchat" }),
        json!({ "name": "x", "channel": "fax" }),
        json!({ "name": "x", "channel": "plugin:" }),
        json!({ "name": "x", "channel": "plugin:line" }),
        json!({ "name": "x" }),
        json!({ "name": "x", "channel": "webchat", "team_id": NOTHING }),
        json!({ "name": "x", "channel": "webchat", "team_id": "x" }),
        json!({ "name": "x", "channel": "webchat", "settings": { "priority": "extreme" } }),
        json!({ "name": "x", "channel": "webchat", "settings": { "sla_policy_id": NOTHING } }),
        json!({ "name": "x", "channel": "webchat", "settings": { "color": "blue-ish" } }),
        json!({ "name": "x", "channel": "webchat", "settings": { "identity_secret": 7 } }),
        json!({ "name": "x", "channel": "webchat", "settings": [] }),
    ] {
        desk.post(&desk.admin, INBOXES, asked)
            .await
            .expect_error(422, "invalid");
    }
    let asked = json!({ "name": "x", "channel": "webchat", "shop": "New shop" });
    desk.post(&desk.supervisor, INBOXES, asked)
        .await
        .expect_error(403, "forbidden");
    let shops = desk.get(&desk.agent, "/api/v1/shops").await.expect(200);
    assert_eq!(shops["items"].as_array().expect("items").len(), 1);
}

#[tokio::test]
async fn an_inbox_goes_unless_conversations_came_in_through_it() {
    let desk = TestDesk::start().await;
    let path = format!("{INBOXES}/{}", desk.inbox);
    desk.delete(&desk.agent, &path)
        .await
        .expect_error(403, "forbidden");
    desk.receive("在吗").await;
    let why = desk
        .delete(&desk.admin, &path)
        .await
        .expect_error(409, "conflict");
    assert!(why.contains("1 conversation"), "{why}");
    desk.get(&desk.admin, &path).await.expect(200);
    let asked = json!({ "name": "unused", "channel": "webchat" });
    let unused = desk.post(&desk.admin, INBOXES, asked).await.expect(201);
    let path = format!("{INBOXES}/{}", id(&unused));
    desk.delete(&desk.admin, &path).await.expect(204);
    desk.get(&desk.admin, &path)
        .await
        .expect_error(404, "not_found");
}
