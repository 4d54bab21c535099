//! What happened, in order.

use plugboard_test_kit::desk::{TestDesk, prune};
use serde_json::{Value, json};

fn kinds(page: &Value) -> Vec<&str> {
    let items = page["items"].as_array().expect("items");
    items
        .iter()
        .map(|it| it["kind"].as_str().expect("a kind"))
        .collect()
}

#[tokio::test]
async fn it_is_dense_and_has_facts_but_no_texts() {
    let desk = TestDesk::start().await;
    let conversation = desk.receive("绝密内容").await;
    let page = desk
        .get(&desk.admin, "/api/v1/journal?since=0&limit=1000")
        .await
        .expect(200);
    let seqs: Vec<u64> = page["items"]
        .as_array()
        .expect("items")
        .iter()
        .map(|it| it["seq"].as_u64().expect("a seq"))
        .collect();
    assert_eq!(
        seqs,
        (1..=page["head"].as_u64().expect("a head")).collect::<Vec<_>>()
    );
    assert!(!page.to_string().contains("绝密"), "{page}");
    let since = seqs.len() as u64 - 2;
    let last = desk
        .get(&desk.agent, &format!("/api/v1/journal?since={since}"))
        .await
        .expect(200);
    assert_eq!(kinds(&last), ["conversation.created", "message.created"]);
    assert_eq!(last["items"][1]["conversation_id"], conversation.as_str());
    assert_eq!(last["items"][1]["data"]["waiting"]["on"], "agent");
    let first = desk
        .get(&desk.admin, "/api/v1/journal?limit=2")
        .await
        .expect(200);
    assert_eq!(
        (
            first["items"].as_array().expect("items").len(),
            &first["next_since"]
        ),
        (2, &json!(2))
    );
    let beyond = desk
        .get(&desk.admin, &format!("/api/v1/journal?since={}", u64::MAX))
        .await
        .expect(200);
    assert_eq!(
        (&beyond["items"], &beyond["head"]),
        (&json!([]), &page["head"])
    );
    for wrong in ["since=-1", "since=x", "limit=0", "limit=1001"] {
        desk.get(&desk.admin, &format!("/api/v1/journal?{wrong}"))
            .await
            .expect_error(422, "invalid");
    }
}

#[tokio::test]
async fn read_marks_drafts_and_sign_ins_are_told_to_their_owner_alone() {
    let desk = TestDesk::start().await;
    let path = format!("/api/v1/conversations/{}", desk.receive("在吗").await);
    let since = desk.head().await;
    desk.post(
        &desk.agent,
        &format!("{path}/read"),
        json!({ "seq": since }),
    )
    .await
    .expect(200);
    desk.put(
        &desk.agent,
        &format!("{path}/drafts"),
        json!({ "kind": "note", "text": "x" }),
    )
    .await
    .expect(200);
    desk.delete(&desk.agent, "/api/v1/sessions/current")
        .await
        .expect(204);
    let journal = format!("/api/v1/journal?since={since}");
    let theirs = desk.get(&desk.supervisor, &journal).await.expect(200);
    assert_eq!(
        (kinds(&theirs), &theirs["next_since"]),
        (vec![], &theirs["head"])
    );
    let admins = desk.get(&desk.admin, &journal).await.expect(200);
    assert_eq!(kinds(&admins), ["session.ended"]);
}

#[tokio::test]
async fn what_retention_took_is_said_by_the_horizon() {
    let desk = TestDesk::start().await;
    desk.receive("one").await;
    let path = "/api/v1/journal?since=0&limit=1000";
    let all = desk.get(&desk.admin, path).await.expect(200);
    assert_eq!(all["horizon"], 0);
    assert_eq!(prune(&desk.engine, 4).await, 4);
    let rest = desk.get(&desk.admin, path).await.expect(200);
    assert_eq!(rest["horizon"], 4);
    assert_eq!(rest["head"], all["head"]);
    assert_eq!(rest["items"][0]["seq"], 5);
}
