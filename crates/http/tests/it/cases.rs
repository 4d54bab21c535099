//! Cases: opened by who works conversations, with what they are about, and closed once.

use plugboard_test_kit::desk::{TestDesk, id};
use serde_json::json;

use crate::NOTHING;

#[tokio::test]
async fn a_case_is_opened_listed_and_closed() {
    let desk = TestDesk::start().await;
    let conversation = desk.receive("the cup is broken").await;
    let path = format!("/api/v1/conversations/{conversation}");
    let cases = format!("{path}/cases");
    let body = json!({ "kind": "complaint", "summary": "broken cup" });
    let now = desk
        .post(&desk.agent, &cases, body.clone())
        .await
        .expect(200);
    let case = id(&now["cases"][0]);
    assert_eq!(now["cases"][0]["opened_by"], desk.agent.id.as_str());
    assert_eq!(now["escalation_level"], 0);
    let listed = desk.get(&desk.agent, &cases).await.expect(200);
    assert_eq!(listed["items"][0]["summary"], "broken cup");
    assert_eq!(listed["items"][0]["closed_at"], json!(null));
    let close = format!("{cases}/{case}/close");
    let closed = desk.post(&desk.agent, &close, json!({})).await.expect(200);
    assert!(closed["cases"][0]["closed_at"].is_string());
    let again = desk.post(&desk.agent, &close, json!({})).await.expect(200);
    assert_eq!(closed["cases"], again["cases"]);
}

#[tokio::test]
async fn what_is_no_case_or_no_kind_is_refused() {
    let desk = TestDesk::start().await;
    let conversation = desk.receive("hello").await;
    let cases = format!("/api/v1/conversations/{conversation}/cases");
    let body = json!({ "kind": " " });
    let refused = desk.post(&desk.agent, &cases, body).await;
    assert_eq!(refused.expect(422)["error"]["code"], "invalid");
    let unknown = format!("{cases}/{NOTHING}/close");
    desk.post(&desk.agent, &unknown, json!({}))
        .await
        .expect(404);
}
