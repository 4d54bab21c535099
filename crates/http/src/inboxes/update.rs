//! `PUT /api/v1/inboxes/{id}`: replaces an inbox's set-up.

use axum::extract::State;
use plugboard_domain::{access::Permission, ids::InboxId};
use plugboard_protocol::admin::{Inbox, SaveInbox};

use super::{save::save, shown};
use crate::{
    ApiError, App,
    auth::Authenticated,
    base_url::BaseUrl,
    extract::{Json, Path, known_id},
    responses::WriteErrors,
};

/// Replaces an inbox; its channel cannot change. Secrets that are left out stay.
#[utoipa::path(
    put, path = "/api/v1/inboxes/{id}", tag = "inboxes", params(("id" = String, Path)),
    request_body = SaveInbox,
    responses((status = 200, description = "Replaced", body = Inbox), WriteErrors)
)]
pub(crate) async fn update_inbox(
    State(app): State<App>,
    caller: Authenticated,
    BaseUrl(base): BaseUrl,
    Path(id): Path<String>,
    Json(request): Json<SaveInbox>,
) -> Result<Json<Inbox>, ApiError> {
    caller.require(&app, Permission::InboxesManage)?;
    let id: InboxId = known_id("inbox", &id)?;
    let _alone = app.desk_edits.lock().await;
    let desk = app.engine.desk();
    let before = desk.inbox(id).ok_or_else(|| ApiError::not_found("inbox"))?;
    if before.channel.to_string() != request.channel {
        return Err(ApiError::invalid("the channel of an inbox cannot change"));
    }
    let inbox = save(&app, &caller, id, before.created_at, request).await?;
    Ok(Json(shown(&app, &caller, &base, &inbox)))
}
