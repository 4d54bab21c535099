//! Announcements of phone inboxes: uploaded, made playable when the inbox is saved, and refused by name. Trying their trunks.

use std::sync::Arc;

use plugboard_domain::access::Role;
use plugboard_test_kit::desk::{Caller, TestDesk, id};
use serde_json::{Value, json};

use crate::{attachments::upload, calls::OneFile};

const INBOXES: &str = "/api/v1/inboxes";

async fn desk() -> TestDesk {
    TestDesk::start_set_up(|it| it.telephony = Some(Arc::new(OneFile))).await
}

async fn file(desk: &TestDesk, who: &Caller, content: &[u8]) -> String {
    let stored = upload(desk, who, "file", "hello.wav", content).await;
    id(&stored.expect(201))
}

fn inbox(prompts: &Value, menu: &Value) -> Value {
    json!({ "name": "Hotline", "channel": "phone",
        "settings": { "prompts": prompts, "menu": menu } })
}

#[tokio::test]
async fn an_announcement_is_made_playable_once_and_stays_as_it_is() {
    let desk = desk().await;
    let [greeting, menu] = [
        file(&desk, &desk.admin, b"RIFF one").await,
        file(&desk, &desk.admin, b"RIFF two").await,
    ];
    let keys = json!({ "prompt": menu, "options": [{ "digit": "1", "then": "voicemail" }] });
    let asked = inbox(&json!({ "greeting": greeting }), &keys);
    let made = desk.post(&desk.admin, INBOXES, asked).await.expect(201);
    let settings = &made["settings"];
    let played = settings["prompts"]["greeting"].as_str().unwrap().to_owned();
    assert_ne!(played, greeting);
    assert_ne!(settings["menu"]["prompt"], json!(menu));
    let path = format!("/api/v1/attachments/{played}");
    let sound = desk.get(&desk.admin, &path).await;
    assert_eq!(
        (sound.status, &sound.body[..]),
        (200, &b"telephone sound"[..])
    );

    // Whoever manages inboxes hears it, and saves the inbox with it; an agent does neither.
    let other = desk.agent("Mei", Role::Administrator).await;
    assert_eq!(desk.get(&other, &path).await.status, 200);
    assert_eq!(desk.get(&desk.agent, &path).await.status, 404);
    let own = format!("{INBOXES}/{}", id(&made));
    let same = inbox(&json!({ "greeting": played }), &json!(null));
    let saved = desk.put(&other, &own, same).await.expect(200);
    assert_eq!(saved["settings"]["prompts"]["greeting"], json!(played));
}

#[tokio::test]
async fn what_cannot_be_played_is_refused_by_name() {
    let desk = desk().await;
    let song = file(&desk, &desk.admin, b"ID3 a song").await;
    let theirs = file(&desk, &desk.agent, b"RIFF of somebody else").await;
    for (prompts, says) in [
        (
            json!({ "greeting": song }),
            "hello.wav: this is no WAV file",
        ),
        (json!({ "greeting": theirs }), "no file that you uploaded"),
        (
            json!({ "greeting": crate::NOTHING }),
            "no file that you uploaded",
        ),
        (json!({ "fanfare": song }), "fanfare is not one of"),
        (json!({ "greeting": 5 }), "settings.prompts"),
    ] {
        let asked = inbox(&prompts, &json!(null));
        let refused = desk.post(&desk.admin, INBOXES, asked).await;
        let message = refused.expect_error(422, "invalid");
        assert!(
            message.contains("settings.prompts") && message.contains(says),
            "{message}"
        );
    }
}

#[tokio::test]
async fn whoever_manages_inboxes_tries_a_trunk() {
    let desk = desk().await;
    let made = desk.post(&desk.admin, INBOXES, inbox(&json!({}), &json!(null)));
    let path = format!("{INBOXES}/{}/phone/test", id(&made.await.expect(201)));
    let report = desk.post(&desk.admin, &path, json!({})).await.expect(200);
    assert_eq!(report["ok"], false);
    assert_eq!(report["steps"][0]["check"], "host");
    assert_eq!(report["steps"][1]["message"], "as it was found");
    desk.post(&desk.agent, &path, json!({}))
        .await
        .expect_error(403, "forbidden");
    let nowhere = format!("{INBOXES}/{}/phone/test", crate::NOTHING);
    desk.post(&desk.admin, &nowhere, json!({}))
        .await
        .expect_error(404, "not_found");
}
