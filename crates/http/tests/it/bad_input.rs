//! Requests that no client should send.

use axum::{
    body::Body,
    http::{Method, Request, header},
};
use plugboard_test_kit::desk::{Answer, TestDesk};
use serde_json::json;

async fn raw(
    desk: &TestDesk,
    method: Method,
    path: &str,
    kind: Option<&str>,
    body: impl Into<Body>,
) -> Answer {
    let mut request = Request::builder().method(method).uri(path).header(
        header::AUTHORIZATION,
        format!("Bearer {}", desk.admin.token),
    );
    if let Some(kind) = kind {
        request = request.header(header::CONTENT_TYPE, kind);
    }
    desk.send(request.body(body.into()).expect("a request"))
        .await
}

const JSON: Option<&str> = Some("application/json");

#[tokio::test]
async fn bodies_that_are_no_json_or_another_kind_or_too_large() {
    let desk = TestDesk::start().await;
    let teams = "/api/v1/teams";
    for body in [
        "",
        "{",
        "{]",
        "nonsense",
        "{\"name\":\"a\"} x",
        "\u{feff}{}",
    ] {
        raw(&desk, Method::POST, teams, JSON, body.to_owned())
            .await
            .expect_error(400, "invalid");
    }
    raw(&desk, Method::POST, teams, JSON, vec![0xff, 0xfe])
        .await
        .expect_error(400, "invalid");
    for kind in [
        None,
        Some("text/plain"),
        Some("application/x-www-form-urlencoded"),
        Some(""),
    ] {
        raw(&desk, Method::POST, teams, kind, "{}")
            .await
            .expect_error(415, "invalid");
    }
    for body in [
        "null",
        "[]",
        "7",
        "\"name\"",
        "{\"name\":null}",
        "{\"name\":{}}",
        "[\"name\", null, null, null]",
    ] {
        raw(&desk, Method::POST, teams, JSON, body.to_owned())
            .await
            .expect_error(422, "invalid");
    }
    let large = format!("{{\"name\":\"{}\"}}", "x".repeat(2 * 1024 * 1024));
    raw(&desk, Method::POST, teams, JSON, large)
        .await
        .expect_error(413, "too_large");
    let deep = "[".repeat(100_000);
    let answer = raw(&desk, Method::POST, teams, JSON, deep).await;
    answer.expect_error(400, "invalid");
}

#[tokio::test]
async fn methods_and_paths_that_are_not_there() {
    let desk = TestDesk::start().await;
    for (method, path) in [
        (Method::DELETE, "/api/v1/teams"),
        (Method::PUT, "/api/v1/me"),
        (Method::POST, "/healthz"),
        (Method::TRACE, "/api/v1/conversations"),
        (
            Method::from_bytes(b"BREW").expect("a method"),
            "/api/v1/conversations",
        ),
    ] {
        raw(&desk, method, path, None, Body::empty())
            .await
            .expect_error(405, "invalid");
    }
    for path in [
        "/api/v1/",
        "/api/v2/me",
        "/api/v1/me/",
        "/api/v1/conversations/x/y/z",
        "/chat/v1/x",
        "/hooks/x",
    ] {
        let answer = raw(&desk, Method::POST, path, JSON, "{}").await;
        answer.expect_error(404, "not_found");
    }
}

#[tokio::test]
async fn ids_and_texts_that_try_something() {
    let desk = TestDesk::start().await;
    for id in [
        "%00",
        "..%2f..%2fetc",
        "%ff",
        "'%20OR%201=1",
        "0190aaaa-0000-7000-8000-00000000000g",
        "-1",
    ] {
        let path = format!("/api/v1/conversations/{id}");
        raw(&desk, Method::GET, &path, None, Body::empty())
            .await
            .expect_error(404, "not_found");
    }
    for query in [
        "q=%00",
        "tag=%00",
        "q=%ff",
        "ids=,,,",
        "tag=",
        "q=%F0%9F%98%80",
    ] {
        let path = format!("/api/v1/conversations?{query}");
        let answer = raw(&desk, Method::GET, &path, None, Body::empty()).await;
        assert!(
            matches!(answer.status, 200 | 422),
            "{query}: {}",
            answer.status
        );
    }
    let answer = desk
        .post(&desk.admin, "/api/v1/teams", json!({ "name": "a\u{0}b" }))
        .await;
    answer.expect_error(422, "invalid");
    let message = answer.json().to_string();
    assert!(
        !message.contains("panick") && !message.contains("src/") && !message.contains("SELECT"),
        "{message}"
    );
}

#[tokio::test]
async fn numbers_at_the_edge() {
    let desk = TestDesk::start().await;
    let path = format!("/api/v1/conversations/{}", desk.receive("在吗").await);
    for seq in [
        0,
        1,
        i64::MAX.cast_unsigned(),
        i64::MAX.cast_unsigned() + 1,
        u64::MAX,
    ] {
        desk.post(&desk.agent, &format!("{path}/read"), json!({ "seq": seq }))
            .await
            .expect(200);
        let note = json!({ "kind": "note", "text": "x", "seen_seq": seq });
        desk.post(&desk.agent, &format!("{path}/messages"), note)
            .await
            .expect(201);
        desk.get(&desk.agent, &format!("{path}/messages?before={seq}"))
            .await
            .expect(200);
    }
    for until in [
        "9999-12-31T23:59:59Z",
        "-000001-01-01T00:00:00Z",
        "2026-01-01T00:00:60Z",
    ] {
        let body = json!({ "status": "snoozed", "until": until });
        desk.post(&desk.agent, &format!("{path}/status"), body)
            .await
            .expect_error(422, "invalid");
    }
}
