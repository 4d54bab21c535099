//! Who looks, who types, who is gone.

use std::time::Duration;

use plugboard_domain::access::Role;
use plugboard_http::HttpConfig;
use serde_json::json;

use crate::client::{Client, serve, serve_with};

#[tokio::test(flavor = "multi_thread")]
async fn agents_see_who_looks_at_the_same_conversation() {
    let desk = serve().await;
    let id = desk.receive("hello").await;
    let mut one = Client::live(&desk, &desk.agent.token).await;
    let mut two = Client::live(&desk, &desk.supervisor.token).await;
    one.say(json!({ "type": "viewing", "conversation_id": id }))
        .await;
    let seen = two.frame("ephemeral").await;
    assert_eq!(seen["what"], "viewing");
    assert_eq!(seen["conversation_id"], id);
    assert_eq!(seen["agents"], json!([desk.agent.id]));
    two.say(json!({ "type": "viewing", "conversation_id": id }))
        .await;
    assert_eq!(
        one.frame("ephemeral").await["agents"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    let both = one.frame("ephemeral").await["agents"].clone();
    assert_eq!(both.as_array().unwrap().len(), 2);

    // Who comes later hears of those who are there.
    let (mut late, head) = Client::agent(&desk, &desk.admin.token).await;
    late.subscribe(head).await;
    late.frame("caught_up").await;
    assert_eq!(late.frame("ephemeral").await["agents"], both);

    drop(one);
    let left = loop {
        let frame = late.frame("ephemeral").await;
        if frame["agents"].as_array().unwrap().len() == 1 {
            break frame;
        }
    };
    assert_eq!(left["agents"], json!([desk.supervisor.id]));
    // Words are good for six seconds.
    assert_eq!(late.frame("ephemeral").await["agents"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn typing_is_told_to_others_and_never_stored() {
    let desk = serve().await;
    let id = desk.receive("hello").await;
    let mut one = Client::live(&desk, &desk.agent.token).await;
    let mut two = Client::live(&desk, &desk.supervisor.token).await;
    let head = desk.head().await;
    for _ in 0..5 {
        one.say(json!({ "type": "typing", "conversation_id": id }))
            .await;
    }
    let typing = two.frame("ephemeral").await;
    assert_eq!(typing["what"], "typing");
    assert_eq!(typing["agents"], json!([desk.agent.id]));
    assert_eq!(typing["contact"], false);
    assert!(two.drain().await.is_empty(), "said five times, told once");
    assert!(one.drain().await.is_empty(), "who types knows it");
    assert_eq!(desk.head().await, head);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_agents_who_may_see_a_conversation_hear_of_it() {
    let desk = serve().await;
    let outsider = desk.agent("outsider", Role::Agent).await;
    let team = desk
        .post(&desk.admin, "/api/v1/teams", json!({ "name": "other" }))
        .await
        .expect(201);
    let path = format!("/api/v1/agents/{}", outsider.id);
    let scope = json!({ "scope": { "shops": [], "teams": [team["id"]] } });
    desk.patch(&desk.admin, &path, scope).await.expect(200);
    let id = desk.receive("hello").await;
    let mut insider = Client::live(&desk, &desk.agent.token).await;
    let mut watching = Client::live(&desk, &desk.admin.token).await;
    let mut outsider = Client::live(&desk, &outsider.token).await;
    outsider
        .say(json!({ "type": "viewing", "conversation_id": id }))
        .await;
    assert_eq!(outsider.frame("error").await["type"], "error");
    insider
        .say(json!({ "type": "viewing", "conversation_id": id }))
        .await;
    assert_eq!(
        watching.frame("ephemeral").await["agents"],
        json!([desk.agent.id])
    );
    assert!(outsider.drain().await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_who_is_gone_for_long_is_set_offline_and_a_script_is_not() {
    let config = HttpConfig {
        offline_after_secs: 1,
        ..HttpConfig::default()
    };
    let desk = serve_with(config).await;
    for caller in [&desk.agent, &desk.supervisor] {
        let path = format!("/api/v1/agents/{}/availability", caller.id);
        desk.post(caller, &path, json!({ "state": "online" }))
            .await
            .expect(200);
    }
    let mut watching = Client::live(&desk, &desk.admin.token).await;
    let mut one = Client::live(&desk, &desk.agent.token).await;
    let two = Client::live(&desk, &desk.agent.token).await;
    drop(two);
    tokio::time::sleep(Duration::from_millis(2_500)).await;
    assert!(one.drain().await.is_empty(), "one socket is left");
    drop(one);
    let changed = watching.event("agent.availability_changed").await;
    assert_eq!(
        changed["data"],
        json!({ "agent_id": desk.agent.id, "availability": "offline" })
    );
    assert_eq!(
        changed["actor"],
        json!({ "type": "system", "part": "presence" })
    );
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    assert!(
        watching.drain().await.is_empty(),
        "who never had a socket is left alone"
    );
}
