//! `GET /api/v1/backtests/{id}`.

use axum::extract::State;
use plugboard_domain::access::Permission;
use plugboard_protocol::extensions::Backtest;

use crate::{
    ApiError, App,
    auth::Authenticated,
    extract::{Json, Path},
    responses::ReadErrors,
};

/// A backtest: per conversation what was, what would be, why; and totals.
#[utoipa::path(
    get, path = "/api/v1/backtests/{id}", tag = "rules", params(("id" = String, Path)),
    responses((status = 200, description = "The backtest", body = Backtest), ReadErrors)
)]
pub(crate) async fn get_backtest(
    State(app): State<App>,
    caller: Authenticated,
    Path(id): Path<String>,
) -> Result<Json<Backtest>, ApiError> {
    caller.require(&app, Permission::DeskManage)?;
    Ok(Json(app.extensions()?.backtest(&id).await?))
}
