//! `GET /api/v1/plugins/{id}/logs`.

use axum::extract::State;
use plugboard_protocol::extensions::PluginLogs;

use super::administrator;
use crate::{
    ApiError, App,
    auth::Authenticated,
    extract::{Json, Path},
    responses::ReadErrors,
};

/// The latest lines that the plugin logged, newest first.
#[utoipa::path(
    get, path = "/api/v1/plugins/{id}/logs", tag = "plugins", params(("id" = String, Path)),
    responses((status = 200, description = "Lines", body = PluginLogs), ReadErrors)
)]
pub(crate) async fn list_plugin_logs(
    State(app): State<App>,
    caller: Authenticated,
    Path(id): Path<String>,
) -> Result<Json<PluginLogs>, ApiError> {
    administrator(&app, &caller)?;
    let items = app.extensions()?.logs(&id).await?;
    Ok(Json(PluginLogs { items }))
}
