//! Threads: reading and writing.

use plugboard_test_kit::desk::{TestDesk, id};
use serde_json::{Value, json};

use crate::NOTHING;

fn thread(conversation: &str) -> String {
    format!("/api/v1/conversations/{conversation}/messages")
}

fn texts(page: &Value) -> Vec<&str> {
    page["items"]
        .as_array()
        .expect("items")
        .iter()
        .map(|it| it["text"].as_str().expect("a text"))
        .collect()
}

#[tokio::test]
async fn the_same_client_id_is_the_same_message() {
    let desk = TestDesk::start().await;
    let path = thread(&desk.receive("在吗").await);
    let asked = json!({ "kind": "reply", "text": "在的", "client_id": "c1" });
    let first = desk
        .post(&desk.agent, &path, asked.clone())
        .await
        .expect(201);
    assert_eq!(first["kind"], "outbound");
    assert_eq!(
        first["author"],
        json!({ "type": "agent", "id": desk.agent.id, "name": "agent" })
    );
    assert_eq!(first["delivery"]["state"], "sent");
    assert_eq!(first["client_id"], "c1");
    let again =
        json!({ "kind": "reply", "text": "something else", "client_id": "c1", "seen_seq": 0 });
    assert_eq!(
        desk.post(&desk.agent, &path, again).await.expect(200),
        first
    );
    assert_eq!(
        texts(&desk.get(&desk.agent, &path).await.expect(200)),
        ["在吗", "在的"]
    );
    // Another agent's ids are their own.
    desk.post(&desk.supervisor, &path, asked).await.expect(201);
}

#[tokio::test]
async fn a_stale_reply_is_refused_with_what_is_new() {
    let desk = TestDesk::start().await;
    let conversation = desk.receive("在吗").await;
    let path = thread(&conversation);
    let seen = desk.head().await;
    let other = json!({ "kind": "reply", "text": "我来处理" });
    desk.post(&desk.supervisor, &path, other).await.expect(201);
    let asked = json!({ "kind": "reply", "text": "您好", "client_id": "c2", "seen_seq": seen });
    let refused = desk.post(&desk.agent, &path, asked.clone()).await;
    refused.expect_error(409, "conflict");
    let unseen = refused.json();
    assert_eq!(unseen["messages"].as_array().expect("messages").len(), 1);
    assert_eq!(unseen["messages"][0]["text"], "我来处理");
    let now = desk
        .get(
            &desk.agent,
            &format!("/api/v1/conversations/{conversation}"),
        )
        .await
        .expect(200);
    let mut asked = asked;
    asked["seen_seq"] = now["seq"].clone();
    desk.post(&desk.agent, &path, asked).await.expect(201);
    // One's own messages are always seen.
    let more = json!({ "kind": "reply", "text": "还有", "seen_seq": now["seq"] });
    desk.post(&desk.agent, &path, more).await.expect(201);
}

#[tokio::test]
async fn what_cannot_be_said_is_refused() {
    let desk = TestDesk::start().await;
    let path = thread(&desk.receive("在吗").await);
    for asked in [
        json!({ "kind": "reply", "text": "" }),
        json!({ "kind": "reply", "text": " \n" }),
        json!({ "kind": "reply" }),
        json!({ "kind": "shout", "text": "x" }),
        json!({ "text": "x" }),
        json!({ "kind": "reply", "text": "x".repeat(50_001) }),
        json!({ "kind": "reply", "text": "x\u{0}" }),
        json!({ "kind": "reply", "text": 7 }),
        json!({ "kind": "reply", "text": "x", "client_id": "" }),
        json!({ "kind": "reply", "text": "x", "client_id": "y".repeat(201) }),
        json!({ "kind": "reply", "text": "x", "seen_seq": -1 }),
        json!({ "kind": "reply", "text": "x", "attachments": ["x"] }),
        json!({ "kind": "reply", "text": "x", "attachments": [NOTHING] }),
        json!({ "kind": "reply", "text": "x", "send_at": "tomorrow" }),
        json!({ "kind": "reply", "text": "x", "send_at": "2020-01-01T00:00:00Z" }),
        json!({ "kind": "note", "text": "x", "send_at": "2030-01-01T00:00:00Z" }),
    ] {
        desk.post(&desk.agent, &path, asked)
            .await
            .expect_error(422, "invalid");
    }
    let asked = json!({ "kind": "reply", "text": "x" });
    desk.post(&desk.inspector, &path, asked.clone())
        .await
        .expect_error(403, "forbidden");
    desk.post(&desk.agent, &thread(NOTHING), asked.clone())
        .await
        .expect_error(404, "not_found");
    desk.post(&desk.agent, &thread("x"), asked)
        .await
        .expect_error(404, "not_found");
}

#[tokio::test]
async fn pages_go_into_history_and_forwards() {
    let desk = TestDesk::start().await;
    let path = thread(&desk.receive("0").await);
    let mut ids = Vec::new();
    for number in 1..7 {
        let asked = json!({ "kind": "note", "text": number.to_string() });
        ids.push(desk.post(&desk.agent, &path, asked).await.expect(201));
    }
    let newest = desk
        .get(&desk.agent, &format!("{path}?limit=3"))
        .await
        .expect(200);
    assert_eq!(texts(&newest), ["4", "5", "6"]);
    let cursor = newest["next_cursor"].as_str().expect("a cursor");
    let older = desk
        .get(&desk.agent, &format!("{path}?limit=3&cursor={cursor}"))
        .await
        .expect(200);
    assert_eq!(texts(&older), ["1", "2", "3"]);
    assert_eq!(
        desk.get(&desk.agent, &format!("{path}?limit=3&before={cursor}"))
            .await
            .expect(200),
        older
    );
    let by_id = desk
        .get(
            &desk.agent,
            &format!("{path}?limit=3&before={}", id(&ids[3])),
        )
        .await
        .expect(200);
    assert_eq!(by_id, older);
    let cursor = older["next_cursor"].as_str().expect("a cursor");
    let oldest = desk
        .get(&desk.agent, &format!("{path}?limit=3&cursor={cursor}"))
        .await
        .expect(200);
    assert_eq!(texts(&oldest), ["0"]);
    assert_eq!(oldest["next_cursor"], json!(null));
    let after = ids[0]["seq"].as_u64().expect("a seq");
    let forwards = desk
        .get(&desk.agent, &format!("{path}?limit=4&after={after}"))
        .await
        .expect(200);
    assert_eq!(texts(&forwards), ["2", "3", "4", "5"]);
    let cursor = forwards["next_cursor"].as_str().expect("a cursor");
    let rest = desk
        .get(&desk.agent, &format!("{path}?limit=4&cursor={cursor}"))
        .await
        .expect(200);
    assert_eq!(texts(&rest), ["6"]);
    assert_eq!(rest["next_cursor"], json!(null));
    for wrong in [
        "limit=0",
        "limit=201",
        "limit=x",
        "before=x",
        "after=-1",
        "cursor=x",
        "before=1&after=1",
    ] {
        desk.get(&desk.agent, &format!("{path}?{wrong}"))
            .await
            .expect_error(422, "invalid");
    }
    desk.get(&desk.agent, &format!("{path}?after={}", u64::MAX))
        .await
        .expect(200);
}

#[tokio::test]
async fn a_reply_can_wait_and_be_taken_back() {
    let desk = TestDesk::start().await;
    let conversation = desk.receive("在吗").await;
    let asked = json!({ "kind": "reply", "text": "明天见", "client_id": "s1", "send_at": "2030-01-01T00:00:00Z" });
    let waiting = desk
        .post(&desk.agent, &thread(&conversation), asked.clone())
        .await
        .expect(201);
    let again = desk
        .post(&desk.agent, &thread(&conversation), asked)
        .await
        .expect(200);
    assert_eq!(again, waiting);
    assert_eq!(
        (&waiting["seq"], &waiting["delivery"]["state"]),
        (&json!(0), &json!("queued"))
    );
    let path = format!("/api/v1/conversations/{conversation}");
    let now = desk.get(&desk.agent, &path).await.expect(200);
    assert_eq!(now["scheduled"].as_array().expect("replies").len(), 1);
    assert_eq!(now["scheduled"][0]["message_id"], waiting["id"]);
    assert_eq!(now["scheduled"][0]["at"], "2030-01-01T00:00:00.000000Z");
    let scheduled = format!("{path}/scheduled/{}", id(&waiting));
    desk.delete(&desk.inspector, &scheduled)
        .await
        .expect_error(403, "forbidden");
    desk.delete(&desk.agent, &scheduled).await.expect(204);
    desk.delete(&desk.agent, &scheduled)
        .await
        .expect_error(404, "not_found");
    desk.delete(&desk.agent, &format!("{path}/scheduled/x"))
        .await
        .expect_error(404, "not_found");
}

#[tokio::test]
async fn drafts_are_ones_own() {
    let desk = TestDesk::start().await;
    let path = format!(
        "/api/v1/conversations/{}/drafts",
        desk.receive("在吗").await
    );
    let draft = json!({ "kind": "reply", "text": "草稿" });
    desk.put(&desk.agent, &path, draft).await.expect(200);
    let kept = desk.get(&desk.agent, &path).await.expect(200);
    assert_eq!(
        (&kept["items"][0]["kind"], &kept["items"][0]["text"]),
        (&json!("reply"), &json!("草稿"))
    );
    assert_eq!(
        desk.get(&desk.supervisor, &path).await.expect(200)["items"],
        json!([])
    );
    desk.put(&desk.agent, &path, json!({ "kind": "reply", "text": "" }))
        .await
        .expect(200);
    assert_eq!(
        desk.get(&desk.agent, &path).await.expect(200)["items"],
        json!([])
    );
    desk.put(
        &desk.inspector,
        &path,
        json!({ "kind": "note", "text": "x" }),
    )
    .await
    .expect_error(403, "forbidden");
    desk.put(&desk.agent, &path, json!({ "kind": "shout", "text": "x" }))
        .await
        .expect_error(422, "invalid");
}
