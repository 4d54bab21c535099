//! What runs the desk: health, readiness, metrics, the API's document, dead letters.

mod health;
mod metrics;
mod outbox;
mod redeliver;

use crate::api::{Api, routes};

pub(crate) fn routes() -> Api {
    Api::new()
        .routes(routes!(health::healthz))
        .routes(routes!(health::readyz))
        .routes(routes!(metrics::metrics))
        .routes(routes!(outbox::list_outbox))
        .routes(routes!(redeliver::redeliver))
}
