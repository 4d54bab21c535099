//! Lists of conversations, and what agents do to one.

use plugboard_domain::access::Role;
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
async fn filters_narrow_the_list() {
    let desk = TestDesk::start().await;
    let (a, b) = (
        desk.receive("退款怎么办").await,
        desk.receive("where is my order").await,
    );
    let agent = &desk.agent;
    desk.post(
        agent,
        &format!("{}/assignment", one(&a)),
        json!({ "agent_id": agent.id }),
    )
    .await
    .expect(200);
    desk.post(
        agent,
        &format!("{}/tags", one(&a)),
        json!({ "add": ["退款"] }),
    )
    .await
    .expect(200);
    desk.post(
        agent,
        &format!("{}/messages", one(&b)),
        json!({ "kind": "reply", "text": "hi" }),
    )
    .await
    .expect(201);
    desk.post(
        agent,
        &format!("{}/status", one(&b)),
        json!({ "status": "resolved" }),
    )
    .await
    .expect(200);
    let (team, inbox) = (&desk.team, &desk.inbox);
    for (query, found) in [
        (String::new(), vec![&b, &a]),
        ("status=open".into(), vec![&a]),
        ("status=resolved".into(), vec![&b]),
        ("status=snoozed".into(), vec![]),
        ("assignee=me".into(), vec![&a]),
        ("assignee=none".into(), vec![&b]),
        (format!("assignee={}", desk.agent.id), vec![&a]),
        (format!("assignee={NOTHING}"), vec![]),
        (format!("team={NOTHING}"), vec![]),
        (
            format!("inbox={inbox}&team={team}&status=resolved"),
            vec![&b],
        ),
        (format!("inbox={NOTHING}"), vec![]),
        ("tag=%E9%80%80%E6%AC%BE".into(), vec![&a]),
        ("q=%E9%80%80%E6%AC%BE".into(), vec![&a]),
        ("q=order".into(), vec![&b]),
        ("needs_reply=true".into(), vec![&a]),
        ("needs_reply=false".into(), vec![&b]),
        (format!("ids={b},{NOTHING}"), vec![&b]),
        ("unknown=1".into(), vec![&b, &a]),
    ] {
        let page = desk
            .get(agent, &format!("{LIST}?{query}"))
            .await
            .expect(200);
        assert_eq!(
            ids(&page),
            found.into_iter().cloned().collect::<Vec<_>>(),
            "{query}"
        );
    }
    for wrong in [
        "status=lost",
        "assignee=x",
        "team=x",
        "inbox=x",
        "shop=x",
        "contact=x",
        "priority=x",
        "stage=x",
        "needs_reply=maybe",
        "ids=x",
        "limit=0",
        "limit=1000",
        "limit=-1",
        "cursor=zz",
        "status=open&status=open",
        &format!("q={}", "x".repeat(201)),
    ] {
        desk.get(agent, &format!("{LIST}?{wrong}"))
            .await
            .expect_error(422, "invalid");
    }
}

#[tokio::test]
async fn pages_stay_put_under_writes() {
    let desk = TestDesk::start().await;
    let mut all = Vec::new();
    for number in 0..5 {
        all.insert(0, desk.receive(&number.to_string()).await);
    }
    let first = desk
        .get(&desk.agent, &format!("{LIST}?limit=2"))
        .await
        .expect(200);
    desk.receive("new").await;
    let mut seen = ids(&first);
    let mut cursor = first["next_cursor"].clone();
    while let Some(text) = cursor.as_str() {
        let page = desk
            .get(&desk.agent, &format!("{LIST}?limit=2&cursor={text}"))
            .await
            .expect(200);
        seen.extend(ids(&page));
        cursor = page["next_cursor"].clone();
    }
    assert_eq!(seen, all);
}

#[tokio::test]
async fn outside_the_scope_nothing_exists() {
    let desk = TestDesk::start().await;
    let there = desk.receive("在吗").await;
    let other = desk
        .post(&desk.admin, "/api/v1/teams", json!({ "name": "其他" }))
        .await
        .expect(201);
    let outsider = desk.agent("outsider", Role::Agent).await;
    let scope = json!({ "scope": { "teams": [id(&other)] } });
    desk.patch(
        &desk.admin,
        &format!("/api/v1/agents/{}", outsider.id),
        scope,
    )
    .await
    .expect(200);
    let path = one(&there);
    desk.get(&outsider, &path)
        .await
        .expect_error(404, "not_found");
    desk.get(&outsider, &format!("{path}/messages"))
        .await
        .expect_error(404, "not_found");
    desk.get(&outsider, &format!("{path}/decisions"))
        .await
        .expect_error(404, "not_found");
    let reply = json!({ "kind": "reply", "text": "x" });
    desk.post(&outsider, &format!("{path}/messages"), reply)
        .await
        .expect_error(404, "not_found");
    desk.post(
        &outsider,
        &format!("{path}/status"),
        json!({ "status": "resolved" }),
    )
    .await
    .expect_error(404, "not_found");
    assert_eq!(
        ids(&desk.get(&outsider, LIST).await.expect(200)),
        Vec::<String>::new()
    );
    let hits = desk
        .get(&outsider, "/api/v1/search?q=%E5%9C%A8%E5%90%97")
        .await
        .expect(200);
    assert_eq!(hits["items"], json!([]));
    let journal = desk
        .get(&outsider, "/api/v1/journal?since=0")
        .await
        .expect(200);
    assert!(!journal.to_string().contains(&there), "{journal}");
    desk.get(&desk.agent, "/api/v1/conversations/x")
        .await
        .expect_error(404, "not_found");
    desk.get(&desk.agent, &one(NOTHING))
        .await
        .expect_error(404, "not_found");
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
        [a.clone()]
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

#[tokio::test]
async fn counts_are_the_viewers() {
    let desk = TestDesk::start().await;
    let path = one(&desk.receive("在吗").await);
    desk.receive("你好").await;
    desk.post(
        &desk.agent,
        &format!("{path}/assignment"),
        json!({ "agent_id": desk.agent.id }),
    )
    .await
    .expect(200);
    let counts = desk
        .get(&desk.agent, &format!("{LIST}/counts"))
        .await
        .expect(200);
    assert_eq!(
        (&counts["mine"], &counts["unassigned"], &counts["open"]),
        (&json!(1), &json!(1), &json!(2))
    );
    assert_eq!(counts["team_queues"][&desk.team], 1);
}
