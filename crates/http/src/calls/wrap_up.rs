//! `POST /api/v1/calls/{id}/wrap-up`: writes a call up.

use axum::extract::State;
use plugboard_domain::call::CallCommand;
use plugboard_protocol::calls::{Call, WrapUpRequest};

use super::change;
use crate::{
    ApiError, App,
    auth::Authenticated,
    extract::{Json, Path, time},
    responses::WriteErrors,
};

/// Writes a call up when it is over; it can be changed later. Its agent is free for the next call then.
#[utoipa::path(
    post, path = "/api/v1/calls/{id}/wrap-up", tag = "calls", params(("id" = String, Path)),
    request_body = WrapUpRequest,
    responses((status = 200, description = "The call as it is now", body = Call), WriteErrors)
)]
pub(crate) async fn wrap_up_call(
    State(app): State<App>,
    caller: Authenticated,
    Path(id): Path<String>,
    Json(request): Json<WrapUpRequest>,
) -> Result<Json<Call>, ApiError> {
    let at = request.follow_up_at.as_deref();
    let follow_up_at = at.map(|at| time("follow_up_at", at)).transpose()?;
    let command = CallCommand::WrapUp {
        code: request.code,
        note: request.note,
        follow_up_at,
    };
    change(&app, &caller, &id, command).await
}
