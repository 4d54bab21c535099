//! What the chat widget calls: `/chat/v1` and `/widget/v1`.

use utoipa_axum::router::OpenApiRouter;

use crate::App;

/// The routes of this part.
pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
}
