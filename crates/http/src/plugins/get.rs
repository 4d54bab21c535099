//! `GET /api/v1/plugins/{id}`.

use axum::extract::State;
use plugboard_protocol::extensions::PluginDetail;

use super::administrator;
use crate::{
    ApiError, App,
    auth::Authenticated,
    extract::{Json, Path},
    responses::ReadErrors,
};

/// One plugin, by id or key: state, versions, permissions, settings, figures, health, errors.
#[utoipa::path(
    get, path = "/api/v1/plugins/{id}", tag = "plugins", params(("id" = String, Path)),
    responses((status = 200, description = "The plugin", body = PluginDetail), ReadErrors)
)]
pub(crate) async fn get_plugin(
    State(app): State<App>,
    caller: Authenticated,
    Path(id): Path<String>,
) -> Result<Json<PluginDetail>, ApiError> {
    administrator(&app, &caller)?;
    Ok(Json(app.extensions()?.get(&id).await?))
}
