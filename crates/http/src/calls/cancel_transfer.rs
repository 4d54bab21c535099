//! `POST /api/v1/calls/{id}/cancel-transfer`: takes a call back.

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

/// Takes a call back that you were handing on.
#[utoipa::path(
    post, path = "/api/v1/calls/{id}/cancel-transfer", tag = "calls", params(("id" = String, Path)),
    responses((status = 200, description = "The call as it is now", body = Call), WriteErrors)
)]
pub(crate) async fn cancel_transfer(
    State(app): State<App>,
    caller: Authenticated,
    Path(id): Path<String>,
) -> Result<Json<Call>, ApiError> {
    change(&app, &caller, &id, CallCommand::CancelTransfer).await
}
