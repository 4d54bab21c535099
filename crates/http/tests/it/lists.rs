//! Lists of conversations: filters, pages, scope, counts.

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
