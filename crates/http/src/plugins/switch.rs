//! `POST /api/v1/plugins/{id}/enable`, `/disable` and `/rollback`.

use axum::extract::State;
use plugboard_protocol::extensions::PluginDetail;

use super::administrator;
use crate::{
    ApiError, App,
    auth::Authenticated,
    extract::{Json, Path},
    responses::WriteErrors,
};

/// Switches a plugin on.
#[utoipa::path(
    post, path = "/api/v1/plugins/{id}/enable", tag = "plugins", params(("id" = String, Path)),
    responses((status = 200, description = "Enabled", body = PluginDetail), WriteErrors)
)]
pub(crate) async fn enable_plugin(
    State(app): State<App>,
    caller: Authenticated,
    Path(id): Path<String>,
) -> Result<Json<PluginDetail>, ApiError> {
    administrator(&app, &caller)?;
    Ok(Json(app.extensions()?.enable(caller.principal, &id).await?))
}

/// Switches a plugin off; work for it waits.
#[utoipa::path(
    post, path = "/api/v1/plugins/{id}/disable", tag = "plugins", params(("id" = String, Path)),
    responses((status = 200, description = "Disabled", body = PluginDetail), WriteErrors)
)]
pub(crate) async fn disable_plugin(
    State(app): State<App>,
    caller: Authenticated,
    Path(id): Path<String>,
) -> Result<Json<PluginDetail>, ApiError> {
    administrator(&app, &caller)?;
    Ok(Json(
        app.extensions()?.disable(caller.principal, &id).await?,
    ))
}

/// Returns to the version before.
#[utoipa::path(
    post, path = "/api/v1/plugins/{id}/rollback", tag = "plugins", params(("id" = String, Path)),
    responses((status = 200, description = "Rolled back", body = PluginDetail), WriteErrors)
)]
pub(crate) async fn rollback_plugin(
    State(app): State<App>,
    caller: Authenticated,
    Path(id): Path<String>,
) -> Result<Json<PluginDetail>, ApiError> {
    administrator(&app, &caller)?;
    Ok(Json(
        app.extensions()?.rollback(caller.principal, &id).await?,
    ))
}
