//! `POST /api/v1/calls/{id}/leave`: leaves a call that goes on.

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

/// Leaves a call without ending it: who listens, whispers or barged in; who is consulted, and gives it back; and who has put
/// the caller and another together, and hands it over by that. Who is alone with the caller is refused. Asked again, it changes
/// nothing.
#[utoipa::path(
    post, path = "/api/v1/calls/{id}/leave", tag = "calls", params(("id" = String, Path)),
    responses((status = 200, description = "The call as it is now", body = Call), WriteErrors)
)]
pub(crate) async fn leave_call(
    State(app): State<App>,
    caller: Authenticated,
    Path(id): Path<String>,
) -> Result<Json<Call>, ApiError> {
    change(&app, &caller, &id, CallCommand::Leave).await
}
