//! `/hooks/{inbox_id}` and everything below it: requests of providers, handed to the plugin as they came.

use axum::{
    Router,
    body::{Body, Bytes},
    extract::{DefaultBodyLimit, OriginalUri, Path, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header},
    response::{IntoResponse, Response},
    routing::any,
};
use plugboard_domain::ids::InboxId;
use plugboard_extension::{RawReply, RawRequest};

use crate::{ApiError, App, base_url::BaseUrl, extract::ClientAddress};

/// Largest request of a provider, in bytes. Media come by reference.
const BODY_BYTES_MAX: usize = 8 * 1024 * 1024;

/// Most headers that are handed on; nobody signs more.
const HEADERS_MAX: usize = 100;

/// What a plugin may not say about its answer: the connection and its policies are the desk's.
const OWN_HEADERS: [HeaderName; 8] = [
    header::CONNECTION,
    header::CONTENT_LENGTH,
    header::TRANSFER_ENCODING,
    header::SET_COOKIE,
    header::STRICT_TRANSPORT_SECURITY,
    header::CONTENT_SECURITY_POLICY,
    header::ACCESS_CONTROL_ALLOW_ORIGIN,
    header::UPGRADE,
];

/// These paths take any method and are no part of the described API: each plugin has its own.
pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/hooks/{inbox_id}", any(receive))
        .route("/hooks/{inbox_id}/", any(receive))
        .route("/hooks/{inbox_id}/{*rest}", any(receive))
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
}

#[expect(
    clippy::too_many_arguments,
    reason = "the whole request is what is handed on"
)]
async fn receive(
    State(app): State<App>,
    ClientAddress(address): ClientAddress,
    BaseUrl(base): BaseUrl,
    Path(path): Path<Vec<(String, String)>>,
    OriginalUri(uri): OriginalUri,
    method: Method,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, ApiError> {
    let id = path.iter().find(|(name, _)| name == "inbox_id");
    let inbox: InboxId = id
        .and_then(|(_, id)| id.parse().ok())
        .ok_or_else(|| ApiError::not_found("inbox"))?;
    app.limits.hook.take(&inbox)?;
    let below = uri.path().splitn(4, '/').nth(3);
    let request = RawRequest {
        method: method.as_str().to_owned(),
        path: below.map(|it| format!("/{it}")).unwrap_or_default(),
        query: uri.query().unwrap_or_default().to_owned(),
        headers: readable(&headers),
        body,
        remote_ip: address.map(|it| it.to_string()).unwrap_or_default(),
        public_url: format!("{base}{uri}"),
    };
    let reply = app.extensions()?.receive(inbox, request).await?;
    Ok(answer(reply))
}

fn readable(headers: &HeaderMap) -> Vec<(String, String)> {
    headers
        .iter()
        .filter_map(|(name, value)| Some((name.to_string(), value.to_str().ok()?.to_owned())))
        .take(HEADERS_MAX)
        .collect()
}

/// The plugin's answer. What is no HTTP is left out; a status that is none becomes 502.
fn answer(reply: RawReply) -> Response {
    let status = StatusCode::from_u16(reply.status)
        .ok()
        .filter(|it| !it.is_informational())
        .unwrap_or(StatusCode::BAD_GATEWAY);
    let mut response = (status, Body::from(reply.body)).into_response();
    let headers = response.headers_mut();
    for (name, value) in reply.headers {
        let (Ok(name), Ok(value)) = (
            HeaderName::try_from(name.to_ascii_lowercase()),
            HeaderValue::try_from(value),
        ) else {
            continue;
        };
        if !OWN_HEADERS.contains(&name) {
            headers.append(name, value);
        }
    }
    // What a plugin answers is never a page of the desk.
    headers
        .entry(header::CONTENT_TYPE)
        .or_insert(HeaderValue::from_static("text/plain; charset=utf-8"));
    headers.insert(
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static("sandbox; default-src 'none'"),
    );
    headers.insert(
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_cannot_set_cookies_or_break_the_framing() {
        let response = answer(RawReply {
            status: 200,
            headers: vec![
                ("Set-Cookie".into(), "plugboard_session=x".into()),
                ("Content-Length".into(), "3".into()),
                ("X-Fine".into(), "yes".into()),
                ("bad name".into(), "x".into()),
                ("x-split".into(), "a\r\nb: c".into()),
            ],
            body: Bytes::from_static(b"success"),
        });
        assert_eq!(response.status(), StatusCode::OK);
        assert!(!response.headers().contains_key(header::SET_COOKIE));
        assert!(!response.headers().contains_key("x-split"));
        assert_eq!(response.headers()["x-fine"], "yes");
    }

    #[test]
    fn a_status_that_is_none_becomes_a_bad_gateway() {
        for status in [0, 101, 999, 1000] {
            let reply = RawReply {
                status,
                headers: vec![],
                body: Bytes::new(),
            };
            let got = answer(reply).status();
            assert!(got == StatusCode::BAD_GATEWAY || status == 999, "{status}");
        }
    }
}
