//! `POST /api/v1/backtests`.

use axum::{extract::State, http::StatusCode};
use plugboard_domain::access::Permission;
use plugboard_protocol::extensions::{BacktestJob, BacktestRequest};

use crate::{
    ApiError, App,
    auth::Authenticated,
    extract::{self, Json},
    responses::WriteErrors,
};

/// Runs a policy over a past period on virtual time. The job goes on by itself; ask for it by its id.
#[utoipa::path(
    post, path = "/api/v1/backtests", tag = "rules", request_body = BacktestRequest,
    responses((status = 202, description = "Begun", body = BacktestJob), WriteErrors)
)]
pub(crate) async fn start_backtest(
    State(app): State<App>,
    caller: Authenticated,
    Json(asked): Json<BacktestRequest>,
) -> Result<(StatusCode, Json<BacktestJob>), ApiError> {
    caller.require(&app, Permission::DeskManage)?;
    let from = extract::time("from", &asked.from)?;
    let to = extract::time("to", &asked.to)?;
    if from >= to {
        return Err(ApiError::invalid("from must be before to"));
    }
    let begun = app.extensions()?.start_backtest(caller.principal, asked);
    Ok((StatusCode::ACCEPTED, Json(begun.await?)))
}
