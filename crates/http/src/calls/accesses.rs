//! `GET /api/v1/calls/{id}/recording/accesses`: who heard a recording.

use axum::extract::State;
use plugboard_domain::access::Permission;
use plugboard_protocol::calls::RecordingAccesses;

use super::visible;
use crate::{
    ApiError, App,
    auth::Authenticated,
    extract::{Json, Path},
    responses::ReadErrors,
    wire,
};

/// Who heard the recording of a call and when, for those who look after the desk. The journal keeps the same for as long as it
/// keeps anything.
#[utoipa::path(
    get, path = "/api/v1/calls/{id}/recording/accesses", tag = "calls", params(("id" = String, Path)),
    responses((status = 200, description = "Who heard it", body = RecordingAccesses), ReadErrors)
)]
pub(crate) async fn list_accesses(
    State(app): State<App>,
    caller: Authenticated,
    Path(id): Path<String>,
) -> Result<Json<RecordingAccesses>, ApiError> {
    let call = visible(&app, &caller, &id).await?.row.call;
    caller.require(&app, Permission::DeskManage)?;
    let newest = call.heard.iter().rev();
    Ok(Json(RecordingAccesses {
        items: newest.map(wire::hearing).collect(),
    }))
}
