//! Files of messages.

use axum::{
    body::Body,
    http::{Request, header},
};
use plugboard_domain::access::Role;
use plugboard_test_kit::desk::{Answer, Caller, TestDesk, id};
use serde_json::json;

use crate::NOTHING;

const FILES: &str = "/api/v1/attachments";
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR";

pub(crate) async fn upload(
    desk: &TestDesk,
    caller: &Caller,
    part: &str,
    name: &str,
    content: &[u8],
) -> Answer {
    let mut body = format!(
        "--b\r\nContent-Disposition: form-data; name=\"{part}\"; filename=\"{name}\"\r\nContent-Type: text/html\r\n\r\n"
    )
    .into_bytes();
    body.extend_from_slice(content);
    body.extend_from_slice(b"\r\n--b--\r\n");
    let request = Request::post(FILES)
        .header(header::AUTHORIZATION, format!("Bearer {}", caller.token))
        .header(header::CONTENT_TYPE, "multipart/form-data; boundary=b")
        .body(Body::from(body));
    desk.send(request.expect("a request")).await
}

#[tokio::test]
async fn a_picture_is_sent_and_seen_by_those_who_see_the_conversation() {
    let desk = TestDesk::start().await;
    let file = upload(&desk, &desk.agent, "file", "../凭证.html", PNG)
        .await
        .expect(201);
    assert_eq!(
        (&file["name"], &file["content_type"]),
        (&json!("凭证.html"), &json!("image/png"))
    );
    assert_eq!(
        (&file["is_image"], &file["size"]),
        (&json!(true), &json!(PNG.len()))
    );
    let path = format!("{FILES}/{}", id(&file));
    let own = desk.get(&desk.agent, &path).await;
    assert_eq!((own.status, &own.body[..]), (200, PNG));
    assert_eq!(own.headers[header::X_CONTENT_TYPE_OPTIONS], "nosniff");
    assert_eq!(
        own.headers[header::CONTENT_SECURITY_POLICY],
        "sandbox; default-src 'none'"
    );
    assert!(
        own.headers[header::CONTENT_DISPOSITION]
            .to_str()
            .expect("ASCII")
            .starts_with("inline; ")
    );
    // Until it is sent it is the uploader's alone.
    desk.get(&desk.supervisor, &path)
        .await
        .expect_error(404, "not_found");
    let messages = format!(
        "/api/v1/conversations/{}/messages",
        desk.receive("在吗").await
    );
    let reply = json!({ "kind": "reply", "attachments": [id(&file)] });
    desk.post(&desk.supervisor, &messages, reply.clone())
        .await
        .expect_error(422, "invalid");
    let sent = desk.post(&desk.agent, &messages, reply).await.expect(201);
    assert_eq!(sent["attachments"], json!([file]));
    assert_eq!(desk.get(&desk.supervisor, &path).await.status, 200);
}

#[tokio::test]
async fn what_could_run_is_only_ever_saved() {
    let desk = TestDesk::start().await;
    let file = upload(
        &desk,
        &desk.agent,
        "file",
        "x.svg",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
    )
    .await;
    let file = file.expect(201);
    assert_eq!(file["is_image"], false);
    let answer = desk
        .get(&desk.agent, &format!("{FILES}/{}", id(&file)))
        .await;
    let disposition = answer.headers[header::CONTENT_DISPOSITION]
        .to_str()
        .expect("ASCII");
    assert_eq!(disposition, "attachment; filename*=UTF-8''x.svg");
    assert_ne!(answer.headers[header::CONTENT_TYPE], "image/svg+xml");
}

#[tokio::test]
async fn what_is_no_upload_is_refused() {
    let desk = TestDesk::start().await;
    upload(&desk, &desk.agent, "other", "x", b"x")
        .await
        .expect_error(422, "invalid");
    upload(&desk, &desk.agent, "file", "x", b"")
        .await
        .expect_error(422, "invalid");
    upload(&desk, &desk.inspector, "file", "x", b"x")
        .await
        .expect_error(403, "forbidden");
    upload(&desk, &Caller::nobody(), "file", "x", b"x")
        .await
        .expect_error(401, "unauthenticated");
    let large = vec![b'x'; 26 * 1024 * 1024];
    upload(&desk, &desk.agent, "file", "x", &large)
        .await
        .expect_error(413, "too_large");
    desk.post(&desk.agent, FILES, json!({}))
        .await
        .expect_error(415, "invalid");
    let cut = Request::post(FILES)
        .header(
            header::AUTHORIZATION,
            format!("Bearer {}", desk.agent.token),
        )
        .header(header::CONTENT_TYPE, "multipart/form-data; boundary=b")
        .body(Body::from(
            "--b\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\nx",
        ));
    desk.send(cut.expect("a request"))
        .await
        .expect_error(400, "invalid");
    for unknown in [NOTHING, "x"] {
        desk.get(&desk.agent, &format!("{FILES}/{unknown}"))
            .await
            .expect_error(404, "not_found");
    }
}

#[tokio::test]
async fn a_file_of_a_conversation_outside_the_scope_does_not_exist() {
    let desk = TestDesk::start().await;
    let file = upload(&desk, &desk.agent, "file", "a.txt", "文字".as_bytes())
        .await
        .expect(201);
    let messages = format!(
        "/api/v1/conversations/{}/messages",
        desk.receive("在吗").await
    );
    let note = json!({ "kind": "note", "attachments": [id(&file)] });
    desk.post(&desk.agent, &messages, note).await.expect(201);
    let outsider = desk.agent("outsider", Role::Agent).await;
    let other = desk
        .post(&desk.admin, "/api/v1/teams", json!({ "name": "其他" }))
        .await
        .expect(201);
    let scope = json!({ "scope": { "teams": [id(&other)] } });
    desk.patch(
        &desk.admin,
        &format!("/api/v1/agents/{}", outsider.id),
        scope,
    )
    .await
    .expect(200);
    desk.get(&outsider, &format!("{FILES}/{}", id(&file)))
        .await
        .expect_error(404, "not_found");
}
