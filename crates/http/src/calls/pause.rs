//! `POST /api/v1/calls/{id}/recording`: pauses a recording.

use axum::extract::State;
use plugboard_domain::call::CallCommand;
use plugboard_protocol::calls::{Call, RecordingRequest};

use super::change;
use crate::{
    ApiError, App,
    auth::Authenticated,
    extract::{Json, Path},
    responses::WriteErrors,
};

/// Pauses the recording while card data is read out, or goes on with it.
#[utoipa::path(
    post, path = "/api/v1/calls/{id}/recording", tag = "calls", params(("id" = String, Path)),
    request_body = RecordingRequest,
    responses((status = 200, description = "The call as it is now", body = Call), WriteErrors)
)]
pub(crate) async fn pause_recording(
    State(app): State<App>,
    caller: Authenticated,
    Path(id): Path<String>,
    Json(request): Json<RecordingRequest>,
) -> Result<Json<Call>, ApiError> {
    let command = CallCommand::PauseRecording {
        paused: request.paused,
    };
    change(&app, &caller, &id, command).await
}
