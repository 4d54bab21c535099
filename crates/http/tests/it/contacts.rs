//! Customers: masked, revealed on the record, merged.

use plugboard_domain::{access::Role, contact::Profile};
use plugboard_test_kit::desk::{Caller, TestDesk, id};
use serde_json::{Value, json};

use crate::NOTHING;

const CONTACTS: &str = "/api/v1/contacts";

/// Somebody with an address and a number writes; the id of their contact.
async fn somebody(desk: &TestDesk, visitor: &str) -> String {
    let profile = Profile {
        name: Some("张伟".into()),
        email: Some("zhang@example.com".into()),
        phone: Some("13812345678".into()),
        ..Profile::default()
    };
    let conversation = desk
        .receive_from(&desk.inbox, visitor, profile, "在吗")
        .await;
    let path = format!("/api/v1/conversations/{conversation}");
    let view = desk.get(&desk.agent, &path).await.expect(200);
    view["contact"]["id"].as_str().expect("an id").to_owned()
}

#[tokio::test]
async fn addresses_are_masked_unless_the_role_may_see_them() {
    let desk = TestDesk::start().await;
    let path = format!("{CONTACTS}/{}", somebody(&desk, "v1").await);
    let masked = desk.get(&desk.agent, &path).await.expect(200);
    assert_eq!(
        (&masked["email"], &masked["phone"]),
        (&json!("z***@example.com"), &json!("138****5678"))
    );
    assert_eq!(
        (&masked["name"], &masked["masked"]),
        (&json!("张伟"), &json!(true))
    );
    let open = desk.get(&desk.supervisor, &path).await.expect(200);
    assert_eq!(
        (&open["email"], &open["phone"]),
        (&json!("zhang@example.com"), &json!("13812345678"))
    );
    assert_eq!(open["masked"], false);
    // A browser's own id is never shown.
    assert_eq!(open["identities"][0]["kind"], "visitor");
    assert_eq!(open["identities"][0]["value"], "");
    for list in [
        CONTACTS,
        "/api/v1/conversations",
        "/api/v1/search?q=%E5%BC%A0%E4%BC%9F",
        "/api/v1/search?q=zhang",
        "/api/v1/journal",
    ] {
        let answer = desk.get(&desk.agent, list).await.expect(200).to_string();
        assert!(
            !answer.contains("zhang@") && !answer.contains("13812345678"),
            "{list}: {answer}"
        );
    }
    let found = desk
        .get(&desk.supervisor, &format!("{CONTACTS}?q=zhang"))
        .await
        .expect(200);
    assert_eq!(found["items"].as_array().expect("items").len(), 1);
}

#[tokio::test]
async fn a_reveal_shows_one_field_and_is_journalled() {
    let desk = TestDesk::start().await;
    let contact = somebody(&desk, "v1").await;
    let path = format!("{CONTACTS}/{contact}/reveal");
    let shown = desk
        .post(&desk.agent, &path, json!({ "field": "phone" }))
        .await
        .expect(200);
    assert_eq!(shown, json!({ "field": "phone", "value": "13812345678" }));
    let journal = desk
        .get(&desk.admin, "/api/v1/journal?limit=1000")
        .await
        .expect(200);
    let items = journal["items"].as_array().expect("items");
    let last: &Value = items.last().expect("an event");
    assert_eq!(last["kind"], "contact.revealed");
    assert_eq!(
        last["actor"],
        json!({ "type": "agent", "id": desk.agent.id })
    );
    assert_eq!(
        last["data"],
        json!({ "contact_id": contact, "field": "phone" })
    );
    desk.post(&desk.inspector, &path, json!({ "field": "phone" }))
        .await
        .expect_error(403, "forbidden");
    desk.post(&desk.agent, &path, json!({ "field": "name" }))
        .await
        .expect_error(422, "invalid");
    let unknown = format!("{CONTACTS}/{NOTHING}/reveal");
    desk.post(&desk.agent, &unknown, json!({ "field": "email" }))
        .await
        .expect_error(404, "not_found");
}

#[tokio::test]
async fn tags_and_attributes_stay_until_others_are_given() {
    let desk = TestDesk::start().await;
    let path = format!("{CONTACTS}/{}", somebody(&desk, "v1").await);
    let fresh = desk.get(&desk.agent, &path).await.expect(200);
    assert_eq!(
        (&fresh["tags"], &fresh["attributes"]),
        (&json!([]), &json!({}))
    );
    let given = json!({
        "tags": [" 老客户", "vip", "vip"],
        "attributes": { "orders": "12", "empty": " " }
    });
    desk.patch(&desk.agent, &path, given).await.expect(200);
    desk.patch(&desk.agent, &path, json!({ "name": "小伟" }))
        .await
        .expect(200);
    let now = desk.get(&desk.agent, &path).await.expect(200);
    assert_eq!(now["tags"], json!(["vip", "老客户"]));
    assert_eq!(now["attributes"], json!({ "orders": "12" }));

    let none = json!({ "tags": [], "attributes": {} });
    let now = desk.patch(&desk.agent, &path, none).await.expect(200);
    assert_eq!((&now["tags"], &now["attributes"]), (&json!([]), &json!({})));

    let many: Vec<_> = (0..31).map(|nth| nth.to_string()).collect();
    for wrong in [
        json!({ "tags": many }),
        json!({ "tags": ["two\nlines"] }),
        json!({ "tags": "vip" }),
        json!({ "attributes": { "orders": 12 } }),
        json!({ "attributes": { "note": "x".repeat(501) } }),
    ] {
        desk.patch(&desk.agent, &path, wrong.clone())
            .await
            .expect_error(422, "invalid");
    }
}

#[tokio::test]
async fn a_contact_is_edited() {
    let desk = TestDesk::start().await;
    let path = format!("{CONTACTS}/{}", somebody(&desk, "v1").await);
    let asked = json!({ "name": "张小伟", "note": "老客户", "phone": "" });
    let now = desk
        .patch(&desk.agent, &path, asked.clone())
        .await
        .expect(200);
    assert_eq!(
        (&now["name"], &now["note"]),
        (&json!("张小伟"), &json!("老客户"))
    );
    assert_eq!(
        (&now["phone"], &now["email"]),
        (&json!(null), &json!("z***@example.com"))
    );
    desk.patch(&desk.inspector, &path, asked.clone())
        .await
        .expect_error(403, "forbidden");
    desk.patch(&desk.agent, &format!("{CONTACTS}/{NOTHING}"), asked)
        .await
        .expect_error(404, "not_found");
    for wrong in [
        json!({ "email": "x" }),
        json!({ "name": "x".repeat(201) }),
        json!({ "name": 7 }),
    ] {
        desk.patch(&desk.agent, &path, wrong)
            .await
            .expect_error(422, "invalid");
    }
}

#[tokio::test]
async fn contacts_are_merged_and_taken_apart_again() {
    let desk = TestDesk::start().await;
    let (a, b) = (somebody(&desk, "v1").await, somebody(&desk, "v2").await);
    let merge = format!("{CONTACTS}/{a}/merge");
    let ended = desk
        .post(&desk.agent, &merge, json!({ "into": b }))
        .await
        .expect(200);
    assert_eq!(ended["merged_into"], b.as_str());
    let kept = desk
        .get(&desk.agent, &format!("{CONTACTS}/{b}"))
        .await
        .expect(200);
    assert_eq!(kept["absorbed"], json!([a]));
    assert_eq!(kept["identities"].as_array().expect("identities").len(), 2);
    let theirs = desk
        .get(&desk.agent, &format!("/api/v1/conversations?contact={b}"))
        .await
        .expect(200);
    assert_eq!(theirs["items"].as_array().expect("items").len(), 2);
    let listed = desk.get(&desk.agent, CONTACTS).await.expect(200);
    assert_eq!(listed["items"].as_array().expect("items").len(), 1);
    desk.post(&desk.agent, &merge, json!({ "into": b }))
        .await
        .expect_error(409, "conflict");
    let apart = desk
        .post(&desk.agent, &format!("{CONTACTS}/{a}/unmerge"), json!(null))
        .await
        .expect(200);
    assert_eq!(apart["merged_into"], json!(null));
    desk.post(&desk.agent, &format!("{CONTACTS}/{a}/unmerge"), json!(null))
        .await
        .expect_error(409, "conflict");
    desk.post(&desk.agent, &merge, json!({ "into": a }))
        .await
        .expect_error(422, "invalid");
    desk.post(&desk.agent, &merge, json!({ "into": "x" }))
        .await
        .expect_error(422, "invalid");
    desk.post(&desk.agent, &merge, json!({ "into": NOTHING }))
        .await
        .expect_error(404, "not_found");
    desk.post(&desk.inspector, &merge, json!({ "into": b }))
        .await
        .expect_error(403, "forbidden");
    desk.get(&desk.agent, &format!("{CONTACTS}/x"))
        .await
        .expect_error(404, "not_found");
}

/// Somebody whose scope is one team that has no conversation.
async fn outsider(desk: &TestDesk) -> (Caller, String) {
    let other = desk
        .post(&desk.admin, "/api/v1/teams", json!({ "name": "other" }))
        .await
        .expect(201);
    let team = id(&other);
    let outsider = desk.agent("outsider", Role::Agent).await;
    let path = format!("/api/v1/agents/{}", outsider.id);
    let scope = json!({ "scope": { "teams": [team] } });
    desk.patch(&desk.admin, &path, scope).await.expect(200);
    (outsider, team)
}

#[tokio::test]
async fn a_contact_is_seen_by_whoever_sees_a_conversation_with_them() {
    let desk = TestDesk::start().await;
    let contact = somebody(&desk, "v1").await;
    let path = format!("{CONTACTS}/{contact}");
    let (outsider, team) = outsider(&desk).await;
    let lists = [
        CONTACTS,
        "/api/v1/contacts?q=%E5%BC%A0%E4%BC%9F",
        "/api/v1/search?q=%E5%BC%A0%E4%BC%9F",
        "/api/v1/search?q=zhang&kind=contact",
    ];
    for list in lists {
        let answer = desk.get(&outsider, list).await.expect(200);
        assert_eq!(answer["items"], json!([]), "{list}");
        let answer = desk.get(&desk.agent, list).await.expect(200);
        assert_ne!(answer["items"], json!([]), "{list}");
    }
    let name = json!({ "name": "x" });
    let field = json!({ "field": "phone" });
    desk.get(&outsider, &path)
        .await
        .expect_error(404, "not_found");
    desk.patch(&outsider, &path, name.clone())
        .await
        .expect_error(404, "not_found");
    desk.post(&outsider, &format!("{path}/reveal"), field.clone())
        .await
        .expect_error(404, "not_found");
    let other = somebody(&desk, "v2").await;
    desk.post(
        &outsider,
        &format!("{path}/merge"),
        json!({ "into": other }),
    )
    .await
    .expect_error(404, "not_found");

    // A conversation with them comes into the scope, and they with it.
    let theirs = format!("/api/v1/conversations?contact={contact}");
    let conversation = desk.get(&desk.admin, &theirs).await.expect(200);
    let conversation = id(&conversation["items"][0]);
    desk.post(
        &desk.admin,
        &format!("/api/v1/conversations/{conversation}/assignment"),
        json!({ "team_id": team }),
    )
    .await
    .expect(200);
    for list in lists {
        let answer = desk.get(&outsider, list).await.expect(200);
        assert_eq!(answer["items"].as_array().unwrap().len(), 1, "{list}");
        assert!(answer.to_string().contains(&contact), "{list}: {answer}");
    }
    desk.get(&outsider, &path).await.expect(200);
    let shown = desk
        .post(&outsider, &format!("{path}/reveal"), field)
        .await
        .expect(200);
    assert_eq!(shown["value"], "13812345678");
    desk.patch(&outsider, &path, name).await.expect(200);
}

#[tokio::test]
async fn somebody_found_to_be_two_is_seen_by_whoever_sees_either() {
    let desk = TestDesk::start().await;
    let (one, two) = (somebody(&desk, "v1").await, somebody(&desk, "v2").await);
    let (outsider, team) = outsider(&desk).await;
    let theirs = format!("/api/v1/conversations?contact={one}");
    let conversation = desk.get(&desk.admin, &theirs).await.expect(200);
    let conversation = id(&conversation["items"][0]);
    desk.post(
        &desk.admin,
        &format!("/api/v1/conversations/{conversation}/assignment"),
        json!({ "team_id": team }),
    )
    .await
    .expect(200);
    let path = format!("{CONTACTS}/{two}");
    desk.get(&outsider, &path)
        .await
        .expect_error(404, "not_found");
    desk.post(
        &desk.admin,
        &format!("{CONTACTS}/{one}/merge"),
        json!({ "into": two }),
    )
    .await
    .expect(200);
    desk.get(&outsider, &path).await.expect(200);
    let listed = desk.get(&outsider, CONTACTS).await.expect(200);
    assert_eq!(listed["items"].as_array().unwrap().len(), 1);
    assert_eq!(listed["items"][0]["id"], two);
    desk.post(
        &outsider,
        &format!("{path}/reveal"),
        json!({ "field": "email" }),
    )
    .await
    .expect(200);
}
