//! Signing in and out.

mod create;
mod end;

use utoipa_axum::{router::OpenApiRouter, routes};

use crate::App;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(create::create_session))
        .routes(routes!(end::end_session))
}
