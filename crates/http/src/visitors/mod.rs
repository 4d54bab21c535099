//! What the chat widget calls (`/chat/v1/{inbox_id}`), and where it comes from (`/widget/v1`, `/chat/{inbox_id}`).
//!
//! Every call passes [`guard`]: the inbox must be there and let the page's origin in. A visitor is whoever holds the token
//! of a session; what they typed in is never proof of anything, and a visitor of one inbox is nobody in another.

pub(crate) mod access;
mod config;
mod download;
mod flood;
mod guard;
mod list;
pub(crate) mod message;
mod open;
mod pages;
mod post;
pub(crate) mod seen;
mod upload;

use axum::{extract::DefaultBodyLimit, routing::get};
use plugboard_channel_webchat::VISITOR_ATTACHMENT_BYTES_MAX;

use crate::api::{Api, routes};

pub(crate) use access::Visitors;
pub(crate) use flood::Flood;
pub(crate) use guard::guard;

/// Largest JSON body: a message of 5,000 characters, escaped, with room.
const BODY_BYTES_MAX: usize = 64 * 1024;

/// What multipart adds to a file: boundaries and headers.
const MULTIPART_BYTES_MAX: u64 = 64 * 1024;

/// The routes of this part.
pub(crate) fn routes() -> Api {
    let upload_max = VISITOR_ATTACHMENT_BYTES_MAX + MULTIPART_BYTES_MAX;
    let upload_max = usize::try_from(upload_max).unwrap_or(usize::MAX);
    let uploads = Api::new()
        .routes(routes!(upload::upload_visitor_attachment))
        .layer(DefaultBodyLimit::max(upload_max));
    Api::new()
        .routes(routes!(open::open_visitor_session))
        .routes(routes!(
            post::post_visitor_message,
            list::list_visitor_messages
        ))
        .routes(routes!(seen::mark_visitor_messages_seen))
        .routes(routes!(config::widget_config))
        .routes(routes!(download::download_visitor_attachment))
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .merge(uploads)
        .route("/widget/v1/loader.js", get(pages::loader))
        .route("/widget/v1/app/", get(pages::frame))
        .route("/widget/v1/app/{*path}", get(pages::frame_file))
        .route("/chat/{inbox_id}", get(pages::hosted))
        .route("/demo/shop", get(pages::tea_shop))
        .route("/demo/outdoor", get(pages::outdoor_shop))
        .route("/demo/shop/{file}", get(pages::shop_file))
}
