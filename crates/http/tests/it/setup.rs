//! Shops, response targets, hours, macros, views, webhooks, tokens: each noun the same way.

use plugboard_test_kit::desk::{TestDesk, id};
use serde_json::{Value, json};

use crate::NOTHING;

/// A noun, a good thing, what it is replaced by, and things that it cannot be.
fn nouns() -> Vec<(&'static str, Value, Value, Vec<Value>)> {
    let week = json!({ "1": [{ "from": 540, "to": 1080 }] });
    vec![
        (
            "shops",
            json!({ "name": "A" }),
            json!({ "name": "B" }),
            vec![json!({ "name": " " }), json!({})],
        ),
        (
            "sla_policies",
            json!({ "name": "A", "targets": { "first_response": 60 } }),
            json!({ "name": "B", "targets": { "next_response": 120, "resolution": 86400 } }),
            vec![
                json!({ "name": "A", "targets": {} }),
                json!({ "name": "A", "targets": { "first_response": 0 } }),
                json!({ "name": "A", "targets": { "first_smile": 60 } }),
                json!({ "name": "A", "targets": { "resolution": 31_536_001 } }),
            ],
        ),
        (
            "business_hours",
            json!({ "name": "A", "time_zone": "Asia/Shanghai", "week": week, "holidays": ["2026-10-01"] }),
            json!({
                "name": "B", "time_zone": "UTC", "week": week, "exceptions": { "2026-10-10": [{ "from": 0, "to": 60 }] },
            }),
            vec![
                json!({ "name": "A", "time_zone": "Mars/Olympus", "week": week }),
                json!({ "name": "A", "time_zone": "UTC", "week": {} }),
                json!({ "name": "A", "time_zone": "UTC", "week": { "8": [] } }),
                json!({ "name": "A", "time_zone": "UTC", "week": { "Monday": [] } }),
                json!({ "name": "A", "time_zone": "UTC", "week": { "1": [{ "from": 60, "to": 30 }] } }),
                json!({ "name": "A", "time_zone": "UTC", "week": week, "holidays": ["2026-02-30"] }),
            ],
        ),
        (
            "macros",
            json!({ "name": "A", "text": "hi", "add_tags": ["x"] }),
            json!({ "name": "B", "resolve_as": "done" }),
            vec![
                json!({ "name": "" }),
                json!({ "name": "A", "assign_team": NOTHING }),
                json!({ "name": "A", "add_tags": [""] }),
            ],
        ),
        (
            "views",
            json!({ "name": "A", "filter": { "status": "open" } }),
            json!({ "name": "B", "filter": {} }),
            vec![
                json!({ "name": "A" }),
                json!({ "name": "A", "filter": { "q": "x".repeat(201) } }),
            ],
        ),
        (
            "webhooks",
            json!({ "name": "A", "url": "https://example.com/a", "events": ["message.*"] }),
            json!({ "name": "B", "url": "https://example.com/b", "enabled": false }),
            vec![
                json!({ "name": "A", "url": "ftp://example.com" }),
                json!({ "name": "A", "url": "" }),
            ],
        ),
    ]
}

#[tokio::test]
async fn each_noun_is_made_listed_replaced_and_removed() {
    let desk = TestDesk::start().await;
    for (noun, first, second, wrong) in nouns() {
        let path = format!("/api/v1/{noun}");
        let made = desk
            .post(&desk.admin, &path, first.clone())
            .await
            .expect(201);
        for (field, value) in first.as_object().expect("an object") {
            assert_eq!(&made[field], value, "{noun}.{field}");
        }
        let one = format!("{path}/{}", id(&made));
        let listed = desk.get(&desk.admin, &path).await.expect(200);
        let newest = listed["items"]
            .as_array()
            .expect("items")
            .last()
            .expect("an item");
        assert_eq!(newest["id"], made["id"], "{noun}");
        let replaced = desk
            .put(&desk.admin, &one, second.clone())
            .await
            .expect(200);
        assert_eq!(replaced["created_at"], made["created_at"], "{noun}");
        for (field, value) in second.as_object().expect("an object") {
            assert_eq!(&replaced[field], value, "{noun}.{field}");
        }
        for body in wrong {
            let answer = desk.post(&desk.admin, &path, body.clone()).await;
            assert_eq!(answer.status, 422, "{noun} {body}: {}", answer.json());
            let answer = desk.put(&desk.admin, &one, body.clone()).await;
            assert_eq!(answer.status, 422, "{noun} {body}: {}", answer.json());
        }
        desk.post(&desk.agent, &path, first.clone())
            .await
            .expect_error(403, "forbidden");
        desk.put(&desk.agent, &one, first.clone())
            .await
            .expect_error(403, "forbidden");
        desk.delete(&desk.agent, &one)
            .await
            .expect_error(403, "forbidden");
        desk.put(&desk.admin, &format!("{path}/{NOTHING}"), first.clone())
            .await
            .expect_error(404, "not_found");
        desk.delete(&desk.admin, &format!("{path}/x"))
            .await
            .expect_error(404, "not_found");
        desk.get(&desk.admin, &format!("{path}?limit=0"))
            .await
            .expect_error(422, "invalid");
        desk.delete(&desk.admin, &one).await.expect(204);
        desk.delete(&desk.admin, &one)
            .await
            .expect_error(404, "not_found");
    }
}

#[tokio::test]
async fn a_webhooks_secret_is_shown_once_and_only_to_whoever_may() {
    let desk = TestDesk::start().await;
    let asked = json!({ "name": "A", "url": "https://example.com/" });
    let made = desk
        .post(&desk.admin, "/api/v1/webhooks", asked)
        .await
        .expect(201);
    assert!(
        made["secret"]
            .as_str()
            .expect("a secret")
            .starts_with("whsec_")
    );
    let listed = desk.get(&desk.admin, "/api/v1/webhooks").await.expect(200);
    assert_eq!(listed["items"][0].get("secret"), None);
    desk.get(&desk.supervisor, "/api/v1/webhooks")
        .await
        .expect_error(403, "forbidden");
    desk.get(&desk.supervisor, "/api/v1/api_tokens")
        .await
        .expect_error(403, "forbidden");
}

#[tokio::test]
async fn personal_things_are_their_owners() {
    let desk = TestDesk::start().await;
    for (noun, body) in [
        ("macros", json!({ "name": "mine", "personal": true })),
        (
            "views",
            json!({ "name": "mine", "personal": true, "filter": { "assignee": "me" } }),
        ),
    ] {
        let path = format!("/api/v1/{noun}");
        let made = desk
            .post(&desk.agent, &path, body.clone())
            .await
            .expect(201);
        assert_eq!(made["owner"], desk.agent.id.as_str());
        let one = format!("{path}/{}", id(&made));
        assert_eq!(
            desk.get(&desk.agent, &path).await.expect(200)["items"]
                .as_array()
                .expect("items")
                .len(),
            1
        );
        assert_eq!(
            desk.get(&desk.admin, &path).await.expect(200)["items"],
            json!([])
        );
        desk.put(&desk.admin, &one, body.clone())
            .await
            .expect_error(404, "not_found");
        desk.delete(&desk.admin, &one)
            .await
            .expect_error(404, "not_found");
        let shared = json!({ "name": "ours", "filter": {} });
        desk.put(&desk.agent, &one, shared)
            .await
            .expect_error(403, "forbidden");
        desk.delete(&desk.agent, &one).await.expect(204);
    }
}

#[tokio::test]
async fn a_token_gets_no_more_than_its_maker_has() {
    let desk = TestDesk::start().await;
    let path = "/api/v1/api_tokens";
    let read = json!({ "name": "A", "scopes": ["conversations_read"] });
    desk.post(&desk.supervisor, path, read.clone())
        .await
        .expect_error(403, "forbidden");
    for wrong in [
        json!({ "name": "A", "scopes": [] }),
        json!({ "name": "A", "scopes": ["everything"] }),
        json!({ "name": "A", "scopes": ["conversations_read"], "expires_at": "2020-01-01T00:00:00Z" }),
        json!({ "name": "A", "scopes": ["conversations_read"], "expires_at": "never" }),
        json!({ "name": "", "scopes": ["conversations_read"] }),
    ] {
        desk.post(&desk.admin, path, wrong)
            .await
            .expect_error(422, "invalid");
    }
    let narrow = json!({ "name": "A", "scopes": ["integrations_manage"], "expires_at": "2030-01-01T00:00:00Z" });
    let made = desk.post(&desk.admin, path, narrow).await.expect(201);
    let script =
        plugboard_test_kit::desk::Caller::with_token(made["token"].as_str().expect("a token"));
    desk.post(&script, path, read)
        .await
        .expect_error(403, "forbidden");
}
