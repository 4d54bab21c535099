//! Health, metrics, dead letters, the app's files.

use axum::http::header;
use plugboard_http::HttpConfig;
use plugboard_test_kit::desk::{Caller, TestDesk};
use serde_json::json;

use crate::NOTHING;

#[tokio::test]
async fn health_needs_no_sign_in_and_says_when_limits_are_off() {
    let desk = TestDesk::start().await;
    let nobody = Caller::nobody();
    desk.get(&nobody, "/healthz").await.expect(200);
    let ready = desk.get(&nobody, "/readyz").await.expect(200);
    assert_eq!(
        ready,
        json!({ "status": "ready", "reasons": [], "warnings": [] })
    );
    assert_eq!(desk.get(&nobody, "/metrics").await.status, 200);
    desk.engine.stop().await;
    desk.get(&nobody, "/healthz").await.expect(503);
    let stopping = desk.get(&nobody, "/readyz").await.expect(503);
    assert_eq!(stopping["reasons"][0], "the desk is stopping");
    let open = HttpConfig {
        rate_limits: false,
        ..HttpConfig::default()
    };
    let desk = TestDesk::start_with(open).await;
    let ready = desk.get(&nobody, "/readyz").await.expect(200);
    assert!(
        ready["warnings"][0]
            .as_str()
            .expect("a warning")
            .starts_with("RATE LIMITS ARE OFF")
    );
}

#[tokio::test]
async fn dead_letters_are_for_those_who_run_integrations() {
    let desk = TestDesk::start().await;
    let path = "/api/v1/outbox";
    assert_eq!(
        desk.get(&desk.admin, path).await.expect(200),
        json!({ "items": [], "next_cursor": null })
    );
    desk.get(&desk.admin, &format!("{path}?state=all"))
        .await
        .expect(200);
    desk.get(&desk.admin, &format!("{path}?state=lost"))
        .await
        .expect_error(422, "invalid");
    desk.get(&desk.agent, path)
        .await
        .expect_error(403, "forbidden");
    let redeliver = format!("{path}/{NOTHING}/redeliver");
    desk.post(&desk.admin, &redeliver, json!(null))
        .await
        .expect_error(404, "not_found");
    desk.post(&desk.agent, &redeliver, json!(null))
        .await
        .expect_error(403, "forbidden");
}

#[tokio::test]
async fn without_a_web_app_the_page_says_how_to_build_it() {
    let desk = TestDesk::start().await;
    let page = desk.get(&Caller::nobody(), "/settings/teams").await;
    assert_eq!(page.status, 200);
    assert!(String::from_utf8_lossy(&page.body).contains("make run"));
    desk.get(&Caller::nobody(), "/assets/app.js")
        .await
        .expect_error(404, "not_found");
    desk.get(&Caller::nobody(), "/api/v1/nothing")
        .await
        .expect_error(404, "not_found");
}

#[tokio::test]
async fn every_answer_has_its_headers() {
    let desk = TestDesk::start().await;
    let answer = desk.get(&desk.agent, "/api/v1/me").await;
    assert_eq!(answer.headers[header::X_CONTENT_TYPE_OPTIONS], "nosniff");
    assert_eq!(answer.headers[header::CACHE_CONTROL], "no-store");
    assert!(answer.headers.contains_key("x-request-id"));
}
