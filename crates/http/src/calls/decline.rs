//! `POST /api/v1/calls/{id}/decline`: lets a call ring at somebody else.

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

/// Lets a call that rings at you ring at somebody else.
#[utoipa::path(
    post, path = "/api/v1/calls/{id}/decline", tag = "calls", params(("id" = String, Path)),
    responses((status = 200, description = "The call as it is now", body = Call), WriteErrors)
)]
pub(crate) async fn decline_call(
    State(app): State<App>,
    caller: Authenticated,
    Path(id): Path<String>,
) -> Result<Json<Call>, ApiError> {
    change(&app, &caller, &id, CallCommand::Decline).await
}
