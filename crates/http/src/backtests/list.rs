//! `GET /api/v1/backtests`.

use axum::extract::State;
use plugboard_domain::access::Permission;
use plugboard_protocol::extensions::{BacktestJob, Whole};

use crate::{ApiError, App, auth::Authenticated, extract::Json, responses::ReadErrors};

/// Backtests since the start of the process, newest first.
#[utoipa::path(
    get, path = "/api/v1/backtests", tag = "rules",
    responses((status = 200, description = "Backtests", body = Whole<BacktestJob>), ReadErrors)
)]
pub(crate) async fn list_backtests(
    State(app): State<App>,
    caller: Authenticated,
) -> Result<Json<Whole<BacktestJob>>, ApiError> {
    caller.require(&app, Permission::DeskManage)?;
    let items = app.extensions()?.backtests().await?;
    Ok(Json(Whole { items }))
}
