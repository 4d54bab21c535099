//! Signed identity, through the front door.

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD as BASE64};
use plugboard_test_kit::desk::{Caller, TestDesk};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::visitor::{open, read, say, set_up};

const SECRET: &str = "a secret between shop and desk";

/// HMAC-SHA256 by its definition (RFC 2104), so that the test does not use what it tests.
fn hmac(key: &[u8], text: &[u8]) -> [u8; 32] {
    let mut block = [0; 64];
    block[..key.len()].copy_from_slice(key);
    let [inner, outer] = [0x36, 0x5c].map(|pad| block.map(|byte: u8| byte ^ pad));
    let inner = Sha256::digest([&inner[..], text].concat());
    Sha256::digest([&outer[..], &inner[..]].concat()).into()
}

fn token(claims: &Value, secret: &str) -> String {
    let signed = [json!({ "alg": "HS256" }), claims.clone()]
        .map(|part| BASE64.encode(part.to_string()))
        .join(".");
    let signature = BASE64.encode(hmac(secret.as_bytes(), signed.as_bytes()));
    format!("{signed}.{signature}")
}

fn claims(desk: &TestDesk, subject: &str, secs: i64) -> Value {
    json!({ "sub": subject, "exp": desk.engine.now().as_second() + secs, "name": "韩梅梅", "email": "han@example.com" })
}

async fn session(desk: &TestDesk, body: Value) -> plugboard_test_kit::desk::Answer {
    let path = format!("/chat/v1/{}/sessions", desk.inbox);
    desk.post(&Caller::nobody(), &path, body).await
}

#[tokio::test]
async fn a_signed_customer_has_one_history_on_every_device() {
    let desk = TestDesk::start().await;
    set_up(
        &desk,
        json!({ "identity": "optional", "identity_secret": SECRET }),
    )
    .await;
    let signed = token(&claims(&desk, "42", 60), SECRET);
    let body =
        json!({ "identity_token": signed, "name": "a stranger", "email": "other@example.com" });
    let phone = session(&desk, body).await.expect(201);
    assert_eq!(phone["verified"], true);
    let phone = Caller::with_token(phone["visitor_token"].as_str().unwrap());
    say(&desk, &phone, "从手机").await;
    let laptop = session(&desk, json!({ "identity_token": signed }))
        .await
        .expect(201);
    assert!(laptop["conversation_id"].is_string());
    let contact = laptop["contact_id"].as_str().unwrap();
    let laptop = Caller::with_token(laptop["visitor_token"].as_str().unwrap());
    assert_eq!(read(&desk, &laptop, "").await["items"][0]["text"], "从手机");
    let contact = desk
        .get(&desk.supervisor, &format!("/api/v1/contacts/{contact}"))
        .await
        .expect(200);
    assert_eq!(
        contact["name"], "韩梅梅",
        "what somebody types does not overwrite what is signed"
    );
    assert_eq!(contact["email"], "han@example.com");
    // Another customer on the same browser is another person.
    let other = token(&claims(&desk, "43", 60), SECRET);
    let body = json!({ "identity_token": other, "visitor_token": laptop.token });
    let other = session(&desk, body).await.expect(201);
    assert_eq!(other["conversation_id"], Value::Null);
    assert_eq!(read(&desk, &laptop, "").await["items"], json!([]));
}

#[tokio::test]
async fn tokens_that_prove_nothing_are_refused() {
    let desk = TestDesk::start().await;
    set_up(
        &desk,
        json!({ "identity": "optional", "identity_secret": SECRET }),
    )
    .await;
    for bad in [
        token(&claims(&desk, "42", -60), SECRET),
        token(&claims(&desk, "42", 60), "another secret of nobody"),
        token(&json!({ "sub": "42" }), SECRET),
        "nonsense".to_owned(),
    ] {
        let answer = session(&desk, json!({ "identity_token": bad })).await;
        answer.expect_error(401, "unauthenticated");
    }
    // Without the inbox's consent, the token is not looked at.
    set_up(&desk, json!({ "identity": "off" })).await;
    let ignored = session(&desk, json!({ "identity_token": "nonsense" }))
        .await
        .expect(201);
    assert_eq!(ignored["verified"], false);
}

#[tokio::test]
async fn enforcing_shuts_out_whoever_is_not_signed_for() {
    let desk = TestDesk::start().await;
    let before = open(&desk, json!({ "name": "早就来了" })).await;
    say(&desk, &before, "以前").await;
    set_up(
        &desk,
        json!({ "identity": "enforce", "identity_secret": SECRET }),
    )
    .await;
    session(&desk, json!({}))
        .await
        .expect_error(403, "forbidden");
    session(&desk, json!({ "visitor_token": before.token }))
        .await
        .expect_error(403, "forbidden");
    let path = format!("/chat/v1/{}/messages", desk.inbox);
    desk.post(&before, &path, json!({ "text": "还能写吗" }))
        .await
        .expect_error(403, "forbidden");
    desk.get(&before, &path)
        .await
        .expect_error(403, "forbidden");
    let signed = token(&claims(&desk, "42", 60), SECRET);
    let body = json!({ "identity_token": signed, "visitor_token": before.token });
    let session = session(&desk, body).await.expect(201);
    assert_eq!(session["verified"], true);
    say(&desk, &before, "现在可以了").await;
}

#[tokio::test]
async fn enforcing_needs_a_secret_and_the_secret_is_never_shown() {
    let desk = TestDesk::start().await;
    let path = format!("/api/v1/inboxes/{}", desk.inbox);
    let body =
        json!({ "name": "官网", "channel": "webchat", "settings": { "identity": "enforce" } });
    let why = desk
        .put(&desk.admin, &path, body)
        .await
        .expect_error(422, "invalid");
    assert!(why.contains("identity_secret"), "{why}");
    set_up(
        &desk,
        json!({ "identity": "enforce", "identity_secret": SECRET }),
    )
    .await;
    let shown = desk.get(&desk.admin, &path).await;
    assert!(!String::from_utf8_lossy(&shown.body).contains(SECRET));
    let journal = desk.get(&desk.admin, "/api/v1/journal?limit=1000").await;
    assert!(!String::from_utf8_lossy(&journal.body).contains(SECRET));
    let unknown = json!({ "name": "官网", "channel": "webchat", "settings": { "tilte": "x" } });
    let why = desk
        .put(&desk.admin, &path, unknown)
        .await
        .expect_error(422, "invalid");
    assert!(why.contains("tilte"), "{why}");
}
