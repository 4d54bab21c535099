//! `POST /chat/v1/{inbox_id}/attachments`: a visitor uploads a file.

use axum::{
    extract::{Request, State},
    http::StatusCode,
};
use plugboard_channel_webchat::VISITOR_ATTACHMENT_BYTES_MAX;
use plugboard_domain::{Command, Envelope};
use plugboard_protocol::{Code, messages::Attachment};
use utoipa::ToSchema;

use super::access::Visitor;
use crate::{
    ApiError, App,
    attachments::{multipart, receive},
    extract::Json,
    responses::PublicErrors,
    wire,
};

/// A multipart body with one file.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only the document reads it")]
struct VisitorUploadForm {
    /// The file, at most 10 MiB: a picture, sound, film, PDF, text or office document.
    #[schema(format = Binary, content_media_type = "application/octet-stream")]
    file: String,
}

/// Stores a file that can then be attached to a message. Its type is found by looking at the bytes; programs, archives and
/// pages are refused.
#[utoipa::path(
    post,
    path = "/chat/v1/{inbox_id}/attachments",
    tag = "visitors",
    security(("bearer" = [])),
    params(("inbox_id" = String, Path)),
    request_body(content = inline(VisitorUploadForm), content_type = "multipart/form-data"),
    responses((status = 201, body = Attachment, description = "Stored"), PublicErrors)
)]
pub(super) async fn upload_visitor_attachment(
    State(app): State<App>,
    visitor: Visitor,
    request: Request,
) -> Result<(StatusCode, Json<Attachment>), ApiError> {
    app.flood.upload(visitor.contact)?;
    let multipart = multipart(request).await?;
    let owner = visitor.principal().actor();
    let file = receive(&app, owner, multipart, VISITOR_ATTACHMENT_BYTES_MAX).await?;
    if !is_welcome(&file.content_type) {
        return Err(ApiError::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Code::Invalid,
            "files of this type are not taken: send a picture, sound, film, PDF, text or office document",
        ));
    }
    let shown = wire::attachment(&file);
    let envelope = Envelope::new(visitor.principal(), Command::StoreAttachment(file));
    app.engine.execute(envelope).await?;
    Ok((StatusCode::CREATED, Json(shown)))
}

/// Types that strangers may send. None of them runs in a browser; what looks like a page is kept as plain text.
fn is_welcome(content_type: &str) -> bool {
    let (kind, name) = content_type.split_once('/').unwrap_or((content_type, ""));
    match kind {
        "image" => matches!(
            name,
            "png" | "jpeg" | "gif" | "webp" | "avif" | "bmp" | "heif" | "tiff"
        ),
        "audio" | "video" => true,
        "text" => name == "plain",
        "application" => {
            matches!(
                name,
                "pdf" | "rtf" | "msword" | "vnd.ms-excel" | "vnd.ms-powerpoint"
            ) || name.starts_with("vnd.openxmlformats-officedocument.")
                || name.starts_with("vnd.oasis.opendocument.")
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::is_welcome;

    #[test]
    fn what_runs_is_not_welcome() {
        for welcome in [
            "image/png",
            "image/jpeg",
            "application/pdf",
            "text/plain",
            "video/mp4",
            "audio/mpeg",
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        ] {
            assert!(is_welcome(welcome), "{welcome}");
        }
        for unwelcome in [
            "text/html",
            "image/svg+xml",
            "application/vnd.microsoft.portable-executable",
            "application/x-executable",
            "application/zip",
            "application/octet-stream",
            "application/wasm",
            "",
        ] {
            assert!(!is_welcome(unwelcome), "{unwelcome}");
        }
    }
}
