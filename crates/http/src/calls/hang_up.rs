//! `POST /api/v1/calls/{id}/hang-up`: ends a call.

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

/// Ends a call for everybody; who is only consulted leaves it.
#[utoipa::path(
    post, path = "/api/v1/calls/{id}/hang-up", tag = "calls", params(("id" = String, Path)),
    responses((status = 200, description = "The call as it is now", body = Call), WriteErrors)
)]
pub(crate) async fn hang_up_call(
    State(app): State<App>,
    caller: Authenticated,
    Path(id): Path<String>,
) -> Result<Json<Call>, ApiError> {
    change(&app, &caller, &id, CallCommand::HangUp).await
}
