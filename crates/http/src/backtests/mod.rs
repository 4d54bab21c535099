//! Runs of a policy over the past.

mod get;
mod list;
mod start;

use crate::api::{Api, routes};

pub(crate) fn routes() -> Api {
    Api::new()
        .routes(routes!(list::list_backtests, start::start_backtest))
        .routes(routes!(get::get_backtest))
}
