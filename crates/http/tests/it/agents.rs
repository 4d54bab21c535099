//! Members of the desk.

use plugboard_test_kit::desk::{TestDesk, id};
use serde_json::json;

use crate::NOTHING;

const AGENTS: &str = "/api/v1/agents";

#[tokio::test]
async fn an_administrator_adds_an_agent_once() {
    let desk = TestDesk::start().await;
    let asked = json!({
        "email": "Li@Example.com", "name": " 李 ", "role": "agent", "password": "12345678", "skills": ["refunds", "en"],
        "capacity": 3, "scope": { "teams": [desk.team] },
    });
    let made = desk
        .post(&desk.admin, AGENTS, asked.clone())
        .await
        .expect(201);
    assert_eq!(made["email"], "li@example.com");
    assert_eq!(made["name"], "李");
    assert_eq!(made["skills"], json!(["en", "refunds"]));
    assert_eq!(made["availability"], "offline");
    assert_eq!(made["scope"], json!({ "shops": [], "teams": [desk.team] }));
    desk.post(&desk.admin, AGENTS, asked)
        .await
        .expect_error(409, "conflict");
    let path = format!("{AGENTS}/{}", id(&made));
    assert_eq!(desk.get(&desk.admin, &path).await.expect(200), made);
    // Addresses are for those who manage agents.
    assert_eq!(
        desk.get(&desk.agent, &path).await.expect(200)["email"],
        json!(null)
    );
}

#[tokio::test]
async fn what_does_not_fit_is_refused_and_so_is_who_may_not() {
    let desk = TestDesk::start().await;
    let good = json!({ "email": "a@b.cc", "name": "A", "role": "agent" });
    desk.post(&desk.supervisor, AGENTS, good.clone())
        .await
        .expect_error(403, "forbidden");
    desk.post(&desk.agent, AGENTS, good.clone())
        .await
        .expect_error(403, "forbidden");
    for (field, value) in [
        ("email", json!("nobody")),
        ("email", json!("")),
        ("name", json!("  ")),
        ("name", json!("x".repeat(500))),
        ("role", json!("king")),
        ("password", json!("short")),
        ("capacity", json!(-1)),
        ("capacity", json!(501)),
        ("scope", json!({ "shops": [NOTHING] })),
        ("scope", json!({ "shops": ["x"] })),
        ("skills", json!("refunds")),
    ] {
        let mut asked = good.clone();
        asked[field] = value;
        desk.post(&desk.admin, AGENTS, asked)
            .await
            .expect_error(422, "invalid");
    }
    desk.post(&desk.admin, AGENTS, good).await.expect(201);
}

#[tokio::test]
async fn agents_change_their_own_name_and_nothing_more() {
    let desk = TestDesk::start().await;
    let own = format!("{AGENTS}/{}", desk.agent.id);
    let changed = desk
        .patch(&desk.agent, &own, json!({ "name": "小王", "locale": "zh" }))
        .await
        .expect(200);
    assert_eq!(changed["name"], "小王");
    assert_eq!(changed["email"], "agent@desk.test");
    for asked in [
        json!({ "role": "administrator" }),
        json!({ "capacity": 100 }),
        json!({ "skills": ["vip"] }),
    ] {
        desk.patch(&desk.agent, &own, asked)
            .await
            .expect_error(403, "forbidden");
    }
    let other = format!("{AGENTS}/{}", desk.supervisor.id);
    desk.patch(&desk.agent, &other, json!({ "name": "x" }))
        .await
        .expect_error(403, "forbidden");
    let unknown = format!("{AGENTS}/{NOTHING}");
    desk.patch(&desk.admin, &unknown, json!({}))
        .await
        .expect_error(404, "not_found");
    desk.get(&desk.admin, &unknown)
        .await
        .expect_error(404, "not_found");
    desk.get(&desk.admin, "/api/v1/agents/x")
        .await
        .expect_error(404, "not_found");
}

#[tokio::test]
async fn the_last_administrator_stays() {
    let desk = TestDesk::start().await;
    let own = format!("{AGENTS}/{}", desk.admin.id);
    desk.patch(&desk.admin, &own, json!({ "disabled": true }))
        .await
        .expect_error(409, "conflict");
    desk.patch(&desk.admin, &own, json!({ "role": "agent" }))
        .await
        .expect_error(409, "conflict");
}

#[tokio::test]
async fn availability_is_ones_own_or_a_leads() {
    let desk = TestDesk::start().await;
    let path = format!("{AGENTS}/{}/availability", desk.agent.id);
    for state in ["online", "away", "online", "online", "offline"] {
        let now = desk
            .post(&desk.agent, &path, json!({ "state": state }))
            .await
            .expect(200);
        assert_eq!(now["availability"], state);
    }
    desk.post(&desk.supervisor, &path, json!({ "state": "away" }))
        .await
        .expect(200);
    desk.post(&desk.inspector, &path, json!({ "state": "away" }))
        .await
        .expect_error(403, "forbidden");
    desk.post(&desk.agent, &path, json!({ "state": "asleep" }))
        .await
        .expect_error(422, "invalid");
    let unknown = format!("{AGENTS}/{NOTHING}/availability");
    desk.post(&desk.admin, &unknown, json!({ "state": "away" }))
        .await
        .expect_error(404, "not_found");
}

#[tokio::test]
async fn pages_of_agents_join_without_a_gap() {
    let desk = TestDesk::start().await;
    let mut seen = Vec::new();
    let mut path = format!("{AGENTS}?limit=3");
    loop {
        let page = desk.get(&desk.admin, &path).await.expect(200);
        seen.extend(page["items"].as_array().expect("items").iter().map(id));
        let Some(cursor) = page["next_cursor"].as_str() else {
            break;
        };
        path = format!("{AGENTS}?limit=3&cursor={cursor}");
    }
    let all = [&desk.admin, &desk.supervisor, &desk.agent, &desk.inspector].map(|it| it.id.clone());
    assert_eq!(seen, all);
    let listed = desk.get(&desk.agent, AGENTS).await.expect(200);
    let emails: Vec<_> = listed["items"]
        .as_array()
        .expect("items")
        .iter()
        .map(|it| it["email"].as_str())
        .collect();
    assert_eq!(emails, [None, None, Some("agent@desk.test"), None]);
}

#[tokio::test]
async fn agents_report_to_somebody_else_or_nobody() {
    let desk = TestDesk::start().await;
    let path = format!("{AGENTS}/{}", desk.agent.id);
    let report = |to: &str| json!({ "reports_to": to });
    let lead = desk.admin.id.clone();
    let now = desk
        .patch(&desk.admin, &path, report(&lead))
        .await
        .expect(200);
    assert_eq!(now["reports_to"], lead.as_str());
    let around = format!("{AGENTS}/{lead}");
    let own = desk.agent.id.clone();
    desk.patch(&desk.admin, &around, report(&own))
        .await
        .expect_error(422, "invalid");
    desk.patch(&desk.admin, &path, report("nobody"))
        .await
        .expect_error(422, "invalid");
    desk.patch(&desk.agent, &path, report(""))
        .await
        .expect_error(403, "forbidden");
    let now = desk.patch(&desk.admin, &path, report("")).await.expect(200);
    assert_eq!(now["reports_to"], json!(null));
}
