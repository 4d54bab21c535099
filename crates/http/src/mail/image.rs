//! `GET /api/v1/mail-images`: a picture that a mail shows and that is elsewhere.

use axum::{
    extract::State,
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use plugboard_domain::access::Permission;
use plugboard_protocol::mail::MailImageQuery;

use crate::{ApiError, App, auth::Authenticated, extract::Query, responses::ReadErrors};

/// A picture of a mail, fetched by the desk. Its address is in the mail's HTML when `images=remote` was asked for; any other
/// is refused.
#[utoipa::path(
    get, path = "/api/v1/mail-images", tag = "mail", params(MailImageQuery),
    responses((status = 200, description = "The picture", body = [u8], content_type = "image/*"), ReadErrors)
)]
pub(crate) async fn get_mail_image(
    State(app): State<App>,
    caller: Authenticated,
    Query(query): Query<MailImageQuery>,
) -> Result<Response, ApiError> {
    caller.require(&app, Permission::ConversationsRead)?;
    if !app.pictures.signed(&query.url, &query.signature) {
        return Err(ApiError::forbidden("the desk did not sign this address"));
    }
    let (content, kind) = app.pictures.fetch(&query.url).await?;
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(kind)),
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
    ];
    Ok((headers, content).into_response())
}
