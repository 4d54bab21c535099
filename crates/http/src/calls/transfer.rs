//! `POST /api/v1/calls/{id}/transfer`: hands a call on.

use axum::extract::State;
use plugboard_domain::call::{CallCommand, TransferTo};
use plugboard_protocol::calls::{Call, TransferRequest};

use super::change;
use crate::{
    ApiError, App,
    auth::Authenticated,
    extract::{Json, Path, id as read_id},
    responses::WriteErrors,
    wire,
};

/// Hands a call on to an agent, to whoever of a team can take it, or to a number that this inbox may call.
#[utoipa::path(
    post, path = "/api/v1/calls/{id}/transfer", tag = "calls", params(("id" = String, Path)),
    request_body = TransferRequest,
    responses((status = 200, description = "The call as it is now", body = Call), WriteErrors)
)]
pub(crate) async fn transfer_call(
    State(app): State<App>,
    caller: Authenticated,
    Path(id): Path<String>,
    Json(request): Json<TransferRequest>,
) -> Result<Json<Call>, ApiError> {
    let command = CallCommand::Transfer {
        kind: wire::to_transfer_kind(request.kind),
        to: to(&request)?,
        note: request.note,
    };
    change(&app, &caller, &id, command).await
}

fn to(request: &TransferRequest) -> Result<TransferTo, ApiError> {
    match (&request.agent_id, &request.team_id, &request.number) {
        (Some(id), None, None) => read_id("agent_id", id).map(TransferTo::Agent),
        (None, Some(id), None) => read_id("team_id", id).map(TransferTo::Team),
        (None, None, Some(number)) => Ok(TransferTo::Number(number.clone())),
        _ => Err(ApiError::invalid(
            "give one of agent_id, team_id and number",
        )),
    }
}
