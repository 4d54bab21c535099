//! Where people reach this desk: for snippets and addresses that providers call.

use axum::{
    extract::FromRequestParts,
    http::{header, request::Parts},
};

use crate::{ApiError, App};

/// The address, without a slash at the end.
pub(crate) struct BaseUrl(pub(crate) String);

impl FromRequestParts<App> for BaseUrl {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        if let Some(url) = &app.config.public_url {
            return Ok(Self(url.trim_end_matches('/').to_owned()));
        }
        let text = |name: &str| {
            parts
                .headers
                .get(name)
                .and_then(|value| value.to_str().ok())
        };
        let https = app.config.trust_forwarded && text("x-forwarded-proto") == Some("https");
        let scheme = if https { "https" } else { "http" };
        // The caller writes this header, and people paste what comes of it.
        let plain = |host: &&str| {
            let allowed = |c: char| c.is_ascii_alphanumeric() || "-.:[]".contains(c);
            !host.is_empty() && host.len() <= 255 && host.chars().all(allowed)
        };
        let host = text(header::HOST.as_str())
            .filter(plain)
            .unwrap_or("localhost");
        Ok(Self(format!("{scheme}://{host}")))
    }
}
