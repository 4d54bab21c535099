//! `POST /api/v1/attachments`: an agent uploads a file.

use axum::{
    extract::{FromRequest, Multipart, Request, State},
    http::StatusCode,
};
use plugboard_domain::{Command, access::Permission};
use plugboard_protocol::{Code, messages::Attachment};
use utoipa::ToSchema;

use super::{BYTES_MAX, receive};
use crate::{ApiError, App, auth::Authenticated, extract::Json, responses::WriteErrors, wire};

/// A multipart body with one file.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only the document reads it")]
struct UploadForm {
    /// The file, at most 25 MiB.
    #[schema(format = Binary, content_media_type = "application/octet-stream")]
    file: String,
}

/// Stores a file that you can then attach to a message. Its type is found by looking at the bytes.
#[utoipa::path(
    post, path = "/api/v1/attachments", tag = "attachments",
    request_body(content = inline(UploadForm), content_type = "multipart/form-data"),
    responses((status = 201, description = "Stored", body = Attachment), WriteErrors)
)]
pub(crate) async fn upload_attachment(
    State(app): State<App>,
    caller: Authenticated,
    request: Request,
) -> Result<(StatusCode, Json<Attachment>), ApiError> {
    // Asked before as well, so that nobody fills the disk who may not.
    caller.require(&app, Permission::ConversationsReply)?;
    let multipart = multipart(request).await?;
    let file = receive(&app, caller.principal.actor(), multipart, BYTES_MAX).await?;
    let shown = wire::attachment(&file);
    caller.execute(&app, Command::StoreAttachment(file)).await?;
    Ok((StatusCode::CREATED, Json(shown)))
}

/// The multipart body of a request.
pub(crate) async fn multipart(request: Request) -> Result<Multipart, ApiError> {
    Multipart::from_request(request, &()).await.map_err(|_| {
        ApiError::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Code::Invalid,
            "the body must be multipart/form-data",
        )
    })
}
