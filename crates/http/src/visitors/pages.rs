//! Where the widget comes from: its loader, its frame, the page of its own, and the demo shops. The files are those of
//! `web/widget/dist`, under `widget/` among the embedded ones.

use axum::{
    extract::{Query, Request, State},
    http::{HeaderName, HeaderValue, header},
    response::{IntoResponse, Response},
};
use plugboard_domain::channel::ChannelKind;
use serde::Deserialize;

use super::access::Site;
use crate::{
    ApiError, App,
    assets::{self, NOT_BUILT_WIDGET},
    extract::Path,
};

/// What the frame's page may do: its own scripts and styles, pictures that it has fetched, its own server.
const FRAME_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; \
     media-src 'self' blob:; connect-src 'self' ws: wss:; base-uri 'none'; form-action 'none'";

/// What the demo shop's pages may do.
const SHOP_POLICY: &str = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; object-src 'none'; \
     base-uri 'none'; frame-ancestors 'none'";

/// Which inbox a page is for.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct InboxQuery {
    inbox: String,
}

/// `GET /widget/v1/loader.js`: what a shop's pages load. Any page may: it shows nothing but a launcher.
pub(super) async fn loader(State(app): State<App>, request: Request) -> Result<Response, ApiError> {
    let mut response = file(&app, "loader.js", &request)?;
    let headers = response.headers_mut();
    // Pages change it without changing their tag, so browsers ask again after a few minutes.
    let cache = HeaderValue::from_static("public, max-age=300, stale-while-revalidate=86400");
    headers.insert(header::CACHE_CONTROL, cache);
    let anywhere = HeaderValue::from_static("cross-origin");
    headers.insert(
        HeaderName::from_static("cross-origin-resource-policy"),
        anywhere,
    );
    let everybody = HeaderValue::from_static("*");
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, everybody);
    Ok(response)
}

/// `GET /widget/v1/app/?inbox=ID`: the page in the frame. Which pages may frame it is the inbox's to say.
pub(super) async fn frame(
    State(app): State<App>,
    Query(query): Query<InboxQuery>,
    request: Request,
) -> Result<Response, ApiError> {
    let site = Site::find(&app, &query.inbox)?;
    page(&app, &site, &request)
}

/// `GET /chat/{inbox_id}`: the widget as a page of its own.
pub(super) async fn hosted(
    State(app): State<App>,
    Path(inbox_id): Path<String>,
    request: Request,
) -> Result<Response, ApiError> {
    let site = Site::find(&app, &inbox_id)?;
    page(&app, &site, &request)
}

/// `GET /widget/v1/app/*`: its scripts and styles, whose names change with their content.
pub(super) async fn frame_file(
    State(app): State<App>,
    Path(path): Path<String>,
    request: Request,
) -> Result<Response, ApiError> {
    // The page itself has an address that says for which inbox.
    if path == "index.html" {
        return Err(ApiError::not_found("path"));
    }
    let mut response = file(&app, &format!("app/{path}"), &request)?;
    if path.starts_with("assets/") {
        let forever = HeaderValue::from_static("public, max-age=31536000, immutable");
        response
            .headers_mut()
            .insert(header::CACHE_CONTROL, forever);
    }
    Ok(response)
}

/// `GET /demo/shop`: a shop page with the widget on it.
pub(super) async fn tea_shop(
    State(app): State<App>,
    Query(query): Query<InboxQuery>,
) -> Result<Response, ApiError> {
    shop(&app, "index.html", &query, 0)
}

/// `GET /demo/outdoor`: another shop, with the other widget.
pub(super) async fn outdoor_shop(
    State(app): State<App>,
    Query(query): Query<InboxQuery>,
) -> Result<Response, ApiError> {
    shop(&app, "outdoor.html", &query, 1)
}

/// `GET /demo/shop/*`: scripts, styles and pictures of the demo shops.
pub(super) async fn shop_file(
    State(app): State<App>,
    Path(name): Path<String>,
    request: Request,
) -> Result<Response, ApiError> {
    // The pages have addresses of their own, where the inbox is filled in.
    if name.contains(".html") {
        return Err(ApiError::not_found("path"));
    }
    file(&app, &format!("demo-shop/{name}"), &request)
}

/// The policy that a page of this inbox's widget is served with. Pages that may not open the widget may not frame it.
pub(super) fn frame_policy(site: &Site) -> String {
    let ancestors = site.settings.allowed_origins.frame_ancestors();
    format!("{FRAME_POLICY}; {ancestors}")
}

fn page(app: &App, site: &Site, request: &Request) -> Result<Response, ApiError> {
    let Ok(mut response) = file(app, "app/index.html", request) else {
        return Ok(NOT_BUILT_WIDGET.into_response());
    };
    let policy = HeaderValue::from_str(&frame_policy(site))
        .map_err(|_| ApiError::unavailable("the inbox cannot be served now"))?;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    Ok(response)
}

fn shop(app: &App, name: &str, query: &InboxQuery, nth: usize) -> Result<Response, ApiError> {
    let page = app.files.get(&format!("widget/demo-shop/{name}"));
    let Some(page) = page else {
        return Ok(NOT_BUILT_WIDGET.into_response());
    };
    let desk = app.engine.desk();
    let mut widgets = desk
        .inboxes()
        .filter(|inbox| inbox.channel == ChannelKind::Webchat);
    let inbox = match query.inbox.parse() {
        Ok(id) => widgets.find(|inbox| inbox.id == id),
        Err(_) => widgets.nth(nth),
    };
    let inbox = inbox.ok_or_else(|| ApiError::not_found("inbox"))?;
    let page = String::from_utf8_lossy(&page.content);
    let page = page.replace("{{inbox_id}}", &inbox.id.to_string());
    let headers = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CONTENT_SECURITY_POLICY, SHOP_POLICY),
        (header::CACHE_CONTROL, "no-cache"),
    ];
    Ok((headers, page).into_response())
}

fn file(app: &App, name: &str, request: &Request) -> Result<Response, ApiError> {
    assets::file(app, &format!("widget/{name}"), request.headers())
        .ok_or_else(|| ApiError::not_found("path"))
}
