//! `GET /api/v1/attachments/{id}`: a file.

use axum::{
    body::Body,
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use plugboard_blob::Digest;
use plugboard_domain::{
    access::{Grants, Permission},
    command::StoredFile,
    ids::{AttachmentId, ConversationId},
};

use crate::{
    ApiError, App,
    auth::Authenticated,
    extract::{Path, known_id},
    inboxes,
    responses::ReadErrors,
    wire,
};

/// The bytes of a file: of a conversation that you may read, of your own upload, or an announcement of an inbox when you manage those.
#[utoipa::path(
    get, path = "/api/v1/attachments/{id}", tag = "attachments", params(("id" = String, Path)),
    responses(
        (status = 200, description = "The file", body = [u8], content_type = "*/*"),
        (status = 304, description = "You have it already"),
        ReadErrors,
    )
)]
pub(crate) async fn download_attachment(
    State(app): State<App>,
    caller: Authenticated,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let grants = caller.grants(&app);
    grants.require(Permission::ConversationsRead)?;
    let id: AttachmentId = known_id("attachment", &id)?;
    let found = app.engine.store().attachment(id).await?;
    let (file, shown_in) = found.ok_or_else(|| ApiError::not_found("attachment"))?;
    let manages = || grants.has(Permission::InboxesManage) && inboxes::is_prompt(&app, id);
    let own = file.owner == caller.principal.actor() || manages();
    if !own && !any_visible(&app, &grants, shown_in).await? {
        return Err(ApiError::not_found("attachment"));
    }
    serve(&app, &file, &headers).await
}

async fn any_visible(
    app: &App,
    grants: &Grants,
    ids: impl IntoIterator<Item = ConversationId>,
) -> Result<bool, ApiError> {
    for id in ids {
        let view = app.engine.store().conversation(id, None).await?;
        if view.is_some_and(|view| grants.scope().covers(&view.conversation)) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Streams a file. Pictures are shown; anything else is only ever saved, and nothing in it can run.
pub(crate) async fn serve(
    app: &App,
    file: &StoredFile,
    asked: &HeaderMap,
) -> Result<Response, ApiError> {
    let etag = format!("\"{}\"", file.sha256);
    if asked
        .get(header::IF_NONE_MATCH)
        .is_some_and(|it| it == etag.as_str())
    {
        return Ok((StatusCode::NOT_MODIFIED, [(header::ETAG, etag)]).into_response());
    }
    let failed = |error: plugboard_blob::BlobError| {
        tracing::error!(%error, attachment.id = %file.id, "a file was not read");
        ApiError::unavailable("the file cannot be read now")
    };
    let digest: Digest = file
        .sha256
        .parse()
        .map_err(|_| ApiError::not_found("attachment"))?;
    let blob = app.blobs.get(digest).await.map_err(failed)?;
    let blob = blob.ok_or_else(|| ApiError::not_found("attachment"))?;
    let shown = if wire::is_image(&file.content_type) {
        "inline"
    } else {
        "attachment"
    };
    let headers = [
        (header::CONTENT_TYPE, text(&file.content_type)),
        (header::CONTENT_LENGTH, HeaderValue::from(blob.size)),
        (header::CONTENT_DISPOSITION, disposition(shown, &file.name)),
        (
            header::CONTENT_SECURITY_POLICY,
            HeaderValue::from_static("sandbox; default-src 'none'"),
        ),
        (
            header::X_CONTENT_TYPE_OPTIONS,
            HeaderValue::from_static("nosniff"),
        ),
        (
            header::CACHE_CONTROL,
            HeaderValue::from_static("private, max-age=86400"),
        ),
        (header::ETAG, text(&etag)),
    ];
    Ok((headers, Body::from_stream(blob.stream)).into_response())
}

fn text(value: &str) -> HeaderValue {
    HeaderValue::from_str(value)
        .unwrap_or_else(|_| HeaderValue::from_static("application/octet-stream"))
}

/// RFC 6266: the name as UTF-8, percent-encoded, so that no byte of it can end the header.
fn disposition(how: &str, name: &str) -> HeaderValue {
    use std::fmt::Write;
    let mut value = format!("{how}; filename*=UTF-8''");
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._".contains(&byte) {
            value.push(char::from(byte));
        } else {
            write!(value, "%{byte:02X}").expect("writing to a string cannot fail");
        }
    }
    HeaderValue::from_str(&value).unwrap_or_else(|_| HeaderValue::from_static("attachment"))
}
