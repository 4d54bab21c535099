//! Inboxes of channels that come and go, and answers through them.

#![expect(clippy::unwrap_used, reason = "a step that fails shall say where")]

use std::sync::Arc;

use plugboard_channel::{FakeChannel, Inbound, Intake, Receipt};
use plugboard_domain::{
    channel::ChannelKind,
    command::{Receive, Sender, inbox_scope},
    contact::{Address, IdentityKind, Profile},
    ids::InboxId,
    message::MessageDraft,
};
use plugboard_test_kit::desk::{TestDesk, id};
use serde_json::{Value, json};

async fn write(desk: &TestDesk, inbox: &str) -> String {
    let inbox_id: InboxId = inbox.parse().unwrap();
    let receive = Receive {
        inbox_id,
        from: Sender::Address {
            address: Address {
                kind: IdentityKind::Channel,
                scope: inbox_scope(inbox_id),
                value: "ann".into(),
            },
            verified: true,
            profile: Profile::default(),
        },
        draft: MessageDraft {
            id: desk.engine.mint(),
            text: "hello".into(),
            attachments: vec![],
            client_id: None,
        },
        external_id: Some("m1".into()),
        conversation_id: desk.engine.mint(),
    };
    let inbound = Inbound::Message {
        receive: Box::new(receive),
        files: vec![],
        thread_key: None,
    };
    let taken = desk.engine.take(inbound).await.unwrap();
    taken.conversation_id.unwrap().to_string()
}

async fn until(desk: &TestDesk, conversation: &str, state: &str) -> Value {
    let path = format!("/api/v1/conversations/{conversation}/messages");
    let started = std::time::Instant::now();
    loop {
        let page = desk.get(&desk.agent, &path).await.expect(200);
        let newest = page["items"].as_array().unwrap().last().unwrap().clone();
        if newest["delivery"]["state"] == state {
            return newest;
        }
        assert!(started.elapsed().as_secs() < 10, "never {state}: {newest}");
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn an_inbox_is_set_up_for_a_channel_that_came_and_a_failed_answer_is_tried_again() {
    let desk = TestDesk::start().await;
    let fake = Arc::new(FakeChannel::new(ChannelKind::Plugin("acme".into())));
    let inbox = json!({ "name": "Acme", "channel": "plugin:acme", "team_id": desk.team });
    let refused = desk
        .post(&desk.admin, "/api/v1/inboxes", inbox.clone())
        .await;
    let why = refused.expect_error(422, "invalid");
    assert_eq!(
        why,
        "channel: plugin:acme is not installed, or is turned off"
    );
    desk.channels.put(fake.clone());
    let made = desk
        .post(&desk.admin, "/api/v1/inboxes", inbox)
        .await
        .expect(201);
    assert!(made["webhook_url"].as_str().unwrap().contains("/hooks/"));
    assert_eq!(made["capabilities"]["text_chars_max"], 600);
    assert_eq!(made["capabilities"]["reply_window"]["hours"], 48);
    let conversation = write(&desk, &id(&made)).await;
    let path = format!("/api/v1/conversations/{conversation}/messages");
    let long = json!({ "kind": "reply", "text": "x".repeat(601) });
    let why = desk
        .post(&desk.agent, &path, long)
        .await
        .expect_error(422, "invalid");
    assert!(why.contains("600"), "{why}");
    fake.answer(Receipt::WindowClosed);
    let reply = json!({ "kind": "reply", "text": "hi" });
    let posted = desk.post(&desk.agent, &path, reply).await.expect(201);
    let failed = until(&desk, &conversation, "failed").await;
    assert_eq!(failed["delivery"]["cause"], "window_closed");
    let retry = format!("{path}/{}/retry", id(&posted));
    desk.post(&desk.inspector, &retry, json!({}))
        .await
        .expect(403);
    let again = desk.post(&desk.agent, &retry, json!({})).await.expect(200);
    assert_eq!(again["delivery"]["state"], "queued");
    until(&desk, &conversation, "sent").await;
    desk.post(&desk.agent, &retry, json!({}))
        .await
        .expect_error(409, "conflict");
    let unknown = format!("{path}/{}/retry", desk.engine.mint::<InboxId>());
    desk.post(&desk.agent, &unknown, json!({}))
        .await
        .expect_error(404, "not_found");
}
