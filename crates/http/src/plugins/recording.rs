//! `GET`, `POST` and `DELETE /api/v1/plugins/{id}/recording`, `POST .../end` and `GET .../calls`.

use axum::{extract::State, http::StatusCode};
use plugboard_protocol::extensions::{PluginRecording, RecordPlugin, RecordedCalls};

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

/// How far the recording of a plugin is.
#[utoipa::path(
    get, path = "/api/v1/plugins/{id}/recording", tag = "plugins", params(("id" = String, Path)),
    responses((status = 200, description = "How far it is", body = PluginRecording), ReadErrors)
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

/// The recorded calls, oldest first. What customers wrote is in them: the journal keeps who read how many of which plugin.
#[utoipa::path(
    get, path = "/api/v1/plugins/{id}/recording/calls", tag = "plugins", params(("id" = String, Path)),
    responses((status = 200, description = "The calls", body = RecordedCalls), ReadErrors)
)]
pub(crate) async fn read_plugin_recording(
    State(app): State<App>,
    caller: Authenticated,
    Path(id): Path<String>,
) -> Result<Json<RecordedCalls>, ApiError> {
    administrator(&app, &caller)?;
    let calls = app.extensions()?.recorded_calls(caller.principal, &id);
    Ok(Json(RecordedCalls {
        items: calls.await?,
    }))
}

/// Ends the recording of a plugin before it is full. What it holds is kept for the rest of the day.
#[utoipa::path(
    post, path = "/api/v1/plugins/{id}/recording/end", tag = "plugins", params(("id" = String, Path)),
    responses((status = 200, description = "How far it got", body = PluginRecording), WriteErrors)
)]
pub(crate) async fn end_plugin_recording(
    State(app): State<App>,
    caller: Authenticated,
    Path(id): Path<String>,
) -> Result<Json<PluginRecording>, ApiError> {
    administrator(&app, &caller)?;
    let ended = app.extensions()?.end_recording(caller.principal, &id);
    Ok(Json(ended.await?))
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
        .forget_recording(caller.principal, &id)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}
