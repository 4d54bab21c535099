//! `GET /api/v1/inboxes/{id}`.

use axum::extract::State;
use plugboard_protocol::admin::Inbox;

use super::shown;
use crate::{
    ApiError, App,
    auth::Authenticated,
    base_url::BaseUrl,
    extract::{Json, Path, known_id},
    responses::ReadErrors,
};

/// One inbox.
#[utoipa::path(
    get, path = "/api/v1/inboxes/{id}", tag = "inboxes", params(("id" = String, Path)),
    responses((status = 200, description = "The inbox", body = Inbox), ReadErrors)
)]
pub(crate) async fn get_inbox(
    State(app): State<App>,
    caller: Authenticated,
    BaseUrl(base): BaseUrl,
    Path(id): Path<String>,
) -> Result<Json<Inbox>, ApiError> {
    let desk = app.engine.desk();
    let inbox = desk.inbox(known_id("inbox", &id)?);
    let inbox = inbox.ok_or_else(|| ApiError::not_found("inbox"))?;
    Ok(Json(shown(&app, &caller, &base, inbox)))
}
