//! Sessions, agents, teams, inboxes, tokens.

use plugboard_contract::{PASSWORD, Server};
use serde_json::json;

#[tokio::test]
async fn signing_in_gives_a_token_and_a_cookie_and_wrong_proof_gives_neither() {
    let server = Server::start().await;
    let admin = server.administrator().await;
    let me = admin.get("/api/v1/me").await;
    assert!(me.accepted(200)["permissions"].as_array().unwrap().len() > 5);
    let nobody = server.nobody();
    for body in [
        json!({ "email": "root@example.com", "password": "wrong" }),
        json!({ "email": "unknown@example.com", "password": PASSWORD }),
    ] {
        nobody
            .post("/api/v1/sessions", body)
            .await
            .refused(401, "unauthenticated");
    }
    let answer = nobody
        .post(
            "/api/v1/sessions",
            json!({ "email": " ROOT@example.com ", "password": PASSWORD }),
        )
        .await;
    assert_eq!(
        answer.status, 201,
        "addresses are the same in any case: {answer:?}"
    );
    let cookie = answer.headers["set-cookie"].to_str().unwrap().to_owned();
    assert!(
        cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"),
        "{cookie}"
    );
    let pair = cookie.split(';').next().unwrap();
    let with_cookie = nobody
        .request(reqwest::Method::GET, "/api/v1/me")
        .header("cookie", pair)
        .send()
        .await
        .unwrap();
    assert_eq!(with_cookie.status(), 200);
    let forged = nobody
        .request(reqwest::Method::POST, "/api/v1/teams")
        .header("cookie", pair)
        .header("origin", "https://evil.example.com")
        .json(&json!({ "name": "x" }))
        .send()
        .await
        .unwrap();
    assert_eq!(forged.status(), 403, "a cookie does not serve another site");
}

#[tokio::test]
async fn without_a_valid_token_nothing_is_answered() {
    let server = Server::start().await;
    let mut nobody = server.nobody();
    for path in [
        "/api/v1/me",
        "/api/v1/agents",
        "/api/v1/conversations",
        "/api/v1/journal",
        "/api/v1/search?q=x",
    ] {
        nobody.get(path).await.refused(401, "unauthenticated");
    }
    for token in ["", "nonsense", "pbt_nonsense", &"a".repeat(5_000)] {
        nobody.token = Some(token.to_owned());
        nobody
            .get("/api/v1/me")
            .await
            .refused(401, "unauthenticated");
    }
    assert!(nobody.try_socket("/api/v1/ws").await.is_err());
}

#[tokio::test]
async fn signing_out_ends_the_session_at_once() {
    let server = Server::start().await;
    let admin = server.administrator().await;
    assert_eq!(admin.delete("/api/v1/sessions/current").await.status, 204);
    admin
        .get("/api/v1/me")
        .await
        .refused(401, "unauthenticated");
}

#[tokio::test]
async fn agents_are_made_listed_and_shut_out_by_those_who_may() {
    let server = Server::start().await;
    let admin = server.administrator().await;
    let li = server.agent(&admin, "Li", "agent").await;
    let body = json!({ "email": "li@example.com", "name": "Li again", "role": "agent" });
    admin
        .post("/api/v1/agents", body)
        .await
        .refused(409, "conflict");
    li.post(
        "/api/v1/agents",
        json!({ "email": "x@example.com", "name": "X", "role": "agent" }),
    )
    .await
    .refused(403, "forbidden");
    for (field, value) in [
        ("email", json!("nonsense")),
        ("name", json!("")),
        ("password", json!("short")),
        ("capacity", json!(100_000)),
    ] {
        let mut body = json!({ "email": "new@example.com", "name": "New", "role": "agent" });
        body[field] = value;
        admin
            .post("/api/v1/agents", body)
            .await
            .refused(422, "invalid");
    }
    let listed = li.get("/api/v1/agents").await;
    let names: Vec<_> = listed
        .items()
        .iter()
        .map(|it| it["name"].as_str().unwrap())
        .collect();
    assert!(
        names.contains(&"Li") && listed.body["next_cursor"].is_null(),
        "{names:?}"
    );
    let away = li
        .post(
            &format!("/api/v1/agents/{}/availability", li.id),
            json!({ "state": "online" }),
        )
        .await;
    assert_eq!(away.accepted(200)["availability"], "online");
    li.post(
        &format!("/api/v1/agents/{}/availability", admin.id),
        json!({ "state": "offline" }),
    )
    .await
    .refused(403, "forbidden");
    li.post(
        &format!("/api/v1/agents/{}/availability", li.id),
        json!({ "state": "asleep" }),
    )
    .await
    .refused(422, "invalid");
    admin
        .patch(
            &format!("/api/v1/agents/{}", li.id),
            json!({ "disabled": true }),
        )
        .await
        .accepted(200);
    li.get("/api/v1/me").await.refused(401, "unauthenticated");
    admin
        .patch(
            &format!("/api/v1/agents/{}", admin.id),
            json!({ "role": "agent" }),
        )
        .await
        .refused(409, "conflict");
}

#[tokio::test]
async fn teams_have_members() {
    let server = Server::start().await;
    let admin = server.administrator().await;
    let li = server.agent(&admin, "Li", "agent").await;
    let team = admin
        .post("/api/v1/teams", json!({ "name": "Sales" }))
        .await;
    team.accepted(201);
    let path = format!("/api/v1/teams/{}/members", team.text_at("/id"));
    let joined = admin.post(&path, json!({ "agent_id": li.id })).await;
    assert!((200..300).contains(&joined.status), "{joined:?}");
    assert_eq!(joined.body["member_ids"], json!([li.id]));
    admin
        .post(&path, json!({ "agent_id": admin.id[..8] }))
        .await
        .refused(422, "invalid");
    li.post("/api/v1/teams", json!({ "name": "Mutiny" }))
        .await
        .refused(403, "forbidden");
    admin
        .post(
            "/api/v1/teams/nowhere/members",
            json!({ "agent_id": li.id }),
        )
        .await
        .refused(404, "not_found");
}

#[tokio::test]
async fn an_inbox_says_what_to_paste_and_keeps_its_secret() {
    let server = Server::start().await;
    let admin = server.administrator().await;
    let body = json!({
        "name": "Shop", "channel": "webchat", "shop": "Tea",
        "settings": { "greeting": "你好", "identity": "optional", "identity_secret": "a-shared-secret-of-thirty-two-bytes" },
    });
    let inbox = admin.post("/api/v1/inboxes", body).await;
    let id = inbox.text_at("/id");
    inbox.accepted(201);
    let snippet = inbox.text_at("/snippet");
    assert!(
        snippet.contains("/widget/v1/loader.js") && snippet.contains(&id),
        "{snippet}"
    );
    assert_eq!(inbox.body["settings"]["greeting"], "你好");
    let listed = admin.get("/api/v1/inboxes").await;
    assert_eq!(listed.items().len(), 1);
    assert!(!listed.text.contains("shared-secret"), "{}", listed.text);
    admin
        .post(
            "/api/v1/inboxes",
            json!({ "name": "X", "channel": "pigeon" }),
        )
        .await
        .refused(422, "invalid");
    admin
        .post(
            "/api/v1/inboxes",
            json!({ "name": "X", "channel": "webchat", "settings": { "greetings": 1 } }),
        )
        .await
        .refused(422, "invalid");
    admin
        .post(
            "/api/v1/inboxes",
            json!({ "name": "X", "channel": "webchat", "team_id": "nowhere" }),
        )
        .await
        .refused(422, "invalid");
}

#[tokio::test]
async fn a_token_does_what_its_scopes_say_and_no_more() {
    let server = Server::start().await;
    let admin = server.administrator().await;
    let made = admin
        .post(
            "/api/v1/api_tokens",
            json!({ "name": "script", "scopes": ["conversations_read"] }),
        )
        .await;
    made.accepted(201);
    let mut script = server.nobody();
    script.token = Some(made.text_at("/token"));
    script.get("/api/v1/conversations").await.accepted(200);
    script
        .post("/api/v1/teams", json!({ "name": "X" }))
        .await
        .refused(403, "forbidden");
    assert!(
        !admin
            .get("/api/v1/api_tokens")
            .await
            .text
            .contains(&made.text_at("/token"))
    );
    assert_eq!(
        admin
            .delete(&format!("/api/v1/api_tokens/{}", made.text_at("/id")))
            .await
            .status,
        204
    );
    script
        .get("/api/v1/conversations")
        .await
        .refused(401, "unauthenticated");
    admin
        .post(
            "/api/v1/api_tokens",
            json!({ "name": "script", "scopes": ["everything"] }),
        )
        .await
        .refused(422, "invalid");
}

#[tokio::test]
async fn the_document_describes_itself() {
    let server = Server::start().await;
    let document = server.nobody().get("/api/v1/openapi.json").await;
    let paths = document.accepted(200)["paths"].as_object().unwrap();
    for path in [
        "/api/v1/sessions",
        "/api/v1/conversations/{id}/messages",
        "/chat/v1/{inbox_id}/messages",
        "/api/v1/search",
    ] {
        assert!(
            paths.contains_key(path),
            "{path} is missing from {:?}",
            paths.keys()
        );
    }
}
