//! The whole edge as one router.

use axum::Router;
use utoipa_axum::router::OpenApiRouter;

use crate::{App, live, visitors};

/// Everything that is served.
pub fn router(app: App) -> Router {
    let (router, _document) = routes().split_for_parts();
    router.with_state(app)
}

fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .merge(live::routes())
        .merge(visitors::routes())
}
