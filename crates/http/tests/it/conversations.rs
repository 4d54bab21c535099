//! What agents do to a conversation.

use plugboard_test_kit::desk::{TestDesk, id};
use serde_json::{Value, json};

use crate::NOTHING;

const LIST: &str = "/api/v1/conversations";

fn one(conversation: &str) -> String {
    format!("{LIST}/{conversation}")
}

fn ids(page: &Value) -> Vec<String> {
    page["items"]
        .as_array()
        .expect("items")
        .iter()
        .map(id)
        .collect()
}

#[tokio::test]
async fn a_conversation_is_worked_from_queue_to_wrap_up() {
    let desk = TestDesk::start().await;
    let path = one(&desk.receive("在吗").await);
    let fresh = desk.get(&desk.agent, &path).await.expect(200);
    assert_eq!(fresh["assignment"]["state"], "unassigned");
    assert_eq!(fresh["assignment"]["team_id"], desk.team.as_str());
    assert_eq!(
        (&fresh["needs_reply"], &fresh["unread"]),
        (&json!(true), &json!(true))
    );
    assert_eq!(fresh["last_message"]["text"], "在吗");
    let act = |what: &str, body: Value| {
        let path = format!("{path}/{what}");
        let desk = &desk;
        async move { desk.post(&desk.agent, &path, body).await.expect(200) }
    };
    let now = act("assignment", json!({ "agent_id": desk.agent.id })).await;
    assert_eq!(now["assignment"]["agent_id"], desk.agent.id.as_str());
    let now = act("assignment", json!({ "agent_id": null, "team_id": null })).await;
    assert_eq!(
        (
            &now["assignment"]["agent_id"],
            &now["assignment"]["team_id"]
        ),
        (&json!(null), &json!(null))
    );
    let now = act("tags", json!({ "add": ["b", "a"], "remove": ["c"] })).await;
    assert_eq!(now["tags"], json!(["a", "b"]));
    let now = act("tags", json!({ "remove": ["b"] })).await;
    assert_eq!(now["tags"], json!(["a"]));
    assert_eq!(
        act("priority", json!({ "priority": "urgent" })).await["priority"],
        "urgent"
    );
    assert_eq!(
        act("stage", json!({ "stage": "aftersale" })).await["stage"],
        "aftersale"
    );
    assert_eq!(
        act("stage", json!({ "stage": null })).await["stage"],
        json!(null)
    );
    let now = act(
        "status",
        json!({ "status": "snoozed", "until": "2030-01-01T00:00:00Z" }),
    )
    .await;
    assert_eq!(now["snoozed_until"], "2030-01-01T00:00:00.000000Z");
    let now = act(
        "status",
        json!({ "status": "resolved", "disposition": "已退款" }),
    )
    .await;
    assert_eq!(
        (&now["status"], &now["disposition"]),
        (&json!("resolved"), &json!("已退款"))
    );
    assert_eq!(
        act("status", json!({ "status": "open" })).await["status"],
        "open"
    );
    let head = now["seq"].as_u64().expect("a seq");
    let mark = act("read", json!({ "seq": head + 1_000 })).await;
    assert!(mark["seq"].as_u64().expect("a seq") >= head);
    assert_eq!(
        desk.get(&desk.agent, &path).await.expect(200)["unread"],
        false
    );
    assert_eq!(act("read", json!({ "seq": 0 })).await["seq"], 0);
    assert_eq!(
        desk.get(&desk.agent, &path).await.expect(200)["unread"],
        true
    );
}

#[tokio::test]
async fn what_cannot_be_done_is_refused_and_so_is_who_may_not() {
    let desk = TestDesk::start().await;
    let path = one(&desk.receive("在吗").await);
    for (what, body) in [
        ("assignment", json!({ "agent_id": NOTHING })),
        ("assignment", json!({ "agent_id": "x" })),
        ("assignment", json!({ "team_id": NOTHING })),
        ("status", json!({ "status": "snoozed" })),
        (
            "status",
            json!({ "status": "snoozed", "until": "2020-01-01T00:00:00Z" }),
        ),
        ("status", json!({ "status": "snoozed", "until": "soon" })),
        ("status", json!({ "status": "merged" })),
        ("status", json!({})),
        ("tags", json!({ "add": [""] })),
        ("tags", json!({ "add": ["x".repeat(81)] })),
        ("tags", json!({ "add": "x" })),
        ("priority", json!({ "priority": "extreme" })),
        ("stage", json!({ "stage": "x" })),
        ("merge", json!({ "into": "x" })),
        ("merge", json!({})),
        ("read", json!({ "seq": "1" })),
        ("read", json!({ "seq": -1 })),
    ] {
        let answer = desk
            .post(&desk.agent, &format!("{path}/{what}"), body.clone())
            .await;
        assert_eq!(answer.status, 422, "{what} {body}: {}", answer.json());
    }
    for (what, body) in [
        ("assignment", json!({})),
        ("status", json!({ "status": "resolved" })),
        ("tags", json!({ "add": ["x"] })),
        ("priority", json!({ "priority": "low" })),
        ("stage", json!({ "stage": "presale" })),
        ("merge", json!({ "into": NOTHING })),
        ("accept", json!(null)),
        ("unmerge", json!(null)),
    ] {
        let there = format!("{path}/{what}");
        let answer = desk.post(&desk.inspector, &there, body.clone()).await;
        assert_eq!(answer.status, 403, "{what}: {}", answer.json());
        let nowhere = format!("{}/{what}", one(NOTHING));
        desk.post(&desk.agent, &nowhere, body)
            .await
            .expect_error(404, "not_found");
    }
    desk.post(&desk.agent, &format!("{path}/accept"), json!(null))
        .await
        .expect_error(409, "conflict");
    desk.post(&desk.agent, &format!("{path}/unmerge"), json!(null))
        .await
        .expect_error(409, "conflict");
    desk.post(
        &desk.agent,
        &format!("{path}/merge"),
        json!({ "into": NOTHING }),
    )
    .await
    .expect_error(404, "not_found");
}

#[tokio::test]
async fn a_merge_moves_the_thread_and_can_be_undone() {
    let desk = TestDesk::start().await;
    let (a, b) = (desk.receive("第一").await, desk.receive("第二").await);
    let merge = format!("{}/merge", one(&a));
    let ended = desk
        .post(&desk.agent, &merge, json!({ "into": b }))
        .await
        .expect(200);
    assert_eq!(
        (&ended["status"], &ended["merged_into"]),
        (&json!("merged"), &json!(b))
    );
    let kept = desk.get(&desk.agent, &one(&b)).await.expect(200);
    assert_eq!(kept["absorbed"], json!([a]));
    let thread = desk
        .get(&desk.agent, &format!("{}/messages", one(&b)))
        .await
        .expect(200);
    assert_eq!(thread["items"].as_array().expect("items").len(), 2);
    desk.post(&desk.agent, &merge, json!({ "into": b }))
        .await
        .expect_error(409, "conflict");
    let reply = json!({ "kind": "reply", "text": "x" });
    desk.post(&desk.agent, &format!("{}/messages", one(&a)), reply)
        .await
        .expect_error(409, "conflict");
    assert_eq!(
        ids(&desk
            .get(&desk.agent, &format!("{LIST}?status=merged"))
            .await
            .expect(200)),
        std::slice::from_ref(&a)
    );
    let back = desk
        .post(&desk.agent, &format!("{}/unmerge", one(&a)), json!(null))
        .await
        .expect(200);
    assert_eq!(
        (&back["status"], &back["merged_into"]),
        (&json!("open"), &json!(null))
    );
    let thread = desk
        .get(&desk.agent, &format!("{}/messages", one(&b)))
        .await
        .expect(200);
    assert_eq!(thread["items"].as_array().expect("items").len(), 1);
}

#[tokio::test]
async fn a_queued_conversation_says_why_nobody_owns_it() {
    let desk = TestDesk::start().await;
    let path = one(&desk.receive("在吗").await);
    let decisions = desk
        .get(&desk.agent, &format!("{path}/decisions"))
        .await
        .expect(200);
    let now = &decisions["items"][0];
    assert_eq!(
        (&now["id"], &now["policy"]),
        (&json!("now"), &json!("routing"))
    );
    assert!(!now["reason"].as_str().expect("a reason").is_empty());
    desk.post(
        &desk.agent,
        &format!("{path}/assignment"),
        json!({ "agent_id": desk.agent.id }),
    )
    .await
    .expect(200);
    assert_eq!(
        desk.get(&desk.agent, &format!("{path}/decisions"))
            .await
            .expect(200)["items"],
        json!([])
    );
}

#[tokio::test]
async fn a_macro_acts_and_fills_in_names() {
    let desk = TestDesk::start().await;
    let path = one(&desk.receive("在吗").await);
    let asked = json!({
        "name": "退款", "personal": true, "text": "{{contact.name}}您好,{{agent.name}}为您服务({{shop.name}})",
        "add_tags": ["退款"], "set_stage": "aftersale", "set_priority": "high", "resolve_as": "已退款",
    });
    let made = desk
        .post(&desk.agent, "/api/v1/macros", asked)
        .await
        .expect(201);
    let apply = format!("{path}/macros/{}", id(&made));
    let applied = desk
        .post(&desk.agent, &apply, json!(null))
        .await
        .expect(200);
    assert_eq!(applied["text"], "您好,agent为您服务(云杉茶铺)");
    let now = &applied["conversation"];
    assert_eq!(
        (&now["tags"], &now["disposition"]),
        (&json!(["退款"]), &json!("已退款"))
    );
    assert_eq!(
        (&now["stage"], &now["priority"]),
        (&json!("aftersale"), &json!("high"))
    );
    // Somebody else's own macro does not exist.
    desk.post(&desk.supervisor, &apply, json!(null))
        .await
        .expect_error(404, "not_found");
    desk.post(
        &desk.agent,
        &format!("{path}/macros/{NOTHING}"),
        json!(null),
    )
    .await
    .expect_error(404, "not_found");
}
