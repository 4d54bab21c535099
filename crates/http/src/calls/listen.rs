//! `POST /api/v1/calls/{id}/listen`: hears a call.

use axum::extract::State;
use plugboard_domain::call::CallCommand;
use plugboard_protocol::calls::{Call, ListenRequest};

use super::change;
use crate::{
    ApiError, App,
    auth::Authenticated,
    extract::{Json, Path},
    responses::WriteErrors,
    wire,
};

/// Hears a call that others talk in, whispers to its agent, or joins them. For supervisors; the journal keeps who did.
#[utoipa::path(
    post, path = "/api/v1/calls/{id}/listen", tag = "calls", params(("id" = String, Path)),
    request_body = ListenRequest,
    responses((status = 200, description = "The call as it is now", body = Call), WriteErrors)
)]
pub(crate) async fn listen_to_call(
    State(app): State<App>,
    caller: Authenticated,
    Path(id): Path<String>,
    Json(request): Json<ListenRequest>,
) -> Result<Json<Call>, ApiError> {
    let mode = wire::to_listen_mode(request.mode);
    let command = CallCommand::Listen { mode };
    change(&app, &caller, &id, command).await
}
