//! `GET /api/v1/plugins/available` and `POST /api/v1/plugins/available/{key}/install`: what comes with Plugboard.

use axum::{extract::State, http::StatusCode};
use plugboard_protocol::extensions::{Available, PluginDetail, Whole};

use super::administrator;
use crate::{
    ApiError, App,
    auth::Authenticated,
    extract::{Json, Path},
    responses::{ReadErrors, WriteErrors},
};

/// Plugins that come with this Plugboard.
#[utoipa::path(
    get, path = "/api/v1/plugins/available", tag = "plugins",
    responses((status = 200, description = "Plugins", body = Whole<Available>), ReadErrors)
)]
pub(crate) async fn list_available_plugins(
    State(app): State<App>,
    caller: Authenticated,
) -> Result<Json<Whole<Available>>, ApiError> {
    administrator(&app, &caller)?;
    let items = app.extensions()?.available().await?;
    Ok(Json(Whole { items }))
}

/// Installs one of them. It waits for approval like any other.
#[utoipa::path(
    post, path = "/api/v1/plugins/available/{key}/install", tag = "plugins", params(("key" = String, Path)),
    responses((status = 201, description = "Installed", body = PluginDetail), WriteErrors)
)]
pub(crate) async fn install_available_plugin(
    State(app): State<App>,
    caller: Authenticated,
    Path(key): Path<String>,
) -> Result<(StatusCode, Json<PluginDetail>), ApiError> {
    administrator(&app, &caller)?;
    let installed = app
        .extensions()?
        .install_available(caller.principal, &key)
        .await?;
    Ok((StatusCode::CREATED, Json(installed)))
}
