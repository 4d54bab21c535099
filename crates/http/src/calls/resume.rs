//! `POST /api/v1/calls/{id}/resume`: talks with the caller again.

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

/// Talks with the caller again.
#[utoipa::path(
    post, path = "/api/v1/calls/{id}/resume", tag = "calls", params(("id" = String, Path)),
    responses((status = 200, description = "The call as it is now", body = Call), WriteErrors)
)]
pub(crate) async fn resume_call(
    State(app): State<App>,
    caller: Authenticated,
    Path(id): Path<String>,
) -> Result<Json<Call>, ApiError> {
    change(&app, &caller, &id, CallCommand::Resume).await
}
