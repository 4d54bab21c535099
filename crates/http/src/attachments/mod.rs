//! Files of messages.

mod download;
mod receive;
mod upload;

use axum::extract::DefaultBodyLimit;

use crate::api::{Api, routes};

pub(crate) use download::serve;
pub(crate) use receive::{read_part, receive};
pub(crate) use upload::multipart;

/// Largest file of an agent, in bytes. Most mail servers take no more.
pub(crate) const BYTES_MAX: u64 = 25 * 1024 * 1024;

/// What multipart adds to a file: boundaries and headers.
const MULTIPART_BYTES_MAX: u64 = 64 * 1024;

pub(crate) fn routes() -> Api {
    let body_max = usize::try_from(BYTES_MAX + MULTIPART_BYTES_MAX).unwrap_or(usize::MAX);
    Api::new()
        .routes(routes!(upload::upload_attachment))
        .layer(DefaultBodyLimit::max(body_max))
        .routes(routes!(download::download_attachment))
}
