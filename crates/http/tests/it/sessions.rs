//! Signing in and out.

use axum::{
    body::Body,
    http::{Request, header},
};
use plugboard_test_kit::desk::{Answer, Caller, PASSWORD, TestDesk};
use serde_json::json;

async fn sign_in(desk: &TestDesk, email: &str, password: &str) -> Answer {
    let body = json!({ "email": email, "password": password });
    desk.post(&Caller::nobody(), "/api/v1/sessions", body).await
}

#[tokio::test]
async fn a_password_opens_a_session_and_its_token_is_who_one_is() {
    let desk = TestDesk::start().await;
    let answer = sign_in(&desk, " Agent@Desk.test ", PASSWORD).await;
    let session = answer.expect(201);
    assert_eq!(session["agent"]["email"], "agent@desk.test");
    assert_eq!(session["agent"]["role"], "agent");
    let caller = Caller::with_token(session["token"].as_str().expect("a token"));
    let me = desk.get(&caller, "/api/v1/me").await.expect(200);
    assert_eq!(me["id"], desk.agent.id.as_str());
    assert_eq!(me["permissions"][0], "conversations_read");
    let cookie = answer.headers[header::SET_COOKIE].to_str().expect("ASCII");
    assert!(cookie.contains("HttpOnly; SameSite=Lax"), "{cookie}");
    assert!(!cookie.contains("Secure"), "{cookie}");
}

#[tokio::test]
async fn whatever_is_wrong_with_a_sign_in_looks_alike() {
    let desk = TestDesk::start().await;
    let disabled = desk
        .agent("gone", plugboard_domain::access::Role::Agent)
        .await;
    desk.patch(
        &desk.admin,
        &format!("/api/v1/agents/{}", disabled.id),
        json!({ "disabled": true }),
    )
    .await
    .expect(200);
    let refused = [
        ("agent@desk.test", "wrong"),
        ("nobody@desk.test", PASSWORD),
        ("gone@desk.test", PASSWORD),
        ("not an address", PASSWORD),
        ("", ""),
    ];
    for (email, password) in refused {
        let answer = sign_in(&desk, email, password).await;
        let message = answer.expect_error(401, "unauthenticated");
        assert_eq!(message, "email or password is wrong");
    }
}

#[tokio::test]
async fn a_session_that_ended_works_no_more() {
    let desk = TestDesk::start().await;
    desk.get(&desk.agent, "/api/v1/me").await.expect(200);
    desk.delete(&desk.agent, "/api/v1/sessions/current")
        .await
        .expect(204);
    desk.get(&desk.agent, "/api/v1/me")
        .await
        .expect_error(401, "unauthenticated");
    desk.delete(&desk.agent, "/api/v1/sessions/current")
        .await
        .expect_error(401, "unauthenticated");
}

#[tokio::test]
async fn a_disabled_agent_is_out_at_once() {
    let desk = TestDesk::start().await;
    desk.get(&desk.agent, "/api/v1/me").await.expect(200);
    let path = format!("/api/v1/agents/{}", desk.agent.id);
    desk.patch(&desk.admin, &path, json!({ "disabled": true }))
        .await
        .expect(200);
    desk.get(&desk.agent, "/api/v1/me")
        .await
        .expect_error(401, "unauthenticated");
    desk.patch(&desk.admin, &path, json!({ "disabled": false }))
        .await
        .expect(200);
    desk.get(&desk.agent, "/api/v1/me")
        .await
        .expect_error(401, "unauthenticated");
    sign_in(&desk, "agent@desk.test", PASSWORD)
        .await
        .expect(201);
}

#[tokio::test]
async fn a_new_password_ends_every_session_and_is_the_only_one() {
    let desk = TestDesk::start().await;
    let path = format!("/api/v1/agents/{}", desk.agent.id);
    desk.patch(&desk.agent, &path, json!({ "password": "short" }))
        .await
        .expect_error(422, "invalid");
    desk.patch(&desk.agent, &path, json!({ "password": "a longer one" }))
        .await
        .expect(200);
    desk.get(&desk.agent, "/api/v1/me")
        .await
        .expect_error(401, "unauthenticated");
    sign_in(&desk, "agent@desk.test", PASSWORD)
        .await
        .expect_error(401, "unauthenticated");
    sign_in(&desk, "agent@desk.test", "a longer one")
        .await
        .expect(201);
}

#[tokio::test]
async fn forged_tokens_are_nobodys() {
    let desk = TestDesk::start().await;
    let me = "/api/v1/me";
    for token in [
        "x",
        "pbt_x",
        &"x".repeat(10_000),
        "'; DROP TABLE session; --",
    ] {
        desk.get(&Caller::with_token(token), me)
            .await
            .expect_error(401, "unauthenticated");
    }
    desk.get(&Caller::nobody(), me)
        .await
        .expect_error(401, "unauthenticated");
    let basic = Request::get(me)
        .header(header::AUTHORIZATION, "Basic eDp5")
        .body(Body::empty());
    desk.send(basic.expect("a request"))
        .await
        .expect_error(401, "unauthenticated");
}

#[tokio::test]
async fn a_cookie_is_as_good_but_not_for_other_sites() {
    let desk = TestDesk::start().await;
    let ask = |method: &str, origin: Option<&str>| {
        let mut request = Request::builder()
            .method(method)
            .uri(if method == "GET" {
                "/api/v1/me"
            } else {
                "/api/v1/sessions/current"
            })
            .header(header::HOST, "desk.example")
            .header(
                header::COOKIE,
                format!("a=b; plugboard_session={}", desk.agent.token),
            );
        if let Some(origin) = origin {
            request = request.header(header::ORIGIN, origin);
        }
        desk.send(request.body(Body::empty()).expect("a request"))
    };
    ask("GET", None).await.expect(200);
    ask("GET", Some("https://evil.example")).await.expect(200);
    ask("DELETE", Some("https://evil.example"))
        .await
        .expect_error(403, "forbidden");
    ask("DELETE", Some("null"))
        .await
        .expect_error(403, "forbidden");
    ask("DELETE", Some("https://desk.example"))
        .await
        .expect(204);
}

#[tokio::test]
async fn guessing_a_password_is_slowed_and_signing_in_is_not() {
    let desk = TestDesk::start().await;
    for _ in 0..15 {
        sign_in(&desk, "admin@desk.test", PASSWORD)
            .await
            .expect(201);
    }
    for _ in 0..10 {
        sign_in(&desk, "agent@desk.test", "wrong").await.expect(401);
    }
    let answer = sign_in(&desk, "agent@desk.test", PASSWORD).await;
    answer.expect_error(429, "rate_limited");
    assert!(answer.headers.contains_key(header::RETRY_AFTER));
    sign_in(&desk, "admin@desk.test", PASSWORD)
        .await
        .expect(201);
}

#[tokio::test]
async fn an_api_token_acts_within_its_scopes_until_it_is_removed() {
    let desk = TestDesk::start().await;
    let asked = json!({ "name": "script", "scopes": ["conversations_read"] });
    let made = desk
        .post(&desk.admin, "/api/v1/api_tokens", asked)
        .await
        .expect(201);
    let token = made["token"].as_str().expect("a token");
    assert!(token.starts_with("pbt_"));
    let script = Caller::with_token(token);
    let me = desk.get(&script, "/api/v1/me").await.expect(200);
    assert_eq!(me["permissions"], json!(["conversations_read"]));
    desk.get(&script, "/api/v1/conversations").await.expect(200);
    desk.get(&script, "/api/v1/webhooks")
        .await
        .expect_error(403, "forbidden");
    // A token is no proof of the person: it must not take the account over.
    let own = format!("/api/v1/agents/{}", desk.admin.id);
    desk.patch(&script, &own, json!({ "password": "mine from now on" }))
        .await
        .expect_error(403, "forbidden");
    desk.delete(&script, "/api/v1/sessions/current")
        .await
        .expect_error(409, "conflict");
    let listed = desk
        .get(&desk.admin, "/api/v1/api_tokens")
        .await
        .expect(200);
    assert_eq!(listed["items"][0]["token"], json!(null));
    let path = format!("/api/v1/api_tokens/{}", made["id"].as_str().expect("an id"));
    desk.delete(&desk.admin, &path).await.expect(204);
    desk.get(&script, "/api/v1/me")
        .await
        .expect_error(401, "unauthenticated");
}
