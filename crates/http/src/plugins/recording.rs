//! `GET`, `POST` and `DELETE /api/v1/plugins/{id}/recording`.

use axum::{extract::State, http::StatusCode};
use plugboard_protocol::extensions::{PluginRecording, RecordPlugin};

use super::administrator;
use crate::{
    ApiError, App,
    auth::Authenticated,
    extract::{Json, Path},
    responses::{ReadErrors, WriteErrors},
};

/// Has the next calls of a plugin written down, with everything that is said in them: at most 100, for ten minutes at most;
/// they are gone after a day. The journal says who asked. What was recorded before is forgotten.
#[utoipa::path(
    post, path = "/api/v1/plugins/{id}/recording", tag = "plugins", params(("id" = String, Path)),
    request_body = RecordPlugin,
    responses((status = 202, description = "Begun", body = PluginRecording), WriteErrors)
)]
pub(crate) async fn record_plugin(
    State(app): State<App>,
    caller: Authenticated,
    Path(id): Path<String>,
    Json(asked): Json<RecordPlugin>,
) -> Result<(StatusCode, Json<PluginRecording>), ApiError> {
    administrator(&app, &caller)?;
    let begun = app
        .extensions()?
        .start_recording(caller.principal, &id, asked.calls)
        .await?;
    Ok((StatusCode::ACCEPTED, Json(begun)))
}

/// The recording of a plugin, as far as it is.
#[utoipa::path(
    get, path = "/api/v1/plugins/{id}/recording", tag = "plugins", params(("id" = String, Path)),
    responses((status = 200, description = "The calls", body = PluginRecording), ReadErrors)
)]
pub(crate) async fn get_plugin_recording(
    State(app): State<App>,
    caller: Authenticated,
    Path(id): Path<String>,
) -> Result<Json<PluginRecording>, ApiError> {
    administrator(&app, &caller)?;
    let recording = app.extensions()?.recording(caller.principal, &id).await?;
    Ok(Json(recording))
}

/// Ends the recording of a plugin and forgets what it holds.
#[utoipa::path(
    delete, path = "/api/v1/plugins/{id}/recording", tag = "plugins", params(("id" = String, Path)),
    responses((status = 204, description = "Forgotten"), WriteErrors)
)]
pub(crate) async fn remove_plugin_recording(
    State(app): State<App>,
    caller: Authenticated,
    Path(id): Path<String>,
) -> Result<StatusCode, ApiError> {
    administrator(&app, &caller)?;
    app.extensions()?
        .stop_recording(caller.principal, &id)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}
