//! `POST /api/v1/calls/{id}/accept`: takes a call that rings at you.

use axum::extract::State;
use plugboard_domain::call::CallCommand;
use plugboard_protocol::calls::Call;

use super::change;
use crate::{
    ApiError, App,
    auth::Authenticated,
    extract::{Json, Path},
    responses::WriteErrors,
};

/// Takes a call that rings at you.
#[utoipa::path(
    post, path = "/api/v1/calls/{id}/accept", tag = "calls", params(("id" = String, Path)),
    responses((status = 200, description = "The call as it is now", body = Call), WriteErrors)
)]
pub(crate) async fn accept_call(
    State(app): State<App>,
    caller: Authenticated,
    Path(id): Path<String>,
) -> Result<Json<Call>, ApiError> {
    change(&app, &caller, &id, CallCommand::Accept).await
}
