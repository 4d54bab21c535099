//! `GET /api/v1/calls/{id}`.

use axum::extract::State;
use plugboard_protocol::calls::Call;

use super::{after_write, visible};
use crate::{
    ApiError, App,
    auth::Authenticated,
    extract::{Json, Path},
    responses::ReadErrors,
};

/// One call.
#[utoipa::path(
    get, path = "/api/v1/calls/{id}", tag = "calls", params(("id" = String, Path)),
    responses((status = 200, description = "The call", body = Call), ReadErrors)
)]
pub(crate) async fn get_call(
    State(app): State<App>,
    caller: Authenticated,
    Path(id): Path<String>,
) -> Result<Json<Call>, ApiError> {
    let view = visible(&app, &caller, &id).await?;
    after_write(&app, &caller, view.row.call.id).await
}
