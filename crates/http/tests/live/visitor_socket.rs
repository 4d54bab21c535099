//! The visitors' socket.

use plugboard_test_kit::desk::Caller;
use serde_json::{Value, json};

use crate::{
    client::{Client, Served, serve},
    visitor::{open, say},
};

async fn connect(desk: &Served, visitor: &Caller, query: &str) -> Client {
    let path = format!("/chat/v1/{}/ws{query}", desk.inbox);
    let mut client = Client::open(desk.address, &path, Some(&visitor.token), &[])
        .await
        .unwrap();
    assert_eq!(client.hear().await["type"], "hello");
    client
}

async fn post(desk: &Served, conversation: &Value, kind: &str, text: &str) -> Value {
    let path = format!(
        "/api/v1/conversations/{}/messages",
        conversation.as_str().unwrap()
    );
    let body = json!({ "kind": kind, "text": text });
    desk.post(&desk.agent, &path, body).await.expect(201)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_visitor_hears_what_is_said_to_them_and_resumes() {
    let desk = serve().await;
    let visitor = open(&desk, json!({})).await;
    let mut client = connect(&desk, &visitor, "?since=0").await;
    assert!(client.until("caught_up").await.is_empty());
    let posted = say(&desk, &visitor, "在吗").await;
    let own = client.event("message.created").await;
    assert_eq!(own["data"]["message"], posted["message"]);
    assert_eq!(own.get("actor"), None);
    let conversation = &posted["conversation_id"];
    assert_eq!(own["conversation_id"], *conversation);
    post(&desk, conversation, "note", "内部备注").await;
    post(&desk, conversation, "reply", "在的").await;
    let reply = client.event("message.created").await;
    assert_eq!(reply["data"]["message"]["text"], "在的");
    assert_eq!(reply["data"]["message"]["agent_name"], "agent");

    drop(client);
    post(&desk, conversation, "reply", "还在吗").await;
    let since = reply["seq"].as_u64().unwrap();
    let mut client = connect(&desk, &visitor, "").await;
    client.subscribe(since).await;
    let missed = client.until("caught_up").await;
    assert_eq!(missed.len(), 1);
    assert_eq!(missed[0]["data"]["message"]["text"], "还在吗");
    client.subscribe(u64::MAX).await;
    assert_eq!(client.hear().await["type"], "resync");
}

#[tokio::test(flavor = "multi_thread")]
async fn receipts_reach_the_agents() {
    let desk = serve().await;
    let visitor = open(&desk, json!({})).await;
    let posted = say(&desk, &visitor, "在吗").await;
    let mut agent = Client::live(&desk, &desk.agent.token).await;
    let mut client = connect(&desk, &visitor, "?since=0").await;
    client.frame("caught_up").await;
    post(&desk, &posted["conversation_id"], "reply", "在的").await;
    let reply = client.event("message.created").await;
    let fate = agent.event("message.delivery_changed").await;
    assert_eq!(fate["data"]["message_id"], reply["data"]["message"]["id"]);
    assert_eq!(fate["data"]["delivery"]["state"], "delivered");
    client
        .say(json!({ "type": "seen", "seq": reply["seq"] }))
        .await;
    let fate = agent.event("message.delivery_changed").await;
    assert_eq!(fate["data"]["delivery"]["state"], "read");
    client
        .say(json!({ "type": "seen", "seq": reply["seq"] }))
        .await;
    client.drain().await;
    assert!(agent.drain().await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn each_side_sees_the_other_type_and_notes_stay_inside() {
    let desk = serve().await;
    let visitor = open(&desk, json!({})).await;
    let posted = say(&desk, &visitor, "在吗").await;
    let id = posted["conversation_id"].as_str().unwrap();
    let mut agent = Client::live(&desk, &desk.agent.token).await;
    let mut client = connect(&desk, &visitor, "?since=0").await;
    client.frame("caught_up").await;
    client.say(json!({ "type": "typing" })).await;
    let typing = agent.frame("ephemeral").await;
    assert_eq!(typing["contact"], true);
    assert_eq!(typing["conversation_id"], id);
    agent
        .say(json!({ "type": "typing", "conversation_id": id, "note": true }))
        .await;
    agent.drain().await;
    assert!(client.drain().await.is_empty());
    agent
        .say(json!({ "type": "typing", "conversation_id": id }))
        .await;
    let typing = client.frame("ephemeral").await;
    assert_eq!(
        (&typing["what"], &typing["contact"]),
        (&json!("typing"), &json!(false))
    );
    assert_eq!(
        typing["agents"],
        json!([]),
        "who works here is not for visitors"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn only_a_token_in_the_right_place_opens_it() {
    let desk = serve().await;
    let visitor = open(&desk, json!({})).await;
    let path = format!("/chat/v1/{}/ws", desk.inbox);
    let with_query = format!("{path}?token={}", visitor.token);
    for (path, token) in [
        (&path, None),
        (&with_query, None),
        (&path, Some("nonsense")),
    ] {
        let refused = Client::open(desk.address, path, token, &[])
            .await
            .err()
            .unwrap();
        assert_eq!(refused.status, 401);
        assert_eq!(refused.body["error"]["code"], "unauthenticated");
    }
    let bearer = format!("Bearer {}", visitor.token);
    let headers = [("authorization", bearer.as_str())];
    Client::open(desk.address, &path, None, &headers)
        .await
        .unwrap();
    let nowhere = "/chat/v1/01890000-0000-7000-8000-000000000000/ws";
    let refused = Client::open(desk.address, nowhere, Some(&visitor.token), &[]).await;
    assert_eq!(refused.err().unwrap().status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_contact_has_a_bounded_number_of_sockets() {
    let desk = serve().await;
    let visitor = open(&desk, json!({})).await;
    let mut open = Vec::new();
    for _ in 0..20 {
        open.push(connect(&desk, &visitor, "").await);
    }
    let path = format!("/chat/v1/{}/ws", desk.inbox);
    let refused = Client::open(desk.address, &path, Some(&visitor.token), &[]).await;
    assert_eq!(refused.err().unwrap().status, 429);
}
