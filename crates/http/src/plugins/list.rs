//! `GET /api/v1/plugins`.

use axum::extract::State;
use plugboard_protocol::{Page, extensions::Installed};

use super::administrator;
use crate::{ApiError, App, auth::Authenticated, extract::Json, responses::ReadErrors};

/// Every installed plugin, by key.
#[utoipa::path(
    get, path = "/api/v1/plugins", tag = "plugins",
    responses((status = 200, description = "Plugins", body = Page<Installed>), ReadErrors)
)]
pub(crate) async fn list_plugins(
    State(app): State<App>,
    caller: Authenticated,
) -> Result<Json<Page<Installed>>, ApiError> {
    administrator(&app, &caller)?;
    let items = app.extensions()?.list().await?;
    Ok(Json(Page {
        items,
        next_cursor: None,
    }))
}
