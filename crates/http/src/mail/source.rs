//! `GET /api/v1/messages/{id}/mail/source`: a mail as it came or went.

use axum::{
    extract::State,
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use plugboard_domain::access::Permission;
use plugboard_protocol::mail::MailSourceQuery;

use super::{file, visible_mail};
use crate::{
    ApiError, App,
    auth::Authenticated,
    extract::{Path, Query},
    responses::ReadErrors,
};

/// The source of a mail, to be saved, or with `view` to be looked at as text. It names addresses in full, so it needs the
/// permission to see them.
#[utoipa::path(
    get, path = "/api/v1/messages/{id}/mail/source", tag = "mail",
    params(("id" = String, Path), MailSourceQuery),
    responses((status = 200, description = "The source", body = [u8], content_type = "message/rfc822"), ReadErrors)
)]
pub(crate) async fn get_mail_source(
    State(app): State<App>,
    caller: Authenticated,
    Path(id): Path<String>,
    Query(query): Query<MailSourceQuery>,
) -> Result<Response, ApiError> {
    caller.require(&app, Permission::ContactsUnmasked)?;
    let (view, mail) = visible_mail(&app, &caller, &id).await?;
    let raw = file(&app, mail.raw.as_ref()).await?;
    let raw = raw.ok_or_else(|| ApiError::not_found("source"))?;
    let (kind, disposition) = if query.view == Some(true) {
        ("text/plain; charset=utf-8", "inline".to_owned())
    } else {
        (
            "message/rfc822",
            format!("attachment; filename=\"{}.eml\"", view.row.id),
        )
    };
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(kind)),
        (
            header::CONTENT_DISPOSITION,
            HeaderValue::from_str(&disposition)
                .unwrap_or_else(|_| HeaderValue::from_static("attachment")),
        ),
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
            HeaderValue::from_static("private, no-store"),
        ),
    ];
    Ok((headers, raw).into_response())
}
