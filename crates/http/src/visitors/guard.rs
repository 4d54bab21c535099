//! The door of `/chat/v1/{inbox_id}`: which pages may come in, and what their browsers are told about it. It stands around
//! the whole router, so that no operation behind it can be forgotten, and lets everything else pass.

use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};

use super::access::Site;
use crate::{ApiError, App};

/// How long a browser may remember what a page may do, in seconds.
const PREFLIGHT_SECS: &str = "600";

/// Refuses pages that the inbox does not list, answers preflights, and lets listed pages read the answers. Requests that
/// name no origin come from no page.
pub(crate) async fn guard(
    State(app): State<App>,
    request: Request,
    next: Next,
) -> Result<Response, ApiError> {
    let Some(rest) = request.uri().path().strip_prefix("/chat/v1/") else {
        return Ok(next.run(request).await);
    };
    let site = Site::find(&app, rest.split('/').next().unwrap_or_default())?;
    let headers = request.headers();
    let Some(origin) = headers.get(header::ORIGIN).cloned() else {
        return Ok(private(next.run(request).await));
    };
    let text = origin.to_str().unwrap_or_default();
    if is_own(&app, headers, text) {
        return Ok(private(next.run(request).await));
    }
    if !site.settings.allowed_origins.allow(text) {
        return Err(ApiError::forbidden(
            "pages of this origin may not use this inbox",
        ));
    }
    let preflight = request.method() == Method::OPTIONS
        && headers.contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
    let mut response = if preflight {
        StatusCode::NO_CONTENT.into_response()
    } else {
        private(next.run(request).await)
    };
    allow(response.headers_mut(), origin, preflight);
    Ok(response)
}

/// What is said to a visitor is not for caches, unless the answer itself says otherwise.
fn private(mut response: Response) -> Response {
    response
        .headers_mut()
        .entry(header::CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("no-store"));
    response
}

/// True for pages of our own host: the widget's frame.
fn is_own(app: &App, headers: &HeaderMap, origin: &str) -> bool {
    let host = headers
        .get(header::HOST)
        .and_then(|value| value.to_str().ok());
    let named = origin.split_once("://").map(|(_, host)| host);
    let public = app.config.public_url.as_deref();
    (host.is_some() && named == host)
        || public.is_some_and(|url| url.trim_end_matches('/') == origin)
}

fn allow(headers: &mut HeaderMap, origin: HeaderValue, preflight: bool) {
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    headers.append(header::VARY, HeaderValue::from_static("Origin"));
    if preflight {
        let methods = HeaderValue::from_static("GET, POST, OPTIONS");
        headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, methods);
        let allowed = HeaderValue::from_static("Authorization, Content-Type");
        headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, allowed);
        let age = HeaderValue::from_static(PREFLIGHT_SECS);
        headers.insert(header::ACCESS_CONTROL_MAX_AGE, age);
    } else {
        let exposed = HeaderValue::from_static("Retry-After");
        headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, exposed);
    }
}
