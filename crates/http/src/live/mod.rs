//! The agents' websocket: one actor for each connection, one hub that reads the journal.

use utoipa_axum::router::OpenApiRouter;

use crate::App;

/// The routes of this part.
pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
}
