//! Runs of a policy over the past.

mod get;
mod list;
mod start;

use utoipa_axum::{router::OpenApiRouter, routes};

use crate::App;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list::list_backtests, start::start_backtest))
        .routes(routes!(get::get_backtest))
}
