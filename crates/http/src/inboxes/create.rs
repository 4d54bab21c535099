//! `POST /api/v1/inboxes`: sets an endpoint up.

use axum::{extract::State, http::StatusCode};
use plugboard_domain::access::Permission;
use plugboard_protocol::admin::{Inbox, SaveInbox};

use super::{save::save, shown};
use crate::{
    ApiError, App, auth::Authenticated, base_url::BaseUrl, extract::Json, responses::WriteErrors,
};

/// Sets an inbox up; the answer has what a person needs next: the snippet for a web page, or the address that providers
/// call.
#[utoipa::path(
    post, path = "/api/v1/inboxes", tag = "inboxes", request_body = SaveInbox,
    responses((status = 201, description = "Set up", body = Inbox), WriteErrors)
)]
pub(crate) async fn create_inbox(
    State(app): State<App>,
    caller: Authenticated,
    BaseUrl(base): BaseUrl,
    Json(request): Json<SaveInbox>,
) -> Result<(StatusCode, Json<Inbox>), ApiError> {
    // Asked before as well: whoever may not must not learn which settings fit.
    caller.require(&app, Permission::InboxesManage)?;
    let _alone = app.desk_edits.lock().await;
    let (id, now) = (app.engine.mint(), app.engine.now());
    let inbox = save(&app, &caller, id, now, request).await?;
    Ok((
        StatusCode::CREATED,
        Json(shown(&app, &caller, &base, &inbox)),
    ))
}
