//! Files of visitors.

use axum::{body::Body, http::Request};
use plugboard_test_kit::desk::{Answer, Caller, TestDesk};
use serde_json::json;

use crate::visitor::{open, say};

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89";

async fn upload(
    desk: &TestDesk,
    path: &str,
    caller: &Caller,
    name: &str,
    content: &[u8],
) -> Answer {
    let head = format!(
        "--b\r\ncontent-disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\
         content-type: image/png\r\n\r\n"
    );
    let body = [head.as_bytes(), content, b"\r\n--b--\r\n"].concat();
    let request = Request::builder()
        .method("POST")
        .uri(path)
        .header("authorization", format!("Bearer {}", caller.token))
        .header("content-type", "multipart/form-data; boundary=b");
    desk.send(request.body(Body::from(body)).unwrap()).await
}

#[tokio::test]
async fn a_picture_goes_to_the_agent_and_to_nobody_else() {
    let desk = TestDesk::start().await;
    let (visitor, stranger) = (open(&desk, json!({})).await, open(&desk, json!({})).await);
    let files = format!("/chat/v1/{}/attachments", desk.inbox);
    let stored = upload(&desk, &files, &visitor, "../凭证.png", PNG)
        .await
        .expect(201);
    assert_eq!(stored["content_type"], "image/png");
    assert_eq!(stored["name"], "凭证.png");
    assert_eq!(stored["is_image"], true);
    let id = stored["id"].as_str().unwrap();
    let messages = format!("/chat/v1/{}/messages", desk.inbox);
    let body = json!({ "text": "", "attachments": [id] });
    desk.post(&stranger, &messages, body.clone())
        .await
        .expect_error(422, "invalid");
    let posted = desk.post(&visitor, &messages, body).await.expect(201);
    assert_eq!(posted["message"]["attachments"][0]["id"], id);

    let path = format!("{files}/{id}");
    let file = desk.get(&visitor, &path).await;
    assert_eq!((file.status, &file.body[..]), (200, PNG));
    assert_eq!(file.headers["x-content-type-options"], "nosniff");
    desk.get(&stranger, &path)
        .await
        .expect_error(404, "not_found");
    let agents = format!("/api/v1/attachments/{id}");
    assert_eq!(desk.get(&desk.agent, &agents).await.status, 200);
}

#[tokio::test]
async fn files_of_notes_stay_inside() {
    let desk = TestDesk::start().await;
    let visitor = open(&desk, json!({})).await;
    let posted = say(&desk, &visitor, "在吗").await;
    let thread = format!(
        "/api/v1/conversations/{}/messages",
        posted["conversation_id"].as_str().unwrap()
    );
    for (kind, status) in [("note", 404), ("reply", 200)] {
        let stored = upload(&desk, "/api/v1/attachments", &desk.agent, "a.png", PNG)
            .await
            .expect(201);
        let body = json!({ "kind": kind, "text": "见附件", "attachments": [stored["id"]] });
        desk.post(&desk.agent, &thread, body).await.expect(201);
        let path = format!(
            "/chat/v1/{}/attachments/{}",
            desk.inbox,
            stored["id"].as_str().unwrap()
        );
        assert_eq!(desk.get(&visitor, &path).await.status, status, "{kind}");
    }
}

#[tokio::test]
async fn what_is_too_large_or_could_run_is_refused() {
    let desk = TestDesk::start().await;
    let visitor = open(&desk, json!({})).await;
    let files = format!("/chat/v1/{}/attachments", desk.inbox);
    let program = [b"\x7fELF\x02\x01\x01\x00".as_slice(), &[0; 64]].concat();
    upload(&desk, &files, &visitor, "a.png", &program)
        .await
        .expect_error(415, "invalid");
    let page = upload(
        &desk,
        &files,
        &visitor,
        "a.html",
        b"<html><script>alert(1)</script>",
    )
    .await
    .expect(201);
    assert_eq!(page["content_type"], "text/plain");
    assert_eq!(page["is_image"], false);
    let large = [PNG, &vec![0; 10 * 1024 * 1024]].concat();
    upload(&desk, &files, &visitor, "a.png", &large)
        .await
        .expect_error(413, "too_large");
    let huge = [PNG, &vec![0; 12 * 1024 * 1024]].concat();
    upload(&desk, &files, &visitor, "a.png", &huge)
        .await
        .expect_error(413, "too_large");
    upload(&desk, &files, &visitor, "a.png", b"")
        .await
        .expect_error(422, "invalid");
    upload(&desk, &files, &Caller::nobody(), "a.png", PNG)
        .await
        .expect_error(401, "unauthenticated");
    desk.post(&visitor, &files, json!({}))
        .await
        .expect_error(415, "invalid");
}
