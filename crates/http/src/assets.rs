//! The agent app: files that are inside the binary, and its page for every path that is nothing else.

use std::borrow::Cow;

use axum::{
    body::Body,
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    response::{IntoResponse, Response},
};

use crate::{ApiError, App};

/// Where the agent app comes from. Only the server embeds files.
pub trait StaticFiles: Send + Sync {
    /// The file of this path, without a slash at the start; `index.html.br` is `index.html` compressed by Brotli.
    fn get(&self, path: &str) -> Option<StaticFile>;
}

/// A file.
pub struct StaticFile {
    /// Its bytes.
    pub content: Cow<'static, [u8]>,
    /// A text that changes when the bytes do.
    pub hash: String,
}

/// A build without the web app.
pub struct NoFiles;

impl StaticFiles for NoFiles {
    fn get(&self, _: &str) -> Option<StaticFile> {
        None
    }
}

/// Paths that are never the app's: what is not there is an error in JSON.
const NOT_THE_APP: [&str; 6] = [
    "/api/", "/chat/", "/hooks/", "/widget/", "/metrics", "/healthz",
];

/// Names under here change with their content, so that they can be kept for ever.
const IMMUTABLE: &str = "assets/";

/// Only our own scripts and sockets; nobody frames the app. Svelte writes inline styles; pictures come from uploads.
const POLICY: &str = "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; \
     media-src 'self' blob:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/// What stands in for the widget in such a build.
pub(crate) const NOT_BUILT_WIDGET: (StatusCode, &str) = (
    StatusCode::NOT_FOUND,
    "this build has no widget inside: run `npm ci && npm run build` in web/widget and build the server again",
);

const NOT_BUILT: &str = "<!doctype html><meta charset=utf-8><title>Plugboard</title>\
     <p>The desk is running, but this build has no web app inside. Run <code>make run</code>, or <code>npm ci &amp;&amp; \
     npm run build</code> in <code>web/</code> and build the server again. The API is at <a href=\"/api/v1/openapi.json\">\
     /api/v1/openapi.json</a>.";

/// Answers what no route took.
pub(crate) async fn fallback(
    State(app): State<App>,
    request: Request,
) -> Result<Response, ApiError> {
    let path = request.uri().path();
    let readable = matches!(*request.method(), Method::GET | Method::HEAD);
    if !readable || NOT_THE_APP.iter().any(|it| path.starts_with(it)) {
        return Err(ApiError::not_found("path"));
    }
    let name = path.trim_start_matches('/');
    let is_file = name
        .rsplit('/')
        .next()
        .is_some_and(|last| last.contains('.'));
    let found = if name.is_empty() {
        None
    } else {
        file(&app, name, request.headers())
    };
    match found {
        Some(found) => Ok(found),
        None if is_file => Err(ApiError::not_found("path")),
        // Any other path is a place inside the app.
        None => Ok(file(&app, "index.html", request.headers()).unwrap_or_else(not_built)),
    }
}

/// The file as an answer, in the best encoding that the client takes.
pub(crate) fn file(app: &App, name: &str, asked: &HeaderMap) -> Option<Response> {
    let accepts = |encoding: &str| {
        let values = asked.get_all(header::ACCEPT_ENCODING).iter();
        let mut texts = values.filter_map(|value| value.to_str().ok());
        texts.any(|text| {
            text.split(',')
                .any(|it| it.split(';').next().map(str::trim) == Some(encoding))
        })
    };
    let encoded = [("br", ".br"), ("gzip", ".gz")]
        .into_iter()
        .filter(|(encoding, _)| accepts(encoding))
        .find_map(|(encoding, ending)| {
            Some((app.files.get(&format!("{name}{ending}"))?, encoding))
        });
    let (found, encoding) = match encoded {
        Some((found, encoding)) => (found, Some(encoding)),
        None => (app.files.get(name)?, None),
    };
    let etag = HeaderValue::from_str(&format!(
        "\"{}{}\"",
        found.hash,
        encoding.unwrap_or_default()
    ))
    .ok()?;
    let unchanged = asked.get(header::IF_NONE_MATCH) == Some(&etag);
    let mut response = if unchanged {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        Body::from(match found.content {
            Cow::Borrowed(bytes) => bytes::Bytes::from_static(bytes),
            Cow::Owned(bytes) => bytes::Bytes::from(bytes),
        })
        .into_response()
    };
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static(media_type(name)),
    );
    headers.insert(header::ETAG, etag);
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache(name)));
    headers.insert(
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(POLICY),
    );
    if let Some(encoding) = encoding {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
    }
    Some(response)
}

fn cache(name: &str) -> &'static str {
    if name.starts_with(IMMUTABLE) {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    }
}

fn media_type(name: &str) -> &'static str {
    match name.rsplit('.').next().unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" | "map" => "application/json",
        "webmanifest" => "application/manifest+json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "webp" => "image/webp",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "wasm" => "application/wasm",
        "mp3" => "audio/mpeg",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

fn not_built() -> Response {
    let kind = HeaderValue::from_static("text/html; charset=utf-8");
    ([(header::CONTENT_TYPE, kind)], NOT_BUILT).into_response()
}
