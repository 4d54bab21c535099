//! What surrounds every request: an id, a log line, a measurement, headers that every answer has.

use std::{
    any::Any,
    sync::atomic::{AtomicU64, Ordering},
    time::Instant,
};

use axum::{
    extract::{MatchedPath, Request},
    http::{HeaderName, HeaderValue, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use tracing::Instrument;

use crate::ApiError;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Numbers requests, so that a log line and an answer can be joined.
static REQUESTS: AtomicU64 = AtomicU64::new(1);

/// Surrounds a request. Log lines and labels have the route, never the path: ids are not for metrics, and texts that people
/// search for are not for logs.
pub(crate) async fn observe(request: Request, next: Next) -> Response {
    let started = Instant::now();
    let id = REQUESTS.fetch_add(1, Ordering::Relaxed);
    let route = request.extensions().get::<MatchedPath>().cloned();
    let method = request.method().clone();
    let api = request.uri().path().starts_with("/api/");
    let span = tracing::info_span!("request", request.id = id);
    let mut response = next.run(request).instrument(span).await;
    let status = response.status();
    let route = route.as_ref().map_or("other", MatchedPath::as_str);
    tracing::debug!(
        request.id = id, %method, route, status = status.as_u16(), micros = started.elapsed().as_micros(),
        "answered"
    );
    metrics::histogram!(
        "plugboard_http_request_seconds",
        "method" => method_label(&method), "route" => route.to_owned(), "status" => status.as_str().to_owned()
    )
    .record(started.elapsed().as_secs_f64());
    let headers = response.headers_mut();
    headers.insert(REQUEST_ID, HeaderValue::from(id));
    let mut standard = |name: HeaderName, value: &'static str| {
        headers
            .entry(name)
            .or_insert(HeaderValue::from_static(value));
    };
    standard(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    standard(header::REFERRER_POLICY, "same-origin");
    if api {
        standard(header::CACHE_CONTROL, "no-store");
        standard(
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; frame-ancestors 'none'",
        );
    }
    response
}

/// A method that nobody defined must not become a label of its own.
fn method_label(method: &axum::http::Method) -> &'static str {
    use axum::http::Method;
    match *method {
        Method::GET => "GET",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::HEAD => "HEAD",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}

/// What a client sees of a panic. That it happened is in the log; why is nobody's business outside.
pub(crate) fn panicked(_: Box<dyn Any + Send>) -> Response {
    tracing::error!("a handler panicked");
    ApiError::unavailable("something went wrong in the desk").into_response()
}
