//! Who sees what.

use serde_json::{Value, json};

use crate::client::{Client, kinds, serve};

#[tokio::test(flavor = "multi_thread")]
async fn a_scope_follows_a_conversation_from_team_to_team() {
    let desk = serve().await;
    let other = json!({ "name": "售前", "assignment": "manual" });
    let other = desk
        .post(&desk.admin, "/api/v1/teams", other)
        .await
        .expect(201);
    let other = other["id"].as_str().unwrap().to_owned();
    let scoped = |team: String| {
        let desk = &desk;
        async move {
            let agent = desk
                .agent(&format!("of-{team}"), plugboard_domain::access::Role::Agent)
                .await;
            let path = format!("/api/v1/agents/{}", agent.id);
            let scope = json!({ "scope": { "shops": [], "teams": [team] } });
            desk.patch(&desk.admin, &path, scope).await.expect(200);
            agent
        }
    };
    let (ours, theirs) = (scoped(desk.team.clone()).await, scoped(other.clone()).await);
    let mut ours = Client::live(&desk, &ours.token).await;
    let mut theirs = Client::live(&desk, &theirs.token).await;

    let id = desk.receive("哪个队的?").await;
    assert_eq!(ours.event("message.created").await["conversation_id"], id);
    assert_eq!(kinds(&theirs.drain().await, &id), Vec::<&str>::new());

    let assignment = format!("/api/v1/conversations/{id}/assignment");
    desk.post(&desk.admin, &assignment, json!({ "team_id": other }))
        .await
        .expect(200);
    // Both hear of the move; after it, only the new team hears anything.
    ours.event("conversation.assigned").await;
    theirs.event("conversation.assigned").await;
    let tags = format!("/api/v1/conversations/{id}/tags");
    desk.post(&desk.admin, &tags, json!({ "add": ["vip"] }))
        .await
        .expect(200);
    theirs.event("conversation.tagged").await;
    assert_eq!(kinds(&ours.drain().await, &id), Vec::<&str>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn resuming_shows_no_more_than_being_there() {
    let desk = serve().await;
    let other = json!({ "name": "售前", "assignment": "manual" });
    let other = desk
        .post(&desk.admin, "/api/v1/teams", other)
        .await
        .expect(201);
    let agent = desk
        .agent("scoped", plugboard_domain::access::Role::Agent)
        .await;
    let path = format!("/api/v1/agents/{}", agent.id);
    let scope = json!({ "scope": { "shops": [], "teams": [other["id"]] } });
    desk.patch(&desk.admin, &path, scope).await.expect(200);
    let id = desk.receive("不归你管").await;
    let assignment = format!("/api/v1/conversations/{id}/assignment");
    let to = json!({ "agent_id": desk.agent.id, "team_id": desk.team });
    desk.post(&desk.admin, &assignment, to).await.expect(200);
    let (mut client, _) = Client::agent(&desk, &agent.token).await;
    client.subscribe(0).await;
    let frames = client.until("caught_up").await;
    assert_eq!(kinds(&frames, &id), Vec::<&str>::new());
    assert!(!frames.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_scope_means_reading_everything_again() {
    let desk = serve().await;
    let mut client = Client::live(&desk, &desk.agent.token).await;
    let path = format!("/api/v1/agents/{}", desk.agent.id);
    let scope = json!({ "scope": { "shops": [], "teams": [desk.team] } });
    desk.patch(&desk.admin, &path, scope).await.expect(200);
    let head = client.frame("resync").await["head"].as_u64().unwrap();
    client.subscribe(head).await;
    client.until("caught_up").await;
    // A change that shows nothing else does not disturb.
    desk.patch(&desk.admin, &path, json!({ "name": "新名字" }))
        .await
        .expect(200);
    client.event("desk.saved").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn addresses_are_masked_for_those_who_may_not_see_them() {
    let desk = serve().await;
    let mut masked = Client::live(&desk, &desk.agent.token).await;
    let mut full = Client::live(&desk, &desk.supervisor.token).await;
    let profile = plugboard_domain::contact::Profile {
        email: Some("zhang@example.com".into()),
        ..Default::default()
    };
    desk.receive_from(&desk.inbox, "browser", profile, "在吗")
        .await;
    let contact = |frame: Value| frame["data"]["conversation"]["contact"]["email"].clone();
    assert_eq!(
        contact(masked.event("conversation.created").await),
        "z***@example.com"
    );
    assert_eq!(
        contact(full.event("conversation.created").await),
        "zhang@example.com"
    );
}
