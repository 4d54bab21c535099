//! Who looks, who types, who is gone.

use std::time::Duration;

use plugboard_domain::{access::Role, desk::Availability};
use plugboard_http::{App, AppSetup, HttpConfig, router};
use plugboard_test_kit::desk::Caller;
use serde_json::json;

use crate::client::{Client, listen, serve, serve_with};

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
    one.event("agent.seen").await;
    drop(two);
    tokio::time::sleep(Duration::from_millis(2_500)).await;
    assert!(one.drain().await.is_empty(), "one socket is left");
    drop(one);
    let changed = watching.event("agent.availability_changed").await;
    assert_eq!(
        changed["data"],
        json!({ "agent_id": desk.agent.id, "availability": "offline", "cause": "no_connection" })
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

    // Who comes back is there again as they had chosen.
    let _one = Client::live(&desk, &desk.agent.token).await;
    let changed = watching.event("agent.availability_changed").await;
    assert_eq!(
        changed["data"],
        json!({ "agent_id": desk.agent.id, "availability": "online", "cause": "reconnected" })
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_restart_everybody_has_the_time_to_come_back() {
    let config = HttpConfig {
        offline_after_secs: 3,
        ..HttpConfig::default()
    };
    let desk = serve_with(config.clone()).await;
    let state = |caller: &Caller| {
        let id = caller.id.parse().unwrap();
        desk.engine.desk().agent(id).unwrap().availability
    };
    for caller in [&desk.agent, &desk.supervisor, &desk.admin] {
        let path = format!("/api/v1/agents/{}/availability", caller.id);
        desk.post(caller, &path, json!({ "state": "online" }))
            .await
            .expect(200);
    }
    for caller in [&desk.agent, &desk.supervisor] {
        let mut one = Client::live(&desk, &caller.token).await;
        one.event("agent.seen").await;
    }
    // What the edge knows of connections is gone; what the desk knows is not.
    desk.app.stop_live().await;
    let again = App::new(AppSetup {
        config,
        ..AppSetup::new(desk.engine.clone(), desk.app.blobs.clone())
    });
    let address = listen(router(again)).await;
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    assert_eq!(state(&desk.agent), Availability::Online, "it is too early");
    let _back = Client::open(address, "/api/v1/ws", Some(&desk.agent.token), &[])
        .await
        .unwrap();
    let patience = std::time::Instant::now();
    while state(&desk.supervisor) == Availability::Online {
        assert!(patience.elapsed() < Duration::from_secs(10));
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(state(&desk.agent), Availability::Online, "they came back");
    assert_eq!(
        state(&desk.admin),
        Availability::Online,
        "a script has nothing to come back with"
    );
}
