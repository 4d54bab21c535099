//! The agent app's files.

use std::{borrow::Cow, sync::Arc};

use axum::{
    body::Body,
    http::{HeaderMap, Request, header},
};
use plugboard_http::{StaticFile, StaticFiles};
use plugboard_test_kit::desk::{Answer, TestDesk};

struct Files;

impl StaticFiles for Files {
    fn get(&self, path: &str) -> Option<StaticFile> {
        let content: &'static [u8] = match path {
            "index.html" => b"<!doctype html>app",
            "assets/app-1a2b.js" => b"plain",
            "assets/app-1a2b.js.br" => b"brotli",
            "assets/app-1a2b.js.gz" => b"gzip",
            _ => return None,
        };
        Some(StaticFile {
            content: Cow::Borrowed(content),
            hash: "abc".into(),
        })
    }
}

async fn desk() -> TestDesk {
    TestDesk::start_set_up(|setup| setup.files = Arc::new(Files)).await
}

async fn get(desk: &TestDesk, path: &str, headers: &[(header::HeaderName, &str)]) -> Answer {
    let mut request = Request::get(path);
    for (name, value) in headers {
        request = request.header(name, *value);
    }
    desk.send(request.body(Body::empty()).expect("a request"))
        .await
}

fn text(headers: &HeaderMap, name: header::HeaderName) -> &str {
    headers
        .get(name)
        .map_or("", |value| value.to_str().expect("ASCII"))
}

#[tokio::test]
async fn every_place_in_the_app_is_its_page() {
    let desk = desk().await;
    for path in ["/", "/conversations/0190aaaa", "/settings/teams"] {
        let page = get(&desk, path, &[]).await;
        assert_eq!(
            (page.status, &page.body[..]),
            (200, &b"<!doctype html>app"[..]),
            "{path}"
        );
        assert_eq!(
            text(&page.headers, header::CONTENT_TYPE),
            "text/html; charset=utf-8"
        );
        assert_eq!(text(&page.headers, header::CACHE_CONTROL), "no-cache");
        let policy = text(&page.headers, header::CONTENT_SECURITY_POLICY);
        assert!(policy.contains("frame-ancestors 'none'") && policy.contains("script-src 'self'"));
    }
    for path in [
        "/assets/other.js",
        "/favicon.ico",
        "/../secret.key",
        "/api/",
        "/hooks/x",
    ] {
        get(&desk, path, &[]).await.expect_error(404, "not_found");
    }
}

#[tokio::test]
async fn the_smallest_encoding_that_is_taken_is_sent_and_kept_for_ever() {
    let desk = desk().await;
    let script = "/assets/app-1a2b.js";
    for (accepts, encoding, body) in [
        ("gzip, deflate, br", "br", "brotli"),
        ("gzip;q=0.8", "gzip", "gzip"),
        ("identity", "", "plain"),
    ] {
        let answer = get(&desk, script, &[(header::ACCEPT_ENCODING, accepts)]).await;
        assert_eq!(answer.body, body, "{accepts}");
        assert_eq!(text(&answer.headers, header::CONTENT_ENCODING), encoding);
        assert_eq!(
            text(&answer.headers, header::CONTENT_TYPE),
            "text/javascript; charset=utf-8"
        );
        assert!(text(&answer.headers, header::CACHE_CONTROL).contains("immutable"));
        let etag = text(&answer.headers, header::ETAG).to_owned();
        let again = [
            (header::ACCEPT_ENCODING, accepts),
            (header::IF_NONE_MATCH, etag.as_str()),
        ];
        assert_eq!(get(&desk, script, &again).await.status, 304);
    }
}
