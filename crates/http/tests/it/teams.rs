//! Teams and their members.

use plugboard_test_kit::desk::{TestDesk, id};
use serde_json::json;

use crate::NOTHING;

const TEAMS: &str = "/api/v1/teams";

#[tokio::test]
async fn a_team_is_made_changed_and_removed() {
    let desk = TestDesk::start().await;
    let made = desk
        .post(&desk.supervisor, TEAMS, json!({ "name": "VIP" }))
        .await
        .expect(201);
    assert_eq!(made["assignment"], "least_loaded");
    let path = format!("{TEAMS}/{}", id(&made));
    let asked = json!({
        "name": "VIP 2", "assignment": "round_robin", "overflow": { "team_id": desk.team, "after_secs": 60 },
        "member_ids": [desk.agent.id],
    });
    let changed = desk.put(&desk.supervisor, &path, asked).await.expect(200);
    assert_eq!(changed["overflow"]["after_secs"], 60);
    let kept = desk
        .put(&desk.supervisor, &path, json!({ "name": "VIP 3" }))
        .await
        .expect(200);
    assert_eq!(kept["member_ids"], json!([desk.agent.id]));
    desk.delete(&desk.agent, &path)
        .await
        .expect_error(403, "forbidden");
    desk.delete(&desk.admin, &path).await.expect(204);
    desk.delete(&desk.admin, &path)
        .await
        .expect_error(404, "not_found");
    // The chat inbox still uses this one.
    desk.delete(&desk.admin, &format!("{TEAMS}/{}", desk.team))
        .await
        .expect_error(409, "conflict");
}

#[tokio::test]
async fn members_come_and_go() {
    let desk = TestDesk::start().await;
    let path = format!("{TEAMS}/{}/members", desk.team);
    let asked = json!({ "agent_id": desk.supervisor.id });
    let joined = desk
        .post(&desk.admin, &path, asked.clone())
        .await
        .expect(200);
    assert_eq!(joined["member_ids"].as_array().expect("members").len(), 2);
    assert_eq!(
        desk.post(&desk.admin, &path, asked.clone())
            .await
            .expect(200),
        joined
    );
    let me = desk.get(&desk.supervisor, "/api/v1/me").await.expect(200);
    assert_eq!(me["team_ids"], json!([desk.team]));
    desk.post(&desk.agent, &path, asked.clone())
        .await
        .expect_error(403, "forbidden");
    desk.post(&desk.admin, &path, json!({ "agent_id": NOTHING }))
        .await
        .expect_error(422, "invalid");
    desk.post(&desk.admin, &path, json!({}))
        .await
        .expect_error(422, "invalid");
    desk.post(&desk.admin, &format!("{TEAMS}/{NOTHING}/members"), asked)
        .await
        .expect_error(404, "not_found");
    let member = format!("{path}/{}", desk.supervisor.id);
    desk.delete(&desk.admin, &member).await.expect(204);
    desk.delete(&desk.admin, &member)
        .await
        .expect_error(404, "not_found");
}

#[tokio::test]
async fn members_added_at_once_all_stay() {
    let desk = TestDesk::start().await;
    let path = format!("{TEAMS}/{}/members", desk.team);
    let add = |who: &str| {
        let body = json!({ "agent_id": who });
        desk.post(&desk.admin, &path, body)
    };
    let (one, two, three) = tokio::join!(
        add(&desk.admin.id),
        add(&desk.supervisor.id),
        add(&desk.inspector.id)
    );
    for answer in [one, two, three] {
        answer.expect(200);
    }
    let listed = desk.get(&desk.agent, TEAMS).await.expect(200);
    assert_eq!(
        listed["items"][0]["member_ids"]
            .as_array()
            .expect("members")
            .len(),
        4
    );
}

#[tokio::test]
async fn what_no_team_can_be_is_refused() {
    let desk = TestDesk::start().await;
    for asked in [
        json!({ "name": "" }),
        json!({ "name": "x", "assignment": "best" }),
        json!({ "name": "x", "overflow": { "team_id": NOTHING, "after_secs": 1 } }),
        json!({ "name": "x", "overflow": { "team_id": desk.team, "after_secs": 0 } }),
        json!({ "name": "x", "member_ids": [NOTHING] }),
        json!({ "name": "x", "member_ids": ["x"] }),
        json!([]),
    ] {
        desk.post(&desk.admin, TEAMS, asked)
            .await
            .expect_error(422, "invalid");
    }
}
