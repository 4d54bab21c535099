//! What a desk answers, and what is said when it does not: against a desk that answers one prepared answer.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use plugboard_desk_client::{Desk, DeskError};
use plugboard_protocol::error::Code;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

/// A desk that answers once, and tells what it was asked.
async fn desk(status: &str, body: &str) -> (Desk, tokio::task::JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}/", listener.local_addr().unwrap());
    let answer = format!(
        "HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    );
    let asked = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut asked = vec![0; 16_384];
        let read = stream.read(&mut asked).await.unwrap();
        stream.write_all(answer.as_bytes()).await.unwrap();
        String::from_utf8_lossy(&asked[..read]).into_owned()
    });
    (Desk::new(&address, "pbt_open").unwrap(), asked)
}

#[tokio::test]
async fn the_token_opens_it_and_names_are_safe_in_paths() {
    let (desk, asked) = desk("200 OK", r#"{"items":[]}"#).await;
    assert!(desk.plugin_logs("a/../b c").await.unwrap().is_empty());
    let asked = asked.await.unwrap();
    assert!(
        asked.starts_with("GET /api/v1/plugins/a%2F..%2Fb%20c/logs "),
        "{asked}"
    );
    assert!(asked.contains("authorization: Bearer pbt_open"), "{asked}");
}

#[tokio::test]
async fn a_refusal_is_told_in_the_words_of_the_desk() {
    let body = r#"{"error":{"code":"conflict","message":"3 inboxes use it: remove them first"}}"#;
    let (desk, _) = desk("409 Conflict", body).await;
    let error = desk.remove_plugin("acme.demo").await.unwrap_err();
    assert_eq!(error.code(), Some(Code::Conflict));
    assert_eq!(
        error.to_string(),
        "the desk refused: 3 inboxes use it: remove them first"
    );
}

#[tokio::test]
async fn what_is_no_desk_is_named() {
    let (desk, _) = desk("502 Bad Gateway", "<html>").await;
    let error = desk.plugins().await.unwrap_err();
    assert!(matches!(error, DeskError::Strange(_)), "{error}");
    let nobody = Desk::new("http://127.0.0.1:1", "t").unwrap();
    let error = nobody.plugins().await.unwrap_err();
    assert!(matches!(error, DeskError::Unreachable { .. }), "{error}");
    for wrong in ["127.0.0.1:8080", "desk", "file:///etc"] {
        assert!(Desk::new(wrong, "t").is_err(), "{wrong}");
    }
}
