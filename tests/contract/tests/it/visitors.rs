//! What visitors may do, and what they must never see.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use plugboard_contract::{Client, Server};
use serde_json::{Value, json};

const SECRET: &str = "a-shared-secret-of-thirty-two-bytes";

fn jwt(header: &Value, claims: &Value, secret: &str) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let signed = format!("{}.{}", part(header), part(claims));
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(signed.as_bytes());
    format!(
        "{signed}.{}",
        URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes())
    )
}

fn identity(sub: &str, secret: &str) -> String {
    let claims = json!({ "sub": sub, "exp": 4_000_000_000_u64, "name": "Signed Name", "email": format!("{sub}@example.com") });
    jwt(&json!({ "alg": "HS256", "typ": "JWT" }), &claims, secret)
}

async fn messages(client: &Client, inbox: &str, query: &str) -> Vec<Value> {
    let answer = client
        .get(&format!("/chat/v1/{inbox}/messages?{query}"))
        .await;
    answer.accepted(200);
    answer.items().clone()
}

#[tokio::test]
async fn a_session_resumes_with_its_token_and_no_other() {
    let server = Server::start().await;
    let admin = server.administrator().await;
    let inbox = server.inbox(&admin, json!({})).await;
    let path = format!("/chat/v1/{inbox}/sessions");
    let nobody = server.nobody();
    let first = nobody.post(&path, json!({ "name": "Lin" })).await;
    assert!(first.accepted(201)["conversation_id"].is_null());
    let visitor = Client {
        token: Some(first.text_at("/visitor_token")),
        ..nobody.clone()
    };
    let conversation = visitor.say(&inbox, "hello").await;
    let again = nobody
        .post(
            &path,
            json!({ "visitor_token": first.text_at("/visitor_token") }),
        )
        .await;
    assert_eq!(again.accepted(201)["conversation_id"], json!(conversation));
    let resumed = Client {
        token: Some(again.text_at("/visitor_token")),
        ..nobody.clone()
    };
    assert_eq!(messages(&resumed, &inbox, "since=0").await.len(), 1);
    nobody
        .post(&path, json!({ "visitor_token": "forged" }))
        .await
        .refused(401, "unauthenticated");
    nobody
        .post("/chat/v1/nowhere/sessions", json!({}))
        .await
        .refused(404, "not_found");
    nobody
        .get(&format!("/chat/v1/{inbox}/messages"))
        .await
        .refused(401, "unauthenticated");
    let other = server.inbox(&admin, json!({})).await;
    let crossed = visitor.get(&format!("/chat/v1/{other}/messages")).await;
    assert!(matches!(crossed.status, 401 | 404), "{crossed:?}");
    let agent_door = visitor.get("/api/v1/conversations").await;
    agent_door.refused(401, "unauthenticated");
}

#[tokio::test]
async fn a_message_is_stored_once_and_paged_after_a_position() {
    let server = Server::start().await;
    let admin = server.administrator().await;
    let inbox = server.inbox(&admin, json!({})).await;
    let visitor = server.visitor(&inbox).await;
    let path = format!("/chat/v1/{inbox}/messages");
    let body = json!({ "text": "hello", "client_id": "one" });
    let first = visitor.post(&path, body.clone()).await;
    assert_eq!(first.accepted(201)["message"]["kind"], "inbound");
    let again = visitor.post(&path, body).await;
    assert_eq!(again.accepted(200), &first.body);
    let id = first.text_at("/conversation_id");
    for nth in 0..5 {
        visitor.say(&inbox, &format!("{nth}")).await;
    }
    admin.reply(&id, "answer").await.accepted(201);
    admin
        .post(
            &format!("/api/v1/conversations/{id}/messages"),
            json!({ "kind": "note", "text": "he is rude", "client_id": "n" }),
        )
        .await
        .accepted(201);
    let all = messages(&visitor, &inbox, "since=0").await;
    assert_eq!(all.len(), 7, "the note is not among them");
    let mut walked = Vec::new();
    let mut query = "since=0&limit=3".to_owned();
    loop {
        let page = visitor.get(&format!("{path}?{query}")).await;
        walked.extend(page.items().iter().map(|it| it["id"].clone()));
        match page.body["next_cursor"].as_str() {
            Some(next) => query = format!("since=0&limit=3&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(
        walked,
        all.iter().map(|it| it["id"].clone()).collect::<Vec<_>>()
    );
    let after = messages(&visitor, &inbox, &format!("since={}", all[4]["seq"])).await;
    assert_eq!(after.len(), 2);
    for body in [
        json!({ "text": "" }),
        json!({ "text": "x".repeat(5_001) }),
        json!({ "text": null }),
        json!([]),
    ] {
        let refused = visitor.post(&path, body).await;
        assert!(matches!(refused.status, 400 | 422), "{refused:?}");
    }
}

#[tokio::test]
async fn a_typed_in_address_proves_nothing_and_a_signed_one_joins() {
    let server = Server::start().await;
    let admin = server.administrator().await;
    let inbox = server
        .inbox(
            &admin,
            json!({ "identity": "optional", "identity_secret": SECRET }),
        )
        .await;
    let path = format!("/chat/v1/{inbox}/sessions");
    let nobody = server.nobody();
    let signed = nobody
        .post(&path, json!({ "identity_token": identity("u1", SECRET) }))
        .await;
    assert_eq!(signed.accepted(201)["verified"], true);
    let first = Client {
        token: Some(signed.text_at("/visitor_token")),
        ..nobody.clone()
    };
    first.say(&inbox, "my secret").await;
    let typed = nobody
        .post(
            &path,
            json!({ "email": "u1@example.com", "name": "Mallory" }),
        )
        .await;
    assert_eq!(typed.accepted(201)["verified"], false);
    assert_ne!(typed.text_at("/contact_id"), signed.text_at("/contact_id"));
    let mallory = Client {
        token: Some(typed.text_at("/visitor_token")),
        ..nobody.clone()
    };
    assert!(messages(&mallory, &inbox, "since=0").await.is_empty());
    let elsewhere = nobody
        .post(&path, json!({ "identity_token": identity("u1", SECRET) }))
        .await;
    assert_eq!(
        elsewhere.text_at("/contact_id"),
        signed.text_at("/contact_id")
    );
    let second = Client {
        token: Some(elsewhere.text_at("/visitor_token")),
        ..nobody.clone()
    };
    assert_eq!(
        messages(&second, &inbox, "since=0").await.len(),
        1,
        "the same customer in another browser"
    );
    let none = jwt(
        &json!({ "alg": "none" }),
        &json!({ "sub": "u1", "exp": 4_000_000_000_u64 }),
        SECRET,
    );
    let expired = jwt(
        &json!({ "alg": "HS256" }),
        &json!({ "sub": "u1", "exp": 1_000_000 }),
        SECRET,
    );
    let eternal = jwt(&json!({ "alg": "HS256" }), &json!({ "sub": "u1" }), SECRET);
    for token in [
        identity("u1", "another secret of thirty-two bytes!"),
        none,
        expired,
        eternal,
        "nonsense".into(),
    ] {
        nobody
            .post(&path, json!({ "identity_token": token }))
            .await
            .refused(401, "unauthenticated");
    }
}

#[tokio::test]
async fn enforced_identity_keeps_strangers_from_writing() {
    let server = Server::start().await;
    let admin = server.administrator().await;
    let inbox = server
        .inbox(
            &admin,
            json!({ "identity": "enforce", "identity_secret": SECRET }),
        )
        .await;
    let path = format!("/chat/v1/{inbox}/sessions");
    let nobody = server.nobody();
    nobody
        .post(&path, json!({ "email": "a@example.com" }))
        .await
        .refused(403, "forbidden");
    let signed = nobody
        .post(&path, json!({ "identity_token": identity("u1", SECRET) }))
        .await;
    signed.accepted(201);
    Client {
        token: Some(signed.text_at("/visitor_token")),
        ..nobody
    }
    .say(&inbox, "hello")
    .await;
}

#[tokio::test]
async fn the_opener_is_there_at_once_and_is_the_configured_text() {
    let server = Server::start().await;
    let admin = server.administrator().await;
    let inbox = server
        .inbox(&admin, json!({ "greeting": "您好,欢迎光临!" }))
        .await;
    let visitor = server.visitor(&inbox).await;
    visitor.say(&inbox, "你好").await;
    let all = messages(&visitor, &inbox, "since=0").await;
    let texts: Vec<_> = all.iter().map(|it| it["text"].as_str().unwrap()).collect();
    assert_eq!(texts, ["你好", "您好,欢迎光临!"]);
    let config = server
        .nobody()
        .get(&format!("/chat/v1/{inbox}/config"))
        .await;
    assert_eq!(config.accepted(200)["greeting"], "您好,欢迎光临!");
}

#[tokio::test]
async fn a_long_poll_answers_when_there_is_something() {
    let server = Server::start().await;
    let admin = server.administrator().await;
    let inbox = server.inbox(&admin, json!({})).await;
    let visitor = server.visitor(&inbox).await;
    let id = visitor.say(&inbox, "hello").await;
    let last = messages(&visitor, &inbox, "since=0").await[0]["seq"].clone();
    let poll = format!("/chat/v1/{inbox}/messages?since={last}&wait_secs=20");
    let waiting = {
        let visitor = visitor.clone();
        tokio::spawn(async move { visitor.get(&poll).await })
    };
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    assert!(!waiting.is_finished());
    admin.reply(&id, "here I am").await.accepted(201);
    let answer = tokio::time::timeout(std::time::Duration::from_secs(5), waiting)
        .await
        .expect("still waiting")
        .unwrap();
    assert_eq!(answer.items()[0]["text"], "here I am");
}

#[tokio::test]
async fn other_sites_are_kept_out_when_origins_are_named() {
    let server = Server::start().await;
    let admin = server.administrator().await;
    let inbox = server
        .inbox(
            &admin,
            json!({ "allowed_origins": ["https://shop.example.com"] }),
        )
        .await;
    let path = format!("/chat/v1/{inbox}/sessions");
    let from = async |origin: &str| {
        let request = server
            .nobody()
            .request(reqwest::Method::POST, &path)
            .header("origin", origin)
            .json(&json!({}));
        request.send().await.unwrap().status().as_u16()
    };
    assert_eq!(from("https://evil.example.com").await, 403);
    assert_eq!(from("https://shop.example.com").await, 201);
}

#[tokio::test]
async fn a_flood_is_stopped_and_told_when_to_come_back() {
    let server = Server::start().await;
    let admin = server.administrator().await;
    let inbox = server.inbox(&admin, json!({})).await;
    let visitor = server.visitor(&inbox).await;
    let path = format!("/chat/v1/{inbox}/messages");
    let mut stopped = None;
    for nth in 0..400 {
        let answer = visitor
            .post(&path, json!({ "text": format!("{nth}") }))
            .await;
        if answer.status != 201 {
            stopped = Some(answer);
            break;
        }
    }
    let stopped = stopped.expect("four hundred messages in a row");
    stopped.refused(429, "rate_limited");
    assert!(stopped.headers.contains_key("retry-after"));
    server
        .visitor(&inbox)
        .await
        .say(&inbox, "others go on")
        .await;
}
