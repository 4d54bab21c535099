//! Finding things.

use plugboard_domain::contact::Profile;
use plugboard_test_kit::desk::{TestDesk, id};
use serde_json::{Value, json};

fn hits(page: &Value) -> Vec<(&str, String)> {
    let items = page["items"].as_array().expect("items");
    items
        .iter()
        .map(|it| (it["kind"].as_str().expect("a kind"), id(it)))
        .collect()
}

#[tokio::test]
async fn messages_conversations_and_contacts_are_found() {
    let desk = TestDesk::start().await;
    let profile = Profile {
        name: Some("退款大师".into()),
        ..Profile::default()
    };
    let conversation = desk
        .receive_from(&desk.inbox, "v", profile, "我要退款,order TB-2026")
        .await;
    let tags = format!("/api/v1/conversations/{conversation}/tags");
    desk.post(&desk.agent, &tags, json!({ "add": ["退款"] }))
        .await
        .expect(200);
    let page = desk
        .get(&desk.agent, "/api/v1/search?q=%E9%80%80%E6%AC%BE")
        .await
        .expect(200);
    let mut kinds: Vec<&str> = hits(&page).into_iter().map(|(kind, _)| kind).collect();
    kinds.sort_unstable();
    assert_eq!(kinds, ["contact", "conversation", "message"]);
    for item in page["items"].as_array().expect("items") {
        let runs = item["highlights"].as_array().expect("runs");
        assert!(
            runs.iter()
                .any(|run| run["hit"] == true && run["text"] == "退款"),
            "{item}"
        );
    }
    let latin = desk
        .get(&desk.agent, "/api/v1/search?q=ORDER&kind=message")
        .await
        .expect(200);
    assert_eq!(latin["items"][0]["conversation_id"], conversation.as_str());
    assert_eq!(latin["items"][0]["contact_name"], "退款大师");
    let none = desk
        .get(&desk.agent, "/api/v1/search?q=nothing-like-it")
        .await
        .expect(200);
    assert_eq!(
        (&none["items"], &none["next_cursor"]),
        (&json!([]), &json!(null))
    );
}

#[tokio::test]
async fn a_question_has_to_be_one() {
    let desk = TestDesk::start().await;
    let long = format!("q={}", "x".repeat(201));
    for wrong in [
        "",
        "q=",
        "q=%20",
        "q=x&limit=0",
        "q=x&limit=201",
        "q=x&kind=agent",
        "q=x&cursor=x",
        &long,
    ] {
        desk.get(&desk.agent, &format!("/api/v1/search?{wrong}"))
            .await
            .expect_error(422, "invalid");
    }
    for odd in [
        "q=%22",
        "q=*",
        "q=AND",
        "q=x%00y",
        "q=%E2%80%8B",
        "q=NEAR(a%20b)",
    ] {
        desk.get(&desk.agent, &format!("/api/v1/search?{odd}"))
            .await
            .expect(200);
    }
}
