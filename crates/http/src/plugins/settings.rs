//! `PUT /api/v1/plugins/{id}/settings`.

use axum::extract::State;
use plugboard_protocol::extensions::{PluginDetail, SavePluginSettings};

use super::administrator;
use crate::{
    ApiError, App,
    auth::Authenticated,
    extract::{Json, Path},
    responses::WriteErrors,
};

/// Replaces the settings, and sets the secrets that are given. The manifest's schema says what there is.
#[utoipa::path(
    put, path = "/api/v1/plugins/{id}/settings", tag = "plugins", params(("id" = String, Path)),
    request_body = SavePluginSettings,
    responses((status = 200, description = "Saved", body = PluginDetail), WriteErrors)
)]
pub(crate) async fn save_plugin_settings(
    State(app): State<App>,
    caller: Authenticated,
    Path(id): Path<String>,
    Json(asked): Json<SavePluginSettings>,
) -> Result<Json<PluginDetail>, ApiError> {
    administrator(&app, &caller)?;
    let saved =
        app.extensions()?
            .save_settings(caller.principal, &id, asked.settings, asked.secrets);
    Ok(Json(saved.await?))
}
