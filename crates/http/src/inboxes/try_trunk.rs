//! `POST /api/v1/inboxes/{id}/phone/test`: tries the trunk of a phone inbox.

use axum::extract::State;
use plugboard_domain::{access::Permission, ids::InboxId};
use plugboard_protocol::calls::TrunkReport;

use crate::{
    ApiError, App,
    auth::Authenticated,
    calls::failed,
    extract::{Json, Path, known_id},
    responses::WriteErrors,
    wire,
};

/// Says in plain words whether the trunk of an inbox is found, answers and took us in, and what it is told of this machine. Nobody
/// is called. Takes up to a quarter of a minute.
#[utoipa::path(
    post, path = "/api/v1/inboxes/{id}/phone/test", tag = "inboxes", params(("id" = String, Path)),
    responses((status = 200, description = "What was found out", body = TrunkReport), WriteErrors)
)]
pub(crate) async fn try_trunk(
    State(app): State<App>,
    caller: Authenticated,
    Path(id): Path<String>,
) -> Result<Json<TrunkReport>, ApiError> {
    caller.require(&app, Permission::InboxesManage)?;
    let id: InboxId = known_id("inbox", &id)?;
    if app.engine.desk().inbox(id).is_none() {
        return Err(ApiError::not_found("inbox"));
    }
    let steps = app.telephony()?.try_trunk(id).await.map_err(failed)?;
    Ok(Json(wire::trunk_report(&steps)))
}
